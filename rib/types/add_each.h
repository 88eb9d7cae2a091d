// Counters by family, reason or step, added to others of their kind.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tern {

template <std::size_t N>
void add_each(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

}  // namespace tern
