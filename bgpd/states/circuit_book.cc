#include "bgpd/states/circuit_book.h"

#include <utility>

#include "bgpd/states/circuit_judge.h"

namespace tern::states {
namespace {

std::string circuit_key(const CircuitSession& session) {
  return session.circuit.empty() ? "AS " + std::to_string(session.asn) : session.circuit;
}

}  // namespace

void CircuitBook::see(PeerSlot slot, CircuitSession session, std::uint32_t now) {
  if (slot >= by_slot_.size()) by_slot_.resize(slot + std::size_t{1});
  std::optional<Known>& known = by_slot_[slot];
  if (known && known->session == session) return;
  std::string key = circuit_key(session);
  if (known && known->circuit->first != key) leave(slot);
  const auto [at, is_new] = circuits_.try_emplace(key);
  Circuit& circuit = at->second;
  if (is_new) {
    circuit.configured = !session.circuit.empty();
    circuit.first = circuit.since = now;
    count(circuit, 1);
  }
  if (session.asn != 0) circuit.partner = session.asn;
  circuit.sessions.insert(slot);
  known = Known{std::move(session), at};
  waiting_.insert(std::move(key));
}

void CircuitBook::forget(PeerSlot slot) {
  if (slot < by_slot_.size() && by_slot_[slot]) leave(slot);
}

void CircuitBook::leave(PeerSlot slot) {
  const auto at = by_slot_[slot]->circuit;
  by_slot_[slot].reset();
  at->second.sessions.erase(slot);
  if (!at->second.sessions.empty()) {
    waiting_.insert(at->first);
    return;
  }
  waiting_.erase(at->first);
  count(at->second, std::uint64_t{0} - 1);
  circuits_.erase(at);
}

bool CircuitBook::settle(std::uint32_t now, std::size_t most) {
  auto at = waiting_.lower_bound(next_);
  for (std::size_t i = 0; i < most && at != waiting_.end(); ++i) {
    const auto key = at++;
    Circuit& circuit = circuits_.find(*key)->second;
    judge(circuit, now);
    if (circuit.unsettled_since == 0) waiting_.erase(key);
  }
  const bool more = at != waiting_.end();
  next_ = more ? *at : std::string();
  return more;
}

// A change within one state, as of the evidence, counts at once.
void CircuitBook::judge(Circuit& circuit, std::uint32_t now) {
  std::vector<const CircuitSession*> sessions;
  for (const PeerSlot slot : circuit.sessions) sessions.push_back(&by_slot_[slot]->session);
  CircuitFinding found = judge_circuit(sessions);
  const bool is_first = circuit.finding.state == CircuitState::Unknown;
  const bool same = found.state == circuit.finding.state;
  count(circuit, std::uint64_t{0} - 1);
  if (same || has_lasted(found.state, circuit, now)) {
    circuit.unsettled_since = 0;
    if (!same) circuit.since = now;
    if (!same && !is_first) ++circuit.changes;
    circuit.finding = std::move(found);
  } else if (is_first) {
    found.state = CircuitState::Unknown;
    found.maintenance = false;
    circuit.finding = std::move(found);
  }
  count(circuit, 1);
}

bool CircuitBook::has_lasted(CircuitState state, Circuit& circuit, std::uint32_t now) const {
  if (circuit.unsettled_since == 0) circuit.unsettled_since = now;
  const bool is_first = circuit.finding.state == CircuitState::Unknown;
  if (is_first && state == CircuitState::Redundant) return true;
  const std::uint32_t begin = is_first ? circuit.first : circuit.unsettled_since;
  // A clock that was set back counts as the end of the hold time.
  return now < begin || now - begin >= (is_first ? kFirstTime : hold_);
}

CircuitBook::Circuits::const_iterator CircuitBook::first_session_of(PeerSlot slot) const {
  if (session(slot) == nullptr) return circuits_.end();
  const Circuits::const_iterator at = by_slot_[slot]->circuit;
  return *at->second.sessions.begin() == slot ? at : circuits_.end();
}

// change: 1, or -1 as an unsigned number.
void CircuitBook::count(const Circuit& circuit, std::uint64_t change) {
  const auto state = static_cast<std::size_t>(circuit.finding.state);
  counts_.all[state] += change;
  if (circuit.finding.maintenance) counts_.maintenance[state] += change;
}

}  // namespace tern::states
