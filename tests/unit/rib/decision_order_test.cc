// The order of several candidates: what makes it a total one, and that its first is the path that
// the elimination of RFC 4271 section 9.1.2.2 leaves.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "rib/decision.h"
#include "tests/unit/rib/paths.h"

namespace tern::rib {
namespace {

// Candidates of one destination; every peer sends a path or two.
class Paths {
 public:
  std::size_t add(const PathBuilder& path, const PeerRank& peer, std::uint32_t path_id = 0) {
    handles_.push_back(path.intern(table_));
    ranks_.push_back(peer);
    candidates_.push_back({table_[handles_.back().ref()].key(), &ranks_.back(), path_id, 0});
    return candidates_.size() - 1;
  }
  [[nodiscard]] const std::vector<Candidate>& candidates() const { return candidates_; }
  [[nodiscard]] std::size_t name(const Candidate& candidate) const {
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].peer == candidate.peer && candidates_[i].path_id == candidate.path_id) {
        return i;
      }
    }
    return candidates_.size();
  }
  [[nodiscard]] std::vector<std::size_t> ordered(const std::vector<std::size_t>& arrival,
                                                 const DecisionConfig& config) const {
    std::vector<Candidate> list;
    for (const std::size_t i : arrival) list.push_back(candidates_[i]);
    order(list, config);
    std::vector<std::size_t> names;
    for (const Candidate& candidate : list) names.push_back(name(candidate));
    return names;
  }

 private:
  AttrTable table_;
  std::vector<AttrHandle> handles_;
  std::deque<PeerRank> ranks_;
  std::vector<Candidate> candidates_;
};

// RFC 4271 section 9.1.2.2 word by word: each rule removes from consideration what it does not
// prefer among those that are left.
class Elimination {
 public:
  explicit Elimination(const std::vector<Candidate>& candidates) : left_(candidates) {}

  const Candidate& best(const DecisionConfig& config) {
    for (const Step step : steps(config)) {
      std::vector<Candidate> kept;
      for (const Candidate& a : left_) {
        const bool beaten = std::any_of(left_.begin(), left_.end(), [&](const Candidate& b) {
          return compare_step(step, b, a, config) < 0;
        });
        if (!beaten) kept.push_back(a);
      }
      left_ = kept;
    }
    EXPECT_EQ(left_.size(), 1U);
    return left_.front();
  }

 private:
  std::vector<Candidate> left_;
};

using Engine = std::mt19937;

std::uint32_t number_below(Engine& random, std::uint32_t bound) {
  return static_cast<std::uint32_t>(random() % bound);
}

// Few values of everything, so that ties are the rule.
void add_random(Paths& paths, Engine& random, std::uint32_t number) {
  PathBuilder built = path().as_path({65001 + number_below(random, 3), 65100});
  if (number_below(random, 3) == 0) built.local_pref(100 + number_below(random, 2));
  if (number_below(random, 2) == 0) built.med(number_below(random, 3));
  if (number_below(random, 4) == 0)
    built.pin(pin_rank(number_below(random, 2), number_below(random, 2)));
  if (number_below(random, 4) == 0) built.origin(Origin::Egp);
  if (number_below(random, 4) == 0) built.egress_cost(number_below(random, 2));
  if (number_below(random, 8) == 0) built.aigp(number_below(random, 2));
  if (number_below(random, 2) == 0) built.interior_cost(number_below(random, 3));
  const bool internal = number_below(random, 2) == 0;
  if (internal && number_below(random, 2) == 0) {
    built.originator_id(number_below(random, 4))
        .cluster_list(std::vector<std::uint32_t>(number_below(random, 3)));
  }
  const std::uint32_t router_id = number_below(random, 4);
  const PeerRank rank =
      internal ? ibgp_peer(router_id, 100 + number) : ebgp_peer(router_id, 100 + number);
  paths.add(built, rank, number_below(random, 2));
}

std::vector<DecisionConfig> all_configs() {
  std::vector<DecisionConfig> configs;
  for (const bool always : {false, true}) {
    for (const EgressPosition position :
         {EgressPosition::BeforeLocalPref, EgressPosition::AfterLocalPref,
          EgressPosition::AfterAsPath}) {
      configs.push_back({always, position});
    }
  }
  return configs;
}

TEST(Order, ComparisonIsAntisymmetric) {
  Engine random(4271);
  for (int round = 0; round < 300; ++round) {
    Paths paths;
    for (std::uint32_t i = 0; i < 6; ++i) add_random(paths, random, i);
    for (const DecisionConfig& config : all_configs()) {
      for (const Candidate& a : paths.candidates()) {
        EXPECT_TRUE(compare(a, a, config).order == 0);
        for (const Candidate& b : paths.candidates()) {
          const Comparison forth = compare(a, b, config);
          const Comparison back = compare(b, a, config);
          EXPECT_TRUE((forth.order < 0) == (back.order > 0));
          EXPECT_TRUE((forth.order == 0) == (&a == &b));
          EXPECT_EQ(forth.step, back.step);
        }
      }
    }
  }
}

TEST(Order, ComparisonIsTransitiveWhereMedIsComparable) {
  Engine random(1771);
  for (int round = 0; round < 300; ++round) {
    Paths paths;
    for (std::uint32_t i = 0; i < 7; ++i) add_random(paths, random, i);
    for (const DecisionConfig& config : all_configs()) {
      for (const Candidate& a : paths.candidates()) {
        for (const Candidate& b : paths.candidates()) {
          for (const Candidate& c : paths.candidates()) {
            if (!compares_med(a, b, config) || !compares_med(b, c, config)) continue;
            if (compare(a, b, config).order < 0 && compare(b, c, config).order < 0) {
              EXPECT_TRUE(compare(a, c, config).order < 0);
            }
          }
        }
      }
    }
  }
}

// The classic triple: A beats B by MED, B beats C by router id, C beats A by router id.
TEST(Order, TheMedTripleHasOneOrder) {
  Paths paths;
  const std::size_t a = paths.add(path().as_path({65001}).med(1), ebgp_peer(3, 3));
  const std::size_t b = paths.add(path().as_path({65001}).med(2), ebgp_peer(1, 1));
  const std::size_t c = paths.add(path().as_path({65002}).med(0), ebgp_peer(2, 2));
  const auto& list = paths.candidates();
  ASSERT_TRUE(compare(list[a], list[b], {}).order < 0);
  ASSERT_TRUE(compare(list[b], list[c], {}).order < 0);
  ASSERT_TRUE(compare(list[c], list[a], {}).order < 0);

  std::vector<std::size_t> arrival{0, 1, 2};
  do {
    EXPECT_EQ(paths.ordered(arrival, {}), (std::vector<std::size_t>{c, a, b}));
  } while (std::next_permutation(arrival.begin(), arrival.end()));
}

TEST(Order, DoesNotDependOnArrival) {
  Engine random(65000);
  for (int round = 0; round < 120; ++round) {
    Paths paths;
    const std::uint32_t count = 2 + number_below(random, 4);
    for (std::uint32_t i = 0; i < count; ++i) add_random(paths, random, i);
    for (const DecisionConfig& config : all_configs()) {
      std::vector<std::size_t> arrival(count);
      for (std::size_t i = 0; i < count; ++i) arrival[i] = i;
      const std::vector<std::size_t> expected = paths.ordered(arrival, config);
      while (std::next_permutation(arrival.begin(), arrival.end())) {
        ASSERT_EQ(paths.ordered(arrival, config), expected);
      }
    }
  }
}

TEST(Order, TheFirstIsWhatEliminationLeaves) {
  Engine random(9122);
  for (int round = 0; round < 3000; ++round) {
    Paths paths;
    const std::uint32_t count = 1 + number_below(random, 9);
    for (std::uint32_t i = 0; i < count; ++i) add_random(paths, random, i);
    std::vector<std::size_t> arrival(count);
    for (std::size_t i = 0; i < count; ++i) arrival[i] = i;
    for (const DecisionConfig& config : all_configs()) {
      const std::size_t expected = paths.name(Elimination(paths.candidates()).best(config));
      ASSERT_EQ(paths.ordered(arrival, config).front(), expected) << "round " << round;
    }
  }
}

// The second is what would be best without the first, and so on: what Add-Path and a route server
// rely on.
TEST(Order, TheRestIsOrderedAsIfTheFirstWereGone) {
  Engine random(7911);
  for (int round = 0; round < 500; ++round) {
    Paths paths;
    const std::uint32_t count = 2 + number_below(random, 6);
    for (std::uint32_t i = 0; i < count; ++i) add_random(paths, random, i);
    std::vector<std::size_t> left(count);
    for (std::size_t i = 0; i < count; ++i) left[i] = i;
    const std::vector<std::size_t> whole = paths.ordered(left, {});
    for (std::size_t taken = 0; taken < whole.size(); ++taken) {
      ASSERT_EQ(paths.ordered(left, {}).front(), whole[taken]);
      left.erase(std::find(left.begin(), left.end(), whole[taken]));
    }
  }
}

TEST(Order, EachIsPreferredToTheNext) {
  Engine random(31);
  for (int round = 0; round < 500; ++round) {
    Paths paths;
    for (std::uint32_t i = 0; i < 6; ++i) add_random(paths, random, i);
    std::vector<Candidate> list = paths.candidates();
    order(list, {});
    for (std::size_t i = 0; i + 1 < list.size(); ++i) {
      EXPECT_TRUE(compare(list[i], list[i + 1], {}).order < 0);
    }
  }
}

TEST(Order, NothingAndOneAreOrdered) {
  std::vector<Candidate> none;
  order(none, {});
  EXPECT_TRUE(none.empty());
  Paths paths;
  paths.add(path(), ebgp_peer(1, 1));
  EXPECT_EQ(paths.ordered({0}, {}), std::vector<std::size_t>{0});
}

// Few paths are merged in another way than many: both are what is left by elimination, again and
// again.
TEST(Order, IsTheEliminationRepeated) {
  Engine random(9122);
  for (const std::size_t count : {8U, 16U, 17U, 40U, 100U}) {
    for (int round = 0; round < 6; ++round) {
      Paths paths;
      for (std::uint32_t i = 0; i < count; ++i) add_random(paths, random, i);
      std::vector<std::size_t> arrival(count);
      for (std::size_t i = 0; i < count; ++i) arrival[i] = i;
      for (const DecisionConfig& config : all_configs()) {
        std::vector<Candidate> left = paths.candidates();
        std::vector<std::size_t> eliminated;
        while (!left.empty()) {
          eliminated.push_back(paths.name(Elimination(left).best(config)));
          std::erase_if(left, [&](const Candidate& candidate) {
            return paths.name(candidate) == eliminated.back();
          });
        }
        std::shuffle(arrival.begin(), arrival.end(), random);
        ASSERT_EQ(paths.ordered(arrival, config), eliminated);
      }
    }
  }
}

// A neighbor whose last session left stale paths under another slot has such paths.
TEST(Order, PathsThatDifferInNothingAreInTheOrderOfTheirNeighbours) {
  AttrTable table;
  const PeerRank peer = ebgp_peer(1, 1);
  const AttrHandle sets[] = {path().as_path({65001}).intern(table),
                             path().as_path({65002}).intern(table),
                             path().as_path({65003}).intern(table)};
  for (const std::uint32_t ids : {2U, 40U}) {  // few and many
    std::vector<Candidate> all;
    for (std::uint32_t id = ids; id > 0; --id) {
      for (const AttrHandle& set : sets) all.push_back({table[set.ref()].key(), &peer, id, 0});
    }
    order(all, {});
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_EQ(all[i].path_id, i / 3 + 1);
      EXPECT_EQ(all[i].key.neighbour, 65001 + i % 3);
    }
  }
}

}  // namespace
}  // namespace tern::rib
