// Three PoPs and four metros of a small network, for the tests of egress.
#pragma once

#include "policy/egress.h"
#include "policy_builders.h"

namespace tern::policy {

inline constexpr PopId kAms = 0;
inline constexpr PopId kLhr = 1;
inline constexpr PopId kIad = 2;
inline constexpr MetroId kAmsterdam = 0;
inline constexpr MetroId kLondon = 1;
inline constexpr MetroId kWashington = 2;
inline constexpr MetroId kParis = 3;

inline EgressSource network(std::string own_pop = "ams") {
  EgressSource source;
  source.pop = std::move(own_pop);
  source.pops = {{"ams", "Amsterdam", 1, {52.3086, 4.7639}},
                 {"lhr", "London", 2, {51.4700, -0.4543}},
                 {"iad", "Washington", 3, {38.9531, -77.4565}}};
  source.metros = {{"amsterdam", "Amsterdam", 101, {52.37, 4.90}},
                   {"london", "London", 102, {51.51, -0.13}},
                   {"washington", "Washington", 103, {38.91, -77.04}},
                   {"paris", "Paris", 104, {48.86, 2.35}}};
  source.dictionaries = {{"isp-a",
                          {{pattern("65001:120"), "london"},
                           {pattern("65001:100-199"), "paris"},
                           {pattern("65001:7:*"), "amsterdam"},
                           {pattern("rt:65001:3"), "washington"}}},
                         {"isp-b", {{pattern("65001:120"), "washington"}}}};
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 20;
  return source;
}

inline Egress egress_of(const EgressSource& source) {
  auto egress = Egress::build(source);
  if (!egress.ok()) {
    for (const std::string& error : egress.error()) ADD_FAILURE() << error;
    return {};
  }
  return *egress;
}

}  // namespace tern::policy
