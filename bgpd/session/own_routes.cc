#include "bgpd/session/own_routes.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/pipeline/own_path.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "rib/types/special_space.h"

namespace tern::session {
namespace {

// Single prefixes that wait for their slices.
constexpr std::size_t kMostDue = 2 * InjectedRoutes::kMost;
constexpr char kTooManyChanges[] = "too many changes wait for the table: try again";

// Whether the two are judged together.
bool alike(const OwnNetwork* a, const OwnNetwork* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->policies == b->policies && a->place == b->place &&
         (a->aggregate == nullptr) == (b->aggregate == nullptr);
}

std::string list_of(const OwnNetwork& network) {
  const std::string list = network.aggregate == nullptr ? "networks" : "aggregates";
  return " is one of `" + list + "` of the configuration";
}

}  // namespace

OwnRoutes::OwnRoutes(Loop& loop, engine::Engine& engine,
                     const std::shared_ptr<const SpeakerSettings>& settings,
                     const std::shared_ptr<const NetworkIndex>& index,
                     const std::shared_ptr<const policy::VrpTable>& vrps,
                     const std::shared_ptr<const policy::EgressCosts>& costs,
                     const Aggregates& aggregates, std::function<void()> aggregates_stored)
    : loop_(loop),
      engine_(engine),
      settings_(settings),
      index_(index),
      vrps_(vrps),
      costs_(costs),
      aggregates_(aggregates),
      aggregates_stored_(std::move(aggregates_stored)) {}

// ---- Requests

void OwnRoutes::apply(std::shared_ptr<const SettingsPlan> plan) {
  judges_.clear();
  reads_rpki_ = plan->networks_read_rpki;
  for (Work& work : work_) {
    if (work.plan == nullptr) work.next = 0;  // other networks may have these numbers now
  }
  drop_replaced();
  if (plan->from == nullptr || plan->from->egress != plan->to->egress) places_changed();
  if (plan->networks.empty()) return;
  work_.push_back({std::move(plan), 0});
  if (!slice_posted_ && !held_up_) slice();
}

// The plan compares networks by the costs of the configuration, and others may be in force.
void OwnRoutes::places_changed() {
  judge_placed([](const EgressInfo&) { return true; });
}

// Judges the routes again whose place the function is true for. Injected routes are few.
template <typename Fn>
void OwnRoutes::judge_placed(Fn&& concerns) {
  if (due_.size() >= kMostDue) return all_again();
  for (const auto& [prefix, route] : injected_.all()) {
    if (!route.metro.empty() && concerns(place_of(route.metro))) due_.push_back(prefix);
  }
  const bool any = std::ranges::any_of(settings_->networks, [&](const OwnNetwork& network) {
    return network.place.pop != kNoPlace && concerns(network.place);
  });
  if (any) {
    networks_again();
  } else if (!due_.empty()) {
    slice_later();
  }
}

void OwnRoutes::when_done(std::function<void()> done) {
  if (!done) return;
  if (idle()) return done();
  done_.push_back(std::move(done));
}

// Injected routes have no policies that could read the state.
void OwnRoutes::vrps_changed(const std::vector<policy::PrefixRange>& changed) {
  judges_.clear();
  if (!reads_rpki_) return;
  if (collect(changed)) return slice_later();
  networks_again();
}

void OwnRoutes::costs_changed(const policy::CostChange& change) {
  judges_.clear();
  judge_placed([&](const EgressInfo& place) { return change.touches(place.pop, place.metro); });
}

// Adds the networks in the ranges to due_. False: so many that all networks are better visited in
// slices.
bool OwnRoutes::collect(const std::vector<policy::PrefixRange>& ranges) {
  if (ranges.size() > kSlice || due_.size() >= kMostDue) return false;
  const std::vector<OwnNetwork>& all = settings_->networks;
  std::vector<Prefix> found;
  for (const policy::PrefixRange& range : ranges) {
    // The networks that a prefix covers follow it in the order of prefixes.
    auto at = std::ranges::lower_bound(all, range.prefix, std::less{}, &OwnNetwork::prefix);
    for (; at != all.end() && range.prefix.covers(at->prefix); ++at) {
      if (found.size() == kSlice) return false;
      found.push_back(at->prefix);
    }
  }
  due_.insert(due_.end(), found.begin(), found.end());
  return true;
}

void OwnRoutes::conditions_changed(const std::set<std::string>& names) {
  std::size_t count = 0;
  for (const std::string& name : names) {
    const auto found = index_->by_condition.find(name);
    if (found == index_->by_condition.end()) continue;
    count += found->second.size();
    if (count > kSlice || due_.size() >= kMostDue) return networks_again();
    for (const std::uint32_t i : found->second) due_.push_back(settings_->networks[i].prefix);
  }
  if (count > 0) slice_later();
}

void OwnRoutes::aggregate_changed(const Prefix& prefix) {
  due_.push_back(prefix);
  slice_later();
}

void OwnRoutes::all_again() {
  due_.clear();
  for (const auto& [prefix, route] : injected_.all()) due_.push_back(prefix);
  networks_again();
}

void OwnRoutes::networks_again() {
  if (work_.empty() || work_.back().plan != nullptr) work_.push_back({});
  work_.back().next = 0;
  slice_later();
}

void OwnRoutes::go_on() {
  if (std::exchange(held_up_, false)) slice_later();
}

void OwnRoutes::keep_house(std::uint32_t now) {
  expire(now);
  if (!std::exchange(incomplete_, false)) return;
  log_no_memory();
  all_again();
}

// ---- Injected routes

std::optional<std::string> OwnRoutes::inject(InjectedRoute route) {
  if (due_.size() >= kMostDue) return kTooManyChanges;
  const std::string text = route.prefix.to_string();
  if (const OwnNetwork* const network = find(route.prefix)) {
    return text + list_of(*network) + ", which counts";
  }
  if (const SpecialBlock* const block = forbids(Use::Prefix, route.prefix)) {
    return "no routing table has " + text + ": it is in " + block->to_string();
  }
  // Kept routes of an earlier process come before the settings.
  const bool has_settings = settings_->egress != nullptr;
  if (has_settings && !route.metro.empty() && place_of(route.metro) == EgressInfo{}) {
    return "the configuration has no metro " + route.metro + ", or no egress.pop";
  }
  const InjectedRoute* const before = injected_.find(route.prefix);
  const bool was_kept = before != nullptr && before->kept;
  const InjectedRoute changed{route.prefix, {}, {}, 0, 0, route.kept || was_kept};
  if (!injected_.put(std::move(route))) {
    return "there are " + std::to_string(InjectedRoutes::kMost) + " originated routes already";
  }
  note_changed(changed);
  return std::nullopt;
}

std::optional<std::string> OwnRoutes::withdraw(const Prefix& prefix) {
  if (due_.size() >= kMostDue) return kTooManyChanges;
  const InjectedRoute* const found = injected_.find(prefix);
  if (found == nullptr) {
    const OwnNetwork* const network = find(prefix);
    return prefix.to_string() + (network != nullptr
                                     ? list_of(*network) + ": a reload without it withdraws it"
                                     : " was not originated");
  }
  const InjectedRoute gone = *found;
  injected_.erase(prefix);
  note_changed(gone);
  return std::nullopt;
}

// The prefix waits for its slice, and the file of kept routes is written where it has the route.
void OwnRoutes::note_changed(const InjectedRoute& route) {
  due_.push_back(route.prefix);
  slice_later();
  if (route.kept && kept_changed_) kept_changed_();
}

void OwnRoutes::expire(std::uint32_t now) {
  for (const InjectedRoute& route : injected_.expire(now)) {
    spdlog::info("originated route {} is withdrawn: its time is over", route.prefix.to_string());
    note_changed(route);
  }
}

// A network of new settings takes the place of an injected route.
void OwnRoutes::drop_replaced() {
  std::vector<InjectedRoute> replaced;
  for (const auto& [prefix, route] : injected_.all()) {
    if (find(prefix) != nullptr) replaced.push_back(route);
  }
  for (const InjectedRoute& route : replaced) {
    spdlog::warn("originated route {} ends: its prefix{}", route.prefix.to_string(),
                 list_of(*find(route.prefix)));
    injected_.erase(route.prefix);
    note_changed(route);
  }
}

// ---- Slices

void OwnRoutes::slice_later() {
  if (held_up_ || std::exchange(slice_posted_, true)) return;
  loop_.post([this] {
    slice_posted_ = false;
    slice();
  });
}

// Null: the first list of prefixes that wait is at its end.
const Prefix* OwnRoutes::next_prefix() {
  if (!due_.empty()) {
    first_due_ = due_.front();
    due_.pop_front();
    return &first_due_;
  }
  if (work_.empty()) return nullptr;
  Work& work = work_.front();
  if (work.plan != nullptr) {
    const std::vector<Prefix>& changed = work.plan->networks;
    return work.next < changed.size() ? &changed[work.next++] : nullptr;
  }
  const std::vector<OwnNetwork>& all = settings_->networks;
  return work.next < all.size() ? &all[work.next++].prefix : nullptr;
}

const OwnNetwork* OwnRoutes::find(const Prefix& prefix) const {
  return find_network(*settings_, prefix);
}

// Consecutive networks of one family with the same policies and the same place are judged together.
void OwnRoutes::slice() {
  if (idle() || settings_->egress == nullptr) return;  // kept routes wait for the first settings
  if (engine_.full()) {
    held_up_ = true;
    return;
  }
  if (!routes_) routes_.emplace(engine_.shards().size());
  std::vector<Nlri> run;
  const OwnNetwork* as = nullptr;  // of the run
  const Prefix* prefix = nullptr;
  bool has_aggregate = false;
  for (std::size_t i = 0; i < kSlice && (prefix = next_prefix()) != nullptr; ++i) {
    const OwnNetwork* const network = find(*prefix);
    const InjectedRoute* const injected = network == nullptr ? injected_.find(*prefix) : nullptr;
    if (injected != nullptr) {
      put(*injected);
      continue;
    }
    const auto wanted = network == nullptr ? std::optional(false) : aggregates_.is_wanted(*network);
    if (!wanted) continue;  // not known yet: the table keeps what it has
    if (!*wanted && aggregates_.holds_back(*prefix)) continue;  // until aggregate_changed()
    has_aggregate |= network != nullptr && network->aggregate != nullptr;
    const OwnNetwork* const its = *wanted ? network : nullptr;
    const Nlri nlri = unicast(*prefix);
    if (!run.empty() && (!alike(its, as) || nlri.family != run.front().family)) {
      put(run, as);
      run.clear();
    }
    as = its;
    run.push_back(nlri);
  }
  put(run, as);
  (void)engine_.store(kOwnSlot, *routes_, unix_seconds(), engine_.load());
  engine_.advertise_later();
  if (has_aggregate) aggregates_stored_();
  if (prefix == nullptr && !work_.empty()) work_.pop_front();
  if (!idle()) return slice_later();
  for (const auto& done : std::exchange(done_, {})) done();
}

// as: the network with their policies and place; null for prefixes that are no networks any more,
// and networks that are not wanted.
void OwnRoutes::put(const std::vector<Nlri>& run, const OwnNetwork* as) {
  if (run.empty()) return;
  const Family family = run.front().family;
  static const policy::Chain kNone;
  pipeline::Judge& judge = judge_of(as == nullptr ? kNone : *as->policies);
  if (as == nullptr) return judge.withdraw(family, run, *routes_);
  const PathAttributes attributes =
      as->aggregate == nullptr
          ? pipeline::own_attributes(family)
          : pipeline::aggregate_attributes(family, settings_->asn, settings_->identifier);
  judge.originate(run, attributes, as->place, *routes_);
  incomplete_ = judge.take_no_memory() || incomplete_;
}

void OwnRoutes::put(const InjectedRoute& route) {
  static const policy::Chain kNone;
  const std::vector<Nlri> one{unicast(route.prefix)};
  PathAttributes attributes = pipeline::own_attributes(one.front().family);
  attributes.med = route.attributes.med;
  attributes.local_pref = route.attributes.local_pref;
  attributes.communities = route.attributes.communities;
  attributes.extended_communities = route.attributes.extended_communities;
  attributes.large_communities = route.attributes.large_communities;
  pipeline::Judge& judge = judge_of(kNone);
  judge.originate(one, attributes, place_of(route.metro), *routes_);
  incomplete_ = judge.take_no_memory() || incomplete_;
}

EgressInfo OwnRoutes::place_of(const std::string& metro) const {
  return settings_->egress->place_of(metro);
}

pipeline::Judge& OwnRoutes::judge_of(const policy::Chain& policies) {
  std::unique_ptr<pipeline::Judge>& judge = judges_[&policies];
  if (judge == nullptr) {
    pipeline::ImportRules rules;
    rules.policies = policies;
    rules.peer.local_asn = settings_->asn;
    rules.egress = settings_->egress;
    rules.vrps = vrps_;
    rules.costs = costs_;
    judge = std::make_unique<pipeline::Judge>(
        engine_.shards(), pipeline::own_facts(settings_->asn),
        std::make_shared<const pipeline::ImportRules>(std::move(rules)));
  }
  return *judge;
}

void OwnRoutes::log_no_memory() {
  const std::uint64_t now = steady_nanoseconds();
  if (logged_ != 0 && now - logged_ < LogLimiter::kInterval) return;
  logged_ = now;
  spdlog::error("memory is short: some routes of ours are not announced; tried once a second");
}

}  // namespace tern::session
