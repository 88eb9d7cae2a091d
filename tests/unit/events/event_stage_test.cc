// The thread of events: reports of many threads, what a full queue does, and a restart.
#include "bgpd/events/event_stage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <thread>

#include "bgpd/events/event_line.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

Report begins(const std::string& key) {
  Report report{.what = Report::What::Begin, .kind = Kind::SessionDown, .key = key};
  report.subject.neighbor = key;
  report.summary = "neighbor " + key + " has no session";
  return report;
}

// Turns of the queue post themselves again, behind a task that waits already.
void settle_all(EventStage& stage) {
  for (std::size_t i = 0; i < 4 * EventStage::kMostQueued / 256; ++i) stage.drain();
}

std::vector<Event> all_of(const EventStage& stage) {
  std::vector<Event> events;
  std::uint64_t change = 0;
  for (std::uint64_t before = 1; before != change;) {
    before = change;
    for (const auto& event : stage.read(change, 1000, {})) events.push_back(*event);
  }
  return events;
}

// The first page of the history.
std::vector<Event> stored(EventStage& stage) {
  std::promise<HistoryPage> page;
  EXPECT_TRUE(
      stage.read_history(0, {}, [&page](HistoryPage read) { page.set_value(std::move(read)); }));
  return page.get_future().get().events;
}

class EventStageFile : public testing::Test {
 protected:
  EventStageFile() { settings.file.path = folder.path("events.json"); }

  const Folder folder;
  EventSettings settings;
};

TEST(EventStage, TakesReportsOfManyThreads) {
  EventStage stage;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&stage, t] {
      for (int i = 0; i < 500; ++i) {
        Report report = begins(std::to_string(t) + "." + std::to_string(i));
        report.group = report.key;
        stage.report(std::move(report));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  settle_all(stage);
  const StageCounts counts = stage.counts();
  EXPECT_EQ(counts.dropped, 0U);
  EXPECT_EQ(counts.kept, 1000U) << "the default of keep";
  EXPECT_EQ(counts.events.total[0][1], 2000U);
}

TEST(EventStage, AFullQueueDropsBeginningsBeforeEnds) {
  EventStage stage;
  std::promise<void> go;
  std::promise<void> blocked;
  stage.post([&] {
    blocked.set_value();
    go.get_future().wait();
  });
  blocked.get_future().wait();
  for (std::size_t i = 0; i < EventStage::kMostQueued; ++i) stage.report(begins("edge-1"));
  EXPECT_EQ(stage.counts().dropped, 0U);
  EXPECT_FALSE(stage.report(begins("edge-2")));
  EXPECT_EQ(stage.counts().dropped, 1U);
  Report end = begins("edge-1");
  end.what = Report::What::End;
  for (std::size_t i = 0; i <= EventStage::kMostQueued; ++i) stage.report(end);
  EXPECT_EQ(stage.counts().dropped, 2U);
  go.set_value();
  settle_all(stage);
  const auto events = all_of(stage);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_FALSE(events[0].open());
}

TEST(EventStage, ATaskReportsWithoutTheQueue) {
  EventStage stage;
  stage.post([&] {
    for (std::size_t i = 0; i < 3 * EventStage::kMostQueued; ++i) {
      Report report = begins(std::to_string(i));
      stage.take(std::move(report));
    }
  });
  stage.drain();
  EXPECT_EQ(stage.counts().dropped, 0U);
  EXPECT_EQ(stage.counts().events.folded, 3 * EventStage::kMostQueued - EventBursts::kApart);
}

TEST_F(EventStageFile, HistorySurvivesARestart) {
  {
    EventStage stage;
    stage.apply(settings);
    stage.report(begins("edge-1"));
    Report up = begins("edge-2");
    up.kind = Kind::SessionUp;
    up.what = Report::What::Once;
    stage.report(std::move(up));
    EXPECT_TRUE(comes_true([&] { return all_of(stage).size() == 2; }));
  }
  EventStage stage;
  stage.apply(settings);
  EXPECT_TRUE(comes_true([&] { return all_of(stage).size() == 2; }));
  const auto events = all_of(stage);
  EXPECT_EQ(events[0].subject.neighbor, "edge-1");
  EXPECT_TRUE(events[0].open());
  EXPECT_EQ(events[1].kind, Kind::SessionUp);
}

TEST_F(EventStageFile, TheHistoryIsReadBack) {
  settings.file.path.clear();
  settings.history.path = folder.path("events.db");
  for (int run = 0; run < 3; ++run) {
    EventStage stage;
    stage.apply(settings);
    stage.report(begins("edge-1"));
    EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
    settle_all(stage);
    const auto events = all_of(stage);
    ASSERT_EQ(events.size(), 1U) << "the event of the run before goes on";
    EXPECT_EQ(events[0].id, 1U);
    EXPECT_TRUE(comes_true([&] { return stored(stage).size() == 1; }));
  }
}

TEST_F(EventStageFile, AHistoryThatAReloadNamesHasWhatIsOpen) {
  EventStage stage;
  stage.apply(settings);
  stage.report(begins("edge-1"));
  Report up = begins("edge-2");
  up.kind = Kind::SessionUp;
  up.what = Report::What::Once;
  stage.report(std::move(up));
  EXPECT_TRUE(comes_true([&] { return all_of(stage).size() == 2; }));
  settings.history.path = folder.path("events.db");
  stage.apply(settings);
  ASSERT_TRUE(comes_true([&] { return !stored(stage).empty(); }));
  EXPECT_EQ(stored(stage)[0].subject.neighbor, "edge-1");
  EXPECT_EQ(stored(stage).size(), 1U);
}

TEST_F(EventStageFile, AHistoryThatBeginsTakesTheFileForItsPast) {
  {
    EventStage stage;
    stage.apply(settings);
    stage.report(begins("edge-1"));
    EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
  }
  settings.history.path = folder.path("events.db");
  EventStage stage;
  stage.apply(settings);
  EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
  EXPECT_EQ(all_of(stage)[0].subject.neighbor, "edge-1");
  EXPECT_TRUE(all_of(stage)[0].open());
  EXPECT_TRUE(comes_true([&] { return stored(stage).size() == 1; })) << "which it has from then on";
}

TEST_F(EventStageFile, AHistoryThatCannotBeReadStopsNothing) {
  settings.file.path.clear();
  settings.history.path = folder.path("missing/events.db");
  EventStage stage;
  stage.apply(settings);
  stage.report(begins("edge-1"));
  EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
  EXPECT_TRUE(comes_true([&] { return !stage.history().good; }));
}

TEST_F(EventStageFile, AFlapIsInTheFileAtTheEnd) {
  {
    EventStage stage;
    stage.apply(settings);
    Report end = begins("edge-1");
    end.what = Report::What::End;
    stage.report(begins("edge-1"));
    stage.report(std::move(end));
    stage.report(begins("edge-1"));
    EXPECT_TRUE(comes_true([&] {
      const auto events = all_of(stage);
      return events.size() == 1 && events[0].count == 2;
    }));
  }
  EventStage stage;
  stage.apply(settings);
  EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
  EXPECT_TRUE(all_of(stage)[0].open());
  EXPECT_EQ(all_of(stage)[0].count, 2U);
}

TEST_F(EventStageFile, ReportsWaitForTheHistory) {
  for (int run = 0; run < 3; ++run) {
    EventStage stage;
    stage.apply(settings);
    stage.report(begins("edge-1"));
    EXPECT_TRUE(comes_true([&] { return !all_of(stage).empty(); }));
    settle_all(stage);
    const auto events = all_of(stage);
    ASSERT_EQ(events.size(), 1U) << "the event of the run before goes on";
    EXPECT_EQ(events[0].id, 1U);
    EXPECT_EQ(events[0].count, 1U);
  }
}

TEST_F(EventStageFile, AFileThatAReloadNamesKeepsItsHistory) {
  EventStage stage;
  stage.apply(EventSettings());
  stage.report(begins("edge-1"));
  settle_all(stage);
  Event before;
  before.id = 50;
  before.kind = Kind::SessionUp;
  before.key = "session-up edge-9";
  before.start = before.end = before.last = 1'800'000'000;
  before.count = 1;
  std::ofstream(settings.file.path) << to_line(before);
  stage.apply(settings);
  EXPECT_TRUE(comes_true([&] { return stage.last_id() == 50; }));
  stage.report(begins("edge-2"));
  settle_all(stage);
  const auto events = all_of(stage);
  ASSERT_EQ(events.size(), 2U) << "the history of another run is no event of this one";
  EXPECT_EQ(events[1].id, 51U);
  EXPECT_TRUE(comes_true([&] {
    std::size_t bad = 0;
    return EventFile::read_back(settings.file, 100, bad).size() == 2;
  }));
}

TEST_F(EventStageFile, AFileThatTakesNothingIsCountedAndCostsNoEvent) {
  settings.file.path = folder.path("missing/events.json");
  EventStage stage;
  stage.apply(settings);
  EXPECT_TRUE(stage.report(begins("edge-1")));
  EXPECT_TRUE(comes_true([&] { return stage.counts().file_errors == 1; }));
  EXPECT_EQ(all_of(stage).size(), 1U);
}

}  // namespace
}  // namespace tern::events
