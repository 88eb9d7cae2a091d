// Short forms for tests: PDUs as octets.
#pragma once

#include <initializer_list>
#include <vector>

#include "bgpd/rpki/pdu.h"
#include "tests/unit/policy/vrps.h"

namespace tern::rpki {

using policy::list;
using policy::vrp;
using Octets = std::vector<std::byte>;

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

}  // namespace tern::rpki
