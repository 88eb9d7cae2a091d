#include "bgpd/pipeline/next_hops.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tern::pipeline {
namespace {

NextHopAnswer answer_of(const NextHopRoute& route) { return {route.resolved(), route.metric}; }

std::size_t index(const NextHopRoute& route) { return static_cast<std::size_t>(route.state); }

// No route of others leads there, so a received route may.
bool is_open(const NextHopRoute& route) {
  return route.state == NextHopState::NoRoute || route.state == NextHopState::DefaultRoute ||
         route.state == NextHopState::OwnRoute;
}

// Up to `most` of the addresses: behind `after`, then from the first.
NextHops::Addresses turn_of(const std::set<IpAddress>& all, const IpAddress& after,
                            std::size_t most) {
  NextHops::Addresses out;
  auto at = all.upper_bound(after);
  while (out.size() < std::min(most, all.size())) {
    if (at == all.end()) at = all.begin();
    out.push_back(*at++);
  }
  return out;
}

}  // namespace

std::string_view to_string(NextHopState state) {
  constexpr std::array<std::string_view, kNextHopStateCount> kNames{
      "connected", "static",      "kernel",         "bgp",      "no-route", "default-route",
      "own-route", "unreachable", "interface-down", "too-deep", "no-answer"};
  return kNames[static_cast<std::size_t>(state)];
}

// ---- Look-ups

std::optional<NextHopRoute> NextHops::by_kernel(const IpAddress& address) const {
  auto route = source_.look_up(address);
  if (route && route->resolved() && !settings_.via_default && route->prefix &&
      route->prefix->length() == 0) {
    route->state = NextHopState::DefaultRoute;
    route->metric = 0;
  }
  return route;
}

// The longest entry for the address, without the entries in `but`.
const StaticNextHop* NextHops::find_entry(const IpAddress& address,
                                          std::span<const StaticNextHop* const> but) const {
  const auto entry = std::ranges::find_if(settings_.statics, [&](const StaticNextHop& one) {
    return one.prefix.contains(address) && std::ranges::find(but, &one) == but.end();
  });
  return entry != settings_.statics.end() ? &*entry : nullptr;
}

NextHops::Chain NextHops::chain_from(const StaticNextHop& entry) const {
  Chain chain;
  for (const StaticNextHop* at = &entry; at != nullptr;) {
    chain.entries.push_back(at);
    if (!at->via || chain.entries.size() > kMostVias) break;
    const StaticNextHop* const next = find_entry(*at->via, chain.entries);
    if (next == nullptr) chain.asked = at->via;
    at = next;
  }
  return chain;
}

// Resolved only if each entry of the chain allows it. Prefix, gateway and metric are those of the
// first entry.
std::optional<NextHopRoute> NextHops::by_chain(const Chain& chain) const {
  const StaticNextHop& first = *chain.entries.front();
  NextHopRoute route;
  route.prefix = first.prefix;
  route.gateway = first.via;
  route.state = chain.entries.size() > kMostVias ? NextHopState::TooDeep : NextHopState::Static;
  const auto fails = [&](NextHopState why) {
    if (route.resolved()) route.state = why;
  };
  for (const StaticNextHop* const entry : chain.entries) {
    if (entry->unreachable) fails(NextHopState::Unreachable);
    if (entry->interface.empty()) continue;
    const auto up = source_.interface_up(entry->interface);
    if (!up) fails(NextHopState::InterfaceDown);
    if (route.interface == 0) route.interface = up.value_or(0);
  }
  if (chain.asked) {
    const auto leads = by_kernel(*chain.asked);
    if (!leads) return std::nullopt;
    if (!leads->resolved()) fails(leads->state);
    route.behind_own = leads->behind_own;
    if (route.interface == 0) route.interface = leads->interface;
  }
  if (route.resolved()) route.metric = first.metric;
  return route;
}

// An entry of the configuration comes before the kernel's routes, however long their prefixes are.
std::optional<NextHopRoute> NextHops::without_cover(const IpAddress& address) const {
  const StaticNextHop* const entry = find_entry(address, {});
  return entry != nullptr ? by_chain(chain_from(*entry)) : by_kernel(address);
}

// Prefix and gateway are those of the first cover.
std::optional<NextHopRoute> NextHops::resolve(const IpAddress& address) const {
  auto route = without_cover(address);
  const NextHopCover* const cover = covers_.find(address);
  if (!route || !is_open(*route) || cover == nullptr) return route;
  const auto behind = without_cover(*covers_.behind(address));
  if (!behind) return std::nullopt;
  route->behind_own |= behind->behind_own;
  if (!behind->resolved()) return route;
  route->state = NextHopState::Bgp;
  route->metric = behind->metric;
  route->prefix = cover->prefix;
  route->gateway = cover->next_hop;
  route->interface = behind->interface;
  return route;
}

// The address is not open any more.
void NextHops::close(const IpAddress& address) {
  open_.erase(address);
  if (covers_.find(address) == nullptr) return;
  covers_.add_led(alone(address), led_);
  covers_.erase(address);
}

// Nothing: no answer.
std::optional<NextHopRoute> NextHops::ask(const IpAddress& address) {
  const bool may_be_open = settings_.via_bgp && find_entry(address, {}) == nullptr;
  if (!may_be_open) close(address);
  auto seen = resolve(address);
  if (!seen || seen->behind_own) {
    doubtful_.insert(address);
  } else {
    doubtful_.erase(address);
  }
  if (!seen || !may_be_open) return seen;
  if (!is_open(*seen) && seen->state != NextHopState::Bgp) {
    close(address);
  } else if (open_.insert(address).second) {
    ++opened_;
  }
  return seen;
}

bool NextHops::has_room(PeerSlot of) const {
  const auto known = counts_of_.find(of);
  const std::size_t count = known != counts_of_.end() ? known->second : 0;
  return count < kMost - entries_.size();
}

void NextHops::uncount(PeerSlot of) {
  const auto known = counts_of_.find(of);
  if (--known->second == 0) counts_of_.erase(known);
}

NextHopAnswer NextHops::find(const IpAddress& address, PeerSlot of) {
  auto found = entries_.find(address);
  if (found == entries_.end()) {
    if (!has_room(of)) {
      ++counts_.refused;
      counts_.refused_of = of;
      return {};
    }
    found = entries_.try_emplace(address).first;
    ++counts_of_[of];
    Entry& entry = found->second;
    entry.of = of;
    entry.seen.state = NextHopState::NoAnswer;
    if (const auto seen = ask(address)) entry.seen = *seen;
    entry.used = entry.seen;
    entry.since = time_;
    ++counts_.by_state[index(entry.used)];
  }
  found->second.asked = forgettings_;
  return answer_of(found->second.used);
}

void NextHops::set_settings(const NextHopSettings& settings) {
  settings_ = settings;
  asked_for_.clear();
  for (const StaticNextHop& entry : settings_.statics) {
    const Chain chain = chain_from(entry);
    if (chain.asked) asked_for_.emplace(*chain.asked, entry.prefix);
  }
}

// ---- Changes

bool NextHops::use(Entry& entry, Time now) {
  const bool changed = answer_of(entry.used) != answer_of(entry.seen);
  --counts_.by_state[index(entry.used)];
  ++counts_.by_state[index(entry.seen)];
  entry.used = entry.seen;
  if (!changed) return false;
  entry.since = now;
  ++counts_.changes;
  return true;
}

void NextHops::stop_waiting(Entries::value_type& of) {
  if (of.second.due == Time{0}) return;
  waiting_.erase({of.second.due, of.first});
  of.second.due = Time{0};
}

bool NextHops::observe(Entries::value_type& of, const NextHopRoute& seen, Time now) {
  Entry& entry = of.second;
  const bool worsened = is_worse(seen, entry.seen);
  if (worsened) {
    entry.damping.worsened(now, settings_.damping);
    ++counts_.flaps;
  }
  entry.seen = seen;
  const bool better = is_worse(entry.used, seen);
  const Time hold = better ? entry.damping.hold(now, settings_.damping) : Time{0};
  if (hold == Time{0}) {
    stop_waiting(of);
    return use(entry, now);
  }
  if (entry.due != Time{0} && !worsened) return false;
  stop_waiting(of);
  entry.due = now + hold;
  waiting_.emplace(entry.due, of.first);
  return false;
}

bool NextHops::look_again(const IpAddress& address, Time now) {
  const auto found = entries_.find(address);
  if (found == entries_.end()) return false;
  const auto seen = ask(address);
  return seen && observe(*found, *seen, now);
}

NextHops::Addresses NextHops::pass_time(Time now) {
  time_ = now;
  Addresses changed;
  for (std::size_t left = kMostEnding; left > 0; --left) {
    if (waiting_.empty() || waiting_.begin()->first > now) break;
    auto& of = *entries_.find(waiting_.begin()->second);
    stop_waiting(of);
    if (use(of.second, now)) changed.push_back(of.first);
  }
  return changed;
}

std::optional<NextHops::Time> NextHops::deadline() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

// ---- Which addresses

NextHops::Addresses NextHops::doubtful(const IpAddress& after, std::size_t most) const {
  return turn_of(doubtful_, after, most);
}

void NextHops::add_covered(const Prefix& prefix, Addresses& out) const {
  for (auto at = entries_.lower_bound(prefix.address());
       at != entries_.end() && prefix.contains(at->first); ++at) {
    out.push_back(at->first);
  }
}

NextHops::Addresses NextHops::concerned(const Prefix& changed) const {
  Addresses out;
  if (changed.length() == 0 && !settings_.via_default) return out;
  add_covered(changed, out);
  for (auto at = asked_for_.lower_bound(changed.address());
       at != asked_for_.end() && changed.contains(at->first); ++at) {
    add_covered(at->second, out);
    covers_.add_led(at->second, out);
  }
  covers_.add_led(changed, out);
  return out;
}

// ---- Covers

NextHops::Addresses NextHops::open(const IpAddress& after, std::size_t most) const {
  Addresses out;
  for (auto at = open_.upper_bound(after); at != open_.end() && out.size() < most; ++at) {
    out.push_back(*at);
  }
  return out;
}

bool NextHops::drop_covers() {
  const bool some = !covers_.empty();
  covers_.clear();
  open_.clear();
  return some;
}

std::optional<IpAddress> NextHops::behind(const IpAddress& address) {
  return covers_.behind(address);
}

bool NextHops::set_cover(const IpAddress& address, const std::optional<NextHopCover>& cover) {
  if (!open_.contains(address)) return false;
  const bool other = covers_.set(address, cover);
  // A next hop that found no room before is asked about again.
  const bool refused =
      cover && covers_.find(address) != nullptr && !entries_.contains(cover->next_hop);
  if (cover && (other || refused)) (void)find(cover->next_hop, entries_.at(address).of);
  return other;
}

// ---- Forgetting

NextHops::Forgotten NextHops::forget(const std::optional<IpAddress>& after, std::size_t most,
                                     const Keep& keep) {
  Forgotten forgotten;
  auto at = after ? entries_.upper_bound(*after) : entries_.begin();
  for (std::size_t looked_at = 0; at != entries_.end(); ++looked_at) {
    if (looked_at == most) return forgotten;
    forgotten.last = at->first;
    const bool needed = at->second.asked == forgettings_ || at->second.due != Time{0} ||
                        covers_.leads_to(at->first) || keep(at->first);
    if (needed) {
      ++at;
      continue;
    }
    doubtful_.erase(at->first);
    open_.erase(at->first);
    covers_.erase(at->first);
    --counts_.by_state[index(at->second.used)];
    uncount(at->second.of);
    at = entries_.erase(at);
    ++forgotten.count;
  }
  forgotten.last.reset();
  return forgotten;
}

std::shared_ptr<const void> NextHops::forget_all(Time now) {
  auto all = std::make_shared<std::tuple<Entries, decltype(waiting_), NextHopCovers,
                                         std::set<IpAddress>, std::set<IpAddress>>>(
      std::exchange(entries_, {}), std::exchange(waiting_, {}), std::exchange(covers_, {}),
      std::exchange(open_, {}), std::exchange(doubtful_, {}));
  counts_of_.clear();
  counts_.by_state = {};
  time_ = now;
  return all;
}

// ---- For display

NextHops::Shown NextHops::shown(const Entries::value_type& of) {
  const Entry& entry = of.second;
  Shown made{of.first, entry.used, entry.seen, entry.since, std::nullopt, entry.damping.flaps()};
  if (entry.due != Time{0}) made.held_to = entry.due;
  return made;
}

std::vector<NextHops::Shown> NextHops::list(const std::optional<IpAddress>& after,
                                            std::size_t most) const {
  std::vector<Shown> out;
  auto at = after ? entries_.upper_bound(*after) : entries_.begin();
  for (; at != entries_.end() && out.size() < most; ++at) out.push_back(shown(*at));
  return out;
}

std::optional<NextHops::Shown> NextHops::show(const IpAddress& address) const {
  const auto found = entries_.find(address);
  if (found == entries_.end()) return std::nullopt;
  return shown(*found);
}

std::uint64_t NextHops::Counts::known() const {
  return std::accumulate(by_state.begin(), by_state.end(), std::uint64_t{0});
}

NextHops::Counts NextHops::counts() const {
  Counts counts = counts_;
  counts.held = waiting_.size();
  return counts;
}

}  // namespace tern::pipeline
