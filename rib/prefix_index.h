// From a prefix to the number of its destination: open addressing over four octets a slot. The
// prefixes stand in the destinations; the index asks for them through Keys: keys(number) is the
// prefix, keys.prefetch(number) says that it will be asked for. (Prefetching functions are inlined
// by force: g++ takes calls of functions that only prefetch for calls without effect, and drops
// them.)
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/huge_memory.h"
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
  // A guess at where find() will look first, kNone for nowhere: for prefetching the destination.
  [[nodiscard]] std::uint32_t hint(std::size_t hash) const { return slots_[home(hash)]; }

  [[nodiscard]] std::uint32_t find(const Prefix& prefix, std::size_t hash) const {
    for (std::size_t at = home(hash); slots_[at] != kNone; at = after(at)) {
      if (keys_(slots_[at]) == prefix) return slots_[at];
    }
    return kNone;
  }

  // `number` must already have its prefix, and no other may have the same.
  void insert(std::uint32_t number, std::size_t hash) {
    if (++size_ * 4 > slots_.size() * 3) grow();
    put(number, hash);
  }

  void erase(const Prefix& prefix) {
    std::size_t gap = home(hash(prefix));
    while (!(keys_(slots_[gap]) == prefix)) gap = after(gap);
    for (std::size_t next = after(gap); slots_[next] != kNone; next = after(next)) {
      const std::size_t wanted = home(hash(keys_(slots_[next])));
      if (distance(wanted, next) < distance(gap, next)) continue;
      slots_[gap] = slots_[next];
      gap = next;
    }
    slots_[gap] = kNone;
    --size_;
  }

  [[nodiscard]] std::size_t bytes() const { return slots_.size() * sizeof(std::uint32_t); }

 private:
  static constexpr std::size_t kFirstSlots = 64;  // a power of two, see grow()

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
    slots_[at] = number;
  }
  // To 3/2 and 4/3 in turn: never less than half full, so that a prefix takes 8 octets at most.
  void grow() {
    const std::size_t size = slots_.size();
    decltype(slots_) old(std::has_single_bit(size) ? size / 2 * 3 : size / 3 * 4, kNone);
    old.swap(slots_);
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < old.size(); ++i) {
      if (i + kAhead < old.size() && old[i + kAhead] != kNone) keys_.prefetch(old[i + kAhead]);
      if (old[i] != kNone) put(old[i], hash(keys_(old[i])));
    }
  }

  Keys keys_;
  std::vector<std::uint32_t, HugeAllocator<std::uint32_t>> slots_;
  std::size_t size_ = 0;
};

}  // namespace tern::rib
