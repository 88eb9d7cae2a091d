// The check of a registration that is about to be stored against VRPs and route objects.
#pragma once

#include <string>

#include "bgpd/registrations/write.h"
#include "policy/registrations.h"
#include "policy/route_objects.h"
#include "policy/vrp_table.h"

namespace tern::registrations {

// The tables that show who may originate a prefix. Null: the daemon has no such table.
struct Evidence {
  const policy::VrpTable* vrps = nullptr;
  const policy::RouteObjects* irr = nullptr;
};

// The faults and warnings about the origins go into the result, each with `subject` in front.
void check_origins(const policy::Registration& registration, const Evidence& evidence,
                   Requirement requirement, const std::string& subject, WriteResult& result);

}  // namespace tern::registrations
