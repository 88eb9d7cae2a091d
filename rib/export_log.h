// Encoded messages, appended once and read by every client they are for.
//
// What changes in the table is encoded once per audience, however many clients it has. Each client
// reads the log through a cursor at its own pace and picks the entries whose audience it is in; the
// octets go from here to its socket. The memory is in segments, each of which owns the next: what
// lies before the slowest cursor goes by itself, and so does everything when a slow client leaves.
// The last segment stays, with the audiences of its entries, until it is full and a new one begins.
//
// A client takes octets as its socket does: advance() may stop in the middle of a message. To leave
// the log in an orderly way (a client so slow that it is told the present state instead) the caller
// sends the half taken message to its end, partial(), and looks at what the rest would have said,
// for_each_pending().
//
// Owned by one thread. The AudienceTable outlives the log and all cursors; these may outlive the
// log. What gather() and partial() return is valid until the cursor moves. A cursor belongs to one
// client slot from end() on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "rib/audience.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::rib {

class ExportLog {
 public:
  enum class Kind : std::uint8_t { Announce, Withdraw };

  // One or more whole BGP messages, or what the caller knows of them.
  struct Entry {
    std::uint32_t begin = 0;   // octets, in the segment; filled in by append()
    std::uint32_t length = 0;  // filled in by append()
    AudienceRef audience = AudienceRef::Nobody;
    std::uint32_t prefixes = 0;  // in the NLRI
    std::uint16_t messages = 0;
    Family family = Family::Ipv4Unicast;
    Kind kind = Kind::Announce;
    std::uint64_t read_time = 0;  // steady ns when the cause was read from a socket; 0: no such
  };

  // What a client was wholly given. Entries that were left in the middle are not in it.
  struct Progress {
    std::array<std::uint64_t, kFamilyCount> announced{};  // prefixes
    std::array<std::uint64_t, kFamilyCount> withdrawn{};
    std::uint64_t updates = 0;      // messages
    std::uint64_t oldest_read = 0;  // the smallest read_time; 0: none
  };

 private:
  struct Segment;

 public:
  // A place in the log. A default one is nowhere and must be assigned before it is used.
  class Cursor {
   public:
    Cursor() = default;

   private:
    friend class ExportLog;
    Cursor(std::shared_ptr<const Segment> segment, std::size_t entry)
        : segment_(std::move(segment)), entry_(entry) {}
    std::shared_ptr<const Segment> segment_;
    std::size_t entry_ = 0;
    std::size_t taken_ = 0;  // octets of the entry
  };

  explicit ExportLog(AudienceTable& audiences);
  ~ExportLog();
  ExportLog(const ExportLog&) = delete;
  ExportLog& operator=(const ExportLog&) = delete;

  // Behind the last entry.
  [[nodiscard]] Cursor end() const;

  // Copies the octets; counts a reference of the audience until the segment goes.
  void append(std::span<const std::byte> octets, const Entry& meta);

  // Whether anything was appended after the cursor, for whomever.
  [[nodiscard]] static bool has_more(const Cursor& cursor);
  // Octets appended after the cursor, for whomever.
  [[nodiscard]] std::uint64_t lag(const Cursor& cursor) const;
  // Octets appended since the beginning.
  [[nodiscard]] std::uint64_t written() const { return last_->first + last_->used; }

  // Fills `runs` with octets for the client from the cursor on, and returns how many it filled:
  // whole entries, adjacent ones as one run, no more than max_octets unless the first entry alone
  // is longer. The cursor moves only over entries of others at the front.
  [[nodiscard]] std::size_t gather(Cursor& cursor, PeerSlot client,
                                   std::span<std::span<const std::byte>> runs,
                                   std::size_t max_octets) const;
  // The socket took this many octets of what gather() returned. Moves also over entries of others
  // that follow.
  Progress advance(Cursor& cursor, PeerSlot client, std::size_t octets) const;

  // What is left of a message that was half taken; empty between messages. Does not move: when it
  // is copied elsewhere, advance() by its size.
  [[nodiscard]] static std::span<const std::byte> partial(const Cursor& cursor);
  // fn(Family, Kind, octets) for every entry for the client that it has not wholly taken, in order.
  // Of an entry that was begun, only the messages that were not: partial() is not among them,
  // whether or not it was advanced over. Nothing is called for a begun entry without such messages.
  template <typename Fn>
  void for_each_pending(const Cursor& cursor, PeerSlot client, Fn&& fn) const;

  // Memory of the octets, all segments together.
  [[nodiscard]] std::size_t bytes() const { return *bytes_; }

 private:
  struct Segment {
    Segment(AudienceTable& table, std::shared_ptr<std::size_t> all_bytes, std::size_t octets,
            std::uint64_t at);
    ~Segment();
    Segment(const Segment&) = delete;
    Segment& operator=(const Segment&) = delete;

    AudienceTable& audiences;
    std::shared_ptr<std::size_t> bytes;  // ExportLog::bytes_
    std::unique_ptr<std::byte[]> octets;
    std::size_t capacity;
    std::size_t used = 0;
    std::uint64_t first;            // octets of the log before this segment
    std::vector<Entry> entries;     // of adjacent ones with one audience, the first counts it
    std::shared_ptr<Segment> next;  // has entries
  };

  // Whether entries are for the client; asks the table once for entries of one audience in a row.
  class Filter {
   public:
    Filter(const AudienceTable& audiences, PeerSlot client)
        : audiences_(audiences), client_(client) {}
    [[nodiscard]] bool operator()(const Entry& entry) {
      if (entry.audience != last_) {
        last_ = entry.audience;
        contains_ = audiences_.contains(last_, client_);
      }
      return contains_;
    }

   private:
    const AudienceTable& audiences_;
    PeerSlot client_;
    AudienceRef last_ = AudienceRef::Nobody;
    bool contains_ = false;
  };

  static constexpr std::size_t kSegmentOctets = 65536;

  [[nodiscard]] static std::span<const std::byte> octets_of(const Segment& segment,
                                                            const Entry& entry) {
    return {segment.octets.get() + entry.begin, entry.length};
  }
  // The entry of the cursor, which moves to the next segment at the end of one; null at the end.
  [[nodiscard]] static const Entry* entry_at(Cursor& cursor);
  static void skip(Cursor& cursor, Filter& is_for);
  // Octets of the cursor's entry up to the end of the message in which it is.
  [[nodiscard]] static std::size_t message_end(const Cursor& cursor);

  AudienceTable& audiences_;
  std::shared_ptr<std::size_t> bytes_;
  std::shared_ptr<Segment> last_;
};

template <typename Fn>
void ExportLog::for_each_pending(const Cursor& cursor, PeerSlot client, Fn&& fn) const {
  Filter is_for(audiences_, client);
  std::size_t done = message_end(cursor);  // of the first entry
  std::size_t i = cursor.entry_;
  for (const Segment* segment = cursor.segment_.get(); segment != nullptr;
       segment = segment->next.get(), i = 0) {
    for (; i < segment->entries.size(); ++i) {
      const Entry& entry = segment->entries[i];
      if (is_for(entry) && (done == 0 || done < entry.length)) {
        fn(entry.family, entry.kind, octets_of(*segment, entry).subspan(done));
      }
      done = 0;
    }
  }
}

}  // namespace tern::rib
