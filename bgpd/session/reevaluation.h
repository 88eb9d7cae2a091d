// Rounds over the table that judge and rank paths again: after a reload, when neighbors are drained
// or no longer drained, for routes whose VRPs changed, for routes that an aggregate begins or ends
// to suppress, for routes whose next hop became or is no longer an address of this host, for the
// destinations of a neighbor that came back as another router, and for blocked routes that a prefix
// limit has room for.
//
// A round serves all requests that came before it began. First it visits the destinations that
// changed prefix sets, VRPs and aggregates concern, then every destination, if a request needs
// that. A round goes in slices; each slice is a visit of the engine in a turn of the loop of its
// own. A request that comes during a round waits for the next round. Internal to bgpd/session; loop
// thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/range_walk.h"
#include "bgpd/session/settings_plan.h"
#include "policy/change.h"
#include "rib/shards.h"

namespace tern::pipeline {
class Import;
}

namespace tern::session {

class Loop;
class Neighbors;
struct SpeakerTimes;

class Reevaluation {
 public:
  Reevaluation(Loop& loop, engine::Engine& engine, Neighbors& neighbors, SpeakerTimes& times);
  Reevaluation(const Reevaluation&) = delete;
  Reevaluation& operator=(const Reevaluation&) = delete;

  // Prefixes, and the neighbors whose policies may give their routes another verdict.
  struct ChangedPrefixes {
    std::shared_ptr<const policy::PrefixChange> prefixes;
    rib::ClientSet imports;
    rib::ClientSet exports;
  };
  // The evaluations that new rules of sessions need, and new settings of the decision process:
  // after a reload, or when neighbors are drained.
  struct RulesChange {
    std::vector<ChangedPrefixes> sets;  // of programs whose prefix sets changed
    rib::ClientSet judge;               // neighbors whose import rules changed for any route
    bool rank_all = false;              // the decision process has new settings
    bool by_reload = false;             // counted as the work of a reload
    // Clients whose export rules changed for any route wait for a walk. The walk comes after the
    // round, so that a route that both change is advertised once.
    bool walk = false;

    void add(PeerSlot slot, const SettingsChange& change);
    void add(RulesChange&& other);
    // No route needs to be judged or ranked again.
    [[nodiscard]] bool empty() const { return sets.empty() && judge.empty() && !rank_all; }
  };
  void rules_changed(RulesChange&& rules);
  // The neighbor's rank differs from that of its earlier session, whose routes may still be in the
  // table. In a visit.
  void rank(PeerSlot slot);
  // The neighbor has room for blocked routes (Import::unblock()).
  void unblock(PeerSlot slot);
  // Judges the routes again whose next hop is one of these.
  void next_hops_changed(const pipeline::HostAddresses& changed);
  // Evaluates the routes in the ranges again: imports of some neighbors, exports to others.
  void ranges_changed(std::vector<policy::PrefixRange> ranges, const rib::ClientSet& imports,
                      const rib::ClientSet& exports);
  // Has the routes in the ranges advertised again, because clients are to get others of them.
  // visited() is called when the round is over, and the routes are changes that wait to be
  // advertised.
  void advertise_again(std::vector<policy::PrefixRange> ranges, std::function<void()> visited);

 private:
  struct Round {
    RulesChange rules;
    std::optional<ChangedPrefixes> ranges;
    std::vector<std::function<void()>> visited;  // of advertise_again()
    rib::ClientSet unblock;                      // neighbors with room for blocked routes
    rib::ClientSet rank;                         // neighbors with another rank
    pipeline::HostAddresses next_hops;
    [[nodiscard]] bool visits_all() const {
      return !rules.judge.empty() || rules.rank_all || !unblock.empty() || !rank.empty() ||
             !next_hops.empty();
    }
    [[nodiscard]] std::size_t changed() const { return rules.sets.size() + (ranges ? 1 : 0); }
    [[nodiscard]] const ChangedPrefixes& changed(std::size_t i) const {
      return i < rules.sets.size() ? rules.sets[i] : *ranges;
    }
    [[nodiscard]] bool empty() const { return changed() == 0 && !visits_all(); }
    // A prefix limit counts the paths of all shards (Import::reevaluate()).
    [[nodiscard]] bool needs_all_shards() const {
      return changed() > 0 || !rules.judge.empty() || !unblock.empty() || !next_hops.empty();
    }
  };
  // The position of the round in its changed prefixes, shard by shard for each change.
  struct ChangeAt {
    std::size_t change = 0;
    std::size_t shard = 0;
    pipeline::RangeWalk walk;
  };

  void begin();
  void next_slice();
  bool slice();
  bool slice_of_changes();
  bool slice_of_table();
  void visit(rib::Rib& rib, rib::DestId id);
  void visit(rib::Rib& rib, rib::DestId id, const ChangedPrefixes& changed);
  void judge_concerned(rib::Rib& rib, rib::DestId id);
  void count_evaluated(std::size_t imports, std::size_t exports);
  template <typename Fn>
  void for_each_import(std::vector<PeerSlot>& slots, Fn&& fn);
  void end();
  void walk_if_asked();

  Loop& loop_;
  engine::Engine& engine_;
  Neighbors& neighbors_;
  SpeakerTimes& times_;
  Round round_;
  Round next_round_;
  bool running_ = false;
  ChangeAt change_at_;
  rib::Found at_;                    // position of the round over every destination
  double longest_ = 0;               // slice, seconds
  bool walk_asked_ = false;          // by rules_changed()
  std::vector<PeerSlot> concerned_;  // scratch of visit(): neighbors whose paths are judged again
  std::vector<PeerSlot> blocked_;    // scratch of visit(): neighbors whose paths may be unblocked
};

}  // namespace tern::session
