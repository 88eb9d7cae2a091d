// Counters of events. Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "bgpd/events/event.h"

namespace tern::events {

struct EventCounts {
  std::array<std::array<std::uint64_t, kSeverities>, kKinds> total{};  // begun, also again, ever
  std::array<std::uint64_t, kKinds> open{};
  std::uint64_t folded = 0;     // reports that became members of another event, ever
  std::uint64_t forgotten = 0;  // open events, for want of room, ever

  void note_beginning(const Event& event) {
    ++total[static_cast<std::size_t>(event.kind)][static_cast<std::size_t>(event.severity)];
  }
  [[nodiscard]] std::uint64_t& open_of(Kind kind) { return open[static_cast<std::size_t>(kind)]; }
};

}  // namespace tern::events
