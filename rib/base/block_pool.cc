#include "rib/base/block_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include "rib/base/poison.h"

namespace tern::rib {
namespace {

constexpr std::size_t kBitsPerWord = 64;
constexpr std::size_t kExactUnits = 64;    // up to 512 octets: a class for each
constexpr std::size_t kSmallUnits = 1024;  // up to 8 KiB: classes; above: runs of pages
// Free pages that are kept for the next blocks: 4 MiB or a sixteenth of the memory.
constexpr std::size_t kKeepPages = 256;
constexpr std::size_t kKeepShare = 16;
// Pages given back at once: so many that give_back() is rare, so few that it is not slow.
constexpr std::size_t kBatchPages = 32;
// With fewer free pages the next span will soon be taken. Until then a prepared span is a waste.
constexpr std::size_t kLowPages = BlockSpace::kSpanPages / 8;
// A small table stays small: a pool takes huge pages, and prepares them, from the third span on.
constexpr std::size_t kSmallPool = 2 * BlockSpace::kSpanPages;

// The larger classes, by how many of their blocks fill a page: about an eighth apart where that is
// possible, and without a rest at the end of a page.
constexpr std::array<std::uint16_t, 18> kLargeClassBlocks{28, 25, 22, 20, 18, 16, 14, 12, 11,
                                                          10, 9,  8,  7,  6,  5,  4,  3,  2};

// The first page from `page` on whose bit is `wanted`, or `end`.
std::size_t next_page(const std::vector<std::uint64_t>& bits, bool wanted, std::size_t page,
                      std::size_t end) {
  while (page < end) {
    const std::uint64_t word = wanted ? bits[page / kBitsPerWord] : ~bits[page / kBitsPerWord];
    const std::uint64_t rest = word >> (page % kBitsPerWord);
    if (rest != 0) return std::min(page + static_cast<std::size_t>(std::countr_zero(rest)), end);
    page = (page / kBitsPerWord + 1) * kBitsPerWord;
  }
  return end;
}

// `count` bits from the highest set one of the word downwards, all set: {lowest, count}.
struct BitRun {
  std::size_t first;
  std::size_t count;
};
BitRun highest_run(std::uint64_t word) {
  const auto above = static_cast<std::size_t>(std::countl_zero(word));
  const auto count = static_cast<std::size_t>(std::countl_one(word << above));
  return {kBitsPerWord - above - count, count};
}

std::uint64_t ones(std::size_t first, std::size_t count) {
  return (~std::uint64_t{0} >> (kBitsPerWord - count)) << first;
}

}  // namespace

constexpr std::array<std::uint16_t, BlockPool::kRun> BlockPool::class_units() {
  static_assert(kExactUnits + kLargeClassBlocks.size() == kSizeClasses);
  static_assert(kPageUnits / kLargeClassBlocks.back() == kSmallUnits);
  std::array<std::uint16_t, kRun> units{};
  for (std::size_t i = 0; i < kExactUnits; ++i) units[i] = static_cast<std::uint16_t>(i + 1);
  for (std::size_t i = 0; i < kLargeClassBlocks.size(); ++i) {
    units[kExactUnits + i] = static_cast<std::uint16_t>(kPageUnits / kLargeClassBlocks[i]);
  }
  std::copy_n(units.begin(), kSizeClasses, units.begin() + kFixed);
  return units;
}

constexpr std::array<std::uint16_t, BlockPool::kRun> BlockPool::kClassUnits = class_units();

constexpr std::array<std::uint16_t, BlockPool::kRun> BlockPool::kClassBlocks = [] {
  std::array<std::uint16_t, kRun> blocks{};
  for (std::size_t i = 0; i < kRun; ++i) {
    blocks[i] = static_cast<std::uint16_t>(kPageUnits / kClassUnits[i]);
  }
  return blocks;
}();

inline std::size_t BlockPool::class_of(std::size_t units) {
  if (units <= kExactUnits) return units - 1;
  constexpr auto kBySize = [] {
    std::array<std::uint8_t, kSmallUnits + 1> table{};
    std::size_t size_class = 0;
    for (std::size_t i = 0; i <= kSmallUnits; ++i) {
      if (i > kClassUnits[size_class]) ++size_class;
      table[i] = static_cast<std::uint8_t>(size_class);
    }
    return table;
  }();
  return kBySize[units];
}

// The block that is taken next, which may have been free for long.
[[gnu::always_inline]] inline void BlockPool::prefetch_next(std::size_t size_class,
                                                            std::size_t octets) const {
  constexpr std::size_t kLine = 64;
  const PageId id = open_[size_class];
  if (id == 0 || pages_[id].free == BlockPage::kNoBlock) return;
  const std::byte* const block = at(ref_of(id, pages_[id].free));
  for (std::size_t i = 0; i < std::min(octets, 4 * kLine); i += kLine) {
    __builtin_prefetch(block + i, 1);
  }
}

BlockPool::Ref BlockPool::allocate(std::size_t octets, Kind kind) {
  assert(octets > 0 && octets <= kLargest);
  const std::size_t units = (octets + kUnit - 1) / kUnit;
  if (units > kSmallUnits) return allocate_run(units);
  const bool movable = kind == Kind::Movable;
  const std::size_t size_class = class_of(units) + (movable ? 0 : kFixed);
  const PageId id = open_[size_class] != 0 ? open_[size_class] : open_page(size_class);
  if (id == 0) return 0;
  used_units_ += units;
  if (movable) movable_units_ += kClassUnits[size_class];
  BlockPage& page = pages_[id];
  std::size_t unit = page.free;
  if (unit != BlockPage::kNoBlock) {
    std::byte* const block = at(ref_of(id, unit));
    unpoison(block, units * kUnit);
    std::memcpy(&page.free, block, sizeof page.free);
  } else {
    unit = page.fresh;
    page.fresh = static_cast<std::uint16_t>(page.fresh + kClassUnits[size_class]);
    unpoison(at(ref_of(id, unit)), units * kUnit);
  }
  if (++page.used == kClassBlocks[size_class]) unlink(id);
  prefetch_next(size_class, units * kUnit);
  return ref_of(id, unit);
}

void BlockPool::free(Ref ref, std::size_t octets) {
  assert(ref != 0 && octets > 0 && octets <= kLargest);
  const std::size_t units = (octets + kUnit - 1) / kUnit;
  assert(used_units_ >= units);
  used_units_ -= units;
  if (units > kSmallUnits) return free_run(ref, units);
  const auto id = static_cast<PageId>(ref / kPageUnits);
  BlockPage& page = pages_[id];
  const std::size_t size_class = page.size_class;
  const bool movable = size_class < kFixed;
  assert(size_class == class_of(units) + (movable ? 0 : kFixed) && page.used > 0);
  if (movable) movable_units_ -= kClassUnits[size_class];
  if (page.used == kClassBlocks[size_class]) link(id);
  if (--page.used == 0) {
    unlink(id);
    if (!movable) --fixed_pages_;
    return free_pages(id, 1);
  }
  std::byte* const block = at(ref);
  std::memcpy(block, &page.free, sizeof page.free);
  page.free = static_cast<std::uint16_t>(ref % kPageUnits);
  poison(block, std::size_t{kClassUnits[size_class]} * kUnit);
}

// True if the page has less than three quarters of its blocks: the blocks of fuller pages would
// cost more moves than the page is worth. The first page with free blocks fills up next, so its
// blocks stay.
bool BlockPool::worth_moving(Ref ref) const {
  const auto id = static_cast<PageId>(ref / kPageUnits);
  const BlockPage& page = pages_[id];
  if (page.size_class >= kFixed || open_[page.size_class] == id) return false;
  return page.used * 4U < kClassBlocks[page.size_class] * 3U;
}

// Returns 0 when there is no memory, like all functions below.
BlockPool::PageId BlockPool::open_page(std::size_t size_class) {
  const PageId id = take_pages(1);
  if (id == 0) return 0;
  pages_[id] = BlockPage{};
  pages_[id].size_class = static_cast<std::uint16_t>(size_class);
  if (size_class >= kFixed) ++fixed_pages_;
  link(id);
  return id;
}

void BlockPool::link(PageId id) {
  BlockPage& page = pages_[id];
  PageId& first = open_[page.size_class];
  page.next = first;
  page.previous = 0;
  if (first != 0) pages_[first].previous = id;
  first = id;
}

void BlockPool::unlink(PageId id) {
  const BlockPage& page = pages_[id];
  if (page.next != 0) pages_[page.next].previous = page.previous;
  (page.previous != 0 ? pages_[page.previous].next : open_[page.size_class]) = page.next;
}

BlockPool::Ref BlockPool::allocate_run(std::size_t units) {
  const std::size_t count = (units + kPageUnits - 1) / kPageUnits;
  const PageId first = take_pages(count);
  if (first == 0) return 0;
  used_units_ += units;
  movable_units_ += count * kPageUnits;
  pages_[first] = BlockPage{};
  pages_[first].size_class = kRun;
  pages_[first].used = static_cast<std::uint16_t>(count);
  unpoison(at(ref_of(first, 0)), units * kUnit);
  return ref_of(first, 0);
}

void BlockPool::free_run(Ref ref, std::size_t units) {
  const std::size_t count = (units + kPageUnits - 1) / kPageUnits;
  const auto first = static_cast<PageId>(ref / kPageUnits);
  assert(ref % kPageUnits == 0 && pages_[first].size_class == kRun);
  assert(pages_[first].used == count);
  pages_[first].used = 0;
  movable_units_ -= count * kPageUnits;
  free_pages(first, count);
}

// Takes the lowest `count` contiguous free pages, so that the upper ones can be given back.
BlockPool::PageId BlockPool::take_pages(std::size_t count) {
  std::size_t first = find_pages(count);
  while (first == end_) {
    if (!grow()) return 0;
    first = find_pages(count);
  }
  for (std::size_t page = first; page < first + count; ++page) {
    const std::uint64_t bit = std::uint64_t{1} << (page % kBitsPerWord);
    std::uint64_t& dirty = dirty_[page / kBitsPerWord];
    free_[page / kBitsPerWord] &= ~bit;
    if ((dirty & bit) != 0) {
      dirty &= ~bit;
      --dirty_count_;
    } else {
      ++resident_;
    }
  }
  count_free_pages();
  if (owned_ >= kSmallPool && owned_ - (resident_ - dirty_count_) < kLowPages) {
    space_.load(std::memory_order_relaxed)->ask_for_next();
  }
  return static_cast<PageId>(first);
}

// The first page of the lowest run that is long enough; end_ when there is none.
std::size_t BlockPool::find_pages(std::size_t count) {
  const auto run_class = static_cast<std::size_t>(std::bit_width(count)) - 1;
  const std::size_t end = end_;
  bool hinted = false;
  for (std::size_t page = hints_[run_class]; page < end;) {
    page = next_page(free_, true, page, end);
    const std::size_t run_end = next_page(free_, false, page, std::min(page + count, end));
    if (!hinted && run_end - page >= (std::size_t{1} << run_class)) {
      hints_[run_class] = page;
      hinted = true;
    }
    if (run_end - page == count) return page;
    page = run_end;
  }
  if (!hinted) hints_[run_class] = end;
  return end;
}

void BlockPool::free_pages(PageId first, std::size_t count) {
  for (std::size_t page = first; page < first + count; ++page) {
    const std::uint64_t bit = std::uint64_t{1} << (page % kBitsPerWord);
    free_[page / kBitsPerWord] |= bit;
    dirty_[page / kBitsPerWord] |= bit;
  }
  poison(at(ref_of(first, 0)), count * kPageOctets);
  dirty_count_ += count;
  dirty_end_ = std::max(dirty_end_, (first + count - 1) / kBitsPerWord + 1);
  lower_hints(first);
  count_free_pages();
  if (dirty_count_ > std::max(kKeepPages, resident_ / kKeepShare)) give_back();
}

// After `page` (and perhaps those that follow it) became free: a run of 2^k pages that holds it
// begins at most 2^k - 1 pages before.
void BlockPool::lower_hints(std::size_t page) {
  for (std::size_t k = 0; k < kRunClasses; ++k) {
    const std::size_t before = (std::size_t{1} << k) - 1;
    hints_[k] = std::min(hints_[k], page - std::min(page, before));
  }
}

bool BlockPool::grow() {
  if (base_ == nullptr) use(own_.emplace(reserve_));
  const auto taken = space_.load(std::memory_order_relaxed)->take_span(owned_ >= kSmallPool);
  if (!taken) return false;
  const std::size_t span = *taken;
  const std::size_t first = span * BlockSpace::kSpanPages;
  poison(base_ + span * BlockSpace::kSpanOctets, BlockSpace::kSpanOctets);
  // Spans of other pools may be in between: for this pool their pages are never free.
  constexpr std::size_t kSpanWords = BlockSpace::kSpanPages / kBitsPerWord;
  end_ = first + BlockSpace::kSpanPages;
  owned_ += BlockSpace::kSpanPages;
  free_.resize(end_ / kBitsPerWord - kSpanWords);
  free_.resize(end_ / kBitsPerWord, ~std::uint64_t{0});
  dirty_.resize(free_.size());
  if (first == 0) free_[0] &= ~std::uint64_t{1};  // Ref 0 names nothing; the page is never used
  lower_hints(first);
  count_free_pages();
  return true;
}

void BlockPool::count_free_pages() {
  free_pages_.store(owned_ - (resident_ - dirty_count_), std::memory_order_relaxed);
}

// Gives back the uppermost dirty pages, because the lowest are used again next.
void BlockPool::give_back() {
  std::size_t given = 0;
  while (given < kBatchPages && dirty_end_ > 0) {
    std::uint64_t& word = dirty_[dirty_end_ - 1];
    if (word == 0) {
      --dirty_end_;
      continue;
    }
    const BitRun run = highest_run(word);
    std::byte* const from = base_ + ((dirty_end_ - 1) * kBitsPerWord + run.first) * kPageOctets;
    if (::madvise(from, run.count * kPageOctets, MADV_DONTNEED) != 0) std::abort();
    word &= ~ones(run.first, run.count);
    given += run.count;
  }
  dirty_count_ -= given;
  resident_ -= given;
}

}  // namespace tern::rib
