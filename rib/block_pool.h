// Memory for millions of small blocks, each named by 32 bits instead of a pointer of 64.
//
// A table of a million destinations is made of lists that grow and shrink a path at a time. The
// pool has a size class for every multiple of 8 octets up to 512, so such a list wastes nothing,
// and gives the memory a class no longer needs to the others: the address space is cut into pages
// of 16 KiB, a page serves one class at a time, and a page whose last block is freed may serve any
// class next. Sizes above 8 KiB take runs of whole pages.
//
// 32 GiB of address space are reserved with the first block; memory is taken as blocks need it, and
// goes back to the system when much of it is free, a little with each page that becomes free.
// When the system has no more memory or address space, or 32 GiB are full, the process aborts.
// Owned by one thread. Under AddressSanitizer, blocks that are free are poisoned.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tern::rib {

class BlockPool {
 public:
  // Units of 8 octets from the base of the pool. 0 is never handed out.
  using Ref = std::uint32_t;
  static constexpr std::size_t kUnit = 8;
  static constexpr std::size_t kLargest = std::size_t{4} << 20U;

  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  // A block of 1 to kLargest octets, rounded up to a multiple of 8 and aligned to 8. What it holds
  // is undefined.
  [[nodiscard]] Ref allocate(std::size_t octets);
  // Takes back what allocate() gave for the same number of octets.
  void free(Ref ref, std::size_t octets);

  // The address stays the same until the block is freed.
  [[nodiscard]] std::byte* at(Ref ref) { return base_ + std::size_t{ref} * kUnit; }
  [[nodiscard]] const std::byte* at(Ref ref) const { return base_ + std::size_t{ref} * kUnit; }

  // Of all blocks, rounded up to multiples of 8.
  [[nodiscard]] std::size_t bytes_used() const { return used_units_ * kUnit; }
  // Of the pages that take memory: those with blocks, and free ones not yet given back.
  [[nodiscard]] std::size_t bytes_committed() const { return resident_ * kPageOctets; }

 private:
  static constexpr std::size_t kPageOctets = 16384;
  static constexpr std::size_t kPageUnits = kPageOctets / kUnit;
  static constexpr std::size_t kStepPages = (std::size_t{4} << 20U) / kPageOctets;  // of growth
  static constexpr std::size_t kReserve = std::size_t{32} << 30U;  // what a Ref can name
  static constexpr std::size_t kReservePages = kReserve / kPageOctets;
  static constexpr std::size_t kRunClasses = 9;  // runs of 1, 2 to 3, 4 to 7, ... 256 pages
  static constexpr std::size_t kSizeClasses = 82;
  static constexpr std::uint16_t kNoBlock = 0xFFFF;
  using PageId = std::uint32_t;  // 0 is never used, and stands for no page

  // 16 octets per 16 KiB. The free blocks of a page are a chain of unit numbers within the page,
  // each in the first two octets of the block before; those from `fresh` on were never in use.
  struct Page {
    PageId next = 0;  // in the list of pages of the class that have free blocks
    PageId previous = 0;
    std::uint16_t free = kNoBlock;
    std::uint16_t fresh = 0;
    std::uint16_t used = 0;        // blocks; of the first page of a run: the pages of the run
    std::uint16_t size_class = 0;  // kSizeClasses: a run
  };

  static constexpr std::array<std::uint16_t, kSizeClasses> class_units();
  static const std::array<std::uint16_t, kSizeClasses> kClassUnits;
  static const std::array<std::uint16_t, kSizeClasses> kClassBlocks;  // per page
  [[nodiscard]] static std::size_t class_of(std::size_t units);

  [[nodiscard]] static Ref ref_of(PageId page, std::size_t unit) {
    return static_cast<Ref>(page * kPageUnits + unit);
  }
  [[nodiscard]] PageId open_page(std::size_t size_class);
  void link(PageId id);
  void unlink(PageId id);

  [[nodiscard]] Ref allocate_run(std::size_t units);
  void free_run(Ref ref, std::size_t units);
  [[nodiscard]] PageId take_pages(std::size_t count);
  [[nodiscard]] std::size_t find_pages(std::size_t count);
  void free_pages(PageId first, std::size_t count);
  void lower_hints(std::size_t page);
  void grow();
  void give_back();

  std::byte* reserved_ = nullptr;  // null until the first block
  std::byte* base_ = nullptr;      // in it, aligned to huge pages
  std::vector<Page> pages_;
  std::array<PageId, kSizeClasses> open_{};  // the first page of each class with free blocks

  // A bit per page. `dirty_` are the free ones that still take memory.
  std::vector<std::uint64_t> free_;
  std::vector<std::uint64_t> dirty_;
  // Below hints_[k] begins no run of 2^k free pages.
  std::array<std::size_t, kRunClasses> hints_{};
  std::size_t dirty_end_ = 0;  // words of dirty_ from here on are zero

  std::size_t used_units_ = 0;
  std::size_t resident_ = 0;     // pages with blocks, and dirty ones
  std::size_t dirty_count_ = 0;  // pages
};

}  // namespace tern::rib
