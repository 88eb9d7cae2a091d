// The changes of one shard's table, kept for any number of readers.
//
// The first reader is the Advertiser. It takes each destination whose accepted paths or their order
// changed once, however often they changed. This costs one bit of the destination's record.
//
// Other readers subscribe. Each subscriber names the changes that it wants, and reads them at its
// own pace from a ring that all subscribers share. A subscriber that reads too slowly for the ring
// falls behind: from then on each destination that changed is a bit, and read() passes these
// destinations until none is left. A snapshot is the same with all bits set. So a subscriber costs
// a bounded amount of memory and never makes the table wait. Without subscribers the journal notes
// only the first reader's bit.
//
// A change names a destination. The reader finds the present state in the table, which may be newer
// than the change.
//
// Used by the runner of the shard's strand, except where a comment names other threads.
// docs/adr/0018 has the reasons.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rib/destination.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"

namespace tern::rib {

class Journal {
 public:
  enum class What : std::uint8_t {
    Received,    // a path in the Adj-RIB-In of a peer, or the verdict on it
    Best,        // the best path of a destination
    Advertised,  // what a client is advertised
  };
  static constexpr std::size_t kWhatCount = 3;

  struct Change {
    DestId id = 0;
    std::uint32_t path_id = 0;    // as received, or as advertised (RFC 7911); 0 without Add-Path
    PeerSlot peer = kNoPeerSlot;  // of Received and Advertised; kNoPeerSlot: of any
    // Any path of the destination that the subscriber wants may have changed.
    bool whole = false;
    // Of `whole`: the subscriber may have read a former state. Always true outside a snapshot.
    bool known = false;
  };

  // Which changes a subscriber wants.
  struct Interest {
    What what = What::Best;
    PeerSlot peer = kNoPeerSlot;   // of Received; kNoPeerSlot: of all. Of Advertised: a client
    std::optional<Prefix> prefix;  // nullopt: all
    bool longer = false;           // with its more specific prefixes
    std::optional<Family> family;  // nullopt: all

    [[nodiscard]] bool wants(const Nlri& of) const {
      if (family && *family != of.family) return false;
      return !prefix || (longer ? prefix->covers(of.prefix) : *prefix == of.prefix);
    }
  };

  // A subscriber of one journal. Made on any thread.
  class Subscriber {
   public:
    explicit Subscriber(const Interest& interest) : interest_(interest) {}
    [[nodiscard]] const Interest& interest() const { return interest_; }
    // Changes wait to be read. Any thread; may be late.
    [[nodiscard]] bool has_unread() const { return unread_.load(std::memory_order_relaxed); }

   private:
    friend class Journal;
    const Interest interest_;
    std::uint32_t bit_ = 0;     // in Entry::wanted; 0: not subscribed
    std::uint64_t cursor_ = 0;  // in the ring, by head_
    bool behind_ = false;
    bool snapshot_ = false;  // behind by its own wish
    bool reported_ = true;   // read() has reported that it fell behind
    std::size_t dirty_count_ = 0;
    std::size_t dirty_word_ = 0;        // where read() goes on
    std::vector<std::uint64_t> dirty_;  // while behind: a bit per DestId
    std::vector<std::uint64_t> noted_;  // during a snapshot: the bits set by changes
    std::atomic<bool> unread_{false};
  };

  static constexpr std::size_t kMostSubscribers = 32;
  // Changes in the ring of all subscribers: 64 KiB while there is a subscriber.
  static constexpr std::size_t kRing = 4096;

  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // ---- The first reader

  // The caller keeps the bit, and notes each destination once until it is taken.
  void note_order(DestId id) { due_.push_back(id); }
  [[nodiscard]] bool has_due() const { return !due_.empty(); }
  // Takes up to `most` destinations, in the order of note_order().
  void take_due(std::size_t most, std::vector<DestId>& out);

  // ---- Subscribers

  // snapshot: read() passes all destinations below `end` first. Requires fewer than
  // kMostSubscribers subscribers.
  void subscribe(std::shared_ptr<Subscriber> subscriber, bool snapshot, DestId end);
  // Does nothing if the subscriber is not subscribed.
  void unsubscribe(Subscriber& subscriber);
  [[nodiscard]] bool subscribed() const { return !ring_.empty(); }

  // The result of a read() beside the changes.
  struct Read {
    bool fell_behind = false;  // since the last read(): from now on changes are `whole`
    bool caught_up = false;    // the last `whole` change was passed, also of a snapshot
  };
  // Calls take(change) for changes in order, each once however often it was noted, until take()
  // returns false. Requires that the subscriber is subscribed.
  template <typename Take>
  Read read(Subscriber& subscriber, Take&& take);

  // Some subscriber has changes to read, and must find their destinations by the same ids.
  [[nodiscard]] bool holds_ids() const { return unread_count_ > 0; }

  // ---- The table

  // Some subscriber wants changes of this kind.
  [[nodiscard]] bool wanted(What what) const {
    return wanted_[static_cast<std::size_t>(what)] != 0;
  }
  // Requires wanted(). nlri: of the destination, without a path id. peer: kNoPeerSlot for Best.
  void note(What what, DestId id, const Nlri& nlri, PeerSlot peer, std::uint32_t path_id);
  // Calls fn(PeerSlot) for each client whose Adj-RIB-Out a subscriber wants.
  template <typename Fn>
  void for_each_client(Fn&& fn) const {
    std::uint32_t clients = wanted_[static_cast<std::size_t>(What::Advertised)];
    for (std::size_t i = 0; clients >> i != 0; ++i) {
      if ((clients >> i & 1U) == 0) continue;
      const PeerSlot client = subscribers_[i]->interest_.peer;
      for (std::size_t k = i + 1; clients >> k != 0 && k < kMostSubscribers; ++k) {
        const bool again = (clients >> k & 1U) != 0 && subscribers_[k]->interest_.peer == client;
        if (again) clients &= ~(std::uint32_t{1} << k);
      }
      fn(client);
      if (i + 1 == kMostSubscribers) return;
    }
  }

 private:
  struct Entry {
    DestId id = 0;
    std::uint32_t path_id = 0;
    std::uint32_t wanted = 0;  // a bit for each subscriber
    std::uint16_t peer = 0;
  };
  static_assert(sizeof(Entry) == 16);

  void set_unread(Subscriber& subscriber, bool unread);
  void push(const Entry& entry);
  void fall_behind(Subscriber& subscriber);
  static void mark(std::vector<std::uint64_t>& bits, DestId id, std::size_t* count);
  // The next change; false: there is none.
  [[nodiscard]] bool next(Subscriber& subscriber, Change& change);
  [[nodiscard]] bool next_in_ring(Subscriber& subscriber, Change& change);
  [[nodiscard]] static bool next_dirty(Subscriber& subscriber, Change& change);
  // True: the subscriber caught up.
  bool end_read(Subscriber& subscriber);

  std::deque<DestId> due_;  // a deque grows without moving its elements
  std::size_t due_taken_ = 0;

  std::vector<std::shared_ptr<Subscriber>> subscribers_;  // by bit; null: free
  std::array<std::uint32_t, kWhatCount> wanted_{};        // a bit for each subscriber
  std::vector<Entry> ring_;                               // empty without subscribers
  std::uint64_t head_ = 0;                                // entries ever written
  std::size_t unread_count_ = 0;                          // subscribers
  // Scratch of read(): changes that were passed already.
  boost::unordered_flat_set<std::pair<std::uint64_t, std::uint16_t>> given_;
};

template <typename Take>
Journal::Read Journal::read(Subscriber& subscriber, Take&& take) {
  Read read;
  read.fell_behind = subscriber.behind_ && !std::exchange(subscriber.reported_, true);
  given_.clear();
  Change change;
  while (next(subscriber, change) && take(std::as_const(change))) {
  }
  read.caught_up = end_read(subscriber);
  return read;
}

}  // namespace tern::rib
