#include "bgpd/pipeline/export_cursor.h"

#include <cassert>

#include "bgpd/wire/framer.h"
#include "rib/types/add_each.h"

namespace tern::pipeline {

using rib::ExportLog;

ExportCounters& ExportCounters::operator+=(const ExportCounters& other) {
  add_each(announced, other.announced);
  add_each(withdrawn, other.withdrawn);
  updates += other.updates;
  refresh_marks += other.refresh_marks;
  return *this;
}

// ---- The loop

bool ExportCursor::has_more() const {
  switch (state_.load(std::memory_order_acquire)) {
    case State::Opening:
    case State::Shard:
      return false;
    case State::Behind:
      return true;
    case State::Log:
    case State::Reading:
      break;
  }
  return waiting() > 0;
}

bool ExportCursor::start_reading() {
  State expected = State::Log;
  return state_.compare_exchange_strong(expected, State::Reading, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

// Release: the shard that takes the cursor next finds it as it was left.
void ExportCursor::stop_reading() {
  if (state_.load(std::memory_order_relaxed) == State::Reading) {
    state_.store(State::Log, std::memory_order_release);
  }
}

void ExportCursor::note_position() {
  position_.store(cursor_.position(), std::memory_order_relaxed);
}

std::size_t ExportCursor::collect(std::span<std::span<const std::byte>> runs,
                                  std::size_t max_octets) {
  const State state = state_.load(std::memory_order_acquire);
  const bool behind = state == State::Behind;
  if (state == State::Log && waiting() == 0) return 0;
  if (!behind && !start_reading()) return 0;
  if (made_left() > 0) {
    runs[0] = std::span<const std::byte>(messages_.octets).subspan(messages_taken_);
    return 1;
  }
  if (behind) {
    wishes_ = true;
    state_.store(State::Shard, std::memory_order_release);
    return 0;
  }
  const std::size_t count = ExportLog::collect(cursor_, client_, runs, max_octets);
  if (count > 0) return count;
  note_position();
  stop_reading();
  return 0;
}

std::uint64_t ExportCursor::pass(std::size_t octets) {
  if (made_left() == 0) {
    if (octets == 0) return 0;
    const ExportLog::Progress progress = ExportLog::advance(cursor_, client_, octets);
    note_position();
    add_each(counters_.announced, progress.announced);
    add_each(counters_.withdrawn, progress.withdrawn);
    counters_.updates += progress.updates;
    return progress.oldest_read;
  }
  messages_taken_ += octets;
  made_left_.store(messages_.octets.size() - messages_taken_, std::memory_order_relaxed);
  if (made_left() > 0) return 0;
  counters_ += messages_.counters;
  messages_ = {};
  messages_taken_ = 0;
  return 0;
}

std::span<const std::byte> ExportCursor::rest_of_message() const {
  if (made_left() == 0) {
    const bool reading = state_.load(std::memory_order_relaxed) == State::Reading;
    return reading ? ExportLog::partial(cursor_) : std::span<const std::byte>{};
  }
  // The end of the message that was taken in part.
  const std::span<const std::byte> octets(messages_.octets);
  std::size_t end = 0;
  while (end < messages_taken_) end += wire::message_size(octets.subspan(end));
  return octets.first(end).subspan(messages_taken_);
}

bool ExportCursor::leave_log() {
  if (lag() == 0) return false;
  State expected = State::Log;
  if (!state_.compare_exchange_strong(expected, State::Shard, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
    return false;
  }
  wishes_ = true;
  return true;
}

bool ExportCursor::lagging() const {
  const State state = state_.load(std::memory_order_acquire);
  return state == State::Behind || state == State::Shard;
}

bool ExportCursor::has_whole_table() const {
  return state_.load(std::memory_order_acquire) == State::Log &&
         tables_ended_.load(std::memory_order_acquire) == tables_asked_ && made_left() == 0 &&
         position_.load(std::memory_order_relaxed) >= table_end_.load(std::memory_order_relaxed);
}

// ---- The shard

void ExportCursor::follow(ExportLog::Cursor cursor,
                          std::shared_ptr<const ExportLog::Totals> totals) {
  assert(taken());
  cursor_ = std::move(cursor);
  totals_ = std::move(totals);
  note_position();
  made_left_.store(messages_.octets.size() - messages_taken_, std::memory_order_relaxed);
  state_.store(State::Log, std::memory_order_release);
}

bool ExportCursor::take() {
  State expected = State::Log;
  return state_.compare_exchange_strong(expected, State::Shard, std::memory_order_acquire,
                                        std::memory_order_relaxed);
}

bool ExportCursor::taken() const {
  const State state = state_.load(std::memory_order_acquire);
  return state == State::Opening || state == State::Shard;
}

ClientMessages& ExportCursor::messages() {
  assert(taken());
  const auto taken = static_cast<std::ptrdiff_t>(std::exchange(messages_taken_, 0));
  messages_.octets.erase(messages_.octets.begin(), messages_.octets.begin() + taken);
  return messages_;
}

void ExportCursor::give_back() {
  assert(taken());
  made_left_.store(messages_.octets.size() - messages_taken_, std::memory_order_relaxed);
  state_.store(State::Behind, std::memory_order_release);
}

void ExportCursor::table_ended(std::uint64_t end) {
  table_end_.store(end, std::memory_order_relaxed);
  tables_ended_.fetch_add(1, std::memory_order_release);
}

// ---- Both

std::uint64_t ExportCursor::lag() const {
  const State state = state_.load(std::memory_order_acquire);
  if (state != State::Log && state != State::Reading) return 0;
  const std::uint64_t position = position_.load(std::memory_order_relaxed);
  const std::uint64_t written = totals_->written.load(std::memory_order_relaxed);
  return written > position ? written - position : 0;
}

}  // namespace tern::pipeline
