#include "bgpd/states/circuit_judge.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "bgpd/events/event.h"
#include "rib/types/ip_address.h"
#include "rib/types/one_line.h"

namespace tern::states {
namespace {

using Sessions = std::vector<const CircuitSession*>;

constexpr std::size_t kMostNamedSessions = 8;  // in one text of evidence

// A session whose router is not known counts as one of a router of its own.
using Router = std::pair<std::uint32_t, const CircuitSession*>;
Router router_of(const CircuitSession& session) {
  return {session.router, session.router == 0 ? &session : nullptr};
}

// "edge-2 is down, edge-3 is drained"
std::string missing_text(const Sessions& sessions) {
  std::string text;
  std::size_t count = 0;
  for (const CircuitSession* session : sessions) {
    if (session->in_service() || ++count > kMostNamedSessions) continue;
    text += (text.empty() ? "" : ", ") + session->name + " is " + std::string(state_word(*session));
  }
  if (count > kMostNamedSessions) {
    text += " and " + std::to_string(count - kMostNamedSessions) + " more";
  }
  return text;
}

// "edge-1 and edge-2 are one router, 10.0.0.1"
std::string shared_router_text(const Sessions& sessions) {
  std::map<std::uint32_t, std::vector<std::string>> names;  // by BGP Identifier
  for (const CircuitSession* session : sessions) {
    if (session->router != 0) names[session->router].push_back(session->name);
  }
  for (const auto& [router, of] : names) {
    if (of.size() < 2) continue;
    return of[0] + " and " + of[1] + " are one router, " + IpAddress::v4(router).to_string();
  }
  return {};
}

std::string evidence_of(const CircuitFinding& finding, const Sessions& sessions) {
  if (finding.state == CircuitState::Redundant) return {};
  std::string text;
  if (finding.connections < 2) {
    const std::string shared = shared_router_text(sessions);
    text = "one connection" + (shared.empty() ? " is configured" : ": " + shared);
  } else {
    text = std::to_string(finding.in_service) + " of " + std::to_string(finding.connections) +
           " connections in service";
  }
  const std::string missing = missing_text(sessions);
  if (!missing.empty()) text += ": " + missing;
  return std::string(cut_utf8(text, events::kMostText));
}

// sessions: those with one family, at least one.
CircuitFinding judge_family(const Sessions& sessions) {
  std::set<Router> configured;
  std::set<Router> in_service;
  bool any_up = false;
  bool any_fault = false;
  CircuitFinding finding;
  for (const CircuitSession* session : sessions) {
    configured.insert(router_of(*session));
    any_up |= session->established;
    if (session->in_service()) {
      in_service.insert(router_of(*session));
      continue;
    }
    any_fault |= !session->in_maintenance();
    if (finding.missing.empty()) finding.missing = session->name;
  }
  finding.connections = static_cast<std::uint32_t>(configured.size());
  finding.in_service = static_cast<std::uint32_t>(in_service.size());
  if (!any_up) {
    finding.state = CircuitState::Down;
  } else if (configured.size() < 2) {
    finding.state = CircuitState::SingleHomed;
  } else if (in_service.size() < 2) {
    finding.state = CircuitState::PairDegraded;
  } else {
    finding.state = CircuitState::Redundant;
    finding.missing.clear();
  }
  finding.maintenance =
      finding.state != CircuitState::Redundant && !finding.missing.empty() && !any_fault;
  finding.evidence = evidence_of(finding, sessions);
  return finding;
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
    Sessions of_family;
    for (const CircuitSession* session : sessions) {
      if (session->families.contains(family)) of_family.push_back(session);
    }
    if (!of_family.empty()) found.push_back({name, judge_family(of_family)});
  }
  // Sessions for other families alone are connections, too.
  if (found.empty()) return judge_family(sessions);
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
