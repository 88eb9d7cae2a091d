// A round of re-evaluation (bgpd/session/reevaluation.h): the requests that it serves, and its walk
// of one shard. Internal to bgpd/session.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/next_hop_revision.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/range_walk.h"
#include "bgpd/pipeline/rejudge.h"
#include "bgpd/session/settings_plan.h"
#include "policy/change.h"
#include "policy/live_costs.h"
#include "rib/shards.h"

namespace tern::session {

// Prefixes, and the neighbors whose policies may give their routes another verdict.
struct ChangedPrefixes {
  std::shared_ptr<const policy::PrefixChange> prefixes;
  rib::ClientSet imports;
  rib::ClientSet exports;
  rib::MoveCause cause = rib::MoveCause::Routes;  // of the last request
};

// The evaluations that new rules of sessions need, and new settings of the decision process: after
// a reload, or when neighbors are drained.
struct RulesChange {
  std::vector<ChangedPrefixes> sets;  // of programs whose prefix sets changed
  rib::ClientSet judge;               // neighbors whose import rules changed for any route
  bool rank_all = false;              // the decision process has new settings
  bool by_reload = false;             // counted as the work of a reload
  // Clients whose export rules changed for any route wait for a walk. The walk comes after the
  // round, so that a route that both change is advertised once.
  bool walk = false;
  rib::MoveCause cause = rib::MoveCause::Reload;  // of prefixes that move; of the first request
  // Other numbers of PoPs and places (SettingsPlan::pops). The round notes the moves, which the
  // shards hold, and releases them.
  std::shared_ptr<const std::vector<PopId>> pops;
  std::uint32_t holds = 0;

  void add(PeerSlot slot, const SettingsChange& change);
  void add(RulesChange&& other);
  // No route needs to be judged or ranked again, and no move is held.
  [[nodiscard]] bool empty() const {
    return sets.empty() && judge.empty() && !rank_all && holds == 0;
  }
};

struct ChangedCosts {
  policy::CostChange pairs;
  std::shared_ptr<const policy::EgressCosts> places;  // whose numbers the pairs have
  rib::ClientSet readers;                             // neighbors whose import policies read costs
  bool for_vantages = false;
  rib::MoveCause cause = rib::MoveCause::Rtt;  // of the last request
};

// Constant while the round runs, after judge_once(), but for free().
struct Round {
  RulesChange rules;
  std::optional<ChangedPrefixes> ranges;
  std::vector<std::function<void()>> when_over;  // of advertise_again()
  std::optional<ChangedCosts> costs;
  // Next hops with another answer; the neighbors as they are when the round begins.
  std::optional<pipeline::ChangedNextHops> next_hops;
  rib::ClientSet unblock;                  // neighbors with room for blocked routes
  rib::ClientSet rank;                     // neighbors with another rank
  pipeline::HostAddresses host_addresses;  // that came or went

  [[nodiscard]] bool visits_all() const {
    return !rules.judge.empty() || rules.rank_all || rules.holds != 0 || !unblock.empty() ||
           !rank.empty() || !host_addresses.empty() || costs.has_value() || next_hops.has_value();
  }
  // Paths of any prefix may be judged again, but for those that wait for their next hops.
  [[nodiscard]] bool judges() const {
    return !rules.judge.empty() || !unblock.empty() || !host_addresses.empty();
  }
  // Paths are lost, or leave at another exit: no slice waits for clients.
  [[nodiscard]] bool hurries() const {
    return costs.has_value() || next_hops.has_value() || !host_addresses.empty();
  }
  [[nodiscard]] std::size_t changed() const { return rules.sets.size() + (ranges ? 1 : 0); }
  [[nodiscard]] const ChangedPrefixes& changed(std::size_t i) const {
    return i < rules.sets.size() ? rules.sets[i] : *ranges;
  }
  [[nodiscard]] bool empty() const { return changed() == 0 && !visits_all(); }
  // Called before the round. Leaves out a second judging because of costs: new rules have the costs
  // in force, so a neighbor whose paths are all judged by new rules needs none.
  void judge_once();
  // In a visit. The neighbor of the slot is gone, and the next one of the slot is none of those
  // that the round names.
  void free(PeerSlot slot);
  // Neighbors below `slots` whose paths may be judged again.
  [[nodiscard]] rib::ClientSet judged(std::size_t slots) const;
};

// The rules by which the paths of a neighbor are judged again in a round. A visit, which has all
// shards, may change them.
struct JudgedBy {
  std::shared_ptr<const pipeline::SessionRules> session;  // null: no paths are judged
  bool near_limit = false;                                // Import::near_blocking_limit()
};

// The walk of a round over one shard. Used by the runner of the shard's strand, or in a visit.
class RoundPart {
 public:
  // Paths of a neighbor to one destination that a visit of all shards judges or lets in: a prefix
  // limit counts the paths of all shards, and the loop has the present rules of a session.
  struct ForVisit {
    rib::DestId id = 0;
    PeerSlot slot = kNoPeerSlot;
    bool unblock = false;
    rib::MoveCause cause = rib::MoveCause::Routes;
  };
  // Routes that were evaluated again.
  struct Evaluated {
    std::uint64_t imports = 0;
    std::uint64_t exports = 0;
  };

  // costs: in force. The part refers to the round and to judged_by, whose index is the slot of the
  // neighbor.
  RoundPart(rib::Shards& shards, std::size_t shard, const Round& round,
            const std::vector<JudgedBy>& judged_by,
            std::shared_ptr<const policy::EgressCosts> costs);

  // Takes a pause of kPause before the next slice, while clients have yet to take what earlier
  // slices changed (behind). Without that, changes by neighbors would be advertised behind all
  // changes of the round. A part pauses for kMostPaused in all, for clients that take nothing.
  // now: steady nanoseconds. Returns whether the caller should pause.
  static constexpr std::chrono::milliseconds kPause{2};
  static constexpr std::chrono::seconds kMostPaused{1};
  [[nodiscard]] bool take_pause(bool behind, std::uint64_t now);
  // The next slice: 1024 destinations or 16384 paths, or somewhat more. Afterwards a visit has to
  // do for_visit(), and then calls visited(). True: the part is over.
  [[nodiscard]] bool slice();
  [[nodiscard]] const std::vector<ForVisit>& for_visit() const { return for_visit_; }
  void visited();
  // In a visit: see Round::free().
  void free(PeerSlot slot);
  void set_costs(std::shared_ptr<const policy::EgressCosts> costs) { costs_ = std::move(costs); }

  [[nodiscard]] rib::Rib& rib() { return rib_; }
  [[nodiscard]] const Evaluated& evaluated() const { return evaluated_; }
  // Neighbors some of whose sets found no memory. Complete when the part is over.
  [[nodiscard]] const rib::ClientSet& starved() const { return starved_; }
  // The longest slice, in seconds.
  [[nodiscard]] double longest() const { return longest_; }

 private:
  // A path that is judged again: its neighbor, and its index in the destination's paths.
  using Concerned = std::pair<PeerSlot, std::size_t>;

  [[nodiscard]] bool slice_of_changes();
  [[nodiscard]] bool slice_of_table();
  void visit(rib::DestId id);
  void judge_and_rank(rib::DestId id);
  void judge_all(rib::DestId id);
  void visit_renumbered(rib::DestId id);
  void note_move(rib::DestId id, const rib::Rib::Exit& before);
  void visit(rib::DestId id, const ChangedPrefixes& changed);
  void find_concerned(rib::DestId id, const rib::ClientSet& neighbors);
  void price(rib::DestId id, const ChangedCosts& changed);
  void revise(rib::DestId id, const pipeline::ChangedNextHops& changed);
  void judge_concerned(rib::DestId id, rib::MoveCause cause);
  void judge(rib::DestId id, std::span<const Concerned> of_neighbor, rib::MoveCause cause);
  [[nodiscard]] pipeline::Rejudge& rejudge(PeerSlot slot);
  void give_up(std::unique_ptr<pipeline::Rejudge>& rejudge, PeerSlot slot);

  rib::Shards& shards_;
  rib::Rib& rib_;
  const Round& round_;
  const std::vector<JudgedBy>& judged_by_;
  std::shared_ptr<const policy::EgressCosts> costs_;

  // The position of the part: in the changed prefixes, then in all destinations.
  std::size_t change_ = 0;
  pipeline::RangeWalk walk_;
  rib::DestId next_ = 0;
  std::uint64_t pause_began_ = 0;  // 0: no pause
  std::chrono::nanoseconds paused_{0};

  std::vector<ForVisit> for_visit_;
  std::vector<std::pair<rib::DestId, rib::Rib::Exit>> exits_before_;  // of destinations in these
  std::vector<std::unique_ptr<pipeline::Rejudge>> rejudges_;          // by slot
  std::vector<Concerned> concerned_;  // scratch of visit() and price()
  pipeline::Revisions revisions_;     // scratch of judge_concerned()
  std::vector<std::size_t> waiting_;  // scratch of revise()
  pipeline::Pricing pricing_;
  pipeline::NextHopRevision next_hop_revision_;
  Evaluated evaluated_;
  rib::ClientSet starved_;
  double longest_ = 0;
};

}  // namespace tern::session
