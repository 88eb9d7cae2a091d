// Marks memory that no thread may touch, for the address sanitizer; does nothing without it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define TERN_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_POISON 1
#endif
#endif
#ifdef TERN_POISON
#include <sanitizer/asan_interface.h>
#endif

namespace tern::rib {

inline void poison([[maybe_unused]] std::byte* from, [[maybe_unused]] std::size_t octets) {
#ifdef TERN_POISON
  ASAN_POISON_MEMORY_REGION(from, octets);
#endif
}

inline void unpoison([[maybe_unused]] std::byte* from, [[maybe_unused]] std::size_t octets) {
#ifdef TERN_POISON
  ASAN_UNPOISON_MEMORY_REGION(from, octets);
#endif
}

}  // namespace tern::rib
