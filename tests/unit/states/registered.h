// Registered prefixes, neighbors and paths for tests of states.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/states/examination.h"

namespace tern::states {

inline constexpr Asn kCustomer = 3320, kPartner = 1299, kSecond = 174, kStranger = 666;
inline constexpr PeerSlot kEdge1 = 1, kEdge2 = 2, kOther = 3;

[[nodiscard]] inline Prefix prefix_of(std::string_view text) { return Prefix::parse(text).value(); }

[[nodiscard]] inline policy::Registration registered_prefix(std::string_view text) {
  policy::Registration one;
  one.prefix = prefix_of(text);
  one.max_length = one.prefix.length();
  one.customer = kCustomer;
  one.origins = {kCustomer};
  one.partners = {kPartner, kSecond};
  one.owner = "tenant-a";
  one.file = std::make_shared<const std::string>("a.csv");
  one.line = one.column = 1;
  return one;
}

[[nodiscard]] inline std::shared_ptr<const policy::RegistrationTable> table_of(
    policy::Registrations all, policy::Fallback fallback = policy::Fallback::None) {
  auto source = std::make_shared<const policy::Registrations>(std::move(all));
  return std::make_shared<const policy::RegistrationTable>(std::vector{std::move(source)},
                                                           policy::kQuarantineAll, fallback,
                                                           policy::TransitFree({174, 2914}));
}

inline constexpr FamilySet kBothFamilies{Family::Ipv4Unicast, Family::Ipv6Unicast};

[[nodiscard]] inline PeerFacts facts_of(const char* address, const char* name, Asn asn,
                                        FamilySet families = kBothFamilies) {
  PeerFacts facts;
  facts.address = address;
  facts.name = name;
  facts.asn = asn;
  facts.families = families;
  return facts;
}

// edge-1 of the first partner, edge-2 of the second one, and a stranger.
[[nodiscard]] inline PeerTable three_peers() {
  PeerTable peers;
  peers.set(kEdge1, facts_of("192.0.2.1", "edge-1", kPartner));
  peers.set(kEdge2, facts_of("192.0.2.2", "edge-2", kSecond));
  peers.set(kOther, facts_of("192.0.2.3", "other", kStranger));
  return peers;
}

}  // namespace tern::states
