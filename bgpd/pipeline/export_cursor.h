// The place of one client in one shard's export log: what the loop may write to the client's
// socket.
//
// Two threads use a cursor. The shard's thread appends to the log; it takes the cursor from a
// client that is too far behind, and makes octets for that client (pipeline/export_client.h). The
// loop reads the log and those octets, while the shard works. `state_` names the owner of the
// cursor and of the octets at any moment. Neither side waits for the other (docs/adr/0017):
//
//   Opening  The shard, which has yet to make the client.
//   Log      Nobody: the client follows the log. Either side may take the cursor, by one exchange.
//   Reading  The loop, between collect() and advance().
//   Behind   The loop: the client left the log. The loop writes the octets that were made. When
//            they are out, it gives the cursor to the shard and asks for more
//            (take_resync_request()).
//   Shard    The shard, which makes octets of the present state.
//
// The sections below name the thread of each function. The loop makes a cursor for a session and
// shares it with the shard's ExportClient. A cursor may outlive both the log and the client.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "rib/export_log.h"

namespace tern::pipeline {

struct ExportCounters {
  std::array<std::uint64_t, kFamilyCount> announced{};  // NLRI written
  std::array<std::uint64_t, kFamilyCount> withdrawn{};
  std::uint64_t updates = 0;        // UPDATE messages, End-of-RIB included
  std::uint64_t refresh_marks = 0;  // ROUTE-REFRESH messages (RFC 7313)

  ExportCounters& operator+=(const ExportCounters& other);
};

// Whole messages for one client, in order.
struct ClientMessages {
  std::vector<std::byte> octets;
  ExportCounters counters;  // of the messages

  [[nodiscard]] bool empty() const { return octets.empty(); }
};

class ExportCursor {
 public:
  explicit ExportCursor(PeerSlot client) : client_(client) {}
  ExportCursor(const ExportCursor&) = delete;
  ExportCursor& operator=(const ExportCursor&) = delete;

  // ---- The loop

  // Something waits to be written. May be true although the log has nothing for this client.
  [[nodiscard]] bool has_more() const;
  // Fills `runs` with the next octets, about max_octets, and returns the number of runs. If it is
  // not 0, the loop owns the cursor until advance().
  std::size_t collect(std::span<std::span<const std::byte>> runs, std::size_t max_octets);
  // The socket took so many octets of the last collect(), perhaps 0. Returns the oldest read time
  // of the messages that were taken whole, in steady nanoseconds; 0: none. If a message was taken
  // in part, keep(octets) receives the rest of it and must have it written next.
  template <typename Keep>
  std::uint64_t advance(std::size_t octets, Keep&& keep);

  // The client left the log, and the loop has written all octets that were made for it: the caller
  // asks the shard for more (Advertiser::resync()). True once for each time.
  [[nodiscard]] bool take_resync_request() { return std::exchange(wishes_, false); }
  // The client leaves the log because the loop wishes it; take_resync_request() is true then.
  // False: nothing waits in the log, or the client left it already.
  bool leave_log();

  // The client does not follow the log.
  [[nodiscard]] bool lagging() const;
  // note_walk_requested(): the loop is about to ask the shard for a walk of the table.
  // has_whole_table(): the shard did every walk that it was asked for, and the client has all that
  // the last one found.
  void note_walk_requested() { ++tables_asked_; }
  [[nodiscard]] bool has_whole_table() const;

  // Octets that wait for the socket. Octets that a lagging client still needs made do not count.
  [[nodiscard]] std::uint64_t waiting() const { return lag() + made_left(); }
  [[nodiscard]] const ExportCounters& counters() const { return counters_; }

  // ---- The shard

  // Requires taken(): the client reads its messages(), and then the log from `cursor` on.
  void follow(rib::ExportLog::Cursor cursor, std::shared_ptr<const rib::ExportLog::Totals> totals);
  // Takes the cursor of a client that follows the log. False: the loop reads at this moment, or the
  // client left the log already.
  [[nodiscard]] bool take();
  // The shard owns the cursor: it opens the client, took the cursor, or is to make more octets.
  [[nodiscard]] bool taken() const;
  // Requires taken(): the place in the log at which the client left it.
  [[nodiscard]] rib::ExportLog::Cursor& place() { return cursor_; }
  // Requires taken(): messages for this client alone, which go out before all others.
  [[nodiscard]] ClientMessages& messages();
  // Requires taken(): the loop writes the messages, and asks for more.
  void give_back();
  // A walk is over. What it found is in the log before `end`, by ExportLog::written().
  void table_ended(std::uint64_t end);

  // ---- Both

  // Octets of the log that the client has not taken; 0 while lagging.
  [[nodiscard]] std::uint64_t lag() const;

 private:
  enum class State : std::uint8_t { Opening, Log, Reading, Behind, Shard };

  [[nodiscard]] std::uint64_t made_left() const {
    return made_left_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool start_reading();
  void stop_reading();
  void note_position();
  [[nodiscard]] std::span<const std::byte> rest_of_message() const;
  std::uint64_t pass(std::size_t octets);

  const PeerSlot client_;
  std::atomic<State> state_{State::Opening};
  // Used by the owner that `state_` names:
  rib::ExportLog::Cursor cursor_;
  ClientMessages messages_;
  std::size_t messages_taken_ = 0;  // octets
  // Written by the owner that `state_` names; read by both threads.
  std::atomic<std::uint64_t> position_{0};   // of the cursor in the log
  std::atomic<std::uint64_t> made_left_{0};  // octets of messages_
  // Of the log; set before the state is Log for the first time, and always the same.
  std::shared_ptr<const rib::ExportLog::Totals> totals_;
  // Written by the shard, read by the loop:
  std::atomic<std::uint32_t> tables_ended_{0};
  std::atomic<std::uint64_t> table_end_{0};
  // Used by the loop:
  std::uint32_t tables_asked_ = 0;
  bool wishes_ = false;
  ExportCounters counters_;
};

template <typename Keep>
std::uint64_t ExportCursor::advance(std::size_t octets, Keep&& keep) {
  std::uint64_t read_time = pass(octets);
  if (const std::span<const std::byte> rest = rest_of_message(); !rest.empty()) {
    keep(rest);
    const std::uint64_t more = pass(rest.size());
    if (read_time == 0) read_time = more;
  }
  stop_reading();
  return read_time;
}

}  // namespace tern::pipeline
