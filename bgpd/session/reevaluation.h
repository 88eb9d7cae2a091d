// Rounds over the table that judge and rank paths again: after a reload, when neighbors are drained
// or no longer drained, for routes whose VRPs, geofeed entries or costs changed, for routes that an
// aggregate begins or ends to suppress, for routes whose next hop became or is no longer an address
// of this host, or is reached in another way, for the destinations of a neighbor that came back as
// another router, and for blocked routes that a prefix limit has room for.
//
// A round serves all requests that came before it began. Each shard has a part of the round: first
// the destinations that changed prefix sets, VRPs and aggregates concern, then every destination,
// if a request needs that. A part goes in slices, each of which is a task of the shard's strand
// behind the tasks that wait. The round is over when the parts of all shards are.
//
// The tasks judge by the rules that neighbors have when the round begins. Two kinds of paths are
// left to a visit of all shards behind the slice: those that a prefix limit blocks or may block,
// because limits count the paths of all shards, and those of neighbors whose rules were replaced or
// whose session ended during the round. A request that comes during a round waits for the next
// round. A neighbor that gets the slot of one that is gone is none of those that a round names.
// Internal to bgpd/session; loop thread only, except where a comment names the runner of a
// strand.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/round.h"

namespace tern::session {

class Loop;
class Neighbors;
class Timer;
struct SpeakerTimes;

class Reevaluation {
 public:
  // costs: those in force. next_hop_finder: null until there is one.
  Reevaluation(Loop& loop, engine::Engine& engine, Neighbors& neighbors, SpeakerTimes& times,
               const std::shared_ptr<const policy::EgressCosts>& costs,
               const std::shared_ptr<pipeline::NextHopFinder>& next_hop_finder);
  ~Reevaluation();
  Reevaluation(const Reevaluation&) = delete;
  Reevaluation& operator=(const Reevaluation&) = delete;

  void rules_changed(RulesChange&& rules);
  // The neighbor's rank differs from that of its earlier session, whose routes may still be in the
  // table. In a visit.
  void rank(PeerSlot slot);
  // The neighbor has room for blocked routes (Import::unblock()).
  void unblock(PeerSlot slot);
  // These addresses came or went. Judges the routes again that have one of them as next hop.
  void host_addresses_changed(const pipeline::HostAddresses& changed);
  // The finder has other answers about these: revises the routes that have them.
  void next_hops_changed(const pipeline::HostAddresses& changed);
  // The finder has room for more next hops: judges all routes without a resolved one again.
  void next_hops_forgotten();
  // Evaluates the routes in the ranges again: imports of some neighbors, exports to others. cause:
  // of prefixes that move.
  void ranges_changed(std::vector<policy::PrefixRange> ranges, const rib::ClientSet& imports,
                      const rib::ClientSet& exports, rib::MoveCause cause = rib::MoveCause::Routes);
  // Has the routes in the ranges advertised again, because clients are to get others of them.
  // when_over() is called when the round is over, and the routes are changes that wait to be
  // advertised; at once, if there are no ranges, or no sessions.
  void advertise_again(std::vector<policy::PrefixRange> ranges, std::function<void()> when_over);
  // Gives the paths the costs in force whose pair of exit and metro changed. All paths of neighbors
  // whose import policies read costs are judged again. for_vantages: there are clients with a
  // vantage, to which paths may be advertised in another order.
  void costs_changed(const policy::CostChange& change, bool for_vantages, rib::MoveCause cause);
  // Other costs are in force. The round under way goes on with these costs.
  void costs_replaced();
  // In a visit. The neighbor of the slot and its paths are gone.
  void slot_freed(PeerSlot slot);

  [[nodiscard]] bool running() const { return running_; }

 private:
  void begin();
  void begin_round();
  void find_resolving(pipeline::ChangedNextHops& changed) const;
  pipeline::ChangedNextHops& waiting_next_hops();
  void slice(engine::Shard& shard);
  void post_slice(std::size_t shard);
  void pause(std::size_t shard);
  void pause_over();
  void visit_behind_slice(std::size_t shard, bool over);
  void judge_in_visit(const RoundPart::ForVisit& path, rib::Rib& rib);
  [[nodiscard]] JudgedBy judged_by(PeerSlot slot) const;
  [[nodiscard]] pipeline::Import* import(PeerSlot slot) const;
  void part_over(std::size_t shard);
  void count_evaluated(const RoundPart::Evaluated& evaluated);
  void end();
  void walk_if_asked();

  Loop& loop_;
  engine::Engine& engine_;
  Neighbors& neighbors_;
  SpeakerTimes& times_;
  const std::shared_ptr<const policy::EgressCosts>& costs_;
  const std::shared_ptr<pipeline::NextHopFinder>& next_hop_finder_;
  Round round_;
  Round next_round_;
  bool running_ = false;
  bool walk_asked_ = false;  // by rules_changed()

  // Of the round under way. Written by the loop before the parts begin, and in visits.
  std::vector<JudgedBy> judged_by_;                // by slot
  std::vector<std::shared_ptr<RoundPart>> parts_;  // by shard, each of its strand's runner

  // The round under way, or the next one, may not wait for clients. Written by the loop.
  std::atomic<bool> hurries_{false};
  std::unique_ptr<Timer> pause_;
  std::vector<std::size_t> paused_;  // shards whose next slice waits for it
  std::size_t parts_left_ = 0;
  double longest_ = 0;  // piece of the round on the loop, in seconds
};

}  // namespace tern::session
