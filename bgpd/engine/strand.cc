#include "bgpd/engine/strand.h"

#include <utility>

namespace tern::engine {

Strand::~Strand() {
  (void)enter();
  while (next() != nullptr) {
  }
}

bool Strand::push(std::unique_ptr<Task> task) {
  Task* const pushed = task.release();
  Task* newest = posted_.load(std::memory_order_relaxed);
  do {
    pushed->next_ = newest == nullptr ? &running_ : newest;
  } while (!posted_.compare_exchange_weak(newest, pushed, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
  return newest == nullptr;
}

bool Strand::enter() {
  Task* idle = nullptr;
  return posted_.compare_exchange_strong(idle, &running_, std::memory_order_acquire,
                                         std::memory_order_relaxed);
}

// Takes the posted tasks and reverses their list.
void Strand::take() {
  Task* newest = posted_.exchange(&running_, std::memory_order_acquire);
  while (newest != &running_) {
    Task* const task = std::exchange(newest, newest->next_);
    task->next_ = std::exchange(taken_, task);
  }
}

std::unique_ptr<Task> Strand::next() {
  if (taken_ == nullptr) take();
  if (taken_ == nullptr) return nullptr;
  return std::unique_ptr<Task>(std::exchange(taken_, taken_->next_));
}

bool Strand::leave() {
  if (taken_ != nullptr) return false;
  Task* none = &running_;
  return posted_.compare_exchange_strong(none, nullptr, std::memory_order_release,
                                         std::memory_order_relaxed);
}

}  // namespace tern::engine
