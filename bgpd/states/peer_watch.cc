#include "bgpd/states/peer_watch.h"

#include "bgpd/session/peer.h"

namespace tern::states {
namespace {

PeerFacts::Drain drain_of(const session::Peer& peer) {
  if (peer.drain().on) return PeerFacts::Drain::Neighbor;
  return peer.is_drained() ? PeerFacts::Drain::Pop : PeerFacts::Drain::None;
}

// before: of the slot, for the AS, the families and the router of the last session of a neighbor.
PeerFacts facts_of(const session::Peer& peer, const std::optional<PeerFacts>& before) {
  const session::PeerSettings& settings = peer.settings();
  PeerFacts facts;
  facts.address = to_string(settings.whole_address());
  facts.name = settings.name;
  facts.kind = settings.kind;
  facts.between_pops = settings.import.between_pops;
  facts.enforce_first_as = settings.import.enforce_first_as;
  facts.role = settings.fsm.local.role;
  facts.shut_down = !peer.admin_up();
  facts.held_by_limit = peer.held_by_limit();
  facts.drain = drain_of(peer);
  facts.graceful_shutdown = settings.import.graceful_shutdown;
  facts.asn = settings.import.peer.asn;
  facts.families = settings.fsm.local.families;
  if (peer.established()) {
    facts.negotiated = true;
    facts.asn = peer.import()->facts().peer_asn;
    facts.families = peer.import()->facts().families;
    facts.router = peer.import()->facts().peer_identifier;
  } else if (before && before->negotiated && before->address == facts.address) {
    facts.negotiated = true;
    if (facts.asn == 0) facts.asn = before->asn;
    facts.families = facts.families & before->families;
    facts.router = before->router;
  }
  return facts;
}

}  // namespace

void PeerWatch::look() {
  if (membership_ != speaker_.membership()) {
    membership_ = speaker_.membership();
    for (const session::Peer* peer : speaker_.peers()) {
      if (peer->slot() >= known_.size()) known_.resize(peer->slot() + std::size_t{1});
    }
  }
  for (PeerSlot i = 0; i < kSlice && next_ < known_.size(); ++i) look_at(next_++);
  if (next_ < known_.size()) return;
  next_ = 0;
  passed_ = true;
}

void PeerWatch::begin_anew() {
  next_ = 0;
  passed_ = false;
}

void PeerWatch::look_at(PeerSlot slot) {
  Known& known = known_[slot];
  const session::Peer* const peer = speaker_.peer(slot);
  if (peer == nullptr || peer->left()) {
    if (known.facts) changes_.emplace_back(slot, std::nullopt);
    known = {};
    return;
  }
  const Known::Seen seen{membership_,      peer->session(),       peer->established(),
                         peer->admin_up(), peer->held_by_limit(), drain_of(*peer)};
  if (known.facts && known.seen == seen) return;
  known.seen = seen;
  PeerFacts facts = facts_of(*peer, known.facts);
  if (known.facts == facts) return;
  known.facts = std::move(facts);
  changes_.emplace_back(slot, known.facts);
}

}  // namespace tern::states
