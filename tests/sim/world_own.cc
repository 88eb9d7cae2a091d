// Routes of the router's own: operations, and when neighbors must have them.
#include <algorithm>
#include <utility>
#include <vector>

#include "tests/model/sessions.h"
#include "tests/sim/own_rules.h"
#include "tests/sim/world.h"

namespace tern::sim {
namespace {

using model::NaiveRib;

constexpr std::uint32_t kAggregatorId = 0x0A0000FE;

// The attributes of RFC 4271 sections 5.1.6 and 5.1.7, and no AS_SET (RFC 9774).
PathAttributes attributes_of_aggregate(const Prefix& prefix) {
  PathAttributes attributes;
  attributes.origin = Origin::Igp;
  attributes.next_hop.global = IpAddress::unspecified(prefix.address().version());
  attributes.atomic_aggregate = true;
  attributes.aggregator = Aggregator{model::kOurAsn, IpAddress::v4(kAggregatorId)};
  return attributes;
}

bool is_tagged(const PathAttributes& attributes) {
  return carries(attributes, Community::of(model::kOurAsn, kContributorTag));
}

}  // namespace

// A prefix is a network or an aggregate: the first one stays.
void World::originate(const Operation& operation) {
  model::OwnChange change = model::own_change(operation.a, operation.b);
  std::erase_if(change.nlri, [&](const Nlri& nlri) {
    return nlri == unicast(nlri.prefix) && own_.aggregates.contains(nlri.prefix);
  });
  if (change.nlri.empty()) return;
  const int when = condition_of(operation.b / 2);
  for (const Nlri& nlri : change.nlri) {
    own_.networks.erase(nlri);
    if (change.attributes) own_.networks[nlri] = {*change.attributes, when};
  }
  if (router_) router_->originate(change, when);
}

std::optional<Aggregate> World::aggregate_of(const Operation& operation) {
  if (operation.b % 4 == 0) return std::nullopt;
  return Aggregate{operation.b / 4 % 2 == 0, operation.b / 8 % 4 == 0,
                   condition_of(operation.b / 32)};
}

void World::set_aggregate(const Operation& operation) {
  const Prefix& prefix = aggregate_prefix(operation.a);
  if (own_.networks.contains(unicast(prefix))) return;
  const auto aggregate = aggregate_of(operation);
  own_.aggregates.erase(prefix);
  if (aggregate) own_.aggregates[prefix] = *aggregate;
  if (router_) router_->set_aggregate(prefix, aggregate);
}

void World::drain_pop() {
  own_.pop_drained = !own_.pop_drained;
  if (router_) router_->set_pop_drained(own_.pop_drained);
}

void World::set_default_route(Party& party, const Operation& operation) {
  party.neighbor.policies.default_route = static_cast<int>(operation.a % model::kDefaultRoutes);
  party.neighbor.default_when = condition_of(operation.b);
  if (router_) {
    router_->set_default_route(operation.slot, party.neighbor.policies.default_route,
                               party.neighbor.default_when);
  }
}

// The configuration of a router that starts.
void World::originate_all() {
  router_->set_pop_drained(own_.pop_drained);
  for (const auto& [nlri, network] : own_.networks) {
    router_->originate({{nlri}, network.attributes}, network.when);
  }
  for (const auto& [prefix, aggregate] : own_.aggregates) router_->set_aggregate(prefix, aggregate);
}

void World::end_own_routes() {
  for (const auto& [nlri, network] : std::exchange(own_.networks, {})) {
    router_->originate({{nlri}, std::nullopt}, 0);
  }
  for (const auto& [prefix, aggregate] : std::exchange(own_.aggregates, {})) {
    router_->set_aggregate(prefix, std::nullopt);
  }
}

// ---- What neighbors must have

bool World::holds(const session::Requirement& requirement, const NaiveRib::Ranked& received) const {
  using Asked = session::Requirement::Kind;
  switch (requirement.kind) {
    case Asked::PopDrained:
      return own_.pop_drained == requirement.drained;
    case Asked::Sessions:
      return requirement.at_least <= std::ranges::count_if(parties_, [&](const auto& each) {
               return group_of(each.first) == requirement.group;
             });
    case Asked::Interface:
      return host_.link;
    case Asked::NextHop:
      return metric_of(requirement.next_hop, host_, model::covers_of(router_->next_hops()))
          .has_value();
    case Asked::Route:
      break;
  }
  const session::RouteQuestion& asked = requirement.route;
  return std::ranges::any_of(received, [&](const auto& each) {
    const Prefix& prefix = each.first.prefix;
    if (each.first != unicast(prefix)) return false;
    if (asked.covered ? !asked.prefix.covers(prefix) : asked.prefix != prefix) return false;
    return std::ranges::any_of(each.second, [&](const NaiveRib::Path& path) {
      return asked.group.empty() || group_of(path.from->slot) == asked.group;
    });
  });
}

// received: the accepted routes of neighbors alone.
bool World::holds(int when, const NaiveRib::Ranked& received) const {
  if (when == 0) return true;
  const session::ConditionSettings& of = condition(when);
  std::size_t count = 0;
  for (const session::Requirement& each : of.requirements) count += holds(each, received) ? 1 : 0;
  return of.any ? count > 0 : count == of.requirements.size();
}

// Whether a more specific route contributes. originated: the aggregates that the router originates.
bool World::has_contributor(const Prefix& prefix, const Aggregate& aggregate,
                            const NaiveRib::Ranked& all, const std::set<Prefix>& originated) const {
  return std::ranges::any_of(all, [&](const auto& each) {
    const Prefix& more = each.first.prefix;
    if (each.first != unicast(more) || more == prefix || !prefix.covers(more)) return false;
    if (originated.contains(more)) return false;
    return !aggregate.tagged || is_tagged(each.second.front().attributes);
  });
}

void World::add_own_routes(NaiveRib& naive) {
  const NaiveRib::Ranked received = naive.ranked();
  for (int when = 1; when < kConditions; ++when) {
    for (const session::Requirement& each : condition(when).requirements) {
      if (each.kind == session::Requirement::Kind::NextHop) {
        naive.asked_about.insert(each.next_hop);
      }
    }
  }
  for (const auto& [slot, party] : parties_) {
    if (holds(party.neighbor.default_when, received)) continue;
    naive.policies[slot].default_route = 0;
    ++seen_.withheld;
  }
  for (const auto& [nlri, network] : own_.networks) {
    const bool there = holds(network.when, received);
    if (there) naive.own[nlri] = network.attributes;
    if (network.when != 0) ++(there ? seen_.conditional : seen_.withheld);
  }
  const NaiveRib::Ranked all = naive.ranked();
  std::vector<std::pair<Prefix, Aggregate>> aggregates(own_.aggregates.begin(),
                                                       own_.aggregates.end());
  std::ranges::sort(aggregates, std::greater{},
                    [](const auto& each) { return each.first.length(); });
  std::set<Prefix> originated;
  for (const auto& [prefix, aggregate] : aggregates) {
    const bool there =
        holds(aggregate.when, received) && has_contributor(prefix, aggregate, all, originated);
    ++(there ? seen_.aggregates : seen_.withheld);
    if (!there) continue;
    originated.insert(prefix);
    naive.own[unicast(prefix)] = attributes_of_aggregate(prefix);
    if (aggregate.summary_only) naive.summaries.push_back(prefix);
  }
}

}  // namespace tern::sim
