// The thread of the history: what it does when the database is damaged, or cannot be written.
#include "bgpd/events/event_history.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <string_view>

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
  static std::uint32_t last_id(EventHistory& history) {
    const HistoryPage page = read(history);
    return page.events.empty() ? 0 : page.events.front().id;
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
    EXPECT_TRUE(comes_true([&] { return last_id(*history) == 300; }));
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

TEST_F(HistoryTest, AFailedOpenIsNotRepeatedByEachReader) {
  std::atomic<int> opens = 0;
  const auto history = begin([&]() -> std::optional<std::string> {
    ++opens;
    return "no folder";
  });
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read(*history).error, "no folder");
  EXPECT_LT(opens, 50);
  const int before = opens;
  history->apply(settings_);
  EXPECT_TRUE(comes_true([&] { return opens > before; })) << "a reload has no pause before";
}

TEST_F(HistoryTest, ReadersDoNotHoldUpWrites) {
  const auto history = begin();
  history->append(history_event(1));
  ASSERT_TRUE(has(*history, 1));
  // Each read asks for another one: a read always waits.
  std::atomic<bool> ends = false;
  std::atomic<std::uint32_t> last = 0;
  std::function<void(const HistoryPage&)> again = [&](const HistoryPage& page) {
    if (!page.events.empty()) last = page.events.front().id;
    const bool asked = ends || history->read(0, {}, again);
    EXPECT_TRUE(asked);
  };
  EXPECT_TRUE(history->read(0, {}, again));
  EXPECT_TRUE(history->read(0, {}, again));
  history->append(history_event(2));
  EXPECT_TRUE(comes_true([&] { return last == 2; }));
  ends = true;
  history->end();
}

TEST_F(HistoryTest, OnlyAWriteShowsThatEventsCanBeWritten) {
  const auto history = begin();
  for (std::uint32_t id = 1; id <= 5; ++id) history->append(history_event(id));
  ASSERT_TRUE(has(*history, 5));
  // Rows are refused, while a DELETE that matches none succeeds, as on a full disk.
  constexpr std::array<std::string_view, 1> kSame{""};
  const auto other = store::Database::open(settings_.path, {0x54657645, kSame});
  ASSERT_TRUE(other.ok()) << other.error().message;
  ASSERT_FALSE(
      (*other)->run("CREATE TRIGGER full BEFORE INSERT ON event BEGIN"
                    " SELECT RAISE(ABORT, 'refused'); END"));
  history->append(history_event(6));
  ASSERT_TRUE(comes_true([&] { return !history->status().good; }));
  history->apply(settings_);  // looks for events that are too old
  ASSERT_TRUE(comes_true([&] { return history->status().rows == 5; }));
  EXPECT_FALSE(history->status().good);
  EXPECT_NE(history->status().last_error.find("refused"), std::string::npos);
  ASSERT_FALSE((*other)->run("DROP TRIGGER full"));
  EXPECT_TRUE(comes_true([&] { return history->status().good; }));
  EXPECT_TRUE(has(*history, 6));
}

TEST_F(HistoryTest, WhatItHoldsForAReaderEndsWithIt) {
  std::promise<void> go;
  std::promise<void> blocked;
  std::weak_ptr<int> held;
  std::weak_ptr<int> thread;
  {
    const auto of_thread = std::make_shared<int>(1);
    thread = of_thread;
    auto hangs = [&go, &blocked, of_thread, first = true]() mutable -> std::optional<std::string> {
      if (std::exchange(first, false)) {
        blocked.set_value();
        go.get_future().wait();
      }
      return std::nullopt;
    };
    const auto history = begin(std::move(hangs));
    history->append(history_event(1));
    blocked.get_future().wait();
    const auto of_reader = std::make_shared<int>(1);
    held = of_reader;
    EXPECT_TRUE(history->read(0, {}, [of_reader](const HistoryPage&) {}));
    history->end();
  }
  EXPECT_TRUE(held.expired()) << "although the thread hangs";
  EXPECT_FALSE(thread.expired());
  go.set_value();
  EXPECT_TRUE(comes_true([&] { return thread.expired(); }));
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
