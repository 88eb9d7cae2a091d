#include <gtest/gtest.h>

#include <map>
#include <random>

#include "rib/rib.h"
#include "tests/unit/rib/paths.h"
#include "tests/unit/types/random_values.h"

namespace tern::rib {
namespace {

class LongestMatch : public testing::Test {
 protected:
  LongestMatch() { rib.set_peer(0, ebgp_peer(1, 1)); }

  void announce(const Prefix& prefix) {
    const AttrHandle handle = path().intern(rib.attributes());
    rib.announce(0, {prefix, 0}, {handle.ref(), handle.ref(), Reason::None, 0}, 1);
  }
  void reject(const Prefix& prefix) {
    const AttrHandle handle = path().intern(rib.attributes());
    rib.announce(0, {prefix, 0}, {handle.ref(), AttrRef::None, Reason::Policy, 0}, 1);
  }
  [[nodiscard]] std::string found(const char* address) const {
    const auto destination = rib.longest_match(*IpAddress::parse(address));
    return destination ? destination->prefix.to_string() : "nothing";
  }

  Rib rib;
};

TEST_F(LongestMatch, TheMostSpecificAcceptedPrefix) {
  announce(*Prefix::parse("0.0.0.0/0"));
  announce(*Prefix::parse("198.51.0.0/16"));
  announce(*Prefix::parse("198.51.100.0/24"));
  reject(*Prefix::parse("198.51.100.128/25"));
  EXPECT_EQ(found("198.51.100.200"), "198.51.100.0/24");
  EXPECT_EQ(found("198.51.101.1"), "198.51.0.0/16");
  EXPECT_EQ(found("192.0.2.1"), "0.0.0.0/0");
  EXPECT_EQ(found("2001:db8::1"), "nothing");
  rib.withdraw(0, {*Prefix::parse("198.51.100.0/24"), 0});
  EXPECT_EQ(found("198.51.100.200"), "198.51.0.0/16");
}

TEST_F(LongestMatch, APrefixIsCoveredByItself) {
  announce(*Prefix::parse("2001:db8::/32"));
  announce(*Prefix::parse("2001:db8:1::/48"));
  const auto same = rib.longest_match(*Prefix::parse("2001:db8:1::/48"));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->prefix.to_string(), "2001:db8:1::/48");
  const auto wider = rib.longest_match(*Prefix::parse("2001:db8::/40"));
  ASSERT_TRUE(wider);
  EXPECT_EQ(wider->prefix.to_string(), "2001:db8::/32");
  EXPECT_FALSE(rib.longest_match(*Prefix::parse("2001::/16")));
}

TEST_F(LongestMatch, AgreesWithLookingAtEveryPrefix) {
  RandomValues random(20);
  std::map<Prefix, bool> table;  // whether accepted
  for (int i = 0; i < 2000; ++i) {
    // Few first bits, so that prefixes cover each other.
    const std::uint32_t address = (random.below(4) << 30U) | (random.below(16) << 20U);
    const Prefix prefix(IpAddress::v4(address), static_cast<std::uint8_t>(random.below(33)));
    if (random.one_in(3)) {
      rib.withdraw(0, {prefix, 0});
      table.erase(prefix);
    } else if (random.one_in(3)) {
      reject(prefix);
      table[prefix] = false;
    } else {
      announce(prefix);
      table[prefix] = true;
    }
    if (random.one_in(5)) take_changes(rib);
    const IpAddress wanted = IpAddress::v4(address | random.below(1U << 20U));
    const Prefix* expected = nullptr;
    for (const auto& [known, accepted] : table) {
      const bool longer = expected == nullptr || known.length() > expected->length();
      if (accepted && known.contains(wanted) && longer) expected = &known;
    }
    const auto got = rib.longest_match(wanted);
    ASSERT_EQ(got.has_value(), expected != nullptr);
    if (got) {
      ASSERT_EQ(got->prefix, *expected);
    }
  }
}

}  // namespace
}  // namespace tern::rib
