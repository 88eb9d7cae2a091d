// A set of prefixes with ge/le, compiled into a path-compressed trie.
//
// Every node has the lengths that its own ranges and the ranges of all prefixes above it allow, so
// a look-up walks to the deepest node that covers the prefix and tests one bit. A node has 32
// bytes, and nodes are stored in the order of a walk; a filter of 300 000 prefixes takes about 15
// MB. A large set also has a table over the first 16 bits, which replaces the upper levels of the
// walk, each of them a cache miss.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "policy/policy.h"
#include "rib/types/prefix.h"

namespace tern::policy {

// Immutable after construction, safe from any thread, contains() does not allocate. Sets that hold
// the same ranges compare equal in whatever order they were written.
class PrefixSet {
 public:
  PrefixSet() = default;
  // Requires prefix.length() <= ge <= le <= address bits of every range.
  explicit PrefixSet(std::span<const PrefixRange> ranges);
  // All addresses inside any of the prefixes: for next hops and neighbors.
  [[nodiscard]] static PrefixSet of_addresses(std::span<const Prefix> prefixes);

  [[nodiscard]] bool contains(const Prefix& prefix) const;
  [[nodiscard]] bool contains(const IpAddress& address) const;

  // Ranges that contain every prefix which is in one of the sets alone. A range can contain other
  // prefixes, too. The time grows with the size of both sets.
  [[nodiscard]] static std::vector<PrefixRange> difference(const PrefixSet& a, const PrefixSet& b);

  friend bool operator==(const PrefixSet&, const PrefixSet&) = default;

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  using Lengths = std::array<std::uint64_t, 3>;  // bit n: a prefix of length n is in the set

  // The address in 128 bits, IPv4 in the uppermost 32.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Node {
    Key key;
    std::uint32_t child[2] = {kNone, kNone};
    std::uint32_t lengths = 0;  // index into lengths_
    std::uint8_t length = 0;
    friend bool operator==(const Node&, const Node&) = default;
  };
  struct Entry {
    Key key;
    std::uint8_t length = 0;
    Lengths lengths{};
  };
  class Builder;
  class Difference;

  [[nodiscard]] static Key key_of(const IpAddress& address);
  [[nodiscard]] static std::uint8_t common_bits(const Key& a, const Key& b);
  [[nodiscard]] static unsigned bit_at(const Key& key, std::uint8_t position);
  // The deepest node at or below `start` that covers the prefix; kNone where start does not.
  [[nodiscard]] std::uint32_t deepest(std::uint32_t start, const Key& key,
                                      std::uint8_t length) const;
  [[nodiscard]] bool find(IpVersion version, const Key& key, std::uint8_t length) const;
  void make_jumps(IpVersion version);

  std::array<std::uint32_t, kIpVersionCount> roots_{kNone, kNone};
  // By the first 16 bits: where a walk for a prefix of that length or longer may start. Empty where
  // the set is small.
  std::array<std::vector<std::uint32_t>, kIpVersionCount> jumps_;
  std::vector<Node> nodes_;
  std::vector<Lengths> lengths_;  // distinct ones only: a filter has a handful
};

}  // namespace tern::policy
