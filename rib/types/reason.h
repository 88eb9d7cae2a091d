// The reason why a received route is not used. Policy, RIB, API, CLI and metrics share one enum: a
// reason has the same name in counters, lists and explanations. Values from kCount on are words of
// the operator's policies (rib/reason_words.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
  NextHopUnresolved,     // the next hop is unresolved, RFC 4271 section 9.1.2.1
  RouteLeak,             // RFC 9234 section 5, ONLY_TO_CUSTOMER
  RpkiInvalid,           // origin without authorization, RFC 6811
  Quarantined,           // suspicious, by the guard of registered prefixes (policy/guard.h)
  GuardBlock,            // an operator blocks routes for the prefix (policy/guard_orders.h)
  NoPolicy,              // RFC 8212: eBGP without an import policy
  Policy,                // a reject of a policy term without a word of its own
  PolicyDefault,         // no term decided
  AsPathLength,          // a policy's word, as the next two
  Bogon,                 // special-purpose prefix
  PrefixLength,
  PrefixLimit,
  Other,  // a policy's word, when kReasonWords others have taken all values
  kCount,
};

inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::kCount);

// Values of Reason behind the named ones.
inline constexpr std::size_t kReasonWords = 64;
static_assert(kReasonCount + kReasonWords <= 256);

// The name of a named value, such as "as-loop", in the metric label reason, in JSON and in tables.
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
                                                              "next-hop-unresolved",
                                                              "route-leak",
                                                              "rpki-invalid",
                                                              "quarantined",
                                                              "guard-block",
                                                              "no-policy",
                                                              "policy",
                                                              "policy-default",
                                                              "as-path-length",
                                                              "bogon",
                                                              "prefix-length",
                                                              "prefix-limit",
                                                              "other"};
  return kNames[static_cast<std::size_t>(reason)];
}

// The reason with this name. None is not among the results: reason_of("none") is nullopt.
[[nodiscard]] constexpr std::optional<Reason> reason_of(std::string_view name) {
  for (std::size_t i = 1; i < kReasonCount; ++i) {
    if (to_string(static_cast<Reason>(i)) == name) return static_cast<Reason>(i);
  }
  return std::nullopt;
}

}  // namespace tern
