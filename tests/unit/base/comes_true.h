// Waits for what another thread or the kernel does in its own time.
#pragma once

#include <chrono>
#include <thread>

namespace tern {

// Asks for the condition again and again until it holds; false after half a minute. Other threads
// have the processor between two questions.
template <typename Fn>
[[nodiscard]] bool comes_true(Fn&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace tern
