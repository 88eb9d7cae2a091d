// Text that a peer put on the wire (RFC 9003 shutdown communication, host names) and that ends up
// in logs and terminals.
#pragma once

#include <string>

#include "bgpd/wire/cursor.h"

namespace tern::wire {

// UTF-8 that is safe to print: octets that are not well-formed UTF-8 (RFC 3629), control
// characters and the invisible ones that reorder text become '?'. Never longer than the input, and
// printable_text(printable_text(x)) == printable_text(x).
[[nodiscard]] std::string printable_text(Bytes bytes);

}  // namespace tern::wire
