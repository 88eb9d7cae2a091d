#include "tests/sim/fleet/oracle.h"

#include <algorithm>
#include <limits>

namespace tern::sim::fleet {
namespace {

constexpr std::uint64_t kFarthest = std::numeric_limits<std::uint64_t>::max();

template <typename T>
std::size_t place_in(const std::vector<T>& order, const T& what) {
  if (order.empty()) return 0;
  const auto found = std::ranges::find(order, what);
  return found == order.end() ? Oracle::kUnlisted : static_cast<std::size_t>(found - order.begin());
}

}  // namespace

Against against(const Plan& plan, const Prefix& prefix, const std::vector<Asn>& path) {
  Against found;
  const auto registration = plan.registration(prefix);
  if (!registration) return found;
  const Registered& of = plan.registered[*registration];
  const bool other_origin = path.back() != of.origin;
  if (prefix == of.prefix) {
    found.origin = other_origin;
  } else {
    found.more_specific = other_origin || prefix.length() > of.max_length;
  }
  found.partner = !of.partners.empty() && std::ranges::none_of(of.partners, [&](Partner partner) {
    return plan.partners[partner].asn == path.front();
  });
  return found;
}

Use use_of(const Plan& plan, const Prefix& prefix, const std::vector<Asn>& path) {
  const Against found = against(plan, prefix, path);
  if (!found.any()) return Use::Normal;
  const Registered& of = plan.registered[*plan.registration(prefix)];
  if (of.emergency == Emergency::Nothing || prefix != of.prefix) return Use::Never;
  if (!found.origin) return Use::OtherPartner;
  return of.emergency == Emergency::Anything ? Use::LastResort : Use::Never;
}

Oracle::Oracle(const Plan& plan, const Orders& orders)
    : plan_(plan),
      orders_(orders),
      sessions_(plan.routers(), std::vector<bool>(plan.routers(), false)) {}

void Oracle::add(const Session& session, const Prefix& prefix, const Announced& route) {
  Routes& routes = routes_[prefix];
  routes.by_pop.resize(plan_.size.pops);
  routes.by_pop[session.second].push_back({session.second, session.first, route});
}

void Oracle::connect(Host a, Host b) { sessions_[a][b] = sessions_[b][a] = true; }

// Directly, or over a reflector that has sessions with both.
bool Oracle::hears(Pop from, Pop to) const {
  if (sessions_[from][to]) return true;
  for (Host reflector = plan_.size.pops; reflector < plan_.routers(); ++reflector) {
    if (sessions_[from][reflector] && sessions_[reflector][to]) return true;
  }
  return false;
}

// ---- Of two routes

bool Oracle::is_ordered(std::size_t registration) const {
  const Order& order = orders_.registered[registration];
  return !order.partners.empty() || !order.pops.empty();
}

Oracle::Place Oracle::place(const Prefix& prefix, const Choice& choice) const {
  Place place;
  const auto registration = plan_.registration(prefix);
  if (!registration) return place;
  const Order& order = orders_.registered[*registration];
  place.last_resort = use_of(plan_, prefix, choice.route.path) == Use::LastResort;
  place.partner = place_in(order.partners, choice.partner);
  place.pop = place_in(order.pops, choice.exit);
  place.leaving = (place.last_resort || is_ordered(*registration)) && local_pref(choice) == 0;
  return place;
}

// A route without a place of its users is the farthest.
std::uint64_t Oracle::cost(Pop pop, const Choice& choice) const {
  const PartnerPlan& partner = plan_.partners[choice.partner];
  const auto metro = choice.route.metro ? choice.route.metro : partner.place;
  if (!metro) return kFarthest;
  const std::uint64_t to_users = orders_.costs.last_mile[choice.exit][*metro];
  const std::uint64_t to_exit = orders_.costs.backbone[pop][choice.exit];
  const std::uint64_t added = orders_.added_to({choice.partner, choice.exit});
  switch (plan_.mode) {
    case Mode::ColdPotato:
      return to_users + added;
    case Mode::Total:
      return to_users + to_exit + added;
    case Mode::Weighted:
      return to_users + to_exit * plan_.backbone_percent / 100 + added;
    case Mode::HotPotato:
      return to_exit + added;
  }
  return kFarthest;
}

std::int64_t Oracle::local_pref(const Choice& choice) const {
  if (orders_.is_drained({choice.partner, choice.exit})) return 0;
  return plan_.partners[choice.partner].local_pref;
}

Oracle::Key Oracle::key(Pop pop, const Prefix& prefix, const Choice& choice) const {
  const bool own = choice.exit == pop;
  return {place(prefix, choice),
          -local_pref(choice),
          cost(pop, choice),
          choice.route.path.size(),
          !own,
          own ? plan_.host_of(choice.partner) : choice.exit};
}

// ---- Of all PoPs

void Oracle::keep_better(Pop pop, const Prefix& prefix, const Choice& other,
                         std::optional<Choice>& best) const {
  if (!best || key(pop, prefix, other) < key(pop, prefix, *best)) best = other;
}

// A PoP tells the other PoPs the route of a partner that it uses itself, and no other. So the PoPs
// begin with the routes of their partners, and choose again until no PoP chooses otherwise.
bool Oracle::solve(const Prefix& prefix, Routes& routes) const {
  const std::size_t pops = plan_.size.pops;
  std::vector<std::optional<Choice>> own(pops);
  for (Pop pop = 0; pop < pops; ++pop) {
    for (const Choice& one : routes.by_pop[pop]) {
      if (use_of(plan_, prefix, one.route.path) == Use::Never) continue;
      keep_better(pop, prefix, one, own[pop]);
    }
  }
  routes.chosen = own;
  for (std::size_t round = 0; round < pops + 2; ++round) {
    std::vector<std::optional<Choice>> next = own;
    for (Pop from = 0; from < pops; ++from) {
      if (!routes.chosen[from] || routes.chosen[from]->exit != from) continue;
      for (Pop to = 0; to < pops; ++to) {
        if (from != to && hears(from, to)) keep_better(to, prefix, *own[from], next[to]);
      }
    }
    if (next == routes.chosen) return true;
    routes.chosen = std::move(next);
  }
  return false;
}

std::optional<std::string> Oracle::solve() {
  for (auto& [prefix, routes] : routes_) {
    if (!solve(prefix, routes)) return "the oracle finds no rest for " + prefix.to_string();
  }
  return std::nullopt;
}

const Choice* Oracle::choice(Pop pop, const Prefix& prefix) const {
  const auto found = routes_.find(prefix);
  if (found == routes_.end() || !found->second.chosen[pop]) return nullptr;
  return &*found->second.chosen[pop];
}

std::vector<Prefix> Oracle::prefixes() const {
  std::vector<Prefix> all;
  for (const auto& each : routes_) all.push_back(each.first);
  return all;
}

std::vector<Oracle::Heard> Oracle::heard(Pop pop, std::size_t registration) const {
  std::vector<Heard> all;
  for (const auto& [prefix, routes] : routes_) {
    if (!plan_.registered[registration].prefix.covers(prefix)) continue;
    for (const Choice& one : routes.by_pop[pop]) all.push_back({prefix, one.partner, one.route});
  }
  return all;
}

}  // namespace tern::sim::fleet
