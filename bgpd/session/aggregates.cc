#include "bgpd/session/aggregates.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/pipeline/contribution.h"

namespace tern::session {
namespace {

// The filter of a RouteWatch: decides whether a route contributes to an aggregate.
struct Contribution {
  SharedValue<AggregateSettings> settings;
  std::shared_ptr<const policy::VrpTable> vrps;
  std::shared_ptr<const std::vector<Prefix>> aggregates;
  Asn asn = 0;

  [[nodiscard]] bool operator()(const rib::Rib& rib, rib::DestId id) const {
    return pipeline::contributes(rib, id, {settings->match, *aggregates, vrps.get(), asn});
  }
};

}  // namespace

Aggregates::Aggregates(Loop& loop, engine::Engine& engine, Reevaluation& reevaluation,
                       const Conditions& conditions,
                       const std::shared_ptr<const SpeakerSettings>& settings,
                       const std::shared_ptr<const NetworkIndex>& index,
                       const std::shared_ptr<const policy::VrpTable>& vrps, Changed changed)
    : loop_(loop),
      engine_(engine),
      reevaluation_(reevaluation),
      conditions_(conditions),
      settings_(settings),
      index_(index),
      vrps_(vrps),
      changed_(std::move(changed)) {}

void Aggregates::apply() {
  std::map<Prefix, std::unique_ptr<RouteWatch>> watches;
  std::vector<Prefix> prefixes;
  for (const std::uint32_t i : index_->aggregates) {
    const Prefix& prefix = settings_->networks[i].prefix;
    prefixes.push_back(prefix);
    std::unique_ptr<RouteWatch>& watch = watches[prefix];
    const auto known = watches_.find(prefix);
    if (known != watches_.end()) {
      watch = std::move(known->second);
      watch->begin_anew();
    } else {
      watch = std::make_unique<RouteWatch>(loop_, engine_, prefix, RouteWatch::Scope::MoreSpecific,
                                           [this, prefix] { answered(prefix); });
    }
  }
  watches_ = std::move(watches);
  prefixes_ = std::make_shared<const std::vector<Prefix>>(std::move(prefixes));
  suppress();
  look();
}

void Aggregates::look() {
  for (const std::uint32_t i : index_->aggregates) {
    const OwnNetwork& network = settings_->networks[i];
    RouteWatch& watch = *watches_.at(network.prefix);
    if (watch.rests()) continue;
    watch.look(std::make_shared<const RouteWatch::Filter>(
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
  suppress();
  changed_(prefix);
}

std::optional<bool> Aggregates::is_wanted(const OwnNetwork& network) const {
  const auto holds = conditions_.holds(network.when);
  if (holds != std::optional(true) || network.aggregate == nullptr) return holds;
  return present(network.prefix);
}

// The visit comes behind paths that wait to be stored.
void Aggregates::suppress() {
  if (index_->aggregates.empty() && engine_.advertisers().summaries().empty()) return;
  engine_.visit_all([this] { suppress_in_visit(); });
}

bool Aggregates::is_suppressing(const Prefix& prefix) const {
  return std::ranges::binary_search(engine_.advertisers().summaries(), prefix);
}

bool Aggregates::holds_back(const Prefix& prefix) const {
  return is_suppressing(prefix) || releasing_.contains(prefix);
}

// Whether the aggregate is advertised in place of its more specific routes. While is_wanted() is
// not known, the aggregate and the suppression stay as they are.
bool Aggregates::stands(const OwnNetwork& network) const {
  if (!network.aggregate->summary_only) return false;
  const auto wanted = is_wanted(network);
  if (!wanted.value_or(is_suppressing(network.prefix))) return false;
  const rib::Shards& shards = engine_.shards();
  const auto found = shards.find(unicast(network.prefix));
  if (!found) return false;
  const rib::Destination destination = shards.destination(*found);
  return std::ranges::any_of(destination.paths.first(destination.accepted),
                             [](const rib::Path& path) { return path.peer() == kOwnSlot; });
}

// Routes that are suppressed from this visit on, or until this visit, are advertised again.
void Aggregates::suppress_in_visit() {
  std::vector<Prefix> now;
  for (const std::uint32_t i : index_->aggregates) {
    const OwnNetwork& network = settings_->networks[i];
    if (stands(network)) now.push_back(network.prefix);
  }
  const std::vector<Prefix> before = engine_.advertisers().summaries();
  if (now == before) return;
  engine_.advertisers().set_summaries(now);
  std::vector<policy::PrefixRange> ranges;
  const auto differs = [&](const Prefix& prefix) {
    ranges.push_back({prefix, prefix.length(), static_cast<std::uint8_t>(prefix.address().bits())});
  };
  std::vector<Prefix> ended;
  std::ranges::set_difference(before, now, std::back_inserter(ended));
  std::vector<Prefix> begun;
  std::ranges::set_difference(now, before, std::back_inserter(begun));
  std::ranges::for_each(ended, differs);
  std::ranges::for_each(begun, differs);
  releasing_.insert(ended.begin(), ended.end());
  reevaluation_.advertise_again(std::move(ranges), [this, ended] { released(ended); });
}

void Aggregates::released(const std::vector<Prefix>& prefixes) {
  for (const Prefix& prefix : prefixes) {
    releasing_.erase(releasing_.find(prefix));
    if (!holds_back(prefix)) changed_(prefix);
  }
}

}  // namespace tern::session
