// The thread of the history: what it does when the database is damaged, or cannot be written.
#include "bgpd/events/event_history.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>

#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

Event history_event(std::uint32_t id) {
  Event event;
  event.id = id;
  event.kind = Kind::SessionUp;
  event.key = event_key(event.kind, std::to_string(id));
  event.start = event.end = event.last = 1'700'000'000 + id;
  event.count = 1;
  return event;
}

class HistoryTest : public testing::Test {
 protected:
  std::unique_ptr<EventHistory> begin(HistoryDatabase::HaveFolder have_folder = nullptr) {
    auto history = std::make_unique<EventHistory>(
        [this](std::shared_ptr<EventWriter::History> found) {
          const std::lock_guard lock(mutex_);
          found_ = std::move(found);
        },
        std::move(have_folder));
    history->apply(settings_);
    return history;
  }
  static HistoryPage read(EventHistory& history, std::int64_t before = 0) {
    std::promise<HistoryPage> page;
    EXPECT_TRUE(history.read(before, {}, [&](HistoryPage got) { page.set_value(std::move(got)); }));
    return page.get_future().get();
  }
  static bool has(EventHistory& history, std::size_t events) {
    return comes_true([&] { return read(history).events.size() == events; });
  }
  std::shared_ptr<EventWriter::History> found() {
    const std::lock_guard lock(mutex_);
    return found_;
  }

  const Folder folder_;
  HistorySettings settings_{folder_.path("events.db"), std::chrono::hours(24 * 365 * 30), 1000};
  std::mutex mutex_;
  std::shared_ptr<EventWriter::History> found_;
};

TEST_F(HistoryTest, KeepsEventsOverARestart) {
  {
    const auto history = begin();
    for (std::uint32_t id = 1; id <= 300; ++id) history->append(history_event(id));
  }
  const auto history = begin();
  history->read_back(250);
  EXPECT_TRUE(comes_true([&] { return found() != nullptr; }));
  const auto back = found();
  ASSERT_EQ(back->events.size(), 250U);
  EXPECT_EQ(back->events.front().id, 51U);
  EXPECT_EQ(back->events.back().id, 300U) << "the last change comes last";
  const HistoryPage page = read(*history);
  EXPECT_EQ(page.error, "");
  EXPECT_EQ(page.events.front().id, 300U);
  EXPECT_TRUE(comes_true([&] { return history->status().rows == 300; }));
  EXPECT_TRUE(history->status().is_on);
  EXPECT_TRUE(history->status().good);
}

TEST_F(HistoryTest, IsOffWithoutAPath) {
  settings_.path.clear();
  const auto history = begin();
  history->append(history_event(1));
  EXPECT_NE(read(*history).error.find("no history"), std::string::npos);
  EXPECT_FALSE(history->status().is_on);
  settings_.path = folder_.path("events.db");
  history->apply(settings_);
  history->append(history_event(2));
  EXPECT_TRUE(has(*history, 1));
  settings_.path.clear();
  history->apply(settings_);
  EXPECT_NE(read(*history).error.find("no history"), std::string::npos);
}

TEST_F(HistoryTest, ADamagedDatabaseIsMovedAside) {
  folder_.write("events.db", std::string(8192, 'x'));
  const auto history = begin();
  history->append(history_event(1));
  EXPECT_TRUE(has(*history, 1));
  EXPECT_EQ(store::moved_aside(settings_.path).size(), 1U);
  EXPECT_TRUE(comes_true([&] { return history->status().good; }));
}

TEST_F(HistoryTest, DamagedDatabasesDoNotFillTheDisk) {
  for (std::size_t i = 0; i < HistoryDatabase::kMostAside; ++i) {
    folder_.write("events.db.corrupt-20260301T10074" + std::to_string(i) + "Z", "x");
  }
  folder_.write("events.db", std::string(8192, 'x'));
  const auto history = begin();
  history->append(history_event(1));
  EXPECT_TRUE(comes_true([&] { return !history->status().good; }));
  EXPECT_NE(history->status().last_error.find("4 damaged ones"), std::string::npos);
  EXPECT_EQ(store::moved_aside(settings_.path).size(), HistoryDatabase::kMostAside);
}

TEST_F(HistoryTest, EventsWaitWhileTheDatabaseCannotBeWritten) {
  std::atomic<bool> broken = true;
  const auto history = begin([&]() -> std::optional<std::string> {
    if (broken) return "no folder";
    return std::nullopt;
  });
  for (std::uint32_t id = 1; id <= 10; ++id) history->append(history_event(id));
  EXPECT_TRUE(comes_true([&] { return !history->status().good; }));
  EXPECT_EQ(history->status().last_error, "no folder");
  EXPECT_EQ(read(*history).error, "no folder");
  broken = false;
  EXPECT_TRUE(has(*history, 10)) << "tried again";
  EXPECT_TRUE(comes_true([&] { return history->status().good; }));
  EXPECT_EQ(history->status().lost, 0U);
}

TEST_F(HistoryTest, WhatWaitsIsBounded) {
  const auto history = begin([]() -> std::optional<std::string> { return "no folder"; });
  Event large = history_event(1);
  large.summary = std::string(100'000, 'x');
  for (int i = 0; i < 100; ++i) history->append(large);
  const std::uint64_t lost = history->status().lost;
  EXPECT_GE(lost, 100 - EventHistory::kMostOctets / large.summary.size());
  EXPECT_LT(lost, 100U);
}

TEST_F(HistoryTest, AFullQueueOfReadsRefuses) {
  std::promise<void> go;
  std::promise<void> blocked;
  const auto history = begin([&, first = true]() mutable -> std::optional<std::string> {
    if (std::exchange(first, false)) {
      blocked.set_value();
      go.get_future().wait();
    }
    return std::nullopt;
  });
  history->append(history_event(1));
  blocked.get_future().wait();
  std::atomic<std::size_t> read = 0;
  for (std::size_t i = 0; i < EventHistory::kMostReads; ++i) {
    EXPECT_TRUE(history->read(0, {}, [&](const HistoryPage&) { ++read; }));
  }
  EXPECT_FALSE(history->read(0, {}, [&](const HistoryPage&) { ++read; }));
  go.set_value();
  EXPECT_TRUE(comes_true([&] { return read == EventHistory::kMostReads; }));
}

TEST_F(HistoryTest, OldEventsAndTooManyGo) {
  const auto history = begin();
  for (std::uint32_t id = 1; id <= 50; ++id) history->append(history_event(id));
  ASSERT_TRUE(has(*history, 50));
  settings_.rows = 5;
  history->apply(settings_);  // looks at once, and not in a minute
  EXPECT_TRUE(comes_true([&] { return history->status().rows == 5; }));
  settings_.longest = std::chrono::hours(0);
  history->apply(settings_);
  EXPECT_TRUE(comes_true([&] { return read(*history).events.empty(); }));
}

}  // namespace
}  // namespace tern::events
