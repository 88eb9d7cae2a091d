// A small number for the thread that asks, so that a table can keep something for each thread in an
// array instead of sharing it.
#pragma once

#include <atomic>
#include <cstddef>

namespace tern::rib {

// The loop's thread and 15 workers: as many as there is work for in one speaker.
inline constexpr std::size_t kMostThreads = 16;

// Numbers by bits, for thread_index() and its test. Any thread.
class ThreadNumbers {
 public:
  // The lowest number that nobody has. What the last owner of a number did before give_back() is
  // visible to the next one. Aborts when all kMostThreads are taken: what is kept for a number
  // belongs to one thread at a time, and two threads on one would ruin it.
  [[nodiscard]] std::size_t take();
  void give_back(std::size_t number);

 private:
  std::atomic<unsigned> taken_{0};  // a bit per number
};

// Below kMostThreads, the same for the whole life of the thread, and no other living thread has it.
// Taken with the first call, and given back when the thread ends.
[[nodiscard]] std::size_t thread_index();

}  // namespace tern::rib
