#include "rib/attr_table.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "rib/base/rcu.h"
#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

TEST(AttrTable, EqualSetsAreOne) {
  AttrTable table;
  const AttrHandle a = path().local_pref(200).intern(table);
  const AttrHandle b = path().local_pref(200).intern(table);
  const AttrHandle c = path().local_pref(201).intern(table);
  EXPECT_EQ(a.ref(), b.ref());
  EXPECT_NE(a.ref(), c.ref());
  EXPECT_EQ(table.size(), 2U);
}

TEST(AttrTable, ThePlaceIsPartOfTheSet) {
  AttrTable table;
  const AttrHandle near = path().place(1, 2, 500).intern(table);
  const AttrHandle far = path().place(1, 3, 900).intern(table);
  const AttrHandle nowhere = path().intern(table);
  EXPECT_NE(near.ref(), far.ref());
  EXPECT_NE(near.ref(), nowhere.ref());
  EXPECT_EQ(table[near.ref()].egress(), (EgressInfo{1, 2, 500}));
}

TEST(AttrTable, TheInteriorCostIsPartOfTheSet) {
  AttrTable table;
  const AttrHandle near = path().interior_cost(10).intern(table);
  const AttrHandle far = path().interior_cost(20).intern(table);
  const AttrHandle connected = path().intern(table);
  const AttrHandle again = path().interior_cost(10).intern(table);
  EXPECT_NE(near.ref(), far.ref());
  EXPECT_NE(near.ref(), connected.ref());
  EXPECT_EQ(near.ref(), again.ref());
  EXPECT_EQ(table[near.ref()].key().interior_cost, 10U);
  EXPECT_EQ(table[connected.ref()].interior_cost(), 0U);
  EXPECT_EQ(table[near.ref()].egress(), EgressInfo{});
}

TEST(AttrTable, TheKeyIsReadFromTheSet) {
  AttrTable table;
  const AttrHandle plain = path().as_path({65001, 65002, 65003}).intern(table);
  const DecisionKey key = table[plain.ref()].key();
  EXPECT_EQ(key.local_pref, 100U);  // absent: the default
  EXPECT_EQ(key.med, 0U);           // absent: the lowest
  EXPECT_EQ(key.aigp, ~std::uint64_t{0});
  EXPECT_EQ(key.egress_cost, kUnknownCost);
  EXPECT_EQ(key.as_path_length, 3U);
  EXPECT_EQ(key.neighbour, 65001U);

  const AttrHandle own = path().as_path({}).local_pref(7).med(8).aigp(9).intern(table);
  const DecisionKey of_own = table[own.ref()].key();
  EXPECT_EQ(of_own.neighbour, 0U);
  EXPECT_EQ(of_own.local_pref, 7U);
  EXPECT_EQ(of_own.med, 8U);
  EXPECT_EQ(of_own.aigp, 9U);

  const AttrHandle reflected = path().originator_id(5).cluster_list({6, 7}).intern(table);
  EXPECT_EQ(table[reflected.ref()].key().originator, 5U);
  EXPECT_EQ(table[reflected.ref()].key().cluster_list_length, 2U);
  const AttrHandle distant = path().as_path(std::vector<Asn>(300, 65001)).intern(table);
  EXPECT_EQ(table[distant.ref()].key().as_path_length, 300U);
  const AttrHandle placed = path().as_path({65001, 65002}).place(1, 2, 500).intern(table);
  EXPECT_EQ(table[placed.ref()].key().egress_cost, 500U);
  EXPECT_EQ(table[placed.ref()].key().as_path_length, 2U);
  EXPECT_EQ(table[placed.ref()].key().local_pref, 100U);
}

TEST(AttrTable, ASetLivesAsLongAsSomebodyCountsIt) {
  AttrTable table;
  const std::size_t empty = table.bytes();
  AttrHandle handle = path().intern(table);
  const AttrRef ref = handle.ref();
  table.retain(ref);
  handle.reset();
  EXPECT_EQ(table.size(), 1U);
  EXPECT_GT(table.bytes(), empty);
  table.release(ref);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.bytes(), empty);
  table.release(AttrRef::None);  // allowed
}

// After a grace period, for which a batch of removals waits together.
TEST(AttrTable, FreedMemoryIsUsedAgain) {
  constexpr std::uint32_t kMost = 4096;  // many batches
  AttrTable table;
  const AttrRef first = path().local_pref(0).intern(table).ref();  // and gone
  bool again = false;
  for (std::uint32_t i = 1; i < kMost && !again; ++i) {
    const AttrHandle next = path().local_pref(i).intern(table);
    ASSERT_EQ(table[next.ref()].key().local_pref, i);
    ASSERT_EQ(table.size(), 1U);
    again = next.ref() == first;
    if (i % 128 == 0) rcu::wait_for_deferred();
  }
  EXPECT_TRUE(again);
}

// What was removed stays in the index as a mark, until an array without marks takes over.
TEST(AttrTable, TheIndexStaysAsLargeAsWhatLives) {
  AttrTable table;
  const std::size_t empty = table.bytes();
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    const AttrHandle next = path().local_pref(i).intern(table);
    ASSERT_LE(table.bytes(), empty + 8192);
  }
  EXPECT_EQ(table.size(), 0U);
}

TEST(AttrTable, AddressesStayWhenTheTableGrows) {
  AttrTable table;
  const AttrHandle first = path().local_pref(0).intern(table);
  const InternedSet* const set = &table[first.ref()];
  std::vector<AttrHandle> handles;
  std::set<AttrRef> refs{first.ref()};
  for (std::uint32_t i = 1; i <= 5000; ++i) {
    handles.push_back(path().local_pref(i).intern(table));
    refs.insert(handles.back().ref());
  }
  EXPECT_EQ(refs.size(), 5001U);
  EXPECT_EQ(&table[first.ref()], set);
  EXPECT_EQ(table.size(), 5001U);
  for (std::uint32_t i = 0; i < handles.size(); ++i) {
    EXPECT_EQ(table[handles[i].ref()].key().local_pref, i + 1);
  }
  handles.clear();
  EXPECT_EQ(table.size(), 1U);
}

TEST(AttrTable, BytesGrowWithTheSet) {
  AttrTable table;
  const std::size_t empty = table.bytes();
  const AttrHandle small = path().intern(table);
  const std::size_t before = table.bytes();
  const AttrHandle large = path()
                               .as_path(std::vector<Asn>(200, 65001))
                               .communities({kNoExport, kBlackhole})
                               .intern(table);
  EXPECT_LE(before - empty, 80U);  // 56 and the octets: a million sets, 80 MB
  EXPECT_GE(table.bytes() - before, 200 * sizeof(Asn));
}

TEST(AttrHandle, MovesItsCount) {
  AttrTable table;
  AttrHandle a = path().local_pref(1).intern(table);
  AttrHandle b = path().local_pref(2).intern(table);
  b = std::move(a);  // 2 goes
  EXPECT_EQ(table.size(), 1U);
  AttrHandle c(std::move(b));
  EXPECT_EQ(table[c.ref()].key().local_pref, 1U);
  c.reset();
  EXPECT_EQ(table.size(), 0U);
  c.reset();  // nothing left to give back
}

TEST(AttrTable, AFullTableRefusesNewSetsAndKnowsTheOld) {
  AttrTable table(BlockSpace::kSpanOctets);
  std::vector<AttrHandle> sets;
  const auto intern = [&](std::uint32_t number) {
    return path().as_path({65001, number}).intern(table);
  };
  for (;;) {
    sets.push_back(intern(static_cast<std::uint32_t>(sets.size())));
    if (sets.back().ref() == AttrRef::None) break;
  }
  sets.pop_back();
  EXPECT_GT(sets.size(), 20'000U);
  EXPECT_EQ(table.size(), sets.size());
  EXPECT_EQ(intern(7).ref(), sets[7].ref());
  EXPECT_LE(table.octets_left(), BlockSpace::kPageOctets);  // page 0 names nothing
  sets.clear();
  rcu::wait_for_deferred();
  while (table.tidy()) {
  }
  EXPECT_NE(intern(100'000).ref(), AttrRef::None);
}

}  // namespace
}  // namespace tern::rib
