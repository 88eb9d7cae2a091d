// The decision process (RFC 4271 section 9.1.2) with the pin of registered prefixes and the
// nearest-edge step, as numbered comparisons that report which of them decided.
//
// compare() is the pairwise order. MED is compared only between paths of the same neighboring AS
// (RFC 4271 section 9.1.2.2 c), so compare() alone is not a total order over paths of several
// neighbors. order() is a total order: it ranks the paths of each neighbor first, and then merges
// the ranks without MED ("deterministic MED"). The result depends on the set of paths, never on
// their order of arrival.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include "rib/attr_table.h"
#include "rib/types/ip_address.h"
#include "rib/types/peer.h"

namespace tern::rib {

// In the order they are tried (EgressCost may be configured to another place).
enum class Step : std::uint8_t {
  OnlyPath,           // nothing to compare with
  Own,                // 1
  Pin,                // 2
  LocalPref,          // 3
  EgressCost,         // 4
  Aigp,               // 5
  AsPathLength,       // 6
  Origin,             // 7
  Med,                // 8
  EbgpOverIbgp,       // 9
  InteriorCost,       // 10
  RouterId,           // 11
  ClusterListLength,  // 12
  PeerAddress,        // 13
  PathId,             // 14
  kCount,
};
inline constexpr std::size_t kStepCount = static_cast<std::size_t>(Step::kCount);

// "local-pref": the value of the metric label step, and the name in tables.
[[nodiscard]] std::string_view to_string(Step step);

enum class EgressPosition : std::uint8_t { BeforeLocalPref, AfterLocalPref, AfterAsPath };

struct DecisionConfig {
  bool always_compare_med = false;
  EgressPosition egress_position = EgressPosition::AfterLocalPref;
  friend bool operator==(const DecisionConfig&, const DecisionConfig&) = default;
};

// Properties that a path inherits from its session.
struct PeerRank {
  PeerKind kind = PeerKind::Ebgp;
  std::uint32_t router_id = 0;
  IpAddress address;
  std::uint32_t zone = 0;  // of a link-local address: index of the interface
  friend bool operator==(const PeerRank&, const PeerRank&) = default;
};

struct Candidate {
  DecisionKey key;
  const PeerRank* peer = nullptr;
  std::uint32_t path_id = 0;  // as received
  std::uint32_t mark = 0;     // for the caller; order() moves it along
};

struct Comparison {
  std::strong_ordering order = std::strong_ordering::equal;  // less: a is preferred
  Step step = Step::OnlyPath;                                // the step that decided
};

[[nodiscard]] bool compares_med(const Candidate& a, const Candidate& b,
                                const DecisionConfig& config);

// Equal only for the same path of the same peer.
[[nodiscard]] Comparison compare(const Candidate& a, const Candidate& b,
                                 const DecisionConfig& config);

// Compares by that step alone, for explanations: less where a is preferred, equal where the step
// does not decide.
[[nodiscard]] std::strong_ordering compare_step(Step step, const Candidate& a, const Candidate& b,
                                                const DecisionConfig& config);

// The steps of a configuration in the order in which they are tried, without OnlyPath.
[[nodiscard]] std::span<const Step> steps(const DecisionConfig& config);

// Sorts, the most preferred first.
void order(std::span<Candidate> candidates, const DecisionConfig& config);

}  // namespace tern::rib
