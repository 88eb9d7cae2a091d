// Drained and degraded neighbors, and the drained or degraded PoP. Drained (RFC 8326 section 4.2):
// traffic moves away from a neighbor before its session ends. Routes of a drained neighbor get
// LOCAL_PREF 0; routes to an eBGP neighbor get GRACEFUL_SHUTDOWN, routes to an iBGP neighbor
// LOCAL_PREF 0. A drained PoP drains all eBGP neighbors and leaves the sessions between PoPs as
// they are, because those lead to the other exits. Degraded: the paths of a neighbor cost more, and
// those of a degraded PoP's eBGP neighbors; paths are advertised to other PoPs with the added cost
// (policy/egress.h). Neighbors take their rules in slices of Speaker::kSlice. Internal to
// bgpd/session; loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/drain_list.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/reevaluation.h"

namespace tern::session {

class Loop;
class Neighbors;

class Drains {
 public:
  // The neighbors that a drain tells need this time to move their traffic.
  static constexpr std::chrono::seconds kLeast{10};

  // pop, added: whether the PoP is drained, and what its exits cost more, which Drains sets.
  Drains(Loop& loop, engine::Engine& engine, Neighbors& neighbors, Reevaluation& reevaluation,
         bool& pop, EgressCost& added)
      : loop_(loop),
        engine_(engine),
        neighbors_(neighbors),
        reevaluation_(reevaluation),
        pop_(pop),
        added_(added) {}
  Drains(const Drains&) = delete;
  Drains& operator=(const Drains&) = delete;

  // The session of an undrained neighbor that a drain ended comes back.
  void drain(const std::vector<Peer*>& peers, const ShutDownWithin& shut_down_within);
  void undrain(const std::vector<Peer*>& peers);
  // Return the neighbors that the PoP drains.
  std::vector<Peer*> drain_pop(const ShutDownWithin& shut_down_within);
  std::vector<Peer*> undrain_pop();
  // added: microseconds that the paths cost more; 0: the degradation ends. degrade_pop() returns
  // the neighbors of the PoP.
  void degrade(const std::vector<Peer*>& peers, EgressCost added);
  std::vector<Peer*> degrade_pop(EgressCost added);
  // The neighbors have another Peer::demotion_cost().
  void demotion_changed(const std::vector<Peer*>& peers) { apply(What::Demotion, peers); }

  // Once a second: ends sessions that are due. now: steady nanoseconds.
  void look(std::uint64_t now);

  // Without dynamic neighbors, which a restart forgets.
  [[nodiscard]] DrainList list() const;
  // Of an earlier run. Before the first session; the neighbors of the list when they are known.
  // restore() returns the addresses of no neighbor.
  void restore_pop(bool drained) { pop_ = drained; }
  std::vector<std::string> restore(const DrainList& list);
  void on_change(std::function<void()> call) { on_change_ = std::move(call); }
  // list() may be another: a command enabled a neighbor.
  void note_change() const {
    if (on_change_) on_change_();
  }

 private:
  // The change of a neighbor: of the rules of both directions, or of the cost of its paths.
  enum class What : std::uint8_t { Drain, Cost, Demotion };
  [[nodiscard]] static rib::MoveCause cause_of(What what);
  void apply(What what, const std::vector<Peer*>& changed);
  void slice();
  [[nodiscard]] std::vector<Peer*> of_pop() const;

  Loop& loop_;
  engine::Engine& engine_;
  Neighbors& neighbors_;
  Reevaluation& reevaluation_;
  std::function<void()> on_change_;
  bool& pop_;
  EgressCost& added_;
  std::deque<std::pair<PeerSlot, What>> waiting_;  // neighbors that have yet to take their rules
  RulesChange rules_;                              // of those that have
  bool slice_posted_ = false;
};

}  // namespace tern::session
