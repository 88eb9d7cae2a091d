// VRPs, and files of them, in few words.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/rpki/cache_data.h"
#include "policy/vrp_table.h"
#include "tests/unit/policy/vrps.h"

namespace tern::vrps::test {

using policy::vrp;

inline rpki::CacheData data(std::vector<policy::Vrp> vrps) {
  return {policy::VrpTable::build(std::move(vrps)), std::make_shared<const rpki::AspaRecords>()};
}

// {"roas": [...]} of prefixes with their own length as the maximum, all of AS 64496.
inline std::string roas(const std::vector<std::string>& prefixes, const std::string& more = "") {
  std::string text = "{\"roas\": [";
  for (const std::string& prefix : prefixes) {
    if (text.back() == '}') text += ", ";
    text += "{\"prefix\": \"" + prefix + "\", \"asn\": 64496, \"maxLength\": " +
            std::to_string(Prefix::parse(prefix)->length()) + more + "}";
  }
  return text + "]}";
}

inline std::string slurm(const std::string& filters, const std::string& assertions) {
  return R"({"slurmVersion": 1, "validationOutputFilters": {"prefixFilters": [)" + filters +
         R"(], "bgpsecFilters": []}, "locallyAddedAssertions": {"prefixAssertions": [)" +
         assertions + R"(], "bgpsecAssertions": []}})";
}

}  // namespace tern::vrps::test
