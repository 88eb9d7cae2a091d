// The path attributes of a route: all that an UPDATE has beside its prefixes.
//
// A value: copied, compared, printed, put into tests. Tables hold interned sets (rib/attr_table.h).
// The sources are RFC 4271 section 5 and the RFC named at each member. An absent optional attribute
// is an empty optional or an empty vector; community lists are sorted and free of repeats once
// normalise() ran, which the codec does, so equal sets compare equal whatever order a peer used.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rib/types/as_path.h"
#include "rib/types/community.h"
#include "rib/types/ip_address.h"

namespace tern {

enum class Origin : std::uint8_t { Igp = 0, Egp = 1, Incomplete = 2 };

[[nodiscard]] std::string_view to_string(Origin origin);

// RFC 4271 section 5.1.3; RFC 2545 section 3 (global plus link-local); RFC 8950 (IPv6 for IPv4).
struct NextHop {
  IpAddress global;                     // the link-local itself where a peer sent nothing else
  std::optional<IpAddress> link_local;  // only beside an IPv6 global
  friend bool operator==(const NextHop&, const NextHop&) = default;
};

// RFC 4271 section 5.1.7
struct Aggregator {
  Asn asn = 0;
  IpAddress address;
  friend bool operator==(const Aggregator&, const Aggregator&) = default;
};

// An attribute Tern has no row for, kept byte-exact (RFC 4271 section 9, "unrecognized optional
// transitive"). flags as received, with Partial already set.
struct UnknownAttribute {
  std::uint8_t flags = 0;
  std::uint8_t type = 0;
  std::vector<std::byte> value;
  friend bool operator==(const UnknownAttribute&, const UnknownAttribute&) = default;
};

struct PathAttributes {
  Origin origin = Origin::Incomplete;
  AsPath as_path;
  NextHop next_hop;
  std::optional<std::uint32_t> med;
  std::optional<std::uint32_t> local_pref;
  bool atomic_aggregate = false;
  std::optional<Aggregator> aggregator;
  std::vector<Community> communities;
  std::vector<ExtendedCommunity> extended_communities;
  std::vector<Ipv6ExtendedCommunity> ipv6_extended_communities;
  std::vector<LargeCommunity> large_communities;
  std::optional<IpAddress> originator_id;   // RFC 4456 section 8, always IPv4
  std::vector<std::uint32_t> cluster_list;  // RFC 4456 section 8
  std::optional<std::uint64_t> aigp;        // RFC 7311, the metric of the AIGP TLV
  std::optional<Asn> only_to_customer;      // RFC 9234 section 5
  std::vector<UnknownAttribute> unknown;    // sorted by type

  // Sorts the community lists and drops repeats; sorts unknown.
  void normalise();

  friend bool operator==(const PathAttributes&, const PathAttributes&) = default;
};

// Whether the route has the community. Requires normalised attributes.
[[nodiscard]] bool carries(const PathAttributes& attributes, Community community);

}  // namespace tern
