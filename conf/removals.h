// What a reload takes away, and whether that is much.
#pragma once

#include <cstddef>
#include <string>

namespace tern::conf {

struct Config;

struct Removals {
  std::size_t removed = 0;
  std::size_t of = 0;  // those that there are

  // More than half, and more than a person would take out by hand without thinking of it.
  [[nodiscard]] bool many() const { return removed >= 3 && removed > of / 2; }
  [[nodiscard]] std::string to_string() const;  // "removes 10 of 12 neighbors"
};

// Counts listed neighbors, by address, in n log n steps.
[[nodiscard]] Removals removals(const Config& from, const Config& to);

}  // namespace tern::conf
