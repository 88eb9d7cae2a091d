#include "rib/base/block_space.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>

#include "rib/base/exhausted.h"
#include "rib/base/huge_memory.h"
#include "rib/base/poison.h"

namespace tern::rib {
namespace {

constexpr std::size_t kPagesOfSpan = BlockSpace::kSpanPages * sizeof(BlockPage);
constexpr std::size_t kSmallPage = 4096;  // what mprotect() changes
static_assert(kSmallPage % kPagesOfSpan == 0);

std::size_t octets_reserved(std::size_t spans) {
  return spans * (BlockSpace::kSpanOctets + kPagesOfSpan) + kHugePage;
}

}  // namespace

BlockSpace::BlockSpace(std::size_t octets) : spans_(octets / kSpanOctets) {
  assert(octets % kSpanOctets == 0);
  void* const reserved = ::mmap(nullptr, octets_reserved(spans_), PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) {
    end_exhausted("address space for attribute sets or paths", octets_reserved(spans_));
  }
  reserved_ = static_cast<std::byte*>(reserved);
  base_ = reserved_ + (kHugePage - reinterpret_cast<std::uintptr_t>(reserved_) % kHugePage);
  pages_ = reinterpret_cast<BlockPage*>(base_ + octets);
}

BlockSpace::~BlockSpace() {
  // Other memory may get these addresses.
  unpoison(base_, taken_.load(std::memory_order_relaxed) * kSpanOctets);
  ::munmap(reserved_, octets_reserved(spans_));
}

// False when the system refuses to commit the memory: the span stays unusable.
bool BlockSpace::make_usable(std::size_t span) {
  constexpr int kUsable = PROT_READ | PROT_WRITE;
  if (::mprotect(base_ + span * kSpanOctets, kSpanOctets, kUsable) != 0) return false;
  // Also the page records of adjacent spans: to make them usable twice does no harm.
  std::byte* const about =
      base_ + spans_ * kSpanOctets + span * kPagesOfSpan / kSmallPage * kSmallPage;
  return ::mprotect(about, kSmallPage, kUsable) == 0;
}

std::optional<std::size_t> BlockSpace::take_span(bool huge) {
  // Acquire, and before the span is taken: spans below `prepared` and not below `taken_` are
  // usable.
  const std::size_t prepared = prepared_.load(std::memory_order_acquire);
  std::size_t span = taken_.load(std::memory_order_relaxed);
  do {
    if (span >= spans_) return std::nullopt;
    // Before the span is taken, so that an unusable span stays for a later try. Two threads may
    // both make a span usable.
    if (span >= prepared && !make_usable(span)) return std::nullopt;
    // Relaxed: the number alone passes between threads; no thread has touched the memory.
  } while (!taken_.compare_exchange_weak(span, span + 1, std::memory_order_relaxed));
  if (span < prepared) return span;
  if (huge) advise_huge(base_ + span * kSpanOctets, kSpanOctets);
  return span;
}

// The pages are zero whether the owner or this thread touches them first.
void BlockSpace::prepare() {
  constexpr std::size_t kAhead = 1;  // spans
  if (!asked()) return;
  const std::size_t taken = taken_.load(std::memory_order_relaxed);
  // Acquire: a thread that reads our store relies also on the stores of other threads before it.
  std::size_t next = std::max(prepared_.load(std::memory_order_acquire), taken);
  for (; next < std::min(taken + kAhead, spans_); ++next) {
    std::byte* const memory = base_ + next * kSpanOctets;
    if (!make_usable(next)) return;  // take_span() tries again, and reports
    advise_huge(memory, kSpanOctets);
    // If the kernel cannot do it, it allocates the pages with their first use.
    (void)::madvise(memory, kSpanOctets, MADV_POPULATE_WRITE);
    prepared_.store(next + 1, std::memory_order_release);
  }
}

}  // namespace tern::rib
