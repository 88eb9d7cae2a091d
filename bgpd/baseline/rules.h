// The settings of the baseline. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tern::baseline {

struct Rules {
  std::uint32_t learn_for = 604'800;       // seconds, 7 or more
  std::uint32_t forget_after = 2'592'000;  // seconds, learn_for to 1000 * learn_for
  std::size_t most_prefixes = 1'200'000;
  std::uint32_t longer_by = 4;      // AS numbers, 1 to 255
  std::uint32_t flaps = 20;         // seconds with a change, 2 to 200
  std::uint32_t flap_window = 300;  // seconds, 2 to 3600
  friend bool operator==(const Rules&, const Rules&) = default;

  // Seconds of a day of the baseline.
  [[nodiscard]] std::uint32_t day_seconds() const { return learn_for / 7; }
  [[nodiscard]] std::uint32_t forget_days() const { return forget_after / day_seconds(); }
};

struct WithdrawalRules {
  std::uint32_t percent = 50;  // of the routes of a neighbor, 1 to 99
  std::uint32_t window = 60;   // seconds, 2 to 3600
  std::uint32_t routes = 100;  // at least
  friend bool operator==(const WithdrawalRules&, const WithdrawalRules&) = default;
};

}  // namespace tern::baseline
