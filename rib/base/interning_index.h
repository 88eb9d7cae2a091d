// An index from hashes to references, for a table that interns values: the attribute table finds
// the set that has given octets. Open addressing over 64-bit slots that all threads read and change
// with atomic instructions only. The index grows while it is in use.
//
// A slot holds {31 bits of hash, 31 bits of reference, dead, frozen}. A slot goes from empty to a
// reference once, and from there to dead once, and is never used again. So no reference can appear
// in a slot that a probe has passed: two threads that add equal sets meet in one slot. When too few
// slots are empty, `next` is an array with room for all live references. From then on no reference
// is added to the old array. Its slots are frozen chunk by chunk, one chunk with each addition or
// removal of any thread, and their live references are copied; a probe that ends at a frozen empty
// slot goes on in the next array. When all chunks are copied, the next array becomes the current
// one.
//
// Any thread may call every function except the constructor and the destructor, within an
// rcu::Section that also covers the use of the references found. docs/adr/0011-*.md has the proof.
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
  // Counts of a thread for an array that are not yet added to the array's own counters.
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

  // The position of a probe; valid until the end of the section.
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

  // References are below 2^31, and not 0. The upper 31 bits of the hash are used.
  [[nodiscard]] Place begin(std::uint32_t hash) const {
    return {current_.load(std::memory_order_acquire), hash >> 1U};
  }
  // Moves on to a reference of this hash for which take(reference) is true, and returns it; or to
  // the place where one can be added, and returns 0.
  template <typename Take>
  [[nodiscard]] std::uint32_t find(Place& place, Take take);
  // Before add(): ensures that a slot is free, and does a chunk of a migration if there is one.
  void make_room();
  // False: another thread was faster; find() goes on from that place.
  [[nodiscard]] bool add(Place& place, std::uint32_t ref, Tally& tally);
  // Removes a reference that was added; by one thread, once. False: it cannot be removed before
  // generation() changes.
  [[nodiscard]] bool remove(std::uint32_t hash, std::uint32_t ref, Tally& tally);
  // Does a chunk of a migration if there is one.
  void help();
  // For a thread that waits for the end of a migration: does some chunks of it at once. When all
  // chunks are begun, repeats those that other threads have begun and not ended, so that no
  // sleeping thread can delay the end.
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

  // An array of slots. Constant after construction, except for the slots and the atomics.
  class Array : public rcu::Deferred {
   public:
    Array(InterningIndex& owner, std::uint64_t generation, std::size_t slots, std::size_t reserved);
    ~Array() = default;
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;

    [[nodiscard]] std::atomic_ref<std::uint64_t> slot(std::size_t at) const {
      return std::atomic_ref<std::uint64_t>(cells_[at]);
    }
    // In the order of hashes, so that a migration walks through both arrays from one end to the
    // other.
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

    // Counters that change with every addition, seldom, and during a migration are on separate
    // cache lines.
    alignas(64) std::atomic<std::size_t> used;  // slots that are not empty, and those to be copied
    std::atomic<std::size_t> dead{0};
    alignas(64) std::atomic<Array*> next{nullptr};
    alignas(64) std::atomic<std::size_t> cursor{0};  // chunks that are begun
    std::atomic<std::size_t> moved_count{0};
    std::atomic<std::size_t> copies{0};  // from the chunks in moved_count
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
        // Freezes the slot, so that no thread adds a reference to it. Release: a thread that sees
        // the frozen slot sees `next`.
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
    if (place.probed_ == place.array_->slots) place.go_to(next_of(place.array_));  // none is empty
  }
}

}  // namespace tern::rib
