// Keeps objects that their owner removed from a structure which other threads read without locks,
// until no thread can be reading them any more (rib/base/rcu.h). Used by one thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "rib/base/rcu.h"

namespace tern::rib {

template <typename T>
class Retired {
 public:
  // Objects for one grace period: so many that its cost for each is negligible.
  static constexpr std::size_t kBatch = 256;

  Retired() = default;
  // Waits for grace periods that are not over. Objects that were not freed are forgotten.
  ~Retired() {
    if (is_waiting()) rcu::wait_for_deferred();
  }
  Retired(const Retired&) = delete;
  Retired& operator=(const Retired&) = delete;

  // Requires that no thread can find the object from now on.
  void add(T gone) {
    if (filling_ == nullptr) {
      filling_ = spare_ != nullptr ? std::move(spare_) : std::make_unique<Batch>();
      filling_->gone.reserve(kBatch);
    }
    filling_->gone.push_back(std::move(gone));
    if (filling_->gone.size() < kBatch) return;
    waiting_.push_back(std::move(filling_));
    rcu::defer(*waiting_.back(), [](rcu::Deferred& batch) {
      // Release: passes on what the readers of the grace period did.
      static_cast<Batch&>(batch).ripe.store(true, std::memory_order_release);
    });
  }

  // Whether the oldest batch may be freed.
  [[nodiscard]] bool has_ripe() const {
    return !waiting_.empty() && waiting_.front()->ripe.load(std::memory_order_acquire);
  }
  // Whether the grace period of a batch is not yet over.
  [[nodiscard]] bool is_waiting() const {
    return std::ranges::any_of(
        waiting_, [](const auto& batch) { return !batch->ripe.load(std::memory_order_acquire); });
  }
  // Calls free(gone) for each of the oldest batch, if it may be freed.
  template <typename Fn>
  void free_ripe(Fn&& free) {
    if (!has_ripe()) return;
    std::unique_ptr<Batch> batch = std::move(waiting_.front());
    waiting_.pop_front();
    for (T& gone : batch->gone) free(gone);
    batch->gone.clear();
    batch->ripe.store(false, std::memory_order_relaxed);
    spare_ = std::move(batch);
  }
  // The same for all objects. Requires that no other thread reads the structure now.
  template <typename Fn>
  void free_all(Fn&& free) {
    const auto free_batch = [&](Batch& batch) {
      for (T& gone : batch.gone) free(gone);
      batch.gone.clear();  // the batch itself stays until it is called back
    };
    for (const auto& batch : waiting_) free_batch(*batch);
    if (filling_ != nullptr) free_batch(*filling_);
  }

 private:
  struct Batch : rcu::Deferred {
    std::vector<T> gone;
    std::atomic<bool> ripe{false};  // the grace period is over
  };

  std::unique_ptr<Batch> filling_;
  std::deque<std::unique_ptr<Batch>> waiting_;  // for their grace periods, the oldest first
  std::unique_ptr<Batch> spare_;
};

}  // namespace tern::rib
