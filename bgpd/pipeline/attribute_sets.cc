#include "bgpd/pipeline/attribute_sets.h"

#include "bgpd/wire/attribute_set.h"

namespace tern::pipeline {
namespace {

rib::AttrRef intern_octets(rib::AttrTable& table, wire::Bytes octets,
                           const PathAttributes& attributes, const SetFacts& facts,
                           bool* no_memory) {
  const rib::DecisionKey key =
      rib::decision_key(attributes, facts.egress, facts.interior_cost, facts.pin);
  const rib::AttrRef set = table.intern(octets, facts.egress, key);
  if (set == rib::AttrRef::None && no_memory != nullptr) *no_memory = true;
  return set;
}

}  // namespace

rib::AttrRef intern(rib::AttrTable& table, const PathAttributes& attributes, const SetFacts& facts,
                    bool* no_memory) {
  thread_local std::vector<std::byte> octets;
  octets.clear();
  if (!wire::encode_set(attributes, octets)) return rib::AttrRef::None;
  return intern_octets(table, octets, attributes, facts, no_memory);
}

rib::AttrRef intern_with(rib::AttrTable& table, const rib::InternedSet& set,
                         const PathAttributes& attributes, const SetFacts& facts, bool* no_memory) {
  return intern_octets(table, set.octets(), attributes, facts, no_memory);
}

rib::AttrRef with_cost(rib::AttrTable& table, rib::AttrRef set, EgressCost cost) {
  const rib::InternedSet& old = table[set];
  EgressInfo place = old.egress();
  rib::DecisionKey key = old.key();
  place.cost = key.egress_cost = cost;
  return table.intern(old.octets(), place, key);
}

rib::AttrRef with_interior_cost(rib::AttrTable& table, rib::AttrRef set, InteriorCost cost) {
  const rib::InternedSet& old = table[set];
  rib::DecisionKey key = old.key();
  key.interior_cost = cost;
  return table.intern(old.octets(), old.egress(), key);
}

void read(const rib::InternedSet& set, rib::AttributeSet& out) {
  wire::decode_set(set.octets(), out.attributes);
  out.egress = set.egress();
  out.key = set.key();
}

rib::AttributeSet read(const rib::InternedSet& set) {
  rib::AttributeSet out;
  read(set, out);
  return out;
}

IpAddress next_hop_of(const rib::InternedSet& set) {
  constexpr std::size_t kIpv4Size = 4;
  constexpr std::size_t kIpv6Size = 16;
  const wire::Bytes octets = wire::set_parts(set.octets()).next_hop;
  if (octets.empty()) return {};
  return IpAddress::from_bytes(
      octets.first(octets.size() % kIpv6Size == kIpv4Size ? kIpv4Size : kIpv6Size));
}

std::optional<Asn> validated_origin(const rib::InternedSet& set, Asn own) {
  constexpr std::size_t kHead = 2;  // octets of a segment before its AS numbers
  constexpr std::size_t kAsn = 4;
  wire::Bytes rest = wire::as_path_of(set.octets());
  wire::Bytes last;
  while (rest.size() > kHead) {
    last = rest.first(kHead + kAsn * std::to_integer<std::size_t>(rest[1]));
    rest = rest.subspan(last.size());
  }
  if (last.empty()) return own;
  switch (static_cast<AsSegment::Type>(last[0])) {
    case AsSegment::Type::Set:
      return std::nullopt;
    case AsSegment::Type::Sequence: {
      Asn asn = 0;
      for (const std::byte octet : last.last(kAsn)) {
        asn = asn << 8U | std::to_integer<Asn>(octet);
      }
      return asn;
    }
    default:
      return own;
  }
}

}  // namespace tern::pipeline
