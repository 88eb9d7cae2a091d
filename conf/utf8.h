// Whether octets are text in UTF-8 (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

#include "conf/report.h"

namespace tern::conf {

// The position of the first octet that is no UTF-8 or is NUL; text.size() when there is none.
[[nodiscard]] std::size_t first_bad_byte(std::string_view text);

// The line and column of an octet of the text.
[[nodiscard]] Place place_of_byte(std::string_view text, std::size_t at);

}  // namespace tern::conf
