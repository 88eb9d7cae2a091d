// Encoded messages, appended once and read by every client that they are for: one writer, many
// readers.
//
// A change of the table is encoded once per audience, however many clients the audience has. Each
// client reads the log by a cursor at its own pace and takes the messages whose audience it is in;
// its socket is written from the log's memory. The memory is in segments, each of which holds the
// next. The thread that moves the slowest cursor frees the segments before it; the last segment
// stays until it is full and a new one begins.
//
// Threads. The writer appends, and makes cursors by end(). A cursor is used by one thread at a
// time; different cursors are used by any number of threads, beside the writer. All that a reader
// reads is immutable once it is published: a message with its entry by the segment's count of
// entries, a segment by the pointer to it, an audience (rib/audience.h) by the entry that holds it.
// A reader never reads the AudienceTable, waits for no thread, and runs no loop of retries.
// docs/adr/0017 has the memory orders.
//
// A client takes as many octets as its socket does: advance() may stop in the middle of a message.
// When a client is so slow that it is advertised the present state instead, it leaves the log: the
// caller sends the rest of the message that was taken in part, partial(), and reads the messages
// that the client will not get, for_each_pending().
//
// Cursors may outlive the log. The results of collect() and partial() are valid until the cursor
// moves. A cursor belongs to one client slot from end() on.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "rib/audience.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::rib {

class ExportLog {
 public:
  enum class Kind : std::uint8_t { Announce, Withdraw };

  // The description of a message by the writer.
  struct Entry {
    AudienceRef audience = AudienceRef::Nobody;
    std::uint32_t prefixes = 0;  // that count when the message was taken
    Family family = Family::Ipv4Unicast;
    Kind kind = Kind::Announce;
    std::uint64_t read_time = 0;  // when the cause was read from a socket, steady ns; 0: no cause
  };

  // Counts of the messages that the client took whole; a message taken in part does not count.
  struct Progress {
    std::array<std::uint64_t, kFamilyCount> announced{};  // prefixes
    std::array<std::uint64_t, kFamilyCount> withdrawn{};
    std::uint64_t updates = 0;      // messages
    std::uint64_t oldest_read = 0;  // the smallest read_time; 0: none
  };

  // Of the log and of all segments that cursors still hold. Written by the writer and by threads
  // that free segments, read by any thread.
  struct Totals {
    std::atomic<std::size_t> bytes{0};      // memory of all segments
    std::atomic<std::uint64_t> written{0};  // octets appended since the beginning
  };

 private:
  struct Segment;

 public:
  // A place in the log. A default-constructed cursor has no place and must be assigned before use.
  class Cursor {
   public:
    Cursor() = default;
    Cursor(const Cursor& other);
    Cursor(Cursor&& other) noexcept
        : segment_(std::exchange(other.segment_, nullptr)),
          entry_(other.entry_),
          taken_(other.taken_) {}
    Cursor& operator=(Cursor other) noexcept {
      std::swap(segment_, other.segment_);
      std::swap(entry_, other.entry_);
      std::swap(taken_, other.taken_);
      return *this;
    }
    ~Cursor();

    // Octets of the log before it.
    [[nodiscard]] std::uint64_t position() const;

   private:
    friend class ExportLog;
    Cursor(const Segment* segment, std::uint32_t entry) : segment_(segment), entry_(entry) {}
    const Segment* segment_ = nullptr;  // held
    std::uint32_t entry_ = 0;
    std::uint32_t taken_ = 0;  // octets of the entry
  };

  // ---- The writer

  explicit ExportLog(AudienceTable& audiences);
  ~ExportLog();
  ExportLog(const ExportLog&) = delete;
  ExportLog& operator=(const ExportLog&) = delete;

  // Behind the last message.
  [[nodiscard]] Cursor end() const;

  // One whole BGP message, less than 4 GiB. Copies the octets, and holds the audience until the
  // segment goes.
  void append(std::span<const std::byte> message, const Entry& meta);

  // Octets appended since the beginning.
  [[nodiscard]] std::uint64_t written() const {
    return totals_->written.load(std::memory_order_relaxed);
  }
  // Memory of the octets, all segments together.
  [[nodiscard]] std::size_t bytes() const { return totals_->bytes.load(std::memory_order_relaxed); }
  [[nodiscard]] std::shared_ptr<const Totals> totals() const { return totals_; }

  // ---- Readers

  // Whether a message was appended after the cursor, for any client.
  [[nodiscard]] static bool has_more(const Cursor& cursor);

  // Fills `runs` with octets for the client from the cursor on, and returns the number of runs:
  // whole messages, adjacent ones as one run, no more than max_octets unless the first message
  // alone is longer. The cursor moves only over leading messages for other clients.
  [[nodiscard]] static std::size_t collect(Cursor& cursor, PeerSlot client,
                                           std::span<std::span<const std::byte>> runs,
                                           std::size_t max_octets);
  // The socket took this many octets of the last collect(). Moves also over messages for other
  // clients that follow.
  static Progress advance(Cursor& cursor, PeerSlot client, std::size_t octets);

  // The rest of a message that was taken in part; empty between messages. Does not move the cursor:
  // a caller that copies the rest calls advance() with its size.
  [[nodiscard]] static std::span<const std::byte> partial(const Cursor& cursor);
  // Calls fn(Kind, message) for every message for the client of which no octet was taken, in order.
  template <typename Fn>
  static void for_each_pending(const Cursor& cursor, PeerSlot client, Fn&& fn);

 private:
  // An entry as a segment stores it.
  struct Record {
    const Audience* audience;  // the first of adjacent records with one audience holds it
    std::uint64_t read_time;
    std::uint32_t begin;   // octets of the segment before the message
    std::uint32_t length;  // of the message
    std::uint32_t prefixes;
    Family family;
    Kind kind;
  };

  // Octets fill the memory from its beginning, records from its end.
  struct Segment {
    Segment(std::shared_ptr<Totals> totals_of_log, std::size_t octets, std::uint64_t at);
    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    [[nodiscard]] const Record& record(std::uint32_t i) const {
      return *(reinterpret_cast<const Record*>(memory.get() + capacity) - 1 - i);
    }
    [[nodiscard]] std::span<const std::byte> octets_of(const Record& record) const {
      return {memory.get() + record.begin, record.length};
    }

    const std::shared_ptr<Totals> totals;
    const std::size_t capacity;                 // octets, a multiple of alignof(Record)
    const std::uint64_t first;                  // octets of the log before this segment
    const std::unique_ptr<std::byte[]> memory;  // of `capacity`
    std::uint32_t used = 0;                     // octets of messages; for the writer
    std::atomic<std::uint32_t> published{0};    // records that readers may read
    std::atomic<Segment*> next{nullptr};        // held; has a record
    // The log (for its last segment), the segment before, and the cursors in this segment.
    mutable std::atomic<std::uint32_t> holders{1};
  };

  // Whether messages are for the client; reads the set once for adjacent messages of one audience.
  class Filter {
   public:
    explicit Filter(PeerSlot client) : client_(client) {}
    [[nodiscard]] bool operator()(const Segment& segment, const Record& record) {
      // The last segment may be freed, with its audiences, and their addresses may be in use again.
      if (&segment != segment_ || record.audience != last_) {
        segment_ = &segment;
        last_ = record.audience;
        contains_ = last_->clients().contains(client_);
      }
      return contains_;
    }

   private:
    const PeerSlot client_;
    const Segment* segment_ = nullptr;
    const Audience* last_ = nullptr;
    bool contains_ = false;
  };

  static constexpr std::size_t kSegmentOctets = 65536;

  static void hold(const Segment* segment);
  static void release(const Segment* segment);
  void write(Segment& segment, std::span<const std::byte> message, const Entry& meta);
  // The record at that place; null: it does not exist yet. At the end of a segment, moves the place
  // to the next one.
  [[nodiscard]] static const Record* record_at(const Segment*& segment, std::uint32_t& entry);
  // export_log.cc
  template <typename Fn>
  static void for_each_record(const Segment*& segment, std::uint32_t& entry, Fn&& fn);
  // The same from the cursor on, which moves.
  template <typename Fn>
  static void move(Cursor& cursor, Fn&& fn);

  AudienceTable& audiences_;
  const std::shared_ptr<Totals> totals_;
  Segment* last_;  // held
};

template <typename Fn>
void ExportLog::for_each_pending(const Cursor& cursor, PeerSlot client, Fn&& fn) {
  Filter is_for(client);
  const Segment* segment = cursor.segment_;
  std::uint32_t entry = cursor.entry_ + (cursor.taken_ > 0 ? 1 : 0);
  while (const Record* record = record_at(segment, entry)) {
    if (is_for(*segment, *record)) fn(record->kind, segment->octets_of(*record));
    ++entry;
  }
}

}  // namespace tern::rib
