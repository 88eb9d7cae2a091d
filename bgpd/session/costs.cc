#include "bgpd/session/costs.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <tuple>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/settings.h"
#include "bgpd/session/speaker.h"
#include "policy/change.h"

namespace tern::session {

policy::LiveCosts::Time Costs::now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(steady_nanoseconds()));
}

// Neighbors whose places a reload changes take the costs in force with their new settings. With the
// same places, new measurements to prefixes come by take_prefixes().
void Costs::apply(const SpeakerSettings& settings) {
  const bool has_other_places = egress_ != settings.egress;
  if (has_other_places) change_ = waiting_ = std::nullopt;
  egress_ = settings.egress;
  max_age_ = settings.costs.rules.max_age;
  live_.rebase(egress_, settings.costs.rules, settings.costs.file, now());
  live_prefixes_.rebase(egress_, settings.costs.rules, now());
  probed_prefixes_.rebase(egress_, settings.costs.rules, now());
  if (has_other_places) note_prefix_file(settings.costs.prefixes);
  put_in_force();
  if (settings.costs.prefixes.rtts == nullptr) take_prefixes({}, prefixes_, {}, egress_);
  apply(settings.costs.probes);
}

// The next look() ends the costs of measurements that are forgotten here.
void Costs::apply(const ProbeRules& probes) {
  probe_lasts_ = probes.lasts;
  std::erase_if(losses_, [&](const auto& place) { return !probes.places.contains(place.first); });
  std::set<policy::CostPair> pairs;
  for (const std::string& place : probes.places) {
    losses_.try_emplace(place);
    for (const policy::MeasuredPair& measured : from_here(place, 1)) pairs.insert(measured.pair);
  }
  live_.keep_probes(pairs);
  keep_probed_prefixes(probes.prefixes);
}

std::vector<policy::MeasuredPair> Costs::from_here(const std::string& to,
                                                   EgressCost microseconds) const {
  if (!egress_->enabled()) return {};
  return egress_->pairs_of({{egress_->pop(egress_->own_pop()).name, to, microseconds}});
}

void Costs::take_probes(const std::vector<ProbedPlace>& places) {
  for (const ProbedPlace& place : places) {
    take_probe_of_prefix(place);
    const auto loss = losses_.find(place.to);
    if (loss == losses_.end()) continue;
    loss->second = {place.recent, place.recently_lost};
    if (!place.shortest) continue;
    for (const policy::MeasuredPair& pair : from_here(place.to, *place.shortest)) {
      if (live_.take_probe(pair, probe_lasts_, now())) continue;
      if (!lines_.pass(steady_nanoseconds())) continue;
      spdlog::warn("egress: there are {} measurements; the probes to {} do not count",
                   policy::LiveCosts::kMostPairs, place.to);
    }
  }
  step();
}

Costs::Loss Costs::loss(const std::string& place) const {
  const auto found = losses_.find(place);
  return found == losses_.end() ? Loss{} : found->second;
}

void Costs::take_file(const policy::LiveCosts::FileValues& file,
                      const std::shared_ptr<const policy::Egress>& egress) {
  if (egress != egress_) return;
  live_.take_file(file, now());
  step();
}

// ---- Measurements of the control API

std::optional<std::string> Costs::set(const policy::RttSource& measured,
                                      std::optional<std::chrono::seconds> lasts) {
  if (!egress_->find_pop(measured.pop)) return "there is no PoP '" + measured.pop + "'";
  const auto pairs = egress_->pairs_of({measured});
  if (pairs.empty()) return "there is no metro or other PoP '" + measured.to + "'";
  for (const policy::MeasuredPair& pair : pairs) {
    if (live_.set(pair, lasts, now())) continue;
    std::string error =
        "there are " + std::to_string(policy::LiveCosts::kMostPairs) + " measurements";
    if (&pair == &pairs.front()) return error;
    step_soon();
    const char* const kind = pairs.front().pair.backbone ? "PoP" : "metro";
    return error + "; only the " + kind + " of this name has the new one";
  }
  step_soon();
  return std::nullopt;
}

std::optional<std::string> Costs::clear(std::string_view pop, std::string_view to) {
  const auto pairs = egress_->pairs_of({{std::string(pop), std::string(to), 1}});
  std::size_t cleared = 0;
  for (const policy::MeasuredPair& pair : pairs) cleared += live_.clear(pair.pair) ? 1 : 0;
  if (cleared == 0) {
    return "there is no measurement of 'rtt set' from '" + std::string(pop) + "' to '" +
           std::string(to) + "'";
  }
  step_soon();
  return std::nullopt;
}

std::size_t Costs::clear_all() {
  const std::size_t cleared = live_.clear_all() + live_prefixes_.clear_all();
  step_soon();
  return cleared;
}

std::vector<policy::LiveCosts::Row> Costs::rows(std::size_t most,
                                                const policy::CostPair& from) const {
  return live_.rows(now(), most, from);
}

std::optional<policy::LiveCosts::Row> Costs::row(const policy::CostPair& pair) const {
  return live_.row(pair, now());
}

void Costs::look(std::uint64_t now) {
  if (const auto count = lines_.take_left_out(now)) {
    spdlog::info("egress: {} more lines about costs were left out", count);
  }
  stepped_ = false;
  step();
  step_prefixes();
  look_at_prefixes();
}

// A step reaches the rules of all neighbors: a program that sets many pairs makes few of them.
void Costs::step_soon() {
  if (std::exchange(stepped_, true)) return;
  step();
  step_prefixes();
}

std::string Costs::text_of(const policy::CostPair& pair) const {
  const std::string& to = pair.backbone ? egress_->pop(pair.to).name : egress_->metro(pair.to).name;
  return egress_->pop(pair.from).name + " to " + to;
}

void Costs::warn_of_implausible(const policy::LiveCosts::Step& step) {
  if (!lines_.pass(steady_nanoseconds())) return;
  const auto& [pair, microseconds] = step.first_implausible;
  spdlog::warn(
      "egress: {} measurement{} shorter than light in fibre allows{}: {} {:.3f} ms, for at least "
      "{:.3f} ms{}",
      step.implausible, step.implausible == 1 ? " is" : "s are",
      step.implausible == 1 ? "" : ", as", text_of(pair), microseconds * 1e-3,
      egress_->shortest_round_trip(pair) * 1e-3, live_.uses_implausible() ? "" : "; not used");
}

void Costs::step() {
  const std::shared_ptr<const policy::EgressCosts> before = live_.table();
  const policy::LiveCosts::Step step = live_.step(now());
  put_in_force();
  if (step.implausible > 0) warn_of_implausible(step);
  if (step.pairs == 0) return;
  (step.by_age_only ? counts_.by_age : counts_.pairs) += step.pairs;
  if (lines_.pass(steady_nanoseconds())) {
    const policy::CostPair& first = step.first;
    const auto cell = in_force_->cell(first);
    spdlog::info(
        "egress: the cost of {} pair{} of places changed{}: {} from {:.3f} to {:.3f} ms ({})",
        step.pairs, step.pairs == 1 ? "" : "s", step.pairs == 1 ? "" : ", as", text_of(first),
        before->cell(first).cost * 1e-3, cell.cost * 1e-3, policy::to_string(cell.source));
  }
  if (step.change.empty()) return;
  begin_change(step.by_age_only ? rib::MoveCause::Distance : rib::MoveCause::Rtt)
      .pairs.add(step.change);
  publish();
}

// With more ranges, a round judges all routes again anyway (PrefixChange::of()). Sources of ranges
// give them in this order.
void Costs::Change::add(std::vector<policy::PrefixRange> more) {
  constexpr auto in_order = [](const policy::PrefixRange& a, const policy::PrefixRange& b) {
    return std::tie(a.prefix, a.ge, a.le) < std::tie(b.prefix, b.ge, b.le);
  };
  std::vector<policy::PrefixRange> all;
  std::ranges::set_union(ranges, more, std::back_inserter(all), in_order);
  ranges = all.size() > policy::PrefixChange::kMostRanges ? policy::PrefixChange::all_prefixes()
                                                          : std::move(all);
}

// A change that comes while neighbors take their rules waits until all have: changes that come
// faster than that would otherwise never reach the routes. Changes that wait become one.
Costs::Change& Costs::begin_change(rib::MoveCause cause) {
  std::optional<Change>& change = change_ && change_->next != 0 ? waiting_ : change_;
  if (!change) change = Change{};
  change->cause = cause;
  return *change;
}

void Costs::publish() {
  if (!slice_posted_) slice();
}

void Costs::post_slice() {
  slice_posted_ = true;
  loop_.post([this] { slice(); });
}

// The rules come first, so the round finds them. A route that waits to be stored is judged again
// because its rules are replaced (Import::store()).
void Costs::slice() {
  slice_posted_ = false;
  if (!change_) return;  // of places that a reload has replaced
  const auto& slots = neighbors_.slots();
  std::size_t left = Speaker::kSlice;
  for (; change_->next < slots.size() && left > 0; ++change_->next) {
    const auto& peer = slots[change_->next];
    if (!peer) continue;
    const PeerSettings& settings = peer->settings();
    if (settings.exported.vantage != kNoPlace) change_->with_vantage.insert(peer->slot());
    if (!peer->costs_changed()) continue;
    --left;
    if (pipeline::has_exits(settings.kind, settings.import)) change_->leaving.insert(peer->slot());
  }
  if (change_->next < slots.size()) return post_slice();
  Change change = *std::exchange(change_, std::exchange(waiting_, std::nullopt));
  if (change_) post_slice();
  if (!change.pairs.empty()) {
    reevaluation_.costs_changed(change.pairs, !change.with_vantage.empty(), change.cause);
    changed_(change.pairs);
  }
  reevaluation_.ranges_changed(std::move(change.ranges), change.leaving, change.with_vantage,
                               change.cause);
}

}  // namespace tern::session
