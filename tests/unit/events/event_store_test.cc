// The history of events in its database: order, pages, filters and retention.
#include "bgpd/events/event_store.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string_view>

#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

constexpr std::uint32_t kStoreStart = 1'800'000'000;
constexpr std::size_t kStoreOctets = std::size_t{1} << 30U;

Event stored_event(std::uint32_t id, std::uint32_t end = kStoreStart + 10) {
  Event event;
  event.id = id;
  event.kind = Kind::SessionDown;
  event.severity = Severity::Warning;
  event.key = event_key(event.kind, std::to_string(id));
  event.start = kStoreStart;
  event.end = end;
  event.last = end == 0 ? kStoreStart : end;
  event.count = 1;
  event.summary = "event " + std::to_string(id);
  return event;
}

class EventStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = EventStore::open(folder_.path("events.db"), kStoreOctets);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store_ = std::move(*opened);
  }
  void write(const std::vector<Event>& events) {
    const auto fault = store_->write(events);
    EXPECT_FALSE(fault) << fault->message;
  }
  // The ids of all pages; checks the bound of each.
  std::vector<std::uint32_t> ids(const HistoryFilter& filter = {}) {
    std::vector<std::uint32_t> all;
    std::int64_t before = 0;
    do {
      const auto page = store_->read(before, filter);
      EXPECT_TRUE(page.ok());
      if (!page.ok()) return all;
      EXPECT_LE(page->events.size(), EventStore::kMostFound);
      for (const Event& event : page->events) all.push_back(event.id);
      before = page->before;
      ++pages_;
    } while (before != 0);
    return all;
  }

  const Folder folder_;
  std::unique_ptr<EventStore> store_;
  std::size_t pages_ = 0;
};

using Ids = std::vector<std::uint32_t>;

TEST_F(EventStoreTest, AnEventIsARowAsItsLastLineHasIt) {
  write({stored_event(1, 0), stored_event(2)});
  Event again = stored_event(1);
  again.count = 3;
  again.evidence["end"] = "it came up";
  write({again});
  EXPECT_EQ(ids(), (Ids{1, 2})) << "the last change comes first";
  EXPECT_EQ(*store_->size(), 2U);
  const auto page = store_->read(0, {});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->events[0].count, 3U);
  EXPECT_EQ(page->events[0].end, kStoreStart + 10);
  EXPECT_EQ(page->events[0].evidence.at("end"), "it came up");
  Event other_run = stored_event(1);
  other_run.start += 100;
  write({other_run});
  EXPECT_EQ(*store_->size(), 3U) << "ids begin anew, and the start tells runs apart";
}

TEST_F(EventStoreTest, PagesHaveEveryEventOnce) {
  std::vector<Event> events;
  for (std::uint32_t id = 1; id <= 200; ++id) events.push_back(stored_event(id));
  write(events);
  const Ids found = ids();
  ASSERT_EQ(found.size(), 200U);
  for (std::uint32_t i = 0; i < 200; ++i) EXPECT_EQ(found[i], 200 - i);
  EXPECT_GE(pages_, 200 / EventStore::kMostFound);
}

TEST_F(EventStoreTest, APageLooksAtABoundedNumberOfRows) {
  std::vector<Event> events;
  for (std::uint32_t id = 1; id <= 2 * EventStore::kWindow + 10; ++id) {
    events.push_back(stored_event(id));
  }
  events.front().kind = Kind::OriginHijack;
  write(events);
  HistoryFilter filter;
  filter.kind = Kind::OriginHijack;
  EXPECT_EQ(ids(filter), Ids{1});
  EXPECT_EQ(pages_, 3U);
}

TEST_F(EventStoreTest, Filters) {
  Event hijack = stored_event(1, 0);
  hijack.kind = Kind::OriginHijack;
  hijack.severity = Severity::Critical;
  Event late = stored_event(3, kStoreStart + 500);
  write({hijack, stored_event(2), late});
  HistoryFilter filter;
  filter.kind = Kind::SessionDown;
  EXPECT_EQ(ids(filter), (Ids{3, 2}));
  filter = {};
  filter.least = Severity::Error;
  EXPECT_EQ(ids(filter), Ids{1});
  filter = {};
  filter.open = true;
  EXPECT_EQ(ids(filter), Ids{1});
  filter = {};
  filter.since = kStoreStart + 100;
  EXPECT_EQ(ids(filter), (Ids{3, 1})) << "one that is open goes on";
  filter = {};
  filter.wants = [](const Event& event) { return event.id == 2; };
  EXPECT_EQ(ids(filter), Ids{2});
}

// The reader of a page that takes too long has what was found, and can go on.
TEST_F(EventStoreTest, APageEndsWithItsTime) {
  std::vector<Event> events;
  for (std::uint32_t id = 1; id <= 9; ++id) events.push_back(stored_event(id));
  write(events);
  using Clock = std::chrono::steady_clock;
  HistoryFilter filter;
  filter.time = std::chrono::milliseconds(20);
  Clock::time_point end;
  filter.wants = [&](const Event& event) {
    if (event.id == 9) end = Clock::now() + *filter.time;
    while (event.id == 7 && Clock::now() < end) {
    }
    return true;
  };
  const auto page = store_->read(0, filter);
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_TRUE(page->is_late);
  EXPECT_EQ(page->events.size(), 3U);
  EXPECT_EQ(page->before, 7);
  EXPECT_GE(page->took, *filter.time);
  const auto rest = store_->read(page->before, {});
  ASSERT_TRUE(rest.ok());
  EXPECT_FALSE(rest->is_late);
  EXPECT_EQ(rest->events.size(), 6U);
}

TEST_F(EventStoreTest, WithoutTimeNothingIsLookedAt) {
  write({stored_event(1), stored_event(2)});
  HistoryFilter filter;
  filter.time = std::chrono::nanoseconds(0);
  const auto page = store_->read(2, filter);
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_TRUE(page->is_late);
  EXPECT_EQ(page->before, 2) << "that of the call";
  EXPECT_EQ(page->events.size(), 0U);
  filter.time = std::chrono::hours(1);
  EXPECT_EQ(ids(filter), (Ids{2, 1}));
}

TEST_F(EventStoreTest, ForgetsByAge) {
  write({stored_event(1, 0), stored_event(2, kStoreStart + 1), stored_event(3, kStoreStart + 2),
         stored_event(4, kStoreStart + 3)});
  EXPECT_EQ(*store_->forget_old(kStoreStart + 3, 2), 2U) << "in pieces";
  EXPECT_EQ(ids(), (Ids{4, 3}));
  EXPECT_EQ(*store_->forget_old(kStoreStart + 3, 100), 1U);
  EXPECT_EQ(ids(), Ids{4});
  EXPECT_EQ(*store_->forget_old(kStoreStart + 3, 100), 0U);
  write({stored_event(1)});
  EXPECT_EQ(ids(), (Ids{1, 4})) << "the end of a long one is there again";
}

TEST_F(EventStoreTest, ForgetsTheFirstRows) {
  std::vector<Event> events;
  for (std::uint32_t id = 1; id <= 50; ++id) events.push_back(stored_event(id));
  write(events);
  EXPECT_EQ(*store_->forget_first(10), 10U);
  EXPECT_EQ(*store_->size(), 40U);
  EXPECT_EQ(ids().back(), 11U);
  EXPECT_EQ(*store_->forget_first(1000), 40U);
  EXPECT_EQ(*store_->forget_first(1000), 0U);
}

TEST_F(EventStoreTest, RowsThatAreNoEventsAreCounted) {
  write({stored_event(1), stored_event(2)});
  constexpr std::array<std::string_view, 1> kSame{""};
  const auto other = store::Database::open(folder_.path("events.db"), {0x54657645, kSame});
  ASSERT_TRUE(other.ok()) << other.error().message;
  ASSERT_FALSE((*other)->run("UPDATE event SET line = 'x' WHERE id = 1"));
  const auto page = store_->read(0, {});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->events.size(), 1U);
  EXPECT_EQ(page->bad, 1U);
}

}  // namespace
}  // namespace tern::events
