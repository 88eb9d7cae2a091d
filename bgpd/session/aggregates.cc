#include "bgpd/session/aggregates.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"

namespace tern::session {
namespace {

// What decides whether a route contributes to an aggregate.
struct Contribution {
  SharedValue<AggregateSettings> settings;
  std::shared_ptr<const policy::VrpTable> vrps;
  std::shared_ptr<const std::vector<Prefix>> aggregates;
  Asn asn = 0;

  [[nodiscard]] bool operator()(const rib::Rib& rib, rib::DestId id) const {
    const rib::Destination destination = rib.destination(id);
    const rib::Path* const best = destination.best();
    if (best == nullptr || rib.is_expired(id, 0)) return false;
    const bool own = best->peer() == kOwnSlot;
    if (own && std::ranges::binary_search(*aggregates, destination.prefix)) return false;
    const policy::Chain& match = settings->match;
    if (match.empty()) return true;
    const rib::AttributeSet set = pipeline::read(rib.attributes()[best->effective()]);
    const policy::Answers answers = match.ask(
        {destination.prefix, vrps.get(), policy::validated_origin(set.attributes.as_path, asn)});
    PathAttributes changed = set.attributes;
    return match
        .evaluate({destination.prefix, set.attributes, set.egress, destination.family, own},
                  answers, {}, changed)
        .accept;
  }
};

}  // namespace

Aggregates::Aggregates(Loop& loop, engine::Engine& engine, Reevaluation& reevaluation,
                       const Conditions& conditions,
                       const std::shared_ptr<const SpeakerSettings>& settings,
                       const std::shared_ptr<const policy::VrpTable>& vrps, Changed changed)
    : loop_(loop),
      engine_(engine),
      reevaluation_(reevaluation),
      conditions_(conditions),
      settings_(settings),
      vrps_(vrps),
      changed_(std::move(changed)) {}

void Aggregates::apply() {
  std::map<Prefix, std::unique_ptr<RouteWatch>> watches;
  std::vector<Prefix> prefixes;
  for (const OwnNetwork& network : settings_->networks) {
    if (network.aggregate == nullptr) continue;
    prefixes.push_back(network.prefix);
    const auto known = watches_.find(network.prefix);
    watches[network.prefix] =
        known != watches_.end()
            ? std::move(known->second)
            : std::make_unique<RouteWatch>(loop_, engine_, network.prefix,
                                           RouteWatch::Scope::MoreSpecific,
                                           [this, prefix = network.prefix] { answered(prefix); });
  }
  watches_ = std::move(watches);
  prefixes_ = std::make_shared<const std::vector<Prefix>>(std::move(prefixes));
  suppress();
  look();
}

void Aggregates::look() {
  if (watches_.empty()) return;
  for (const OwnNetwork& network : settings_->networks) {
    if (network.aggregate == nullptr) continue;
    watches_.at(network.prefix)
        ->look(std::make_shared<const RouteWatch::Filter>(
            Contribution{network.aggregate, vrps_, prefixes_, settings_->asn}));
  }
}

std::optional<bool> Aggregates::present(const Prefix& prefix) const {
  const auto found = watches_.find(prefix);
  return found == watches_.end() ? std::nullopt : found->second->present();
}

std::optional<Prefix> Aggregates::contributor(const Prefix& prefix) const {
  const auto found = watches_.find(prefix);
  return found == watches_.end() ? std::nullopt : found->second->found();
}

void Aggregates::answered(const Prefix& prefix) {
  if (const auto route = contributor(prefix)) {
    spdlog::info("aggregate {}: {} contributes", prefix.to_string(), route->to_string());
  } else {
    spdlog::info("aggregate {}: no route contributes", prefix.to_string());
  }
  changed_(prefix);
  suppress();
}

// Has the routes advertised again that are suppressed from now on, or no longer.
void Aggregates::suppress() {
  std::vector<Prefix> now;
  for (const OwnNetwork& network : settings_->networks) {
    if (network.aggregate == nullptr || !network.aggregate->summary_only) continue;
    const bool originated =
        conditions_.holds(network.when).value_or(false) && present(network.prefix).value_or(false);
    if (originated) now.push_back(network.prefix);
  }
  std::vector<Prefix> differ;
  std::ranges::set_symmetric_difference(now, summaries_, std::back_inserter(differ));
  if (differ.empty()) return;
  summaries_ = std::move(now);
  engine_.visit_all(
      [this, summaries = summaries_] { engine_.advertisers().set_summaries(summaries); });
  std::vector<policy::PrefixRange> ranges;
  for (const Prefix& prefix : differ) {
    ranges.push_back({prefix, prefix.length(), static_cast<std::uint8_t>(prefix.address().bits())});
  }
  reevaluation_.advertise_again(std::move(ranges));
}

}  // namespace tern::session
