// A table of prefixes and places: the longest entry decides, and a change names what it concerns.

#include "policy/geofeed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "covering_scan.h"
#include "policy_builders.h"

namespace tern::policy {
namespace {

Geofeed feed_of(std::vector<Geofeed::Entry> entries) {
  return {std::move(entries), std::make_shared<const Places>()};
}

TEST(Geofeed, TheLongestEntryDecides) {
  const Geofeed feed = feed_of({{prefix("10.0.0.0/8"), 1},
                                {prefix("10.1.0.0/16"), 2},
                                {prefix("10.1.2.0/24"), kNoPlace},
                                {prefix("2001:db8::/32"), 3}});
  EXPECT_EQ(feed.find(prefix("10.2.0.0/16")), 1);
  EXPECT_EQ(feed.find(prefix("10.0.0.0/8")), 1);
  EXPECT_EQ(feed.find(prefix("10.1.0.0/17")), 2);
  EXPECT_EQ(feed.find(prefix("10.1.3.0/24")), 2);
  EXPECT_EQ(feed.find(prefix("10.1.2.128/25")), kNoPlace);  // hides the wider ones
  EXPECT_EQ(feed.find(prefix("10.0.0.0/7")), std::nullopt);
  EXPECT_EQ(feed.find(prefix("11.0.0.0/8")), std::nullopt);
  EXPECT_EQ(feed.find(prefix("2001:db8:1::/48")), 3);
  EXPECT_EQ(feed.find(prefix("::/0")), std::nullopt);
  EXPECT_EQ(Geofeed().find(prefix("10.0.0.0/8")), std::nullopt);
}

TEST(Geofeed, OfEqualEntriesTheFirstCounts) {
  const Geofeed feed = feed_of({{prefix("10.0.0.0/8"), 2}, {prefix("10.0.0.0/8"), 1}});
  EXPECT_EQ(feed.find(prefix("10.0.0.0/8")), 2);
}

TEST(Geofeed, AnEntryThatSaysTheSameAsTheOneAboveChangesNothing) {
  const Geofeed wide = feed_of({{prefix("10.0.0.0/8"), 1}});
  const Geofeed both = feed_of({{prefix("10.0.0.0/8"), 1}, {prefix("10.1.0.0/16"), 1}});
  EXPECT_TRUE(Geofeed::difference(wide, both).empty());
  const Geofeed other = feed_of({{prefix("10.0.0.0/8"), 1}, {prefix("10.1.0.0/16"), 2}});
  EXPECT_EQ(Geofeed::difference(wide, other),
            (std::vector<PrefixRange>{{prefix("10.1.0.0/16"), 16, 32}}));
}

Places places(std::vector<std::string> metros, std::string country) {
  std::vector<Place> all;
  for (std::string& name : metros) {
    all.push_back({PlaceKind::Metro, std::move(name), "", 1, static_cast<MetroId>(metros.size())});
  }
  all.push_back({PlaceKind::Country, std::move(country), "", 1, kNoPlace});
  return Places(std::move(all));
}

// A place that is gone is the country in which it lay.
TEST(Geofeed, PlacesKeepTheirNamesUnderOtherNumbers) {
  const Geofeed feed({{prefix("10.0.0.0/8"), 0},
                      {prefix("11.0.0.0/8"), 1},
                      {prefix("12.0.0.0/8"), 2},
                      {prefix("13.0.0.0/8"), kNoPlace}},
                     std::make_shared<const Places>(places({"berlin", "fra"}, "de")));
  const Places more = places({"augsburg", "berlin", "celle"}, "de");
  const Geofeed other = feed.renumbered(more);
  EXPECT_EQ(other.places(), more.digest());
  EXPECT_EQ(other.find(prefix("10.0.0.0/8")), 1);
  EXPECT_EQ(other.find(prefix("11.0.0.0/8")), 3);
  EXPECT_EQ(other.find(prefix("12.0.0.0/8")), 3);
  EXPECT_EQ(other.find(prefix("13.0.0.0/8")), kNoPlace);
  EXPECT_EQ(other.find(prefix("14.0.0.0/8")), std::nullopt);
  const Geofeed none = other.renumbered(places({"paris"}, "fr"));
  EXPECT_EQ(none.find(prefix("10.0.0.0/8")), kNoPlace);
  const Geofeed back = none.renumbered(places({"fra"}, "de"));
  EXPECT_EQ(back.find(prefix("11.0.0.0/8")), 0);
  EXPECT_EQ(back.find(prefix("10.0.0.0/8")), 1);
  EXPECT_EQ(Geofeed::difference(feed, other).size(), 3U);
}

using Model = std::map<Prefix, MetroId>;

Geofeed shuffled(const Model& model, std::mt19937& random) {
  std::vector<Geofeed::Entry> entries;
  for (const auto& [prefix, place] : model) entries.push_back({prefix, place});
  std::ranges::shuffle(entries, random);
  return feed_of(std::move(entries));
}

TEST(Geofeed, AgreesWithAScanOnRandomTables) {
  std::mt19937 random(8805);
  for (int round = 0; round < 300; ++round) {
    Model before;
    for (std::size_t left = random() % 20; left != 0; --left) {
      before[short_prefix(random)] =
          random() % 5 == 0 ? MetroId{kNoPlace} : static_cast<MetroId>(random() % 4);
    }
    Model after = before;
    for (std::size_t left = random() % 4; left != 0; --left) {
      after[short_prefix(random)] = static_cast<MetroId>(random() % 4);
    }
    if (!after.empty() && random() % 2 == 0) after.erase(after.begin());
    const Geofeed a = shuffled(before, random);
    const Geofeed b = shuffled(after, random);
    const auto changed = Geofeed::difference(a, b);
    for (int i = 0; i < 50; ++i) {
      const Prefix asked = short_prefix(random);
      ASSERT_EQ(a.find(asked), longest(before, asked)) << asked.to_string();
      ASSERT_EQ(b.find(asked), longest(after, asked)) << asked.to_string();
      if (a.find(asked) == b.find(asked)) continue;
      ASSERT_TRUE(is_in(changed, asked)) << asked.to_string();
    }
  }
}

}  // namespace
}  // namespace tern::policy
