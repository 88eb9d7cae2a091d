// A sketch of round trips: how many of them fell into each of kBuckets ranges, so that any quantile
// can be read with a relative error of kRelativeError.
//
// The limits of the ranges grow by the same factor from one to the next. A sketch keeps the ranges
// that have round trips, 4 octets each, in order: round trips to one place fall into some 30 ranges
// in an hour, and a sketch never takes more than kMostOctets. Sketches are added by their ranges,
// without a further error. Plain values, no clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/types/location.h"

namespace tern::latency {

// A range of round trips; the longer ones have the higher numbers.
using Bucket = std::uint8_t;
inline constexpr std::size_t kBuckets = 232;  // up to kMostRoundTrip
// Microseconds. Shorter round trips are one range, and count as this one.
inline constexpr EgressCost kShortest = 100;
// Of a value that a sketch returns for round trips from kShortest to kMostRoundTrip: 2.5 % by the
// factor between the ranges, and at most 0.5 % more because limits are whole microseconds.
inline constexpr double kRelativeError = 0.03;

// Round trips above kMostRoundTrip are in the last range.
[[nodiscard]] Bucket bucket_of(EgressCost microseconds);
// Microseconds, that stand for all round trips of the range.
[[nodiscard]] EgressCost value_of(Bucket bucket);

// Several sketches added.
class SketchSum {
 public:
  void add(Bucket bucket, std::uint64_t count) {
    counts_[bucket] += count;
    count_ += count;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  // The range with the round trip at this share of all, in order of length: 0.5 is the median
  // (nearest rank). Requires count() > 0 and 0 < share <= 1.
  [[nodiscard]] Bucket quantile(double share) const;
  // Round trips of ranges whose value is above this one, in microseconds.
  [[nodiscard]] std::uint64_t above(double microseconds) const;

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
};

class Sketch {
 public:
  // A count that is as large stays so.
  static constexpr std::uint32_t kMostCount = (1U << 24U) - 1;
  static constexpr std::size_t kMostOctets = kBuckets * sizeof(std::uint32_t);

  void add(Bucket bucket);
  void add_to(SketchSum& sum) const;
  // Keeps the memory.
  void clear() { cells_.clear(); }
  [[nodiscard]] bool empty() const { return cells_.empty(); }
  // Beside the object itself.
  [[nodiscard]] std::size_t octets() const { return cells_.capacity() * sizeof(std::uint32_t); }

 private:
  // The range in the upper 8 bits and its count in the lower 24; in order.
  std::vector<std::uint32_t> cells_;
};

}  // namespace tern::latency
