// Waits for what another thread or the kernel does in its own time.
#pragma once

#include <chrono>
#include <thread>

namespace tern {

// Asks for the condition every millisecond until it holds; false after half a minute. The pause
// leaves the processor, the locks and the loop to those who are waited for.
template <typename Fn>
[[nodiscard]] bool comes_true(Fn&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace tern
