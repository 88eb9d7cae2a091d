// The part of Table that hears of the kernel: all our routes, when they are read, and changes by
// others.
#include <algorithm>

#include "bgpd/fib/table.h"

namespace tern::fib {

void Table::begin_learning() {
  for (auto& [prefix, entry] : entries_) entry.seen = false;
}

void Table::learn(const Prefix& prefix, const Hops& hops) {
  const auto [at, is_new] = entries_.try_emplace(prefix);
  Entry& entry = at->second;
  heard(prefix, entry, hops);
  entry.seen = true;
  entry.unsure = false;
  if (entry.refused == Failure::ForeignRoute) entry.refused = Failure::None;  // the route is ours
  if (is_new && starting_) {
    entry.kept = true;
    ++counts_.learnt;
  }
  changed(prefix, entry);
}

void Table::end_learning() {
  for (auto& [prefix, entry] : entries_) {
    if (entry.seen || (entry.installed == 0 && !entry.unsure)) continue;
    set_installed(entry, 0);
    entry.unsure = entry.kept = false;
    changed(prefix, entry);
  }
  boost::unordered::erase_if(entries_, [](const auto& of) { return of.second.idle(); });
}

// Takes the hops of our route as the kernel shows them. In IPv6, other programs can append hops to
// our route, and the kernel then shows all hops as one route. After any other difference, the route
// is not as ternd made it, and some of its hops may belong to other programs.
void Table::heard(const Prefix& prefix, Entry& entry, const Hops& hops) {
  const ValueId id = targets_.add(hops);
  const bool same = id == entry.installed;
  entry.shared = entry.shared || !same;
  const auto& ours = targets_.hops(entry.installed).hops;  // none of a blackhole
  const bool appended = !ours.empty() && !entry.unsure && prefix.address().is_v6() &&
                        std::ranges::includes(hops.hops, ours);
  if (same || appended) return targets_.release_hops(id);
  set_installed(entry, id);
}

// The notification may be older than our last change, so our route may be there nevertheless.
void Table::kernel_removed(const Prefix& prefix) {
  const auto found = entries_.find(prefix);
  if (found == entries_.end() || found->second.installed == 0) return;
  Entry& entry = found->second;
  entry.kept = false;
  counts_.restored += entry.unsure || desired(entry) == 0 ? 0 : 1;
  entry.unsure = true;
  put_off(prefix, entry);
}

void Table::kernel_changed(const Prefix& prefix, const Hops& hops) {
  Entry& entry = entries_[prefix];
  if (entry.target == 0 && entry.installed == 0) entry.kept = starting_;
  heard(prefix, entry, hops);
  counts_.restored += settled(entry) ? 0 : 1;
  put_off(prefix, entry);
}

void Table::foreign_added(const Prefix& prefix, bool replaced) {
  if (replaced) return kernel_removed(prefix);
  const auto found = entries_.find(prefix);
  if (found != entries_.end() && found->second.installed != 0) found->second.shared = true;
}

void Table::foreign_removed(const Prefix& prefix) {
  const auto found = entries_.find(prefix);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.refused == Failure::ForeignRoute) {
    entry.refused = Failure::None;
    entry.tried = false;
    changed(prefix, entry);
  } else if (entry.shared) {  // in IPv6, our route may have gone with the foreign one
    entry.unsure = true;
    put_off(prefix, entry);
  }
}

void Table::interfaces_down(std::span<const std::uint32_t> interfaces) {
  const std::vector<bool> through = targets_.hops_through(interfaces);
  if (through.empty()) return;
  for (auto& [prefix, entry] : entries_) {
    if (!through[entry.installed]) continue;
    entry.unsure = true;
    entry.kept = false;
    changed(prefix, entry);
  }
}

}  // namespace tern::fib
