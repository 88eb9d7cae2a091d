#include "rib/audience.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <vector>

namespace tern::rib {
namespace {

ClientSet clients(std::initializer_list<PeerSlot> slots) {
  ClientSet set;
  for (const PeerSlot slot : slots) set.insert(slot);
  return set;
}

std::uint32_t below(std::mt19937& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random() % bound);
}

std::vector<PeerSlot> listed(const ClientSet& set) {
  std::vector<PeerSlot> slots;
  set.for_each([&](PeerSlot slot) { slots.push_back(slot); });
  return slots;
}

TEST(ClientSet, HoldsSlots) {
  ClientSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.first(), kNoPeerSlot);
  set.insert(65535);
  set.insert(3);
  set.insert(3);
  EXPECT_EQ(listed(set), (std::vector<PeerSlot>{3, 65535}));
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(set.first(), 3U);
  EXPECT_TRUE(set.contains(65535));
  EXPECT_FALSE(set.contains(4));
  EXPECT_FALSE(set.contains(kNoPeerSlot));
  set.erase(3);
  set.erase(100'000);  // nothing there
  EXPECT_EQ(set.first(), 65535U);
  set.clear();
  EXPECT_TRUE(set.empty());
}

TEST(ClientSet, IsEqualByContent) {
  ClientSet set = clients({1, 5000});
  set.erase(5000);
  EXPECT_EQ(set, clients({1}));
  EXPECT_EQ(hash_value(set), hash_value(clients({1})));
  EXPECT_EQ(set.words().size(), 1U);
  set.erase(1);
  EXPECT_EQ(set, ClientSet{});
  set = clients({1, 5000});
  set &= clients({1, 6000});
  EXPECT_EQ(set, clients({1}));
  set = clients({1, 5000});
  set -= clients({2, 5000});
  EXPECT_EQ(set.words().size(), 1U);
}

TEST(ClientSet, AgreesWithStdSet) {
  std::mt19937 random(11);
  const auto slot = [&] { return below(random, 300); };
  for (int round = 0; round < 2000; ++round) {
    ClientSet a;
    ClientSet b;
    std::set<PeerSlot> model_a;
    std::set<PeerSlot> model_b;
    for (std::uint32_t i = below(random, 40); i > 0; --i) {
      const PeerSlot in_a = slot();
      const PeerSlot in_b = slot();
      const PeerSlot out = slot();
      a.insert(in_a);
      b.insert(in_b);
      a.erase(out);
      model_a.insert(in_a);
      model_b.insert(in_b);
      model_a.erase(out);
    }
    std::vector<PeerSlot> both;
    std::vector<PeerSlot> either;
    std::vector<PeerSlot> rest;
    std::ranges::set_intersection(model_a, model_b, std::back_inserter(both));
    std::ranges::set_union(model_a, model_b, std::back_inserter(either));
    std::ranges::set_difference(model_a, model_b, std::back_inserter(rest));
    ClientSet c = a;
    EXPECT_EQ(listed(c &= b), both);
    c = a;
    EXPECT_EQ(listed(c |= b), either);
    c = a;
    EXPECT_EQ(listed(c -= b), rest);
    EXPECT_EQ(c.size(), rest.size());
    EXPECT_EQ(c.empty(), rest.empty());
    EXPECT_EQ(a.intersects(b), !both.empty());
    EXPECT_EQ(a == b, model_a == model_b);
    for (PeerSlot i = 0; i < 310; ++i) ASSERT_EQ(a.contains(i), model_a.contains(i));
    EXPECT_TRUE(c.words().empty() || c.words().back() != 0);
  }
}

TEST(AudienceTable, EqualSetsAreOne) {
  AudienceTable table;
  const AudienceRef a = table.intern(clients({1, 2}));
  const AudienceRef b = table.intern(clients({2, 1}));
  const AudienceRef c = table.intern(clients({1, 3}));
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table[c], clients({1, 3}));
  EXPECT_TRUE(table.contains(c, 3));
  EXPECT_FALSE(table.contains(c, 2));
  EXPECT_FALSE(table.contains(c, 64'000));
  table.release(a);
  EXPECT_EQ(table.size(), 2U);
  table.release(b);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.intern(clients({7})), a);  // the number is used again
  EXPECT_EQ(table[a], clients({7}));
  EXPECT_FALSE(table.contains(a, 1));
}

TEST(AudienceTable, NobodyIsNotCounted) {
  AudienceTable table;
  EXPECT_EQ(table.intern({}), AudienceRef::Nobody);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_TRUE(table[AudienceRef::Nobody].empty());
  EXPECT_FALSE(table.contains(AudienceRef::Nobody, 0));
  table.retain(AudienceRef::Nobody);
  table.release(AudienceRef::Nobody);
  table.release(AudienceRef::Nobody);
  table.hold(AudienceRef::Nobody, Family::Ipv4Unicast);
  table.drop(AudienceRef::Nobody, Family::Ipv4Unicast);
  EXPECT_EQ(table.without(AudienceRef::Nobody, 1), AudienceRef::Nobody);
  EXPECT_EQ(table.held().of(0, Family::Ipv4Unicast), 0U);
}

TEST(AudienceTable, ASetMayBeInternedFromTheTable) {
  AudienceTable table;
  const AudienceRef first = table.intern(clients({1}));
  for (PeerSlot slot = 2; slot < 1000; ++slot) {
    ClientSet set = table[first];
    set.insert(slot);
    (void)table.intern(set);
  }
  EXPECT_EQ(table.intern(table[first]), first);
  EXPECT_EQ(table.size(), 999U);
}

TEST(AudienceTable, WithoutOneClient) {
  AudienceTable table;
  const AudienceRef all = table.intern(clients({1, 2, 3}));
  const AudienceRef others = table.without(all, 2);
  EXPECT_EQ(table[others], clients({1, 3}));
  EXPECT_EQ(table.without(all, 2), others);  // remembered
  EXPECT_EQ(table.without(others, 2), others);
  for (int i = 0; i < 3; ++i) table.release(others);
  EXPECT_EQ(table.size(), 1U);

  const AudienceRef reused = table.intern(clients({9}));
  EXPECT_EQ(reused, others);  // the remembered number means another set now
  const AudienceRef again = table.without(all, 2);
  EXPECT_NE(again, reused);
  EXPECT_EQ(table[again], clients({1, 3}));
  EXPECT_EQ(table.without(reused, 9), AudienceRef::Nobody);
  EXPECT_EQ(table.without(reused, 9), AudienceRef::Nobody);

  table.release(reused);
  const AudienceRef base_reused = table.intern(clients({8, 9}));
  EXPECT_EQ(base_reused, reused);
  EXPECT_EQ(table[table.without(base_reused, 9)], clients({8}));
}

TEST(AudienceTable, CountsThePrefixesHeld) {
  AudienceTable table;
  const AudienceRef a = table.intern(clients({1, 2}));
  const AudienceRef b = table.intern(clients({2, 3}));
  for (int i = 0; i < 5; ++i) table.hold(a, Family::Ipv4Unicast);
  for (int i = 0; i < 7; ++i) table.hold(b, Family::Ipv4Unicast);
  table.hold(b, Family::Ipv6Unicast);
  table.release(a);
  table.release(b);
  const HeldPrefixes held = table.held();
  EXPECT_EQ(held.of(1, Family::Ipv4Unicast), 5U);
  EXPECT_EQ(held.of(2, Family::Ipv4Unicast), 12U);
  EXPECT_EQ(held.of(3, Family::Ipv4Unicast), 7U);
  EXPECT_EQ(held.of(1, Family::Ipv6Unicast), 0U);
  EXPECT_EQ(held.of(2, Family::Ipv6Unicast), 1U);
  EXPECT_EQ(held.of(3, Family::Ipv6Unicast), 1U);
  for (const PeerSlot nobody : {0U, 4U, 200U}) {
    EXPECT_EQ(held.of(nobody, Family::Ipv4Unicast), 0U);
    EXPECT_EQ(held.of(nobody, Family::Ipv6Unicast), 0U);
  }
  for (int i = 0; i < 5; ++i) table.drop(a, Family::Ipv4Unicast);
  EXPECT_EQ(table.size(), 1U);  // held prefixes were the last to count it
  EXPECT_EQ(table.held().of(2, Family::Ipv4Unicast), 7U);
  for (int i = 0; i < 7; ++i) table.drop(b, Family::Ipv4Unicast);
  table.drop(b, Family::Ipv6Unicast);
  EXPECT_EQ(table.size(), 0U);
}

// Counts by the test's own books: whatever is done, the table holds just the sets somebody counts.
TEST(AudienceTable, RandomHistoriesAgreeWithAModel) {
  std::mt19937 random(5);
  AudienceTable table;
  std::vector<std::pair<AudienceRef, ClientSet>> owned;  // one count each
  const auto check = [&](const auto& pair) {
    ASSERT_EQ(table[pair.first], pair.second);
    const PeerSlot slot = below(random, 130);
    ASSERT_EQ(table.contains(pair.first, slot), pair.second.contains(slot));
  };
  for (int step = 0; step < 100'000; ++step) {
    const std::size_t some = owned.empty() ? 0 : random() % owned.size();
    if (owned.empty() || below(random, 8) == 0) {
      ClientSet set;
      for (std::uint32_t i = below(random, 4); i > 0; --i) set.insert(below(random, 130));
      owned.emplace_back(table.intern(set), set);
    } else if (below(random, 4) == 0 && owned.size() < 200) {
      const PeerSlot slot = below(random, 130);
      ClientSet set = owned[some].second;
      const PeerSlot removed = below(random, 2) == 0 && !set.empty() ? set.first() : slot;
      set.erase(removed);
      owned.emplace_back(table.without(owned[some].first, removed), set);
      check(owned.back());
    } else if (below(random, 3) == 0) {
      table.retain(owned[some].first);
      owned.push_back(owned[some]);
    } else {
      check(owned[some]);
      table.release(owned[some].first);
      std::swap(owned[some], owned.back());
      owned.pop_back();
    }
    if (step % 100 == 0) {
      std::set<AudienceRef> refs;
      for (const auto& pair : owned) {
        check(pair);
        if (!pair.second.empty()) refs.insert(pair.first);
      }
      ASSERT_EQ(table.size(), refs.size());
    }
  }
  for (const auto& pair : owned) table.release(pair.first);
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace tern::rib
