#include "tests/sim/router.h"

#include <algorithm>
#include <utility>

#include "tests/model/sessions.h"
#include "tests/sim/sessions.h"

namespace tern::sim {
namespace {

constexpr std::uint32_t kNow = 1'700'000'000;  // Unix seconds, of all routes
constexpr std::size_t kMostRuns = 4;
constexpr std::size_t kBatch = 8;                   // routes: few, so that bursts have several
constexpr std::size_t kLogBound = 4 * 1024 * 1024;  // octets of all logs: tables are small

}  // namespace

class Router::Session final : public Link {
 public:
  Session(Router& router, const Neighbor& neighbor)
      : Link(router.network_, kHost, neighbor.client.slot,
             router_config(neighbor.client, neighbor.passive, router.network_.dice().next())),
        router_(router),
        neighbor_(neighbor) {}

  [[nodiscard]] PeerSlot slot() const { return neighbor_.client.slot; }
  [[nodiscard]] pipeline::AdjRibOut* adj_rib_out() {
    return router_.advertisers_->adj_rib_out(slot());
  }
  // Like session::Peer::take().
  void store() {
    if (!import_ || import_->received().empty()) return;
    const auto reset = import_->received().reset;
    (void)import_->flush(kNow);
    import_->received().clear();
    if (reset) handle(fsm::MessageFault{*driver().session(), *reset});
  }
  void configure(const Neighbor& neighbor) {
    handle(fsm::ManualStop{{wire::ErrorCode::Cease, wire::cease::kConfigurationChange, {}}});
    neighbor_ = neighbor;
    driver().reconfigure(router_config(neighbor.client, neighbor.passive, 1));
    start();
  }
  // Like session::Peer::drain_changed().
  void set_drained(bool drained, rib::ClientSet& imports) {
    neighbor_.policies.drained = drained;
    if (!import_) return;
    import_->set_rules(import_rules());
    router_.advertisers_->set_rules(slot(), export_rules());
    imports.insert(slot());
  }
  // Like session::Drains of a degradation.
  void set_added_cost(std::uint32_t added, rib::ClientSet& imports) {
    neighbor_.policies.added = added;
    if (!import_) return;
    costs_changed();
    imports.insert(slot());
  }
  void set_default_route(int number) {
    neighbor_.policies.default_route = number;
    if (import_) router_.advertisers_->set_rules(slot(), export_rules(), false);
  }
  // Like session::Peer::costs_changed().
  void costs_changed() {
    if (!import_) return;
    import_->set_rules(import_rules());
    router_.advertisers_->set_rules(slot(), export_rules(), false);
  }
  // Like session::Peer::vrps_changed().
  void vrps_changed(rib::ClientSet& imports, rib::ClientSet& exports) {
    if (!import_) return;
    const pipeline::ImportRules import = import_rules();
    const pipeline::ExportRules exported = export_rules();
    if (import.reads_rpki()) {
      import_->set_rules(import);
      imports.insert(slot());
    }
    if (!exported.reads_rpki()) return;
    router_.advertisers_->set_rules(slot(), exported, false);
    exports.insert(slot());
  }
  // Like session::Peer::next_hops_changed().
  void next_hops_changed(rib::ClientSet& imports) {
    if (!import_ || !resolves(neighbor_.client)) return;
    import_->set_rules(import_rules());
    imports.insert(slot());
  }
  [[nodiscard]] pipeline::Import* import() { return import_.get(); }
  void begin_table() {
    if (adj_rib_out() == nullptr || !adj_rib_out()->next_waits()) return;
    router_.advertisers_->begin_table(slot());
    router_.work_later();
  }
  // Like session::Peer::pump().
  void pump() {
    std::array<std::span<const std::byte>, kMostRuns> runs;
    while (adj_rib_out() != nullptr && writable() && adj_rib_out()->has_more()) {
      const std::size_t count = adj_rib_out()->collect(runs, Socket::kWindow);
      if (count == 0) {
        router_.advertisers_->resync(slot());
        continue;
      }
      std::size_t taken = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t some = write(runs[i]);
        taken += some;
        if (some < runs[i].size()) break;
      }
      (void)adj_rib_out()->took(taken, [this](std::span<const std::byte> rest) { keep(rest); });
      if (taken == 0) break;
    }
    if (adj_rib_out() != nullptr) router_.advertisers_->resync(slot());
    begin_table();
  }

 private:
  void session_up(const fsm::Negotiated& negotiated) override {
    const pipeline::SessionFacts facts = facts_of(neighbor_.client, negotiated);
    const rib::PeerRank rank{facts.kind, facts.peer_identifier, facts.peer_address};
    if (router_.shards_.peer(slot()) != rank) {
      router_.shards_.set_peer(slot(), rank);
      if (router_.shards_.has_paths(slot())) {
        router_.ranks_[slot()].assign(router_.shards_.size(), 0);
      }
    }
    for (const Family family : kFamilies) {
      if (!negotiated.families.contains(family)) continue;
      change_epoch(family, adj_ribs_in_[family].session_up(false, {}));
    }
    import_ =
        std::make_unique<pipeline::Import>(router_.shards_, adj_ribs_in_, facts, import_rules());
    router_.advertisers_->open(facts, export_rules());
    router_.work_later();
  }
  void session_down() override {
    (void)import_->flush(kNow);
    router_.advertisers_->close(slot());
    import_.reset();
    for (const Family family : kFamilies) {
      change_epoch(family, adj_ribs_in_[family].session_down({}, {}));
    }
    router_.work_later();
  }
  void update(wire::Bytes body) override {
    if (pipeline::receive(import_->judge(), body, 0, kBatch, import_->received())) store();
  }
  void refresh(const wire::RouteRefresh& message) override {
    const auto family = family_of(message.family);
    if (!family || !driver().negotiated().families.contains(*family)) return;
    store();
    using Subtype = wire::RouteRefresh::Subtype;
    switch (static_cast<Subtype>(message.subtype)) {
      case Subtype::Request:
        adj_rib_out()->request_table(*family, driver().negotiated().enhanced_route_refresh);
        begin_table();
        break;
      case Subtype::Begin:
        if (!driver().negotiated().enhanced_route_refresh) break;
        change_epoch(*family, adj_ribs_in_[*family].begin_of_refresh({}));
        break;
      case Subtype::End:
        change_epoch(*family, adj_ribs_in_[*family].end_of_refresh());
        router_.work_later();
        break;
    }
  }
  [[nodiscard]] pipeline::ImportRules import_rules() const {
    return with_vrps(model::import_rules(neighbor_.client, neighbor_.policies, router_.costs_,
                                         router_.next_hops_));
  }
  [[nodiscard]] pipeline::ExportRules export_rules() const {
    return with_vrps(model::export_rules(neighbor_.client, neighbor_.policies, router_.costs_));
  }
  template <typename Rules>
  [[nodiscard]] Rules with_vrps(Rules rules) const {
    if (rules.reads_rpki()) rules.vrps = router_.vrps_;
    return rules;
  }
  void change_epoch(Family family, rib::EpochChange change) {
    router_.shards_.change_epoch(slot(), family, change);
  }
  void burst_over() override {
    if (!import_) return;
    store();
    router_.work_later();
  }
  void room() override {
    pump();
    router_.work_later();
  }

  Router& router_;
  Neighbor neighbor_;
  pipeline::AdjRibsIn adj_ribs_in_;
  std::unique_ptr<pipeline::Import> import_;
};

Router::Router(Network& network, const model::HostRoutes& host_routes, std::size_t shards,
               std::uint64_t most_lag)
    : network_(network),
      shards_(shards),
      advertisers_(std::make_unique<pipeline::Advertisers>(shards_, most_lag)),
      kernel_(host_routes),
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
}

void Router::originate(const model::OwnChange& change) {
  model::store(change, shards_, kNow);
  work_later();
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

// Like session::NextHopWatch, with damping.
void Router::host_route_changed(const IpAddress& next_hop) {
  if (next_hops_->look_again(next_hop, network_.now())) next_hops_changed();
  wait_for_holds();
}

void Router::next_hops_changed() {
  Round next;
  for (const auto& each : sessions_) each.second->next_hops_changed(next.imports);
  begin(std::move(next), policy::PrefixChange::all_prefixes());
}

// Of the events for hold times, the one that was entered last comes first and counts.
void Router::wait_for_holds() {
  const auto deadline = next_hops_->deadline();
  if (!deadline) return;
  const Time due = std::max<Time>(*deadline, network_.now());
  if (hold_ends_ && *hold_ends_ <= due) return;
  hold_ends_ = due;
  network_.after(due - network_.now(), [this, due, alive = std::weak_ptr<bool>(working_)] {
    if (alive.expired() || hold_ends_ != due) return;
    hold_ends_.reset();
    if (!next_hops_->pass_time(network_.now()).empty()) next_hops_changed();
    wait_for_holds();
  });
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

void Router::set_default_route(PeerSlot slot, int number) {
  session(slot)->set_default_route(number);
  work_later();
}

// Has the routes in the ranges evaluated again.
void Router::begin(Round next, std::vector<policy::PrefixRange> ranges) {
  if (round_) {
    const auto& rest = round_->prefixes->ranges();
    ranges.insert(ranges.end(), rest.begin(), rest.end());
    next.imports |= round_->imports;
    next.exports |= round_->exports;
    next.costs |= round_->costs;
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
  round_.reset();
}

void Router::evaluate_again(rib::Rib& rib, rib::DestId id) {
  if (!round_->prefixes->touches(rib.prefix(id))) return;
  if (!round_->exports.empty() && rib.destination(id).accepted > 0) rib.note_changed(id);
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
