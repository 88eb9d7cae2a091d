// The difference of two prefix sets: walks both tries together.

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "policy/prefix_set.h"

namespace tern::policy {

// At each place in the tries, adds a range of the lengths that one set alone allows, unless a range
// above has them already.
class PrefixSet::Difference {
 public:
  Difference(const PrefixSet& a, const PrefixSet& b) : a_(a), b_(b) {}

  [[nodiscard]] std::vector<PrefixRange> find() && {
    for (const IpVersion version : {IpVersion::V4, IpVersion::V6}) {
      version_ = version;
      compare({a_.roots_[index(version)], {}}, {b_.roots_[index(version)], {}}, {});
    }
    return std::move(found_);
  }

 private:
  // A node of one trie, or nothing, and the lengths that the nodes above it allow.
  struct Side {
    std::uint32_t node = kNone;
    Lengths allowed{};  // by the nodes above
  };

  void compare(Side a, Side b, Lengths found) {
    if (a.node == kNone && b.node == kNone) return;
    const Node* const one = a.node == kNone ? nullptr : &a_.nodes_[a.node];
    const Node* const other = b.node == kNone ? nullptr : &b_.nodes_[b.node];
    if (one != nullptr && other != nullptr) {
      const std::uint8_t shared = common_bits(one->key, other->key);
      if (shared < std::min(one->length, other->length)) {  // neither covers the other
        const bool one_first = one->key < other->key;
        compare(one_first ? a : nothing(a), one_first ? nothing(b) : b, found);
        return compare(one_first ? nothing(a) : a, one_first ? b : nothing(b), found);
      }
    }
    // The upper of the two, or both.
    const bool at_one = one != nullptr && (other == nullptr || one->length <= other->length);
    const bool at_other = other != nullptr && (one == nullptr || other->length <= one->length);
    const Node& here = at_one ? *one : *other;
    if (at_one) a.allowed = a_.lengths_[one->lengths];
    if (at_other) b.allowed = b_.lengths_[other->lengths];
    add(here, a.allowed, b.allowed, found);
    for (const unsigned bit : {0U, 1U}) {
      compare(below(a, at_one, one, here, bit), below(b, at_other, other, here, bit), found);
    }
  }

  [[nodiscard]] static Side nothing(const Side& of) { return {kNone, of.allowed}; }
  // The part of a side that is on one side of a place.
  [[nodiscard]] static Side below(const Side& of, bool is_here, const Node* node, const Node& here,
                                  unsigned bit) {
    if (is_here) return {node->child[bit], of.allowed};
    const bool there = node != nullptr && bit_at(node->key, here.length) == bit;
    return there ? of : nothing(of);
  }

  void add(const Node& here, const Lengths& a, const Lengths& b, Lengths& found) {
    std::uint8_t ge = 0;
    std::uint8_t le = 0;
    bool is_new = false;
    bool any = false;
    const auto bits = static_cast<std::uint8_t>(version_ == IpVersion::V4 ? 32 : 128);
    for (std::uint8_t length = here.length; length <= bits; ++length) {
      const std::uint64_t bit = std::uint64_t{1} << (length % 64U);
      if (((a[length / 64U] ^ b[length / 64U]) & bit) == 0) continue;
      if (!any) ge = length;
      le = length;
      any = true;
      is_new |= (found[length / 64U] & bit) == 0;
    }
    if (!is_new) return;
    for (std::uint8_t length = ge; length <= le; ++length) {
      found[length / 64U] |= std::uint64_t{1} << (length % 64U);
    }
    found_.push_back({Prefix(address_of(here.key), here.length), ge, le});
  }

  [[nodiscard]] IpAddress address_of(const Key& key) const {
    std::array<std::byte, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::uint64_t word = i < 8 ? key.high : key.low;
      bytes[i] = static_cast<std::byte>((word >> (56U - 8U * (i % 8))) & 0xFFU);
    }
    return IpAddress::from_bytes(std::span(bytes).first(version_ == IpVersion::V4 ? 4 : 16));
  }

  const PrefixSet& a_;
  const PrefixSet& b_;
  IpVersion version_ = IpVersion::V4;
  std::vector<PrefixRange> found_;
};

std::vector<PrefixRange> PrefixSet::difference(const PrefixSet& a, const PrefixSet& b) {
  return Difference(a, b).find();
}

}  // namespace tern::policy
