// When the daemon watches the table of routes: how long it waits for the tables of the neighbors
// after a start, and rests behind the revocation of a subscription to the journals.
#pragma once

#include <chrono>
#include <cstdint>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

// Between two looks at what there is to do.
inline constexpr std::chrono::milliseconds kWatchPoll{100};
// The rest, as for kernel::Feed: a new subscription at once would be revoked like the last one.
inline constexpr std::uint64_t kAfterRevoked = 2'000'000'000;  // nanoseconds, like the next two
// Time from the start until the neighbors' tables count as complete. kTableWait: while no table is
// under way, although some neighbor has sent no End-of-RIB.
inline constexpr std::uint64_t kTableWait = 20'000'000'000;
inline constexpr std::uint64_t kMostTableWait = 60'000'000'000;  // whatever is under way

// The neighbors have sent their tables, and the shards have stored them. start: steady nanoseconds.
// Loop thread only.
[[nodiscard]] inline bool has_tables(const Speaker& speaker, std::uint64_t start) {
  const std::uint64_t waited = steady_nanoseconds() - start;
  if (waited > kMostTableWait) return true;
  return !speaker.busy() && (speaker.times().convergence_seconds != 0 || waited > kTableWait);
}

}  // namespace tern::session
