// Whether a prefix can belong to a customer on the Internet.
#pragma once

#include <optional>
#include <string>

#include "rib/types/prefix.h"

namespace tern::conf {

// The block of special-purpose space that overlaps the prefix. Of IPv6, space outside of 2000::/3
// is no global unicast space (RFC 4291 section 2.4). Nothing: the prefix is public.
[[nodiscard]] std::optional<std::string> special_block(const Prefix& prefix);

}  // namespace tern::conf
