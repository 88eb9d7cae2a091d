// VRPs in few words, and the records of a table.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "policy/vrp_table.h"

namespace tern::policy {

// max_length: that of the prefix where it is less.
inline Vrp vrp(const std::string& prefix, Asn asn, std::uint8_t max_length = 0) {
  const Prefix parsed = *Prefix::parse(prefix);
  return {parsed, std::max(max_length, parsed.length()), asn};
}

inline std::vector<Vrp> list(const VrpTable& table) {
  std::vector<Vrp> all;
  table.for_each([&](const Vrp& one) {
    all.push_back(one);
    return true;
  });
  return all;
}

}  // namespace tern::policy
