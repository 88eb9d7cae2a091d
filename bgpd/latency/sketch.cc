#include "bgpd/latency/sketch.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace tern::latency {
namespace {

// A value between two limits of this factor is off by 2.5 % of any value there, at most.
constexpr double kGrowth = 1.025 / 0.975;
constexpr unsigned kCountBits = 24;
constexpr std::size_t kFirstCells = 8;

// The longest round trip of each range.
using Limits = std::array<EgressCost, kBuckets>;

Limits make_limits() {
  Limits limits{};
  double limit = kShortest;
  for (EgressCost& one : limits) {
    one = static_cast<EgressCost>(limit);
    limit *= kGrowth;
  }
  // The factor passes kMostRoundTrip within the last range.
  limits.back() = std::numeric_limits<EgressCost>::max();
  return limits;
}

const Limits& limits() {
  static const Limits made = make_limits();
  return made;
}

}  // namespace

Bucket bucket_of(EgressCost microseconds) {
  const auto found = std::ranges::lower_bound(limits(), microseconds);
  return static_cast<Bucket>(found - limits().begin());
}

EgressCost value_of(Bucket bucket) {
  assert(bucket < kBuckets);
  if (bucket == 0) return kShortest;
  // The harmonic mean of two limits is off by the same share of either.
  const double below = limits()[bucket - std::size_t{1}];
  const double above = std::min<double>(limits()[bucket], kMostRoundTrip);
  return static_cast<EgressCost>(std::lround(2 * below * above / (below + above)));
}

Bucket SketchSum::quantile(double share) const {
  assert(count_ > 0);
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (counts_[i] == 0) continue;
    last = i;
    seen += counts_[i];
    if (seen >= rank) break;
  }
  return static_cast<Bucket>(last);
}

std::uint64_t SketchSum::above(double microseconds) const {
  std::uint64_t count = 0;
  for (std::size_t i = kBuckets; i > 0 && value_of(static_cast<Bucket>(i - 1)) > microseconds;
       --i) {
    count += counts_[i - 1];
  }
  return count;
}

void Sketch::add(Bucket bucket) {
  const std::uint32_t first = std::uint32_t{bucket} << kCountBits;
  const auto at = std::ranges::lower_bound(cells_, first);
  if (at != cells_.end() && (*at >> kCountBits) == bucket) {
    if ((*at & kMostCount) < kMostCount) ++*at;
    return;
  }
  const auto index = at - cells_.begin();
  if (cells_.size() == cells_.capacity()) {
    cells_.reserve(std::clamp(2 * cells_.size(), kFirstCells, kBuckets));
  }
  cells_.insert(cells_.begin() + index, first + 1);
}

void Sketch::add_to(SketchSum& sum) const {
  for (const std::uint32_t cell : cells_) {
    sum.add(static_cast<Bucket>(cell >> kCountBits), cell & kMostCount);
  }
}

}  // namespace tern::latency
