// The routes that partners of a fleet announce.
#include "tests/sim/fleet/fleet.h"

namespace tern::sim::fleet {
namespace {

constexpr Asn kFirstTransitAsn = 20001;
constexpr Asn kHijackerAsn = 39999;

}  // namespace

// A route of a customer that the partner may announce. Nothing: there is none.
std::optional<std::pair<Prefix, Announced>> Fleet::route_of(Partner partner,
                                                            const Operation& operation) const {
  const std::size_t count = plan_.prefixes.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t which = (operation.a + i) % count;
    Announced route;
    route.path = {plan_.partners[partner].asn};
    for (std::uint32_t n = operation.b % 3; n > 0; --n) {
      route.path.push_back(kFirstTransitAsn + (operation.b / 3 + n) % 5);
    }
    route.path.push_back(plan_.customers[which]);
    if (use_of(plan_, plan_.prefixes[which], route.path) != Use::Normal) continue;
    // Most partners agree where the users of a prefix are.
    const std::uint32_t bits = operation.b / 16;
    if (bits % 4 != 0) route.metro = (which + (bits / 4 % 4 == 0 ? 1 : 0)) % plan_.size.metros;
    return std::pair{plan_.prefixes[which], route};
  }
  return std::nullopt;
}

std::pair<Prefix, Announced> Fleet::hijack_of(Partner partner, const Operation& operation) const {
  const Registered& of = plan_.registered[operation.a % plan_.registered.size()];
  Announced route;
  route.path = {plan_.partners[partner].asn};
  const std::uint32_t how = operation.b % 4;
  if (how < 2) route.path.push_back(kHijackerAsn);
  if (how == 2) route.path.push_back(of.origin);
  if (operation.b / 4 % 2 == 0) route.metro = operation.b / 8 % plan_.size.metros;
  // By another origin, a part by another origin, a part that is too long by the right origin, or by
  // the partner itself.
  const auto longer = static_cast<std::uint8_t>(of.max_length + 1);
  const bool part = how == 1 || how == 2;
  return {Prefix(of.prefix.address(), part ? longer : of.prefix.length()), route};
}

// The customer, or another partner, told the partner the route, and no more.
std::pair<Prefix, Announced> Fleet::leak_of(Partner partner, const Operation& operation) const {
  const Registered& of = plan_.registered[operation.a % plan_.registered.size()];
  Announced route;
  route.path = {plan_.partners[partner].asn};
  if (!of.partners.empty() && operation.b % 2 == 0) {
    const Asn other = plan_.partners[of.partners.front()].asn;
    if (other != route.path.front()) route.path.push_back(other);
  }
  route.path.push_back(of.origin);
  if (operation.b / 2 % 2 == 0) route.metro = operation.b / 4 % plan_.size.metros;
  return {of.prefix, route};
}

void Fleet::announce(Partner partner, const std::pair<Prefix, Announced>& route) {
  Member& of = members_[partner];
  if (of.node) {
    of.node->announce(route.first, route.second);
  } else {
    of.routes[route.first] = route.second;
  }
}

void Fleet::announce_first(Partner partner) {
  for (std::uint64_t n = 1 + dice_(4); n > 0; --n) {
    Operation operation;
    operation.a = static_cast<std::uint32_t>(dice_.next() >> 33U);
    operation.b = static_cast<std::uint32_t>(dice_.next() >> 33U);
    if (const auto route = route_of(partner, operation)) announce(partner, *route);
  }
}

void Fleet::withdraw(Partner partner, std::uint32_t which) {
  Member& of = members_[partner];
  const PartnerNode::Routes& routes = of.node ? of.node->routes() : of.routes;
  if (routes.empty()) return;
  const Prefix prefix = std::next(routes.begin(), which % routes.size())->first;
  if (of.node) {
    of.node->withdraw(prefix);
  } else {
    of.routes.erase(prefix);
  }
}

void Fleet::end_hijacks(Partner partner) {
  Member& of = members_[partner];
  const PartnerNode::Routes routes = of.node ? of.node->routes() : of.routes;
  for (const auto& [prefix, route] : routes) {
    if (!against(plan_, prefix, route.path).any()) continue;
    if (of.node) {
      of.node->withdraw(prefix);
    } else {
      of.routes.erase(prefix);
    }
  }
}

}  // namespace tern::sim::fleet
