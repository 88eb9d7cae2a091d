#include "policy/prefix_set.h"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

#include "rib/types/trim_to_size.h"

namespace tern::policy {
namespace {

constexpr std::uint8_t kJumpBits = 16;
// Smaller sets are in the cache anyway, and the table takes 256 kB.
constexpr std::size_t kJumpsFrom = 4096;

}  // namespace

PrefixSet::Key PrefixSet::key_of(const IpAddress& address) {
  Key key;
  unsigned shift = 64;
  std::uint64_t* word = &key.high;
  for (const std::byte byte : address.bytes()) {
    if (shift == 0) {
      word = &key.low;
      shift = 64;
    }
    shift -= 8;
    *word |= std::to_integer<std::uint64_t>(byte) << shift;
  }
  return key;
}

std::uint8_t PrefixSet::common_bits(const Key& a, const Key& b) {
  if (a.high != b.high) return static_cast<std::uint8_t>(std::countl_zero(a.high ^ b.high));
  return static_cast<std::uint8_t>(64 + std::countl_zero(a.low ^ b.low));
}

unsigned PrefixSet::bit_at(const Key& key, std::uint8_t position) {
  const std::uint64_t word = position < 64 ? key.high : key.low;
  return static_cast<unsigned>(word >> (63U - position % 64U)) & 1U;
}

// Builds the subtrees of a sorted list: the node of consecutive entries is their common prefix.
class PrefixSet::Builder {
 public:
  explicit Builder(PrefixSet& set) : set_(set) {}

  // Entries sorted by address and length, one per prefix; all share `above`'s allowed lengths.
  std::uint32_t build(std::span<const Entry> entries, const Lengths& above) {
    if (entries.empty()) return kNone;
    const Entry& first = entries.front();
    const Entry& last = entries.back();
    // Sorted: all entries have the common bits of the first and the last. The first is the shortest
    // at its address.
    const std::uint8_t shared =
        std::min({first.length, last.length, common_bits(first.key, last.key)});
    Lengths allowed = above;
    if (first.length == shared) {
      for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] |= first.lengths[i];
      entries = entries.subspan(1);
    }
    const auto index = static_cast<std::uint32_t>(set_.nodes_.size());
    Node node;
    node.key = truncated(first.key, shared);
    node.length = shared;
    node.lengths = intern(allowed);
    set_.nodes_.push_back(node);

    const auto ones = std::partition_point(entries.begin(), entries.end(), [&](const Entry& entry) {
      return bit_at(entry.key, shared) == 0;
    });
    const auto zeros = static_cast<std::size_t>(ones - entries.begin());
    const std::uint32_t left = build(entries.first(zeros), allowed);
    const std::uint32_t right = build(entries.subspan(zeros), allowed);
    set_.nodes_[index].child[0] = left;
    set_.nodes_[index].child[1] = right;
    return index;
  }

 private:
  static Key truncated(const Key& key, std::uint8_t length) {
    const auto mask = [](unsigned bits) {
      return bits == 0 ? std::uint64_t{0} : ~std::uint64_t{0} << (64U - bits);
    };
    return {key.high & mask(std::min<unsigned>(length, 64)),
            key.low & mask(length > 64 ? length - 64U : 0U)};
  }

  std::uint32_t intern(const Lengths& lengths) {
    const auto next = static_cast<std::uint32_t>(set_.lengths_.size());
    const auto [place, fresh] = known_.emplace(lengths, next);
    if (fresh) set_.lengths_.push_back(lengths);
    return place->second;
  }

  PrefixSet& set_;
  std::map<Lengths, std::uint32_t> known_;
};

PrefixSet::PrefixSet(std::span<const PrefixRange> ranges) {
  std::array<std::vector<Entry>, kIpVersionCount> entries;
  for (const PrefixRange& range : ranges) {
    Entry entry;
    entry.key = key_of(range.prefix.address());
    entry.length = range.prefix.length();
    for (unsigned bit = range.ge; bit <= range.le; ++bit) {
      entry.lengths[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
    entries[index(range.prefix.address().version())].push_back(entry);
  }
  Builder builder(*this);
  for (const IpVersion version : {IpVersion::V4, IpVersion::V6}) {
    std::vector<Entry>& list = entries[index(version)];
    std::sort(list.begin(), list.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.key, a.length) < std::tie(b.key, b.length);
    });
    // One entry per prefix: repeats add their lengths.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (kept > 0 && list[kept - 1].key == list[i].key &&
          list[kept - 1].length == list[i].length) {
        for (std::size_t word = 0; word < list[i].lengths.size(); ++word) {
          list[kept - 1].lengths[word] |= list[i].lengths[word];
        }
      } else {
        list[kept++] = list[i];
      }
    }
    list.resize(kept);
    roots_[index(version)] = builder.build(list, Lengths{});
    if (list.size() >= kJumpsFrom) make_jumps(version);
  }
  trim_to_size(nodes_);
}

PrefixSet PrefixSet::of_addresses(std::span<const Prefix> prefixes) {
  std::vector<PrefixRange> ranges;
  ranges.reserve(prefixes.size());
  for (const Prefix& prefix : prefixes) {
    ranges.push_back({prefix, prefix.length(), static_cast<std::uint8_t>(prefix.address().bits())});
  }
  return PrefixSet(ranges);
}

void PrefixSet::make_jumps(IpVersion version) {
  std::vector<std::uint32_t>& jumps = jumps_[index(version)];
  const std::uint32_t root = roots_[index(version)];
  jumps.resize(std::size_t{1} << kJumpBits);
  for (std::size_t bits = 0; bits < jumps.size(); ++bits) {
    const Key key{std::uint64_t{bits} << (64U - kJumpBits), 0};
    const std::uint32_t node = deepest(root, key, kJumpBits);
    // The root may be longer than the table; a walk may always start at the root.
    jumps[bits] = node == kNone ? root : node;
  }
}

std::uint32_t PrefixSet::deepest(std::uint32_t start, const Key& key, std::uint8_t length) const {
  std::uint32_t found = kNone;
  for (std::uint32_t at = start; at != kNone;) {
    const Node& node = nodes_[at];
    if (node.length > length || common_bits(node.key, key) < node.length) break;
    found = at;
    if (node.length == length) break;
    at = node.child[bit_at(key, node.length)];
  }
  return found;
}

bool PrefixSet::find(IpVersion version, const Key& key, std::uint8_t length) const {
  const std::vector<std::uint32_t>& jumps = jumps_[index(version)];
  const bool jump = !jumps.empty() && length >= kJumpBits;
  const std::uint32_t start = jump ? jumps[key.high >> (64U - kJumpBits)] : roots_[index(version)];
  const std::uint32_t node = deepest(start, key, length);
  if (node == kNone) return false;
  const Lengths& lengths = lengths_[nodes_[node].lengths];
  return ((lengths[length / 64U] >> (length % 64U)) & 1U) != 0;
}

bool PrefixSet::contains(const Prefix& prefix) const {
  return find(prefix.address().version(), key_of(prefix.address()), prefix.length());
}

bool PrefixSet::contains(const IpAddress& address) const {
  return find(address.version(), key_of(address), static_cast<std::uint8_t>(address.bits()));
}

}  // namespace tern::policy
