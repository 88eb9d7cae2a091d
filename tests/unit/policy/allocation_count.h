// How often this program asked for memory with new, on any thread.
#pragma once

#include <cstddef>

namespace tern::policy {

[[nodiscard]] std::size_t allocation_count();

}  // namespace tern::policy
