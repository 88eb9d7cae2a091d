#include "bgpd/registrations/requirement.h"

namespace tern::registrations {
namespace {

using policy::OriginState;
using policy::Registration;
using policy::VrpTable;

// "AS 64500 is RPKI invalid as an origin: the VRP 192.0.2.0/24 AS64496 covers the prefix, and none
// allows this AS and length". Requires that the origin is invalid, so that a VRP covers the prefix.
std::string invalid_text(const Registration& registration, Asn origin, const VrpTable& vrps) {
  const auto explained = vrps.explain(registration.prefix, origin, 1);
  const std::string vrp = explained.covering.front().vrp.to_string();
  return "AS " + std::to_string(origin) + " is RPKI invalid as an origin: the VRP " + vrp +
         " covers the prefix, and none allows this AS and length";
}

// A longest length that no ROA allows is legal, and its routes are invalid.
void check_length(const Registration& registration, Asn origin, const VrpTable& vrps,
                  const std::string& subject, WriteResult& result) {
  if (registration.max_length == registration.prefix.length()) return;
  const Prefix longest(registration.prefix.address(), registration.max_length);
  if (vrps.validate(longest, origin) != OriginState::Invalid) return;
  result.add_warning(subject + "a route for a /" + std::to_string(registration.max_length) +
                     " of it from AS " + std::to_string(origin) + " is RPKI invalid");
}

}  // namespace

bool check_origins(const Registration& registration, const VrpTable* vrps, Requirement requirement,
                   const std::string& subject, WriteResult& result) {
  if (vrps == nullptr) {
    if (requirement != Requirement::RoaValid) return true;
    result.add_error(subject + "there are no VRPs that show its origins to be valid");
    return false;
  }
  bool met = true;
  for (const Asn origin : registration.origins) {
    const OriginState state = vrps->validate(registration.prefix, origin);
    if (state == OriginState::Invalid) {
      const std::string text = subject + invalid_text(registration, origin, *vrps);
      if (requirement == Requirement::None) {
        result.add_warning(text);
      } else {
        result.add_error(text);
        met = false;
      }
    } else if (state == OriginState::NotFound && requirement == Requirement::RoaValid) {
      result.add_error(subject + "no VRP covers it, so that AS " + std::to_string(origin) +
                       " is not RPKI valid as an origin");
      met = false;
    } else if (state == OriginState::Valid) {
      check_length(registration, origin, *vrps, subject, result);
    }
  }
  return met;
}

}  // namespace tern::registrations
