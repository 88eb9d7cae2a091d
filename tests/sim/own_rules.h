// The routes that the router of a run originates, and the conditions on which these depend.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "bgpd/session/settings.h"
#include "policy/policy.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::sim {

// Conditions by number. 0: a condition that always holds.
inline constexpr int kConditions = 9;
// Requires 0 < number < kConditions.
[[nodiscard]] const session::ConditionSettings& condition(int number);
[[nodiscard]] std::string describe_condition(int number);
// The group of a neighbor: "odd" or "even".
[[nodiscard]] std::string group_of(PeerSlot slot);

struct OwnNetwork {
  PathAttributes attributes;
  int when = 0;
};
inline constexpr std::uint32_t kContributorTag = 200;
struct Aggregate {
  bool summary_only = false;
  bool tagged = false;  // only routes with the tag kContributorTag contribute
  int when = 0;
};
// The policies that routes have to pass to contribute.
[[nodiscard]] const policy::Chain& match_of(const Aggregate& aggregate);

// The configuration of the router.
struct OwnRules {
  std::map<Nlri, OwnNetwork> networks;
  std::map<Prefix, Aggregate> aggregates;
  bool pop_drained = false;
};

// Changes of the rules by the numbers of operations.
[[nodiscard]] int condition_of(std::uint32_t bits);
[[nodiscard]] const Prefix& aggregate_prefix(std::uint32_t a);

}  // namespace tern::sim
