// Copies of the daemon's numbers, taken on the loop and handed to the exporter's thread.
//
// A reader of metrics most wants to know of a loop that hangs, and a loop that hangs takes no copy:
// SnapshotSource then shows the last copy, with the age of the loop, and not ready.
//
// SnapshotSource takes a copy in slices, each in a turn of the loop: a copy grows with the
// neighbors, and no event waits for the whole copy. The numbers of two neighbors may therefore be a
// few turns apart.
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
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;
  // Fills one slice of the copy, and returns true when the copy is whole.
  using Slice = std::function<bool(exporter::Snapshot& numbers)>;
  using Begin = std::function<Slice()>;
  // Runs a slice on the loop, at once or as soon as the objects that the slice reads are at hand.
  using When = std::function<void(std::function<void()>)>;

  static void at_once(const std::function<void()>& slice) { slice(); }

  // From this age on the loop is taken to hang. KEEPALIVEs of the shortest hold time that RFC 4271
  // allows, 3 s, are late by then.
  static constexpr std::chrono::nanoseconds kHangs = std::chrono::seconds(3);

  // The loop calls `begin` once for each copy, and through `when` the slice function that `begin`
  // returns, in this turn and later ones. Both threads call `now`. The loop must outlive the
  // source, and run no more when the source goes.
  SnapshotSource(session::Loop& loop, Begin begin, When when = at_once, Now now = Clock::now);
  SnapshotSource(const SnapshotSource&) = delete;
  SnapshotSource& operator=(const SnapshotSource&) = delete;

  // One thread, not the loop's. Waits until the loop has taken a copy, hangs, or is busy for 5 s.
  // Copies take a tenth of the loop's time at most: a caller that asks more often gets the last
  // copy.
  [[nodiscard]] exporter::Snapshot collect();
  // Any thread. Whether collect() waits for the loop, which is so at first; otherwise collect()
  // returns the last copy at once. The caller switches waiting off while the loop itself waits for
  // the thread that collects, and before the loop ends.
  void set_waits(bool waits) { waits_ = waits; }

 private:
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
  void next_turn(const std::shared_ptr<Asking>& asking);
  void turn(const std::shared_ptr<Asking>& asking);
  [[nodiscard]] bool arrives();

  session::Loop& loop_;
  const Begin begin_;
  const When when_;
  const Now now_;
  std::atomic<bool> waits_{true};

  // The thread that collects.
  std::future<Copy> asked_;
  Copy last_;
};

}  // namespace tern::daemon
