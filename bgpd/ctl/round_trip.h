// A round trip, or a cost, as an operator writes it: milliseconds with fractions.
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

#include "rib/types/location.h"

namespace tern::ctl {

// In microseconds, from 1 to kMostRoundTrip. Nothing: the text is no number from 0.001 to 10000, or
// has an exponent.
[[nodiscard]] inline std::optional<EgressCost> parse_round_trip(std::string_view text) {
  double milliseconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data(), end, milliseconds, std::chars_format::fixed);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const double microseconds = milliseconds * 1000;
  if (!(microseconds >= 1 && microseconds <= kMostRoundTrip)) return std::nullopt;
  return static_cast<EgressCost>(std::lround(microseconds));
}

}  // namespace tern::ctl
