// The latency of one subject, a registered prefix, a metro or a neighbor: sliding windows of 5
// minutes, an hour and a day, the percentiles of each hour of a week, and whether the latency is
// degraded against what is usual.
//
// A window slides by sub-windows of a minute, 5 minutes and an hour: a window has all round trips
// of its length, and of up to one sub-window before. The usual latency (the baseline) is a median
// of the 95th percentiles of the hours in the history: of the same hour of the day, in UTC, where
// kLeastDays have it, else of all hours, where there are kLeastHours. Of all hours, those of a
// degradation count from kBecomesUsual after its beginning: a latency that stays for half of the
// hours that count is the usual one.
//
// Time is an argument, in Unix seconds, and may jump. Round trips of a later time do not count
// after a jump back, and hours of a later time are no baseline. Durations are sums of the time
// between steps, of which each counts for kMostBetween at most, so that a jump ends nothing. A
// track takes kMostTrackOctets at most, some 6 KiB usually (tests/unit/latency measures).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bgpd/latency/sketch.h"
#include "bgpd/session/hysteresis.h"
#include "rib/types/location.h"

namespace tern::latency {

enum class Window : std::uint8_t { FiveMinutes, Hour, Day };
inline constexpr std::size_t kWindows = 3;

struct Percentiles {
  std::uint64_t count = 0;  // round trips; 0: the others mean nothing
  EgressCost p50 = 0;       // microseconds, like the next two
  EgressCost p95 = 0;
  EgressCost p99 = 0;
};

// When the latency of a subject is degraded: certainly more than 5 % of the round trips of 5
// minutes are above the baseline by more than the larger of worse_by and least, for the dwell.
// Certainly: the lower end of the Wilson interval of kDeviations; of 20 round trips, 4. The
// degradation ends when the p95 is above the baseline by half of that at most, for the dwell, or
// when round trips were too few for kSilence.
//
// A peak is in the window for 6 minutes. With a dwell above that, a degradation is two peaks that
// follow each other, or a latency that lasts.
struct DegradeRules {
  double worse_by = 0.5;       // share of the baseline
  EgressCost least = 5'000;    // microseconds
  std::uint32_t samples = 20;  // round trips of 5 minutes; with fewer the state stays
  std::chrono::seconds dwell{600};
  friend bool operator==(const DegradeRules&, const DegradeRules&) = default;
};

// Sketches of the last kSize sub-windows, of which the last one is not over.
template <std::size_t kSize>
class Ring {
 public:
  // number: of the sub-window, counted since 1970.
  [[nodiscard]] Sketch& at(std::uint32_t number) {
    Slot& slot = slots_[number % kSize];
    if (slot.number != number) {
      slot.sketch.clear();
      slot.number = number;
    }
    return slot.sketch;
  }
  // Of all that are there when sub-window `number` is the last one.
  void add_to(SketchSum& sum, std::uint32_t number) const {
    for (const Slot& slot : slots_) {
      if (slot.number <= number && number - slot.number < kSize) slot.sketch.add_to(sum);
    }
  }
  // Null: nothing is known of the sub-window.
  [[nodiscard]] const Sketch* find(std::uint32_t number) const {
    const Slot& slot = slots_[number % kSize];
    return slot.number == number ? &slot.sketch : nullptr;
  }
  [[nodiscard]] std::size_t octets() const {
    std::size_t octets = 0;
    for (const Slot& slot : slots_) octets += slot.sketch.octets();
    return octets;
  }

 private:
  struct Slot {
    std::uint32_t number = 0;
    Sketch sketch;
  };
  std::array<Slot, kSize> slots_;
};

class Track {
 public:
  static constexpr std::size_t kHistory = 168;        // hours: a week
  static constexpr std::size_t kLeastHours = 3;       // of a baseline of all hours
  static constexpr std::size_t kLeastDays = 5;        // of a baseline of the same hour
  static constexpr std::uint32_t kLeastOfHour = 100;  // round trips of an hour of the baseline
  static constexpr double kDeviations = 3;
  static constexpr std::uint32_t kHourSeconds = 3600;
  static constexpr std::uint32_t kSilence = 1800;  // seconds, like the next two
  static constexpr std::uint32_t kBecomesUsual = 24 * kHourSeconds;
  static constexpr std::uint32_t kMostBetween = 60;  // of the time between two steps

  explicit Track(std::uint32_t now);

  void add(EgressCost microseconds, std::uint32_t now);
  [[nodiscard]] Percentiles percentiles(Window window, std::uint32_t now) const;

  // To be called every some seconds: ends the hour that is over, and compares with the baseline.
  // Null: the latency is not compared, and no longer degraded.
  enum class Change : std::uint8_t { None, Degraded, Recovered };
  Change step(const DegradeRules* rules, std::uint32_t now);

  [[nodiscard]] bool degraded() const { return *degraded_.holds(); }
  // Unix seconds; 0: the latency was never degraded, and never recovered.
  [[nodiscard]] std::uint32_t since() const { return since_; }
  // Microseconds; nothing: too few hours are known. As of the last step().
  [[nodiscard]] std::optional<EgressCost> baseline() const { return baseline_; }
  // Of 5 minutes, as of the last step().
  [[nodiscard]] const Percentiles& latest() const { return latest_; }
  // Unix seconds of the last round trip.
  [[nodiscard]] std::uint32_t last() const { return last_; }
  // Seconds without a round trip, as of the last step(); since the track began where it has none.
  [[nodiscard]] std::uint32_t unheard() const { return passed_ - added_; }

  struct Hour {
    std::uint32_t number = 0;  // hours since 1970
    std::uint32_t count = 0;   // round trips
    Bucket p50 = 0;
    Bucket p95 = 0;
    Bucket p99 = 0;
    bool degraded = false;  // for a part of the hour, and for less than kBecomesUsual
    friend bool operator==(const Hour&, const Hour&) = default;
  };
  using Hours = std::vector<Hour>;
  // Hours with round trips, the oldest first; kHistory at most. The present hour is not among them.
  [[nodiscard]] const Hours& history() const { return *history_; }
  // The same object until an hour ends. Never null.
  [[nodiscard]] const std::shared_ptr<const Hours>& shared_history() const { return history_; }
  // Takes the hours of an earlier run, in order and kHistory at most, in place of all that is known
  // of hours. degraded_since: Unix seconds when the latency of the earlier run degraded; 0: the
  // latency was not degraded.
  void restore(const Hours& hours, std::uint32_t degraded_since, std::uint32_t now);

  // The octets of the whole track.
  [[nodiscard]] std::size_t octets() const;

 private:
  void begin_hour(std::uint32_t now);
  void end_hour(std::uint32_t number);
  Change look(bool worse, std::chrono::seconds dwell, std::uint32_t now);
  [[nodiscard]] std::optional<EgressCost> find_baseline(std::uint32_t hour) const;
  [[nodiscard]] bool is_worse(const DegradeRules& rules, const SketchSum& sum,
                              std::uint32_t now) const;

  // A sub-window more than the window has, because the last one is not over.
  Ring<6> minutes_;
  Ring<13> five_minutes_;
  Ring<25> hours_;
  std::shared_ptr<const Hours> history_ = std::make_shared<const Hours>();
  std::uint32_t hour_;     // of the last step
  std::uint32_t stepped_;  // Unix seconds of the last step
  std::uint32_t last_;
  std::uint32_t since_ = 0;
  // Seconds that passed between steps, and their number at the last round trip, and when the round
  // trips of 5 minutes were enough for the last time.
  std::uint32_t passed_ = 1;
  std::uint32_t added_ = 1;
  std::uint32_t heard_ = 1;
  std::optional<EgressCost> baseline_;
  std::optional<EgressCost> baseline_before_;  // of the hour before
  Percentiles latest_;
  session::Hysteresis degraded_;
  bool hour_degraded_ = false;  // a part of the present hour
};

inline constexpr std::size_t kSketchesOfTrack = 6 + 13 + 25;
inline constexpr std::size_t kHistoryOctets = sizeof(Track::Hours) + 16;  // 16: of a shared object
inline constexpr std::size_t kMostTrackOctets =
    sizeof(Track) + kSketchesOfTrack * Sketch::kMostOctets + kHistoryOctets +
    Track::kHistory * sizeof(Track::Hour);

}  // namespace tern::latency
