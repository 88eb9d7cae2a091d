// Memory for millions of small blocks, each named by 32 bits instead of a pointer of 64.
//
// A table of a million destinations is made of lists that grow and shrink a path at a time. The
// pool has a size class for every multiple of 8 octets up to 512, so such a list wastes no memory.
// Memory that a class no longer needs goes to the other classes: the address space is cut into
// pages of 16 KiB, a page serves one class at a time, and a page whose last block is freed may
// serve any class next. Sizes above 8 KiB take runs of whole pages. Blocks that their owner keeps
// where they are (Kind::Fixed) have pages of their own: among blocks that come and go, a few of
// them would keep whole pages from the next class.
//
// A pool has a space of its own, up to 32 GiB that the pool reserves with its first block, or
// shares a space with other pools: then one base finds the blocks of all of them. The pool takes
// memory from the system as blocks need it. When much of it is free, the pool gives memory back, a
// little with each page that becomes free; addresses stay with the pool. Used by one thread. Under
// AddressSanitizer, free blocks are poisoned.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "rib/base/block_space.h"

namespace tern::rib {

class BlockPool {
 public:
  // Units of 8 octets from the base of the pool. 0 is never handed out.
  using Ref = std::uint32_t;
  static constexpr std::size_t kUnit = 8;
  static constexpr std::size_t kLargest = std::size_t{4} << 20U;  // half of it in a shared space

  static constexpr std::size_t kReserve = std::size_t{32} << 30U;  // octets a Ref can name

  // Movable: the owner replaces blocks that are worth_moving().
  enum class Kind : std::uint8_t { Movable, Fixed };

  // reserve: octets of the pool's own space; a multiple of BlockSpace::kSpanOctets.
  explicit BlockPool(std::size_t reserve = kReserve) : reserve_(reserve) {}
  // In a space that the pool shares with other pools. The space outlives the pool.
  explicit BlockPool(BlockSpace& space) { use(space); }
  ~BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A block of 1 to kLargest octets, rounded up to a multiple of 8 and aligned to 8. Its content is
  // undefined. 0 when the space is full or the system has no more memory; the pool stays as before.
  [[nodiscard]] Ref allocate(std::size_t octets, Kind kind = Kind::Movable);
  // Takes back a block that allocate() returned for the same number of octets.
  void free(Ref ref, std::size_t octets);

  // The address stays the same until the block is freed.
  [[nodiscard]] std::byte* at(Ref ref) { return base_ + std::size_t{ref} * kUnit; }
  [[nodiscard]] const std::byte* at(Ref ref) const { return base_ + std::size_t{ref} * kUnit; }

  // Octets that no block takes, of pages that hold movable blocks.
  [[nodiscard]] std::size_t bytes_scattered() const {
    return (resident_ - dirty_count_ - fixed_pages_) * kPageOctets - movable_units_ * kUnit;
  }
  // Whether the page of a movable block is rather empty, and a new block for its content would be
  // in another page. A caller that replaces all such blocks frees their pages.
  [[nodiscard]] bool worth_moving(Ref ref) const;

  // prepare() calls BlockSpace::prepare() of the pool's space. asks_for_memory(): the pool has
  // little left and asks for that. Any thread.
  void prepare() {
    if (BlockSpace* const space = space_.load(std::memory_order_acquire)) space->prepare();
  }
  [[nodiscard]] bool asks_for_memory() const {
    const BlockSpace* const space = space_.load(std::memory_order_acquire);
    return space != nullptr && space->asked();
  }

  // Octets that the pool could still hand out, however scattered: octets_free() in its own pages,
  // octets_left() in spans of the space that no pool has. Any thread may call.
  [[nodiscard]] std::size_t octets_free() const {
    return free_pages_.load(std::memory_order_relaxed) * kPageOctets;
  }
  [[nodiscard]] std::size_t octets_left() const {
    const BlockSpace* const space = space_.load(std::memory_order_acquire);
    return space != nullptr ? space->octets_left() : reserve_;
  }

  // Whether less than a thirty-second of the reserve, or less than 16 MiB of a large one, is left.
  // The caller should keep the rest for lists that grow.
  [[nodiscard]] bool nearly_full() const {
    constexpr std::size_t kSpare = std::size_t{16} << 20U;
    return octets_left() + octets_free() < std::min(reserve_ / 32, kSpare);
  }

  // Of all blocks, rounded up to multiples of 8.
  [[nodiscard]] std::size_t bytes_used() const { return used_units_ * kUnit; }
  // Of the pages that take memory: those with blocks, and free ones not yet given back.
  [[nodiscard]] std::size_t bytes_committed() const { return resident_ * kPageOctets; }

 private:
  static constexpr std::size_t kPageOctets = BlockSpace::kPageOctets;
  static constexpr std::size_t kPageUnits = kPageOctets / kUnit;
  static constexpr std::size_t kRunClasses = 9;    // runs of 1, 2 to 3, 4 to 7, ... 256 pages
  static constexpr std::size_t kSizeClasses = 82;
  // BlockPage::size_class of a page with fixed blocks: kFixed more. Of a run: kRun.
  static constexpr std::size_t kFixed = kSizeClasses;
  static constexpr std::size_t kRun = 2 * kSizeClasses;
  using PageId = std::uint32_t;                    // 0 is never used, and stands for no page

  static constexpr std::array<std::uint16_t, kRun> class_units();
  static const std::array<std::uint16_t, kRun> kClassUnits;
  static const std::array<std::uint16_t, kRun> kClassBlocks;  // per page
  [[nodiscard]] static std::size_t class_of(std::size_t units);

  [[nodiscard]] static Ref ref_of(PageId page, std::size_t unit) {
    return static_cast<Ref>(page * kPageUnits + unit);
  }
  [[nodiscard]] PageId open_page(std::size_t size_class);
  void prefetch_next(std::size_t size_class, std::size_t octets) const;
  void link(PageId id);
  void unlink(PageId id);

  [[nodiscard]] Ref allocate_run(std::size_t units);
  void free_run(Ref ref, std::size_t units);
  [[nodiscard]] PageId take_pages(std::size_t count);
  [[nodiscard]] std::size_t find_pages(std::size_t count);
  void free_pages(PageId first, std::size_t count);
  void lower_hints(std::size_t page);
  void use(BlockSpace& space) {
    base_ = space.base();
    pages_ = space.pages();
    space_.store(&space, std::memory_order_release);
  }
  [[nodiscard]] bool grow();
  void count_free_pages();
  void give_back();

  std::byte* base_ = nullptr;  // of the space
  BlockPage* pages_ = nullptr;
  std::size_t end_ = 0;                      // pages, up to the last span of this pool
  std::size_t owned_ = 0;                    // pages of its spans
  std::size_t reserve_ = 0;                  // octets of own_
  std::atomic<BlockSpace*> space_{nullptr};  // written once, by the owner
  std::atomic<std::size_t> free_pages_{0};   // written by the owner
  std::optional<BlockSpace> own_;
  std::array<PageId, kRun> open_{};  // the first page of each class with free blocks

  // A bit per page. `dirty_` are the free pages that still take memory.
  std::vector<std::uint64_t> free_;
  std::vector<std::uint64_t> dirty_;
  // Below hints_[k] begins no run of 2^k free pages.
  std::array<std::size_t, kRunClasses> hints_{};
  std::size_t dirty_end_ = 0;  // words of dirty_ from here on are zero

  std::size_t used_units_ = 0;
  std::size_t movable_units_ = 0;  // of movable blocks, rounded up to size classes; of all runs
  std::size_t fixed_pages_ = 0;    // pages with fixed blocks
  std::size_t resident_ = 0;       // pages with blocks, and dirty ones
  std::size_t dirty_count_ = 0;  // pages
};

}  // namespace tern::rib
