// Registered prefixes for a benchmark, as the CSV file that ternd reads (registrations.files).
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/load/universe.h"

namespace tern::load {

// Registers the first `count` of the longest prefixes (/24 and /48) with their origins: none covers
// another. The first `partners` sessions are partners; prefix i prefers session i % `preferred`,
// and the others follow. Returns how many prefixes the file has: fewer than `count` where the
// universe has no more. Throws std::runtime_error when the file cannot be written.
std::uint32_t write_registrations(const Universe& universe, std::uint32_t count,
                                  std::uint32_t partners, std::uint32_t preferred,
                                  const std::string& path);

}  // namespace tern::load
