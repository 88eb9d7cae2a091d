#include "bgpd/latency/latency_book.h"

namespace tern::latency {
namespace {

std::size_t index_of(const Subject& subject) { return static_cast<std::size_t>(subject.kind); }

}  // namespace

Track* LatencyBook::track_of(const Subject& subject, std::uint32_t now) {
  const auto found = tracks_.find(subject);
  if (found != tracks_.end()) return &found->second;
  if (tracks_.size() >= settings_.subjects) return nullptr;
  ++counts_.subjects[index_of(subject)];
  return &tracks_.try_emplace(subject, now).first->second;
}

bool LatencyBook::add(const Subject& subject, EgressCost microseconds, std::uint32_t now) {
  Track* const track = track_of(subject, now);
  if (track != nullptr) track->add(microseconds, now);
  return track != nullptr;
}

bool LatencyBook::restore(const SubjectHistory& history, std::uint32_t now) {
  Track* const track = track_of(history.subject, now);
  if (track == nullptr) return false;
  const bool was_degraded = track->degraded();
  track->restore(*history.hours, history.degraded_since, now);
  if (track->degraded() && !was_degraded) ++counts_.degraded[index_of(history.subject)];
  return true;
}

LatencyBook::Step LatencyBook::step(const std::optional<Subject>& behind, const Compares& compares,
                                    std::uint32_t now) {
  const auto next = behind ? tracks_.upper_bound(*behind) : tracks_.begin();
  if (next == tracks_.end()) return {};
  const DegradeRules* const rules = compares(next->first) ? &settings_.rules : nullptr;
  const Track::Change change = next->second.step(rules, now);
  std::uint64_t& degraded = counts_.degraded[index_of(next->first)];
  if (change == Track::Change::Degraded) ++degraded;
  if (change == Track::Change::Recovered) --degraded;
  return {&next->first, &next->second, change};
}

void LatencyBook::forget(const Subject& subject) {
  const auto found = tracks_.find(subject);
  if (found == tracks_.end()) return;
  --counts_.subjects[index_of(subject)];
  if (found->second.degraded()) --counts_.degraded[index_of(subject)];
  tracks_.erase(found);
}

const Track* LatencyBook::find(const Subject& subject) const {
  const auto found = tracks_.find(subject);
  return found == tracks_.end() ? nullptr : &found->second;
}

}  // namespace tern::latency
