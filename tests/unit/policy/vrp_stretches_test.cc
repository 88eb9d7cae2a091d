// Tables that are so large that they have VrpStretches, by their answers.
#include "policy/vrp_stretches.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

#include "tests/unit/policy/vrps.h"

namespace tern::policy {
namespace {

OriginState state_of(const VrpTable& table, const char* of, std::optional<Asn> origin) {
  return table.validate(Prefix::parse(of).value(), origin);
}

VrpTable::Ptr large(std::vector<Vrp> vrps) {
  const std::vector<Vrp> far = far_vrps();
  vrps.insert(vrps.end(), far.begin(), far.end());
  return VrpTable::build(std::move(vrps));
}

TEST(VrpStretches, AnyNumberOfVrpsCanCover) {
  std::vector<Vrp> vrps;
  for (Asn asn = 1; asn <= 12; ++asn) {  // more than two lists have
    vrps.push_back(vrp("10.0.0.0/16", asn, 20));
    vrps.push_back(vrp("2001:db8::/32", asn, 40));
    const auto table = large(vrps);
    for (Asn origin = 0; origin <= 13; ++origin) {
      const bool is_there = origin != 0 && origin <= asn;
      const OriginState expected = is_there ? OriginState::Valid : OriginState::Invalid;
      EXPECT_EQ(state_of(*table, "10.0.0.0/16", origin), expected) << asn;
      EXPECT_EQ(state_of(*table, "10.0.240.0/20", origin), expected) << asn;
      EXPECT_EQ(state_of(*table, "10.0.240.0/21", origin), OriginState::Invalid) << asn;
      EXPECT_EQ(state_of(*table, "10.0.0.0/15", origin), OriginState::NotFound) << asn;
      EXPECT_EQ(state_of(*table, "10.1.0.0/16", origin), OriginState::NotFound) << asn;
      EXPECT_EQ(state_of(*table, "2001:db8:ff00::/40", origin), expected) << asn;
      EXPECT_EQ(state_of(*table, "2001:db8:ff00::/41", origin), OriginState::Invalid) << asn;
      EXPECT_EQ(state_of(*table, "2001:db9::/32", origin), OriginState::NotFound) << asn;
    }
  }
}

TEST(VrpStretches, TheShortestAndTheLongestPrefixes) {
  const auto table =
      large({vrp("0.0.0.0/0", 1, 1), vrp("192.0.2.1/32", 2), vrp("192.0.2.0/24", 3),
             vrp("255.255.255.255/32", 2), vrp("2000::/3", 4, 20), vrp("::/0", 0),
             vrp("2001:db8::/48", 5, 64), vrp("2001:db8:1::/49", 6), vrp("2001:db8:2::1/128", 7)});
  EXPECT_EQ(state_of(*table, "0.0.0.0/0", 1), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "128.0.0.0/1", 1), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "128.0.0.0/2", 1), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "192.0.2.1/32", 2), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "192.0.2.0/32", 2), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "192.0.2.0/24", 3), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "255.255.255.255/32", 2), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "::/0", 4), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "4000::/17", 4), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "2000::/3", 4), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001::/20", 4), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001::/21", 4), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "2001:db8::/48", 5), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001:db8::/64", 5), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001:db8::/65", 5), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "2001:db8:1::/49", 6), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001:db8:2::1/128", 7), OriginState::Valid);
  EXPECT_EQ(state_of(*table, "2001:db8:2::/128", 7), OriginState::Invalid);
  EXPECT_EQ(state_of(*table, "ffff:ffff::/32", 4), OriginState::Invalid);
}

// An AS that has many VRPs for a prefix does not multiply what the prefixes inside take.
TEST(VrpStretches, MemoryFollowsThePrefixes) {
  std::vector<Vrp> vrps;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    vrps.push_back({Prefix::v4(0x0A000000U, 8), 24, 1 + i});
    vrps.push_back({Prefix::v4(0x0A000000U + (i << 9U), 24), 24, 1 + i});
  }
  const auto table = VrpTable::build(vrps);
  EXPECT_EQ(table->validate(Prefix::v4(0x0A000000U, 24), 5000), OriginState::Valid);
  EXPECT_EQ(table->validate(Prefix::v4(0x0A000000U, 24), 5001), OriginState::Invalid);
  constexpr std::size_t kJumps = 2 * (std::size_t{1} << 18U);  // of the layer and of its stretches
  EXPECT_LE(table->memory(), kJumps + (std::size_t{1} << 14U) + (16 + 2 * 80 + 8) * table->size());
}

}  // namespace
}  // namespace tern::policy
