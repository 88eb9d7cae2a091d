// From a prefix to the number of its destination: open addressing over four octets a slot. The
// prefixes stand in the destinations; the index asks for them through Keys: keys(number) is the
// prefix, keys.prefetch(number) says that it will be asked for. What a number leaves of a slot's
// bits has bits of the hash, so that hardly a prefix is looked at that is another. (Prefetching
// functions are inlined by force: g++ takes calls of functions that only prefetch for calls without
// effect, and drops them.)
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "rib/base/huge_memory.h"
#include "rib/types/prefix.h"

namespace tern::rib {

template <typename Keys>
class PrefixIndex {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  explicit PrefixIndex(Keys keys) : keys_(keys), slots_(kFirstSlots, kNone) {}

  [[nodiscard]] static std::size_t hash(const Prefix& prefix) { return hash_value(prefix); }

  [[gnu::always_inline]] void prefetch(std::size_t hash) const {
    __builtin_prefetch(&slots_[home(hash)]);
  }
  // What find() will most likely return, without a look at prefixes: for prefetching the
  // destination.
  [[nodiscard]] std::uint32_t hint(std::size_t hash) const {
    for (std::size_t at = home(hash); slots_[at] != kNone; at = after(at)) {
      if (may_be(slots_[at], hash)) return number(slots_[at]);
    }
    return kNone;
  }

  [[nodiscard]] std::uint32_t find(const Prefix& prefix, std::size_t hash) const {
    for (std::size_t at = home(hash); slots_[at] != kNone; at = after(at)) {
      if (holds(slots_[at], prefix, hash)) return number(slots_[at]);
    }
    return kNone;
  }

  // `number` must already have its prefix, and no other may have the same. Best below the largest
  // size so far: one above makes the index anew.
  void insert(std::uint32_t number, std::size_t hash) {
    const bool crowded = ++size_ * 4 > slots_.size() * 3;
    if (crowded || number >= numbers_) rebuild(crowded ? larger() : slots_.size(), number);
    put(number, hash);
  }

  void erase(const Prefix& prefix) {
    const std::size_t wanted_hash = hash(prefix);
    std::size_t gap = home(wanted_hash);
    while (!holds(slots_[gap], prefix, wanted_hash)) gap = after(gap);
    for (std::size_t next = after(gap); slots_[next] != kNone; next = after(next)) {
      const std::size_t wanted = home(hash(keys_(number(slots_[next]))));
      if (distance(wanted, next) < distance(gap, next)) continue;
      slots_[gap] = slots_[next];
      gap = next;
    }
    slots_[gap] = kNone;
    --size_;
  }

  [[nodiscard]] std::size_t bytes() const { return slots_.size() * sizeof(std::uint32_t); }

 private:
  static constexpr std::size_t kFirstSlots = 64;  // a power of two, see larger()

  // A slot is a number below numbers_, or kNone, and above it the lowest bits of the hash of its
  // prefix that fall there.
  [[nodiscard]] std::uint32_t number(std::uint32_t slot) const { return slot & numbers_; }
  [[nodiscard]] bool may_be(std::uint32_t slot, std::size_t hash) const {
    return ((slot ^ static_cast<std::uint32_t>(hash)) & ~numbers_) == 0;
  }
  [[nodiscard]] bool holds(std::uint32_t slot, const Prefix& prefix, std::size_t hash) const {
    return may_be(slot, hash) && keys_(number(slot)) == prefix;
  }

  // Any number of slots below 2^32 will do: the upper half of the hash is scaled to it.
  [[nodiscard]] std::size_t home(std::size_t hash) const {
    return ((hash >> 32U) * slots_.size()) >> 32U;
  }
  [[nodiscard]] std::size_t after(std::size_t at) const {
    return at + 1 == slots_.size() ? 0 : at + 1;
  }
  // Forward from one to the other, round the end.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + slots_.size() - from;
  }
  void put(std::uint32_t number, std::size_t hash) {
    std::size_t at = home(hash);
    while (slots_[at] != kNone) at = after(at);
    slots_[at] = number | (static_cast<std::uint32_t>(hash) & ~numbers_);
  }
  // 3/2 and 4/3 in turn: never less than half full, so that a prefix takes 8 octets at most.
  [[nodiscard]] std::size_t larger() const {
    const std::size_t size = slots_.size();
    return std::has_single_bit(size) ? size / 2 * 3 : size / 3 * 4;
  }
  void rebuild(std::size_t size, std::uint32_t most) {
    decltype(slots_) old(size, kNone);
    old.swap(slots_);
    const std::uint32_t before = std::exchange(numbers_, all_numbers(size, most));
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (i + kAhead < old.size() && old[i + kAhead] != kNone) {
        keys_.prefetch(old[i + kAhead] & before);
      }
      if (old[i] == kNone) continue;
      const std::uint32_t moved = old[i] & before;
      put(moved, hash(keys_(moved)));
    }
  }
  // Ones for the bits of all numbers that fit in without being made anew, and `most`. Greater than
  // any of them, so that no slot is kNone.
  [[nodiscard]] static std::uint32_t all_numbers(std::size_t size, std::uint32_t most) {
    const std::uint64_t above = std::max<std::uint64_t>(size, std::uint64_t{most} + 1);
    return static_cast<std::uint32_t>((std::uint64_t{1} << std::bit_width(above)) - 1);
  }

  Keys keys_;
  std::uint32_t numbers_ = all_numbers(kFirstSlots, 0);
  std::vector<std::uint32_t, HugeAllocator<std::uint32_t>> slots_;
  std::size_t size_ = 0;
};

}  // namespace tern::rib
