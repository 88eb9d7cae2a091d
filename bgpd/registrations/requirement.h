// The check of a registration that is about to be stored against VRPs.
#pragma once

#include <string>

#include "bgpd/registrations/write.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"

namespace tern::registrations {

// The faults and warnings about the origins go into the result, each with `subject` in front.
// Returns whether the requirement is met. vrps: null where there are none.
bool check_origins(const policy::Registration& registration, const policy::VrpTable* vrps,
                   Requirement requirement, const std::string& subject, WriteResult& result);

}  // namespace tern::registrations
