#include "policy/live_costs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rib/types/hash.h"

namespace tern::policy {

void CostChange::add(const CostPair& pair) {
  if (pair.backbone) {
    exits_.insert(pair.to);
  } else {
    last_miles_.insert(key(pair.from, pair.to));
  }
}

void CostChange::add(const CostChange& other) {
  last_miles_.insert(other.last_miles_.begin(), other.last_miles_.end());
  exits_.insert(other.exits_.begin(), other.exits_.end());
}

LiveCosts::Group LiveCosts::group_of(const CostPair& pair) {
  return {pair.backbone, pair.backbone ? pair.from : pair.to};
}

CostPair LiveCosts::reversed(const CostPair& pair) { return {pair.to, pair.from, true}; }

// ---- What counts

bool LiveCosts::counts(const Sample& sample, Time now) const {
  if (sample.ends && now >= *sample.ends) return false;
  if (sample.implausible && !rules_.use_implausible) return false;
  return rules_.max_age.count() == 0 || now - sample.at < rules_.max_age;
}

std::pair<const LiveCosts::Sample*, CostSource> LiveCosts::first_of(const Entry& entry,
                                                                    Time now) const {
  std::pair<const Sample*, CostSource> first{nullptr, CostSource::Distance};
  for (const auto& [sample, source] :
       {std::pair{&entry.by_operator, CostSource::Operator},
        std::pair{&entry.file, CostSource::File}, std::pair{&entry.probe, CostSource::Probe}}) {
    if (!*sample) continue;
    if (counts(**sample, now)) return {&**sample, source};
    if (first.first == nullptr) first = {&**sample, source};
  }
  return first;
}

std::optional<EgressCosts::Cell> LiveCosts::measured(const Entry& entry, Time now) const {
  const auto [sample, source] = first_of(entry, now);
  if (sample == nullptr || !counts(*sample, now)) return std::nullopt;
  return EgressCosts::Cell{static_cast<EgressCost>(std::lround(sample->average)), source};
}

EgressCosts::Cell LiveCosts::target(const CostPair& pair, const Entry& entry, Time now) const {
  if (const auto own = measured(entry, now)) return *own;
  const EgressCosts::Cell configured = egress_->costs()->cell(pair);
  if (!pair.backbone) return configured;
  const auto other = entries_.find(reversed(pair));
  if (other == entries_.end()) return configured;
  return measured(other->second, now).value_or(configured);
}

bool CostRules::is_small(EgressCost used, EgressCost other) const {
  const EgressCost difference = std::max(used, other) - std::min(used, other);
  return difference < least_microseconds || difference < least_share * used;
}

bool LiveCosts::is_small(const EgressCosts::Cell& from, const EgressCosts::Cell& to) const {
  return from.source == to.source && is_live(to.source) && rules_.is_small(from.cost, to.cost);
}

std::optional<LiveCosts::Time> LiveCosts::dwells_until(const CostPair& pair, Time now) const {
  const auto last = changed_.find(group_of(pair));
  if (last == changed_.end() || now >= last->second + rules_.dwell) return std::nullopt;
  return last->second + rules_.dwell;
}

// ---- Steps

void LiveCosts::note_due(const Entry& entry, Time now) {
  const auto at = [&](Time time) {
    if (time > now && (!due_ || time < *due_)) due_ = time;
  };
  for (const auto* sample : {&entry.probe, &entry.file, &entry.by_operator}) {
    if (!*sample) continue;
    if ((*sample)->ends) at(*(*sample)->ends);
    if (rules_.max_age.count() != 0) at((*sample)->at + rules_.max_age);
  }
}

// The sum over entries needs no order. No other PoP can know our probes.
void LiveCosts::note_known(const CostPair& pair, const Entry& entry, Time now) {
  const auto implausible = [](const std::optional<Sample>& sample) {
    return sample && sample->last_is_implausible();
  };
  if (implausible(entry.by_operator) || implausible(entry.file) || implausible(entry.probe)) {
    ++implausible_pairs_;
  }
  const auto [sample, source] = first_of(entry, now);
  if (sample == nullptr || source == CostSource::Probe) return;
  if (!counts(*sample, now) || pair.from >= digests_.size()) return;
  const std::uint64_t to = (std::uint64_t{pair.to} << 1U) | (pair.backbone ? 1U : 0U);
  digests_[pair.from] += static_cast<std::uint32_t>(mix_bits((to << 32U) | sample->latest));
}

// Ended measurements of the control API and of probes, and pairs that have none and need none.
void LiveCosts::forget_ended(Time now) {
  for (auto& [pair, entry] : entries_) {
    for (const SampleOf kind : {&Entry::by_operator, &Entry::probe}) {
      const std::optional<Sample>& sample = entry.*kind;
      if (sample && sample->ends && now >= *sample->ends) (void)forget(entry, kind);
    }
  }
  for (auto at = entries_.begin(); at != entries_.end();) {
    const CostPair& pair = at->first;
    bool needed = at->second.is_measured() || table_->cell(pair) != egress_->costs()->cell(pair);
    if (!needed && pair.backbone) {
      const auto other = entries_.find(reversed(pair));
      needed = other != entries_.end() && other->second.is_measured();
    }
    at = needed ? std::next(at) : entries_.erase(at);
  }
}

void LiveCosts::add_wider_places(const EgressCosts& before, const std::set<PopId>& from,
                                 CostChange& change) const {
  for (const PopId pop : from) {
    for (std::size_t place = egress_->metro_count(); place < egress_->places().count(); ++place) {
      const CostPair pair{pop, static_cast<MetroId>(place), false};
      if (before.cell(pair).cost != table_->cell(pair).cost) change.add(pair);
    }
  }
}

// The cost that the pair is to have from now on, if that is another one.
std::optional<EgressCosts::Cell> LiveCosts::next_cost(const CostPair& pair, Entry& entry,
                                                      Time now) {
  note_due(entry, now);
  const EgressCosts::Cell used = table_->cell(pair);
  const EgressCosts::Cell wanted = target(pair, entry, now);
  if (wanted == used || is_small(used, wanted)) return std::nullopt;
  if (const auto until = dwells_until(pair, now)) {
    if (!due_ || *until < *due_) due_ = *until;
    return std::nullopt;
  }
  entry.since = now;
  return wanted;
}

// The pairs whose cost changes. Probes come each second, and concern few pairs.
std::vector<EgressCosts::Change> LiveCosts::changes(bool all, Time now) {
  std::vector<EgressCosts::Change> changes;
  const auto look_at = [&](const CostPair& pair, Entry& entry) {
    if (const auto cost = next_cost(pair, entry, now)) changes.push_back({pair, *cost});
  };
  const std::set<CostPair> some = std::exchange(look_at_, {});
  if (!all) {
    for (const CostPair& pair : some) {
      const auto found = entries_.find(pair);
      if (found != entries_.end()) look_at(pair, found->second);
    }
    return changes;
  }
  look_ = false;
  due_.reset();
  implausible_pairs_ = 0;
  digests_ = egress_->digests();
  for (auto& [pair, entry] : entries_) {
    note_known(pair, entry, now);
    look_at(pair, entry);
  }
  return changes;
}

LiveCosts::Step LiveCosts::step(Time now) {
  Step step;
  const bool all = look_ || (due_ && now >= *due_);
  if (!all && look_at_.empty()) return step;
  step.implausible = std::exchange(implausible_, 0);
  step.first_implausible = first_implausible_;
  const std::vector<EgressCosts::Change> changes = this->changes(all, now);
  step.by_age_only = true;
  for (const auto& [pair, cost] : changes) {
    step.by_age_only &= !is_live(cost.source);
    if (cost.cost != table_->cell(pair).cost) step.change.add(pair);
  }
  step.pairs = changes.size();
  if (!changes.empty()) {
    step.first = changes.front().pair;
    const std::shared_ptr<const EgressCosts> before = std::exchange(table_, table_->with(changes));
    std::set<PopId> from;
    for (const EgressCosts::Change& change : changes) from.insert(change.pair.from);
    add_wider_places(*before, from, step.change);
  }
  for (const EgressCosts::Change& change : changes) changed_[group_of(change.pair)] = now;
  std::erase_if(changed_, [&](const auto& group) { return now >= group.second + rules_.dwell; });
  if (all) forget_ended(now);
  return step;
}

// ---- For people

std::optional<LiveCosts::Row> LiveCosts::row_of(const CostPair& pair, const Entry& entry,
                                                Time now) const {
  const auto [sample, source] = first_of(entry, now);
  if (sample == nullptr) return std::nullopt;
  Row row;
  row.pair = pair;
  row.source = source;
  row.latest = sample->last();
  row.average = static_cast<EgressCost>(std::lround(sample->average));
  row.shortest = egress_->shortest_round_trip(pair);
  row.age = now - sample->at;
  if (sample->ends) row.lasts = std::max(*sample->ends - now, Time{0});
  row.used = table_->cell(pair);
  if (entry.since) row.used_since = now - *entry.since;
  if (sample->last_is_implausible() && !rules_.use_implausible) {
    row.state = State::Implausible;
  } else if (!counts(*sample, now)) {
    row.state = State::Stale;
  }
  const EgressCosts::Cell wanted = target(pair, entry, now);
  if (wanted == row.used || is_small(row.used, wanted)) return row;
  // A refused measurement does not wait; the one before it may.
  const auto until = dwells_until(pair, now);
  if (sample->refused != 0 || (!until && row.state != State::Used)) return row;
  row.state = State::Waits;
  row.waits = until.value_or(now) - now;
  return row;
}

std::vector<LiveCosts::Row> LiveCosts::rows(Time now, std::size_t most,
                                            const CostPair& from) const {
  std::vector<Row> rows;
  for (auto at = entries_.lower_bound(from); at != entries_.end() && rows.size() < most; ++at) {
    if (const auto row = row_of(at->first, at->second, now)) rows.push_back(*row);
  }
  return rows;
}

std::optional<LiveCosts::Row> LiveCosts::row(const CostPair& pair, Time now) const {
  const auto found = entries_.find(pair);
  if (found == entries_.end()) return std::nullopt;
  return row_of(pair, found->second, now);
}

}  // namespace tern::policy
