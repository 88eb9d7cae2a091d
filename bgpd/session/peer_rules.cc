#include "bgpd/session/peer_rules.h"

#include "bgpd/session/conditions.h"
#include "bgpd/session/interfaces.h"
#include "bgpd/session/peer_visits.h"
#include "bgpd/session/route_filters.h"

namespace tern::session {
namespace {

// The part that rules of both directions have.
template <typename Rules>
Rules complete(Rules rules, const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  rules.peer.asn = facts.peer_asn;
  rules.peer.local_address = facts.local_address;
  rules.peer.local_address_v6 = facts.local_address_v6;
  if (rules.reads_rpki()) rules.vrps = inputs.vrps;
  rules.drained = inputs.drained;
  return rules;
}

// While a reload goes from neighbor to neighbor, the costs in force may be those of other places
// than the settings of the neighbor have.
template <typename Rules>
void set_costs(Rules& rules, const RuleInputs& inputs) {
  if (inputs.costs->same_places(*rules.egress->costs())) rules.costs = inputs.costs;
}

}  // namespace

// A neighbor whose step of a reload comes later has other places than the table.
std::shared_ptr<const policy::Geofeed> geofeed_for(
    const PeerSettings& settings, const std::shared_ptr<const policy::Geofeed>& geofeed) {
  const bool reads = geofeed != nullptr && pipeline::reads_geofeed(settings.kind, settings.import);
  return reads && geofeed->places() == settings.import.egress->places().digest() ? geofeed
                                                                                 : nullptr;
}

pipeline::ImportRules import_rules(const PeerSettings& settings,
                                   const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  pipeline::ImportRules rules = complete(settings.import, facts, inputs);
  rules.host_addresses = inputs.host_addresses;
  if (rules.resolve_next_hop) rules.next_hops = inputs.next_hops;
  rules.geofeed = geofeed_for(settings, inputs.geofeed);
  rules.registrations = inputs.registrations;
  rules.guard_orders = inputs.guard_orders;
  if (rules.guard_orders != nullptr) rules.order_name = to_string(settings.whole_address());
  if (inputs.registrations != nullptr && inputs.registrations->reads_rpki()) {
    rules.guard_vrps = inputs.vrps;
  }
  if (inputs.registrations != nullptr && inputs.registrations->reads_usual()) {
    rules.guard_usual = inputs.usual;
  }
  if (!rules.egress->enabled()) return rules;
  set_costs(rules, inputs);
  rules.added_cost = inputs.added_cost;
  return rules;
}

pipeline::ExportRules export_rules(const PeerSettings& settings,
                                   const pipeline::SessionFacts& facts, const RuleInputs& inputs) {
  pipeline::ExportRules rules = complete(settings.exported, facts, inputs);
  if (!inputs.default_route) rules.default_route = nullptr;
  if (rules.vantage != kNoPlace) set_costs(rules, inputs);
  return rules;
}

// ---- Of a neighbor

// A reload gives the table of the speaker new places, and then goes from neighbor to neighbor.
const std::shared_ptr<const policy::Geofeed>& Peer::geofeed() const {
  if (import_ == nullptr || env_.geofeed == nullptr) return env_.geofeed;
  const std::shared_ptr<const policy::Geofeed>& present = import_->rules().geofeed;
  const std::uint64_t places = settings_.import.egress->places().digest();
  const bool keeps =
      present != nullptr && present->places() == places && env_.geofeed->places() != places;
  return keeps ? present : env_.geofeed;
}

RuleInputs Peer::rule_inputs() const {
  // A condition that a reload brings and that is not known yet leaves the route as it is.
  const bool default_route =
      env_.conditions.holds(settings_.default_route_when).value_or(originates_default_);
  return {env_.host_watch.addresses(),
          env_.vrps,
          geofeed(),
          env_.registrations,
          env_.usual,
          env_.guard_orders,
          env_.costs,
          env_.next_hops,
          added_cost(),
          is_drained(),
          default_route};
}

pipeline::ImportRules Peer::import_rules(const pipeline::SessionFacts& facts) const {
  return session::import_rules(settings_, facts, rule_inputs());
}

pipeline::ExportRules Peer::export_rules() const {
  pipeline::ExportRules rules = session::export_rules(settings_, import_->facts(), rule_inputs());
  rules.filter = env_.route_filters.in_force(settings_);
  return rules;
}

pipeline::ExportRules Peer::new_export_rules() {
  pipeline::ExportRules rules = export_rules();
  originates_default_ = rules.default_route != nullptr;
  return rules;
}

// ---- New ones

// Applies the settings that the shards keep.
void Peer::apply_to_table(const SettingsChange& change) {
  check(0, [this, imports = change.imports.any(),
            exports = change.exports.any() || change.default_route,
            walks = change.exports.everything] {
    env_.engine.shards().set_most_paths(slot_, settings_.most_paths);
    if (exports) take_export_rules(walks);
    if (imports) stored(import_->check_limits());
  });
}

void Peer::host_addresses_changed() {
  if (established()) import_->set_rules(import_rules(import_->facts()));
}

void Peer::next_hops_changed() {
  if (!established() || !settings_.import.resolve_next_hop) return;
  import_->set_rules(import_rules(import_->facts()));
}

Peer::ReadsRpki Peer::vrps_changed() {
  if (!established()) return {};
  const bool guard = env_.registrations != nullptr && env_.registrations->reads_rpki();
  const ReadsRpki reads{guard || settings_.import.reads_rpki(), settings_.exported.reads_rpki()};
  if (reads.imports) import_->set_rules(import_rules(import_->facts()));
  if (reads.exports) visit_in_session(0, [this] { take_export_rules(false); });
  return reads;
}

void Peer::default_route_changed() {
  if (established()) visit_in_session(0, [this] { take_export_rules(false); });
}

void Peer::route_filter_changed() {
  if (!established()) return;
  visit_in_session(0, [this] {
    take_export_rules(true);
    env_.engine.walk_later();
  });
}

void Peer::take_export_rules(bool walks) {
  if (adj_rib_out() == nullptr) return;
  env_.engine.advertisers().set_rules(slot_, new_export_rules(), walks);
  env_.engine.advertise_later();
}

bool Peer::costs_changed() {
  if (!established()) return false;
  import_->set_rules(import_rules(import_->facts()));
  if (settings_.exported.vantage != kNoPlace) {
    visit_in_session(0, [this] {
      if (adj_rib_out() == nullptr) return;
      env_.engine.advertisers().set_rules(slot_, export_rules(), false);
    });
  }
  return true;
}

bool Peer::geofeed_changed() {
  if (!established() || !pipeline::reads_geofeed(settings_.kind, settings_.import)) return false;
  import_->set_rules(import_rules(import_->facts()));
  return established();
}

bool Peer::guard_changed() {
  if (!established()) return false;
  import_->set_rules(import_rules(import_->facts()));
  return established();
}

bool Peer::drain_changed() {
  if (!established()) return false;
  SettingsChange all;
  all.imports = all.exports = policy::ChainChange::all();
  import_->set_rules(import_rules(import_->facts()));
  apply_to_table(all);
  return established();
}

}  // namespace tern::session
