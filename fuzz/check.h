// What a fuzz target holds to be always true. Unlike assert() it is there in every build.
#pragma once

#include <cstdlib>

namespace tern::fuzz {

inline void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace tern::fuzz
