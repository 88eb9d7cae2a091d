// The guard of registered prefixes: the kinds of suspicion about a route, the action that each kind
// has, and the fallback where no route of a partner is left.
//
// Values; everything here is pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/leaks.h"
#include "rib/types/as_path.h"
#include "rib/types/asn.h"
#include "rib/types/path_facts.h"
#include "rib/types/pin.h"

namespace tern::policy {

// Why a route for a registered prefix is suspicious. The order is that of explanations, and of two
// kinds with the same action the first one is the reason.
enum class Suspicion : std::uint8_t {
  OtherOrigin,          // the prefix itself, from an AS that is no allowed origin
  MoreSpecific,         // a more specific prefix: too long, or from another origin
  UnregisteredPartner,  // of a neighbor AS that is none of the partners
  RpkiInvalid,          // origin without authorization, RFC 6811
  Leak,                 // an AS passed the route on that should not, RFC 7908
  PathLength,           // the AS_PATH is longer than allowed
  PrivateAs,            // an AS number for private use in the AS_PATH, RFC 6996
  BogonAs,              // another reserved AS number in the AS_PATH, is_bogon_asn()
  Prepend,              // an AS stands twice in a row in the AS_PATH
  NotDirect,            // an AS stands between the neighbor AS and the origin
  NewUpstream,          // the upstream is not usual, is_new_upstream() of policy/usual_paths.h
  LongPath,             // the path is far longer than usual, is_far_longer()
  kCount,
};
inline constexpr std::size_t kSuspicionCount = static_cast<std::size_t>(Suspicion::kCount);

// "other-origin"; in metric labels, JSON, tables and details of reasons.
[[nodiscard]] std::string_view to_string(Suspicion suspicion);

// In the order of strictness.
enum class GuardAction : std::uint8_t { Ignore, Warn, Quarantine };
[[nodiscard]] std::string_view to_string(GuardAction action);
[[nodiscard]] std::optional<GuardAction> parse_guard_action(std::string_view text);

using GuardActions = std::array<GuardAction, kSuspicionCount>;  // by Suspicion
inline constexpr GuardActions kQuarantineAll = [] {
  GuardActions actions{};
  actions.fill(GuardAction::Quarantine);
  return actions;
}();
// The kinds that read what the baseline learnt are ignored, unless the configuration says
// otherwise.
inline constexpr GuardActions kDefaultActions = [] {
  GuardActions actions = kQuarantineAll;
  actions[static_cast<std::size_t>(Suspicion::NewUpstream)] = GuardAction::Ignore;
  actions[static_cast<std::size_t>(Suspicion::LongPath)] = GuardAction::Ignore;
  return actions;
}();

[[nodiscard]] constexpr bool acts_on(const GuardActions& actions, Suspicion suspicion) {
  return actions[static_cast<std::size_t>(suspicion)] != GuardAction::Ignore;
}
// A verdict by these actions can depend on usual paths.
[[nodiscard]] constexpr bool reads_usual(const GuardActions& actions) {
  return acts_on(actions, Suspicion::NewUpstream) || acts_on(actions, Suspicion::LongPath);
}

// The suspicions about one route.
class Suspicions {
 public:
  void add(Suspicion suspicion) { bits_ |= bit(suspicion); }
  [[nodiscard]] bool has(Suspicion suspicion) const { return (bits_ & bit(suspicion)) != 0; }

 private:
  static constexpr std::uint32_t bit(Suspicion suspicion) {
    return std::uint32_t{1} << static_cast<unsigned>(suspicion);
  }
  std::uint32_t bits_ = 0;
};

// The routes for a registered prefix that are used, although the guard would quarantine them, where
// no partner has a route with nothing against it.
enum class Fallback : std::uint8_t {
  None,      // nothing
  AnyValid,  // routes of neighbor ASes that are no partners, with nothing else against them
  Any,       // behind these, every other route
};
[[nodiscard]] std::string_view to_string(Fallback fallback);  // "any-valid"
[[nodiscard]] std::optional<Fallback> parse_fallback(std::string_view text);

// The order of an operator about a route (policy/guard_orders.h).
enum class GuardOrderKind : std::uint8_t { None, Release, Block };
[[nodiscard]] std::string_view to_string(GuardOrderKind kind);  // "release"; "" for None

// The strictest action of a route's suspicions. Ignore: the guard has nothing against the route,
// and `suspicion` means nothing. A route that a Fallback or a release lets pass has the action
// Warn, a blocked route Quarantine.
struct GuardVerdict {
  Suspicion suspicion{};
  GuardAction action = GuardAction::Ignore;
  PinRank pin = kNoPin;                         // of a route that is not quarantined
  GuardOrderKind order = GuardOrderKind::None;  // that decided
  bool by_fallback = false;                     // without a Fallback the route is quarantined
  friend bool operator==(const GuardVerdict&, const GuardVerdict&) = default;
};
// The verdict has no rank.
[[nodiscard]] GuardVerdict strictest(const Suspicions& suspicions, const GuardActions& actions);

// The facts of a path, as received, that the guard reads.
struct GuardedPath {
  std::optional<Asn> origin;  // nothing: the AS_PATH ends in an AS_SET
  Asn partner = 0;            // the neighbor AS, by which the path entered our network
  std::uint32_t length = 0;   // AsPath::length()
  bool private_as = false;
  bool bogon_as = false;
  bool prepend = false;
  bool direct = true;  // no AS stands between `partner` and `origin`
  Leak leak;           // set by the caller, who knows the session
  // The name of the PoP where the path leaves the network; empty: unknown. Set by the caller, who
  // has the text.
  std::string_view pop;
  // Of the whole AS_PATH as the neighbor sent it, which the baseline learns. Set by the caller, for
  // guards that read usual paths. Empty: the guard reads none.
  std::optional<PathFacts> facts;
};
// partner: nothing for the path of another router of ours, which begins with the neighbor AS.
// guarded_path() returns nothing for such a path without an AS: our own network originates the
// route, and the guard does not judge it.
[[nodiscard]] std::optional<GuardedPath> guarded_path(const AsPath& path,
                                                      std::optional<Asn> partner);

}  // namespace tern::policy
