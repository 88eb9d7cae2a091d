// Address space for blocks that are named by 32 bits, handed out in spans to the pools that live in
// it (rib/base/block_pool.h): one pool, or several of different threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tern::rib {

// A page of a pool: 16 octets per 16 KiB. The free blocks of a page are a chain of unit numbers
// within the page, each in the first two octets of the block before; those from `fresh` on were
// never in use. Touched only by the pool that has the page's span.
struct BlockPage {
  static constexpr std::uint16_t kNoBlock = 0xFFFF;
  std::uint32_t next = 0;  // in the list of pages of the class that have free blocks; 0: none
  std::uint32_t previous = 0;
  std::uint16_t free = kNoBlock;
  std::uint16_t fresh = 0;
  std::uint16_t used = 0;  // blocks; of the first page of a run: the pages of the run
  std::uint16_t size_class = 0;
};

class BlockSpace {
 public:
  static constexpr std::size_t kPageOctets = 16384;
  static constexpr std::size_t kSpanOctets = std::size_t{2} << 20U;  // a huge page
  static constexpr std::size_t kSpanPages = kSpanOctets / kPageOctets;

  // Reserves address space, a multiple of kSpanOctets, but no memory. When the system has no
  // address space left, the process ends (rib/base/exhausted.h).
  explicit BlockSpace(std::size_t octets);
  // No pool that lives in it may be used again.
  ~BlockSpace();
  BlockSpace(const BlockSpace&) = delete;
  BlockSpace& operator=(const BlockSpace&) = delete;

  // Aligned to huge pages.
  [[nodiscard]] std::byte* base() const { return base_; }
  // Of all pages, numbered from the base.
  [[nodiscard]] BlockPage* pages() const { return pages_; }

  // The number of the lowest free span, which belongs to the caller for as long as the space lives;
  // its memory is zero. huge: in huge pages, as a prepared span always is. None when the space is
  // full or the system has no more memory. Any thread may call.
  [[nodiscard]] std::optional<std::size_t> take_span(bool huge);
  // Octets of the spans that no pool has taken. Any thread may call.
  [[nodiscard]] std::size_t octets_left() const {
    return (spans_ - taken_.load(std::memory_order_relaxed)) * kSpanOctets;
  }

  // Gets the memory of the next span from the system, so that who takes it need not wait for that,
  // which in a growing table takes longer than its use. Nothing while the space is small and nobody
  // asked for it. Any thread.
  void prepare();

  // A pool of the space will soon take a span: another thread should prepare() it. Any thread.
  void ask_for_next() {
    const std::size_t taken = taken_.load(std::memory_order_relaxed);
    wanted_.store(std::min(taken + 1, spans_), std::memory_order_relaxed);
  }
  // Somebody asked for a span that is neither prepared nor taken. Relaxed, as is asking: what is
  // noticed late, or not at all, costs time and nothing else. Any thread.
  [[nodiscard]] bool asked() const {
    const std::size_t wanted = wanted_.load(std::memory_order_relaxed);
    return wanted > taken_.load(std::memory_order_relaxed) &&
           wanted > prepared_.load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] bool make_usable(std::size_t span);

  const std::size_t spans_;
  std::byte* reserved_;
  std::byte* base_;
  BlockPage* pages_;
  std::atomic<std::size_t> taken_{0};  // spans
  // Spans below it that were not taken before have been seen to by prepare().
  std::atomic<std::size_t> prepared_{0};
  std::atomic<std::size_t> wanted_{0};  // spans, taken or prepared
};

}  // namespace tern::rib
