#include "bgpd/daemon/snapshot_source.h"

#include <utility>

namespace tern::daemon {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);
constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr int kShare = 10;  // of the loop's time, at most one part in so many

}  // namespace

SnapshotSource::SnapshotSource(session::Loop& loop, Begin begin)
    : loop_(loop), begin_(std::move(begin)) {}

exporter::Snapshot SnapshotSource::collect() {
  if (Clock::now() >= last_.taken + last_.cost * kShare) {
    ask();
    if (arrives()) last_ = asked_.get();
  }
  exporter::Snapshot numbers = last_.numbers;
  const std::chrono::nanoseconds age(loop_.age());
  numbers.loop_age_seconds = std::chrono::duration<double>(age).count();
  numbers.loop_hangs = age >= kHangs;
  numbers.ready = numbers.ready && !numbers.loop_hangs;
  return numbers;
}

// One request at a time waits in the loop's queue, however often it is asked while it hangs.
void SnapshotSource::ask() {
  if (asked_.valid()) {
    if (asked_.wait_for(Clock::duration::zero()) != std::future_status::ready) return;
    asked_ = {};  // it came when nobody waited any more, and is old
  }
  const auto asking = std::make_shared<Asking>();
  asked_ = asking->promise.get_future();
  loop_.post([this, asking] {
    asking->slice = begin_();
    turn(asking);
  });
}

// One slice, and behind all that waits for the loop the next.
void SnapshotSource::turn(const std::shared_ptr<Asking>& asking) {
  Copy& copy = asking->copy;
  const Clock::time_point begin = Clock::now();
  const bool whole = asking->slice(copy.numbers);
  copy.taken = Clock::now();
  copy.cost += copy.taken - begin;
  if (whole) return asking->promise.set_value(std::move(copy));
  loop_.post([this, asking] { turn(asking); });
}

bool SnapshotSource::arrives() {
  const Clock::time_point deadline = Clock::now() + kPatience;
  while (asked_.wait_for(Clock::duration::zero()) != std::future_status::ready) {
    const bool hangs = std::chrono::nanoseconds(loop_.age()) >= kHangs;
    if (hangs || !waits_ || Clock::now() > deadline) return false;
    (void)asked_.wait_for(kPoll);
  }
  return true;
}

}  // namespace tern::daemon
