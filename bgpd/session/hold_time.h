// What a hold timer that expires means. Internal to bgpd/session.
//
// A hold timer counts the time since the neighbor was last heard. It expires on time, but the loop,
// or the thread that reads for the neighbor, may be late: then what the neighbor sent in time was
// read elsewhere and not yet handed on, or waits in the socket.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace tern::session {

struct HoldTime {
  using Clock = std::chrono::steady_clock;

  Clock::time_point due;              // last heard, as far as the timer knows, and `hold` more
  Clock::duration hold{};             // negotiated, or what an OPEN may take
  Clock::time_point heard_elsewhere;  // a whole KEEPALIVE or UPDATE was read by another thread
  std::size_t unread = 0;             // octets in the socket

  // Until when to go on waiting; nothing: the session is over. What waits unread in the socket
  // extends the time a second at a time and by one more hold time at most, however late we are:
  // octets that nobody looked at may be the last that a dead neighbor sent.
  [[nodiscard]] std::optional<Clock::time_point> extended(Clock::time_point now) const {
    if (heard_elsewhere + hold > now) return heard_elsewhere + hold;
    const Clock::time_point end = std::max(due, heard_elsewhere + hold) + hold;
    if (unread == 0 || now >= end) return std::nullopt;
    return std::min(now + std::chrono::seconds(1), end);
  }
};

}  // namespace tern::session
