// The attribute field of a table dump's entry, read by the rules of an UPDATE.
#pragma once

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/update.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"
#include "rib/types/result.h"
#include "tests/lab/replay/mrt.h"

namespace tern::mrt {

// The attributes of a path to `prefix`, the next hop among them. MP_REACH_NLRI may have the short
// form of RFC 6396 section 4.3.4, which is a next hop alone, or be whole, as many daemons write it;
// what an iBGP session of the collector added (LOCAL_PREF, ...) is left out. An entry that a
// speaker would treat as a withdrawal (RFC 7606) is an Error; AS_SETs are not.
[[nodiscard]] Result<PathAttributes, Error> decode_rib_attributes(wire::Bytes attributes,
                                                                  bool four_octet_as,
                                                                  const Prefix& prefix);

}  // namespace tern::mrt
