// HoldTime decides whether a session ends when its hold timer expires.
//
// A hold timer counts the time since the last whole KEEPALIVE or UPDATE. The timer expires on time,
// but the reading thread may be late: a message that was received in time may still be on its way
// from another thread, or wait in the socket.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "bgpd/fsm/event.h"

namespace tern::fsm {

struct HoldTime {
  Time due{};              // `hold` after the last message that the timer knows of
  Time hold{};             // the negotiated hold time, or the wait for an OPEN
  Time heard_elsewhere{};  // when another thread read a whole KEEPALIVE or UPDATE; 0: never
  std::size_t unread = 0;  // octets in the socket

  // The new deadline; nothing: the session is over. Unread octets extend the deadline a second at a
  // time, and by one more hold time at most, however late the reader is: a dead neighbor may have
  // sent them.
  [[nodiscard]] std::optional<Time> extended(Time now) const {
    const Time over = heard_elsewhere == Time{} ? due : std::max(due, heard_elsewhere + hold);
    if (over > now) return over;
    if (unread == 0 || now >= over + hold) return std::nullopt;
    return std::min(now + std::chrono::seconds(1), over + hold);
  }
};

}  // namespace tern::fsm
