// ROUTE-REFRESH (RFC 2918), with the demarcations of RFC 7313.
#pragma once

#include <cstdint>
#include <vector>

#include "bgpd/wire/cursor.h"
#include "bgpd/wire/notification.h"
#include "rib/types/family.h"
#include "rib/types/result.h"

namespace tern::wire {

struct RouteRefresh {
  enum class Subtype : std::uint8_t { Request = 0, Begin = 1, End = 2 };  // BoRR, EoRR: RFC 7313
  AfiSafi family;
  std::uint8_t subtype =
      0;  // others than the above are ignored by the receiver (RFC 7313 section 5)
  friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

// enhanced: both sides sent the RFC 7313 capability. With it, a message that is too short, or a
// demarcation that is too long, gives Invalid Message Length (RFC 7313); without it, a message that
// is too short gives Bad Message Length of the header. The decoder ignores octets after the 4 of a
// request (RFC 5291).
[[nodiscard]] Result<RouteRefresh, Notification> decode_route_refresh(Bytes body, bool enhanced);
void encode_route_refresh(const RouteRefresh& refresh, std::vector<std::byte>& out);

}  // namespace tern::wire
