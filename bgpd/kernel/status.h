// A copy of the state of tern-kernel, for the control API and the metrics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/fib/table.h"
#include "bgpd/kernel/settings.h"

namespace tern::kernel {

enum class KernelState : std::uint8_t {
  Off,       // no section `kernel`
  NoSocket,  // the kernel gives no socket; asked again once a second
  Waiting,   // routes of an earlier process are kept until the neighbors have sent theirs
  // The feed passes all routes once more, after a reload or a revoked subscription. Then routes
  // that are not wanted are removed.
  Refreshing,
  Running,
};
[[nodiscard]] constexpr std::string_view to_string(KernelState state) {
  switch (state) {
    case KernelState::Off:
      return "off";
    case KernelState::NoSocket:
      return "no-socket";
    case KernelState::Waiting:
      return "waiting";
    case KernelState::Refreshing:
      return "refreshing";
    case KernelState::Running:
      return "running";
  }
  return "unknown";
}

struct KernelStatus {
  // Failed routes that are shown by name.
  static constexpr std::size_t kMostShown = 100;

  KernelState state = KernelState::Off;
  Place place;
  fib::Counts counts;
  std::uint64_t next_hops = 0;
  std::uint64_t unreachable_next_hops = 0;
  // Prefixes that are wanted, or of which the kernel may have a route.
  std::uint64_t remembered = 0;
  // The next three members only grow, like some of `counts`, and include former tables and metrics.
  std::uint64_t unanswered = 0;          // questions about next hops without an answer
  std::uint64_t journal_resyncs = 0;     // changes came faster than they were read
  std::uint64_t kernel_resyncs = 0;      // notifications were lost: all routes were read again
  std::string last_error;                // in one line; empty: none
  std::uint64_t last_error_seconds = 0;  // Unix time; 0: none
  std::vector<fib::FailedRoute> failed;  // kMostShown of them
};

}  // namespace tern::kernel
