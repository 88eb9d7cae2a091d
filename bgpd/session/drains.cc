#include "bgpd/session/drains.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
namespace {

constexpr double kMilliseconds = 1e-3;  // in a microsecond

std::uint64_t nanoseconds(std::chrono::seconds time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
}

// The best paths of the neighbor. In a visit of all shards.
std::uint64_t best_paths(const rib::Shards& shards, PeerSlot slot) {
  const rib::PeerCounts counts = shards.counts(slot);
  std::uint64_t best = 0;
  for (const auto& family : counts.families) best += family.best;
  return best;
}

// The neighbors for which fn() changes whether they are drained.
template <typename Fn>
std::vector<Peer*> changed_by(const std::vector<Peer*>& peers, Fn&& fn) {
  std::vector<bool> before;
  for (const Peer* peer : peers) before.push_back(peer->is_drained());
  fn();
  std::vector<Peer*> changed;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (peers[i]->is_drained() != before[i]) changed.push_back(peers[i]);
  }
  return changed;
}

void schedule(Peer& peer, const ShutDownWithin& within) {
  const std::uint64_t now = steady_nanoseconds();
  peer.drain().since = now;
  peer.drain().shut_down_by = within ? now + nanoseconds(*within) : 0;
}

void end(Peer& peer) {
  const bool was_shut_down = std::exchange(peer.drain(), {}).shut_down;
  if (was_shut_down) peer.start();
}

}  // namespace

rib::MoveCause Drains::cause_of(What what) {
  switch (what) {
    case What::Drain:
      return rib::MoveCause::Drain;
    case What::Cost:
      return rib::MoveCause::Degrade;
    case What::Demotion:
      return rib::MoveCause::Demotion;
  }
  return rib::MoveCause::Degrade;
}

void Drains::apply(What what, const std::vector<Peer*>& changed) {
  for (const Peer* peer : changed) waiting_.emplace_back(peer->slot(), what);
  note_change();
  if (!slice_posted_) slice();
}

// Later UPDATEs meet the new rules of a neighbor; the round evaluates the stored routes of all
// neighbors, and the walk behind the round what is advertised. A neighbor that has left since, or
// whose slot is another's, takes the rules that it has.
void Drains::slice() {
  slice_posted_ = false;
  for (std::size_t i = 0; i < Speaker::kSlice && !waiting_.empty(); ++i) {
    const auto [slot, what] = waiting_.front();
    waiting_.pop_front();
    Peer* const peer = neighbors_.at(slot);
    if (peer == nullptr) continue;
    SettingsChange change;
    change.any = true;
    change.imports = policy::ChainChange::all();
    if (what == What::Drain) change.exports = policy::ChainChange::all();
    rules_.cause = cause_of(what);
    if (what == What::Drain ? peer->drain_changed() : peer->costs_changed()) {
      rules_.add(slot, change);
    }
  }
  if (waiting_.empty()) return reevaluation_.rules_changed(std::exchange(rules_, {}));
  slice_posted_ = true;
  loop_.post([this] { slice(); });
}

void Drains::drain(const std::vector<Peer*>& peers, const ShutDownWithin& shut_down_within) {
  apply(What::Drain, changed_by(peers, [&] {
          for (Peer* peer : peers) {
            peer->drain().on = true;
            schedule(*peer, shut_down_within);
          }
        }));
}

void Drains::undrain(const std::vector<Peer*>& peers) {
  apply(What::Drain, changed_by(peers, [&] {
          for (Peer* peer : peers) end(*peer);
        }));
}

std::vector<Peer*> Drains::of_pop() const {
  std::vector<Peer*> peers = neighbors_.sorted();
  std::erase_if(peers, [](const Peer* peer) { return is_ibgp(peer->settings().kind); });
  return peers;
}

std::vector<Peer*> Drains::drain_pop(const ShutDownWithin& shut_down_within) {
  std::vector<Peer*> peers = of_pop();
  spdlog::warn("the PoP is drained: {} neighbors", peers.size());
  apply(What::Drain, changed_by(peers, [&] {
          pop_ = true;
          for (Peer* peer : peers) {
            // Without a time of the PoP, that of the neighbor's own drain stays.
            if (shut_down_within || !peer->drain().on) schedule(*peer, shut_down_within);
          }
        }));
  return peers;
}

// A neighbor drained by itself stays drained, with its session as it is.
std::vector<Peer*> Drains::undrain_pop() {
  std::vector<Peer*> peers = of_pop();
  spdlog::warn("the PoP is not drained any more: {} neighbors", peers.size());
  apply(What::Drain, changed_by(peers, [&] {
          pop_ = false;
          for (Peer* peer : peers) {
            if (!peer->drain().on) end(*peer);
          }
        }));
  return peers;
}

void Drains::degrade(const std::vector<Peer*>& peers, EgressCost added) {
  if (added == 0) {
    spdlog::warn("{} neighbors are not degraded any more", peers.size());
  } else {
    spdlog::warn("{} neighbors are degraded: their paths cost {:.3f} ms more", peers.size(),
                 added * kMilliseconds);
  }
  for (Peer* peer : peers) peer->set_added_cost(added);
  apply(What::Cost, peers);
}

std::vector<Peer*> Drains::degrade_pop(EgressCost added) {
  std::vector<Peer*> peers = of_pop();
  if (added == 0) {
    spdlog::warn("the PoP is not degraded any more: {} neighbors", peers.size());
  } else {
    spdlog::warn("the PoP is degraded: the paths of {} neighbors cost {:.3f} ms more", peers.size(),
                 added * kMilliseconds);
  }
  added_ = added;
  apply(What::Cost, peers);
  return peers;
}

void Drains::look(std::uint64_t now) {
  const auto waits = [now](const Peer* peer) {
    const Peer::Drain& drain = peer->drain();
    return drain.shut_down_by != 0 && now - drain.since >= nanoseconds(kLeast);
  };
  bool any = false;
  for (const Peer* peer : neighbors_.members()) any |= waits(peer);
  if (!any) return;
  engine_.visit_all([this, now, waits] {
    bool ended = false;
    for (Peer* peer : neighbors_.members()) {
      if (!waits(peer)) continue;
      const std::uint64_t best = best_paths(engine_.shards(), peer->slot());
      if (best != 0 && now < peer->drain().shut_down_by) continue;
      spdlog::warn("peer {}: drained, {} best paths left; the session ends", peer->settings().name,
                   best);
      peer->end_drain();
      ended = true;
    }
    if (ended) note_change();
  });
}

DrainList Drains::list() const {
  DrainList list;
  list.pop = pop_;
  list.pop_added = added_;
  for (const Peer* peer : neighbors_.sorted()) {
    if (peer->dynamic()) continue;
    const std::string address = to_string(peer->settings().whole_address());
    if (peer->drain().on) list.drained.push_back(address);
    if (peer->own_added_cost() != 0) list.added[address] = peer->own_added_cost();
    if (peer->drain().shut_down) list.shut_down.push_back(address);
  }
  return list;
}

std::vector<std::string> Drains::restore(const DrainList& list) {
  std::vector<std::string> unknown;
  restore_pop(list.pop);
  added_ = list.pop_added;
  const auto one = [&](const std::string& address, auto&& fn) {
    Peer* const peer = neighbors_.find(address);
    peer == nullptr ? unknown.push_back(address) : fn(*peer);
  };
  const auto each = [&](const std::vector<std::string>& addresses, auto&& fn) {
    for (const std::string& address : addresses) one(address, fn);
  };
  for (const auto& [address, cost] : list.added) {
    one(address, [cost = cost](Peer& peer) { peer.set_added_cost(cost); });
  }
  each(list.drained, [](Peer& peer) { peer.drain().on = true; });
  each(list.shut_down, [](Peer& peer) { peer.end_drain(); });
  return unknown;
}

}  // namespace tern::session
