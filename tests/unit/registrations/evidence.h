// Route objects and sessions, as tests of requirements use them.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "bgpd/registrations/write.h"
#include "policy/route_objects.h"
#include "rib/types/prefix.h"

namespace tern::registrations::test {

inline policy::RouteObject object(const char* text, Asn origin, std::uint8_t max_length = 0) {
  const Prefix of = Prefix::parse(text).value();
  return {of, max_length == 0 ? of.length() : max_length, origin};
}

inline std::shared_ptr<const policy::RouteObjects> objects(std::vector<policy::RouteObject> all) {
  std::vector<policy::RouteObjects::Table> tables;
  // A table for each object, as of several files.
  for (policy::RouteObject& one : all) {
    tables.push_back(std::make_shared<const policy::RouteObjectTable>(std::vector{one}));
  }
  return std::make_shared<const policy::RouteObjects>(std::move(tables));
}

inline PartnerSession session(Asn asn, const char* address, const char* name) {
  return {asn, asn, Prefix::parse(address).value(), name};
}

}  // namespace tern::registrations::test
