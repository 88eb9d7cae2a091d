#include "tests/sim/origination.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "bgpd/pipeline/contribution.h"
#include "bgpd/pipeline/own_path.h"
#include "bgpd/pipeline/range_walk.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::sim {
namespace {

constexpr std::uint32_t kStoredAt = 1'700'000'000;  // Unix seconds
constexpr std::size_t kWholeTable = 100'000;        // more than a run has

}  // namespace

Origination::Origination(rib::Shards& shards, pipeline::Advertisers& advertisers,
                         pipeline::NextHops& next_hops, const model::Host& host, Hooks hooks)
    : shards_(shards),
      advertisers_(advertisers),
      next_hops_(next_hops),
      host_(host),
      hooks_(std::move(hooks)) {}

// ---- Rules

void Origination::originate(const model::OwnChange& change, int when) {
  for (const Nlri& nlri : change.nlri) {
    if (change.attributes) {
      networks_[nlri] = {*change.attributes, when};
    } else {
      networks_.erase(nlri);
    }
    reconsider(nlri);
  }
}

void Origination::set_aggregate(const Prefix& prefix, const std::optional<Aggregate>& aggregate) {
  if (aggregate) {
    aggregates_[prefix] = {*aggregate, std::nullopt, std::nullopt};
  } else {
    aggregates_.erase(prefix);
  }
  suppress();
  reconsider(unicast(prefix));
}

std::optional<bool> Origination::holds(int when) const {
  return when == 0 ? std::optional(true) : conditions_[static_cast<std::size_t>(when)].holds();
}

// ---- Looks

bool Origination::look(Time now) {
  const bool conditions_rest = look_at_conditions(now);
  return look_at_aggregates() && conditions_rest;
}

bool Origination::look_at_conditions(Time now) {
  bool rests = true;
  std::set<int> changed;
  for (int number = 1; number < kConditions; ++number) {
    const session::ConditionSettings& of = condition(number);
    const auto decides = [&](const session::Requirement& each) { return find(each) == of.any; };
    const bool found = std::ranges::any_of(of.requirements, decides) == of.any;
    session::Hysteresis& state = conditions_[static_cast<std::size_t>(number)];
    const auto nanoseconds = std::chrono::nanoseconds(now).count();
    if (state.look(found, static_cast<std::uint64_t>(nanoseconds), of.times)) {
      changed.insert(number);
    }
    rests = rests && state.changes_at() == 0;
  }
  if (changed.empty()) return rests;
  suppress();
  for (const auto& [nlri, network] : networks_) {
    if (changed.contains(network.when)) reconsider(nlri);
  }
  for (const auto& [prefix, watched] : aggregates_) {
    if (changed.contains(watched.rules.when)) reconsider(unicast(prefix));
  }
  hooks_.conditions_changed();
  return false;
}

bool Origination::find(const session::Requirement& requirement) {
  using Asked = session::Requirement::Kind;
  switch (requirement.kind) {
    case Asked::PopDrained:
      return pop_drained_ == requirement.drained;
    case Asked::Sessions:
      return hooks_.established(requirement.group) >= requirement.at_least;
    case Asked::Interface:
      return host_.link;
    case Asked::NextHop:
      return next_hops_.find(requirement.next_hop, kOwnSlot).resolved;
    case Asked::Route:
      break;
  }
  return find(requirement.route);
}

bool Origination::find(const session::RouteQuestion& question) {
  const rib::ClientSet slots = hooks_.slots(question.group);
  const Filter filter = [&](const rib::Rib& rib, rib::DestId id) {
    return pipeline::has_route_of_neighbor(rib, id, question.group.empty() ? nullptr : &slots);
  };
  if (question.covered) {
    return search(question.prefix, question.prefix.length(), filter).has_value();
  }
  const auto found = shards_.find(unicast(question.prefix));
  return found && filter(shards_[found->shard], found->id);
}

// A route in the prefix that has this length or more.
std::optional<Prefix> Origination::search(const Prefix& in, unsigned from_length,
                                          const Filter& filter) const {
  const pipeline::RangeWalk::Ranges ranges{
      {in, static_cast<std::uint8_t>(from_length), static_cast<std::uint8_t>(in.address().bits())}};
  std::optional<Prefix> found;
  for (std::size_t shard = 0; shard < shards_.size() && !found; ++shard) {
    const rib::Rib& rib = shards_[shard];
    pipeline::RangeWalk::Work left{kWholeTable, kWholeTable};
    pipeline::RangeWalk walk;
    (void)walk.slice(rib, ranges, left, [&](rib::DestId id) {
      const rib::Destination destination = rib.destination(id);
      const bool counts = destination.family == unicast(in.address().version());
      if (!found && counts && filter(rib, id)) found = destination.prefix;
    });
  }
  return found;
}

// The route that was found last, if it still contributes, or another one.
std::optional<Prefix> Origination::contributor(const Prefix& prefix, const Watched& watched) const {
  std::vector<Prefix> all;
  for (const auto& each : aggregates_) all.push_back(each.first);
  const Filter filter = [&](const rib::Rib& rib, rib::DestId id) {
    return pipeline::contributes(rib, id,
                                 {match_of(watched.rules), all, nullptr, pipeline::kOurAsn});
  };
  if (watched.found) {
    const auto known = shards_.find(unicast(*watched.found));
    if (known && filter(shards_[known->shard], known->id)) return watched.found;
  }
  return search(prefix, prefix.length() + 1U, filter);
}

bool Origination::look_at_aggregates() {
  std::vector<Prefix> changed;
  for (auto& [prefix, watched] : aggregates_) {
    watched.found = contributor(prefix, watched);
    const bool present = watched.found.has_value();
    if (std::exchange(watched.present, present) != present) changed.push_back(prefix);
  }
  if (changed.empty()) return true;
  suppress();
  for (const Prefix& prefix : changed) reconsider(unicast(prefix));
  return false;
}

// ---- Routes

std::optional<bool> Origination::is_wanted(const Watched& watched) const {
  const auto holds = this->holds(watched.rules.when);
  return holds == std::optional(true) ? watched.present : holds;
}

bool Origination::is_suppressing(const Prefix& prefix) const {
  return std::ranges::binary_search(advertisers_.summaries(), prefix);
}

bool Origination::holds_back(const Prefix& prefix) const {
  return is_suppressing(prefix) || releasing_.contains(prefix);
}

void Origination::store(const Nlri& nlri, const std::optional<PathAttributes>& attributes) {
  model::store({{nlri}, attributes}, shards_, kStoredAt);
  hooks_.stored();
}

// Like a prefix in session::OwnRoutes::slice().
void Origination::reconsider(const Nlri& nlri) {
  std::optional<bool> wanted(false);
  PathAttributes attributes;
  const auto network = networks_.find(nlri);
  const bool is_unicast = nlri == unicast(nlri.prefix);
  const auto aggregate = is_unicast ? aggregates_.find(nlri.prefix) : aggregates_.end();
  if (network != networks_.end()) {
    wanted = holds(network->second.when);
    attributes = network->second.attributes;
  } else if (aggregate != aggregates_.end()) {
    wanted = is_wanted(aggregate->second);
    attributes =
        pipeline::aggregate_attributes(nlri.family, pipeline::kOurAsn, pipeline::kOurIdentifier);
  }
  if (!wanted) return;
  if (!*wanted && is_unicast && holds_back(nlri.prefix)) return;  // until released()
  store(nlri, *wanted ? std::optional(attributes) : std::nullopt);
  if (aggregate != aggregates_.end()) suppress();
}

// ---- Suppression

bool Origination::stands(const Prefix& prefix, const Watched& watched) const {
  if (!watched.rules.summary_only) return false;
  if (!is_wanted(watched).value_or(is_suppressing(prefix))) return false;
  const auto found = shards_.find(unicast(prefix));
  if (!found) return false;
  const rib::Destination destination = shards_.destination(*found);
  return std::ranges::any_of(destination.paths.first(destination.accepted),
                             [](const rib::Path& path) { return path.peer() == kOwnSlot; });
}

// Like session::Aggregates::suppress_in_visit().
void Origination::suppress() {
  std::vector<Prefix> now;
  for (const auto& [prefix, watched] : aggregates_) {
    if (stands(prefix, watched)) now.push_back(prefix);
  }
  const std::vector<Prefix> before = advertisers_.summaries();
  if (now == before) return;
  advertisers_.set_summaries(now);
  std::vector<Prefix> ended;
  std::ranges::set_difference(before, now, std::back_inserter(ended));
  std::vector<Prefix> differ;
  std::ranges::set_symmetric_difference(before, now, std::back_inserter(differ));
  std::vector<policy::PrefixRange> ranges;
  for (const Prefix& prefix : differ) {
    ranges.push_back({prefix, prefix.length(), static_cast<std::uint8_t>(prefix.address().bits())});
  }
  releasing_.insert(ended.begin(), ended.end());
  hooks_.advertise_again(std::move(ranges), std::move(ended));
}

void Origination::released(const std::vector<Prefix>& prefixes) {
  for (const Prefix& prefix : prefixes) {
    releasing_.erase(releasing_.find(prefix));
    if (!holds_back(prefix)) reconsider(unicast(prefix));
  }
}

}  // namespace tern::sim
