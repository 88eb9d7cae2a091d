// Address space for blocks that are named by 32 bits. Pools take spans of it
// (rib/base/block_pool.h): one pool, or several pools of different threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tern::rib {

// A page of a pool: 16 octets per 16 KiB. The free blocks of a page are a chain of unit numbers
// within the page, each in the first two octets of the block before; blocks from `fresh` on were
// never in use. Used only by the pool that has the page's span.
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
  // The pools of the space must not be used any more.
  ~BlockSpace();
  BlockSpace(const BlockSpace&) = delete;
  BlockSpace& operator=(const BlockSpace&) = delete;

  // Aligned to huge pages.
  [[nodiscard]] std::byte* base() const { return base_; }
  // Of all pages, numbered from the base.
  [[nodiscard]] BlockPage* pages() const { return pages_; }

  // Takes the lowest free span, for as long as the space exists, and returns its number; its memory
  // is zero. huge: in huge pages, as a prepared span always is. None when the space is full or the
  // system has no more memory. Any thread may call.
  [[nodiscard]] std::optional<std::size_t> take_span(bool huge);
  // Octets of the spans that no pool has taken. Any thread may call.
  [[nodiscard]] std::size_t octets_left() const {
    return (spans_ - taken_.load(std::memory_order_relaxed)) * kSpanOctets;
  }

  // Gets the memory of the next span from the system, so that the thread that takes the span does
  // not wait for the page faults, which take longer than the use of the span. Does nothing unless
  // a pool asked for it. Any thread.
  void prepare();

  // A pool of the space will soon take a span: another thread should prepare() it. Any thread.
  void ask_for_next() {
    const std::size_t taken = taken_.load(std::memory_order_relaxed);
    wanted_.store(std::min(taken + 1, spans_), std::memory_order_relaxed);
  }
  // A pool asked for a span that is neither prepared nor taken. Relaxed, as in ask_for_next(): a
  // request that is noticed late, or never, costs only time. Any thread.
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
  // Spans below this number that were not taken before are prepared.
  std::atomic<std::size_t> prepared_{0};
  std::atomic<std::size_t> wanted_{0};  // spans, taken or prepared
};

}  // namespace tern::rib
