// The Capabilities optional parameter of an OPEN (RFC 5492): a list of code, length, value.
#pragma once

#include <cstdint>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/open.h"

namespace tern::wire {

// Reads one Capabilities parameter and merges it into `out`; an OPEN may have several. False when
// the list itself, or a capability that Tern acts upon, does not have the length its RFC gives.
[[nodiscard]] bool decode_capabilities(Bytes parameter, Capabilities& out);

// Appends the value of one Capabilities parameter, capabilities in ascending order of code, those
// without a row here last. Lists too long for one capability (255 octets) are spread over several.
void encode_capabilities(const Capabilities& capabilities, std::vector<std::byte>& out);

}  // namespace tern::wire
