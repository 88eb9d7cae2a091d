// The ids of a shard's destinations by address: finds the destinations that a prefix covers, in
// order, without a walk of the table.
//
// A trie over the bits of addresses, one for each family: the first 12 bits, then four at a time.
// Its leaves are lists of up to 128 ids in no order, whose addresses agree in the bits so far: a
// list that grows longer becomes a node of 16 slots with a list each. A slot is a word of 8 octets:
// the place of its node or list, and the number of ids in the list. The capacity of a list follows
// from its length. An insertion reads up to about three slots and writes one id; when it divides a
// list, it reads the other prefixes of the list. A removal searches one list, and makes one list of
// a node that has become nearly empty.
//
// The prefixes are in the destinations, and the memory is the table's: Table has the functions
// prefix(id), prefetch(id), allocate(octets), at(ref) and give_up(ref, octets), which frees a block
// as soon as no thread can be reading it.
//
// One thread owns the index. While the table is shared (docs/adr/0015), insertions go on and
// removals do not, and other threads may call next(), in a section of rib/table_reader.h. insert()
// writes an id before the word that counts it (release). A replaced list stays whole until the
// section ends (sequentially consistent, as the words of destinations).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "rib/base/block_pool.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"

namespace tern::rib {

template <typename Table>
class OrderedIndex {
 public:
  using Id = std::uint32_t;
  // Ids of a list. A list of the prefixes of one address alone can be longer, by one: 129 lengths.
  static constexpr std::size_t kMost = 128;

  explicit OrderedIndex(Table table) : table_(table) {}

  // The destination has its prefix and is not in the index.
  void insert(Id id, const Nlri& nlri) {
    Slot& slot = *descend(nlri).slot;
    if (is_full(slot.count)) [[unlikely]]
      return grow(id, nlri);
    list(slot.ref)[slot.count] = id;
    const Slot longer{slot.ref, static_cast<std::uint16_t>(slot.count + 1), 0};
    std::atomic_ref<Slot>(slot).store(longer, std::memory_order_release);
  }

  // The destination is in the index and still has its prefix. Not while the table is shared.
  void erase(Id id, const Nlri& nlri) {
    Slot* above = nullptr;
    Position position{&roots_[index(nlri.family)], 0};
    while (position.slot->is_node) {
      above = position.bits == 0 ? nullptr : position.slot;  // the first node of a family stays
      step(position, nlri.prefix.address().bytes().data());
    }
    take_out(*position.slot, id);
    if (above != nullptr && position.slot->count <= kFew / kWidth) unite(nlri);
  }

  // Appends the ids of the first list with ids at or behind `from`, in no order: the ids of all
  // prefixes in an interval of addresses, which may begin before `from`. Returns the start of the
  // next interval, or nothing at the end.
  [[nodiscard]] std::optional<IpAddress> next(Family family, const IpAddress& from,
                                              std::vector<Id>& out) const {
    std::optional<IpAddress> at = from;
    while (at) {
      Slot slot = load(roots_[index(family)]);
      unsigned bits = 0;
      while (slot.is_node) {
        slot = load(node(slot.ref)[digit(at->bytes().data(), bits)]);
        bits += stride(bits);
      }
      at = behind(*at, bits);
      if (slot.count == 0) continue;
      const Id* const ids = list(slot.ref);
      out.insert(out.end(), ids, ids + slot.count);
      return at;
    }
    return std::nullopt;
  }

  // Of nodes and lists.
  [[nodiscard]] std::size_t bytes() const { return octets_; }

 private:
  // Empty: all zeros.
  struct alignas(8) Slot {
    BlockPool::Ref ref = 0;  // of a list of ids, or of a node
    std::uint16_t count = 0;
    std::uint16_t is_node = 0;
  };
  static_assert(sizeof(Slot) == 8 && std::atomic_ref<Slot>::is_always_lock_free);
  struct Position {
    Slot* slot;
    unsigned bits;  // of the address, on the way to the slot
  };

  static constexpr unsigned kFirstStride = 12;
  static constexpr unsigned kStride = 4;
  static constexpr std::size_t kWidth = std::size_t{1} << kStride;
  // Capacities of lists, in ids. Lists that grow at random are nine tenths full.
  static constexpr std::array<std::size_t, 16> kCapacities{0,  2,  4,  8,  12, 16, 24,  32,
                                                           40, 48, 56, 64, 80, 96, 112, kMost};
  // The capacity of a list of so many ids.
  static constexpr std::array<std::uint8_t, kMost + 2> kRoom = [] {
    std::array<std::uint8_t, kMost + 2> rooms{};
    for (std::size_t count = 0, i = 0; count <= kMost; ++count) {
      if (count > kCapacities[i]) ++i;
      rooms[count] = static_cast<std::uint8_t>(kCapacities[i]);
    }
    rooms[kMost + 1] = kMost + 1;
    return rooms;
  }();
  static constexpr std::size_t kFew = 32;  // ids of a node that becomes a list: a quarter of kMost

  [[nodiscard]] static constexpr unsigned stride(unsigned bits) {
    return bits == 0 ? kFirstStride : kStride;
  }
  // The slot in a node for an address: the bits behind the first `bits`, which lead to the node.
  // `address` has 16 octets in both families.
  [[nodiscard]] static std::size_t digit(const std::byte* address, unsigned bits) {
    const auto octet = [address](std::size_t i) {
      return std::to_integer<std::size_t>(address[i]);
    };
    if (bits == 0) return (octet(0) << 4U) | (octet(1) >> 4U);
    return (octet(bits / 8) >> (~bits & kStride)) & (kWidth - 1);
  }
  // The first address behind those that agree with this one in `bits`, a multiple of 4.
  [[nodiscard]] static std::optional<IpAddress> behind(const IpAddress& address, unsigned bits) {
    std::array<std::byte, 16> bytes{};
    const std::size_t size = address.bytes().size();
    const std::size_t last = (bits + 7) / 8;  // octets that count
    std::copy_n(address.bytes().begin(), last, bytes.begin());
    unsigned carry = bits % 8 == 0 ? 1U : 0x10U;
    for (std::size_t i = last; i-- > 0 && carry != 0; carry >>= 8U) {
      const bool half = carry == 0x10U;
      carry += std::to_integer<unsigned>(bytes[i]) & (half ? 0xF0U : 0xFFU);
      bytes[i] = static_cast<std::byte>(carry & 0xFFU);
    }
    if (carry != 0) return std::nullopt;
    return IpAddress::from_bytes(std::span(bytes).first(size));
  }

  [[nodiscard]] static std::size_t room(std::size_t count) { return kRoom[count]; }
  [[nodiscard]] static bool is_full(std::size_t count) { return kRoom[count] == count; }

  [[nodiscard]] Slot* node(BlockPool::Ref ref) const {
    return reinterpret_cast<Slot*>(table_.at(ref));
  }
  [[nodiscard]] Id* list(BlockPool::Ref ref) const { return reinterpret_cast<Id*>(table_.at(ref)); }

  [[nodiscard]] static Slot load(Slot& slot) {
    return std::atomic_ref<Slot>(slot).load(std::memory_order_seq_cst);
  }
  static void publish(Slot& slot, const Slot& now) {
    std::atomic_ref<Slot>(slot).store(now, std::memory_order_seq_cst);
  }

  void step(Position& position, const std::byte* address) const {
    position.slot = node(position.slot->ref) + digit(address, position.bits);
    position.bits += stride(position.bits);
  }
  [[nodiscard]] Position descend(const Nlri& nlri) {
    Position position{&roots_[index(nlri.family)], 0};
    while (position.slot->is_node) step(position, nlri.prefix.address().bytes().data());
    return position;
  }

  [[nodiscard]] BlockPool::Ref allocate(std::size_t octets) {
    octets_ += octets;
    return table_.allocate(octets);
  }
  void give_up(BlockPool::Ref ref, std::size_t octets) {
    octets_ -= octets;
    table_.give_up(ref, octets);
  }
  void give_up_list(const Slot& of) {
    if (of.count > 0) give_up(of.ref, room(of.count) * sizeof(Id));
  }

  // Adds an id to a full list, or to one below it.
  [[gnu::noinline]] void grow(Id id, const Nlri& nlri) {
    Position position = descend(nlri);
    const auto all = static_cast<unsigned>(nlri.prefix.address().bits());
    if (position.slot->count >= kMost && position.bits < all) {
      divide(position);
      return insert(id, nlri);
    }
    const Slot before = *position.slot;
    resize(*position.slot, before.count + 1U, id);
    give_up_list(before);
  }
  // Replaces the list by one of `count` ids, with the ids of the old list that fit. The caller
  // gives up the old list. last: the last id of a longer list.
  void resize(Slot& slot, std::size_t count, Id last) {
    Slot now{count == 0 ? 0 : allocate(room(count) * sizeof(Id)), static_cast<std::uint16_t>(count),
             0};
    const std::size_t kept = std::min<std::size_t>(slot.count, count);
    if (kept > 0) std::memcpy(list(now.ref), list(slot.ref), kept * sizeof(Id));
    if (kept < count) list(now.ref)[kept] = last;
    publish(slot, now);
  }

  void take_out(Slot& slot, Id id) {
    Id* const ids = list(slot.ref);
    Id* const at = std::find(ids, ids + slot.count, id);
    assert(at != ids + slot.count);
    *at = ids[slot.count - 1];
    const Slot before = slot;
    if (room(slot.count - 1U) == room(slot.count)) {
      --slot.count;
    } else {
      resize(slot, slot.count - 1U, id);
      give_up_list(before);
    }
  }

  // Makes a node of a list.
  void divide(const Position& position) {
    const Slot before = *position.slot;
    const Id* const ids = list(before.ref);
    for (std::size_t i = 0; i < before.count; ++i) table_.prefetch(ids[i]);
    const std::size_t width = std::size_t{1} << stride(position.bits);
    const Slot now{allocate(width * sizeof(Slot)), 0, 1};
    Slot* const slots = node(now.ref);
    std::fill_n(slots, width, Slot{});
    std::array<std::uint16_t, kMost> digits{};
    for (std::size_t i = 0; i < before.count; ++i) {
      const Prefix& prefix = table_.prefix(ids[i]);
      digits[i] = static_cast<std::uint16_t>(digit(prefix.address().bytes().data(), position.bits));
      ++slots[digits[i]].count;
    }
    for (std::size_t i = 0; i < before.count; ++i) {
      Slot& slot = slots[digits[i]];
      if (slot.ref != 0) continue;
      slot.ref = allocate(room(slot.count) * sizeof(Id));
      slot.count = 0;  // until its ids follow
      for (std::size_t k = i; k < before.count; ++k) {
        if (digits[k] == digits[i]) list(slot.ref)[slot.count++] = ids[k];
      }
    }
    publish(*position.slot, now);
    give_up_list(before);
  }

  // Makes lists of the lowest nodes on the way to a prefix that have few ids.
  void unite(const Nlri& nlri) {
    std::array<Slot*, 128 / kStride> way{};
    std::size_t nodes = 0;
    Position position{&roots_[index(nlri.family)], 0};
    while (position.slot->is_node) {
      if (position.bits > 0) way[nodes++] = position.slot;
      step(position, nlri.prefix.address().bytes().data());
    }
    while (nodes > 0 && unite(*way[nodes - 1])) --nodes;
  }
  // Returns false when the node has more than kFew ids, or other nodes below.
  bool unite(Slot& slot) {
    const BlockPool::Ref ref = slot.ref;
    std::array<Id, kFew> ids;
    std::size_t count = 0;
    for (const Slot& below : std::span(node(ref), kWidth)) {
      if (below.is_node || count + below.count > kFew) return false;
      if (below.count > 0) std::copy_n(list(below.ref), below.count, ids.begin() + count);
      count += below.count;
    }
    for (const Slot& below : std::span(node(ref), kWidth)) give_up_list(below);
    slot = Slot{};
    if (count > 0) {
      slot = {allocate(room(count) * sizeof(Id)), static_cast<std::uint16_t>(count), 0};
      std::copy_n(ids.begin(), count, list(slot.ref));
    }
    give_up(ref, kWidth * sizeof(Slot));
    return true;
  }

  Table table_;
  mutable std::array<Slot, kFamilyCount> roots_{};
  std::size_t octets_ = 0;
};

}  // namespace tern::rib
