#include "bgpd/rpki/cache_set.h"

#include <gtest/gtest.h>

#include "tests/unit/rpki/records.h"

namespace tern::rpki {
namespace {

CacheData data(Asn asn) {
  return {policy::VrpTable::build({vrp("192.0.2.0/24", asn)}), std::make_shared<AspaRecords>()};
}

TEST(CacheSet, TheLowestPreferenceThatHasDataIsUsed) {
  CacheSet set;
  EXPECT_FALSE(set.set_preference(1, 20));
  EXPECT_FALSE(set.set_preference(2, 10));
  EXPECT_FALSE(set.selected());
  EXPECT_FALSE(set.data());

  const CacheData one = data(1);
  const CacheData two = data(2);
  EXPECT_TRUE(set.set_data(1, one));
  EXPECT_EQ(set.selected(), 1U);
  EXPECT_TRUE(set.set_data(2, two));
  EXPECT_EQ(set.selected(), 2U);
  EXPECT_TRUE(set.data() == two);
  EXPECT_FALSE(set.set_data(1, data(3)));  // not in use

  EXPECT_TRUE(set.set_data(2, {}));  // expired
  EXPECT_EQ(set.selected(), 1U);
  EXPECT_TRUE(set.set_data(1, {}));
  EXPECT_FALSE(set.data());
}

TEST(CacheSet, OfEqualsTheOneInUseStays) {
  CacheSet set;
  set.set_preference(1, 10);
  set.set_preference(2, 10);
  set.set_data(2, data(2));
  EXPECT_FALSE(set.set_data(1, data(1)));
  EXPECT_EQ(set.selected(), 2U);
  EXPECT_TRUE(set.set_preference(1, 5));
  EXPECT_EQ(set.selected(), 1U);
  EXPECT_TRUE(set.remove(1));
  EXPECT_EQ(set.selected(), 2U);
  EXPECT_FALSE(set.set_data(1, data(1)));  // was removed
}

TEST(CacheSet, AChangeOfTheCacheInUseIsAChange) {
  CacheSet set;
  set.set_preference(1, 10);
  const CacheData first = data(1);
  EXPECT_TRUE(set.set_data(1, first));
  EXPECT_FALSE(set.set_data(1, first));
  EXPECT_TRUE(set.set_data(1, data(1)));  // another object
}

}  // namespace
}  // namespace tern::rpki
