// The reading end of one client in one shard's export log: what the loop may write to its socket.
//
// Two threads meet here. The shard's thread appends to the log, takes the cursor away from a client
// that is too far behind, and makes octets for it (pipeline/export_client.h). The loop reads the
// log and those octets, while the shard works. `state_` says whose the cursor and the octets are at
// any moment; neither side waits for the other (docs/adr/0017):
//
//   Opening  the shard's, which has yet to make the client.
//   Log      nobody's: the client follows the log. Either side may take it, by one exchange.
//   Reading  the loop's, between gather() and advance().
//   Behind   the loop's: the client left the log. It writes the octets that were made; when they
//            are out, the loop gives the cursor to the shard and asks for more (take_wish()).
//   Shard    the shard's, which makes octets of the present state.
//
// Functions say whose thread they are for. Made by the loop for a session, and shared with the
// shard's ExportClient; it may outlive both the log and the client.
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

// Whole messages for one client, one behind the other.
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

  // Something waits to be written, as far as can be told without a look at the log.
  [[nodiscard]] bool has_more() const;
  // Fills `runs` with what comes next, about max_octets; returns how many. When that is not 0, the
  // cursor is the loop's until advance().
  std::size_t collect(std::span<std::span<const std::byte>> runs, std::size_t max_octets);
  // The socket took so many octets of what gather() gave, perhaps 0. Returns the oldest read time
  // of what left whole, steady nanoseconds; 0: none. Where a message was left in the middle,
  // keep(octets) is given its rest, and must see that it is written next.
  template <typename Keep>
  std::uint64_t advance(std::size_t octets, Keep&& keep);

  // The client left the log, and has written all that was made for it: the shard is to be asked
  // for more (Advertiser::resync()). True once for each time.
  [[nodiscard]] bool take_wish() { return std::exchange(wishes_, false); }
  // Leaves the log by the loop's wish: the shard is to be asked as above. False: nothing waits in
  // the log, or it left already.
  bool leave_log();

  // The client does not follow the log.
  [[nodiscard]] bool lagging() const;
  // The shard walked the table as often as it was asked for, and the client was given all that the
  // last walk found.
  void expect_table() { ++tables_asked_; }
  [[nodiscard]] bool told_table() const;

  // Octets before the socket. While lagging the octets of what is still to be made do not count.
  [[nodiscard]] std::uint64_t waiting() const { return lag() + made_left(); }
  [[nodiscard]] const ExportCounters& counters() const { return counters_; }

  // ---- The shard

  // Requires taken(): the client reads the log from there on, behind its messages().
  void follow(rib::ExportLog::Cursor cursor, std::shared_ptr<const rib::ExportLog::Totals> totals);
  // Takes the cursor away from a client that follows the log. False: the loop is reading just now,
  // or the client left the log already.
  [[nodiscard]] bool take();
  // The cursor is the shard's: of a client that it opens, that it took, or that wishes for more.
  [[nodiscard]] bool taken() const;
  // Requires taken(): where it was in the log when it left; it is nowhere then.
  [[nodiscard]] rib::ExportLog::Cursor& place() { return cursor_; }
  // Requires taken(): messages for this client, which go out before anything else.
  [[nodiscard]] ClientMessages& messages();
  // Requires taken(): the loop writes the messages, and asks for more.
  void give_back();
  // A walk is over; what it found stands in the log before `end`, by ExportLog::written().
  void table_ended(std::uint64_t end);

  // ---- Both

  // Octets of the log that it has not taken; 0 while lagging.
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
  // Of whoever has the state:
  rib::ExportLog::Cursor cursor_;
  ClientMessages messages_;
  std::size_t messages_taken_ = 0;  // octets
  // Written by whoever has the state; read by both.
  std::atomic<std::uint64_t> position_{0};   // of the cursor in the log
  std::atomic<std::uint64_t> made_left_{0};  // octets of messages_
  // Of the log; set before the state is Log for the first time, and always the same.
  std::shared_ptr<const rib::ExportLog::Totals> totals_;
  // The shard's, read by the loop.
  std::atomic<std::uint32_t> tables_ended_{0};
  std::atomic<std::uint64_t> table_end_{0};
  // The loop's.
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
