#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "rib/decision.h"
#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

// Random histories: the ranking is what ordering the present paths from scratch gives, counts are
// what counting gives, and nothing is left in the end.
class RandomRib : public RibTest {
 protected:
  std::uint32_t random(std::uint32_t bound) {
    return static_cast<std::uint32_t>(engine_() % bound);
  }

  PathBuilder draw(PeerSlot peer) {
    PathBuilder built = path().as_path({65001 + random(3), 65100});
    if (random(2) == 0) built.med(random(3));
    if (random(8) == 0) built.local_pref(100 + random(2));
    if (random(4) == 0) built.pin(pin_rank(random(2), random(2)));
    if (random(9) == 0) built.pin(last_resort(kNoPin));
    if (peer == kBackbone && random(2) == 0) {  // on iBGP alone (RFC 4456 section 8)
      built.originator_id(random(40)).cluster_list({1});
    }
    draw_place(built);
    return built;
  }
  // Half of the paths; a third of the others leave somewhere that costs nobody knows what.
  void draw_place(PathBuilder& built) {
    const auto metro = static_cast<MetroId>(random(2));
    const auto pop = static_cast<PopId>(random(2));
    if (random(2) == 0) {
      built.place(metro, pop, 1000 * (1 + random(3)));
    } else if (random(3) == 0) {
      built.place(kNoPlace, pop, kUnknownCost);
    }
  }
  void say(PeerSlot peer, const char* where) {
    const std::uint32_t path_id = random(3);
    const std::uint32_t what = random(4);
    if (what == 0) return withdraw(peer, where, path_id);
    if (what == 1) return reject(peer, where, path().med(random(3)), Reason::Policy);
    announce(peer, where, draw(peer), path_id);
  }
  // Several paths of one prefix at once, some of them twice.
  void say_several(PeerSlot peer, const char* where) {
    std::vector<AttrHandle> sets;
    std::vector<Rib::Announcement> all;
    std::vector<Nlri> gone;
    for (std::uint32_t count = 2 + random(4); count > 0; --count) {
      const Nlri nlri = unicast(prefix(where), random(5));
      gone.push_back(nlri);
      sets.push_back(draw(peer).intern(rib.attributes()));
      const bool accept = random(4) != 0;
      all.push_back({nlri,
                     {sets.back().ref(), accept ? sets.back().ref() : AttrRef::None,
                      accept ? Reason::None : Reason::Policy, 0}});
    }
    if (random(3) == 0) return rib.withdraw(peer, gone);
    rib.announce(peer, all, 1000);
  }
  void revise_all(const char* where) {
    const auto id = rib.find_id(unicast(prefix(where)));
    if (!id) return;
    const AttrHandle other = path().med(random(3)).intern(rib.attributes());
    std::vector<Rib::Revision> revisions;
    for (std::size_t at = 0; at < rib.destination(*id).paths.size(); ++at) {
      const AttrRef received = rib.destination(*id).received(at);
      const bool accept = random(3) != 0;
      revisions.push_back({at,
                           {received, accept ? other.ref() : AttrRef::None,
                            accept ? Reason::None : Reason::Policy, 0}});
    }
    rib.revise(*id, revisions);
  }
  // A new verdict on one of the paths.
  void revise(const char* where) {
    const auto id = rib.find_id(unicast(prefix(where)));
    const std::size_t count = id ? rib.destination(*id).paths.size() : 0;
    if (count == 0) return;
    const std::size_t at = random(static_cast<std::uint32_t>(count));
    const AttrRef received = rib.destination(*id).received(at);
    PathBuilder built = path().med(random(3));
    draw_place(built);
    const AttrHandle other = built.intern(rib.attributes());
    const bool accept = random(3) != 0;
    rib.revise(*id, at,
               {received, accept ? other.ref() : AttrRef::None,
                accept ? Reason::None : Reason::Policy, 0});
  }
  void decide_otherwise() {
    constexpr std::array kPositions{EgressPosition::BeforeLocalPref, EgressPosition::AfterLocalPref,
                                    EgressPosition::AfterAsPath};
    rib.set_config({random(2) == 0, kPositions[random(3)]});
    for (DestId id = 0; id < rib.end(); ++id) rib.rank(id);
  }
  void leave(PeerSlot peer) {
    end_session(rib, peer);
    sweep();
  }

  void expect_ranked(const char* where) {
    const auto destination = rib.find(unicast(prefix(where)));
    if (!destination) return;
    std::vector<Candidate> candidates;
    for (std::uint32_t i = 0; i < destination->paths.size(); ++i) {
      const Path& p = destination->paths[i];
      ASSERT_EQ(p.accepted(), i < destination->accepted);
      if (!p.accepted()) continue;
      candidates.push_back(
          {rib.attributes()[p.effective()].key(), &rib.peer(p.peer()), destination->path_id(i), 0});
    }
    std::shuffle(candidates.begin(), candidates.end(), engine_);
    order(candidates, rib.config());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      ASSERT_EQ(candidates[i].peer, &rib.peer(destination->paths[i].peer()));
      ASSERT_EQ(candidates[i].path_id, destination->path_id(i));
    }
    if (candidates.size() < 2) return;
    ASSERT_EQ(destination->step, compare(candidates[0], candidates[1], rib.config()).step);
  }
  void expect_egress() {
    std::map<std::pair<MetroId, PopId>, std::uint64_t> leaving;
    std::uint64_t suboptimal = 0;
    std::map<std::pair<PeerSlot, Family>, std::uint64_t> best_of;
    std::map<PeerSlot, std::uint64_t> last_resorts;
    for (DestId id = 0; id < rib.end(); ++id) {
      const Destination destination = rib.destination(id);
      if (!destination.in_use || destination.accepted == 0) continue;
      const EgressInfo best = rib.attributes()[destination.best()->effective()].egress();
      const PinRank pin = rib.attributes()[destination.best()->effective()].pin();
      ++leaving[{best.metro, best.pop}];
      ++best_of[{destination.best()->peer(), destination.family}];
      if (is_last_resort(pin)) ++last_resorts[destination.best()->peer()];
      bool nearer = false;
      for (std::uint32_t i = 1; i < destination.accepted; ++i) {
        const AttrRef other = destination.paths[i].effective();
        nearer |= rib.attributes()[other].key().egress_cost < best.cost &&
                  rib.attributes()[other].pin() == pin;
      }
      suboptimal += nearer ? 1 : 0;
    }
    ASSERT_EQ(rib.egress_suboptimal(), suboptimal);
    for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) {
      ASSERT_EQ(rib.counts(peer).best_last_resorts, last_resorts[peer]);
      for (const Family family : kFamilies) {
        const std::uint64_t expected = best_of[{peer, family}];
        ASSERT_EQ(rib.counts(peer).families[index(family)].best, expected);
      }
    }
    for (const MetroId metro : {MetroId{0}, MetroId{1}, kNoPlace}) {
      for (const PopId pop : {PopId{0}, PopId{1}, kNoPlace}) {
        const std::uint64_t expected = leaving[{metro, pop}];
        ASSERT_EQ(rib.egress_prefixes(metro, pop), expected);
      }
    }
  }

  std::mt19937 engine_{1105};
};

TEST_F(RandomRib, HistoriesLeaveNothingBehind) {
  const std::vector<const char*> prefixes{"203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"};
  for (int step = 0; step < 40000; ++step) {
    const auto peer = PeerSlot{random(3)};
    const char* where = prefixes[random(3)];
    say(peer, where);
    if (random(4) == 0) say_several(peer, where);
    if (random(10) == 0) revise(where);
    if (random(20) == 0) revise_all(where);
    if (random(200) == 0) decide_otherwise();
    if (random(50) == 0) leave(peer);
    if (random(10) == 0) take_changes(rib);
    ASSERT_NO_FATAL_FAILURE(expect_ranked(where)) << "step " << step;
    ASSERT_NO_FATAL_FAILURE(expect_egress()) << "step " << step;
  }
  for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) leave(peer);
  expect_egress();
  expect_empty();
}

}  // namespace
}  // namespace tern::rib
