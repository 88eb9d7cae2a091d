#include "policy/live_prefix_rtts.h"

#include <algorithm>
#include <cmath>

namespace tern::policy {

std::optional<LivePrefixRtts::Time> LivePrefixRtts::counts_until(const Entry& entry) const {
  if (rules_.max_age.count() == 0) return entry.ends;
  const Time old = entry.at + rules_.max_age;
  return entry.ends ? std::min(*entry.ends, old) : old;
}

bool LivePrefixRtts::counts(const Entry& entry, Time now) const {
  const auto until = counts_until(entry);
  return !until || now < *until;
}

void LivePrefixRtts::forget_old(Time now) {
  std::erase_if(entries_, [&](const auto& entry) { return !counts(entry.second, now); });
  look_ = true;
}

bool LivePrefixRtts::set(std::span<const PrefixRtts::Measured> measured,
                         std::optional<std::chrono::seconds> lasts, Time now) {
  const auto more = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(measured, [this](const auto& one) {
      return !entries_.contains({one.pop, one.prefix});
    }));
  };
  if (!has_room(more())) forget_old(now);
  if (!has_room(more())) return false;
  const std::optional<Time> ends = lasts ? std::optional(now + *lasts) : std::nullopt;
  for (const auto& [prefix, pop, microseconds] : measured) {
    entries_[{pop, prefix}] = {
        microseconds, static_cast<double>(microseconds), microseconds, now, ends, now};
  }
  look_ = brought_ = true;
  return true;
}

bool LivePrefixRtts::probe(const Key& key, EgressCost microseconds, std::chrono::seconds lasts,
                           Time now) {
  const auto value = static_cast<double>(microseconds);
  const Time ends = now + lasts;
  const auto found = entries_.find(key);
  if (found == entries_.end() || !counts(found->second, now)) {
    if (found == entries_.end() && !has_room(1)) forget_old(now);
    if (found == entries_.end() && !has_room(1)) return false;
    entries_[key] = {microseconds, value, microseconds, now, ends, now};
    look_ = brought_ = true;
    return true;
  }
  Entry& known = found->second;
  known.latest = microseconds;
  known.average += rules_.weight * (value - known.average);
  known.at = now;
  known.ends = ends;
  if (moves(known) && now - known.moved >= rules_.dwell) {
    known.value = whole(known.average);
    known.moved = now;
    look_ = brought_ = true;
  }
  return true;
}

void LivePrefixRtts::keep(const std::set<Key>& kept) {
  const auto gone =
      std::erase_if(entries_, [&](const auto& entry) { return !kept.contains(entry.first); });
  if (gone != 0) look_ = true;
}

bool LivePrefixRtts::clear(const Key& key) {
  if (entries_.erase(key) == 0) return false;
  look_ = true;
  return true;
}

std::size_t LivePrefixRtts::clear_all() {
  look_ = true;
  return std::exchange(entries_, {}).size();
}

EgressCost LivePrefixRtts::whole(double average) {
  return std::max<EgressCost>(static_cast<EgressCost>(std::lround(average)), 1);
}

bool LivePrefixRtts::moves(const Entry& entry) const {
  const EgressCost average = whole(entry.average);
  return entry.value != average && !rules_.is_small(entry.value, average);
}

std::vector<PrefixRtts::Measured> LivePrefixRtts::counting(Time now) {
  due_.reset();
  std::vector<PrefixRtts::Measured> measured;
  measured.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    for (const auto& time : {entry.ends, counts_until(entry)}) {
      if (time && *time > now && (!due_ || *time < *due_)) due_ = time;
    }
    if (counts(entry, now)) measured.push_back({key.prefix, key.pop, entry.value});
  }
  return measured;
}

// The digests of a table are of what was measured, also where the values in use are others.
LivePrefixRtts::Step LivePrefixRtts::step(Time now) {
  if (!look_ && !(due_ && now >= *due_)) return {};
  look_ = false;
  std::erase_if(entries_,
                [&](const auto& entry) { return entry.second.ends && now >= *entry.second.ends; });
  static const PrefixRtts kNone;
  const PrefixRtts& used = table_ != nullptr ? *table_ : kNone;
  PrefixRtts next = PrefixRtts(counting(now)).settled(used, rules_);
  Step step{PrefixRtts::difference(used, next), !std::exchange(brought_, false)};
  if (step.ranges.empty() && next.has_digests_of(used)) return step;
  table_ = next.size() == 0 ? nullptr : std::make_shared<const PrefixRtts>(std::move(next));
  return step;
}

void LivePrefixRtts::rebase(std::shared_ptr<const Egress> egress, const CostRules& rules,
                            Time now) {
  rules_ = rules;
  look_ = true;
  if (egress == egress_) return;
  const std::shared_ptr<const Egress> old = std::exchange(egress_, std::move(egress));
  std::vector<std::optional<PopId>> numbers;
  for (PopId pop = 0; pop < old->pop_count(); ++pop) {
    numbers.push_back(egress_->find_pop(old->pop(pop).name));
  }
  Entries kept;
  for (const auto& [key, entry] : entries_) {
    if (const auto pop = numbers[key.pop]) kept.emplace(Key{*pop, key.prefix}, entry);
  }
  entries_ = std::move(kept);
  auto measured = counting(now);
  table_ = measured.empty() ? nullptr : std::make_shared<const PrefixRtts>(std::move(measured));
}

// ---- For people

LivePrefixRtts::Row LivePrefixRtts::row_of(const Key& key, const Entry& entry, Time now) const {
  Row row{key, entry.latest, whole(entry.average), now - entry.at, {}, {}, State::Used};
  if (entry.ends) row.lasts = std::max(*entry.ends - now, Time{0});
  if (!counts(entry, now)) {
    row.state = State::Stale;
    return row;
  }
  const auto* const used = table_ ? table_->find_exactly(key.prefix, key.pop) : nullptr;
  const bool is_used = used != nullptr && (used->microseconds == entry.value ||
                                           rules_.is_small(used->microseconds, entry.value));
  if (moves(entry)) row.waits = std::max(entry.moved + rules_.dwell - now, Time{0});
  if (!is_used || moves(entry)) row.state = State::Waits;
  return row;
}

std::vector<LivePrefixRtts::Row> LivePrefixRtts::rows(Time now, std::size_t most,
                                                      const Key& from) const {
  std::vector<Row> rows;
  for (auto at = entries_.lower_bound(from); at != entries_.end() && rows.size() < most; ++at) {
    rows.push_back(row_of(at->first, at->second, now));
  }
  return rows;
}

std::optional<LivePrefixRtts::Row> LivePrefixRtts::row(const Key& key, Time now) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return row_of(key, found->second, now);
}

}  // namespace tern::policy
