// Measured round trips to prefixes, of the file and of the control API: their part of Costs.
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
  const std::shared_ptr<const policy::PrefixRtts> used = in_force_->prefix_rtts();
  note_prefix_file(measured);
  put_in_force();
  const std::shared_ptr<const policy::PrefixRtts>& uses = in_force_->prefix_rtts();
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

// A table whose measurements count as those of the table in use does not replace it, whatever was
// measured.
void Costs::put_in_force() {
  const std::shared_ptr<const policy::PrefixRtts> prefixes = prefixes_stale_ ? nullptr : prefixes_;
  const std::shared_ptr<const policy::PrefixRtts>& by_operator = live_prefixes_.table();
  const bool has_others = of_prefixes_ != prefixes || of_operator_ != by_operator;
  if (of_pairs_ == live_.table() && !has_others) return;
  const auto in_use = [](const auto& before, const auto& now, const auto& used) {
    const bool count_alike = before == now || (used && now && *used == *now);
    return count_alike ? std::shared_ptr<const policy::PrefixRtts>(used) : now;
  };
  const auto of_file = in_use(of_prefixes_, prefixes, in_force_->prefix_rtts());
  const auto of_operator = in_use(of_operator_, by_operator, in_force_->prefix_rtts_of_operator());
  of_prefixes_ = prefixes;
  of_operator_ = by_operator;
  if (of_pairs_ == live_.table() && of_file == in_force_->prefix_rtts() &&
      of_operator == in_force_->prefix_rtts_of_operator()) {
    return;
  }
  of_pairs_ = live_.table();
  in_force_ = of_file || of_operator ? of_pairs_->with_prefixes(of_file, of_operator) : of_pairs_;
  reevaluation_.costs_replaced();
}

std::vector<std::uint32_t> Costs::digests() const {
  std::vector<std::uint32_t> digests = live_.digests();
  const policy::PrefixRtts* const of_file = prefixes_stale_ ? nullptr : prefixes_.get();
  const policy::PrefixRtts* const of_operator = live_prefixes_.table().get();
  for (PopId pop = 0; pop < digests.size(); ++pop) {
    const std::uint32_t measured = (of_file != nullptr ? of_file->digest(pop) : 0) +
                                   (of_operator != nullptr ? of_operator->digest(pop) : 0);
    digests[pop] ^= measured;
  }
  return digests;
}

// ---- Measurements of probes

// The next look() ends the costs of measurements that are forgotten here.
void Costs::keep_probed_prefixes(const std::map<std::string, Prefix>& probed) {
  probed_prefixes_ = probed;
  std::set<policy::LivePrefixRtts::Key> keys;
  if (egress_->enabled()) {
    for (const auto& [text, prefix] : probed) keys.insert({egress_->own_pop(), prefix});
  }
  live_prefixes_.keep_probes(keys);
}

// A prefix that the file measures from this PoP has that measurement, which all PoPs know.
void Costs::take_probe_of_prefix(const ProbedPlace& probed) {
  const auto prefix = probed_prefixes_.find(probed.to);
  if (prefix == probed_prefixes_.end() || !probed.shortest || !egress_->enabled()) return;
  const policy::LivePrefixRtts::Key key{egress_->own_pop(), prefix->second};
  if (prefixes_ != nullptr && !prefixes_stale_ && prefixes_->find_exactly(key.prefix, key.pop)) {
    return;
  }
  if (live_prefixes_.take_probe(key, *probed.shortest, probe_lasts_, now())) return;
  if (!lines_.pass(steady_nanoseconds())) return;
  spdlog::warn("egress: there are {} measurements to prefixes; the probes to {} do not count",
               policy::LivePrefixRtts::kMost, probed.to);
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
    const auto known = live_prefixes_.row({*from, prefix}, now());
    if (known && known->source == policy::CostSource::Operator) continue;
    return "there is no measurement of 'rtt set' from '" + std::string(pop) + "' to " +
           prefix.to_string() + (prefixes.size() == 1 ? "" : "; none is cleared");
  }
  for (const Prefix& prefix : prefixes) (void)live_prefixes_.clear({*from, prefix});
  step_soon();
  return std::nullopt;
}

std::vector<policy::LivePrefixRtts::Row> Costs::prefix_rows(
    std::size_t most, const policy::LivePrefixRtts::Key& from) const {
  return live_prefixes_.rows(now(), most, from);
}

std::optional<policy::LivePrefixRtts::Row> Costs::prefix_row(
    const policy::LivePrefixRtts::Key& key) const {
  return live_prefixes_.row(key, now());
}

void Costs::step_prefixes() {
  policy::LivePrefixRtts::Step step = live_prefixes_.step(now());
  put_in_force();
  if (step.ranges.empty()) return;
  if (lines_.pass(steady_nanoseconds())) {
    spdlog::info("egress: {} round trips to prefixes of 'rtt set' and of probes count",
                 measured_prefixes_of_operator());
  }
  begin_change(step.by_age_only ? rib::MoveCause::Distance : rib::MoveCause::Rtt)
      .add(std::move(step.ranges));
  publish();
}

}  // namespace tern::session
