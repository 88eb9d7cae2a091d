// The thread with files that change, turn bad and come back.
#include "bgpd/geofeeds/geofeed_thread.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <optional>

#include "tests/unit/base/comes_true.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/session/publications.h"
#include "tests/unit/types/folder.h"

namespace tern::geofeeds {
namespace {

constexpr char kNetwork[] =
    "router: { asn: 65000, id: 10.0.0.1 }\n"
    "egress:\n"
    "  pop: ams\n"
    "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
    "  countries: { de: { code: 276 } }\n"
    "  metros:\n"
    "    berlin: { latitude: 52, longitude: 13, code: 1, country: de }\n";
constexpr MetroId kBerlin = 0;
constexpr MetroId kGermany = 2;  // behind the metro and the PoP

Prefix prefix(const char* text) { return Prefix::parse(text).value(); }

using Tables = session::Publications<policy::Geofeed>;

class GeofeedThreadTest : public testing::Test {
 protected:
  GeofeedSettings settings(std::vector<std::string> paths, const char* more = "") {
    const auto config = conf::test::must_load(std::string(kNetwork) + more);
    return {std::move(paths), config->place_names, config->egress.shared_places()};
  }
  // Waits until the file has this state.
  GeofeedStatus::File file_in(const GeofeedThread& thread, vrps::FileState state) {
    GeofeedStatus status;
    EXPECT_TRUE(comes_true([&] {
      status = thread.status();
      return !status.files.empty() && status.files[0].state == state;
    }));
    return status.files.at(0);
  }
  const Folder folder;
  Tables tables;
};

TEST_F(GeofeedThreadTest, AChangedFileNamesTheRangesThatItChanged) {
  const std::string feed =
      folder.write("feed.csv", "192.0.2.0/24,DE,,Berlin,\n10.0.0.0/8,DE,,,\n11.0.0.0/8,FR,,,\n");
  GeofeedThread thread(tables.take());
  thread.reconfigure(settings({feed}));
  const auto first = tables.wait_for(1);
  EXPECT_EQ(first.table->find(prefix("192.0.2.0/25")), kBerlin);
  EXPECT_EQ(first.table->find(prefix("10.1.0.0/16")), kGermany);
  EXPECT_EQ(first.table->find(prefix("11.0.0.0/8")), kNoPlace);  // not of the configuration
  EXPECT_EQ(first.changed.size(), 3U);
  (void)folder.write("feed.csv", "192.0.2.0/24,DE,,,\n10.0.0.0/8,DE,,,\n11.0.0.0/8,FR,,,\n");
  const auto second = tables.wait_for(2);
  EXPECT_EQ(second.changed, (std::vector<policy::PrefixRange>{{prefix("192.0.2.0/24"), 24, 32}}));
  thread.reconfigure(settings({}));
  EXPECT_EQ(tables.wait_for(3).table, nullptr);
}

TEST_F(GeofeedThreadTest, TheEarlierFileCounts) {
  const std::string a = folder.write("a.csv", "192.0.2.0/24,DE,,Berlin,\n");
  const std::string b = folder.write("b.csv", "192.0.2.0/24,DE,,,\n198.51.100.0/24,DE,,,\n");
  GeofeedThread thread(tables.take());
  thread.reconfigure(settings({a, b}));
  EXPECT_EQ(tables.wait_for(1).table->find(prefix("192.0.2.0/24")), kBerlin);
  thread.reconfigure(settings({b, a}));
  EXPECT_EQ(tables.wait_for(2).table->find(prefix("192.0.2.0/24")), kGermany);
}

TEST_F(GeofeedThreadTest, OfABadFileTheLastGoodContentCounts) {
  const std::string feed = folder.write("feed.csv", "192.0.2.0/24,DE,,Berlin,\nhello\n");
  GeofeedThread thread(tables.take());
  thread.reconfigure(settings({feed}));
  EXPECT_EQ(tables.wait_for(1).table->find(prefix("192.0.2.0/24")), kBerlin);
  const auto good = file_in(thread, vrps::FileState::Good);
  EXPECT_EQ(good.left_out, 1U);
  EXPECT_EQ(good.error, feed + ":2: expected a prefix, found 'hello'");
  (void)folder.write("feed.csv", "<html>\n");
  const auto stale = file_in(thread, vrps::FileState::Stale);
  EXPECT_EQ(stale.entries, 1U);
  (void)folder.write("feed.csv", "198.51.100.0/24,DE,,,\n");
  EXPECT_EQ(tables.wait_for(2).table->find(prefix("198.51.100.0/24")), kGermany);
}

TEST_F(GeofeedThreadTest, OtherPlacesConcernTheEntriesThatMeanThem) {
  const std::string feed =
      folder.write("feed.csv", "192.0.2.0/24,DE,,Berlin,\n10.0.0.0/8,DE,,Augsburg,\n");
  GeofeedThread thread(tables.take());
  thread.reconfigure(settings({feed}));
  const auto first = tables.wait_for(1);
  EXPECT_EQ(first.table->find(prefix("10.0.0.0/8")), kGermany);
  const GeofeedSettings other =
      settings({feed}, "    augsburg: { latitude: 48, longitude: 11, code: 2, country: de }\n");
  thread.reconfigure(other);
  const auto second = tables.wait_for(2);
  EXPECT_EQ(second.changed, (std::vector<policy::PrefixRange>{{prefix("10.0.0.0/8"), 8, 32}}));
  EXPECT_EQ(second.table->find(prefix("10.0.0.0/8")), 0);    // Augsburg
  EXPECT_EQ(second.table->find(prefix("192.0.2.0/24")), 1);  // Berlin
  EXPECT_EQ(second.table->places(), other.places->digest());
}

// A program has written the first half of the file in place, and two reloads come within a second.
// Whether they read the half; nothing, if the test itself stood still for so long.
std::optional<bool> reloads_read_half(const std::string& feed, const GeofeedSettings& one,
                                      const GeofeedSettings& other) {
  Tables tables;
  GeofeedThread thread(tables.take());
  thread.reconfigure(one);
  (void)tables.wait_for(1);
  const auto written = std::chrono::steady_clock::now();
  std::ofstream(feed, std::ios::binary) << "192.0.2.0/24,DE,,Berlin,\n";
  thread.reconfigure(other);
  (void)tables.wait_for(2);
  thread.reconfigure(one);
  const auto last = tables.wait_for(3);
  if (std::chrono::steady_clock::now() - written >= std::chrono::seconds(1)) return std::nullopt;
  return last.table->find(prefix("198.51.100.0/24")) == kNoPlace;
}

TEST_F(GeofeedThreadTest, ReloadsDoNotReadAFileThatIsBeingWritten) {
  const char* const whole = "192.0.2.0/24,DE,,Berlin,\n198.51.100.0/24,DE,,,\n";
  const GeofeedSettings one = settings({folder.path("feed.csv")});
  const GeofeedSettings other =
      settings(one.paths, "    augsburg: { latitude: 48, longitude: 11, code: 2, country: de }\n");
  std::optional<bool> read_half;
  ASSERT_TRUE(comes_true([&] {
    read_half = reloads_read_half(folder.write("feed.csv", whole), one, other);
    return read_half.has_value();
  }));
  EXPECT_FALSE(*read_half);
}

TEST_F(GeofeedThreadTest, ACheckNamesWhatIsWrong) {
  const std::string feed = folder.write("feed.csv", "192.0.2.0/24,DE,,Berlin,\nhello\n");
  EXPECT_EQ(file_errors(settings({feed})),
            (std::vector<std::string>{feed + ":2: expected a prefix, found 'hello'"}));
  EXPECT_EQ(file_errors(settings({folder.path("none.csv")})).size(), 1U);
}

}  // namespace
}  // namespace tern::geofeeds
