// AS sets and the suggestions for mistyped names.

#include <gtest/gtest.h>

#include <algorithm>

#include "policy/as_set.h"
#include "policy/suggest.h"
#include "random_numbers.h"

namespace tern::policy {
namespace {

using AsnRanges = std::vector<std::pair<Asn, Asn>>;

TEST(AsSet, RangesAreClosed) {
  const AsSet set(AsnRanges{{64512, 65534}, {13335, 13335}});
  EXPECT_TRUE(set.contains(64512));
  EXPECT_TRUE(set.contains(65534));
  EXPECT_TRUE(set.contains(13335));
  EXPECT_FALSE(set.contains(64511));
  EXPECT_FALSE(set.contains(65535));
  EXPECT_FALSE(set.contains(13334));
  EXPECT_FALSE(AsSet().contains(0));
}

TEST(AsSet, ReachesBothEndsOfTheNumbers) {
  const AsSet set(AsnRanges{{0, 0}, {4294967295U, 4294967295U}});
  EXPECT_TRUE(set.contains(0));
  EXPECT_TRUE(set.contains(4294967295U));
  EXPECT_FALSE(set.contains(1));
  EXPECT_TRUE(AsSet(AsnRanges{{0, 4294967295U}, {5, 6}}).contains(4294967295U));
}

TEST(AsSet, OverlappingAndAdjacentRangesAreOne) {
  EXPECT_EQ(AsSet(AsnRanges{{5, 9}, {1, 4}, {3, 6}}), AsSet(AsnRanges{{1, 9}}));
  EXPECT_EQ(AsSet(AsnRanges{{1, 9}, {2, 3}}).ranges(), (AsnRanges{{1, 9}}));
  EXPECT_FALSE(AsSet(AsnRanges{{1, 4}, {6, 9}}) == AsSet(AsnRanges{{1, 9}}));
}

TEST(AsSet, AgreesWithTheListOnRandomSets) {
  RandomNumbers random(65000);
  for (int round = 0; round < 500; ++round) {
    AsnRanges ranges(random() % 12);
    for (auto& [first, last] : ranges) {
      first = random() % 100;
      last = first + random() % 10;
    }
    const AsSet set(ranges);
    for (Asn asn = 0; asn < 120; ++asn) {
      const bool expected = std::any_of(ranges.begin(), ranges.end(), [asn](const auto& range) {
        return asn >= range.first && asn <= range.second;
      });
      ASSERT_EQ(set.contains(asn), expected) << asn;
    }
  }
}

TEST(NearestName, FindsWhatWasMeant) {
  const std::vector<std::string> known{"bogons", "customers", "transit", "Peers"};
  EXPECT_EQ(nearest_name("bogon", known), "bogons");          // one missing
  EXPECT_EQ(nearest_name("bgoons", known), "bogons");         // two swapped
  EXPECT_EQ(nearest_name("custommers", known), "customers");  // one too many
  EXPECT_EQ(nearest_name("tramsit", known), "transit");       // one wrong
  EXPECT_EQ(nearest_name("peers", known), "Peers");           // case
}

TEST(NearestName, KeepsQuietWhenNothingIsNear) {
  const std::vector<std::string> known{"bogons", "customers", "a"};
  EXPECT_EQ(nearest_name("internet", known), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name("b", known), "");  // one edit, and nothing in common
  EXPECT_EQ(nearest_name(std::string(5000, 'x'), known), "");
  EXPECT_EQ(nearest_name("x", {}), "");
}

TEST(NearestName, TheNearestWinsAndTheFirstOfEquals) {
  const std::vector<std::string> known{"ams-edge", "lhr", "ams1", "ams2"};
  EXPECT_EQ(nearest_name("ams3", known), "ams1");
  EXPECT_EQ(nearest_name("ams2", known), "ams2");
}

TEST(NearestName, MessageEnd) {
  const std::vector<std::string> known{"bogons"};
  EXPECT_EQ(did_you_mean("bogon", known), "; did you mean 'bogons'?");
  EXPECT_EQ(did_you_mean("internet", known), "");
}

}  // namespace
}  // namespace tern::policy
