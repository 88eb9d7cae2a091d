// The state of the probes, for listings and metrics. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/probes/settings.h"
#include "rib/types/location.h"

namespace tern::probes {

enum class TargetState : std::uint8_t {
  Unknown,   // no probe has ended yet
  Answered,  // the last probe was answered
  Lost,      // the last probe had no answer in time, or the network could not deliver it
  Failed,    // the last probe could not be sent, for a reason on this host
};
[[nodiscard]] std::string_view to_string(TargetState state);  // "answered"
[[nodiscard]] std::string_view to_string(Method method);      // "icmp"

struct ProbeStatus {
  struct Target {
    TargetSettings settings;
    TargetState state = TargetState::Unknown;
    EgressCost round_trip = 0;  // microseconds, of the last probe; in state Answered
    std::int64_t since = 0;     // Unix time of the state; 0 in state Unknown
    std::string error;          // why the last probe was lost or failed; empty: no answer came
    std::uint32_t recent = 0;   // the last probes that were sent and ended, at most 16
    std::uint32_t recently_lost = 0;  // of them
    std::uint64_t answered = 0;       // counters since the target is known
    std::uint64_t lost = 0;
    std::uint64_t failed = 0;
  };
  std::chrono::seconds interval{0};
  std::chrono::milliseconds timeout{0};
  std::vector<Target> targets;  // in the order of the settings
};

}  // namespace tern::probes
