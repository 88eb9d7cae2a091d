#include "rib/base/thread_index.h"

#include <bit>

namespace tern::rib {
namespace {

constinit ThreadNumbers numbers;

struct Owned {
  Owned() : number(numbers.take()) {}
  ~Owned() { numbers.give_back(number); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  const std::size_t number;
};

constexpr std::size_t kNone = kMostThreads;
// Apart from `Owned`, because a plain number needs no guard to be read.
constinit thread_local std::size_t number_of_thread = kNone;

}  // namespace

std::size_t ThreadNumbers::take() {
  std::uint64_t taken = taken_.load(std::memory_order_relaxed);
  for (;;) {
    const auto number = static_cast<std::size_t>(std::countr_one(taken));
    if (number >= kSharedThread) return kSharedThread;
    // Acquire: reads what the last owner released, also where other numbers changed hands since,
    // because a read-modify-write carries the release before it on.
    if (taken_.compare_exchange_weak(taken, taken | (std::uint64_t{1} << number),
                                     std::memory_order_acquire, std::memory_order_relaxed)) {
      return number;
    }
  }
}

void ThreadNumbers::give_back(std::size_t number) {
  if (number == kSharedThread) return;
  taken_.fetch_and(~(std::uint64_t{1} << number), std::memory_order_release);
}

std::size_t thread_index() {
  if (number_of_thread == kNone) {
    thread_local const Owned owned;
    number_of_thread = owned.number;
  }
  return number_of_thread;
}

}  // namespace tern::rib
