// Measured round trips to prefixes, of the file, of the control API and of probes: their part of
// Costs.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "bgpd/session/costs.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/settings.h"
#include "policy/change.h"

namespace tern::session {

// ---- Measurements of the file

void Costs::note_prefix_file(const PrefixMeasurements& measured) {
  prefixes_ = measured.rtts;
  prefixes_at_ = now() - measured.age;
  prefixes_stale_ = prefixes_are_stale();
}

bool Costs::prefixes_are_stale() const {
  return max_age_.count() != 0 && now() - prefixes_at_ > max_age_;
}

void Costs::take_prefixes(const PrefixMeasurements& measured,
                          const std::shared_ptr<const policy::PrefixRtts>& before,
                          std::vector<policy::PrefixRange> changed,
                          const std::shared_ptr<const policy::Egress>& egress) {
  if (egress != egress_) return;
  constexpr auto kFile = policy::CostSource::File;
  const std::shared_ptr<const policy::PrefixRtts> used = in_force_->prefix_rtts(kFile);
  note_prefix_file(measured);
  put_in_force();
  const std::shared_ptr<const policy::PrefixRtts>& uses = in_force_->prefix_rtts(kFile);
  if (used == uses) return;
  if (used == nullptr || uses == nullptr) {
    changed = (used != nullptr ? used : uses)->ranges();
  } else if (before == nullptr || !(*before == *used)) {
    changed = policy::PrefixChange::all_prefixes();
  }
  if (changed.empty()) return;
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("egress: {} measured round trips to prefixes count",
                 uses == nullptr ? 0 : uses->size());
  }
  begin_change(rib::MoveCause::Rtt).add(std::move(changed));
  publish();
}

void Costs::look_at_prefixes() {
  if (prefixes_ == nullptr || prefixes_are_stale() == prefixes_stale_) return;
  prefixes_stale_ = !prefixes_stale_;
  put_in_force();
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("egress: the measured round trips to prefixes {}",
                 prefixes_stale_ ? "are too old and do not count" : "count again");
  }
  begin_change(prefixes_stale_ ? rib::MoveCause::Distance : rib::MoveCause::Rtt)
      .add(prefixes_->ranges());
  publish();
}

const std::shared_ptr<const policy::PrefixRtts>& Costs::present_prefixes(
    policy::CostSource source) const {
  static const std::shared_ptr<const policy::PrefixRtts> kNone;
  if (source == policy::CostSource::File) return prefixes_stale_ ? kNone : prefixes_;
  return live_prefixes(source).table();
}

// A table whose measurements count as those of the table in use does not replace it, whatever was
// measured.
void Costs::put_in_force() {
  bool is_in_force = of_pairs_ == live_.table();
  auto counting = of_prefixes_;
  for (std::size_t i = 0; i < counting.size(); ++i) {
    const policy::CostSource source = policy::EgressCosts::kPrefixSources[i];
    const auto& present = present_prefixes(source);
    const auto& used = in_force_->prefix_rtts(source);
    const bool count_alike = of_prefixes_[i] == present || (used && present && *used == *present);
    counting[i] = count_alike ? used : present;
    is_in_force &= counting[i] == used;
    of_prefixes_[i] = present;
  }
  if (is_in_force) return;
  of_pairs_ = live_.table();
  const auto& [of_operator, of_file, of_probes] = counting;
  in_force_ = of_operator || of_file || of_probes
                  ? of_pairs_->with_prefixes(of_file, of_operator, of_probes)
                  : of_pairs_;
  reevaluation_.costs_replaced();
}

// Without those of probes, which other PoPs do not know.
std::vector<std::uint32_t> Costs::digests() const {
  std::vector<std::uint32_t> digests = live_.digests();
  for (PopId pop = 0; pop < digests.size(); ++pop) {
    std::uint32_t measured = 0;
    for (const policy::CostSource source :
         {policy::CostSource::Operator, policy::CostSource::File}) {
      const auto& present = present_prefixes(source);
      if (present != nullptr) measured += present->digest(pop);
    }
    digests[pop] ^= measured;
  }
  return digests;
}

// ---- Measurements of probes

// The next look() ends the costs of measurements that are forgotten here.
void Costs::keep_probed_prefixes(const std::map<std::string, Prefix>& probed) {
  prefixes_to_probe_ = probed;
  std::set<policy::LivePrefixRtts::Key> keys;
  if (egress_->enabled()) {
    for (const auto& [text, prefix] : probed) keys.insert({egress_->own_pop(), prefix});
  }
  probed_prefixes_.keep(keys);
}

// The configuration has fewer targets than there may be measurements.
void Costs::take_probe_of_prefix(const ProbedPlace& probed) {
  const auto prefix = prefixes_to_probe_.find(probed.to);
  if (prefix == prefixes_to_probe_.end() || !probed.shortest || !egress_->enabled()) return;
  (void)probed_prefixes_.probe({egress_->own_pop(), prefix->second}, *probed.shortest, probe_lasts_,
                               now());
}

// ---- Measurements of the control API

std::optional<std::string> Costs::set_prefixes(std::string_view pop,
                                               const std::vector<PrefixRtt>& measured,
                                               std::optional<std::chrono::seconds> lasts) {
  const auto from = egress_->find_pop(pop);
  if (!from) return "there is no PoP '" + std::string(pop) + "'";
  std::vector<policy::PrefixRtts::Measured> numbered;
  numbered.reserve(measured.size());
  for (const auto& [prefix, microseconds] : measured) {
    numbered.push_back({prefix, *from, microseconds});
  }
  if (!live_prefixes_.set(numbered, lasts, now())) {
    return "there are " + std::to_string(live_prefixes_.size()) +
           " measurements to prefixes, and with these there would be more than " +
           std::to_string(policy::LivePrefixRtts::kMost) + "; none is taken";
  }
  step_soon();
  return std::nullopt;
}

std::optional<std::string> Costs::clear_prefixes(std::string_view pop,
                                                 const std::vector<Prefix>& prefixes) {
  const auto from = egress_->find_pop(pop);
  if (!from) return "there is no PoP '" + std::string(pop) + "'";
  for (const Prefix& prefix : prefixes) {
    if (live_prefixes_.row({*from, prefix}, now())) continue;
    return "there is no measurement of 'rtt set' from '" + std::string(pop) + "' to " +
           prefix.to_string() + (prefixes.size() == 1 ? "" : "; none is cleared");
  }
  for (const Prefix& prefix : prefixes) (void)live_prefixes_.clear({*from, prefix});
  step_soon();
  return std::nullopt;
}

void Costs::step_prefixes() {
  policy::LivePrefixRtts::Step step = live_prefixes_.step(now());
  policy::LivePrefixRtts::Step probed = probed_prefixes_.step(now());
  put_in_force();
  if (step.ranges.empty() && probed.ranges.empty()) return;
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("egress: {} round trips to prefixes of 'rtt set' and {} of probes count",
                 measured_prefixes(policy::CostSource::Operator),
                 measured_prefixes(policy::CostSource::Probe));
  }
  const bool by_age_only =
      (step.ranges.empty() || step.by_age_only) && (probed.ranges.empty() || probed.by_age_only);
  Change& change = begin_change(by_age_only ? rib::MoveCause::Distance : rib::MoveCause::Rtt);
  change.add(std::move(step.ranges));
  change.add(std::move(probed.ranges));
  publish();
}

}  // namespace tern::session
