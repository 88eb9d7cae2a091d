// Address space for blocks that are named by 32 bits, handed out in spans to the pools that live in
// it (rib/block_pool.h): one pool, or several of different threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

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

  // Reserves address space, a multiple of kSpanOctets, but no memory. Aborts where there is none.
  explicit BlockSpace(std::size_t octets);
  // No pool that lives in it may be used again.
  ~BlockSpace();
  BlockSpace(const BlockSpace&) = delete;
  BlockSpace& operator=(const BlockSpace&) = delete;

  // Aligned to huge pages.
  [[nodiscard]] std::byte* base() const { return base_; }
  // Of all pages, numbered from the base.
  [[nodiscard]] BlockPage* pages() const { return pages_; }

  // The number of a span that belongs to the caller from now on, for as long as the space lives;
  // its memory is zero. The lowest that is left. huge: in huge pages, as a prepared span is anyway.
  // Any thread. Aborts when the space is full or the system has no more memory.
  [[nodiscard]] std::size_t take_span(bool huge);

  // Gets the memory of the next span from the system, so that who takes them need not wait for it;
  // in a growing table that takes longer than its use. Nothing while the space is small. Any
  // thread.
  void prepare();

 private:
  void make_usable(std::size_t span);

  const std::size_t spans_;
  std::byte* reserved_;
  std::byte* base_;
  BlockPage* pages_;
  std::atomic<std::size_t> taken_{0};  // spans
  // Spans below it that were not taken before have been seen to by prepare().
  std::atomic<std::size_t> prepared_{0};
};

}  // namespace tern::rib
