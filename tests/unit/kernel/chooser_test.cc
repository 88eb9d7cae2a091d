#include "bgpd/kernel/chooser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tests/unit/fib/fake_kernel.h"
#include "tests/unit/policy/policy_builders.h"
#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/types/random_values.h"

namespace tern::kernel {
namespace {

using fib::Failure;
using fib::Target;
using fib::test::address;
using fib::test::blackhole;
using fib::test::via;
using rib::path;

class ChooserTest : public rib::RibTest {
 protected:
  ChooserTest() {
    rib.subscribe(subscriber_, true);
    settings_.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  }

  // Reads all that changed, and says where the last prefix leads.
  std::optional<Target> choose() {
    batch_.fill(rib, *subscriber_, settings_.families, settings_.ecmp);
    if (batch_.prefixes.empty()) return std::nullopt;
    return Chooser(settings_).choose(batch_, batch_.prefixes.back(), attributes);
  }

  KernelSettings settings_;
  Batch batch_;
  std::shared_ptr<rib::Journal::Subscriber> subscriber_ =
      std::make_shared<rib::Journal::Subscriber>(rib::Journal::Interest{});
};

constexpr char kNetwork[] = "203.0.113.0/24";

TEST_F(ChooserTest, TheBestPathAlone) {
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.1")));
  announce(rib::kLondon, kNetwork, path().next_hop(address("192.0.2.2")).local_pref(200));
  EXPECT_EQ(choose(), via({"192.0.2.2"}));
  withdraw(rib::kLondon, kNetwork);
  EXPECT_EQ(choose(), via({"192.0.2.1"}));
  withdraw(rib::kAmsterdam, kNetwork);
  EXPECT_EQ(choose(), std::nullopt);
  EXPECT_EQ(batch_.prefixes.size(), 1U) << "the withdrawal is a row";
}

TEST_F(ChooserTest, PathsThatTieUpToTheRouterId) {
  settings_.ecmp = 8;
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.2")));
  announce(rib::kLondon, kNetwork, path().next_hop(address("192.0.2.1")));
  announce(rib::kBackbone, kNetwork, path().next_hop(address("192.0.2.3")));
  EXPECT_EQ(choose(), via({"192.0.2.1", "192.0.2.2"})) << "iBGP is worse";
  settings_.ecmp = 1;
  announce(rib::kLondon, kNetwork, path().next_hop(address("192.0.2.4")));
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.5")));
  EXPECT_EQ(choose(), via({"192.0.2.5"}));
}

// RFC 4271 section 9.1.2.2 c: of the two paths of AS 20, the path with the lower MED is preferred.
// The best path is of AS 10, and its MED is not compared with theirs.
TEST_F(ChooserTest, APathThatMedRulesOutIsNone) {
  constexpr PeerSlot kOther = 7;
  settings_.ecmp = 3;
  rib.set_peer(kOther, rib::ebgp_peer(40, 40));
  announce(rib::kAmsterdam, kNetwork, path().as_path({10, 64500}).next_hop(address("192.0.2.1")));
  const auto of_twenty = [](const char* next_hop, std::uint32_t med) {
    return path().as_path({20, 64500}).next_hop(address(next_hop)).med(med);
  };
  announce(rib::kLondon, kNetwork, of_twenty("192.0.2.2", 10));
  announce(kOther, kNetwork, of_twenty("192.0.2.3", 50));
  EXPECT_EQ(choose(), via({"192.0.2.1", "192.0.2.2"}));
  withdraw(rib::kLondon, kNetwork);
  withdraw(rib::kAmsterdam, kNetwork);
  announce(rib::kAmsterdam, kNetwork, path().as_path({10, 64500}).next_hop(address("192.0.2.4")));
  EXPECT_EQ(choose(), via({"192.0.2.3", "192.0.2.4"}));
}

// A path behind the one that is ruled out ties with those before.
TEST_F(ChooserTest, APathThatMedRulesOutEndsNothing) {
  constexpr PeerSlot kOther = 7;
  constexpr PeerSlot kLast = 8;
  settings_.ecmp = 4;
  rib.set_peer(kOther, rib::ebgp_peer(40, 40));
  rib.set_peer(kLast, rib::ebgp_peer(50, 50));
  announce(rib::kAmsterdam, kNetwork, path().as_path({10, 64500}).next_hop(address("192.0.2.1")));
  announce(rib::kLondon, kNetwork,
           path().as_path({20, 64500}).next_hop(address("192.0.2.2")).med(10));
  announce(kOther, kNetwork, path().as_path({20, 64500}).next_hop(address("192.0.2.3")).med(50));
  announce(kLast, kNetwork, path().as_path({30, 64500}).next_hop(address("192.0.2.4")));
  EXPECT_EQ(choose(), via({"192.0.2.1", "192.0.2.2", "192.0.2.4"}));
}

// The path of AS 20 with the higher MED is worse than the one that the best path rules out.
TEST_F(ChooserTest, APathThatALesserPathRulesOutIsNone) {
  constexpr PeerSlot kOther = 7;
  settings_.ecmp = 3;
  rib.set_peer(kOther, rib::ebgp_peer(5, 5));
  announce(rib::kAmsterdam, kNetwork, path().as_path({10, 64500}).next_hop(address("192.0.2.1")));
  announce(rib::kLondon, kNetwork,
           path().as_path({20, 64500}).next_hop(address("192.0.2.2")).med(10).interior_cost(7));
  announce(kOther, kNetwork, path().as_path({20, 64500}).next_hop(address("192.0.2.3")).med(50));
  EXPECT_EQ(choose(), via({"192.0.2.1"}));
}

// The paths that tie, found by comparing each accepted path with all better ones.
std::size_t count_ties(const rib::Rib& rib, const rib::Destination& destination) {
  const auto nth = [&](std::size_t i) {
    const rib::Path& of = destination.paths[i];
    return rib::Candidate{rib.attributes()[of.effective()].key(), &rib.peer(of.peer()),
                          destination.path_id(i), 0};
  };
  const auto step = [&](std::size_t better, std::size_t i) {
    return rib::compare(nth(better), nth(i), rib.config()).step;
  };
  std::vector<std::size_t> ties;
  for (std::size_t i = 0; i < destination.accepted; ++i) {
    bool ruled_out = false;
    for (std::size_t k = 0; k < i; ++k) ruled_out = ruled_out || step(k, i) == rib::Step::Med;
    if (ruled_out) continue;
    const auto ties_with = [&](std::size_t k) { return step(k, i) >= rib::Step::RouterId; };
    if (!std::ranges::all_of(ties, ties_with)) break;
    ties.push_back(i);
  }
  return ties.size();
}

TEST_F(ChooserTest, TheSamePathsTieAsByComparingAll) {
  constexpr PeerSlot kPeers = 12;
  RandomValues random(26);
  for (const bool all_meds : {false, true}) {
    rib.set_config({all_meds, rib::EgressPosition::AfterLocalPref});
    for (int history = 0; history < 300; ++history) {
      for (PeerSlot peer = 0; peer < kPeers; ++peer) {
        rib.set_peer(peer, random.one_in(6) ? rib::ibgp_peer(10U + peer, 10U + peer)
                                            : rib::ebgp_peer(10U + peer, 10U + peer));
        const Asn neighbour = 10 + random.below(4);
        announce(peer, kNetwork,
                 path()
                     .as_path({neighbour, 64500})
                     .med(random.below(3))
                     .local_pref(random.one_in(8) ? 90 : 100)
                     .interior_cost(random.one_in(5) ? 7 : 0));
      }
      batch_.fill(rib, *subscriber_, settings_.families, 32);
      ASSERT_EQ(batch_.prefixes.size(), 1U);
      ASSERT_EQ(batch_.prefixes[0].paths,
                count_ties(rib, *rib.find(unicast(rib::prefix(kNetwork)))))
          << "history " << history;
      for (PeerSlot peer = 0; peer < kPeers; ++peer) withdraw(peer, kNetwork);
      batch_.fill(rib, *subscriber_, settings_.families, 32);
    }
  }
}

// As many prefixes as a batch may have, whose paths are more than a task of a strand looks at.
TEST_F(ChooserTest, ABatchEndsWhenItHasLookedAtManyPaths) {
  constexpr std::uint32_t kPrefixes = 1000;
  constexpr std::uint32_t kPaths = 32;  // of a prefix
  const auto nth = [](std::uint32_t n, std::uint32_t path_id) {
    return unicast(Prefix(IpAddress::v4(0x0A000000U + (n << 8U)), 24), path_id);
  };
  rib.set_most_paths(rib::kAmsterdam, kPaths);
  for (std::uint32_t n = 0; n < kPrefixes; ++n) {
    for (std::uint32_t id = 1; id <= kPaths; ++id) announce(rib::kAmsterdam, nth(n, id), path());
  }
  std::vector<std::size_t> sizes;
  do {
    batch_.fill(rib, *subscriber_, settings_.families, kPaths);
    EXPECT_LE(batch_.paths.size(), 16U * 1024U + kPaths);
    sizes.push_back(batch_.prefixes.size());
  } while (sizes.size() < 9 && !batch_.prefixes.empty());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{512, 488, 0}));
}

TEST_F(ChooserTest, FamiliesThatAreNotWantedAreNotRead) {
  settings_.families = {Family::Ipv6Unicast};
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.1")));
  EXPECT_EQ(choose(), std::nullopt);
  EXPECT_TRUE(batch_.prefixes.empty());
}

TEST_F(ChooserTest, PoliciesChooseAndChange) {
  policy::MatchSource match;
  match.prefixes = {policy::exactly("203.0.113.0/24")};
  policy::ActionSource actions;
  actions.next_hop = address("192.0.2.77");
  settings_.policies = policy::chain_of(policy::sources_of(policy::accepting(match, actions)));
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.1")));
  EXPECT_EQ(choose(), via({"192.0.2.77"}));
  announce(rib::kAmsterdam, "198.51.100.0/24", path().next_hop(address("192.0.2.1")));
  EXPECT_EQ(choose(), std::nullopt);
}

// RFC 7999 section 3.3: only where it was agreed.
TEST_F(ChooserTest, BlackholesAreForPoliciesToChoose) {
  const auto tagged = path().next_hop(address("192.0.2.1")).communities({kBlackhole});
  announce(rib::kAmsterdam, kNetwork, tagged);
  EXPECT_EQ(choose(), via({"192.0.2.1"}));
  policy::MatchSource match;
  match.prefixes = {policy::exactly(kNetwork)};
  settings_.blackholes = policy::chain_of(policy::sources_of(policy::accepting(match)));
  announce(rib::kAmsterdam, kNetwork, rib::PathBuilder(tagged).med(1));
  EXPECT_EQ(choose(), blackhole());
  announce(rib::kAmsterdam, "198.51.100.0/24", tagged);
  EXPECT_EQ(choose(), via({"192.0.2.1"})) << "another prefix";
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("192.0.2.1")));
  EXPECT_EQ(choose(), via({"192.0.2.1"})) << "no community";
}

TEST_F(ChooserTest, OwnNetworks) {
  rib.set_peer(rib::kLondon, {PeerKind::Own, 0, {}, 0});
  announce(rib::kLondon, kNetwork, path());
  EXPECT_EQ(choose(), std::nullopt);
  settings_.own_blackhole = true;
  announce(rib::kLondon, "198.51.100.0/24", path());
  EXPECT_EQ(choose(), blackhole());
}

TEST_F(ChooserTest, NextHopsThatTheKernelCannotUse) {
  announce(rib::kAmsterdam, "2001:db8::/32", path().next_hop(address("192.0.2.1")));
  EXPECT_EQ(choose(), (Target{Target::Kind::Unusable, Failure::WrongVersion, {}}));
  announce(rib::kAmsterdam, kNetwork, path().next_hop(address("fe80::1")));
  EXPECT_EQ(choose(), (Target{Target::Kind::Unusable, Failure::NoInterface, {}}));
  rib.set_peer(rib::kAmsterdam, {PeerKind::Ebgp, 10, address("fe80::2"), 7});
  announce(rib::kAmsterdam, "198.51.100.0/24", path().next_hop(address("fe80::1")));
  EXPECT_EQ(choose(), (Target{Target::Kind::Unicast, Failure::None, {{address("fe80::1"), 7}}}));
}

}  // namespace
}  // namespace tern::kernel
