// Rounds over the whole table that judge and rank paths anew: after a reload, for routes whose next
// hop became or is no longer an address of this host, for the destinations of a neighbor that came
// back as another router, and for blocked routes that a prefix limit has room for.
//
// A round visits every destination once, for all requests that came before it began. It goes in
// slices, each of them a visit of the engine in a turn of the loop of its own. A request in the
// middle of a round waits for the next round. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/pipeline/host_addresses.h"
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

  struct Reload {
    std::vector<PeerSlot> judge;  // neighbors with new import rules
    bool rank_all = false;        // the decision has new settings
    // Clients with new export rules wait for a walk. The walk comes behind the round, so that a
    // route that both change is advertised once.
    bool walk = false;
  };
  void reload(const Reload& reload);
  // The neighbor's rank is another than that of its earlier session, whose routes may still be
  // there. In a visit.
  void rank(PeerSlot slot);
  // The neighbor has room for blocked routes (Import::unblock()).
  void unblock(PeerSlot slot);
  // Judges the routes again whose next hop is one of these.
  void next_hops_changed(const pipeline::HostAddresses& changed);

 private:
  // For whom a round visits every destination.
  struct Round {
    rib::ClientSet judge;    // neighbors with new rules, by which all their paths are judged again
    rib::ClientSet unblock;  // neighbors with room for blocked routes
    rib::ClientSet rank;     // neighbors with another rank
    bool rank_all = false;
    pipeline::HostAddresses next_hops;
    [[nodiscard]] bool empty() const {
      return judge.empty() && unblock.empty() && rank.empty() && !rank_all && next_hops.empty();
    }
    [[nodiscard]] bool is_reload() const { return !judge.empty() || rank_all; }
  };

  void begin();
  void next_slice();
  bool slice();
  void visit(rib::Rib& rib, rib::DestId id);
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
  rib::Found at_;
  double longest_ = 0;               // slice, seconds
  bool walk_asked_ = false;          // by reload()
  std::vector<PeerSlot> concerned_;  // scratch of visit(): neighbors whose paths are judged again
  std::vector<PeerSlot> blocked_;    // scratch of visit(): neighbors whose paths may come in
};

}  // namespace tern::session
