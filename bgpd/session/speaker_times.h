// Times that a speaker measures of itself.
#pragma once

#include <cstdint>

#include "bgpd/session/counters.h"
#include "bgpd/session/loop.h"

namespace tern::session {

struct SpeakerTimes {
  using Fine = DurationHistogram<14>;
  Fine update_propagation{
      {1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1}, {}, 0};
  Fine burst_handling = update_propagation;  // from the read of UPDATEs until the RIB has them
  Fine loop_stall = update_propagation;      // lateness of a timer, once a second
  // record_reload(), longest slice of apply(), longest slice of a re-evaluation
  Fine reload_stall = update_propagation;
  // Routes that were evaluated again: received ones by new rules or with new addresses of this
  // host, and for each client the advertised ones that changed prefix sets concern.
  struct Evaluated {
    std::uint64_t imports = 0;
    std::uint64_t exports = 0;
    void add(std::uint64_t more_imports, std::uint64_t more_exports) {
      imports += more_imports;
      exports += more_exports;
    }
  };
  Evaluated reevaluated;
  Evaluated last_reload;  // since the last apply()
  // From the start to End-of-RIB of every configured peer, except those that never came up; 0: not
  // yet.
  double convergence_seconds = 0;
  std::uint32_t convergence_heard = 0;   // peers with End-of-RIB
  std::uint32_t convergence_absent = 0;  // peers that never came up
};

// since: steady nanoseconds.
inline double seconds_since(std::uint64_t since) {
  return static_cast<double>(steady_nanoseconds() - since) * 1e-9;
}

}  // namespace tern::session
