#include "tests/sim/router.h"

#include <algorithm>
#include <utility>

#include "tests/model/naive_guard.h"
#include "tests/model/sessions.h"
#include "tests/sim/router_session.h"

namespace tern::sim {
namespace {

constexpr Time kFirstLook = std::chrono::milliseconds(50);
constexpr Time kNextLook = std::chrono::seconds(1);  // at conditions and aggregates
constexpr std::size_t kLogBound = 4 * 1024 * 1024;   // octets of all logs: tables are small

}  // namespace

Router::Router(Network& network, const model::Host& host, std::size_t shards,
               std::uint64_t most_lag)
    : network_(network),
      shards_(shards),
      advertisers_(std::make_unique<pipeline::Advertisers>(shards_, most_lag)),
      host_(host),
      kernel_(host),
      sweeps_(shards) {
  shards_.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0});
  for (std::size_t shard = 0; shard < shards; ++shard) {
    for (const auto what : {rib::Journal::What::Best, rib::Journal::What::Received}) {
      rib::Journal::Interest interest;
      interest.what = what;
      mirrors_.push_back(std::make_unique<model::Mirror>(shards_[shard], interest, true));
    }
  }
  network_.listen(kHost, [this](const std::shared_ptr<Socket>& socket) {
    if (Session* const of = session(static_cast<PeerSlot>(socket->remote()))) of->accept(socket);
  });
  origination_ =
      std::make_unique<Origination>(shards_, *advertisers_, *next_hops_, host, origination_hooks());
  resolution_changed();
  look_at_conditions(kFirstLook);
}

Router::~Router() { network_.listen(kHost, nullptr); }

Router::Session* Router::session(PeerSlot slot) {
  const auto found = sessions_.find(slot);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Link* Router::link(PeerSlot slot) { return session(slot); }

// ---- Commands

void Router::configure(const Neighbor& neighbor) {
  const PeerSlot slot = neighbor.client.slot;
  if (Session* const known = session(slot)) return known->configure(neighbor);
  shards_.set_peer(slot, {});
  Session& added = *(sessions_[slot] = std::make_unique<Session>(*this, neighbor));
  added.start();
}

void Router::disable(PeerSlot slot) {
  session(slot)->handle(fsm::ManualStop{
      wire::Notification::administrative(wire::cease::kAdministrativeShutdown, {})});
}

void Router::enable(PeerSlot slot) { session(slot)->start(); }

void Router::reset(PeerSlot slot) {
  session(slot)->handle(
      fsm::Reset{wire::Notification::administrative(wire::cease::kAdministrativeReset, {}), false});
}

void Router::ask_for_refresh(PeerSlot slot) {
  Session& asked = *session(slot);
  if (!asked.established() || !asked.driver().negotiated().route_refresh_send) return;
  for (const Family family : kFamilies) {
    if (asked.driver().negotiated().families.contains(family))
      asked.driver().request_refresh(family);
  }
}

void Router::set_vrps(policy::VrpTable::Ptr vrps) {
  auto ranges = vrps && vrps_ ? policy::VrpTable::difference(*vrps_, *vrps)
                              : policy::PrefixChange::all_prefixes();
  vrps_ = std::move(vrps);
  Round next;
  for (const auto& each : sessions_) each.second->vrps_changed(next.imports, next.exports);
  begin(std::move(next), std::move(ranges));
}

// Like Speaker::set_registrations().
void Router::set_registrations(int number) {
  const auto before = std::exchange(registrations_, model::registration_table(number));
  const policy::RegistrationTable none;
  Round next;
  for (const auto& each : sessions_) each.second->registrations_changed(next.imports);
  begin(std::move(next),
        policy::RegistrationTable::difference(before == nullptr ? none : *before,
                                              registrations_ == nullptr ? none : *registrations_));
}

void Router::next_hops_changed() {
  covers_settled_ = false;
  Round next;
  for (const auto& each : sessions_) each.second->next_hops_changed(next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

void Router::set_drained(PeerSlot slot, bool drained) {
  Round next;
  session(slot)->set_drained(drained, next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

void Router::set_added_cost(PeerSlot slot, std::uint32_t added) {
  Round next;
  session(slot)->set_added_cost(added, next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

// Like session::Costs::publish(): a change that comes meanwhile begins again with the first
// neighbor.
void Router::set_costs(int network) {
  costs_ = network;
  takes_costs_ = 0;
  work_later();
}

// Like session::Costs::slice(): behind the last neighbor, a round gives stored paths the costs.
void Router::take_costs() {
  if (!takes_costs_) return;
  auto next = sessions_.lower_bound(*takes_costs_);
  for (std::size_t left = 1 + network_.dice()(3); left > 0 && next != sessions_.end(); --left) {
    (next++)->second->costs_changed();
  }
  if (next != sessions_.end()) {
    takes_costs_ = next->first;
    return;
  }
  takes_costs_.reset();
  Round round;
  round.costs = true;
  begin(std::move(round), policy::PrefixChange::all_prefixes());
}

void Router::set_default_route(PeerSlot slot, int number, int when) {
  session(slot)->set_default_route(number, when);
  work_later();
}

// ---- Routes of its own

Origination::Hooks Router::origination_hooks() {
  const auto count = [this](const std::string& group, const auto& add) {
    for (const auto& [slot, each] : sessions_) {
      if (group_of(slot) == group) add(slot, *each);
    }
  };
  Origination::Hooks hooks;
  hooks.slots = [count](const std::string& group) {
    rib::ClientSet slots;
    count(group, [&](PeerSlot slot, Session&) { slots.insert(slot); });
    return slots;
  };
  hooks.established = [count](const std::string& group) {
    std::size_t established = 0;
    count(group, [&](PeerSlot, Session& of) { established += of.established() ? 1 : 0; });
    return established;
  };
  hooks.advertise_again = [this](std::vector<policy::PrefixRange> ranges,
                                 std::vector<Prefix> released) {
    Round next;
    next.advertise = true;
    next.released = std::move(released);
    begin(std::move(next), std::move(ranges));
  };
  hooks.stored = [this] { work_later(); };
  hooks.conditions_changed = [this] {
    for (const auto& each : sessions_) each.second->conditions_changed();
    work_later();
  };
  return hooks;
}

void Router::originate(const model::OwnChange& change, int when) {
  origination_->originate(change, when);
  work_later();
}

void Router::set_aggregate(const Prefix& prefix, const std::optional<Aggregate>& aggregate) {
  origination_->set_aggregate(prefix, aggregate);
  work_later();
}

void Router::set_pop_drained(bool drained) {
  origination_->set_pop_drained(drained);
  work_later();
}

void Router::look_at_conditions(Time in) {
  network_.after(in, [this, alive = std::weak_ptr<bool>(working_)] {
    if (alive.expired()) return;
    conditions_rest_ = calm();
    if (!origination_->look(network_.now())) conditions_rest_ = false;
    look_at_conditions(kNextLook);
  });
}

// Has the routes in the ranges evaluated again.
void Router::begin(Round next, std::vector<policy::PrefixRange> ranges) {
  if (round_) {
    const auto& rest = round_->prefixes->ranges();
    ranges.insert(ranges.end(), rest.begin(), rest.end());
    next.imports |= round_->imports;
    next.exports |= round_->exports;
    next.costs |= round_->costs;
    next.advertise |= round_->advertise;
    next.released.insert(next.released.end(), round_->released.begin(), round_->released.end());
  }
  if (ranges.empty()) return;
  next.prefixes = policy::PrefixChange::of(std::move(ranges));
  next.walks.assign(shards_.size(), pipeline::RangeWalk{});
  round_ = std::move(next);
  work_later();
}

void Router::clock_stepped() {
  for (const auto& each : sessions_) each.second->clock_stepped();
}

void Router::lose_power() {
  for (const auto& each : sessions_) each.second->lose_power();
}

// ---- Work

void Router::work_later() {
  covers_settled_ = conditions_rest_ = false;
  if (std::exchange(*working_, true)) return;
  network_.after(std::chrono::microseconds(network_.dice()(5000)),
                 [this, alive = std::weak_ptr<bool>(working_)] {
                   if (alive.expired()) return;
                   *working_ = false;
                   work();
                 });
}

void Router::work() {
  take_costs();
  work_on(network_.dice()(shards_.size()));
  for (const auto& each : sessions_) each.second->pump();
  if (!calm()) work_later();
}

// One slice of each kind of work over the table.
void Router::work_on(std::size_t shard) {
  rib::Rib& rib = shards_[shard];
  pipeline::Advertiser& advertiser = (*advertisers_)[shard];
  Dice& dice = network_.dice();
  if (const std::size_t read = dice(32); read < mirrors_.size()) mirrors_[read]->read(1 + dice(8));
  for (std::size_t i = dice(8); i > 0 && rib.expired_paths() > 0; --i) {
    if (sweeps_[shard] >= rib.end()) sweeps_[shard] = 0;
    rib.sweep(sweeps_[shard]++);
  }
  for (auto& [slot, next] : ranks_) {
    rib::ClientSet peers;
    peers.insert(slot);
    for (std::size_t i = dice(8); i > 0 && next[shard] < rib.end(); --i)
      rib.rank(next[shard]++, peers);
  }
  std::erase_if(ranks_, [this](const auto& rank) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      if (rank.second[i] < shards_[i].end()) return false;
    }
    return true;
  });
  evaluate_again(shard);
  if (rib.has_changes() && !advertiser.congested()) (void)advertiser.advertise(1 + dice(8), 0);
  if (advertiser.walking() && !advertiser.walk_congested()) advertiser.walk(1 + dice(8));
}

void Router::evaluate_again(std::size_t shard) {
  if (!round_ || !round_->walks[shard]) return;
  rib::Rib& rib = shards_[shard];
  pipeline::RangeWalk::Work left{1 + network_.dice()(8), 1 + network_.dice()(8)};
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
  const std::vector<Prefix> released = std::exchange(round_->released, {});
  round_.reset();
  origination_->released(released);
}

void Router::evaluate_again(rib::Rib& rib, rib::DestId id) {
  if (!round_->prefixes->touches(rib.prefix(id))) return;
  const bool again = round_->advertise || !round_->exports.empty();
  if (again && rib.destination(id).accepted > 0) rib.note_changed(id);
  for (const auto& [slot, each] : sessions_) {
    if (round_->imports.contains(slot) && each->import() != nullptr) {
      (void)each->import()->reevaluate(rib, id);
    }
  }
  if (!round_->costs) return;
  rib::ClientSet starved;
  const auto priced =
      pricing_.price(rib, id, model::every_pair(), *model::costs_of(costs_), starved);
  if (priced.touched) rib.note_changed(id);
}

bool Router::calm() {
  if (!ranks_.empty() || round_ || takes_costs_) return false;
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

std::optional<std::string> Router::wrong() {
  for (const auto& [slot, each] : sessions_) {
    if (auto wrong = each->wrong())
      return "router, neighbor " + std::to_string(slot) + ": " + *wrong;
    if (!each->established() && shards_.has_paths(slot) && calm()) {
      return "routes of neighbor " + std::to_string(slot) + ", whose session is over, are kept";
    }
  }
  if (advertisers_->log_bytes() > kLogBound) return "the logs hold more than they may";
  return std::nullopt;
}

std::optional<std::string> Router::compare_mirrors() {
  for (const auto& mirror : mirrors_) {
    if (auto wrong = mirror->wrong()) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Router::left() {
  if (auto wrong = compare_mirrors()) return wrong;
  if (paths() != 0) return "paths are left";
  if (advertisers_->log_bytes() != 0) return "messages are left";
  if (shards_.attributes().size() != 0) return "attribute sets are left";
  return std::nullopt;
}

std::uint64_t Router::paths() const {
  std::uint64_t paths = 0;
  for (const auto& each : sessions_) {
    for (const Family family : kFamilies) paths += shards_.received(each.first, family);
  }
  return paths;
}

}  // namespace tern::sim
