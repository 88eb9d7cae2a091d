#include "rib/base/huge_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

#include "rib/base/exhausted.h"

namespace tern::rib {
namespace {

std::size_t whole_pages(std::size_t octets) { return (octets + kHugePage - 1) & ~(kHugePage - 1); }

}  // namespace

void* map_huge(std::size_t octets, bool huge) {
  const std::size_t size = whole_pages(octets);
  // Maps one huge page more than needed, to cut out an aligned range.
  void* mapped = ::mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) end_exhausted("memory for an index or prefixes", size + kHugePage);
  auto* const begin = static_cast<std::byte*>(mapped);
  const std::size_t before =
      (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) ::munmap(begin, before);
  if (before < kHugePage) ::munmap(begin + before + size, kHugePage - before);
  // Without a last huge page that is partly used: its rest would waste memory.
  if (huge) advise_huge(begin + before, octets / kHugePage * kHugePage);
  return begin + before;
}

void unmap_huge(void* memory, std::size_t octets) { ::munmap(memory, whole_pages(octets)); }

void* get_zeroed(std::size_t octets) {
  if (octets >= kHugePage) return map_huge(octets);
  void* const memory = std::calloc(octets, 1);
  if (memory == nullptr) end_exhausted("memory for an index", octets);
  return memory;
}

void give_back_zeroed(void* memory, std::size_t octets) {
  if (octets >= kHugePage) return unmap_huge(memory, octets);
  std::free(memory);
}

void advise_huge(void* memory, std::size_t octets) {
  (void)::madvise(memory, octets, MADV_HUGEPAGE);  // refused where the kernel has none
}

}  // namespace tern::rib
