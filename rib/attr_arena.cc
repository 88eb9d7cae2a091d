#include "rib/attr_arena.h"

#include <algorithm>
#include <new>
#include <utility>

namespace tern::rib {
namespace {

// Sets behind one grace period: enough that its cost is nothing for each.
constexpr std::size_t kBatch = 256;

}  // namespace

void AttrTable::Arena::give(std::uint32_t block, std::size_t octets) {
  std::uint32_t top = returns_.load(std::memory_order_relaxed);
  auto* const dead = new (pool_.at(block)) DeadBlock{top, static_cast<std::uint32_t>(octets)};
  // Release: the block is written here, and by the owner next. All are taken at once, so that a top
  // that went and came back does no harm.
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

void AttrTable::Arena::retire(AttrRef ref) {
  if (retired_ == nullptr) {
    retired_ = spare_ != nullptr ? std::move(spare_) : std::make_unique<Batch>();
    retired_->refs.reserve(kBatch);
  }
  retired_->refs.push_back(ref);
  if (retired_->refs.size() < kBatch) return;
  waiting_.push_back(std::move(retired_));
  rcu::defer(*waiting_.back(), [](rcu::Deferred& batch) {
    // Release: passes on what the readers of the grace period did.
    static_cast<Batch&>(batch).ripe.store(true, std::memory_order_release);
  });
}

bool AttrTable::Arena::is_waiting() const {
  return std::any_of(waiting_.begin(), waiting_.end(), [](const auto& batch) {
    return !batch->ripe.load(std::memory_order_acquire);
  });
}

std::unique_ptr<AttrTable::Arena::Batch> AttrTable::Arena::take_ripe() {
  if (!has_ripe()) return nullptr;
  std::unique_ptr<Batch> batch = std::move(waiting_.front());
  waiting_.pop_front();
  return batch;
}

void AttrTable::Arena::recycle(std::unique_ptr<Batch> batch) {
  batch->refs.clear();
  batch->ripe.store(false, std::memory_order_relaxed);
  spare_ = std::move(batch);
}

}  // namespace tern::rib
