// explain: every candidate of a prefix, each comparison that ranked them, the winner in words.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/api/answer.h"
#include "bgpd/api/explain_words.h"
#include "bgpd/api/own_words.h"
#include "bgpd/api/route_view.h"
#include "bgpd/api/routes_query.h"
#include "bgpd/kernel/next_hop_watch.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/own_path.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/vantage_order.h"
#include "bgpd/session/peer.h"
#include "policy/vrp_table.h"
#include "rib/types/prefix_text.h"
#include "rib/types/quoted.h"

namespace tern::api {
namespace {

using rib::Step;

// A prefix may have thousands of paths, and a path 64 kB of attributes, several times that as text.
// These bounds keep an answer sendable and readable.
constexpr std::size_t kMostShown = 256;                             // candidates, lines on exports
constexpr std::size_t kMostOctets = std::size_t{4} << 20U;          // of the candidates
constexpr std::size_t kMostExportedOctets = std::size_t{1} << 20U;  // of the lines

class Explainer {
 public:
  Explainer(const Backend& backend, const rib::Found& found, const rib::Destination& destination,
            proto::Explanation& out)
      : speaker_(backend.speaker),
        next_hops_(backend.next_hops),
        rib_(backend.speaker.shards()[found.shard]),
        egress_(*backend.speaker.settings().egress),
        costs_(*backend.speaker.egress_costs()),
        destination_(destination),
        registrations_(speaker_.registrations()),
        entry_(registrations_ == nullptr ? nullptr : registrations_->find(destination.prefix)),
        out_(out) {}

  void explain() {
    out_.set_prefix(destination_.prefix.to_string());
    const std::size_t most = std::min(destination_.paths.size(), kMostShown);
    std::size_t octets = 0;
    for (std::size_t i = 0; i < most && octets < kMostOctets; ++i) octets += show_candidate(i);
    show_vrps();
    if (entry_ != nullptr) show_registration(*entry_, *out_.mutable_registration());
    show_guard_orders(speaker_, destination_.prefix, out_);
    const auto shown = static_cast<std::size_t>(out_.candidates_size());
    out_.set_left_out(destination_.paths.size() - shown);
    const auto compared =
        static_cast<std::uint32_t>(std::min<std::size_t>(destination_.accepted, shown));
    for (std::uint32_t i = 1; i < compared; ++i) compare_with_best(i);
    out_.set_winner(winner_sentence() + withheld_network(speaker_, destination_.nlri()));
  }

  void explain_export(session::Peer& peer) {
    const std::string name = peer.settings().name;
    const rib::PathOrder::Indices order = order_for(peer.settings().exported);
    if (!peer.established()) {
      out_.add_exported(name + " is not Established: it is told nothing");
      return;
    }
    if (peer.adj_rib_out() == nullptr) {
      out_.add_exported(name + " is not advertised yet: router.startup_delay is not over");
      return;
    }
    if (explain_default_route(peer)) return;
    const pipeline::SessionFacts& facts = peer.import()->facts();
    const pipeline::ExportRules rules = peer.export_rules();
    const std::vector<Prefix>& summaries = speaker_.advertisers().summaries();
    const auto summary = pipeline::suppressing_summary(summaries, destination_.nlri());
    if (summary != summaries.end()) {
      out_.add_exported("withheld from " + name + ": our aggregate " + summary->to_string() +
                        " stands for it (summary_only)");
      return;
    }
    std::size_t octets = 0;
    for (const std::uint32_t i : order) {
      const auto lines = static_cast<std::size_t>(out_.exported_size());
      if (lines >= kMostShown || octets >= kMostExportedOctets) {
        out_.add_exported("and " + std::to_string(order.size() - lines) + " more paths");
        break;
      }
      if (!explain_export_of(destination_.paths[i], facts, rules, name)) break;
      octets += out_.exported().rbegin()->size();
    }
    const rib::Path* const best = destination_.best();
    const bool lasts = best != nullptr && is_last_resort(pin_of(best->digest()));
    if (order.size() < destination_.accepted && !lasts) {
      out_.add_exported("a last resort is told only where it is the best path");
    }
    if (destination_.accepted == 0)
      out_.add_exported("no accepted path: " + name + " is told nothing");
  }

 private:
  [[nodiscard]] rib::Candidate candidate(std::size_t i) const {
    const rib::Path& path = destination_.paths[i];
    return {rib_.attributes()[path.effective()].key(), &rib_.peer(path.peer()),
            destination_.path_id(i)};
  }
  [[nodiscard]] std::string value_text(Step step, std::size_t i) const {
    const rib::Candidate path = candidate(i);
    if (step == Step::Pin) {
      const std::string text =
          pin_text(path.key.pin, entry_ == nullptr ? nullptr : entry_->registration);
      return is_leaving(path.key.pin) ? text + leaving_text(i) : text;
    }
    const EgressInfo place = rib_.attributes()[destination_.paths[i].effective()].egress();
    const std::string text = api::value_text(step, path, place, egress_,
                                             cost_source(destination_.paths[i].peer(), place));
    const bool last = step == Step::LocalPref && path.key.local_pref == 0;
    return last ? text + leaving_text(i) : text;
  }

  // Why the path has LOCAL_PREF 0, where RFC 8326 is the reason.
  [[nodiscard]] std::string leaving_text(std::size_t i) const {
    const session::Peer* const peer = speaker_.peer(destination_.paths[i].peer());
    if (peer != nullptr && peer->is_drained()) return " (drained)";
    const rib::AttributeSet received = pipeline::read(rib_.attributes()[destination_.received(i)]);
    return carries(received.attributes, kGracefulShutdown) ? " (graceful-shutdown)" : "";
  }

  [[nodiscard]] std::string via(const rib::Path& path) const {
    const auto source = source_of(speaker_, path.peer());
    return source ? source->name : "a neighbor that left";
  }

  // The first candidate is the best path, if there is one.
  void show_vrps() {
    const auto& vrps = speaker_.vrps();
    if (vrps == nullptr || destination_.paths.empty()) return;
    const rib::AttributeSet set = pipeline::read(rib_.attributes()[destination_.received(0)]);
    const auto source = source_of(speaker_, destination_.paths[0].peer());
    const Asn own = source ? source->local_asn : 0;
    const auto explained =
        vrps->explain(destination_.prefix, policy::validated_origin(set.attributes.as_path, own));
    api::show_vrps(explained, *out_.mutable_vrps());
    out_.set_vrps_left_out(explained.left_out);
  }

  // Returns the octets of the shown candidate.
  std::size_t show_candidate(std::size_t i) {
    const rib::Path& path = destination_.paths[i];
    proto::Explanation::Candidate& shown = *out_.add_candidates();
    const auto source = source_of(speaker_, path.peer());
    show_path(destination_.nlri(), facts_of(destination_, i), source, speaker_.shards(),
              *shown.mutable_route());
    const rib::AttributeSet set = pipeline::read(
        rib_.attributes()[path.accepted() ? path.effective() : destination_.received(i)]);
    show_attributes(set.attributes, true, *shown.mutable_route());
    show_place(egress_, set.egress, *shown.mutable_route());
    show_rpki(rpki_state(speaker_.vrps().get(), destination_.prefix, set.attributes, source),
              *shown.mutable_route());
    if (source) {
      const auto received = pipeline::read(rib_.attributes()[destination_.received(i)]);
      show_location(destination_.prefix, *source, received.attributes, shown);
      show_suspicions(speaker_, destination_.prefix, received.attributes, path.peer(), shown);
    }
    show_resolution(speaker_.peer(path.peer()), set.attributes.next_hop.global, shown);
    const EgressInfo& place = set.egress;
    if (path.peer() != kOwnSlot) {  // leaves at an exit
      shown.set_cost_source(place.cost == kUnknownCost ? "unknown"
                                                       : cost_source(path.peer(), place));
    }
    if (!path.accepted()) shown.set_lost_at("import");
    return shown.ByteSizeLong();
  }

  [[nodiscard]] std::string cost_source(PeerSlot slot, const EgressInfo& place) const {
    return api::cost_source(costs_, place, slot == kOwnSlot ? nullptr : &destination_.prefix);
  }

  void show_resolution(const session::Peer* peer, const IpAddress& next_hop,
                       proto::Explanation::Candidate& shown) const {
    if (next_hops_ == nullptr || !next_hops_->enabled()) return;
    if (peer == nullptr || !peer->settings().import.resolve_next_hop) return;
    const auto found = next_hops_->next_hops()->with(
        [&](const pipeline::NextHops& table) { return table.show(next_hop); });
    if (found) show_next_hop(*found, *shown.mutable_next_hop());
  }

  void compare_with_best(std::uint32_t other) {
    const rib::DecisionConfig& config = rib_.config();
    const rib::Candidate winner = candidate(0);
    const rib::Candidate loser = candidate(other);
    std::uint32_t number = 0;
    for (const Step step : rib::steps(config)) {
      ++number;
      const auto order = rib::compare_step(step, winner, loser, config);
      proto::Explanation::Step& shown = *out_.add_steps();
      shown.set_number(number);
      shown.set_name(step_name(step));
      shown.set_against(other);
      shown.set_winner_value(value_text(step, 0));
      shown.set_other_value(value_text(step, other));
      if (step == Step::Med && !rib::compares_med(winner, loser, config)) {
        shown.set_note("not compared: different neighbor AS");
      } else if (order == 0) {
        shown.set_note("equal");
      } else {
        // A path ranked behind the best can be ahead at this step only through MED among its own
        // neighbor's paths.
        shown.set_decided(true);
        shown.set_note(order < 0 ? "best is preferred" + registered_as(step)
                                 : "ranked within its neighbor AS by MED");
        out_.mutable_candidates(static_cast<int>(other))->set_lost_at(step_name(step));
        break;
      }
    }
  }

  // The registration, where the step that decides is the pin.
  [[nodiscard]] std::string registered_as(Step step) const {
    if (step != Step::Pin || entry_ == nullptr) return {};
    return ", " + entry_->prefix.to_string() + ", " + entry_->registration->place();
  }

  // The paths in the order that the neighbor prefers. Shows that order if the neighbor has a
  // vantage.
  [[nodiscard]] rib::PathOrder::Indices order_for(const pipeline::ExportRules& rules) {
    const auto order = order_.at(&rules.present_costs(), rules.vantage, rib_, destination_);
    if (rules.vantage == kNoPlace) return order;
    proto::Explanation::Vantage& shown = *out_.mutable_vantage();
    shown.set_pop(rules.egress->pop(rules.vantage).name);
    const auto candidates =
        order_.candidates(rules.present_costs(), rules.vantage, rib_, destination_);
    for (const rib::Candidate& path : candidates.first(std::min(candidates.size(), kMostShown))) {
      show_from_vantage(path, candidates.front(), rules, *shown.add_paths());
    }
    return order;
  }

  void show_from_vantage(const rib::Candidate& path, const rib::Candidate& first,
                         const pipeline::ExportRules& rules,
                         proto::Explanation::Vantage::Path& shown) const {
    const policy::Egress& egress = *rules.egress;
    const rib::Path& of = destination_.paths[path.mark];
    const EgressInfo place = rib_.attributes()[of.effective()].egress();
    shown.set_candidate(path.mark);
    if (place.pop != kNoPlace) shown.set_egress_pop(egress.pop(place.pop).name);
    const policy::EgressCosts& costs = rules.present_costs();
    const EgressCost backbone = costs.backbone(rules.vantage, place.pop);
    if (backbone != kUnknownCost) shown.set_backbone_us(backbone);
    const EgressCost last_mile = costs.cost_from(
        place.pop, place, pipeline::measured_to(costs, destination_.prefix, of, place.pop));
    if (last_mile != kUnknownCost) shown.set_last_mile_us(last_mile);
    if (path.key.egress_cost != kUnknownCost) shown.set_cost_us(path.key.egress_cost);
    if (path.mark == first.mark) return;
    shown.set_lost_at(step_name(rib::compare(first, path, rib_.config()).step));
  }

  [[nodiscard]] std::string winner_sentence() const {
    const rib::Path* best = destination_.best();
    if (best == nullptr) {
      return destination_.paths.empty() ? "no path" : "no accepted path: every one was rejected";
    }
    const EgressInfo place = rib_.attributes()[best->effective()].egress();
    const bool own = best->peer() == kOwnSlot;
    std::string text = own ? "best is " + own_route_name(speaker_, destination_.nlri())
                           : "best is via " + via(*best);
    if (place.pop != kNoPlace && !own) text += ", leaving at " + egress_.pop(place.pop).name;
    if (is_last_resort(candidate(0).key.pin)) text += ", as the last resort (fallback any)";
    if (destination_.accepted == 1) return text + ": it is the only accepted path";
    text += ": decided against " + via(destination_.paths[1]) + " by " +
            step_name(destination_.step) + ", " + value_text(destination_.step, 0) + " against " +
            value_text(destination_.step, 1);
    return text + registered_as(destination_.step);
  }

  // True: the neighbor gets our default route, and no path.
  bool explain_default_route(const session::Peer& peer) {
    const Nlri nlri = destination_.nlri();
    if (!has_default_route(peer, nlri)) return false;
    const DefaultRouteState state = default_route_state(speaker_, peer, nlri.family);
    out_.add_exported("our default route (default_originate): " + state.text);
    return state.told;
  }

  // False: the neighbor gets no path that ranks behind this one.
  bool explain_export_of(const rib::Path& path, const pipeline::SessionFacts& facts,
                         const pipeline::ExportRules& rules, const std::string& name) {
    PathAttributes attributes;
    const pipeline::ExportVerdict verdict = pipeline::export_to_peer(
        destination_.nlri(), pipeline::read(rib_.attributes()[path.effective()]), path.peer(),
        rib_.peer(path.peer()), facts, rules, attributes);
    std::string line = path.peer() == kOwnSlot ? own_route_name(speaker_, destination_.nlri())
                                               : "path via " + via(path);
    const EgressInfo place = rib_.attributes()[path.effective()].egress();
    if (path.peer() == kOwnSlot && place.metro != kNoPlace) {
      line += ", at " + place_text(egress_, place, cost_source(path.peer(), place));
    }
    line += ": ";
    line += export_text(verdict, attributes, name);
    if (verdict.withheld == pipeline::Withheld::NextHop) {
      line += ": " + next_hop_advice(destination_.family, attributes.next_hop.global,
                                     path.peer() == kOwnSlot, facts, rules);
    }
    if (verdict.withheld == pipeline::Withheld::RouteFilter) {
      line += ": " + route_filter_advice(*rules.filter);
    }
    out_.add_exported(line + policy_text(verdict.policy));
    const Family family = destination_.family;
    const bool several = facts.add_path_send.contains(family);
    if (several) return true;
    return verdict.withheld != pipeline::Withheld::No &&
           facts.kind == PeerKind::RouteServerClient && rules.path_hiding_mitigation;
  }

  session::Speaker& speaker_;
  const kernel::NextHopWatch* const next_hops_;  // null: next hops are not looked up
  const rib::Rib& rib_;
  const policy::Egress& egress_;
  const policy::EgressCosts& costs_;
  const rib::Destination& destination_;
  const std::shared_ptr<const policy::RegistrationTable> registrations_;
  const policy::RegistrationTable::Entry* const entry_;  // that covers the prefix; null: none does
  proto::Explanation& out_;
  pipeline::VantageOrder order_;
};

}  // namespace

void explain(const Backend& backend, const proto::ExplainRequest& request,
             proto::Response& response) {
  session::Speaker& speaker = backend.speaker;
  const rib::Shards& shards = speaker.shards();
  const auto place = parse_prefix_or_address(request.prefix());
  if (!place) return response.set_error(not_a_prefix_or_address(request.prefix()));
  Nlri wanted = unicast(*place);
  if (!request.family().empty()) {
    const auto family = parse_family(request.family());
    if (!family) return response.set_error(unknown_family(request.family()));
    if (row(*family).version != place->address().version()) {
      return response.set_error(request.prefix() + " is no prefix of " + request.family());
    }
    wanted.family = *family;
  }
  const bool is_prefix = request.prefix().find('/') != std::string::npos;
  const auto found = is_prefix ? shards.find(wanted) : shards.longest_match(wanted);
  auto destination = found ? shards.destination(*found) : rib::Destination{};
  session::Peer* const peer = speaker.find(request.neighbor());
  const bool originated = is_prefix && peer != nullptr && has_default_route(*peer, wanted);
  if (!found && originated) {
    destination.prefix = wanted.prefix;
    destination.family = wanted.family;
  }
  if (destination.paths.empty() && !originated) {
    const std::string family = request.family().empty() ? "" : " in " + request.family();
    response.set_error("no path to " + request.prefix() + family +
                       withheld_network(speaker, wanted));
    return;
  }
  const rib::Found at =
      found.value_or(rib::Found{static_cast<std::uint32_t>(shards.index_of(wanted)), 0});
  Explainer explainer(backend, at, destination, *response.mutable_explanation());
  explainer.explain();
  if (request.neighbor().empty()) return;
  if (peer == nullptr) {
    response.clear_body();
    response.set_error("no neighbor " + quoted(request.neighbor()));
    return;
  }
  explainer.explain_export(*peer);
}

}  // namespace tern::api
