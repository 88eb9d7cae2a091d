#include "bgpd/states/circuit_judge.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "bgpd/events/event.h"
#include "rib/types/ip_address.h"
#include "rib/types/one_line.h"

namespace tern::states {
namespace {

using Sessions = std::vector<const CircuitSession*>;

constexpr std::size_t kMostNamedSessions = 8;  // in one text of evidence

// Of all families where nullopt.
using OfOneFamily = std::optional<Family>;

// BGP Identifiers are unique within an AS alone (RFC 6286). A session whose router is not known
// counts as one of a router of its own.
using Router = std::tuple<Asn, std::uint32_t, const CircuitSession*>;
Router router_of(const CircuitSession& session) {
  return {session.asn, session.router, session.router == 0 ? &session : nullptr};
}

bool lacks(const CircuitSession& session, OfOneFamily family) {
  return family && session.established && !session.families.contains(*family);
}

bool in_service(const CircuitSession& session, OfOneFamily family) {
  return session.in_service() && !lacks(session, family);
}

// "edge-2 is down, edge-3 is drained, edge-4 is up without ipv6-unicast"
std::string missing_text(const Sessions& sessions, OfOneFamily family) {
  std::string text;
  std::size_t count = 0;
  for (const CircuitSession* session : sessions) {
    if (in_service(*session, family) || ++count > kMostNamedSessions) continue;
    text += (text.empty() ? "" : ", ") + session->name + " is " + std::string(state_word(*session));
    if (lacks(*session, family)) text += " without " + std::string(to_string(*family));
  }
  if (count > kMostNamedSessions) {
    text += " and " + std::to_string(count - kMostNamedSessions) + " more";
  }
  return text;
}

// "edge-1 and edge-2 are one router, 10.0.0.1"
std::string shared_router_text(const Sessions& sessions) {
  std::map<Router, std::vector<std::string>> names;
  for (const CircuitSession* session : sessions) {
    if (session->router != 0) names[router_of(*session)].push_back(session->name);
  }
  for (const auto& [router, of] : names) {
    if (of.size() < 2) continue;
    return of[0] + " and " + of[1] + " are one router, " +
           IpAddress::v4(std::get<1>(router)).to_string();
  }
  return {};
}

std::string circuit_evidence(const CircuitFinding& finding, const Sessions& sessions,
                             OfOneFamily family) {
  if (finding.state == CircuitState::Redundant) return {};
  std::string text;
  if (finding.connections < 2) {
    const std::string shared = shared_router_text(sessions);
    text = "one connection" + (shared.empty() ? " is configured" : ": " + shared);
  } else {
    text = std::to_string(finding.in_service) + " of " + std::to_string(finding.connections) +
           " connections in service";
  }
  const std::string missing = missing_text(sessions, family);
  if (!missing.empty()) text += ": " + missing;
  return std::string(cut_utf8(text, events::kMostText));
}

CircuitState state_of(std::size_t configured, std::size_t in_service, bool any_up) {
  if (!any_up) return CircuitState::Down;
  if (configured < 2) return CircuitState::SingleHomed;
  return in_service < 2 ? CircuitState::PairDegraded : CircuitState::Redundant;
}

// sessions: those from which the family is expected, at least one.
CircuitFinding judge_family(const Sessions& sessions, OfOneFamily family) {
  std::set<Router> configured;
  std::set<Router> serving;
  bool any_up = false;
  bool any_fault = false;
  CircuitFinding finding;
  for (const CircuitSession* session : sessions) {
    configured.insert(router_of(*session));
    any_up |= session->established && !lacks(*session, family);
    if (in_service(*session, family)) {
      serving.insert(router_of(*session));
      continue;
    }
    const bool is_fault = !session->in_maintenance();
    if (finding.missing.empty() || (is_fault && !any_fault)) finding.missing = session->name;
    any_fault |= is_fault;
  }
  finding.connections = static_cast<std::uint32_t>(configured.size());
  finding.in_service = static_cast<std::uint32_t>(serving.size());
  finding.state = state_of(configured.size(), serving.size(), any_up);
  if (finding.state == CircuitState::Redundant) finding.missing.clear();
  finding.maintenance = !finding.missing.empty() && !any_fault;
  finding.evidence = circuit_evidence(finding, sessions, family);
  return finding;
}

// A session is expected to have a family that is configured, and that a session of the circuit
// negotiated. Before the first session of the circuit, configured families are expected.
Sessions expected_to_have(const Sessions& sessions, Family family) {
  const auto negotiated = [family](const CircuitSession* one) {
    return one->was_up() && one->families.contains(family);
  };
  const auto was_up = [](const CircuitSession* one) { return one->was_up(); };
  const bool any = std::ranges::any_of(sessions, was_up);
  if (any && std::ranges::none_of(sessions, negotiated)) return {};
  Sessions expected;
  for (const CircuitSession* one : sessions) {
    if (one->families.contains(family) || one->lacking.contains(family)) expected.push_back(one);
  }
  return expected;
}

}  // namespace

CircuitFinding judge_circuit(const Sessions& sessions) {
  struct OfFamily {
    const char* name;
    CircuitFinding finding;
  };
  std::vector<OfFamily> found;
  for (const auto& [family, name] :
       {std::pair{Family::Ipv4Unicast, "IPv4"}, std::pair{Family::Ipv6Unicast, "IPv6"}}) {
    const Sessions expected = expected_to_have(sessions, family);
    if (!expected.empty()) found.push_back({name, judge_family(expected, family)});
  }
  // Sessions for other families alone are connections, too.
  if (found.empty()) return judge_family(sessions, std::nullopt);
  const auto worse = [](const OfFamily& a, const OfFamily& b) {
    // A fault weighs more than maintenance.
    return std::pair(a.finding.state, !a.finding.maintenance) <
           std::pair(b.finding.state, !b.finding.maintenance);
  };
  CircuitFinding worst = std::ranges::max_element(found, worse)->finding;
  if (found.size() == 1 || found[0].finding.evidence == found[1].finding.evidence) {
    return worst;
  }
  worst.evidence.clear();
  for (const OfFamily& one : found) {
    if (one.finding.evidence.empty()) continue;
    worst.evidence +=
        (worst.evidence.empty() ? "" : "; ") + std::string(one.name) + ": " + one.finding.evidence;
  }
  worst.evidence = std::string(cut_utf8(worst.evidence, events::kMostText));
  return worst;
}

}  // namespace tern::states
