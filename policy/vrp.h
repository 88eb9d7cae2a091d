// Validated ROA payloads and the states of route origin validation (RFC 6811).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "rib/types/as_path.h"
#include "rib/types/asn.h"
#include "rib/types/prefix.h"

namespace tern::policy {

// The statement of a ROA about one prefix: the AS may originate the prefix and its more specific
// ones up to the maximum length. AS 0 authorizes nobody (RFC 6483 section 4).
struct Vrp {
  Prefix prefix;
  std::uint8_t max_length = 0;  // prefix.length() <= max_length <= address bits
  Asn asn = 0;

  [[nodiscard]] std::string to_string() const;  // "192.0.2.0/24-25 AS64496"

  friend bool operator==(const Vrp&, const Vrp&) = default;
  // By prefix (a covering prefix first), then maximum length, then AS.
  friend std::strong_ordering operator<=>(const Vrp& a, const Vrp& b);
};
static_assert(sizeof(Vrp) == 24);  // a cache sends 700,000 of them

// The numbers of RFC 8097 section 2. NotValidated is the state of a route while there is no table
// (RFC 6811 section 2) and the route brings no state that counts; no result of a look-up.
enum class OriginState : std::uint8_t { Valid = 0, NotFound = 1, Invalid = 2, NotValidated = 3 };

// "valid", "not-found", "invalid", "not-validated"
[[nodiscard]] std::string_view to_string(OriginState state);
[[nodiscard]] std::optional<OriginState> parse_origin_state(std::string_view text);

// The origin that VRPs are compared with (RFC 6811 section 2): the last AS of a path that ends in
// an AS_SEQUENCE, `own` for a path that is empty or ends in a segment of a confederation, nothing
// for one that ends in an AS_SET.
[[nodiscard]] std::optional<Asn> validated_origin(const AsPath& path, Asn own);

}  // namespace tern::policy
