// A session of the simulated router with a neighbor. Internal to Router.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "bgpd/pipeline/import.h"
#include "tests/model/sessions.h"
#include "tests/sim/router.h"
#include "tests/sim/sessions.h"

namespace tern::sim {

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
  void set_default_route(int number, int when) {
    neighbor_.policies.default_route = number;
    neighbor_.default_when = when;
    conditions_changed();
  }
  // Like session::Peer::default_route_changed().
  void conditions_changed() {
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
  // Like session::Peer::guard_changed().
  void registrations_changed(rib::ClientSet& imports) {
    if (!import_) return;
    import_->set_rules(import_rules());
    imports.insert(slot());
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
    pipeline::ImportRules rules = with_vrps(model::import_rules(
        neighbor_.client, neighbor_.policies, router_.costs_, router_.next_hops_));
    rules.registrations = router_.registrations_;
    return rules;
  }
  [[nodiscard]] pipeline::ExportRules export_rules() const {
    model::Policies policies = neighbor_.policies;
    const auto holds = router_.origination_->holds(neighbor_.default_when);
    if (!holds.value_or(false)) policies.default_route = 0;
    return with_vrps(model::export_rules(neighbor_.client, policies, router_.costs_));
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

  static constexpr std::uint32_t kNow = 1'700'000'000;  // Unix seconds, of all routes
  static constexpr std::size_t kMostRuns = 4;
  static constexpr std::size_t kBatch = 8;  // routes: few, so that bursts have several

  Router& router_;
  Neighbor neighbor_;
  pipeline::AdjRibsIn adj_ribs_in_;
  std::unique_ptr<pipeline::Import> import_;
};

}  // namespace tern::sim
