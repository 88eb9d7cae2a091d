#include "rib/attr_arena.h"

#include <new>
#include <utility>

namespace tern::rib {

void AttrTable::Arena::give(std::uint32_t block, std::size_t octets) {
  std::uint32_t top = returns_.load(std::memory_order_relaxed);
  auto* const dead = new (pool_.at(block)) DeadBlock{top, static_cast<std::uint32_t>(octets)};
  // Release: this thread's write comes before the owner's next one. The owner takes all blocks at
  // once, so a top that is taken and returned again does no harm.
  while (!returns_.compare_exchange_weak(top, block, std::memory_order_release,
                                         std::memory_order_relaxed)) {
    dead->next = top;
  }
}

bool AttrTable::Arena::take_returns(int most) {
  if (returned_ == 0) returned_ = returns_.exchange(0, std::memory_order_acquire);
  for (int i = 0; i < most && returned_ != 0; ++i) {
    const DeadBlock block = dead(returned_);
    pool_.free(std::exchange(returned_, block.next), block.octets);
  }
  return has_returns();
}

// Only the owner writes, so no read-modify-write is needed.
void AttrTable::Arena::change(std::int64_t sets, std::int64_t octets) {
  size_.store(size() + sets, std::memory_order_relaxed);
  octets_.store(this->octets() + octets, std::memory_order_relaxed);
}

}  // namespace tern::rib
