// show circuits: the circuits with their sessions, in the order of their keys.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bgpd/api/answer.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

constexpr std::size_t kCircuitPage = 256;         // circuits and sessions that one message looks at
constexpr std::size_t kMostCircuitSessions = 64;  // in one message; the others are counted

std::optional<states::CircuitState> parse_circuit_state(const std::string& text) {
  for (std::size_t i = 0; i < states::kCircuitStates; ++i) {
    const auto state = static_cast<states::CircuitState>(i);
    if (to_string(state) == text) return state;
  }
  return std::nullopt;
}

void show_session(const states::CircuitSession& session, proto::Circuit::Session& shown) {
  shown.set_neighbor(session.name);
  shown.set_address(session.address);
  shown.set_state(std::string(state_word(session)));
  if (session.router != 0) shown.set_router_id(IpAddress::v4(session.router).to_string());
  for (const Family family : kFamilies) {
    if (session.families.contains(family)) shown.add_families(std::string(to_string(family)));
  }
}

class CircuitsAnswer final : public Answer {
 public:
  CircuitsAnswer(const states::CircuitBook& book, std::string only,
                 std::optional<states::CircuitState> state)
      : book_(book), only_(std::move(only)), state_(state) {}

  [[nodiscard]] bool looks() const override { return false; }

  // Circuits come and go between two messages, so the answer goes on by the key.
  Progress next(proto::Response& response) override {
    proto::Circuits& shown = *response.mutable_circuits();
    const states::CircuitBook::Circuits& circuits = book_.circuits();
    auto at = begun_ ? circuits.upper_bound(last_) : circuits.lower_bound(only_);
    begun_ = true;
    for (std::size_t looked = 0; looked < kCircuitPage; ++looked, ++at) {
      if (at == circuits.end() || (!only_.empty() && at->first != only_)) return Progress::Done;
      last_ = at->first;
      if (!state_ || at->second.finding.state == *state_) {
        proto::Circuit& one = *shown.add_circuits();
        show(at->first, at->second, one);
        looked += static_cast<std::size_t>(one.sessions_size());
      }
    }
    return shown.circuits_size() > 0 ? Progress::Send : Progress::Working;
  }

 private:
  void show(const std::string& key, const states::CircuitBook::Circuit& circuit,
            proto::Circuit& shown) const {
    const states::CircuitFinding& finding = circuit.finding;
    shown.set_circuit(key);
    shown.set_configured(circuit.configured);
    shown.set_partner_as(circuit.partner);
    shown.set_state(std::string(to_string(finding.state)));
    shown.set_since_seconds(circuit.since);
    shown.set_maintenance(finding.maintenance);
    shown.set_connections(finding.connections);
    shown.set_in_service(finding.in_service);
    shown.set_evidence(finding.evidence);
    shown.set_changes(circuit.changes);
    for (const PeerSlot slot : circuit.sessions) {
      if (std::cmp_equal(shown.sessions_size(), kMostCircuitSessions)) break;
      show_session(*book_.session(slot), *shown.add_sessions());
    }
    const auto sessions = static_cast<std::size_t>(shown.sessions_size());
    shown.set_sessions_left_out(circuit.sessions.size() - sessions);
  }

  const states::CircuitBook& book_;
  const std::string only_;  // empty: all
  const std::optional<states::CircuitState> state_;
  bool begun_ = false;
  std::string last_;  // the last key that was looked at
};

}  // namespace

std::unique_ptr<Answer> list_circuits(const Backend& backend,
                                      const proto::CircuitsRequest& request) {
  if (backend.circuits == nullptr) return error_answer("this daemon watches no circuits");
  std::optional<states::CircuitState> state;
  if (!request.state().empty()) {
    state = parse_circuit_state(request.state());
    if (!state) {
      return error_answer(quoted(request.state()) + " is no state of a circuit: " +
                          names_text<states::CircuitState>(states::kCircuitStates));
    }
  }
  return std::make_unique<CircuitsAnswer>(*backend.circuits, request.circuit(), state);
}

}  // namespace tern::api
