#include "bgpd/wire/attributes.h"

#include <array>
#include <string>
#include <utility>

#include "bgpd/wire/attribute_decode.h"
#include "bgpd/wire/attribute_encode.h"

namespace tern::wire {
namespace {

using Type = AttributeType;

// The categories of RFC 4271 section 5.
constexpr std::uint8_t kWellKnown = attribute_flag::kTransitive;
constexpr std::uint8_t kTransitive = attribute_flag::kOptional | attribute_flag::kTransitive;
constexpr std::uint8_t kNonTransitive = attribute_flag::kOptional;

constexpr LengthRule exactly(std::uint8_t octets) { return {LengthRule::Kind::Exactly, octets}; }
constexpr LengthRule some(std::uint8_t octets) {
  return {LengthRule::Kind::NonZeroMultipleOf, octets};
}
constexpr LengthRule at_least(std::uint8_t octets) { return {LengthRule::Kind::AtLeast, octets}; }

constexpr Sessions kAll = Sessions::All;
constexpr Treatment kDiscard = Treatment::AttributeDiscard;
constexpr Treatment kWithdraw = Treatment::TreatAsWithdraw;
constexpr Treatment kReset = Treatment::SessionReset;

// Columns: type, name, category, length, sessions, treatment when malformed, treatment of wrong
// flags, decode, encode, the most that encode writes where the length is not exact. The treatments
// are those of RFC 7606 sections 7.1 to 7.15 and 3 c, unless a comment at the row names another
// source.
constexpr std::array kRows{
    AttributeRow{Type::Origin, "ORIGIN", kWellKnown, exactly(1), kAll, kWithdraw, kWithdraw,
                 decode_origin, encode_origin},
    AttributeRow{Type::AsPath, "AS_PATH", kWellKnown, at_least(0), kAll, kWithdraw, kWithdraw,
                 decode_as_path, encode_as_path, most_of_as_path},
    AttributeRow{Type::NextHop, "NEXT_HOP", kWellKnown, exactly(4), kAll, kWithdraw, kWithdraw,
                 decode_next_hop, encode_next_hop},
    AttributeRow{Type::MultiExitDisc, "MULTI_EXIT_DISC", kNonTransitive, exactly(4), kAll,
                 kWithdraw, kWithdraw, decode_med, encode_med},
    AttributeRow{Type::LocalPref, "LOCAL_PREF", kWellKnown, exactly(4), Sessions::Ibgp, kWithdraw,
                 kWithdraw, decode_local_pref, encode_local_pref},
    AttributeRow{Type::AtomicAggregate, "ATOMIC_AGGREGATE", kWellKnown, exactly(0), kAll, kDiscard,
                 kWithdraw, decode_atomic_aggregate, encode_atomic_aggregate},
    AttributeRow{Type::Aggregator, "AGGREGATOR", kTransitive, at_least(1), kAll, kDiscard,
                 kWithdraw, decode_aggregator, encode_aggregator,
                 most_of_value<8>},  // RFC 6793 section 3: 4 of the AS, 4 of the address
    AttributeRow{Type::Communities, "COMMUNITIES", kTransitive, some(4), kAll, kWithdraw, kWithdraw,
                 decode_communities, encode_communities,
                 most_of_list<&PathAttributes::communities, 4>},
    AttributeRow{Type::OriginatorId, "ORIGINATOR_ID", kNonTransitive, exactly(4), Sessions::Ibgp,
                 kWithdraw, kWithdraw, decode_originator_id, encode_originator_id},
    AttributeRow{Type::ClusterList, "CLUSTER_LIST", kNonTransitive, some(4), Sessions::Ibgp,
                 kWithdraw, kWithdraw, decode_cluster_list, encode_cluster_list,
                 most_of_list<&PathAttributes::cluster_list, 4>},
    // RFC 7606 section 5.3 counts wrong flags and short lengths among the faults of the NLRI.
    AttributeRow{Type::MpReachNlri, "MP_REACH_NLRI", kNonTransitive, at_least(5), kAll, kReset,
                 kReset, decode_mp_reach, nullptr},
    AttributeRow{Type::MpUnreachNlri, "MP_UNREACH_NLRI", kNonTransitive, at_least(3), kAll, kReset,
                 kReset, decode_mp_unreach, nullptr},
    AttributeRow{Type::ExtendedCommunities, "EXTENDED_COMMUNITIES", kTransitive, some(8), kAll,
                 kWithdraw, kWithdraw, decode_extended_communities, encode_extended_communities,
                 most_of_list<&PathAttributes::extended_communities, 8>},
    // RFC 6793 section 6: malformed AS4_* is discarded, the UPDATE goes on.
    AttributeRow{Type::As4Path, "AS4_PATH", kTransitive, at_least(1), Sessions::TwoOctetAs,
                 kDiscard, kWithdraw, decode_as4_path, encode_as4_path, most_of_as4_path},
    AttributeRow{Type::As4Aggregator, "AS4_AGGREGATOR", kTransitive, exactly(8),
                 Sessions::TwoOctetAs, kDiscard, kWithdraw, decode_as4_aggregator,
                 encode_as4_aggregator},
    AttributeRow{Type::Ipv6ExtendedCommunities, "IPV6_EXTENDED_COMMUNITIES", kTransitive, some(20),
                 kAll, kWithdraw, kWithdraw, decode_ipv6_extended_communities,
                 encode_ipv6_extended_communities,
                 most_of_list<&PathAttributes::ipv6_extended_communities, 20>},
    // RFC 7311 section 3: a TLV of 11 octets; a malformed or transitive AIGP is treated as an
    // unrecognised attribute.
    AttributeRow{Type::Aigp, "AIGP", kNonTransitive, at_least(1), Sessions::AigpEnabled, kDiscard,
                 kDiscard, decode_aigp, encode_aigp, most_of_value<11>},
    // RFC 8092 section 6
    AttributeRow{Type::LargeCommunities, "LARGE_COMMUNITIES", kTransitive, some(12), kAll,
                 kWithdraw, kWithdraw, decode_large_communities, encode_large_communities,
                 most_of_list<&PathAttributes::large_communities, 12>},
    // RFC 9234 section 5
    AttributeRow{Type::OnlyToCustomer, "ONLY_TO_CUSTOMER", kTransitive, exactly(4), kAll, kWithdraw,
                 kWithdraw, decode_only_to_customer, encode_only_to_customer},
};

constexpr bool ascending() {
  for (std::size_t i = 1; i < kRows.size(); ++i) {
    if (kRows[i - 1].type >= kRows[i].type) return false;
  }
  return true;
}
static_assert(ascending(), "encode_attribute_list relies on the order");

constexpr bool sized() {
  for (const AttributeRow& row : kRows) {
    if (row.encode == nullptr) continue;
    if (row.most == nullptr && row.length.kind != LengthRule::Kind::Exactly) return false;
  }
  return true;
}
static_assert(sized(), "a row with encode and without an exact length needs most");

// Header and value of row i.
template <std::size_t i>
std::size_t most_of_row(const PathAttributes& attributes, const AttributeEncoding& encoding) {
  constexpr std::size_t kHeader = 4;
  constexpr auto kMost = kRows[i].most;
  if constexpr (kRows[i].encode == nullptr) {
    return 0;
  } else if constexpr (kMost == nullptr) {
    return kHeader + kRows[i].length.octets;
  } else {
    return kHeader + kMost(attributes, encoding);
  }
}

constexpr std::uint8_t kNoRow = 0xFF;
constexpr std::array<std::uint8_t, 256> kRowOfType = [] {
  std::array<std::uint8_t, 256> rows{};
  for (std::uint8_t& row : rows) row = kNoRow;
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    rows[static_cast<std::size_t>(kRows[i].type)] = static_cast<std::uint8_t>(i);
  }
  return rows;
}();

}  // namespace

std::span<const AttributeRow> attribute_rows() { return kRows; }

std::size_t most_octets(const PathAttributes& attributes, const AttributeEncoding& encoding) {
  return [&]<std::size_t... i>(std::index_sequence<i...>) {
    return (most_of_row<i>(attributes, encoding) + ...);
  }
  (std::make_index_sequence<kRows.size()>{});
}

const AttributeRow* attribute_row(std::uint8_t type) {
  const std::uint8_t row = kRowOfType[type];
  return row == kNoRow ? nullptr : &kRows[row];
}

std::string attribute_name(std::uint8_t type) {
  if (const AttributeRow* row = attribute_row(type)) return row->name;
  return "attribute " + std::to_string(type);
}

std::string field_name(const AttributeFault& fault) {
  switch (fault.field) {
    case UpdateField::Attribute:
      break;
    case UpdateField::PathAttributes:
      return "path attributes";
    case UpdateField::WithdrawnRoutes:
      return "withdrawn routes";
    case UpdateField::Nlri:
      return "NLRI";
  }
  const AttributeRow* row = attribute_row(fault.type);
  if (row == nullptr) return attribute_name(fault.type);
  return std::string(row->name) + " (attribute " + std::to_string(fault.type) + ")";
}

std::string_view to_string(Treatment treatment) {
  switch (treatment) {
    case Treatment::None:
      return "none";
    case Treatment::AttributeDiscard:
      return "attribute-discard";
    case Treatment::TreatAsWithdraw:
      return "treat-as-withdraw";
    case Treatment::SessionReset:
      return "session-reset";
  }
  return "unknown";
}

}  // namespace tern::wire
