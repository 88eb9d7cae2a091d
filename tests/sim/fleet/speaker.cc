#include "tests/sim/fleet/speaker.h"

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "tests/sim/fleet/speaker_session.h"

namespace tern::sim::fleet {
namespace {

constexpr std::uint64_t kMostLag = 64 * 1024;       // octets: clients that fall behind catch up
constexpr std::size_t kLogBound = 8 * 1024 * 1024;  // octets of all logs: tables are small

}  // namespace

Speaker::Speaker(Network& network, const Plan& plan, Watch& watch, Host self, const Orders& orders,
                 const std::set<Host>& passive, std::size_t slice)
    : network_(network),
      plan_(plan),
      watch_(watch),
      self_(self),
      slice_(slice),
      orders_(orders),
      shards_(1 + network.dice()(2)),
      advertisers_(std::make_unique<pipeline::Advertisers>(shards_, kMostLag)),
      egress_(make_egress(plan, orders.costs, self)),
      costs_(egress_->costs()),
      registrations_(make_registrations(plan, orders)),
      sweeps_(shards_.size()) {
  shards_.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0});
  const auto add = [&](Host neighbor) {
    shards_.set_peer(slot_of(neighbor), {});
    sessions_[slot_of(neighbor)] =
        std::make_unique<Session>(*this, neighbor, passive.contains(neighbor));
  };
  for (Host router = 0; router < plan.routers(); ++router) {
    if (plan.peers(self, router)) add(router);
  }
  for (Partner partner = 0; partner < plan.partners.size(); ++partner) {
    const auto& pops = plan.partners[partner].pops;
    if (std::ranges::find(pops, self) != pops.end()) add(plan.host_of(partner));
  }
  network_.listen(self, [this](const std::shared_ptr<Socket>& socket) {
    if (Session* const of = session(socket->remote())) of->accept(socket);
  });
  for (const auto& each : sessions_) each.second->start();
}

Speaker::~Speaker() { network_.listen(self_, nullptr); }

Speaker::Session* Speaker::session(Host neighbor) const {
  const auto found = sessions_.find(slot_of(neighbor));
  return found == sessions_.end() ? nullptr : found->second.get();
}

Link* Speaker::link(Host neighbor) { return session(neighbor); }

std::vector<Host> Speaker::neighbors() const {
  std::vector<Host> all;
  for (const auto& each : sessions_) all.push_back(host_of(each.first));
  return all;
}

// ---- Orders

// Of a neighbor that is a partner.
bool Speaker::is_drained(Host neighbor) const {
  return neighbor >= plan_.routers() && orders_.is_drained({neighbor - plan_.routers(), self_});
}

EgressCost Speaker::added_to(Host neighbor) const {
  return neighbor < plan_.routers() ? 0 : orders_.added_to({neighbor - plan_.routers(), self_});
}

void Speaker::take(const Orders& orders) {
  std::map<Host, std::pair<bool, EgressCost>> before;
  for (const Host each : neighbors()) before[each] = {is_drained(each), added_to(each)};
  const auto table = make_registrations(plan_, orders);
  orders_ = orders;
  std::set<Host> drained;
  std::set<Host> added;
  for (const auto& [neighbor, was] : before) {
    if (was.first != is_drained(neighbor)) drained.insert(neighbor);
    if (was.second != added_to(neighbor)) added.insert(neighbor);
  }
  if (!drained.empty()) take_drains(drained);
  if (!added.empty()) take_added(added);
  take_registrations();
  publish_costs();
}

// Like session::Drains.
void Speaker::take_drains(const std::set<Host>& changed) {
  Round next;
  for (const Host each : changed) session(each)->drain_changed(next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

void Speaker::take_added(const std::set<Host>& changed) {
  Round next;
  for (const Host each : changed) session(each)->added_changed(next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

// Like Speaker::set_registrations() of the daemon.
void Speaker::take_registrations() {
  const auto before = std::exchange(registrations_, make_registrations(plan_, orders_));
  auto ranges = policy::RegistrationTable::difference(*before, *registrations_);
  if (ranges.empty()) return;
  Round next;
  for (const auto& each : sessions_) each.second->registrations_changed(next.imports);
  begin(std::move(next), std::move(ranges));
}

// Like session::Costs::publish(): a change that comes meanwhile begins again with the first
// neighbor.
void Speaker::publish_costs() {
  const CostShift shift = shift_to(orders_.costs, *costs_);
  if (shift.changes.empty()) return;
  costs_ = costs_->with(shift.changes);
  if (!new_costs_) new_costs_.emplace();
  new_costs_->add(shift.pairs);
  takes_costs_ = 0;
  work_later();
}

// Like session::Costs::slice(): behind the last neighbor, a round gives stored paths the costs.
void Speaker::take_costs() {
  if (!new_costs_) return;
  auto next = sessions_.lower_bound(takes_costs_);
  for (std::size_t left = some(); left > 0 && next != sessions_.end(); --left) {
    (next++)->second->costs_changed();
  }
  if (next != sessions_.end()) {
    takes_costs_ = next->first;
    return;
  }
  Round round;
  round.costs = std::exchange(new_costs_, std::nullopt);
  begin(std::move(round), policy::PrefixChange::all_prefixes());
}

// Has the routes in the ranges evaluated again.
void Speaker::begin(Round next, std::vector<policy::PrefixRange> ranges) {
  if (round_) {
    const auto& rest = round_->prefixes->ranges();
    ranges.insert(ranges.end(), rest.begin(), rest.end());
    next.imports |= round_->imports;
    if (round_->costs) {
      if (!next.costs) next.costs.emplace();
      next.costs->add(*round_->costs);
    }
  }
  next.prefixes = policy::PrefixChange::of(std::move(ranges));
  next.walks.assign(shards_.size(), pipeline::RangeWalk{});
  round_ = std::move(next);
  work_later();
}

void Speaker::reset(Host neighbor) {
  session(neighbor)->handle(
      fsm::Reset{wire::Notification::administrative(wire::cease::kAdministrativeReset, {}), false});
}

void Speaker::lose_power() {
  for (const auto& each : sessions_) each.second->lose_power();
}

void Speaker::disable() {
  for (const auto& each : sessions_) {
    each.second->handle(fsm::ManualStop{
        wire::Notification::administrative(wire::cease::kAdministrativeShutdown, {})});
  }
}

// ---- Work

void Speaker::work_later() {
  if (std::exchange(*working_, true)) return;
  network_.after(std::chrono::microseconds(network_.dice()(5000)),
                 [this, alive = std::weak_ptr<bool>(working_)] {
                   if (alive.expired()) return;
                   *working_ = false;
                   work();
                 });
}

void Speaker::work() {
  watch_.note_activity();
  take_costs();
  work_on(network_.dice()(shards_.size()));
  for (const auto& each : sessions_) each.second->pump();
  if (!calm()) work_later();
}

// One slice of each kind of work over the table.
void Speaker::work_on(std::size_t shard) {
  rib::Rib& rib = shards_[shard];
  pipeline::Advertiser& advertiser = (*advertisers_)[shard];
  for (std::size_t i = some(); i > 0 && rib.expired_paths() > 0; --i) {
    if (sweeps_[shard] >= rib.end()) sweeps_[shard] = 0;
    rib.sweep(sweeps_[shard]++);
  }
  evaluate_again(shard);
  if (rib.has_changes() && !advertiser.congested()) (void)advertiser.advertise(some(), 0);
  if (advertiser.walking() && !advertiser.walk_congested()) advertiser.walk(some());
}

void Speaker::evaluate_again(std::size_t shard) {
  if (!round_ || !round_->walks[shard]) return;
  pipeline::RangeWalk::Work left{some(), some()};
  rib::Rib& rib = shards_[shard];
  const bool over = round_->walks[shard]->slice(rib, round_->prefixes->ranges(), left,
                                                [&](rib::DestId id) { evaluate_again(rib, id); });
  if (!over) return;
  round_->walks[shard].reset();
  if (std::ranges::any_of(round_->walks, [](const auto& walk) { return walk.has_value(); })) return;
  for (const auto& [slot, each] : sessions_) {
    if (round_->imports.contains(slot) && each->import() != nullptr) {
      (void)each->import()->end_reevaluation();
    }
  }
  round_.reset();
}

void Speaker::evaluate_again(rib::Rib& rib, rib::DestId id) {
  if (!round_->prefixes->touches(rib.prefix(id))) return;
  for (const auto& [slot, each] : sessions_) {
    if (round_->imports.contains(slot) && each->import() != nullptr) {
      (void)each->import()->reevaluate(rib, id);
    }
  }
  if (!round_->costs) return;
  rib::ClientSet starved;
  if (pricing_.price(rib, id, *round_->costs, *costs_, starved).touched) rib.note_changed(id);
}

bool Speaker::calm() {
  if (round_ || new_costs_) return false;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    pipeline::Advertiser& advertiser = (*advertisers_)[shard];
    if (shards_[shard].expired_paths() > 0) return false;
    if (shards_[shard].has_changes() && !advertiser.congested()) return false;
    if (advertiser.walking() && !advertiser.walk_congested()) return false;
  }
  return std::ranges::none_of(sessions_, [](const auto& each) {
    Session& session = *each.second;
    pipeline::AdjRibOut* const adj_rib_out = session.adj_rib_out();
    return adj_rib_out != nullptr && session.writable() &&
           (adj_rib_out->has_more() || adj_rib_out->next_waits());
  });
}

// ---- State

std::optional<std::string> Speaker::wrong() {
  for (const auto& [slot, each] : sessions_) {
    const std::string who = plan_.name_of(self_) + ", " + plan_.name_of(host_of(slot)) + ": ";
    if (auto wrong = each->wrong()) return who + *wrong;
    if (!each->established() && shards_.has_paths(slot) && calm()) {
      return who + "the session is over, and its routes are kept";
    }
  }
  if (advertisers_->log_bytes() > kLogBound) return "the logs hold more than they may";
  return std::nullopt;
}

std::optional<std::string> Speaker::left() const {
  const std::string who = plan_.name_of(self_) + ": ";
  for (const auto& each : sessions_) {
    if (shards_.received(each.first, Family::Ipv4Unicast) != 0) return who + "paths are left";
  }
  if (advertisers_->log_bytes() != 0) return who + "messages are left";
  if (shards_.attributes().size() != 0) return who + "attribute sets are left";
  return std::nullopt;
}

std::optional<Speaker::Best> Speaker::best(const Prefix& prefix) const {
  const auto found = shards_.find(Nlri{prefix, Family::Ipv4Unicast});
  if (!found) return std::nullopt;
  const rib::Destination destination = shards_[found->shard].destination(found->id);
  const rib::Path* const best = destination.best();
  if (best == nullptr) return std::nullopt;
  const rib::AttributeSet set = pipeline::read(shards_.attributes()[best->effective()]);
  return Best{host_of(best->peer()), from_partner(set.attributes.as_path),
              set.attributes.next_hop.global};
}

std::uint64_t Speaker::paths(Host neighbor) const {
  return shards_.received(slot_of(neighbor), Family::Ipv4Unicast);
}

std::uint64_t Speaker::prefixes() const { return shards_.table(Family::Ipv4Unicast).prefixes; }

}  // namespace tern::sim::fleet
