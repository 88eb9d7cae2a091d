// Counters of a neighbor's sessions since the daemon started. Loop thread only; other threads get
// copies.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "bgpd/wire/framer.h"
#include "bgpd/wire/notification.h"
#include "policy/guard.h"
#include "rib/types/family.h"
#include "rib/types/location.h"
#include "rib/types/reason_counts.h"

namespace tern::session {

struct PeerCounters {
  std::array<std::uint64_t, wire::kMessageTypeCount> messages_in{};  // by type number
  std::array<std::uint64_t, wire::kMessageTypeCount> messages_out{};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  // By (sent, code, subcode) of bounded_numbers(): at most 102 keys.
  std::map<std::array<std::uint8_t, 3>, std::uint64_t> notifications;
  std::array<std::uint64_t, kFamilyCount> announced_in{};
  std::array<std::uint64_t, kFamilyCount> withdrawn_in{};
  std::array<std::uint64_t, kFamilyCount> announced_out{};
  std::array<std::uint64_t, kFamilyCount> withdrawn_out{};
  ReasonCounts rejected;
  std::uint64_t attributes_discarded = 0;
  std::uint64_t treated_as_withdraw = 0;
  // Accepted routes by how the place of their users was found, and those whose tags exclude each
  // other.
  std::array<std::uint64_t, kLocationSourceCount> located{};
  std::uint64_t contradictory_tags = 0;
  // Routes for registered prefixes with a suspicion, by policy::Suspicion.
  std::array<std::uint64_t, policy::kSuspicionCount> quarantined{};
  std::array<std::uint64_t, policy::kSuspicionCount> warned{};
  std::array<std::uint64_t, policy::kSuspicionCount> by_fallback{};
  std::array<std::uint64_t, 4> limit_hits{};  // by pipeline::LimitAction
  std::uint64_t send_blocked_nanoseconds = 0;

  void count(const wire::Notification& notification, bool sent) {
    const auto [code, subcode] = notification.bounded_numbers();
    ++notifications[{static_cast<std::uint8_t>(sent ? 1 : 0), code, subcode}];
  }
};

// Counts durations into fixed buckets of seconds.
template <std::size_t N>
struct DurationHistogram {
  std::array<double, N> bounds;
  std::array<std::uint64_t, N + 1> counts{};
  double sum = 0;

  void add(double seconds) {
    std::size_t bucket = 0;
    while (bucket < N && seconds > bounds[bucket]) ++bucket;
    ++counts[bucket];
    sum += seconds;
  }
};

}  // namespace tern::session
