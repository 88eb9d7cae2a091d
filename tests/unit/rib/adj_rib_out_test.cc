#include "rib/adj_rib_out.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

class AdjRibOutTest : public testing::Test {
 protected:
  AdjRibOutTest() { rib.set_peer(0, ebgp_peer(1, 1)); }

  DestId announce(const Prefix& prefix) {
    const AttrHandle handle = path().intern(rib.attributes());
    rib.announce(0, {prefix, 0}, {handle.ref(), handle.ref(), Reason::None, 0}, 1);
    (void)rib.take_changes();
    return *rib.find_id(prefix);
  }
  void withdraw(const Prefix& prefix) {
    rib.withdraw(0, {prefix, 0});
    (void)rib.take_changes();
  }
  // What an export would hold of the path.
  AttrHandle exported(std::uint32_t med) { return path().med(med).intern(rib.attributes()); }
  std::vector<Advertised> held(const AdjRibOut& out, DestId id) {
    std::vector<Advertised> list;
    out.list(id, list);
    return list;
  }

  Rib rib;
  const Prefix v4 = *Prefix::parse("203.0.113.0/24");
  const Prefix v6 = *Prefix::parse("2001:db8::/32");
};

TEST_F(AdjRibOutTest, HoldsOnePathPerPrefix) {
  AdjRibOut out(rib, {});
  const DestId id = announce(v4);
  EXPECT_TRUE(held(out, id).empty());
  const AttrHandle first = exported(1);
  const AttrHandle second = exported(2);
  out.set(id, {0, first.ref()});
  out.set(id, {0, second.ref()});
  EXPECT_EQ(held(out, id), (std::vector<Advertised>{{0, second.ref()}}));
  EXPECT_EQ(out.size(Family::Ipv4Unicast), 1U);
  EXPECT_EQ(rib.destination(id).advertised, 1U);
  out.erase(id, 0);
  out.erase(id, 0);  // nothing there
  EXPECT_TRUE(held(out, id).empty());
  EXPECT_EQ(out.size(Family::Ipv4Unicast), 0U);
  EXPECT_EQ(rib.destination(id).advertised, 0U);
}

TEST_F(AdjRibOutTest, HoldsSeveralWithAddPath) {
  AdjRibOut out(rib, {Family::Ipv4Unicast});
  const DestId id = announce(v4);
  const DestId other = announce(v6);
  const AttrHandle first = exported(1);
  const AttrHandle second = exported(2);
  out.set(id, {1, first.ref()});
  out.set(id, {2, first.ref()});
  out.set(id, {1, second.ref()});
  out.set(other, {0, first.ref()});
  EXPECT_EQ(held(out, id), (std::vector<Advertised>{{1, second.ref()}, {2, first.ref()}}));
  EXPECT_EQ(held(out, other), (std::vector<Advertised>{{0, first.ref()}}));
  EXPECT_EQ(out.size(Family::Ipv4Unicast), 2U);
  EXPECT_EQ(out.size(Family::Ipv6Unicast), 1U);
  EXPECT_EQ(rib.destination(id).advertised, 2U);
  out.erase(id, 1);
  out.erase(id, 9);
  EXPECT_EQ(held(out, id), (std::vector<Advertised>{{2, first.ref()}}));
  out.erase(id, 2);
  EXPECT_TRUE(held(out, id).empty());
}

TEST_F(AdjRibOutTest, KeepsSetsAndDestinationsAlive) {
  {
    AdjRibOut out(rib, {});
    const DestId id = announce(v4);
    out.set(id, {0, exported(1).ref()});
    withdraw(v4);
    EXPECT_TRUE(rib.destination(id).in_use);  // the withdrawal must still name the prefix
    EXPECT_EQ(rib.attributes().size(), 1U);
    out.erase(id, 0);
    EXPECT_FALSE(rib.destination(id).in_use);
    EXPECT_EQ(rib.attributes().size(), 0U);

    const DestId again = announce(v6);
    out.set(again, {0, exported(1).ref()});
    withdraw(v6);
  }
  EXPECT_EQ(rib.attributes().size(), 0U);  // released with the table
  EXPECT_EQ(rib.find(v6), nullptr);
}

TEST_F(AdjRibOutTest, ForgetsInSlices) {
  AdjRibOut out(rib, {Family::Ipv6Unicast});
  for (std::uint32_t i = 0; i < 100; ++i) {
    const Prefix prefix(IpAddress::v4(0x0A000000U + (i << 8U)), 24);
    out.set(announce(prefix), {0, exported(i).ref()});
    withdraw(prefix);
    const Prefix six = *Prefix::parse("2001:db8:" + std::to_string(i + 1) + "::/48");
    const DestId id = announce(six);
    out.set(id, {1, exported(i).ref()});
    out.set(id, {2, exported(i).ref()});
    withdraw(six);
  }
  std::size_t held_before = 300;
  int slices = 0;
  while (!out.clear(10)) {
    const std::size_t held_now = out.size(Family::Ipv4Unicast) + out.size(Family::Ipv6Unicast);
    EXPECT_GE(held_now + 20, held_before);  // no more than ten destinations, two paths each
    held_before = held_now;
    ASSERT_LT(++slices, 100);
  }
  EXPECT_GE(slices, 10);
  EXPECT_EQ(out.size(Family::Ipv4Unicast), 0U);
  EXPECT_EQ(out.size(Family::Ipv6Unicast), 0U);
  EXPECT_TRUE(out.clear(1));
  EXPECT_EQ(rib.attributes().size(), 0U);
  for (DestId id = 0; id < rib.end(); ++id) EXPECT_FALSE(rib.destination(id).in_use);
}

// Forgetting a table twice as large takes about twice as long, with Add-Path too. Measured as a
// ratio, with room for a busy machine: a quadratic clear() is off by far more.
TEST_F(AdjRibOutTest, ForgettingIsLinear) {
  const auto seconds = [&](std::uint32_t count) {
    AdjRibOut out(rib, {Family::Ipv4Unicast});
    const AttrHandle set = exported(1);
    for (std::uint32_t i = 0; i < count; ++i) {
      out.set(announce(Prefix(IpAddress::v4(i << 8U), 24)), {1, set.ref()});
    }
    const auto start = std::chrono::steady_clock::now();
    while (!out.clear(1000)) {
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double small = seconds(10'000);
  const double large = seconds(80'000);
  EXPECT_LT(large, small * 8 * 4 + 0.05);
}

}  // namespace
}  // namespace tern::rib
