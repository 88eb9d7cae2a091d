#include "bgpd/session/back_offs.h"

#include <algorithm>

namespace tern::session {
namespace {

std::uint64_t nanoseconds(fsm::Milliseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) * 1'000'000;
}

}  // namespace

void BackOffs::failed(const PeerAddress& who, Failure failure, const fsm::FsmConfig& config,
                      std::uint64_t now) {
  if (failure == Failure::Soft && !config.damp_oscillations) return;
  const auto found = by_address_.find(who);
  if (found != by_address_.end()) {
    entries_.splice(entries_.end(), entries_, found->second);
  } else {
    if (entries_.size() == kMost) forget(Entry(entries_.front()).who);
    entries_.push_back({who});
    by_address_.emplace(who, std::prev(entries_.end()));
  }
  Entry& entry = entries_.back();
  if (entry.forgotten < now) entry = {who};
  if (failure == Failure::Hard || ++entry.soft > fsm::kFreeSoftEnds) {
    fsm::Milliseconds wait = config.idle_hold;
    for (unsigned n = 0; n < entry.doubled && wait < config.idle_hold_max; ++n) wait *= 2;
    ++entry.doubled;
    entry.until = now + nanoseconds(std::min(wait, config.idle_hold_max));
  }
  entry.forgotten = std::max(entry.until, now) + nanoseconds(config.idle_hold_max);
}

bool BackOffs::waits(const PeerAddress& who, std::uint64_t now) const {
  const auto found = by_address_.find(who);
  return found != by_address_.end() && now < found->second->until;
}

void BackOffs::forget(const PeerAddress& who) {
  const auto found = by_address_.find(who);
  if (found == by_address_.end()) return;
  entries_.erase(found->second);
  by_address_.erase(found);
}

void BackOffs::tidy(std::uint64_t now) {
  while (!entries_.empty() && entries_.front().forgotten < now) {
    by_address_.erase(entries_.front().who);
    entries_.pop_front();
  }
}

}  // namespace tern::session
