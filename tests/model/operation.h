// A BasicOperation is one step of a random run. model_test and sim_test have kinds of their own. A
// run follows from its operations, so reduced() can find the operations that make the run fail.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/peer.h"

namespace tern::model {

template <typename OperationKind>
struct BasicOperation {
  using Kind = OperationKind;
  Kind kind = Kind::Settle;
  PeerSlot slot = 1;
  std::uint32_t a = 0;
  std::uint32_t b = 0;

  // The operation as C++, for a test that replays a reduced run.
  [[nodiscard]] std::string code(const char* name) const {
    return std::string("{Kind::") + name + ", " + std::to_string(slot) + ", " + std::to_string(a) +
           ", " + std::to_string(b) + "}";
  }
};

// Leaves pieces of run.operations out, large pieces first, as long as the rest still fails.
// Requires fails(run).
template <typename Run, typename Fails>
[[nodiscard]] Run reduced(Run run, const Fails& fails) {
  for (std::size_t piece = run.operations.size() / 2; piece > 0;) {
    bool shorter = false;
    for (std::size_t start = 0; start < run.operations.size();) {
      Run without = run;
      auto& left = without.operations;
      const std::size_t end = std::min(start + piece, left.size());
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(start),
                 left.begin() + static_cast<std::ptrdiff_t>(end));
      if (fails(without)) {
        run = std::move(without);
        shorter = true;
      } else {
        start += piece;
      }
    }
    if (piece > 1 || !shorter) piece /= 2;
  }
  return run;
}

// A number from the environment, such as TERN_MODEL_SEED.
[[nodiscard]] inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace tern::model
