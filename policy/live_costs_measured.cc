// Measurements of LiveCosts: how they come, and what a reload keeps of them.
#include <algorithm>
#include <utility>

#include "policy/live_costs.h"

namespace tern::policy {

// The first measurement is the average, and so is the first one after those that do not count. The
// measurement before counts on where the new one is refused.
void LiveCosts::measure(std::optional<Sample>& sample, const MeasuredPair& measured, Time at,
                        std::optional<Time> ends) {
  const EgressCost microseconds = measured.microseconds;
  const bool implausible = is_implausible(measured);
  const bool was_implausible = sample && sample->last_is_implausible();
  look_ |= implausible != was_implausible;  // step() counts such pairs
  if (implausible && !was_implausible && implausible_++ == 0) first_implausible_ = measured;
  const bool before_counts = sample && counts(*sample, at);
  if (implausible && !rules_.use_implausible && before_counts) {
    sample->refused = microseconds;
    sample->refused_at = at;
    sample->refused_ends = ends;
    return;
  }
  const double before = before_counts ? sample->average : microseconds;
  sample =
      Sample{microseconds, before + rules_.weight * (microseconds - before), at, ends, implausible};
}

// The rules use implausible measurements from now on: those that were refused count as if they had
// come under these rules.
void LiveCosts::take_refused(Time now) {
  for (auto& [pair, entry] : entries_) {
    for (const SampleOf kind : {&Entry::by_operator, &Entry::file, &Entry::probe}) {
      std::optional<Sample>& sample = entry.*kind;
      if (!sample || !sample->has_refused(now)) continue;
      measure(sample, {pair, sample->refused}, sample->refused_at, sample->refused_ends);
    }
  }
}

// Most measurements are longer than the estimate by distance, and need no distance.
bool LiveCosts::is_implausible(const MeasuredPair& measured) const {
  const EgressCosts::Cell configured = egress_->costs()->cell(measured.pair);
  const bool estimated = configured.source == CostSource::Distance;
  if (estimated && measured.microseconds >= configured.cost) return false;
  return measured.microseconds < egress_->shortest_round_trip(measured.pair);
}

// The other direction of a backbone has an entry too, because its cost may follow.
LiveCosts::Entry& LiveCosts::entry_of(const CostPair& pair) {
  if (pair.backbone) entries_.try_emplace(reversed(pair));
  return entries_[pair];
}

// The file and the entries are in the order of pairs.
void LiveCosts::take_file(const FileValues& file, Time now) {
  file_ = file.name;
  order_ = file.order;
  auto at = entries_.begin();
  const auto drop = [this](Entry& entry) { (void)forget(entry, &Entry::file); };
  for (const auto& [pair, microseconds] : file.pairs) {
    for (; at != entries_.end() && at->first < pair; ++at) drop(at->second);
    if (at == entries_.end() || at->first != pair) at = entries_.emplace_hint(at, pair, Entry{});
    if (!at->second.is_measured()) ++measured_;
    measure(at->second.file, {pair, microseconds}, now - file.age);
    ++at;
  }
  for (; at != entries_.end(); ++at) drop(at->second);
  for (const MeasuredPair& measured : file.pairs) {
    if (measured.pair.backbone) entries_.try_emplace(reversed(measured.pair));
  }
  look_ = true;
}

bool LiveCosts::set(const MeasuredPair& measured, std::optional<std::chrono::seconds> lasts,
                    Time now) {
  look_ = true;
  return take(&Entry::by_operator, measured, lasts, now);
}

bool LiveCosts::take_probe(const MeasuredPair& measured, std::chrono::seconds lasts, Time now) {
  look_at_.insert(measured.pair);
  if (measured.pair.backbone) look_at_.insert(reversed(measured.pair));
  return take(&Entry::probe, measured, lasts, now);
}

void LiveCosts::keep_probes(const std::set<CostPair>& pairs) {
  for (auto& [pair, entry] : entries_) {
    if (!pairs.contains(pair)) (void)forget(entry, &Entry::probe);
  }
  look_ = true;
}

bool LiveCosts::take(SampleOf kind, const MeasuredPair& measured,
                     std::optional<std::chrono::seconds> lasts, Time now) {
  const auto known = entries_.find(measured.pair);
  const bool is_new = known == entries_.end() || !known->second.is_measured();
  if (is_new && measured_ >= kMostPairs) return false;
  if (is_new) ++measured_;
  const std::optional<Time> ends = lasts ? std::optional(now + *lasts) : std::nullopt;
  measure(entry_of(measured.pair).*kind, measured, now, ends);
  return true;
}

bool LiveCosts::forget(Entry& entry, SampleOf kind) {
  if (!std::exchange(entry.*kind, std::nullopt)) return false;
  if (!entry.is_measured()) --measured_;
  return true;
}

bool LiveCosts::clear(const CostPair& pair) {
  const auto found = entries_.find(pair);
  if (found == entries_.end() || !forget(found->second, &Entry::by_operator)) return false;
  look_ = true;
  return true;
}

std::size_t LiveCosts::clear_all() {
  std::size_t cleared = 0;
  for (auto& [pair, entry] : entries_) {
    if (forget(entry, &Entry::by_operator)) ++cleared;
  }
  look_ = true;
  return cleared;
}

// ---- Reloads

std::optional<CostPair> LiveCosts::renumbered(const CostPair& pair, const Egress& from) const {
  const auto exit = egress_->find_pop(from.pop(pair.from).name);
  const auto to = pair.backbone ? egress_->find_pop(from.pop(pair.to).name)
                                : egress_->find_metro(from.metro(pair.to).name);
  if (!exit || !to) return std::nullopt;
  return CostPair{*exit, *to, pair.backbone};
}

// Places may have other coordinates, and light another way.
void LiveCosts::keep_single(const Egress& from, Entries& entries, Time now) {
  const auto kept = [this, now](const CostPair& pair, std::optional<Sample> sample) {
    if (!sample) return sample;
    const bool was_implausible = sample->implausible;
    sample->implausible = is_implausible({pair, sample->latest});
    if (was_implausible && !sample->implausible) sample->average = sample->latest;
    if (!sample->has_refused(now)) {
      sample->refused = 0;
    } else {
      measure(sample, {pair, sample->refused}, sample->refused_at, sample->refused_ends);
    }
    return sample;
  };
  for (const auto& [pair, entry] : entries_) {
    if (!entry.by_operator && !entry.probe) continue;
    const auto next = renumbered(pair, from);
    if (!next) continue;
    entries[*next].by_operator = kept(*next, entry.by_operator);
    entries[*next].probe = kept(*next, entry.probe);
    if (next->backbone) entries.try_emplace(reversed(*next));
  }
}

// Whether the file brings the measurements that it brought last.
bool LiveCosts::has_latest(const FileValues& file) const {
  auto next = file.pairs.begin();
  for (const auto& [pair, entry] : entries_) {
    if (!entry.file) continue;
    if (next == file.pairs.end() || next->pair != pair) return false;
    if (next->microseconds != entry.file->last()) return false;
    ++next;
  }
  return next == file.pairs.end();
}

// A reload may have read the file before a later content was taken (take_file()). A measurement
// that counts on because the one of the latest content is refused is as old as its own content.
void LiveCosts::take_again(const FileValues& file, Time now) {
  const bool is_later = file.name != file_ || file.order >= order_;
  if (!has_latest(file)) {
    if (is_later) take_file(file, now);
    return;
  }
  if (is_later) {
    file_ = file.name;
    order_ = file.order;
  }
  for (auto& [pair, entry] : entries_) {
    if (!entry.file || entry.file->refused != 0) continue;
    entry.file->at = std::max(entry.file->at, now - file.age);
  }
}

void LiveCosts::rebase(std::shared_ptr<const Egress> egress, const CostRules& rules,
                       const FileValues& file, Time now) {
  const bool takes_refused = rules.use_implausible && !rules_.use_implausible;
  rules_ = rules;
  look_ = true;
  if (takes_refused) take_refused(now);
  if (egress == egress_) return take_again(file, now);
  const std::shared_ptr<const Egress> old = std::exchange(egress_, std::move(egress));
  digests_ = egress_->digests();
  implausible_ = 0;  // of other numbers
  look_at_.clear();
  Entries single;
  keep_single(*old, single, now);
  entries_ = std::move(single);
  measured_ = static_cast<std::size_t>(std::ranges::count_if(
      entries_, [](const auto& entry) { return entry.second.is_measured(); }));
  take_file(file, now);
  changed_.clear();
  std::vector<EgressCosts::Change> changes;
  for (auto& [pair, entry] : entries_) {
    entry.since = now;
    const EgressCosts::Cell wanted = target(pair, entry, now);
    if (wanted != egress_->costs()->cell(pair)) changes.push_back({pair, wanted});
  }
  table_ = changes.empty() ? egress_->costs() : egress_->costs()->with(changes);
}

}  // namespace tern::policy
