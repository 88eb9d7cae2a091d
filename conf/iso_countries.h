// Countries by their codes: two letters of ISO 3166-1, and the number that ISO 3166-1 and the UN
// statistics division (M49) share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tern::conf {

// code: in lower case, "de". Nothing where there is no such country.
[[nodiscard]] std::optional<std::uint16_t> country_number(std::string_view code);

}  // namespace tern::conf
