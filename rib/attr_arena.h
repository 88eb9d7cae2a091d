// The arena of one thread in an AttrTable: the memory of the sets that the thread adds, its share
// of the table's counters, and the sets that it removed but could not free yet.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "rib/attr_table.h"
#include "rib/base/block_pool.h"
#include "rib/base/interning_index.h"
#include "rib/base/retired.h"

namespace tern::rib {

// Used by the thread that has its number, except for functions marked "any thread".
class AttrTable::Arena {
 public:
  Arena(BlockSpace& space, unsigned number) : number_(number), pool_(space) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  [[nodiscard]] unsigned number() const { return number_; }

  // Memory for a set, as of BlockPool::allocate(), or 0.
  [[nodiscard]] std::uint32_t allocate(std::size_t octets) {
    if (has_returns()) (void)take_returns(kReturnsAtOnce);
    return pool_.allocate(octets);
  }
  void free(std::uint32_t block, std::size_t octets) { pool_.free(block, octets); }
  // Returns a block to this arena from another thread; any thread. The owner takes it with its next
  // allocation or tidy().
  void give(std::uint32_t block, std::size_t octets);
  // Takes at most so many returned blocks. True: there are more.
  bool take_returns(int most);

  // Counts a set of so many octets that was added or removed.
  void count_added(std::size_t octets) { change(1, static_cast<std::int64_t>(octets)); }
  void count_removed(std::size_t octets) { change(-1, -static_cast<std::int64_t>(octets)); }
  // Octets of pages without sets. Any thread may call.
  [[nodiscard]] std::size_t octets_free() const { return pool_.octets_free(); }
  // Any thread may call. Below zero when this thread removed sets that other threads had added.
  [[nodiscard]] std::int64_t size() const { return size_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t octets() const { return octets_.load(std::memory_order_relaxed); }

  // Sets removed from the index.
  Retired<AttrRef> retired;
  InterningIndex::Tally tally;
  // Sets without references that the index could not remove while a migration was under way.
  std::vector<AttrRef> deferred;
  std::uint64_t deferred_at = 0;  // generation of the index

 private:
  // Blocks that one allocation takes back from other threads: each is likely a cache miss.
  static constexpr int kReturnsAtOnce = 32;
  struct DeadBlock {
    std::uint32_t next;
    std::uint32_t octets;
  };

  [[nodiscard]] bool has_returns() const {
    return returned_ != 0 || returns_.load(std::memory_order_relaxed) != 0;
  }
  void change(std::int64_t sets, std::int64_t octets);
  [[nodiscard]] DeadBlock& dead(std::uint32_t block) {
    return *reinterpret_cast<DeadBlock*>(pool_.at(block));
  }

  const unsigned number_;
  BlockPool pool_;
  std::uint32_t returned_ = 0;  // a chain of DeadBlocks, taken from returns_

  // Written by the owner, read by any thread.
  std::atomic<std::int64_t> size_{0};
  std::atomic<std::int64_t> octets_{0};

  // Written by any thread: a stack of DeadBlocks.
  alignas(64) std::atomic<std::uint32_t> returns_{0};
};

}  // namespace tern::rib
