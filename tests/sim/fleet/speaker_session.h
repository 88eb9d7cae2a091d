// A session of a Speaker with a neighbor. Internal to Speaker.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "bgpd/pipeline/import.h"
#include "bgpd/pipeline/receiver.h"
#include "bgpd/session/negotiated_facts.h"
#include "bgpd/session/peer_rules.h"
#include "tests/sim/fleet/rules.h"
#include "tests/sim/fleet/speaker.h"

namespace tern::sim::fleet {

class Speaker::Session final : public Link {
 public:
  Session(Speaker& speaker, Host other, bool passive)
      : Link(speaker.network_, speaker.self_, other,
             fsm_of(speaker.plan_, speaker.self_, other, passive, speaker.network_.dice().next())),
        speaker_(speaker),
        settings_(settings_of(speaker.plan_, speaker.egress_, speaker.self_, other)),
        facts_(facts_of(speaker.plan_, speaker.self_, other)) {}

  [[nodiscard]] PeerSlot slot() const { return facts_.slot; }
  [[nodiscard]] bool is_between_pops() const { return is_ibgp(settings_.kind); }
  [[nodiscard]] pipeline::Import* import() { return import_.get(); }
  [[nodiscard]] pipeline::AdjRibOut* adj_rib_out() {
    return speaker_.advertisers_->adj_rib_out(slot());
  }
  // Like session::Peer::drain_changed().
  void drain_changed(rib::ClientSet& imports) {
    if (!import_) return;
    import_->set_rules(import_rules());
    speaker_.advertisers_->set_rules(slot(), export_rules());
    imports.insert(slot());
  }
  // Like session::Peer::costs_changed().
  void costs_changed() {
    if (!import_) return;
    import_->set_rules(import_rules());
    if (settings_.exported.vantage == kNoPlace) return;
    speaker_.advertisers_->set_rules(slot(), export_rules(), false);
  }
  void added_changed(rib::ClientSet& imports) {
    if (!import_) return;
    costs_changed();
    imports.insert(slot());
  }
  // Like session::Peer::guard_changed().
  void registrations_changed(rib::ClientSet& imports) {
    if (!import_) return;
    import_->set_rules(import_rules());
    imports.insert(slot());
  }
  void begin_table() {
    if (adj_rib_out() == nullptr || !adj_rib_out()->next_waits()) return;
    speaker_.advertisers_->begin_table(slot());
    speaker_.work_later();
  }
  // Like session::Peer::pump().
  void pump() {
    std::array<std::span<const std::byte>, kMostRuns> runs;
    while (adj_rib_out() != nullptr && writable() && adj_rib_out()->has_more()) {
      const std::size_t count = adj_rib_out()->collect(runs, Socket::kWindow);
      if (count == 0) {
        speaker_.advertisers_->resync(slot());
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
    if (adj_rib_out() != nullptr) speaker_.advertisers_->resync(slot());
    begin_table();
  }

 private:
  void session_up(const fsm::Negotiated& negotiated) override {
    speaker_.watch_.note_activity();
    session::set_negotiated(facts_, negotiated);
    speaker_.shards_.set_peer(slot(), {facts_.kind, facts_.peer_identifier, facts_.peer_address});
    for (const Family family : kFamilies) {
      if (!negotiated.families.contains(family)) continue;
      change_epoch(family, adj_ribs_in_[family].session_up(false, {}));
    }
    import_ =
        std::make_unique<pipeline::Import>(speaker_.shards_, adj_ribs_in_, facts_, import_rules());
    speaker_.advertisers_->open(facts_, export_rules());
    speaker_.work_later();
  }
  void session_down() override {
    speaker_.watch_.note_activity();
    (void)import_->flush(kNow);
    speaker_.advertisers_->close(slot());
    import_.reset();
    for (const Family family : kFamilies) {
      change_epoch(family, adj_ribs_in_[family].session_down({}, {}));
    }
    speaker_.work_later();
  }
  void update(wire::Bytes body) override {
    speaker_.watch_.note_activity();
    if (is_between_pops()) {
      (void)wire::decode_update(body, facts_.receive, heard_);
      speaker_.watch_.read(heard_, other(), speaker_.self_);
    }
    if (pipeline::receive(import_->judge(), body, 0, kBatch, import_->received())) store();
  }
  void refresh(const wire::RouteRefresh&) override {}
  void burst_over() override {
    if (import_) store();
  }
  void room() override {
    if (adj_rib_out() != nullptr && adj_rib_out()->has_more()) speaker_.watch_.note_activity();
    pump();
    if (!speaker_.calm()) speaker_.work_later();
  }

  // Like session::Peer::take().
  void store() {
    if (import_->received().empty()) return;
    const auto reset = import_->received().reset;
    (void)import_->flush(kNow);
    import_->received().clear();
    speaker_.work_later();
    if (reset) handle(fsm::MessageFault{*driver().session(), *reset});
  }
  void change_epoch(Family family, rib::EpochChange change) {
    speaker_.shards_.change_epoch(slot(), family, change);
  }

  // The objects that the daemon has beside those of the speaker: there are none.
  struct Absent {
    std::shared_ptr<const pipeline::HostAddresses> host_addresses;
    std::shared_ptr<const policy::VrpTable> vrps;
    std::shared_ptr<const policy::Geofeed> geofeed;
    std::shared_ptr<const policy::UsualPaths> usual;
    std::shared_ptr<const policy::GuardOrderTable> guard_orders;
    std::shared_ptr<pipeline::NextHopFinder> next_hops;
  };
  [[nodiscard]] session::RuleInputs inputs() const {
    static const Absent kAbsent;
    return {kAbsent.host_addresses,
            kAbsent.vrps,
            kAbsent.geofeed,
            speaker_.registrations_,
            kAbsent.usual,
            kAbsent.guard_orders,
            speaker_.costs_,
            kAbsent.next_hops,
            speaker_.added_to(other()),
            speaker_.is_drained(other()),
            true};
  }
  [[nodiscard]] pipeline::ImportRules import_rules() const {
    pipeline::ImportRules rules = session::import_rules(settings_, facts_, inputs());
    rules.reject_martians = false;
    return rules;
  }
  [[nodiscard]] pipeline::ExportRules export_rules() const {
    return session::export_rules(settings_, facts_, inputs());
  }

  static constexpr std::uint32_t kNow = 1'700'000'000;  // Unix seconds, of all routes
  static constexpr std::size_t kMostRuns = 4;
  static constexpr std::size_t kBatch = 8;  // routes: few, so that bursts have several

  Speaker& speaker_;
  const session::PeerSettings settings_;
  pipeline::SessionFacts facts_;
  pipeline::AdjRibsIn adj_ribs_in_;
  std::unique_ptr<pipeline::Import> import_;
  wire::UpdateMessage heard_;  // scratch
};

}  // namespace tern::sim::fleet
