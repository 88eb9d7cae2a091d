// The database of the history: pieces of what is forgotten, and the bound of the file.
#include "bgpd/events/history_database.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/types/folder.h"

namespace tern::events {
namespace {

constexpr std::uint32_t kBaseStart = 1'700'000'000;

std::vector<Event> base_events(std::uint32_t from, std::uint32_t to, std::size_t text = 10) {
  std::vector<Event> all;
  for (std::uint32_t id = from; id <= to; ++id) {
    Event event;
    event.id = id;
    event.kind = Kind::SessionUp;
    event.key = event_key(event.kind, std::to_string(id));
    event.start = event.end = event.last = kBaseStart;
    event.count = 1;
    event.summary = std::string(text, 'x');
    all.push_back(std::move(event));
  }
  return all;
}

class HistoryDatabaseTest : public testing::Test {
 protected:
  void set(HistoryDatabase& database) const { database.set(settings_); }
  static void write(HistoryDatabase& database, const std::vector<Event>& events) {
    const auto fault = database.write(events);
    EXPECT_FALSE(fault) << fault->message;
  }

  const Folder folder_;
  HistorySettings settings_{folder_.path("events.db"), std::chrono::hours(24), 100'000};
};

TEST_F(HistoryDatabaseTest, ForgetsRowsBeyondItsBoundInPieces) {
  HistoryDatabase database(nullptr, nullptr);
  settings_.rows = 100;
  set(database);
  write(database, base_events(1, 2'200));
  std::vector<std::uint64_t> left;
  for (bool more = true; more;) {
    const auto done = database.forget(kBaseStart);
    ASSERT_TRUE(done.ok());
    left.push_back(done->rows);
    more = done->more;
  }
  EXPECT_EQ(left, (std::vector<std::uint64_t>{1'176, 152, 100}));
  EXPECT_EQ(database.read(0, {}).events.front().id, 2'200U);
}

TEST_F(HistoryDatabaseTest, AClockThatJumpsCostsAPartOfTheHistory) {
  HistoryDatabase database(nullptr, nullptr);
  set(database);
  write(database, base_events(1, 6'000));
  for (std::uint64_t round = 1; round <= 2; ++round) {
    std::uint64_t rows = 0;
    for (bool more = true; more;) {
      const auto done = database.forget(kBaseStart + 365 * 86'400);
      ASSERT_TRUE(done.ok());
      rows = done->rows;
      more = done->more;
    }
    const std::uint64_t most =
        round * HistoryDatabase::kOldPieces * HistoryDatabase::kMostForgotten;
    EXPECT_EQ(rows, most < 6'000 ? 6'000 - most : 0);
  }
}

TEST_F(HistoryDatabaseTest, AFileThatIsFullLosesItsFirstRows) {
  HistoryDatabase database(nullptr, nullptr, std::size_t{4} << 20U);
  set(database);
  for (std::uint32_t first = 1; first < 8'000; first += 200) {
    write(database, base_events(first, first + 199, 1'000));
  }
  const HistoryPage page = database.read(0, {});
  EXPECT_EQ(page.error, "");
  EXPECT_EQ(page.events.front().id, 8'000U);
  const auto done = database.forget(kBaseStart);
  ASSERT_TRUE(done.ok());
  EXPECT_LT(done->rows, 4'000U);
  EXPECT_GT(done->rows, 500U);
}

TEST_F(HistoryDatabaseTest, AReadThatFindsDamageLetsAnotherDatabaseBegin) {
  std::string aside;
  HistoryDatabase database(nullptr, [&aside](const std::string& text) { aside = text; });
  set(database);
  for (std::uint32_t first = 1; first < 8'000; first += 200) {
    write(database, base_events(first, first + 199, 1'000));
  }
  database.set({});  // closed, so that all of it is in its file
  set(database);
  ASSERT_EQ(database.read(0, {}).events.front().id, 8'000U);
  // More than SQLite keeps in memory, behind the header of the file.
  std::fstream file(settings_.path);
  file.seekp(4096);
  file << std::string(std::size_t{6} << 20U, 'x');
  file.close();
  EXPECT_NE(database.read(1'000, {}).error, "");
  EXPECT_EQ(aside, "");
  const HistoryPage page = database.read(0, {});
  EXPECT_EQ(page.error, "");
  EXPECT_TRUE(page.events.empty());
  EXPECT_NE(aside.find("another one begins"), std::string::npos);
  EXPECT_EQ(store::moved_aside(settings_.path).size(), 1U);
  write(database, base_events(1, 1));
}

}  // namespace
}  // namespace tern::events
