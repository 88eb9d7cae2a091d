// The routes of the table on which routes of our own depend: those that a condition asks for, and
// those that contribute to an aggregate (RFC 4271 section 9.2.2.2).
//
// Used by the runner of the destination's shard.
#pragma once

#include <vector>

#include "policy/policy.h"
#include "rib/audience.h"
#include "rib/rib.h"
#include "rib/types/prefix.h"

namespace tern::policy {
class VrpTable;
}

namespace tern::pipeline {

// Whether a neighbor has an accepted path of the destination. slots: of the neighbors that count;
// null: all. Paths of this router never count.
[[nodiscard]] bool has_route_of_neighbor(const rib::Rib& rib, rib::DestId id,
                                         const rib::ClientSet* slots);

// The rules by which the best path of a destination contributes to an aggregate.
struct ContributionRules {
  const policy::Chain& match;             // has to accept the path; empty: accepts all
  const std::vector<Prefix>& aggregates;  // of the configuration, sorted: none contributes
  const policy::VrpTable* vrps = nullptr;
  Asn asn = 0;  // this router's
};
[[nodiscard]] bool contributes(const rib::Rib& rib, rib::DestId id, const ContributionRules& rules);

}  // namespace tern::pipeline
