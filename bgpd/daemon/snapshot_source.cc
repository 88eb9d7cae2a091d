#include "bgpd/daemon/snapshot_source.h"

#include <utility>

namespace tern::daemon {
namespace {

constexpr auto kVisitPatience = std::chrono::seconds(5);
constexpr auto kPoll = std::chrono::milliseconds(20);
constexpr int kShare = 10;  // a copy takes one part in so many of the loop's time, at most

}  // namespace

SnapshotSource::SnapshotSource(session::Loop& loop, Begin begin, When when, Now now)
    : loop_(loop), begin_(std::move(begin)), when_(std::move(when)), now_(std::move(now)) {}

exporter::Snapshot SnapshotSource::collect() {
  if (now_() >= last_.taken + last_.cost * kShare) {
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

// One request at a time waits in the loop's queue, however often collect() is called while the loop
// hangs.
void SnapshotSource::ask() {
  if (asked_.valid()) {
    if (asked_.wait_for(Clock::duration::zero()) != std::future_status::ready) return;
    asked_ = {};  // this copy came when collect() had stopped waiting, and is old
  }
  const auto asking = std::make_shared<Asking>();
  asked_ = asking->promise.get_future();
  loop_.post([this, asking] {
    asking->slice = begin_();
    next_turn(asking);
  });
}

void SnapshotSource::next_turn(const std::shared_ptr<Asking>& asking) {
  when_([this, asking] { turn(asking); });
}

// Fills one slice, and posts the next behind every event that waits for the loop.
void SnapshotSource::turn(const std::shared_ptr<Asking>& asking) {
  Copy& copy = asking->copy;
  const Clock::time_point begin = now_();
  const bool whole = asking->slice(copy.numbers);
  copy.taken = now_();
  copy.cost += copy.taken - begin;
  if (whole) return asking->promise.set_value(std::move(copy));
  loop_.post([this, asking] { next_turn(asking); });
}

bool SnapshotSource::arrives() {
  const Clock::time_point deadline = now_() + kVisitPatience;
  while (asked_.wait_for(Clock::duration::zero()) != std::future_status::ready) {
    const bool hangs = std::chrono::nanoseconds(loop_.age()) >= kHangs;
    if (hangs || !waits_ || now_() > deadline) return false;
    (void)asked_.wait_for(kPoll);
  }
  return true;
}

}  // namespace tern::daemon
