// What a table in shards is beyond its Ribs: who has which prefix, and what all of them have.
#include "rib/shards.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "tests/unit/rib/paths.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

constexpr PeerSlot kFirst = 0;
constexpr PeerSlot kLondon = 1;
constexpr std::uint32_t kBlocks = 60;  // of 12 bits

Prefix parsed(const std::string& text) { return *Prefix::parse(text); }
Prefix nth(std::uint32_t n) { return Prefix::v4((10U << 24U) + (n << 20U), 16); }

class ShardsTest : public testing::Test {
 protected:
  ShardsTest() {
    shards.set_peer(kFirst, ebgp_peer(10, 10));
    shards.set_peer(kLondon, ebgp_peer(20, 20));
  }
  Rib& of(const Prefix& where) { return shards[shards.index_of(unicast(where))]; }
  void announce(PeerSlot peer, const Prefix& where, const PathBuilder& built = path()) {
    const AttrHandle handle = built.intern(shards.attributes());
    of(where).announce(peer, unicast(where), {handle.ref(), handle.ref(), Reason::None, 0}, 1);
  }
  void reject(PeerSlot peer, const Prefix& where) {
    const AttrHandle handle = path().intern(shards.attributes());
    of(where).announce(peer, unicast(where), {handle.ref(), AttrRef::None, Reason::Policy, 0}, 1);
  }
  void tell_best(const Prefix& where, PeerSlot client) {
    const Found found = *shards.find(unicast(where));
    Rib& rib = shards[found.shard];
    ClientSet clients;
    clients.insert(client);
    const AudienceRef audience = rib.audiences().intern(clients);
    const Advertised advertised{rib.destination(found.id).best()->effective(), audience};
    rib.set_advertised(found.id, std::span(&advertised, 1), {});
    rib.audiences().release(audience);
  }

  Shards shards{4};
};

// ---- Who has which prefix

TEST_F(ShardsTest, PrefixesSpread) {
  std::array<std::uint32_t, 4> ipv4{};
  std::array<std::uint32_t, 4> ipv6{};
  for (std::uint32_t block = 0; block < 0x10000; ++block) {
    ++ipv4.at(shards.index_of(unicast(Prefix::v4(block << 16U, 24))));
    const std::string text = "2001:" + std::to_string(block % 9999) + "::/32";
    ++ipv6.at(shards.index_of(unicast(parsed(text))));
  }
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    EXPECT_NEAR(ipv4[shard], 0x4000, 0x400) << shard;
    EXPECT_NEAR(ipv6[shard], 0x4000, 0x800) << shard;
  }
}

TEST_F(ShardsTest, NeighboursStayTogether) {
  for (std::uint32_t block = 0; block < 200; ++block) {
    const std::size_t shard = shards.index_of(unicast(Prefix::v4(block << 20U, 12)));
    for (std::uint32_t host = 0; host < 0x100000; host += 0x3333) {
      EXPECT_EQ(shards.index_of(unicast(Prefix::v4((block << 20U) | host, 32))), shard);
    }
  }
  const std::size_t shard = shards.index_of(unicast(parsed("2001:db8::/32")));
  for (const char* text : {"2001:db8:1::/48", "2001:dbf:ffff::/64", "2001:db8::1/128"}) {
    EXPECT_EQ(shards.index_of(unicast(parsed(text))), shard);
  }
}

TEST_F(ShardsTest, AnIndexIsInRangeAndTheSameEachTime) {
  for (std::size_t count = 1; count <= Shards::kMost; ++count) {
    const Shards some(count);
    const Shards others(count);
    ASSERT_EQ(some.size(), count);
    for (const char* text : {"0.0.0.0/0", "::/0", "203.0.113.0/24", "2001:db8::/32"}) {
      EXPECT_LT(some.index_of(unicast(parsed(text))), count);
      EXPECT_EQ(some.index_of(unicast(parsed(text))), others.index_of(unicast(parsed(text))));
    }
  }
}

TEST_F(ShardsTest, APrefixIsFoundWhereItIs) {
  for (std::uint32_t n = 0; n < kBlocks; ++n) announce(kFirst, nth(n));
  for (std::uint32_t n = 0; n < kBlocks; ++n) {
    const auto found = shards.find(unicast(nth(n)));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->shard, shards.index_of(unicast(nth(n))));
    EXPECT_EQ(&shards[found->shard], &of(nth(n)));
    EXPECT_EQ(shards.destination(*found).prefix, nth(n));
    for (std::size_t other = 0; other < shards.size(); ++other) {
      EXPECT_EQ(shards[other].find_id(unicast(nth(n))).has_value(), other == found->shard);
    }
  }
  EXPECT_FALSE(shards.find(unicast(nth(kBlocks))));
}

// ---- All of them

TEST_F(ShardsTest, SumsAreOfAllShards) {
  for (std::uint32_t n = 0; n < kBlocks; ++n) {
    announce(kFirst, nth(n), path().place(4, 1, 900));
    if (n % 2 == 0) announce(kLondon, nth(n), path().local_pref(200).place(4, 2, 1000));
    if (n % 3 == 1) reject(kLondon, nth(n + kBlocks));
  }
  announce(kLondon, parsed("2001:db8::/32"));
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    EXPECT_GT(shards[shard].counts(kFirst).families[0].received, 0U);  // or it says nothing
  }
  const PeerCounts london = shards.counts(kLondon);
  EXPECT_EQ(london.families[0].received, kBlocks / 2 + kBlocks / 3);
  EXPECT_EQ(london.families[0].accepted, kBlocks / 2);
  EXPECT_EQ(london.families[1].received, 1U);
  EXPECT_EQ(london.families[1].without_location, 1U);
  EXPECT_EQ(london.rejected[static_cast<std::size_t>(Reason::Policy)], kBlocks / 3);
  EXPECT_EQ(shards.received(kLondon, Family::Ipv4Unicast), london.families[0].received);
  EXPECT_EQ(shards.received(kFirst, Family::Ipv6Unicast), 0U);
  const TableCounts table = shards.table(Family::Ipv4Unicast);
  EXPECT_EQ(table.prefixes, kBlocks);
  EXPECT_EQ(table.paths, kBlocks + kBlocks / 2);
  EXPECT_EQ(table.best_changes, kBlocks + kBlocks / 2);
  const auto decisions = shards.decisions();
  EXPECT_EQ(decisions[static_cast<std::size_t>(Step::OnlyPath)], kBlocks + 1);
  EXPECT_EQ(decisions[static_cast<std::size_t>(Step::LocalPref)], kBlocks / 2);
  EXPECT_EQ(std::accumulate(decisions.begin(), decisions.end(), 0U), kBlocks + kBlocks / 2 + 1);
  EXPECT_EQ(shards.egress_prefixes(4, 1), kBlocks / 2);
  EXPECT_EQ(shards.egress_prefixes(4, 2), kBlocks / 2);
  EXPECT_EQ(shards.move_counts()[0], kBlocks / 2);
  EXPECT_EQ(shards.egress_suboptimal(), kBlocks / 2);
  EXPECT_EQ(shards.paths_refused(), 0U);
}

TEST_F(ShardsTest, WhatIsHeldIsOfAllShards) {
  for (std::uint32_t n = 0; n < kBlocks; ++n) {
    announce(kFirst, nth(n));
    tell_best(nth(n), n % 3 == 0 ? 7 : 300);
  }
  EXPECT_EQ(shards.held().of(7, Family::Ipv4Unicast), kBlocks / 3);
  EXPECT_EQ(shards.held().of(300, Family::Ipv4Unicast), kBlocks - kBlocks / 3);
  EXPECT_EQ(shards.held().of(300, Family::Ipv6Unicast), 0U);
  EXPECT_EQ(shards.audiences(), 2 * shards.size());  // each has both
}

TEST_F(ShardsTest, MemoryIsOfAllShards) {
  for (std::uint32_t n = 0; n < kBlocks; ++n) announce(kFirst, nth(n));
  RibMemory sum;
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    const RibMemory one = shards[shard].memory();
    EXPECT_GT(one.blocks, 0U);
    sum.records += one.records;
    sum.blocks += one.blocks;
    sum.index += one.index;
  }
  EXPECT_EQ(shards.memory().records, sum.records);
  EXPECT_EQ(shards.memory().blocks, sum.blocks);
  EXPECT_EQ(shards.memory().index, sum.index);
}

TEST_F(ShardsTest, AChangeAnywhereIsAChange) {
  EXPECT_FALSE(shards.has_changes());
  for (std::uint32_t n = 0; n < kBlocks; ++n) {
    announce(kFirst, nth(n));
    EXPECT_TRUE(shards.has_changes());
    take_changes(of(nth(n)));
    EXPECT_FALSE(shards.has_changes());
  }
}

// The sets are everybody's.
TEST_F(ShardsTest, ASetIsOnceForAllShards) {
  for (std::uint32_t n = 0; n < kBlocks; ++n) announce(kFirst, nth(n));
  EXPECT_EQ(shards.attributes().size(), 1U);
  for (std::uint32_t n = 0; n < kBlocks; ++n) of(nth(n)).withdraw(kFirst, unicast(nth(n)));
  EXPECT_EQ(shards.attributes().size(), 0U);
}

TEST_F(ShardsTest, WhatIsSetIsSetInAll) {
  shards.set_config({true, EgressPosition::AfterAsPath});
  shards.set_peer(kLondon, ebgp_peer(5, 5));
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    EXPECT_TRUE(shards[shard].config().always_compare_med);
    EXPECT_EQ(shards[shard].config().egress_position, EgressPosition::AfterAsPath);
    EXPECT_EQ(shards[shard].peer(kLondon), ebgp_peer(5, 5));
  }
  EXPECT_EQ(shards.peer(kLondon), ebgp_peer(5, 5));
  EXPECT_TRUE(shards.config().always_compare_med);
}

TEST_F(ShardsTest, PathsOfTheSessionAndStaleOnesAreCountedOverAll) {
  const auto live = [this] { return shards.live(kLondon, Family::Ipv4Unicast); };
  for (std::uint32_t n = 0; n < kBlocks; ++n) announce(kLondon, nth(n));
  EXPECT_EQ(live(), kBlocks);
  EXPECT_TRUE(shards.has_paths(kLondon));
  shards.change_epoch(kLondon, Family::Ipv4Unicast, EpochChange::BeginIfFew);
  announce(kLondon, nth(0));
  shards.change_epoch(kLondon, Family::Ipv4Unicast, EpochChange::ExpireOlder);
  EXPECT_EQ(live(), 1U);
  EXPECT_EQ(shards.received(kLondon, Family::Ipv4Unicast), kBlocks);
  end_session(shards, kLondon);
  EXPECT_EQ(live(), 0U);
  for (std::size_t shard = 0; shard < shards.size(); ++shard) {
    for (DestId id = 0; id < shards[shard].end(); ++id) shards[shard].sweep(id);
  }
  EXPECT_FALSE(shards.has_paths(kLondon));
}

// ---- The longest match: those that cover a prefix are of other shards

TEST_F(ShardsTest, TheLongestMatchIsOfAllShards) {
  const std::vector<std::string> covering{"0.0.0.0/0", "198.0.0.0/8", "198.48.0.0/12",
                                          "198.51.0.0/16", "198.51.100.0/24"};
  std::vector<std::size_t> in;
  for (const std::string& text : covering) {
    announce(kFirst, parsed(text));
    in.push_back(shards.index_of(unicast(parsed(text))));
    EXPECT_EQ(shards.destination(*shards.longest_match(*IpAddress::parse("198.51.100.1"))).prefix,
              parsed(text));
  }
  std::sort(in.begin(), in.end());
  EXPECT_NE(in.front(), in.back());  // or it says nothing
  reject(kFirst, parsed("198.51.100.0/24"));
  auto match = shards.longest_match(unicast(parsed("198.51.100.0/25")));
  ASSERT_TRUE(match);
  EXPECT_EQ(match->shard, shards.index_of(unicast(parsed("198.51.0.0/16"))));
  EXPECT_EQ(shards.destination(*match).prefix, parsed("198.51.0.0/16"));
  match = shards.longest_match(unicast(parsed("198.32.0.0/11")));
  ASSERT_TRUE(match);
  EXPECT_EQ(shards.destination(*match).prefix, parsed("198.0.0.0/8"));
  EXPECT_FALSE(shards.longest_match(*IpAddress::parse("2001:db8::1")));
}

}  // namespace
}  // namespace tern::rib
