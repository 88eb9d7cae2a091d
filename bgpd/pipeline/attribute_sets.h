// Path attributes in and out of the attribute table, which keeps them as octets.
#pragma once

#include <optional>

#include "rib/attr_table.h"

namespace tern::pipeline {

// Facts of a path beyond its attributes, which are part of its set.
struct SetFacts {
  EgressInfo egress;
  InteriorCost interior_cost = 0;  // of the next hop
  PinRank pin = kNoPin;
  friend bool operator==(const SetFacts&, const SetFacts&) = default;
};

// The caller owns one count. None when the set is too large for any message or finds no memory in
// the table; in the second case, *no_memory becomes true.
[[nodiscard]] rib::AttrRef intern(rib::AttrTable& table, const PathAttributes& attributes,
                                  const SetFacts& facts, bool* no_memory = nullptr);
// The same for the attributes of a set of the table, with other facts: copies its octets, which is
// cheaper than encoding them. attributes: those of `set`.
[[nodiscard]] rib::AttrRef intern_with(rib::AttrTable& table, const rib::InternedSet& set,
                                       const PathAttributes& attributes, const SetFacts& facts,
                                       bool* no_memory = nullptr);

// The set with another egress cost, or another interior cost. The caller owns one count. None when
// there is no memory.
[[nodiscard]] rib::AttrRef with_cost(rib::AttrTable& table, rib::AttrRef set, EgressCost cost);
[[nodiscard]] rib::AttrRef with_interior_cost(rib::AttrTable& table, rib::AttrRef set,
                                              InteriorCost cost);

// Refills `out`, keeping its memory.
void read(const rib::InternedSet& set, rib::AttributeSet& out);
[[nodiscard]] rib::AttributeSet read(const rib::InternedSet& set);
// The next hop alone (of an IPv6 next hop the global address), without decoding the other
// attributes.
[[nodiscard]] IpAddress next_hop_of(const rib::InternedSet& set);
// policy::validated_origin() of the AS_PATH, also without decoding.
[[nodiscard]] std::optional<Asn> validated_origin(const rib::InternedSet& set, Asn own);

}  // namespace tern::pipeline
