// Short forms for tests: VRPs, and PDUs as octets.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "bgpd/rpki/pdu.h"
#include "policy/vrp_table.h"

namespace tern::rpki {

using Octets = std::vector<std::byte>;

inline policy::Vrp vrp(const char* prefix, Asn asn, std::uint8_t max_length = 0) {
  const Prefix parsed = Prefix::parse(prefix).value();
  return {parsed, std::max(max_length, parsed.length()), asn};
}

inline Octets octets(const Pdu& pdu, std::uint8_t version) {
  Octets out;
  encode(pdu, version, out);
  return out;
}

inline Octets raw(std::initializer_list<unsigned> values) {
  Octets out;
  for (const unsigned value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

inline Octets operator+(Octets left, const Octets& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline std::vector<policy::Vrp> list(const policy::VrpTable& table) {
  std::vector<policy::Vrp> all;
  table.for_each([&](const policy::Vrp& one) {
    all.push_back(one);
    return true;
  });
  return all;
}

}  // namespace tern::rpki
