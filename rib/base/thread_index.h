// A small number for the calling thread, so that a table can keep an object per thread in an array
// instead of sharing one object.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tern::rib {

// The numbers of threads are below kMostThreads. Threads that find all other numbers taken share
// kSharedThread: a table needs a lock for the object of that number. Three speakers with 20 threads
// each in one process (tests) have numbers of their own.
inline constexpr std::size_t kMostThreads = 64;
inline constexpr std::size_t kSharedThread = kMostThreads - 1;

// Numbers by bits, for thread_index() and its test. Any thread.
class ThreadNumbers {
 public:
  // The lowest number that no thread has, or kSharedThread when all others are taken. The next
  // owner of a number sees the writes of the last owner before give_back().
  [[nodiscard]] std::size_t take();
  void give_back(std::size_t number);

 private:
  std::atomic<std::uint64_t> taken_{0};  // a bit per number but the shared one
};

// The number of the calling thread, below kMostThreads, the same for the whole life of the thread.
// No other living thread has the number, unless it is kSharedThread. The first call takes the
// number; the end of the thread gives it back.
[[nodiscard]] std::size_t thread_index();

}  // namespace tern::rib
