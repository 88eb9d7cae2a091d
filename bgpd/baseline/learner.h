// The part of the baseline that tern-event has: the detector, its clock, what the guard reads, and
// the writing of the file in slices. Used by tern-event, but for what says otherwise. Internal to
// bgpd/baseline.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/baseline/detector.h"
#include "bgpd/baseline/keeper.h"
#include "bgpd/baseline/learn_clock.h"
#include "bgpd/baseline/usual_collector.h"

namespace tern::baseline {

class Learner {
 public:
  static constexpr std::size_t kBlocksOfTick = 4;        // that are written in a tick()
  static constexpr std::uint32_t kMostKeepEvery = 3600;  // seconds between two files

  Learner(Detector::Sink sink, UsualCollector::Sink usual, Keeper& keeper)
      : detector_(std::move(sink)), usual_(std::move(usual)), keeper_(keeper) {}

  void apply(const Rules& rules);
  void clear();
  // The file of an earlier run: its blocks, and then its clock. Without a clock, nothing of the
  // file counts.
  void restore(const std::vector<Record>& records);
  void restored(const std::optional<KeptClock>& clock);

  void take(const Batch& batch, const Surroundings& around, std::uint64_t steady);
  // steady: nanoseconds. learning: routes are read, and the file is written. registrations: null
  // where there are none.
  void tick(std::uint64_t steady, bool learning, const policy::RegistrationTable* registrations);
  [[nodiscard]] std::vector<Prefix> asks(std::size_t most) { return detector_.asks(most); }
  [[nodiscard]] std::vector<LearntPrefix> look(const Prefix& prefix) const;

  // Any thread: as of the last tick().
  [[nodiscard]] WatchCounts counts() const;
  [[nodiscard]] std::uint64_t day() const { return day_; }

 private:
  [[nodiscard]] Now now(std::uint64_t steady);
  [[nodiscard]] LearntPrefix show(const Record& of, bool covering) const;
  void keep_some();
  void publish();

  Detector detector_;
  UsualCollector usual_;
  bool has_file_ = false;  // restored() was called: the book is whole
  Keeper& keeper_;
  LearnClock clock_;
  std::atomic<std::uint64_t> day_{0};
  bool keeping_ = false;
  std::size_t next_kept_ = 0;       // number of the record to go on at
  std::uint64_t records_kept_ = 0;  // of the file under way
  std::uint64_t kept_at_ = 0;       // milliseconds of the clock
  std::size_t not_restored_ = 0;    // records of the file that is read
  mutable std::mutex mutex_;        // of the next one
  WatchCounts counts_;
};

}  // namespace tern::baseline
