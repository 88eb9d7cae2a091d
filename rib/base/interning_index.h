// An index from hashes to references, for a table that interns values: the attribute table finds
// the set that has given octets. Open addressing over 64-bit slots that all threads read and change
// with atomic instructions only. The index grows while it is in use.
//
// A slot says {31 bits of hash, 31 bits of reference, dead, frozen}. It goes from empty to a
// reference once, and from there to dead once; it is never used again, so that where a probe has
// passed, nothing can appear behind its back: two threads that add equal sets meet in one slot.
// When too few slots are empty, `next` is an array with room for what lives. From then on nothing
// is added to the old one: its slots are frozen, chunk by chunk, each with the call of somebody who
// adds or removes, and what lives in them is copied; a probe that ends at a frozen empty slot goes
// on in the next array. When all chunks are over, the next array becomes the current one.
//
// Every function but the constructor and the destructor may be called by any thread, within an
// rcu::Section that also covers the use of what was found. docs/adr/0011-*.md has the proof.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "rib/base/huge_memory.h"
#include "rib/base/rcu.h"

namespace tern::rib {

class InterningIndex {
  class Array;

 public:
  // What a thread has counted for an array but not yet added to the array's own number.
  class Tally {
   private:
    friend class InterningIndex;
    struct Count {
      std::uint64_t generation = 0;  // of the array
      std::size_t pending = 0;       // slots
    };
    Count used;
    Count dead;
  };

  // Where a probe stands; good until the end of the section.
  class Place {
   private:
    friend class InterningIndex;
    Place(Array* array, std::uint32_t hash);
    void go_to(Array* array);
    void advance();
    Array* array_;
    std::uint32_t hash_;  // 31 bits
    std::size_t at_ = 0;
    std::size_t probed_ = 0;  // slots of this array
  };

  InterningIndex();
  // Not while is_waiting(); rcu::wait_for_deferred() ends that.
  ~InterningIndex();
  InterningIndex(const InterningIndex&) = delete;
  InterningIndex& operator=(const InterningIndex&) = delete;

  // References are below 2^31, and not 0. Of the hash the upper 31 bits are used.
  [[nodiscard]] Place begin(std::uint32_t hash) const {
    return {current_.load(std::memory_order_acquire), hash >> 1U};
  }
  // Goes on to a reference of this hash for which take(reference) is true, and returns it; or to
  // where one can be added, and returns 0.
  template <typename Take>
  [[nodiscard]] std::uint32_t find(Place& place, Take take);
  // Sees to it that there is room, and does a piece of a migration if there is one. Before add().
  void make_room();
  // False: somebody was faster; find() goes on from there.
  [[nodiscard]] bool add(Place& place, std::uint32_t ref, Tally& tally);
  // Of a reference that was added; by one thread, once. False: it cannot be removed before
  // generation() is another one.
  [[nodiscard]] bool remove(std::uint32_t hash, std::uint32_t ref, Tally& tally);
  // Does a chunk of a migration if there is one.
  void help();
  // For who waits for the end of a migration: does some chunks of it at once. When all are begun,
  // what others have begun is done, too, a chunk each: no thread that sleeps can hold it up.
  void hurry();

  // Of the current array.
  [[nodiscard]] std::uint64_t generation() const;
  [[nodiscard]] std::size_t bytes() const;
  // Whether arrays of this index wait for the end of a grace period.
  [[nodiscard]] bool is_waiting() const { return waiting_.load(std::memory_order_acquire) != 0; }

 private:
  static constexpr std::uint64_t kFrozen = 1;
  static constexpr std::uint64_t kDead = 2;
  static constexpr unsigned kRefShift = 2;
  static constexpr unsigned kHashShift = 33;
  static constexpr std::uint32_t kRefMask = 0x7FFFFFFF;

  static constexpr std::uint64_t entry(std::uint32_t hash, std::uint32_t ref) {
    return std::uint64_t{hash} << kHashShift | std::uint64_t{ref} << kRefShift;
  }
  static constexpr bool is_empty(std::uint64_t slot) { return (slot & ~kFrozen) == 0; }
  static constexpr std::uint32_t ref_of(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot >> kRefShift) & kRefMask;
  }
  static constexpr std::uint32_t hash_of(std::uint64_t slot) {
    return static_cast<std::uint32_t>(slot >> kHashShift);
  }

  // An array of slots. Constant after construction but for the slots and the atomics.
  class Array : public rcu::Deferred {
   public:
    Array(InterningIndex& owner, std::uint64_t generation, std::size_t slots, std::size_t reserved);
    ~Array() = default;
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    [[nodiscard]] std::atomic_ref<std::uint64_t> slot(std::size_t at) const {
      return std::atomic_ref<std::uint64_t>(cells_[at]);
    }
    // The order of hashes, so that a migration walks through both arrays from one end to the other.
    [[nodiscard]] std::size_t home(std::uint32_t hash) const {
      return static_cast<std::size_t>((std::uint64_t{hash} * slots) >> 31U);
    }
    [[nodiscard]] bool full() const {
      return used.load(std::memory_order_relaxed) * 4 >= slots * 3;
    }
    [[nodiscard]] bool crowded() const {
      return used.load(std::memory_order_relaxed) * 8 >= slots * 7;
    }

    InterningIndex& owner;
    const std::uint64_t generation;
    const std::size_t slots;
    const std::size_t reserved;  // slots set aside for copies
    const std::size_t chunks;
    const std::size_t most_pending;  // of a Tally

   private:
    const ZeroedArray<std::uint64_t> cells_;

   public:
    const std::unique_ptr<std::atomic<bool>[]> moved;  // a chunk each: frozen and copied

    // What changes with every addition, seldom, and during a migration, on lines of their own.
    alignas(64) std::atomic<std::size_t> used;  // slots that are not empty, and those to be copied
    std::atomic<std::size_t> dead{0};
    alignas(64) std::atomic<Array*> next{nullptr};
    alignas(64) std::atomic<std::size_t> cursor{0};  // chunks that somebody has begun
    std::atomic<std::size_t> moved_count{0};
    std::atomic<std::size_t> copies{0};  // out of the chunks that were counted
  };

  static void count(Tally::Count& mine, const Array& array, std::atomic<std::size_t>& all);
  [[nodiscard]] Array* next_of(Array* array);
  [[nodiscard]] Array* start(Array& from);
  // False: all chunks are begun.
  bool migrate_one(Array& from, Array& to);
  void migrate(Array& from, Array& to, std::size_t chunk);
  void migrate_rest(Array& from, Array& to);
  static void copy(Array& to, std::uint64_t slot);
  void switch_over(Array& from, Array& to);

  std::atomic<Array*> current_;
  std::atomic<std::size_t> waiting_{0};  // arrays
};

inline InterningIndex::Place::Place(Array* array, std::uint32_t hash)
    : array_(array), hash_(hash), at_(array->home(hash)) {}

inline void InterningIndex::Place::go_to(Array* array) {
  array_ = array;
  at_ = array->home(hash_);
  probed_ = 0;
}

inline void InterningIndex::Place::advance() {
  if (++at_ == array_->slots) at_ = 0;
  ++probed_;
}

template <typename Take>
std::uint32_t InterningIndex::find(Place& place, Take take) {
  for (;;) {
    // Acquire: the octets of a set were written before its reference.
    std::uint64_t slot = place.array_->slot(place.at_).load(std::memory_order_acquire);
    if (is_empty(slot)) {
      if (slot == 0) {
        Array* const next = place.array_->next.load(std::memory_order_acquire);
        if (next == nullptr) return 0;
        // Nothing is added here any more, and nobody shall. Release: who sees it sees `next`.
        if (!place.array_->slot(place.at_).compare_exchange_strong(
                slot, kFrozen, std::memory_order_release, std::memory_order_relaxed)) {
          continue;
        }
      }
      place.go_to(next_of(place.array_));
      continue;
    }
    if (hash_of(slot) == place.hash_ && (slot & kDead) == 0 && take(ref_of(slot))) {
      return ref_of(slot);
    }
    place.advance();
    if (place.probed_ == place.array_->slots) place.go_to(next_of(place.array_));  // not one empty
  }
}

}  // namespace tern::rib
