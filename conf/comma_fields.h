// A row of fields between commas, without quotes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "rib/types/trimmed.h"

namespace tern::conf {

// Sets the fields, without the blanks around them. Returns how many fields the row has, at least 1;
// those behind the last place of `fields` are left out.
template <std::size_t N>
[[nodiscard]] std::size_t split_at_commas(std::string_view row,
                                          std::array<std::string_view, N>& fields) {
  for (std::size_t count = 0;; ++count) {
    const std::size_t comma = row.find(',');
    if (count < N) fields[count] = trimmed(row.substr(0, comma));
    if (comma == std::string_view::npos) return count + 1;
    row.remove_prefix(comma + 1);
  }
}

}  // namespace tern::conf
