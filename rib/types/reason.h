// Why a received route is not used. One enum for policy, RIB, API, CLI and metrics: what is counted
// under a name is listed and explained under the same name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tern {

enum class Reason : std::uint8_t {
  None = 0,              // the route is accepted
  AttributeError,        // RFC 7606 treat-as-withdraw (counted; such a route is not kept)
  AsLoop,                // own AS in AS_PATH, RFC 4271 section 9.1.2
  OriginatorLoop,        // own ORIGINATOR_ID, RFC 4456 section 8
  ClusterLoop,           // own CLUSTER_ID in CLUSTER_LIST, RFC 4456 section 8
  FirstAs,               // leftmost AS is not the peer's, RFC 4271 section 6.3
  AsSet,                 // AS_SET or AS_CONFED_SET, RFC 9774
  AsZero,                // RFC 7607
  ConfederationSegment,  // RFC 5065 section 5 on an eBGP session
  Martian,               // prefix of no routing table, RFC 4271 section 6.3
  NextHopInvalid,        // semantically impossible, RFC 4271 section 6.3
  NextHopSelf,           // an address of this host, RFC 4271 section 6.3 a
  NextHopNotPeer,        // policy next_hop: not an address of the peer, RFC 7948 section 4.8
  RouteLeak,             // RFC 9234 section 5, ONLY_TO_CUSTOMER
  NoPolicy,              // RFC 8212: eBGP without an import policy
  Policy,                // a reject of a policy term, which names itself
  PolicyDefault,         // no term decided
  AsPathLength,
  Bogon,  // a word of policies
  PrefixLength,
  PrefixLimit,
  kCount,
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::kCount);

// "as-loop": the value of the metric label reason, of JSON and of tables.
[[nodiscard]] constexpr std::string_view to_string(Reason reason) {
  constexpr std::array<std::string_view, kReasonCount> kNames{"none",
                                                              "attribute-error",
                                                              "as-loop",
                                                              "originator-loop",
                                                              "cluster-loop",
                                                              "first-as",
                                                              "as-set",
                                                              "as-zero",
                                                              "confederation-segment",
                                                              "martian",
                                                              "next-hop-invalid",
                                                              "next-hop-self",
                                                              "next-hop-not-peer",
                                                              "route-leak",
                                                              "no-policy",
                                                              "policy",
                                                              "policy-default",
                                                              "as-path-length",
                                                              "bogon",
                                                              "prefix-length",
                                                              "prefix-limit"};
  return kNames[static_cast<std::size_t>(reason)];
}

}  // namespace tern
