// The digest against the steps: where two digests differ, these decide as compare() does, in
// particular at the ends of the fields.
#include "rib/digest.h"

#include <gtest/gtest.h>

#include <vector>

#include "rib/decision.h"
#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

std::vector<PinRank> edge_ranks() {
  const PinRank last = pin_rank(kOtherPartner, kOtherPop);
  return {kNoPin,
          pin_rank(0, 0),
          pin_rank(0, 1),
          pin_rank(1, 0),
          last,
          leaving(pin_rank(0, 0)),
          leaving(last),
          last_resort(kNoPin),
          last_resort(pin_rank(0, 0)),
          last_resort(leaving(last))};
}

std::vector<DecisionKey> edge_keys() {
  std::vector<DecisionKey> keys;
  for (const PinRank pin : edge_ranks()) {
    for (const std::uint32_t local_pref : {0U, 1U, 225U, 226U, 227U, 228U, ~0U}) {
      for (const EgressCost cost : {EgressCost{0}, EgressCost{7}, kUnknownCost}) {
        for (const std::vector<Asn>& asns : {std::vector<Asn>{1}, std::vector<Asn>{1, 2}}) {
          PathBuilder built = path().as_path(asns).local_pref(local_pref).pin(pin);
          if (cost != kUnknownCost) built.egress_cost(cost);
          keys.push_back(decision_key(built.attributes(), built.egress(), 0, pin));
        }
      }
    }
  }
  return keys;
}

TEST(Digest, DecidesAsTheStepsDo) {
  const PeerRank peer = ebgp_peer(1, 1);
  const std::vector<DecisionKey> keys = edge_keys();
  std::size_t decided = 0;
  for (const DecisionKey& a : keys) {
    for (const DecisionKey& b : keys) {
      const Digest of_a = digest_of(a);
      const Digest of_b = digest_of(b);
      if (of_a == of_b) continue;
      const Comparison by_steps = compare({a, &peer, 0}, {b, &peer, 0}, {});
      ASSERT_EQ(of_a < of_b, by_steps.order < 0)
          << a.pin << ' ' << a.local_pref << ", " << b.pin << ' ' << b.local_pref;
      ASSERT_EQ(step_between(of_a, of_b), by_steps.step);
      ++decided;
    }
  }
  EXPECT_GT(decided, keys.size() * keys.size() / 2);
}

TEST(Digest, HasTheRank) {
  EXPECT_EQ(last_resort(leaving(pin_rank(kOtherPartner, kOtherPop))), 0xFFF);
  for (const PinRank pin : edge_ranks()) {
    for (const std::uint32_t local_pref : {0U, 100U, 228U}) {
      const PathBuilder built = path().local_pref(local_pref).pin(pin);
      const Digest digest = digest_of(decision_key(built.attributes(), built.egress(), 0, pin));
      EXPECT_EQ(pin_of(digest), pin);
      if (pin == kNoPin) continue;
      // The other steps of ranked paths are read from their keys.
      EXPECT_FALSE(without_cost(digest));
      EXPECT_FALSE(is_complete(digest));
    }
  }
}

}  // namespace
}  // namespace tern::rib
