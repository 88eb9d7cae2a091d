#include "bgpd/pipeline/adj_rib_in.h"

#include <utility>

namespace tern::pipeline {

using rib::EpochChange;

EpochChange AdjRibIn::session_up(bool forwarding_kept, Time now) {
  if (state_ == State::Live || state_ == State::Refreshing) return EpochChange::None;
  const State before = std::exchange(state_, State::Live);
  if (before == State::Down) return EpochChange::None;
  if (!forwarding_kept) return EpochChange::ExpireAll;
  state_ = State::Refreshing;
  returned_ = true;
  until_ = now + kLongestRefresh;
  return EpochChange::Begin;
}

// RFC 4724 section 4.2: paths that were stale already when the session ends are not kept again.
EpochChange AdjRibIn::session_down(const Kept& kept, Time now) {
  if (state_ != State::Live && state_ != State::Refreshing) return EpochChange::None;
  const State before = std::exchange(state_, State::Down);
  if (kept.restart.count() == 0 && kept.long_lived.count() == 0) return EpochChange::ExpireAll;
  const bool at_once = kept.restart.count() == 0;
  state_ = at_once ? State::LongLived : State::Stale;
  until_ = now + (at_once ? kept.long_lived : kept.restart);
  long_lived_ = kept.long_lived;
  return before == State::Refreshing ? EpochChange::ExpireOlder : EpochChange::None;
}

// A BoRR during a refresh has no effect.
EpochChange AdjRibIn::begin_of_refresh(Time now) {
  if (state_ != State::Live) return EpochChange::None;
  state_ = State::Refreshing;
  returned_ = false;
  until_ = now + kLongestRefresh;
  return EpochChange::BeginIfFew;
}

EpochChange AdjRibIn::end_of_refresh() {
  if (state_ != State::Refreshing || returned_) return EpochChange::None;
  state_ = State::Live;
  return EpochChange::ExpireOlder;
}

EpochChange AdjRibIn::end_of_rib() {
  if (state_ != State::Refreshing || !returned_) return EpochChange::None;
  state_ = State::Live;
  return EpochChange::ExpireOlder;
}

EpochChange AdjRibIn::pass_time(Time now) {
  const std::optional<Time> last = deadline();
  if (!last || now < *last) return EpochChange::None;
  switch (state_) {
    case State::Refreshing:
      state_ = State::Live;
      return EpochChange::ExpireOlder;
    case State::Stale:
      if (long_lived_.count() == 0) return forget();
      state_ = State::LongLived;
      until_ += long_lived_;
      return EpochChange::None;
    default:
      return forget();
  }
}

EpochChange AdjRibIn::forget() {
  if (state_ != State::Stale && state_ != State::LongLived) return EpochChange::None;
  state_ = State::Down;
  return EpochChange::ExpireAll;
}

std::optional<AdjRibIn::Time> AdjRibIn::deadline() const {
  if (state_ == State::Down || state_ == State::Live) return std::nullopt;
  return until_;
}

std::string_view to_string(AdjRibIn::State state) {
  switch (state) {
    case AdjRibIn::State::Down:
      return "Down";
    case AdjRibIn::State::Live:
      return "Live";
    case AdjRibIn::State::Refreshing:
      return "Refreshing";
    case AdjRibIn::State::Stale:
      return "Stale";
    case AdjRibIn::State::LongLived:
      return "LongLived";
  }
  return "";
}

std::optional<AdjRibIn::Time> AdjRibsIn::deadline() const {
  std::optional<AdjRibIn::Time> earliest;
  for (const AdjRibIn& rib : all_) {
    const std::optional<AdjRibIn::Time> one = rib.deadline();
    if (one && (!earliest || *one < *earliest)) earliest = one;
  }
  return earliest;
}

}  // namespace tern::pipeline
