#include <gtest/gtest.h>

#include <map>
#include <random>

#include "rib/shards.h"
#include "tests/unit/rib/paths.h"
#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

// By the number of shards.
class LongestMatch : public testing::TestWithParam<std::size_t> {
 protected:
  LongestMatch() { shards.set_peer(0, ebgp_peer(1, 1)); }

  Rib& of(const Prefix& prefix) { return shards[shards.index_of(unicast(prefix))]; }
  void announce(const Prefix& prefix) {
    const AttrHandle handle = path().intern(shards.attributes());
    of(prefix).announce(0, unicast(prefix), {handle.ref(), handle.ref(), Reason::None, 0}, 1);
  }
  void reject(const Prefix& prefix) {
    const AttrHandle handle = path().intern(shards.attributes());
    of(prefix).announce(0, unicast(prefix), {handle.ref(), AttrRef::None, Reason::Policy, 0}, 1);
  }
  [[nodiscard]] std::string found(const char* address) const {
    const auto match = shards.longest_match(*IpAddress::parse(address));
    return match ? shards.destination(*match).prefix.to_string() : "nothing";
  }
  void announce_in_multicast(const Prefix& prefix) {
    const AttrHandle handle = path().intern(shards.attributes());
    const Nlri nlri(prefix, Family::Ipv4Multicast);
    shards[shards.index_of(nlri)].announce(0, nlri, {handle.ref(), handle.ref(), Reason::None, 0},
                                           1);
  }
  void withdraw(const Prefix& prefix) { of(prefix).withdraw(0, unicast(prefix)); }

  Shards shards{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Shards, LongestMatch, testing::Values(1, 5));

TEST_P(LongestMatch, TheMostSpecificAcceptedPrefix) {
  announce(*Prefix::parse("0.0.0.0/0"));
  announce(*Prefix::parse("198.51.0.0/16"));
  announce(*Prefix::parse("198.51.100.0/24"));
  reject(*Prefix::parse("198.51.100.128/25"));
  EXPECT_EQ(found("198.51.100.200"), "198.51.100.0/24");
  EXPECT_EQ(found("198.51.101.1"), "198.51.0.0/16");
  EXPECT_EQ(found("192.0.2.1"), "0.0.0.0/0");
  EXPECT_EQ(found("2001:db8::1"), "nothing");
  withdraw(*Prefix::parse("198.51.100.0/24"));
  EXPECT_EQ(found("198.51.100.200"), "198.51.0.0/16");
}

TEST_P(LongestMatch, APrefixIsCoveredByItself) {
  announce(*Prefix::parse("2001:db8::/32"));
  announce(*Prefix::parse("2001:db8:1::/48"));
  const auto same = shards.longest_match(unicast(*Prefix::parse("2001:db8:1::/48")));
  ASSERT_TRUE(same);
  EXPECT_EQ(shards.destination(*same).prefix.to_string(), "2001:db8:1::/48");
  const auto wider = shards.longest_match(unicast(*Prefix::parse("2001:db8::/40")));
  ASSERT_TRUE(wider);
  EXPECT_EQ(shards.destination(*wider).prefix.to_string(), "2001:db8::/32");
  EXPECT_FALSE(shards.longest_match(unicast(*Prefix::parse("2001::/16"))));
}

TEST_P(LongestMatch, AnotherFamilyHasItsOwn) {
  announce_in_multicast(*Prefix::parse("203.0.113.0/24"));
  EXPECT_EQ(found("203.0.113.7"), "nothing");
  const Prefix host = *Prefix::parse("203.0.113.7/32");
  EXPECT_TRUE(shards.longest_match({host, Family::Ipv4Multicast}));
}

TEST_P(LongestMatch, AgreesWithLookingAtEveryPrefix) {
  RandomValues random(20);
  std::map<Prefix, bool> table;  // whether accepted
  for (int i = 0; i < 2000; ++i) {
    // Few first bits, so that prefixes cover each other.
    const std::uint32_t address = (random.below(4) << 30U) | (random.below(16) << 20U);
    const Prefix prefix(IpAddress::v4(address), static_cast<std::uint8_t>(random.below(33)));
    if (random.one_in(3)) {
      withdraw(prefix);
      table.erase(prefix);
    } else if (random.one_in(3)) {
      reject(prefix);
      table[prefix] = false;
    } else {
      announce(prefix);
      table[prefix] = true;
    }
    if (random.one_in(5)) take_changes(of(prefix));
    const IpAddress wanted = IpAddress::v4(address | random.below(1U << 20U));
    const Prefix* expected = nullptr;
    for (const auto& [known, accepted] : table) {
      const bool longer = expected == nullptr || known.length() > expected->length();
      if (accepted && known.contains(wanted) && longer) expected = &known;
    }
    const auto got = shards.longest_match(wanted);
    ASSERT_EQ(got.has_value(), expected != nullptr);
    if (got) {
      ASSERT_EQ(shards.destination(*got).prefix, *expected);
    }
  }
}

}  // namespace
}  // namespace tern::rib
