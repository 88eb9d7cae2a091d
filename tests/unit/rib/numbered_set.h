// Attribute sets that say which they are, so that a thread can tell whether one is what it should
// be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "rib/attr_table.h"

namespace tern::rib {

// The set of a number: 8 to 264 octets, and a place.
class NumberedSet {
 public:
  explicit NumberedSet(std::uint32_t id) : octets_(8 + id % 257) {
    for (std::size_t i = 0; i < octets_.size(); ++i) {
      octets_[i] = static_cast<std::byte>(id >> (8 * (i % 4)));
    }
    egress_.cost = id % 3;
    key_.local_pref = id;
    key_.egress_cost = egress_.cost;
  }
  [[nodiscard]] AttrRef intern(AttrTable& table) const {
    return table.intern(octets_, egress_, key_);
  }
  [[nodiscard]] bool is(const InternedSet& set) const {
    return set.key().local_pref == key_.local_pref && set.egress() == egress_ &&
           set.octets().size() == octets_.size() &&
           std::memcmp(set.octets().data(), octets_.data(), octets_.size()) == 0;
  }

 private:
  std::vector<std::byte> octets_;
  EgressInfo egress_;
  DecisionKey key_;
};

inline std::uint32_t id_of(const AttrTable& table, AttrRef ref) {
  return table[ref].key().local_pref;
}

}  // namespace tern::rib
