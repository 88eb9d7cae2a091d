// Gives stored paths the egress costs in force, after costs changed. The verdicts on the paths
// stay: a path gets a set that differs in its cost alone. The caller first judges the paths of
// neighbors again whose import policies read costs (Chain::reads_cost()). A measurement to the
// prefix itself counts before the costs of pairs (EgressCosts::measured_to()).
//
// Used by the runner of the shard's strand.
#pragma once

#include <cstddef>

#include "bgpd/pipeline/revisions.h"
#include "policy/live_costs.h"
#include "rib/rib.h"

namespace tern::pipeline {

// The measured round trip from the exit of the path to the prefix; kUnknownCost: none, or the route
// is our own and leaves at no exit.
[[nodiscard]] inline EgressCost measured_to(const policy::EgressCosts& costs, const Prefix& prefix,
                                            const rib::Path& path, PopId exit) {
  return path.peer() == kOwnSlot ? kUnknownCost : costs.measured_to(prefix, exit);
}

class Pricing {
 public:
  struct Result {
    std::size_t priced = 0;  // paths with another cost
    bool touched = false;    // an accepted path is of a pair that changed
  };
  // Of the destination's accepted paths, those of the changed pairs. costs: in force, by the
  // numbers of places that the sets have. starved: gets the peers of paths whose new set found no
  // memory; these paths stay as they are. Clients with a vantage may prefer another order where
  // `touched`, although no path was priced: the caller calls Rib::note_changed().
  Result price(rib::Rib& rib, rib::DestId id, const policy::CostChange& changed,
               const policy::EgressCosts& costs, rib::ClientSet& starved);

 private:
  Revisions revisions_;  // scratch
};

}  // namespace tern::pipeline
