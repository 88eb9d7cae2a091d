// Memory for tables that are read at random places: where it pays, in pages of 2 MiB, so that a
// lookup misses the cache at most, and not the address translation as well.
#pragma once

#include <cstddef>
#include <limits>
#include <new>

namespace tern::rib {

inline constexpr std::size_t kHugePage = std::size_t{2} << 20U;

// Zeroed memory, aligned to its huge pages, from the system and back to it. When the system has
// none, the process ends (rib/base/exhausted.h). huge: false for memory that may stay nearly empty;
// such memory, and memory of less than a huge page, comes in small pages.
[[nodiscard]] void* map_huge(std::size_t octets, bool huge = true);
void unmap_huge(void* memory, std::size_t octets);
// Asks for huge pages in a range that is mapped already; where there are none, small ones do.
void advise_huge(void* memory, std::size_t octets);

// For containers: small ones live where others do.
template <typename T>
struct HugeAllocator {
  using value_type = T;

  HugeAllocator() = default;
  template <typename U>
  HugeAllocator(const HugeAllocator<U>&) {}  // NOLINT: what allocators do

  [[nodiscard]] T* allocate(std::size_t count) {
    const std::size_t octets = count * sizeof(T);
    if (octets >= kHugePage) return static_cast<T*>(map_huge(octets));
    return static_cast<T*>(::operator new(octets));
  }
  void deallocate(T* memory, std::size_t count) {
    const std::size_t octets = count * sizeof(T);
    if (octets >= kHugePage) return unmap_huge(memory, octets);
    ::operator delete(memory);
  }
  friend bool operator==(const HugeAllocator&, const HugeAllocator&) { return true; }
};

}  // namespace tern::rib
