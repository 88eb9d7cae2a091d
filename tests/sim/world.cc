#include "tests/sim/world.h"

#include <algorithm>
#include <utility>

#include "tests/model/naive_guard.h"
#include "tests/sim/amounts.h"

namespace tern::sim {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

model::Client without_limits(model::Client client) {
  client.limited = client.blocked = false;
  return client;
}

}  // namespace

World::World(const Scenario& scenario, Story story, Seen& seen)
    : scenario_(scenario),
      story_(std::move(story)),
      seen_(seen),
      network_(scenario.seed, scenario.members + 1) {
  const std::vector<model::Client> clients = model::clients();
  for (std::size_t i = 0; i < scenario.members; ++i) {
    // A run has the first neighbors of the model, with their slots and addresses.
    const auto slot = static_cast<PeerSlot>(i + 1);
    Party& party = parties_[slot];
    party.neighbor.client = without_limits(clients[i]);
    party.neighbor.policies = {static_cast<int>(network_.dice()(model::kPolicies)),
                               static_cast<int>(network_.dice()(model::kPolicies))};
    // At least one end connects. Where both ends do, connections collide.
    const std::uint64_t passive = network_.dice()(3);
    party.neighbor.passive = passive == 1;
    party.member_passive = passive == 2;
  }
  boot_router();
  for (auto& [slot, party] : parties_) {
    tell("neighbor " + std::to_string(slot) + ": " + describe(party.neighbor.client));
    boot(party, 0);
  }
}

void World::tell(const std::string& line) const {
  if (!story_) return;
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(network_.now() - 1h);
  const std::string fraction = std::to_string(1000 + time.count() % 1000).substr(1);
  story_(std::to_string(time.count() / 1000) + "." + fraction + " s  " + line);
}

// ---- Hosts

void World::boot_router() {
  router_ = std::make_unique<Router>(network_, host_, scenario_.shards, scenario_.most_lag);
  router_->set_vrps(table_);
  router_->set_registrations(registrations_);
  router_->set_costs(costs_);
  for (auto& [slot, party] : parties_) {
    router_->configure(party.neighbor);
    if (party.disabled) router_->disable(slot);
    party.expired[0] = 0;
  }
  originate_all();
}

// how: see model::vary(); 0: the neighbor returns unchanged.
void World::boot(Party& party, std::uint32_t how) {
  const PeerSlot slot = party.neighbor.client.slot;
  if (how != 0) {
    Neighbor changed = party.neighbor;
    changed.client = without_limits(model::vary(model::clients()[slot - 1], how));
    if (!(changed == party.neighbor)) {
      party.neighbor = changed;
      if (router_) router_->configure(party.neighbor);
      if (router_ && party.disabled) router_->disable(slot);
    }
  }
  ++party.boots;
  party.expired[1] = 0;
  party.member = std::make_unique<Member>(network_, party.neighbor.client, party.member_passive);
  announce_some(party);
  party.member->start();
}

// Advertises the first table of a neighbor.
void World::announce_some(Party& party) {
  for (std::uint64_t n = network_.dice()(12); n > 0; --n) {
    party.member->announce(static_cast<std::uint32_t>(network_.dice()(1U << 31U)),
                           static_cast<std::uint32_t>(network_.dice()(1U << 31U)));
  }
}

void World::stop(Party& party, bool silent, Time away, std::uint32_t how) {
  if (!party.member) return;
  const PeerSlot slot = party.neighbor.client.slot;
  if (silent) {
    party.member->lose_power();
    network_.cut_off(slot, true);
  }
  party.member.reset();
  disturb(party, network_.now() + away);
  network_.after(away, [this, slot, how, boots = party.boots] {
    Party& back = parties_.at(slot);
    if (back.member || back.boots != boots) return;
    network_.cut_off(slot, false);
    boot(back, how);
    tell("neighbor " + std::to_string(slot) + " is back: " + describe(back.neighbor.client));
  });
}

void World::disturb(Party& party, Time until) {
  party.disturbed = std::max(party.disturbed, until);
}

void World::disturb_all(Time until) {
  for (auto& each : parties_) disturb(each.second, until);
}

// ---- Operations

std::optional<std::string> World::apply(const Operation& operation) {
  if (story_) tell(to_string(operation) + "  // " + words(operation));
  const auto found = parties_.find(operation.slot);
  if (found == parties_.end()) return std::nullopt;
  Party& party = found->second;
  const PeerSlot slot = operation.slot;
  const Time now = network_.now();
  Member* const member = party.member.get();
  Link* const link = router_ ? router_->link(slot) : nullptr;
  const bool here = link != nullptr && link->established();
  switch (operation.kind) {
    case Kind::Announce:
      if (member != nullptr) member->announce(operation.a, operation.b);
      break;
    case Kind::Withdraw:
      if (member != nullptr) member->withdraw(operation.a, operation.b);
      break;
    case Kind::Garbage:
      if (member != nullptr) member->send_garbage();
      break;
    case Kind::Ask:
      if (member != nullptr) member->ask_for_refresh(kFamilies[operation.a % kFamilyCount]);
      break;
    case Kind::RouterAsks:
      if (link != nullptr) router_->ask_for_refresh(slot);
      break;
    case Kind::Demarcate:
      if (member != nullptr)
        member->demarcate(kFamilies[operation.a % kFamilyCount], operation.b % 2 == 0);
      break;
    case Kind::Slow:
      if (member == nullptr || !member->established()) break;
      disturb(party, now + milliseconds(operation.a, kMostSlow));
      member->socket().pause(now + milliseconds(operation.a, kMostSlow));
      break;
    case Kind::RouterSlow:
      if (!here) break;
      disturb(party, now + milliseconds(operation.a, kMostSlow));
      link->socket().pause(now + milliseconds(operation.a, kMostSlow));
      break;
    case Kind::Lose:
      lose(party, operation);
      break;
    case Kind::CutOff:
      if (member == nullptr) break;
      disturb(party, now + milliseconds(operation.a, kMostCutOff));
      network_.cut_off(slot, true);
      network_.after(milliseconds(operation.a, kMostCutOff), [this, slot] {
        if (parties_.at(slot).member) network_.cut_off(slot, false);
      });
      break;
    case Kind::Restart:
    case Kind::PowerOff:
      stop(party, operation.kind == Kind::PowerOff, milliseconds(operation.a, kMostAway),
           operation.b % 2 == 0 ? 0 : operation.b);
      break;
    case Kind::RouterRestart: {
      if (!router_) break;
      if (operation.b % 2 == 0) router_->lose_power();
      router_.reset();
      const Time away = milliseconds(operation.a, kMostRouterAway);
      disturb_all(now + away);
      network_.after(away, [this] {
        if (!router_) boot_router();
      });
      break;
    }
    case Kind::Disable:
    case Kind::Enable:
      party.disabled = operation.kind == Kind::Disable;
      if (link != nullptr) party.disabled ? router_->disable(slot) : router_->enable(slot);
      break;
    case Kind::Reset:
      reset(party, operation.b % 2 == 0);
      break;
    case Kind::StepClock:
      step_clock(party, operation);
      break;
    case Kind::PartialWrites:
      network_.set_partial_writes(operation.a % 2 == 1);
      break;
    case Kind::Policy:
      party.neighbor.policies = {static_cast<int>(operation.a % model::kPolicies),
                                 static_cast<int>(operation.b % model::kPolicies)};
      if (link != nullptr) router_->configure(party.neighbor);
      if (link != nullptr && party.disabled) router_->disable(slot);
      break;
    case Kind::Vrps:
      set_vrps(operation);
      break;
    case Kind::Register:
      registrations_ = static_cast<int>(operation.a % model::kRegistrations);
      if (router_) router_->set_registrations(registrations_);
      break;
    case Kind::Drain:
      party.neighbor.policies.drained = !party.neighbor.policies.drained;
      if (link != nullptr) router_->set_drained(slot, party.neighbor.policies.drained);
      break;
    case Kind::DefaultRoute:
      set_default_route(party, operation);
      break;
    case Kind::NextHop:
    case Kind::Interface:
    case Kind::Resolution:
      change_host(operation);
      break;
    case Kind::Originate:
      originate(operation);
      break;
    case Kind::Aggregate:
      set_aggregate(operation);
      break;
    case Kind::DrainPop:
      drain_pop();
      break;
    case Kind::Costs:
      costs_ = static_cast<int>(operation.a % model::kNetworks);
      if (router_) router_->set_costs(costs_);
      break;
    case Kind::Degrade:
      party.neighbor.policies.added = added_cost(operation.a);
      if (link != nullptr) router_->set_added_cost(slot, party.neighbor.policies.added);
      break;
    case Kind::Wait:
      return pass(milliseconds(operation.a, operation.b % 4 == 0 ? 60'000 : 500));
    case Kind::Settle:
    case Kind::kCount:
      return settle();
  }
  return look();
}

void World::change_host(const Operation& operation) {
  if (operation.kind == Kind::NextHop) {
    const IpAddress next_hop = model::change_next_hop(operation.a, operation.b, host_);
    if (router_) router_->host_route_changed(next_hop);
  } else if (operation.kind == Kind::Interface) {
    host_.link = !host_.link;
    if (router_) router_->link_changed();
  } else {
    configure_next_hops(operation.a, host_);
    if (router_) router_->resolution_changed();
  }
}

void World::set_vrps(const Operation& operation) {
  const policy::VrpTable::Ptr before = std::exchange(table_, nullptr);
  vrps_.reset();
  if (operation.b % 4 != 0) {
    vrps_ = model::vrps_of(operation.a);
    table_ = policy::VrpTable::build(*vrps_);
    // Like the changes of a cache.
    if (before) table_ = before->changed(policy::VrpTable::delta(*before, *table_));
  }
  if (router_) router_->set_vrps(table_);
}

void World::lose(Party& party, const Operation& operation) {
  const bool at_router = operation.b % 2 == 0;
  Link* const link = at_router ? (router_ ? router_->link(operation.slot) : nullptr)
                               : static_cast<Link*>(party.member.get());
  if (link != nullptr && link->established()) link->socket().lose_after(operation.a % kMostLeft);
}

void World::reset(Party& party, bool by_router) {
  if (by_router && router_) router_->reset(party.neighbor.client.slot);
  if (!by_router && party.member) {
    party.member->handle(fsm::Reset{
        wire::Notification::administrative(wire::cease::kAdministrativeReset, {}), false});
  }
}

void World::step_clock(Party& party, const Operation& operation) {
  const bool routers = operation.b % 3 == 0;
  const Host host = routers ? Router::kHost : party.neighbor.client.slot;
  network_.step_clock(host, std::chrono::minutes(1 + operation.a % kMostStep));
  routers ? disturb_all(network_.now()) : disturb(party, network_.now());
  if (routers && router_) router_->clock_stepped();
  if (!routers && party.member) party.member->clock_stepped();
}

}  // namespace tern::sim
