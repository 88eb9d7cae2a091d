#include "rib/types/path_attributes.h"

#include <algorithm>

#include "rib/types/hash.h"

namespace tern {
namespace {

template <typename Value>
void sort_and_unique(std::vector<Value>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// An absent value and a zero are two things.
template <typename Number>
void add_optional(Hasher& hasher, const std::optional<Number>& number) {
  hasher.add(std::uint64_t{number.has_value()});
  if (number) hasher.add(std::uint64_t{*number});
}

void add_optional_address(Hasher& hasher, const std::optional<IpAddress>& address) {
  hasher.add(std::uint64_t{address.has_value()});
  if (address) hasher.add(hash_value(*address));
}

void add_communities(Hasher& hasher, const PathAttributes& attributes) {
  hasher.add(attributes.communities.size());
  for (const Community community : attributes.communities) hasher.add(community.value);
  hasher.add(attributes.extended_communities.size());
  for (const ExtendedCommunity community : attributes.extended_communities) {
    hasher.add(community.value);
  }
  hasher.add(attributes.ipv6_extended_communities.size());
  for (const Ipv6ExtendedCommunity& community : attributes.ipv6_extended_communities) {
    hasher.add(std::span<const std::byte>(community.bytes));
  }
  hasher.add(attributes.large_communities.size());
  for (const LargeCommunity& community : attributes.large_communities) {
    hasher.add((std::uint64_t{community.global} << 32U) | community.local1);
    hasher.add(community.local2);
  }
}

}  // namespace

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::Igp:
      return "igp";
    case Origin::Egp:
      return "egp";
    case Origin::Incomplete:
      return "incomplete";
  }
  return "unknown";
}

void PathAttributes::normalise() {
  sort_and_unique(communities);
  sort_and_unique(extended_communities);
  sort_and_unique(ipv6_extended_communities);
  sort_and_unique(large_communities);
  std::stable_sort(
      unknown.begin(), unknown.end(),
      [](const UnknownAttribute& a, const UnknownAttribute& b) { return a.type < b.type; });
}

std::size_t hash_value(const PathAttributes& attributes) {
  Hasher hasher;
  hasher.add((static_cast<std::uint64_t>(attributes.origin) << 1U) |
             std::uint64_t{attributes.atomic_aggregate});
  hasher.add(hash_value(attributes.as_path));
  hasher.add(hash_value(attributes.next_hop.global));
  add_optional_address(hasher, attributes.next_hop.link_local);
  add_optional(hasher, attributes.med);
  add_optional(hasher, attributes.local_pref);
  hasher.add(std::uint64_t{attributes.aggregator.has_value()});
  if (attributes.aggregator) {
    hasher.add(attributes.aggregator->asn);
    hasher.add(hash_value(attributes.aggregator->address));
  }
  add_communities(hasher, attributes);
  add_optional_address(hasher, attributes.originator_id);
  hasher.add(attributes.cluster_list.size());
  for (const std::uint32_t cluster : attributes.cluster_list) hasher.add(cluster);
  add_optional(hasher, attributes.aigp);
  add_optional(hasher, attributes.only_to_customer);
  hasher.add(attributes.unknown.size());
  for (const UnknownAttribute& attribute : attributes.unknown) {
    hasher.add((std::uint64_t{attribute.flags} << 8U) | attribute.type);
    hasher.add(std::span<const std::byte>(attribute.value));
  }
  return hasher.result();
}

}  // namespace tern
