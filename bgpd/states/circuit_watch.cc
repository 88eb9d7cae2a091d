#include "bgpd/states/circuit_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bgpd/session/peer.h"
#include "bgpd/session/timer.h"

namespace tern::states {
namespace {

using Derive = CircuitSettings::Derive;

constexpr auto kLookAtCircuits = std::chrono::seconds(1);

FamilySet lacking_of(FamilySet configured, FamilySet negotiated) {
  FamilySet lacking;
  for (const Family family : kFamilies) {
    if (configured.contains(family) && !negotiated.contains(family)) lacking.insert(family);
  }
  return lacking;
}

// known: of the slot, for the router, the AS and the families of the last session of a neighbor.
CircuitSession session_of(const session::Peer& peer, const CircuitSession* known) {
  const session::PeerSettings& settings = peer.settings();
  CircuitSession session;
  session.address = to_string(settings.whole_address());
  session.name = settings.name;
  session.circuit = settings.circuit;
  session.asn = settings.import.peer.asn;
  session.families = settings.fsm.local.families;
  session.established = peer.established();
  session.drained = peer.is_drained();
  session.shut_down = !peer.admin_up() && !peer.held_by_limit();
  if (peer.established()) {
    const pipeline::SessionFacts& facts = peer.import()->facts();
    session.asn = facts.peer_asn;
    session.families = facts.families;
    session.router = facts.peer_identifier;
  } else if (known != nullptr && known->address == session.address && known->router != 0) {
    session.router = known->router;
    session.families = session.families & known->families;
    if (session.asn == 0) session.asn = known->asn;
  }
  session.lacking = lacking_of(settings.fsm.local.families, session.families);
  return session;
}

}  // namespace

CircuitWatch::CircuitWatch(session::Loop& loop, session::Speaker& speaker)
    : loop_(loop),
      speaker_(speaker),
      timer_(std::make_unique<session::Timer>(loop.context(), [this] { look(); })) {}
CircuitWatch::~CircuitWatch() = default;

void CircuitWatch::apply(const CircuitSettings& settings) {
  settings_ = settings;
  book_.set_hold(settings.hold);
  // A look that is under way starts the timer again.
  if (now_ == 0 && !frozen_) timer_->start(kLookAtCircuits);
}

void CircuitWatch::freeze() {
  frozen_ = true;
  timer_->stop();
}

void CircuitWatch::look() {
  now_ = session::unix_seconds();
  next_ = 0;
  if (membership_ != speaker_.membership()) {
    membership_ = speaker_.membership();
    for (const session::Peer* peer : speaker_.peers()) {
      slots_ = std::max(slots_, peer->slot() + std::size_t{1});
    }
  }
  look_at_some();
}

void CircuitWatch::look_at_some() {
  if (frozen_) return;
  // A reload or another table of registrations can come between two slices.
  const auto& registrations = speaker_.registrations();
  derives_ = settings_.derive == Derive::All ||
             (settings_.derive == Derive::Partners && registrations != nullptr &&
              !registrations->partners().empty());
  for (std::size_t i = 0; i < kSlice && next_ < slots_; ++i) {
    look_at(static_cast<PeerSlot>(next_++));
  }
  loop_.post([this] { return next_ < slots_ ? look_at_some() : settle(); });
}

void CircuitWatch::settle() {
  if (frozen_) return;
  if (!book_.settle(now_, kSlice)) return timer_->start(kLookAtCircuits);
  loop_.post([this] { settle(); });
}

void CircuitWatch::look_at(PeerSlot slot) {
  const session::Peer* const peer = speaker_.peer(slot);
  // A neighbor that is not listed is forgotten soon after its session, and cannot be missed.
  if (peer == nullptr || peer->left() || peer->dynamic()) return book_.forget(slot);
  if (peer->settings().circuit.empty() && !derives_) return book_.forget(slot);
  CircuitSession session = session_of(*peer, book_.session(slot));
  if (!is_watched(*peer, session.asn)) return book_.forget(slot);
  book_.see(slot, std::move(session), now_);
}

bool CircuitWatch::is_watched(const session::Peer& peer, Asn asn) const {
  if (!peer.settings().circuit.empty()) return true;
  const bool of_partner = !is_ibgp(peer.settings().kind) && !peer.settings().import.between_pops;
  if (asn == 0 || !derives_ || !of_partner) return false;
  return settings_.derive == Derive::All ||
         std::ranges::binary_search(speaker_.registrations()->partners(), asn);
}

}  // namespace tern::states
