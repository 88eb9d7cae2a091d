#include "bgpd/latency/track.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace tern::latency {
namespace {

constexpr std::uint32_t kMinute = 60;
constexpr std::uint32_t kFiveMinutes = 300;
constexpr std::uint32_t kDayHours = 24;
constexpr double kShareAbove = 0.05;  // a p95 is a limit that this share is above
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

Percentiles percentiles_of(const SketchSum& sum) {
  Percentiles of{.count = sum.count()};
  if (of.count == 0) return of;
  of.p50 = value_of(sum.quantile(0.50));
  of.p95 = value_of(sum.quantile(0.95));
  of.p99 = value_of(sum.quantile(0.99));
  return of;
}

// Requires some. The lower one of two in the middle.
EgressCost median(std::vector<Bucket>& some) {
  const auto middle = some.begin() + static_cast<std::ptrdiff_t>((some.size() - 1) / 2);
  std::ranges::nth_element(some, middle);
  return value_of(*middle);
}

// The share that `part` of `count` certainly is: the lower end of the Wilson interval.
double certain_share(std::uint64_t part, std::uint64_t count) {
  const auto n = static_cast<double>(count);
  const double share = static_cast<double>(part) / n;
  const double z = Track::kDeviations;
  const double middle = share + z * z / (2 * n);
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return (middle - half) / (1 + z * z / n);
}

}  // namespace

Track::Track(std::uint32_t now) : hour_(now / kHourSeconds), stepped_(now), last_(now) {
  // Damps the first finding like all others.
  degraded_.look(false, 0, {});
}

void Track::add(EgressCost microseconds, std::uint32_t now) {
  const Bucket bucket = bucket_of(microseconds);
  minutes_.at(now / kMinute).add(bucket);
  five_minutes_.at(now / kFiveMinutes).add(bucket);
  hours_.at(now / kHourSeconds).add(bucket);
  last_ = now;
  added_ = passed_;
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

Track::Change Track::step(const DegradeRules* rules, std::uint32_t now) {
  if (now > stepped_) passed_ += std::min(now - stepped_, kMostBetween);
  stepped_ = now;
  begin_hour(now);
  SketchSum sum;
  minutes_.add_to(sum, now / kMinute);
  latest_ = percentiles_of(sum);
  if (rules == nullptr) return look(false, std::chrono::seconds(0), now);
  const bool enough = latest_.count >= rules->samples;
  if (enough) heard_ = passed_;
  if (enough) return look(is_worse(*rules, sum, now), rules->dwell, now);
  if (passed_ - heard_ < kSilence) return Change::None;
  return look(false, std::chrono::seconds(0), now);
}

Track::Change Track::look(bool worse, std::chrono::seconds dwell, std::uint32_t now) {
  const bool changed = degraded_.look(worse, passed_ * kNanosecondsPerSecond, {dwell, dwell});
  if (changed) since_ = now;
  hour_degraded_ = hour_degraded_ || degraded();
  if (!changed) return Change::None;
  return degraded() ? Change::Degraded : Change::Recovered;
}

// The window has round trips of the hour before at first, and the usual latency does not change at
// the full hour: for the beginning of an hour the longer one of both baselines counts.
bool Track::is_worse(const DegradeRules& rules, const SketchSum& sum, std::uint32_t now) const {
  if (!baseline_) return false;
  double usual = *baseline_;
  const auto beginning = kFiveMinutes + kMinute + rules.dwell.count();
  if (baseline_before_ && now % kHourSeconds < beginning) {
    usual = std::max<double>(usual, *baseline_before_);
  }
  const double more = std::max<double>(usual * rules.worse_by, rules.least);
  if (degraded()) return latest_.p95 > usual + more / 2;
  return certain_share(sum.above(usual + more), sum.count()) > kShareAbove;
}

void Track::begin_hour(std::uint32_t now) {
  const std::uint32_t hour = now / kHourSeconds;
  if (hour == hour_) return;
  hour_degraded_ = hour_degraded_ && !(degraded() && now > since_ && now - since_ > kBecomesUsual);
  end_hour(hour_);
  hour_ = hour;
  hour_degraded_ = degraded();
  baseline_before_ = baseline_;
  baseline_ = find_baseline(hour);
}

// The history stays in order, and keeps later hours where the time went back. An hour that ends
// again is the last one of both.
void Track::end_hour(std::uint32_t number) {
  const Sketch* const sketch = hours_.find(number);
  if (sketch == nullptr || sketch->empty()) return;
  SketchSum sum;
  sketch->add_to(sum);
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(sum.count(), UINT32_MAX));
  const Hour hour{number,        count, sum.quantile(0.50), sum.quantile(0.95), sum.quantile(0.99),
                  hour_degraded_};
  const std::size_t dropped = history_->size() == kHistory ? 1 : 0;
  auto hours = std::make_shared<Hours>();
  hours->reserve(history_->size() + 1 - dropped);
  hours->assign(history_->begin() + static_cast<std::ptrdiff_t>(dropped), history_->end());
  const auto at = std::ranges::lower_bound(*hours, number, {}, &Hour::number);
  if (at != hours->end() && at->number == number) {
    *at = hour;
  } else {
    hours->insert(at, hour);
  }
  history_ = std::move(hours);
}

void Track::restore(const Hours& hours, std::uint32_t degraded_since, std::uint32_t now) {
  hour_ = now / kHourSeconds;
  history_ = std::make_shared<const Hours>(hours);
  if (!hours.empty()) last_ = std::min(now, (hours.back().number + 1) * kHourSeconds);
  baseline_ = find_baseline(hour_);
  if (degraded_since == 0) return;
  degraded_.begin_anew();
  degraded_.look(true, passed_ * kNanosecondsPerSecond, {});
  since_ = degraded_since;
  hour_degraded_ = true;
}

std::optional<EgressCost> Track::find_baseline(std::uint32_t hour) const {
  std::vector<Bucket> same;
  std::vector<Bucket> all;
  for (const Hour& one : *history_) {
    const bool is_past = one.number < hour && hour - one.number <= kHistory;
    if (!is_past || one.count < kLeastOfHour) continue;
    if (!one.degraded) all.push_back(one.p95);
    if (one.number % kDayHours == hour % kDayHours) same.push_back(one.p95);
  }
  if (same.size() >= kLeastDays) return median(same);
  if (all.size() >= kLeastHours) return median(all);
  return std::nullopt;
}

std::size_t Track::octets() const {
  return sizeof *this + minutes_.octets() + five_minutes_.octets() + hours_.octets() +
         kHistoryOctets + history_->capacity() * sizeof(Hour);
}

}  // namespace tern::latency
