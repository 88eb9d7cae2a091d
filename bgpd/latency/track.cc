#include "bgpd/latency/track.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tern::latency {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kFiveMinutes = 300;
constexpr std::uint32_t kDayHours = 24;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

Percentiles percentiles_of(const SketchSum& sum) {
  Percentiles of{.count = sum.count()};
  if (of.count == 0) return of;
  of.p50 = value_of(sum.quantile(0.50));
  of.p95 = value_of(sum.quantile(0.95));
  of.p99 = value_of(sum.quantile(0.99));
  return of;
}

// Requires some.
EgressCost median(std::vector<Bucket>& some) {
  const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
  std::ranges::nth_element(some, middle);
  return value_of(*middle);
}

}  // namespace

Track::Track(std::uint32_t now) : hour_(now / kHourSeconds), last_(now), heard_(now) {
  // Damps the first finding like all others.
  degraded_.look(false, 0, {});
}

void Track::add(EgressCost microseconds, std::uint32_t now) {
  const Bucket bucket = bucket_of(microseconds);
  minutes_.at(now / kMinute).add(bucket);
  five_minutes_.at(now / kFiveMinutes).add(bucket);
  hours_.at(now / kHourSeconds).add(bucket);
  last_ = now;
}

Percentiles Track::percentiles(Window window, std::uint32_t now) const {
  SketchSum sum;
  switch (window) {
    case Window::FiveMinutes:
      minutes_.add_to(sum, now / kMinute);
      break;
    case Window::Hour:
      five_minutes_.add_to(sum, now / kFiveMinutes);
      break;
    case Window::Day:
      hours_.add_to(sum, now / kHourSeconds);
      break;
  }
  return percentiles_of(sum);
}

Track::Change Track::step(const DegradeRules& rules, std::uint32_t now) {
  const std::uint32_t hour = now / kHourSeconds;
  if (hour != hour_) {
    if (hour > hour_) end_hour(hour_);
    hour_ = hour;
    baseline_ = find_baseline(hour);
  }
  latest_ = percentiles(Window::FiveMinutes, now);
  const bool enough = latest_.count >= rules.samples;
  if (enough || heard_ > now) heard_ = now;
  bool worse = enough && is_worse(rules);
  session::Hysteresis::Times times{rules.dwell, rules.dwell};
  if (!enough && degraded()) {
    worse = now - heard_ < kSilence;
    times.down_after = std::chrono::seconds(0);
  }
  if (!degraded_.look(worse, now * kNanosecondsPerSecond, times)) return Change::None;
  since_ = now;
  return degraded() ? Change::Degraded : Change::Recovered;
}

bool Track::is_worse(const DegradeRules& rules) const {
  if (!baseline_) return false;
  const double part = degraded() ? 0.5 : 1;
  const double usual = *baseline_;
  const double limit = usual + part * std::max<double>(usual * rules.worse_by, rules.least);
  return latest_.p95 > limit;
}

// The history is in order, also where the time went back.
void Track::end_hour(std::uint32_t number) {
  const Sketch* const sketch = hours_.find(number);
  if (sketch == nullptr || sketch->empty()) return;
  SketchSum sum;
  sketch->add_to(sum);
  const auto end = std::ranges::lower_bound(*history_, number, {}, &Hour::number);
  const auto kept = std::min<std::ptrdiff_t>(end - history_->begin(), kHistory - 1);
  auto hours = std::make_shared<Hours>();
  hours->reserve(static_cast<std::size_t>(kept) + 1);
  hours->assign(end - kept, end);
  const auto count = std::min<std::uint64_t>(sum.count(), UINT32_MAX);
  hours->push_back({number, static_cast<std::uint32_t>(count), sum.quantile(0.50),
                    sum.quantile(0.95), sum.quantile(0.99)});
  history_ = std::move(hours);
}

void Track::restore(const Hours& hours, std::uint32_t now) {
  hour_ = now / kHourSeconds;
  const auto end = std::ranges::lower_bound(hours, hour_, {}, &Hour::number);
  const auto count = std::min<std::ptrdiff_t>(end - hours.begin(), kHistory);
  history_ = std::make_shared<const Hours>(end - count, end);
  if (count > 0) last_ = (history_->back().number + 1) * kHourSeconds;
  baseline_ = find_baseline(hour_);
}

std::optional<EgressCost> Track::find_baseline(std::uint32_t hour) const {
  std::vector<Bucket> same;
  std::vector<Bucket> all;
  for (const Hour& one : *history_) {
    if (one.count < kLeastOfHour || hour - one.number > kHistory) continue;
    all.push_back(one.p95);
    if (one.number % kDayHours == hour % kDayHours) same.push_back(one.p95);
  }
  if (same.size() >= kLeastHours) return median(same);
  if (all.size() >= kLeastHours) return median(all);
  return std::nullopt;
}

std::size_t Track::octets() const {
  return sizeof *this + minutes_.octets() + five_minutes_.octets() + hours_.octets() +
         kHistoryOctets + history_->capacity() * sizeof(Hour);
}

}  // namespace tern::latency
