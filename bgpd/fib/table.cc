#include "bgpd/fib/table.h"

#include <cassert>
#include <cerrno>
#include <numeric>
#include <utility>

namespace tern::fib {

std::uint64_t Counts::failed_in_all() const {
  return std::accumulate(failed.begin(), failed.end(), std::uint64_t{0});
}

void Counts::add_growing(const Counts& other) {
  added += other.added;
  replaced += other.replaced;
  removed += other.removed;
  for (std::size_t i = 0; i < kFailureCount; ++i) refused[i] += other.refused[i];
  restored += other.restored;
  learnt += other.learnt;
}

// ---- An entry

bool Table::asking(const Entry& entry) const {
  if (entry.target == 0) return false;
  const Way& way = targets_.way(entry.target);
  return way.hops == 0 && way.why == Failure::None;
}

// Of a wanted route.
Failure Table::why(const Entry& entry) const {
  if (entry.covers) return Failure::CoversNextHop;
  return entry.refused != Failure::None ? entry.refused : targets_.way(entry.target).why;
}

// Returns the hops that the kernel should have; 0: no route of ours. If the kernel refuses a route,
// the older route is removed, too, because traffic would go where it is not wanted. For lack of
// memory, the older route stays (finish_put()).
ValueId Table::desired(const Entry& entry) const {
  if (entry.kept) return entry.installed;
  if (entry.target == 0) return 0;
  if (entry.covers || entry.refused != Failure::None) return 0;
  return asking(entry) ? entry.installed : targets_.way(entry.target).hops;
}

bool Table::settled(const Entry& entry) const {
  return !entry.unsure && !asking(entry) && desired(entry) == entry.installed;
}

Table::Status Table::status_of(const Entry& entry) const {
  if (entry.target == 0) return entry.installed != 0 ? kUnwanted : Status{0};
  const Failure failure = why(entry);
  if (failure != Failure::None) return static_cast<Status>(kFailed + static_cast<Status>(failure));
  return settled(entry) && targets_.way(entry.target).hops == entry.installed ? kInstalled
                                                                              : kWaiting;
}

std::uint64_t& Table::counter(Status status) {
  if (status == kUnwanted) return counts_.unwanted;
  if (status == kInstalled) return counts_.installed;
  return status == kWaiting ? counts_.waiting : counts_.failed[status - std::size_t{kFailed}];
}

void Table::recount(const Prefix& prefix, Entry& entry) {
  const Status before = std::exchange(entry.status, status_of(entry));
  if (before == entry.status) return;
  if (before != 0) --counter(before);
  if (entry.status != 0) ++counter(entry.status);
  counts_.wanted += (entry.status > kUnwanted ? 1U : 0U);
  counts_.wanted -= (before > kUnwanted ? 1U : 0U);
  if (before >= kFailed) failed_.erase(prefix);
  if (entry.status >= kFailed) failed_.insert(prefix);
}

void Table::queue(const Prefix& prefix, Entry& entry) {
  if (entry.queued) return;
  entry.queued = true;
  queue_.push_back(prefix);
}

// Behind every change of an entry.
void Table::changed(const Prefix& prefix, Entry& entry) {
  recount(prefix, entry);
  if (!settled(entry)) queue(prefix, entry);
}

// The same, but what is to be done waits for restore().
void Table::put_off(const Prefix& prefix, Entry& entry) {
  recount(prefix, entry);
  if (settled(entry) || entry.later) return;
  entry.later = true;
  later_.push_back(prefix);
}

void Table::forget_if_idle(const Prefix& prefix) {
  const auto found = entries_.find(prefix);
  if (found != entries_.end() && found->second.idle()) entries_.erase(found);
}

// Takes over a reference of the new hops.
void Table::set_installed(Entry& entry, ValueId hops) {
  const ValueId before = std::exchange(entry.installed, hops);
  if (before != 0) targets_.release_hops(before);
}

// Takes over a reference of the new target. A new target is a new attempt.
void Table::set_target(Entry& entry, ValueId target) {
  entry.stale = false;
  const ValueId before = std::exchange(entry.target, target);
  if (before != target) {
    entry.refused = Failure::None;
    entry.tried = false;
  }
  if (before != 0) targets_.release(before);
}

// ---- What BGP wants

void Table::want(const Prefix& prefix, const Target& target) {
  Entry& entry = entries_[prefix];
  const ValueId id = targets_.add(target);
  if (id == entry.target) {
    entry.stale = false;
    return targets_.release(id);
  }
  if (entry.target == 0) entry.covers = targets_.covers_next_hop(prefix);
  set_target(entry, id);
  changed(prefix, entry);
}

void Table::unwant(const Prefix& prefix) {
  const auto found = entries_.find(prefix);
  if (found == entries_.end() || found->second.target == 0) return;
  set_target(found->second, 0);
  changed(prefix, found->second);
  forget_if_idle(prefix);
}

void Table::begin_refresh() {
  for (auto& [prefix, entry] : entries_) entry.stale = entry.target != 0;
}

void Table::end_refresh() {
  starting_ = false;
  for (auto& [prefix, entry] : entries_) {
    if (!entry.stale && !entry.kept) continue;
    if (entry.stale) set_target(entry, 0);
    entry.kept = false;
    changed(prefix, entry);
  }
  boost::unordered::erase_if(entries_, [](const auto& of) { return of.second.idle(); });
}

void Table::want_nothing() {
  begin_refresh();
  end_refresh();
}

void Table::settle() {
  const bool some = targets_.settle();
  if (targets_.take_first_answers()) {
    for (const Prefix& prefix : std::exchange(asking_, {})) {
      const auto found = entries_.find(prefix);
      if (found != entries_.end()) changed(prefix, found->second);
    }
  }
  if (some) {
    for (auto& [prefix, entry] : entries_) {
      if (entry.target == 0 || !targets_.way(entry.target).changed) continue;
      entry.refused = Failure::None;
      entry.tried = false;
      changed(prefix, entry);
    }
    targets_.clear_changed();
  }
  look_at_covered();
}

// Each route that covers a next hop is looked at once, however many next hops have moved.
void Table::look_at_covered() {
  targets_.take_moved(moved_);
  boost::unordered_flat_set<Prefix> covering;
  for (const IpAddress& address : moved_) {
    for (std::uint8_t length = 1; length <= address.bits(); ++length) {
      const Prefix prefix(address, length);
      const auto found = entries_.find(prefix);
      if (found != entries_.end() && found->second.target != 0) covering.insert(prefix);
    }
  }
  for (const Prefix& prefix : covering) {
    Entry& entry = entries_.find(prefix)->second;
    const bool covers = targets_.covers_next_hop(prefix);
    if (entry.covers == covers) continue;
    entry.covers = covers;
    entry.refused = Failure::None;
    entry.tried = false;
    changed(prefix, entry);
  }
}

// ---- Changes

std::optional<Change> Table::change_of(const Prefix& prefix, const Entry& entry) const {
  using Action = Change::Action;
  if (settled(entry)) return std::nullopt;
  const ValueId to = desired(entry);
  if (to == 0) return Change{Action::Remove, prefix, 0, entry.installed};
  const bool renew = entry.unsure || entry.tried || (entry.shared && entry.installed != 0);
  if (renew) return Change{Action::Renew, prefix, to, entry.installed};
  return Change{entry.installed == 0 ? Action::Add : Action::Replace, prefix, to, 0};
}

void Table::take_changes(std::size_t most, std::vector<Change>& out) {
  out.clear();
  for (std::size_t left = queue_.size(); left > 0 && out.size() < most; --left) {
    const Prefix prefix = queue_.front();
    queue_.pop_front();
    const auto found = entries_.find(prefix);
    assert(found != entries_.end() && found->second.queued);
    Entry& entry = found->second;
    entry.queued = false;
    recount(prefix, entry);  // the answer about the next hop may have come
    if (asking(entry)) {
      asking_.insert(prefix);
    } else if (const auto change = change_of(prefix, entry)) {
      out.push_back(*change);
    } else if (entry.idle()) {
      entries_.erase(found);
    }
  }
}

void Table::not_made(const Change& change) {
  const auto found = entries_.find(change.prefix);
  assert(found != entries_.end());
  put_off(change.prefix, found->second);
}

void Table::finish(const Change& change, std::optional<int> error) {
  const auto found = entries_.find(change.prefix);
  assert(found != entries_.end());
  Entry& entry = found->second;
  if (!error) {
    entry.unsure = true;
    if (change.hops != 0) {  // most likely done
      targets_.retain_hops(change.hops);
      set_installed(entry, change.hops);
    }
  } else if (change.action != Change::Action::Remove) {
    if (!finish_put(change, entry, *error)) return put_off(change.prefix, entry);
  } else if (*error == 0 || *error == ESRCH || *error == ENOENT) {
    counts_.removed += *error == 0 ? 1 : 0;
    // The removal named the hops that ternd knows. Other programs may have changed the hops since.
    doubts_ = doubts_ || (*error != 0 && entry.shared && change.prefix.address().is_v6());
    set_installed(entry, 0);
    entry.unsure = entry.shared = false;
  } else {
    ++counts_.refused[static_cast<std::size_t>(failure_of(*error))];
    return put_off(change.prefix, entry);
  }
  changed(change.prefix, entry);
  if (entry.idle()) entries_.erase(found);
}

// Finishes Add, Replace and Renew. False: the change that is due waits for restore().
bool Table::finish_put(const Change& change, Entry& entry, int error) {
  using Action = Change::Action;
  if (error == 0) {
    (change.action == Action::Replace ? counts_.replaced : counts_.added) += 1;
    targets_.retain_hops(change.hops);
    set_installed(entry, change.hops);
    entry.unsure = entry.shared = entry.tried = false;
    return true;
  }
  if (change.action == Action::Replace && (error == ENOENT || error == ESRCH)) {
    set_installed(entry, 0);  // our route has gone: Add is next
    return true;
  }
  if (change.action == Action::Replace && failure_of(error) == Failure::NoMemory) {
    ++counts_.refused[static_cast<std::size_t>(Failure::NoMemory)];
    return false;  // the older route is better than none
  }
  // In IPv4, the kernel removes our route whatever its hops are.
  const bool unknown = change.prefix.address().is_v6() && (entry.unsure || entry.shared);
  doubts_ = doubts_ || (unknown && error == EEXIST);
  if (change.action == Action::Renew) set_installed(entry, 0);
  entry.unsure = entry.shared = entry.tried = false;
  // In IPv4, the route that is there is perhaps ours after all, and Renew is next: the kernel
  // removes ours alone. In IPv6, the removal of a route whose hops are unknown takes along those
  // that other programs have appended.
  if (change.action == Action::Add && error == EEXIST && change.prefix.address().is_v4()) {
    entry.tried = true;
    return true;
  }
  entry.refused = failure_of(error);
  ++counts_.refused[static_cast<std::size_t>(entry.refused)];
  return true;
}

void Table::retry(std::optional<Failure> only) {
  for (const Prefix& prefix : std::vector<Prefix>(failed_.begin(), failed_.end())) {
    Entry& entry = entries_.find(prefix)->second;
    if (entry.refused == Failure::None || (only && entry.refused != *only)) continue;
    entry.refused = Failure::None;
    changed(prefix, entry);
  }
}

void Table::restore() {
  for (const Prefix& prefix : std::exchange(later_, {})) {
    const auto found = entries_.find(prefix);
    if (found == entries_.end()) continue;
    found->second.later = false;
    changed(prefix, found->second);
    forget_if_idle(prefix);
  }
}

std::vector<FailedRoute> Table::failed(std::size_t most) const {
  std::vector<FailedRoute> all;
  for (const Prefix& prefix : failed_) {
    if (all.size() == most) break;
    const Entry& entry = entries_.find(prefix)->second;
    all.push_back({prefix, why(entry), targets_.target(entry.target)});
  }
  return all;
}

}  // namespace tern::fib
