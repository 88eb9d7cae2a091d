// The VRPs of one IP version in arrays, for VrpTable alone.
//
// The prefixes stand in the order of address and length, each with the number of the longest
// prefix that covers it (its parent). A look-up finds the last prefix whose address is not above
// the address sought. Each prefix that covers what is sought is that one or above it: it lies
// before the place found, and every prefix between the two is inside of it. So the look-up is one
// search and a walk up the parents.
//
// The search begins in a table over 16 bits of the address, goes on among the first addresses of
// groups of four prefixes, without branches, and ends in one group. Its last steps are misses of
// the cache, so a prefix, its parent and its first VRP lie together: 16 octets in IPv4, 32 in IPv6,
// a group in one line or two. Only prefixes with several VRPs have them elsewhere, 8 octets each.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "policy/vrp.h"
#include "rib/types/trim_to_size.h"

namespace tern::policy {

struct Address6 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const Address6&, const Address6&) = default;
  friend bool operator==(const Address6&, const Address6&) = default;
  // Without a branch: what a look-up compares goes either way.
  friend bool operator<=(const Address6& a, const Address6& b) {
    return (static_cast<unsigned>(a.high < b.high) |
            (static_cast<unsigned>(a.high == b.high) & static_cast<unsigned>(a.low <= b.low))) != 0;
  }
};
using Address4 = std::uint32_t;

[[nodiscard]] inline unsigned common_bits(Address4 a, Address4 b) {
  return static_cast<unsigned>(std::countl_zero(a ^ b));
}
[[nodiscard]] inline unsigned common_bits(const Address6& a, const Address6& b) {
  if (a.high != b.high) return static_cast<unsigned>(std::countl_zero(a.high ^ b.high));
  return 64U + static_cast<unsigned>(std::countl_zero(a.low ^ b.low));
}

template <typename Address>
class VrpLayer {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // Prefixes. Smaller layers lie in the cache anyway, and the table over 16 bits takes 256 kB. Such
  // layers have 65,536 bits instead, which pieces of the address space share: most prefixes that
  // are sought are in none of the few pieces that an overlay touches.
  static constexpr std::uint32_t kJumpsFrom = 4096;
  static constexpr std::uint8_t kBits = sizeof(Address) == 4 ? 32 : 128;

  // A VRP without its prefix.
  struct Entry {
    std::uint8_t max_length = 0;
    Asn asn = 0;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  // The entries of a prefix, in their order. Valid while the layer is.
  class Entries {
   public:
    Entries() = default;
    Entries(const Entry& only) : only_(only), size_(1) {}  // NOLINT: by design
    Entries(std::span<const Entry> list) : list_(list.data()), size_(list.size()) {}  // NOLINT

    [[nodiscard]] const Entry* begin() const { return list_ == nullptr ? &only_ : list_; }
    [[nodiscard]] const Entry* end() const { return begin() + size_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    friend bool operator==(const Entries& a, const Entries& b) {
      return std::equal(a.begin(), a.end(), b.begin(), b.end());
    }

   private:
    Entry only_;
    const Entry* list_ = nullptr;
    std::size_t size_ = 0;
  };

  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] const Address& address(std::uint32_t at) const { return item(at).address; }
  [[nodiscard]] std::uint8_t length(std::uint32_t at) const { return item(at).length; }
  [[nodiscard]] std::uint32_t parent(std::uint32_t at) const { return item(at).parent; }
  [[nodiscard]] Entries entries(std::uint32_t at) const {
    const Item& here = item(at);
    if (here.count == 1) return Entry{here.max_length, here.asn};
    if (here.count < kCountElsewhere) {
      return std::span(entries_).subspan(here.asn, here.count);
    }
    return std::span(entries_).subspan(here.asn + 1, entries_[here.asn].asn);
  }

  // False: no prefix covers the address. True: one may.
  [[nodiscard]] bool touches(const Address& address) const {
    if (touched_.empty()) return size_ != 0;
    const std::uint32_t bit = touched_bit(head_of(address) >> kTouchedShift);
    return (touched_[bit / 64] >> (bit % 64) & 1U) != 0;
  }
  // The longest prefix that covers this one or equals it, or kNone; the others are its parents.
  [[nodiscard]] std::uint32_t covering(const Address& address, std::uint8_t length) const {
    if (!touches(address)) return kNone;
    std::uint32_t at = last_not_above(address);
    if (at == kNone) return kNone;
    const unsigned shared = std::min<unsigned>(common_bits(item(at).address, address), length);
    while (at != kNone && item(at).length > shared) at = item(at).parent;
    return at;
  }
  [[nodiscard]] std::uint32_t find(const Address& address, std::uint8_t length) const {
    const std::uint32_t at = covering(address, length);
    return at != kNone && item(at).length == length ? at : kNone;
  }

  // Adds a prefix behind all others, with its entries in their order. finish() ends the building.
  // An overlay has prefixes without entries.
  void add(const Address& address, std::uint8_t length, const Entries& entries) {
    std::uint32_t parent = size_ == 0 ? kNone : size_ - 1;
    while (parent != kNone && (item(parent).length >= length ||
                               common_bits(item(parent).address, address) < item(parent).length)) {
      parent = item(parent).parent;
    }
    if (size_ % kGroup == 0) groups_.emplace_back();
    Item& added = groups_.back()[size_ % kGroup];
    ++size_;
    added.address = address;
    added.parent = parent;
    added.length = length;
    added.count =
        static_cast<std::uint16_t>(std::min<std::size_t>(entries.size(), kCountElsewhere));
    if (entries.size() == 1) {
      added.asn = entries.begin()->asn;
      added.max_length = entries.begin()->max_length;
      return;
    }
    added.asn = static_cast<std::uint32_t>(entries_.size());
    if (added.count == kCountElsewhere) {
      entries_.push_back({0, static_cast<std::uint32_t>(entries.size())});
    }
    entries_.insert(entries_.end(), entries.begin(), entries.end());
  }
  void reserve(std::size_t prefixes) { groups_.reserve((prefixes + kGroup - 1) / kGroup); }
  void finish() {
    trim_to_size(groups_);
    trim_to_size(entries_);
    heads_.reserve(groups_.size());
    for (const Group& group : groups_) heads_.push_back(head_of(group[0].address));
    if (size_ == 0) return;
    if (size_ < kJumpsFrom) return touch_pieces();
    jumps_ = jumps_to(heads_);
  }

  // The beginning of an address: as much as the search compares before it looks at groups.
  using Head = std::conditional_t<sizeof(Address) == 4, std::uint32_t, std::uint64_t>;
  [[nodiscard]] static Head head_of(const Address& address) {
    if constexpr (sizeof(Address) == 4) {
      return address;
    } else {
      return address.high;
    }
  }
  // Does not go down where heads go up. IPv6: the bits behind 2000::/3, which has all VRPs that
  // anybody needs today.
  [[nodiscard]] static std::size_t slot_of(Head head) {
    if constexpr (sizeof(Address) == 4) {
      return head >> (32U - kJumpBits);
    } else {
      constexpr std::uint64_t kFirst = std::uint64_t{1} << 61U;
      constexpr std::uint64_t kSlots = std::uint64_t{1} << kJumpBits;
      if (head < kFirst) return 0;
      return std::min((head - kFirst) >> (61U - kJumpBits), kSlots - 1);
    }
  }
  // By slot: the last of `begins`, which go up, that lies in an earlier slot, or the first.
  [[nodiscard]] static std::vector<std::uint32_t> jumps_to(std::span<const Head> begins) {
    std::vector<std::uint32_t> jumps((std::size_t{1} << kJumpBits) + 1);
    std::uint32_t at = 0;
    for (std::size_t slot = 0; slot < jumps.size(); ++slot) {
      while (at + 1 < begins.size() && slot_of(begins[at + 1]) < slot) ++at;
      jumps[slot] = at;
    }
    return jumps;
  }

  // Octets.
  [[nodiscard]] std::size_t memory() const {
    std::size_t octets = groups_.capacity() * sizeof(Group) + entries_.capacity() * sizeof(Entry);
    return octets + heads_.capacity() * sizeof(Head) + touched_.capacity() * 8 +
           jumps_.capacity() * sizeof(jumps_[0]);
  }

 private:
  static constexpr unsigned kJumpBits = 16;
  static constexpr std::size_t kGroup = 4;  // prefixes
  static constexpr std::uint16_t kCountElsewhere = 0xFFFF;

  struct Item {
    Address address{};
    std::uint32_t parent = kNone;
    std::uint32_t asn = 0;  // of its one entry; else where its entries begin
    std::uint8_t length = 0;
    std::uint8_t max_length = 0;  // of its one entry
    // Of entries. kCountElsewhere: an entry before the first has it as its AS.
    std::uint16_t count = 0;
  };
  static_assert(sizeof(Item) == (sizeof(Address) == 4 ? 16 : 32));
  struct alignas(64) Group {
    std::array<Item, kGroup> items;
    Item& operator[](std::size_t at) { return items[at]; }
    const Item& operator[](std::size_t at) const { return items[at]; }
  };

  [[nodiscard]] const Item& item(std::uint32_t at) const {
    return groups_[at / kGroup][at % kGroup];
  }

  // The bit of a piece of the address space: a /20 of IPv4, a /32 of IPv6. Pieces share bits.
  static constexpr unsigned kTouchedShift = sizeof(Address) == 4 ? 12 : 32;
  static constexpr unsigned kTouchedBits = 16;
  // The largest prefix whose pieces have bits of their own; with a larger one all are touched.
  static constexpr Head kMostPieces = 4096;
  [[nodiscard]] static std::uint32_t touched_bit(Head piece) {
    return static_cast<std::uint32_t>(piece) * 0x9E3779B1U >> (32U - kTouchedBits);
  }

  void touch_pieces() {
    touched_.resize((std::size_t{1} << kTouchedBits) / 64);
    for (std::uint32_t at = 0; at < size_; ++at) {
      if (item(at).parent != kNone) continue;  // lies inside of pieces that are touched
      const Head head = head_of(item(at).address);
      const Head behind = item(at).length < sizeof(Head) * 8
                              ? static_cast<Head>(~Head{0}) >> item(at).length
                              : Head{0};
      const Head first = head >> kTouchedShift;
      const Head more = ((head | behind) >> kTouchedShift) - first;
      if (more >= kMostPieces) return touched_.assign(touched_.size(), ~std::uint64_t{0});
      for (Head piece = 0; piece <= more; ++piece) {
        const std::uint32_t bit = touched_bit(first + piece);
        touched_[bit / 64] |= std::uint64_t{1} << (bit % 64);
      }
    }
  }

  [[nodiscard]] std::uint32_t last_not_above(const Address& address) const {
    if (size_ == 0 || address < item(0).address) return kNone;
    const Head head = head_of(address);
    // The last head that is not above lies from `group` on among so many.
    std::size_t group = 0;
    std::size_t among = heads_.size();
    if (!jumps_.empty()) {
      const std::size_t slot = slot_of(head);
      group = jumps_[slot];
      among = jumps_[slot + 1] - group + 1;
    }
    while (among > 1) {
      const std::size_t half = among / 2;
      group += half * static_cast<std::size_t>(heads_[group + half] <= head);
      among -= half;
    }
    // Prefixes longer than a head can begin with the same one.
    if (!(groups_[group][0].address <= address)) group = last_group_not_above(address, group);
    const auto first = static_cast<std::uint32_t>(group * kGroup);
    const std::uint32_t end = std::min<std::uint32_t>(size_, first + kGroup);
    std::uint32_t last = first;
    for (std::uint32_t at = first + 1; at < end; ++at) {
      last += item(at).address <= address ? 1U : 0U;
    }
    return last;
  }

  [[nodiscard]] std::size_t last_group_not_above(const Address& address, std::size_t end) const {
    const auto stop = groups_.begin() + static_cast<std::ptrdiff_t>(end);
    const auto above = std::partition_point(
        groups_.begin(), stop, [&](const Group& group) { return group[0].address <= address; });
    return static_cast<std::size_t>(above - groups_.begin()) - 1;
  }

  std::uint32_t size_ = 0;
  std::vector<Group> groups_;
  std::vector<Entry> entries_;          // of prefixes with other than one
  std::vector<Head> heads_;             // of the first address of each group
  std::vector<std::uint32_t> jumps_;    // by slot: the last group that begins in an earlier one
  std::vector<std::uint64_t> touched_;  // the bits of pieces in which a prefix lies, or part of one
};

}  // namespace tern::policy
