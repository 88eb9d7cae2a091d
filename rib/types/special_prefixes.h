// Special-purpose address space: what has no place in the Internet's routing table, whoever
// announces it ("bogons"). RFC 6890 and the IANA registries that it opened.
#pragma once

#include "rib/types/prefix.h"

namespace tern {

// True of
//  - a prefix inside special-purpose IPv4 space, multicast and 240.0.0.0/4 included;
//  - a prefix that is not inside 2000::/3, the only IPv6 space given out as global unicast, or is
//    inside a special-purpose block of it;
//  - a prefix so short that nobody can hold it and that covers special-purpose space: the default
//    route, 128.0.0.0/1, 2000::/3. Who wants a default route from a peer asks for it before this.
// Space that is merely not allocated yet is not special: that list changes, this one hardly does.
[[nodiscard]] bool is_special_purpose(const Prefix& prefix);

}  // namespace tern
