// A change of a registration in words.
#pragma once

#include <string>

#include "bgpd/registrations/write.h"

namespace tern::registrations {

// "registration 192.0.2.0/24 changed by alice (uid 1000, pid 7): partners: 64501 -> 64502", on one
// line of at most 400 octets.
[[nodiscard]] std::string log_line(const Difference& difference, const std::string& user);

}  // namespace tern::registrations
