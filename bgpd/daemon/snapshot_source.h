// Copies of the daemon's numbers, taken on the loop and handed to the exporter's thread.
//
// A loop that hangs is what a reader of metrics most wants to know of, and just then it gives no
// copy: the last one is shown, with the age of the loop, and not ready.
//
// A copy is taken in slices, each in a turn of the loop: it grows with the neighbors, and no event
// waits for all of it. So numbers of two neighbors may be a few turns apart.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>

#include "bgpd/session/loop.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

class SnapshotSource {
 public:
  // One slice; true when the copy is whole.
  using Slice = std::function<bool(exporter::Snapshot& numbers)>;
  using Begin = std::function<Slice()>;

  // From this age on the loop is taken to hang. KEEPALIVEs of the shortest hold time that RFC 4271
  // allows, 3 s, are late by then.
  static constexpr std::chrono::nanoseconds kHangs = std::chrono::seconds(3);

  // begin runs on the loop, once for each copy, and so does what it returns, in later turns. The
  // loop must outlive the source, and run no more when the source goes.
  SnapshotSource(session::Loop& loop, Begin begin);
  SnapshotSource(const SnapshotSource&) = delete;
  SnapshotSource& operator=(const SnapshotSource&) = delete;

  // One thread, not the loop's. Waits until the loop has taken a copy, hangs, or is busy for 5 s.
  // Copies take a tenth of the loop's time at most: whoever asks more often gets the last one.
  [[nodiscard]] exporter::Snapshot collect();
  // Any thread. Whether collect() waits for the loop, as it does at first; else it has the last
  // copy at once. Not while the loop itself waits for the thread that collects, and not at the end.
  void set_waits(bool waits) { waits_ = waits; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Copy {
    exporter::Snapshot numbers;
    Clock::time_point taken;
    Clock::duration cost{};
  };

  struct Asking {
    std::promise<Copy> promise;
    Copy copy;
    Slice slice;
  };

  void ask();
  void turn(const std::shared_ptr<Asking>& asking);
  [[nodiscard]] bool arrives();

  session::Loop& loop_;
  const Begin begin_;
  std::atomic<bool> waits_{true};

  // The thread that collects.
  std::future<Copy> asked_;
  Copy last_;
};

}  // namespace tern::daemon
