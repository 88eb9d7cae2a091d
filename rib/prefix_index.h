// From a destination (family and prefix) to its number: open addressing with four octets a slot.
// The keys are in the destinations; the index reads them by Keys: keys(number) is an Nlri, whose
// path id the index ignores, keys.is(number, nlri) compares without a copy, and
// keys.prefetch(number) prefetches the key. The bits of a slot that the
// number does not need hold bits of the hash, so a look-up hardly ever reads the prefix of another
// destination. (Prefetching functions are inlined by force: g++ regards calls of functions that
// only prefetch as calls without effect, and drops them.)
//
// The index grows while it is in use: an array that is three quarters full gets a larger one beside
// it, and each insertion moves the content of up to kMostMoved slots. Until all have moved, a
// look-up reads both arrays. Slots move from the last to the first: a probe for a prefix never
// passes a slot behind its own, so the prefixes still in the old array are found in it. One thread
// owns the index.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "rib/base/huge_memory.h"
#include "rib/types/prefix.h"

namespace tern::rib {

template <typename Keys>
class PrefixIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // Slots that one insertion moves, and so prefixes that it reads beside its own.
  static constexpr std::size_t kMostMoved = 64;

  explicit PrefixIndex(Keys keys) : keys_(keys), slots_(kFirstSlots, all_numbers(kFirstSlots, 0)) {}

  [[nodiscard]] static std::size_t hash(const Nlri& nlri) { return destination_hash(nlri); }

  [[gnu::always_inline]] void prefetch(std::size_t hash) const {
    slots_.prefetch(hash);
    if (is_growing()) [[unlikely]]
      old_.prefetch(hash);
  }
  // The likely result of find(), without reading prefixes: for prefetching the destination.
  [[nodiscard]] std::uint32_t hint(std::size_t hash) const {
    return find_in_both(hash, [](std::uint32_t) { return true; });
  }

  [[nodiscard]] std::uint32_t find(const Nlri& nlri, std::size_t hash) const {
    return find_in_both(hash, [&](std::uint32_t number) { return keys_.is(number, nlri); });
  }

  // Requires that keys(number) is set, and that no other number has the same destination. Cheap for
  // a number below the largest size so far: a larger number moves all prefixes at once.
  void insert(std::uint32_t number, std::size_t hash) {
    if (is_growing()) [[unlikely]]
      move(kMostMoved);
    const bool crowded = ++size_ * 4 > slots_.size() * 3;
    if (crowded || number >= slots_.numbers()) [[unlikely]]
      grow(crowded, number);
    slots_.put(number, hash);
  }

  void erase(const Nlri& nlri) {
    --size_;
    if (is_growing() && erase(old_, nlri)) return;
    [[maybe_unused]] const bool found = erase(slots_, nlri);
    assert(found);
  }

  // Ends a growth sooner: moves the content of up to `most` slots.
  void move_ahead(std::size_t most) {
    if (is_growing()) [[unlikely]]
      move(most);
  }

  [[nodiscard]] std::size_t bytes() const {
    return (slots_.size() + old_.size()) * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::size_t kFirstSlots = 64;  // a power of two, see larger()
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  // Slots with linear probing. A slot is empty, all zeros, or the complement of: a number below
  // numbers(), and above it the lowest bits of the hash of its prefix that fall there.
  class Array {
   public:
    Array() = default;
    // numbers: all_numbers().
    Array(std::size_t size, std::uint32_t numbers) : slots_(size), numbers_(numbers) {}

    [[nodiscard]] std::size_t size() const { return slots_.size(); }
    [[nodiscard]] std::uint32_t numbers() const { return numbers_; }
    [[nodiscard]] bool is_empty(std::size_t at) const { return slots_[at] == 0; }
    [[nodiscard]] std::uint32_t number(std::size_t at) const { return ~slots_[at] & numbers_; }

    [[gnu::always_inline]] void prefetch(std::size_t hash) const {
      __builtin_prefetch(&slots_[home(hash)]);
    }
    // The first slot with these bits of the hash for whose number is_it() is true.
    template <typename Fn>
    [[gnu::always_inline, nodiscard]] std::size_t find(std::size_t hash, Fn is_it) const {
      for (std::size_t at = home(hash); slots_[at] != 0; at = after(at)) {
        const bool may_be = ((slots_[at] ^ ~static_cast<std::uint32_t>(hash)) & ~numbers_) == 0;
        if (may_be && is_it(number(at))) return at;
      }
      return kNowhere;
    }
    void put(std::uint32_t number, std::size_t hash) {
      std::size_t at = home(hash);
      while (slots_[at] != 0) at = after(at);
      slots_[at] = ~(number | (static_cast<std::uint32_t>(hash) & ~numbers_));
    }
    void clear(std::size_t at) { slots_[at] = 0; }
    // Closes the gap. hash_of(number): the hash of its prefix.
    template <typename Fn>
    void erase(std::size_t gap, Fn hash_of) {
      for (std::size_t next = after(gap); slots_[next] != 0; next = after(next)) {
        const std::size_t wanted = home(hash_of(number(next)));
        if (distance(wanted, next) < distance(gap, next)) continue;
        slots_[gap] = slots_[next];
        gap = next;
      }
      slots_[gap] = 0;
    }

   private:
    // Works for any number of slots below 2^32: scales the upper half of the hash to it.
    [[nodiscard]] std::size_t home(std::size_t hash) const {
      return ((hash >> 32U) * slots_.size()) >> 32U;
    }
    [[nodiscard]] std::size_t after(std::size_t at) const {
      return at + 1 == slots_.size() ? 0 : at + 1;
    }
    // Slots from one to the other, forward and round the end.
    [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
      return to >= from ? to - from : to + slots_.size() - from;
    }

    ZeroedArray<std::uint32_t> slots_;
    std::uint32_t numbers_ = 0;
  };

  [[nodiscard]] bool is_growing() const { return left_ > 0; }
  template <typename Fn>
  [[gnu::always_inline, nodiscard]] std::uint32_t find_in_both(std::size_t hash, Fn is_it) const {
    if (const std::size_t at = slots_.find(hash, is_it); at != kNowhere) return slots_.number(at);
    return is_growing() ? find_in_old(hash, is_it) : kNone;
  }
  template <typename Fn>
  [[gnu::noinline, nodiscard]] std::uint32_t find_in_old(std::size_t hash, Fn is_it) const {
    const std::size_t at = old_.find(hash, is_it);
    return at == kNowhere ? kNone : old_.number(at);
  }
  [[nodiscard]] bool erase(Array& from, const Nlri& nlri) {
    const std::size_t at =
        from.find(hash(nlri), [&](std::uint32_t number) { return keys_.is(number, nlri); });
    if (at == kNowhere) return false;
    from.erase(at, [&](std::uint32_t number) { return hash(keys_(number)); });
    return true;
  }

  // Grows by 3/2 and 4/3 in turn: never less than half full, so a prefix takes at most 8 octets.
  [[nodiscard]] std::size_t larger() const {
    const std::size_t size = slots_.size();
    return std::has_single_bit(size) ? size / 2 * 3 : size / 3 * 4;
  }
  // Begins to move into another array, whose slots can hold `number`.
  [[gnu::noinline]] void grow(bool crowded, std::uint32_t number) {
    if (is_growing()) move(left_);
    const std::size_t size = crowded ? larger() : slots_.size();
    old_ = std::exchange(slots_, Array(size, all_numbers(size, number)));
    left_ = old_.size();
    // Begins behind an empty slot, which no probe passes, and goes round the end.
    next_ = 0;
    while (!old_.is_empty(next_)) ++next_;
    move(kMostMoved);
  }
  // Moves the content of the next `most` slots.
  [[gnu::noinline]] void move(std::size_t most) {
    constexpr std::size_t kAhead = 16;
    const auto before = [&](std::size_t at, std::size_t by) {
      return at >= by ? at - by : at + old_.size() - by;
    };
    for (most = std::min(most, left_); most > 0; --most, --left_) {
      next_ = before(next_, 1);
      if (const std::size_t at = before(next_, kAhead); !old_.is_empty(at)) {
        keys_.prefetch(old_.number(at));
      }
      if (old_.is_empty(next_)) continue;
      const std::uint32_t number = old_.number(next_);
      slots_.put(number, hash(keys_(number)));
      old_.clear(next_);
    }
    if (left_ == 0) old_ = {};
  }
  // Ones for the bits of `most` and of all numbers below `size`. Greater than any of these numbers,
  // so that no slot with a number is empty.
  [[nodiscard]] static std::uint32_t all_numbers(std::size_t size, std::uint32_t most) {
    const std::uint64_t above = std::max<std::uint64_t>(size, std::uint64_t{most} + 1);
    return static_cast<std::uint32_t>((std::uint64_t{1} << std::bit_width(above)) - 1);
  }

  Keys keys_;
  Array slots_;
  Array old_;             // while the index grows
  std::size_t left_ = 0;  // slots of old_ that have not moved
  std::size_t next_ = 0;  // the slot behind the next to move
  std::size_t size_ = 0;
};

}  // namespace tern::rib
