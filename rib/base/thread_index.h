// A small number for the thread that asks, so that a table can keep something for each thread in an
// array instead of sharing it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tern::rib {

// Numbers. The last one is shared by all threads that find the others taken: whoever keeps
// something for it needs a lock there. Three speakers with 20 threads each have numbers of their
// own.
inline constexpr std::size_t kMostThreads = 64;
inline constexpr std::size_t kSharedThread = kMostThreads - 1;

// Numbers by bits, for thread_index() and its test. Any thread.
class ThreadNumbers {
 public:
  // The lowest number that no thread has, or kSharedThread when all others are taken. What the last
  // owner of a number did before give_back() is visible to the next one.
  [[nodiscard]] std::size_t take();
  void give_back(std::size_t number);

 private:
  std::atomic<std::uint64_t> taken_{0};  // a bit per number but the shared one
};

// Below kMostThreads, the same for the whole life of the thread. No other living thread has it,
// unless it is kSharedThread. Taken with the first call, and given back when the thread ends.
[[nodiscard]] std::size_t thread_index();

}  // namespace tern::rib
