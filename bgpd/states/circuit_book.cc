#include "bgpd/states/circuit_book.h"

#include <optional>
#include <utility>
#include <vector>

#include "bgpd/states/circuit_judge.h"

namespace tern::states {
namespace {

std::string circuit_key(const CircuitSession& session) {
  return session.circuit.empty() ? "AS " + std::to_string(session.asn) : session.circuit;
}

// A clock that was set back counts as the end of the time.
bool has_passed(std::uint32_t begin, std::uint32_t seconds, std::uint32_t now) {
  return now < begin || now - begin >= seconds;
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
  const bool is_same = known && known->session.address == session.address;
  known = Known{std::move(session), at, is_same ? known->first : now};
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
  for (std::size_t judged = 0; judged < most && at != waiting_.end();) {
    const auto key = at++;
    Circuit& circuit = circuits_.find(*key)->second;
    judged += circuit.sessions.size();
    if (!judge(circuit, now)) waiting_.erase(key);
  }
  const bool more = at != waiting_.end();
  next_ = more ? *at : std::string();
  return more;
}

bool CircuitBook::is_awaited(const Known& known, std::uint32_t now) {
  return !known.session.was_up() && !has_passed(known.first, kFirstTime, now);
}

// A change within one state, as of the evidence, counts at once. While all sessions are awaited, no
// state counts, and the state that counted before stays.
bool CircuitBook::judge(Circuit& circuit, std::uint32_t now) {
  std::vector<const CircuitSession*> all;
  std::vector<const CircuitSession*> due;
  for (const PeerSlot slot : circuit.sessions) {
    all.push_back(&by_slot_[slot]->session);
    if (!is_awaited(*by_slot_[slot], now)) due.push_back(all.back());
  }
  const bool is_first = circuit.finding.state == CircuitState::Unknown;
  if (due.empty() && !is_first) return true;
  CircuitFinding found = judge_circuit(due.empty() ? all : due);
  const auto other = due.empty() ? std::nullopt : lasting(found.state, circuit, now);
  const bool waits =
      due.size() < all.size() || found.state != other.value_or(circuit.finding.state);
  count(circuit, std::uint64_t{0} - 1);
  if (other) {
    circuit.since = now;
    if (!is_first) ++circuit.changes;
    found.state = *other;
    circuit.finding = std::move(found);
  } else if (is_first) {
    found.state = CircuitState::Unknown;
    found.maintenance = false;
    circuit.finding = std::move(found);
  } else if (found.state == circuit.finding.state) {
    circuit.finding = std::move(found);
  }
  count(circuit, 1);
  return waits;
}

std::optional<CircuitState> CircuitBook::lasting(CircuitState found, Circuit& circuit,
                                                 std::uint32_t now) const {
  const CircuitState counts = circuit.finding.state;
  for (std::size_t i = 0; i < kCircuitStates; ++i) {
    std::uint32_t& since = circuit.at_least[i];
    since = found < static_cast<CircuitState>(i) ? 0 : since == 0 ? now : since;
  }
  if (found >= counts) circuit.lighter_since = 0;
  if (found == counts) return std::nullopt;
  if (counts == CircuitState::Unknown) {
    const bool counts_now =
        found == CircuitState::Redundant || has_passed(circuit.first, kFirstTime, now);
    return counts_now ? std::optional(found) : std::nullopt;
  }
  if (found < counts) {
    if (circuit.lighter_since == 0) circuit.lighter_since = now;
    return has_passed(circuit.lighter_since, hold_, now) ? std::optional(found) : std::nullopt;
  }
  const auto has_lasted = [&](CircuitState state) {
    return state > counts &&
           has_passed(circuit.at_least[static_cast<std::size_t>(state)], hold_, now);
  };
  if (has_lasted(found)) return found;
  return has_lasted(CircuitState::PairDegraded) && found == CircuitState::Down
             ? std::optional(CircuitState::PairDegraded)
             : std::nullopt;
}

// change: 1, or -1 as an unsigned number.
void CircuitBook::count(const Circuit& circuit, std::uint64_t change) {
  const auto state = static_cast<std::size_t>(circuit.finding.state);
  counts_.all[state] += change;
  if (circuit.finding.maintenance) counts_.maintenance[state] += change;
}

}  // namespace tern::states
