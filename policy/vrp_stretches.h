// The lists of a VrpLayer in which a look-up finds the origin's state, for VrpTable alone.
//
// The address space falls into stretches, in each of which the same VRPs cover every address. A
// stretch has the list of these VRPs, and equal lists are mostly one. So a look-up is a search for
// the stretch and a glance at its list, without a walk from prefix to prefix. The search goes as
// that of the layer: a table over 16 bits, the begins of blocks of stretches, and one block, which
// is a line of the cache. A list is half a line.
//
// No branch depends on a block or a list, but for few stretches: the processor begins the next
// look-up while the present one waits for memory.
//
// The layer answers where a list would be too long, for prefixes longer than nearly all routes, and
// for origin AS 0. So the memory follows the prefixes of the layer, whatever VRPs cover them: 80
// octets a stretch at most, with its list, and two stretches a prefix.
//
// Immutable after construction, safe from any thread. Takes time by the layer to build.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "policy/vrp.h"
#include "policy/vrp_layer.h"
#include "rib/types/trim_to_size.h"

namespace tern::policy {

template <typename Address>
class VrpStretches {
 public:
  using Layer = VrpLayer<Address>;
  using Head = typename Layer::Head;
  static constexpr std::size_t kMost = 8;  // VRPs of a stretch; 99 of 100 have no more
  // Lengths of prefixes that lists tell apart, a bit each.
  static constexpr std::uint8_t kShortest = sizeof(Address) == 4 ? 1 : 17;
  static constexpr std::uint8_t kLongest = kShortest + 31;

  VrpStretches() = default;  // knows nothing
  // Small layers lie in the cache anyway, and need none.
  explicit VrpStretches(const Layer& layer) {
    if (layer.size() >= Layer::kJumpsFrom) Builder(layer, *this).build();
  }

  // By RFC 6811 section 2. Nothing: the layer must be asked.
  [[nodiscard]] std::optional<OriginState> validate(const Address& address, std::uint8_t length,
                                                    Asn origin) const {
    const auto nth_length = static_cast<std::uint32_t>(length) - kShortest;
    if (nth_length > kLongest - kShortest || origin == kAsZero || blocks_.empty()) {
      return std::nullopt;
    }
    const std::uint32_t at = list_of(Layer::head_of(address));
    if (at == kElsewhere) return std::nullopt;
    const List* const list = &lists_[at & ~kTwo];
    const std::uint32_t not_longer = (std::uint32_t{2} << nth_length) - 1;
    const std::uint32_t covered = ((*list)[0].lengths & not_longer) != 0 ? 1 : 0;
    std::uint32_t matched = matches(list[0], nth_length, origin);
    if ((at & kTwo) != 0) matched |= matches(list[1], nth_length, origin);
    // Valid, or NotFound, or one more, which is Invalid.
    static_assert(static_cast<int>(OriginState::Valid) == 0);
    static_assert(static_cast<int>(OriginState::NotFound) == 1);
    static_assert(static_cast<int>(OriginState::Invalid) == 2);
    return static_cast<OriginState>((1U + covered) & (matched - 1U));
  }

  // Octets.
  [[nodiscard]] std::size_t memory() const {
    return blocks_.capacity() * sizeof(Block) + begins_.capacity() * sizeof(Head) +
           jumps_.capacity() * sizeof(jumps_[0]) + lists_.capacity() * sizeof(List);
  }

 private:
  static constexpr std::size_t kPlaces = 4;  // of a list
  static constexpr std::uint32_t kTwo = 0x80000000;
  static constexpr std::uint32_t kElsewhere = 0xFFFFFFFF;
  static constexpr std::size_t kHeadBits = sizeof(Head) * 8;

  struct Covering {
    Asn asn = 0;
    std::uint32_t lengths = 0;  // a bit for each length that the VRP allows
    friend bool operator==(const Covering&, const Covering&) = default;
  };
  // The VRP of the shortest prefix first; before one that is too short for a bit, AS 0 with all
  // lengths. Unused places have no length.
  struct alignas(kPlaces * sizeof(Covering)) List : std::array<Covering, kPlaces> {};

  static constexpr std::size_t kStretches = 64 / (sizeof(Head) + 4);
  struct alignas(64) Block {
    std::array<Head, kStretches> begins;
    std::array<std::uint32_t, kStretches> lists;  // index; with kTwo: of the first of two
  };
  static_assert(sizeof(Block) == 64);

  class Builder;

  // 1: a VRP of the list has the origin and allows the length. Written out and without a branch: a
  // loop has more instructions.
  [[nodiscard]] static std::uint32_t matches(const List& list, std::uint32_t nth_length,
                                             Asn origin) {
    const auto matching = [&](const Covering& vrp) {
      return static_cast<std::uint32_t>(vrp.asn == origin) & (vrp.lengths >> nth_length);
    };
    static_assert(kPlaces == 4);
    return (matching(list[0]) | matching(list[1]) | matching(list[2]) | matching(list[3])) & 1U;
  }

  // Where the list of the stretch is, or kElsewhere.
  [[nodiscard]] std::uint32_t list_of(Head head) const {
    const std::size_t slot = Layer::slot_of(head);
    std::size_t at = jumps_[slot];
    std::size_t among = jumps_[slot + 1] - at + 1;
    while (among > 1) {
      const std::size_t half = among / 2;
      at += begins_[at + half] <= head ? half : 0;
      among -= half;
    }
    const Block& block = blocks_[at];
    std::size_t in = 0;
    const auto count = [&]<std::size_t... kAt>(std::index_sequence<kAt...>) {
      ((in += block.begins[kAt + 1] <= head ? 1U : 0U), ...);
    };
    count(std::make_index_sequence<kStretches - 1>());
    return block.lists[in];
  }

  std::vector<Block> blocks_;
  std::vector<Head> begins_;          // of each block
  std::vector<std::uint32_t> jumps_;  // by slot: the last block that begins in an earlier one
  std::vector<List> lists_;           // the first is empty
};

// Goes through the prefixes of a layer with those that are open at a place.
template <typename Address>
class VrpStretches<Address>::Builder {
 public:
  Builder(const Layer& layer, VrpStretches& into) : layer_(layer), into_(into) {}

  void build() {
    into_.lists_.emplace_back();
    for (std::uint32_t at = 0; at < layer_.size(); ++at) {
      const Head begin = Layer::head_of(layer_.address(at));
      while (!open_.empty() && open_.back().last < begin) close();
      if (begin > place_) {
        add(list());
        place_ = begin;
      }
      open_.push_back({at, last_of(begin, layer_.length(at))});
    }
    while (!open_.empty() && open_.back().last != kLast) close();
    add(list());
    finish();
  }

 private:
  static constexpr Head kLast = ~Head{0};
  static constexpr std::size_t kKnown = std::size_t{1} << 18U;

  using Lists = std::array<List, kMost / kPlaces>;
  struct Open {
    std::uint32_t at = 0;
    Head last = 0;
  };

  static Head last_of(Head begin, std::uint8_t length) {
    return length < kHeadBits ? begin | (kLast >> length) : begin;
  }
  // The innermost prefix ends, and the stretch with it, but for an empty one.
  void close() {
    const Head last = open_.back().last;
    if (last >= place_) {
      add(list());
      place_ = last + 1;
    }
    open_.pop_back();
  }
  // The list of the prefixes that are open.
  std::uint32_t list() {
    Lists found{};
    std::size_t count = 0;
    for (const Open& open : open_) {
      const std::uint8_t length = layer_.length(open.at);
      const auto entries = layer_.entries(open.at);
      const std::size_t marks = length < kShortest ? 1 : 0;
      if (length > kLongest || count + marks + entries.size() > kMost) return kElsewhere;
      const auto take = [&](const Covering& one) {
        found[count / kPlaces][count % kPlaces] = one;
        ++count;
      };
      // By the lengths of the first validate() finds whether a prefix is covered.
      if (marks != 0) take({kAsZero, ~std::uint32_t{0}});
      for (const auto& entry : entries) take({entry.asn, bits_of(length, entry.max_length)});
    }
    return count == 0 ? 0 : shared(found, count > kPlaces);
  }
  static std::uint32_t bits_of(std::uint8_t length, std::uint8_t max_length) {
    assert(length <= max_length);  // all readers of VRPs refuse others
    if (max_length < kShortest) return 0;
    const unsigned first = std::max(length, kShortest) - kShortest;
    const unsigned last = std::min(max_length, kLongest) - kShortest;
    return (std::uint32_t{2} << last) - (std::uint32_t{1} << first);
  }
  // The same lists as before where they are remembered.
  std::uint32_t shared(const Lists& found, bool two) {
    std::uint64_t hash = 0;
    for (const List& list : found) {
      for (const Covering& vrp : list) {
        hash = (hash ^ vrp.asn ^ std::uint64_t{vrp.lengths} << 32U) * 0x9E3779B97F4A7C15U;
        hash ^= hash >> 29U;
      }
    }
    auto& lists = into_.lists_;
    std::uint32_t& known = known_[hash % kKnown];
    const std::uint32_t at = known & ~kTwo;
    const bool known_two = (known & kTwo) != 0;
    if (known_two != two || lists[at] != found[0] || (two && lists[at + 1] != found[1])) {
      known = static_cast<std::uint32_t>(lists.size()) | (two ? kTwo : 0);
      lists.insert(lists.end(), found.begin(), found.begin() + (two ? 2 : 1));
    }
    return known;
  }
  void add(std::uint32_t list) {
    auto& blocks = into_.blocks_;
    if (size_ != 0 && last_list_ == list) return;
    last_list_ = list;
    const std::size_t in = size_++ % kStretches;
    if (in == 0) {
      blocks.emplace_back();
      into_.begins_.push_back(place_);
    }
    // Places that no stretch takes are as the last one.
    std::fill(blocks.back().begins.begin() + static_cast<std::ptrdiff_t>(in),
              blocks.back().begins.end(), place_);
    std::fill(blocks.back().lists.begin() + static_cast<std::ptrdiff_t>(in),
              blocks.back().lists.end(), list);
  }
  void finish() {
    trim_to_size(into_.blocks_);
    trim_to_size(into_.begins_);
    trim_to_size(into_.lists_);
    into_.jumps_ = Layer::jumps_to(into_.begins_);
  }

  const Layer& layer_;
  VrpStretches& into_;
  Head place_ = 0;  // where the present stretch begins
  std::vector<Open> open_;
  std::vector<std::uint32_t> known_ = std::vector<std::uint32_t>(kKnown);  // lists, by hash
  std::size_t size_ = 0;
  std::uint32_t last_list_ = 0;
};

}  // namespace tern::policy
