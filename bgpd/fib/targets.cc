#include "bgpd/fib/targets.h"

#include <algorithm>
#include <utility>

namespace tern::fib {

ValueId Targets::add(const Target& target) {
  const auto [id, is_new] = targets_.find_or_add(target);
  targets_.retain(id);
  if (!is_new) return id;
  Way& way = targets_.extra(id);
  if (target.kind == Target::Kind::Unicast && !has_room(target)) {
    way.why = Failure::TooManyHops;
    ++unplaced_;
    return id;
  }
  place(id);
  return id;
}

void Targets::place(ValueId id) {
  for (const NextHop& next_hop : targets_[id].next_hops) {
    State& state = next_hops_[next_hop];
    if (state.targets++ == 0) ask(next_hop, state);
  }
  Way& way = targets_.extra(id);
  way.placed = true;
  way.why = Failure::None;
  update(id);
  if (way.hops == 0 && way.why == Failure::None) pending_.push_back(id);
}

void Targets::release(ValueId target) {
  if (!targets_.release(target)) return;
  const Way& way = targets_.extra(target);
  if (way.hops != 0) release_hops(way.hops);
  unplaced_ -= way.placed ? 0 : 1;
  if (way.placed) {
    for (const NextHop& next_hop : targets_[target].next_hops) {
      const auto found = next_hops_.find(next_hop);
      if (--found->second.targets != 0) continue;
      unreachable_ -= found->second.unreachable() ? 1 : 0;
      if (found->second.leads()) moved_.push_back(next_hop.address);
      next_hops_.erase(found);
    }
  }
  targets_.erase(target);
}

bool Targets::has_room(const Target& target) const {
  const auto more = std::ranges::count_if(
      target.next_hops, [&](const NextHop& next_hop) { return !next_hops_.contains(next_hop); });
  return next_hops_.size() + static_cast<std::size_t>(more) <= kMostNextHops;
}

ValueId Targets::add(const Hops& hops) {
  const ValueId id = hops_.find_or_add(hops).first;
  hops_.retain(id);
  return id;
}

void Targets::release_hops(ValueId hops) {
  if (hops_.release(hops)) hops_.erase(hops);
}

std::vector<bool> Targets::hops_through(std::span<const std::uint32_t> interfaces) {
  std::vector<bool> through;
  hops_.for_each([&](ValueId id, const Hops& hops, Nothing&) {
    const bool some = std::ranges::any_of(hops.hops, [&](const Hop& hop) {
      return std::ranges::find(interfaces, hop.interface) != interfaces.end();
    });
    if (!some) return;
    through.resize(hops_.numbers());
    through[id] = true;
  });
  return through;
}

void Targets::ask(const NextHop& next_hop, State& state) {
  if (!std::exchange(state.waits, true)) unresolved_.push_back(next_hop);
}

void Targets::take_unresolved(std::vector<NextHop>& out) {
  out.swap(unresolved_);
  unresolved_.clear();
  for (const NextHop& next_hop : out) {
    const auto found = next_hops_.find(next_hop);
    if (found != next_hops_.end()) found->second.waits = false;
  }
}

void Targets::resolved(const NextHop& next_hop, Resolution resolution) {
  const auto found = next_hops_.find(next_hop);
  if (found == next_hops_.end()) return;
  State& state = found->second;
  if (state.asked && state.resolution == resolution) return;
  const bool hidden = resolution.why == Failure::OwnRoute;
  if (hidden && state.leads() && state.resolution.other_table) return;
  unreachable_ -= state.unreachable() ? 1 : 0;
  if (state.leads() || resolution.why == Failure::None) moved_.push_back(next_hop.address);
  const bool is_new = !std::exchange(state.asked, true);
  state.resolution = std::move(resolution);
  unreachable_ += state.unreachable() ? 1 : 0;
  if (is_new) {  // the targets are in pending_
    first_answers_ = true;
    return;
  }
  state.changed = true;
  any_changed_ = true;
}

void Targets::not_answered(const NextHop& next_hop) {
  const auto found = next_hops_.find(next_hop);
  if (found == next_hops_.end() || std::exchange(found->second.later, true)) return;
  unanswered_.push_back(next_hop);
}

void Targets::ask_later(bool own_changed) {
  for (const NextHop& next_hop : std::exchange(unanswered_, {})) {
    const auto found = next_hops_.find(next_hop);
    if (found == next_hops_.end()) continue;
    found->second.later = false;
    ask(next_hop, found->second);
  }
  if (own_changed) {
    for (auto& [next_hop, state] : next_hops_) {
      const Resolution& answer = state.resolution;
      if (answer.behind_own || answer.why == Failure::OwnRoute) ask(next_hop, state);
    }
  }
  if (unplaced_ == 0 || next_hops_.size() >= kMostNextHops) return;
  targets_.for_each([this](ValueId id, const Target& target, Way& way) {
    if (way.placed || !has_room(target)) return;
    --unplaced_;
    place(id);
    way.changed = any_changed_ = true;
  });
}

bool Targets::covers_next_hop(const Prefix& prefix) const {
  auto at = next_hops_.lower_bound({prefix.address(), 0});
  for (; at != next_hops_.end() && prefix.contains(at->first.address); ++at) {
    const State& state = at->second;
    if (state.leads() && state.resolution.most_length < prefix.length()) return true;
  }
  return false;
}

void Targets::take_moved(std::vector<IpAddress>& out) {
  out.swap(moved_);
  moved_.clear();
}

bool Targets::settle() {
  for (const ValueId id : std::exchange(pending_, {})) {
    if (!targets_.in_use(id)) continue;
    update(id);
    const Way& way = targets_.extra(id);
    if (way.hops == 0 && way.why == Failure::None) pending_.push_back(id);
  }
  if (!std::exchange(any_changed_, false)) return false;
  bool some = false;
  targets_.for_each([&](ValueId id, const Target& target, Way& way) {
    if (has_changed_hop(target) && update(id)) way.changed = true;
    some = some || way.changed;
  });
  for (auto& [next_hop, state] : next_hops_) state.changed = false;
  return some;
}

bool Targets::has_changed_hop(const Target& target) const {
  return std::ranges::any_of(target.next_hops, [&](const NextHop& next_hop) {
    const auto found = next_hops_.find(next_hop);
    return found != next_hops_.end() && found->second.changed;
  });
}

void Targets::look_again() {
  for (auto& [next_hop, state] : next_hops_) ask(next_hop, state);
}

void Targets::clear_changed() {
  targets_.for_each([](ValueId, const Target&, Way& way) { way.changed = false; });
}

// A target of several next hops uses those that have a way, as soon as all are known.
Way Targets::find_way(const Target& target) {
  Way way;
  if (target.kind == Target::Kind::Unusable) {
    way.why = target.why;
    return way;
  }
  Hops hops;
  hops.blackhole = target.kind == Target::Kind::Blackhole;
  for (const NextHop& next_hop : target.next_hops) {
    const State& state = next_hops_.at(next_hop);
    if (!state.asked) return {};
    const Resolution& found = state.resolution;
    if (found.why != Failure::None) way.why = found.why;
    hops.hops.insert(hops.hops.end(), found.hops.begin(), found.hops.end());
  }
  if (!hops.blackhole && hops.hops.empty()) return way;
  hops.normalise();
  way.hops = add(hops);
  way.why = Failure::None;
  return way;
}

// True: the target leads elsewhere than before.
bool Targets::update(ValueId id) {
  Way& way = targets_.extra(id);
  if (!way.placed) return false;
  const Way now = find_way(targets_[id]);
  if (way.hops != 0) release_hops(way.hops);
  const bool differs = now.hops != way.hops || now.why != way.why;
  way.hops = now.hops;
  way.why = now.why;
  return differs;
}

}  // namespace tern::fib
