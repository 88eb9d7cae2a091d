#include "tests/sim/fleet/fleet.h"

#include <algorithm>
#include <array>

#include "tests/sim/amounts.h"

namespace tern::sim::fleet {
namespace {

using namespace std::chrono_literals;
using Kind = Operation::Kind;

constexpr std::uint32_t kMostOrderDelay = 2000;  // milliseconds until an order is at a router

std::uint32_t degradation_of(std::uint32_t bits) {
  constexpr std::array<std::uint32_t, 4> kAdded{0, 3000, 12'000, 60'000};  // microseconds
  return kAdded[bits % kAdded.size()];
}

}  // namespace

Fleet::Fleet(const Scenario& scenario, Story story, Seen& seen)
    : scenario_(scenario),
      story_(std::move(story)),
      seen_(seen),
      dice_(Dice(scenario.seed + 1).next()),
      plan_(make_plan(scenario.size, dice_)),
      orders_(first_orders(plan_, dice_)),
      watch_(plan_),
      network_(scenario.seed, plan_.hosts()),
      routers_(plan_.routers()),
      members_(plan_.size.partners) {
  // At least one end connects. Where both ends do, connections collide.
  for_each_pair([&](Host a, Host b) {
    const std::uint64_t passive = dice_(3);
    if (passive == 1) routers_[a].passive.insert(b);
    if (passive != 2) return;
    if (b < plan_.routers()) {
      routers_[b].passive.insert(a);
    } else {
      members_[b - plan_.routers()].passive.insert(a);
    }
  });
  seen_.most_pops = std::max<std::uint64_t>(seen_.most_pops, plan_.size.pops);
  seen_.most_partners = std::max<std::uint64_t>(seen_.most_partners, plan_.size.partners);
  for (Host router = 0; router < plan_.routers(); ++router) boot(router);
  for (Partner partner = 0; partner < plan_.size.partners; ++partner) {
    announce_first(partner);
    boot_partner(partner);
  }
}

void Fleet::tell(const std::string& line) const {
  if (!story_) return;
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(network_.now() - 1h);
  const std::string fraction = std::to_string(1000 + time.count() % 1000).substr(1);
  story_(std::to_string(time.count() / 1000) + "." + fraction + " s  " + line);
}

// ---- Hosts

void Fleet::boot(Host router) {
  Router& of = routers_[router];
  network_.cut_off(router, false);
  ++of.boots;
  of.speaker = std::make_unique<Speaker>(network_, plan_, watch_, router, orders_, of.passive,
                                         scenario_.slice);
  of.observer = std::make_unique<Observer>(plan_, *of.speaker);
}

// silent: the neighbors notice by their hold timers.
void Fleet::lose(Host router, bool silent) {
  Router& of = routers_[router];
  if (!of.speaker) return;
  if (silent) {
    of.speaker->lose_power();
    network_.cut_off(router, true);
  }
  of.observer.reset();
  of.speaker.reset();
  disturbed_ = network_.now();
}

void Fleet::boot_partner(Partner partner) {
  Member& of = members_[partner];
  network_.cut_off(plan_.host_of(partner), false);
  of.node = std::make_unique<PartnerNode>(network_, plan_, watch_, partner,
                                          std::exchange(of.routes, {}), of.passive);
}

void Fleet::lose_partner(Partner partner, bool silent) {
  Member& of = members_[partner];
  if (!of.node) return;
  of.routes = of.node->routes();
  if (silent) {
    of.node->lose_power();
    network_.cut_off(plan_.host_of(partner), true);
  }
  of.node.reset();
  disturbed_ = network_.now();
}

bool Fleet::runs(Host host) const {
  return host < plan_.routers() ? routers_[host].speaker != nullptr
                                : members_[host - plan_.routers()].node != nullptr;
}

bool Fleet::reaches(Host a, Host b) const {
  return runs(a) && runs(b) && !cuts_.contains(std::minmax(a, b));
}

void Fleet::cut(Host a, Host b, bool off) {
  if (off) {
    cuts_.insert(std::minmax(a, b));
  } else {
    cuts_.erase(std::minmax(a, b));
  }
  network_.cut(a, b, off);
  disturbed_ = network_.now();
}

void Fleet::rejoin() {
  for (const auto& [a, b] : std::set(cuts_)) cut(a, b, false);
}

Host Fleet::neighbor_of(Pop pop, std::uint32_t number) const {
  std::vector<Host> all;
  for_each_pair([&](Host a, Host b) {
    if (a == pop) all.push_back(b);
    if (b == pop) all.push_back(a);
  });
  return all[number % all.size()];
}

Link* Fleet::end_of(Host self, Host other) {
  if (!runs(self)) return nullptr;
  if (self < plan_.routers()) return routers_[self].speaker->link(other);
  return &members_[self - plan_.routers()].node->session(other);
}

// ---- Operations

std::optional<std::string> Fleet::apply(const Operation& operation) {
  if (story_) tell(to_string(operation) + "  // " + words(operation));
  const Partner partner = partner_of(operation);
  switch (operation.kind) {
    case Kind::Announce:
      if (const auto route = route_of(partner, operation)) announce(partner, *route);
      break;
    case Kind::Withdraw:
      withdraw(partner, operation.a);
      break;
    case Kind::Hijack:
      announce(partner, hijack_of(partner, operation));
      break;
    case Kind::Leak:
      announce(partner, leak_of(partner, operation));
      break;
    case Kind::EndHijacks:
      end_hijacks(partner);
      break;
    case Kind::LosePop:
    case Kind::ReturnPop:
    case Kind::LosePartner:
    case Kind::ReturnPartner:
      apply_to_hosts(operation);
      break;
    case Kind::Lose:
    case Kind::Reset:
    case Kind::Cut:
    case Kind::Partition:
    case Kind::Rejoin:
    case Kind::PartialWrites:
      apply_to_network(operation);
      break;
    case Kind::ShiftRtt:
    case Kind::Drain:
    case Kind::DrainPop:
    case Kind::Degrade:
    case Kind::DegradePop:
    case Kind::Reorder:
      change_orders(operation);
      break;
    case Kind::Wait:
      return pass(milliseconds(operation.a, operation.b % 4 == 0 ? 40'000 : 500));
    case Kind::Settle:
    case Kind::kCount:
      return settle();
  }
  return look();
}

// A host that is to return and runs stands for the first one that does not.
void Fleet::apply_to_hosts(const Operation& operation) {
  const bool silent = operation.b % 2 == 0;
  if (operation.kind == Kind::LosePop) return lose(operation.slot % plan_.routers(), silent);
  if (operation.kind == Kind::LosePartner) return lose_partner(partner_of(operation), silent);
  if (operation.kind == Kind::ReturnPop) {
    for (Host router = 0; router < plan_.routers(); ++router) {
      if (!runs(router)) return boot(router);
    }
    return;
  }
  for (Partner partner = 0; partner < plan_.size.partners; ++partner) {
    if (!members_[partner].node) return boot_partner(partner);
  }
}

void Fleet::apply_to_network(const Operation& operation) {
  const Pop pop = pop_of(operation);
  const Host neighbor = neighbor_of(pop, operation.a);
  Link* const link = end_of(pop, neighbor);
  switch (operation.kind) {
    case Kind::Lose:
      if (link != nullptr && link->established()) {
        link->socket().lose_after(operation.b % kMostLeft);
      }
      break;
    case Kind::Reset:
      if (link != nullptr) routers_[pop].speaker->reset(neighbor);
      break;
    case Kind::Cut:
      cut(pop, neighbor, !cuts_.contains(std::minmax<Host>(pop, neighbor)));
      break;
    case Kind::Partition:
      for (Host a = 0; a < plan_.routers(); ++a) {
        for (Host b = a + 1; b < plan_.routers(); ++b) {
          const auto side = [&](Host host) { return operation.a >> host % 31U & 1U; };
          if (plan_.peers(a, b) && side(a) != side(b)) cut(a, b, true);
        }
      }
      break;
    case Kind::Rejoin:
      rejoin();
      break;
    default:
      network_.set_partial_writes(operation.a % 2 == 1);
      break;
  }
}

Session Fleet::session_of(const Operation& operation) const {
  const Partner partner = partner_of(operation);
  const auto& pops = plan_.partners[partner].pops;
  return {partner, pops[operation.a % pops.size()]};
}

void Fleet::change_orders(const Operation& operation) {
  const Pop pop = pop_of(operation);
  const Session session = session_of(operation);
  switch (operation.kind) {
    case Kind::Drain:
      if (orders_.drained.erase(session) == 0) orders_.drained.insert(session);
      break;
    case Kind::DrainPop:
      if (orders_.drained_pops.erase(pop) == 0) orders_.drained_pops.insert(pop);
      break;
    case Kind::Degrade:
      orders_.added[session] = degradation_of(operation.b);
      break;
    case Kind::DegradePop:
      orders_.added_at_pops[pop] = degradation_of(operation.b);
      break;
    case Kind::Reorder:
      reorder(operation);
      break;
    default:
      shift_rtt(operation);
      break;
  }
  publish_orders();
}

void Fleet::shift_rtt(const Operation& operation) {
  const Pop from = pop_of(operation);
  const std::uint32_t number = operation.a / 2;
  if (operation.a % 2 == 0) {
    orders_.costs.last_mile[from][number % plan_.size.metros] = trip_to_users(operation.b);
    return;
  }
  const Pop to = number % plan_.size.pops;
  if (to != from) orders_.costs.backbone[from][to] = trip_between_pops(operation.b);
}

// The ASes that may announce the prefix stay.
void Fleet::reorder(const Operation& operation) {
  Order& order = orders_.registered[operation.a % orders_.registered.size()];
  if (!order.partners.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(operation.b % order.partners.size());
    std::rotate(order.partners.begin(), order.partners.begin() + first, order.partners.end());
  }
  order.pops.clear();
  const std::size_t count = std::min<std::size_t>(operation.b / 8 % 4, plan_.size.pops);
  for (std::size_t i = 0; i < count; ++i) {
    order.pops.push_back((operation.b / 32 + i) % plan_.size.pops);
  }
}

// The routers take the orders at different times, and all that came in between at once.
void Fleet::publish_orders() {
  for (Host router = 0; router < plan_.routers(); ++router) {
    if (!runs(router)) continue;
    ++orders_on_their_way_;
    network_.after(milliseconds(network_.dice()(kMostOrderDelay), kMostOrderDelay),
                   [this, router, boots = routers_[router].boots] {
                     --orders_on_their_way_;
                     Router& of = routers_[router];
                     if (of.speaker && of.boots == boots) of.speaker->take(orders_);
                   });
  }
}

}  // namespace tern::sim::fleet
