// The paths that this router originates, before their policies: what stands in the place of the
// session and of the received attributes that a learned path has.
#pragma once

#include "bgpd/pipeline/session_facts.h"
#include "rib/types/family.h"
#include "rib/types/path_attributes.h"

namespace tern::pipeline {

// For the Judge of such paths: kOwnSlot, PeerKind::Own and all families.
[[nodiscard]] SessionFacts own_facts(Asn asn);

// ORIGIN IGP and an empty AS path. The next hop is unspecified: export_path() writes the address
// that this router has towards the neighbor.
[[nodiscard]] PathAttributes own_attributes(Family family);

}  // namespace tern::pipeline
