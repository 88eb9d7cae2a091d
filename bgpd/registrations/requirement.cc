#include "bgpd/registrations/requirement.h"

namespace tern::registrations {
namespace {

using policy::OriginState;
using policy::Registration;
using policy::RouteObjects;
using policy::VrpTable;

std::string as_name(Asn asn) { return "AS " + std::to_string(asn); }

// "AS 64500 is RPKI invalid as an origin: the VRP 192.0.2.0/24 AS64496 covers the prefix, and none
// allows this AS and length". Requires that the origin is invalid, so that a VRP covers the prefix.
std::string invalid_text(const Registration& registration, Asn origin, const VrpTable& vrps) {
  const auto explained = vrps.explain(registration.prefix, origin, 1);
  const std::string vrp = explained.covering.front().vrp.to_string();
  return as_name(origin) + " is RPKI invalid as an origin: the VRP " + vrp +
         " covers the prefix, and none allows this AS and length";
}

// Why no route object lets the AS originate the prefix. Empty: one does.
std::string irr_fault(const Prefix& prefix, Asn origin, const RouteObjects* irr) {
  if (irr == nullptr) return "there are no route objects";
  if (irr->authorizes(prefix, origin)) return {};
  const std::string length = "/" + std::to_string(prefix.length());
  if (const auto own = irr->covering(prefix, origin)) {
    return "the route object " + own->to_string() + " covers it and allows no " + length;
  }
  const auto other = irr->covering(prefix);
  if (!other) return "no route object covers it";
  return "the route object " + other->to_string() + " covers it, and none has this AS";
}

// The longest prefix that the registration lets neighbors announce; the prefix itself where it
// names no other length.
Prefix longest_of(const Registration& registration) {
  return {registration.prefix.address(), registration.max_length};
}

// A longest length that no ROA or route object allows is legal. Routes of this length are RPKI
// invalid, or have no route object.
void check_length(const Registration& registration, Asn origin, const Evidence& evidence,
                  bool by_roa, const std::string& subject, WriteResult& result) {
  if (registration.max_length == registration.prefix.length()) return;
  const Prefix longest = longest_of(registration);
  const std::string route = subject + "a route for a /" + std::to_string(registration.max_length) +
                            " of it from " + as_name(origin);
  if (by_roa) {
    if (evidence.vrps->validate(longest, origin) != OriginState::Invalid) return;
    result.add_warning(route + " is RPKI invalid");
  } else if (!evidence.irr->authorizes(longest, origin)) {
    result.add_warning(route + " has no route object");
  }
}

// Empty: the requirement is met. valid: by VRPs; no VRP makes the origin invalid.
std::string origin_fault(const Registration& registration, Asn origin, bool valid,
                         const Evidence& evidence, Requirement requirement) {
  switch (requirement) {
    case Requirement::None:
    case Requirement::NotInvalid:
      return {};
    case Requirement::RoaValid:
      if (valid) return {};
      return "no VRP covers it, so that " + as_name(origin) + " is not RPKI valid as an origin";
    case Requirement::IrrValid: {
      const std::string fault = irr_fault(registration.prefix, origin, evidence.irr);
      if (fault.empty()) return {};
      return as_name(origin) + " is no origin in the IRR: " + fault;
    }
    case Requirement::RoaOrIrrValid: {
      if (valid) return {};
      const std::string fault = irr_fault(registration.prefix, origin, evidence.irr);
      if (fault.empty()) return {};
      return as_name(origin) + " is an origin by no ROA and by no route object: " +
             (evidence.vrps == nullptr ? "there are no VRPs" : "no VRP covers it") + "; " + fault;
    }
  }
  return {};
}

}  // namespace

void check_origins(const Registration& registration, const Evidence& evidence,
                   Requirement requirement, const std::string& subject, WriteResult& result) {
  if (evidence.vrps == nullptr && requirement == Requirement::RoaValid) {
    return result.add_error(subject + "there are no VRPs that show its origins to be valid");
  }
  for (const Asn origin : registration.origins) {
    const OriginState state = evidence.vrps == nullptr
                                  ? OriginState::NotFound
                                  : evidence.vrps->validate(registration.prefix, origin);
    if (state == OriginState::Invalid) {
      const std::string text = subject + invalid_text(registration, origin, *evidence.vrps);
      if (requirement == Requirement::None) {
        result.add_warning(text);
      } else {
        result.add_error(text);
      }
      continue;
    }
    const bool valid = state == OriginState::Valid;
    const std::string fault = origin_fault(registration, origin, valid, evidence, requirement);
    if (!fault.empty()) {
      result.add_error(subject + fault);
      continue;
    }
    const bool by_irr =
        requirement == Requirement::IrrValid || requirement == Requirement::RoaOrIrrValid;
    if (valid || by_irr) check_length(registration, origin, evidence, valid, subject, result);
  }
}

}  // namespace tern::registrations
