// What a hold timer that expires means.
//
// A hold timer counts the time since the last whole KEEPALIVE or UPDATE. The timer expires on time,
// but the thread that reads may be late: then a message that came in time was read on another
// thread and not handed on yet, or waits in the socket.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include "bgpd/fsm/event.h"

namespace tern::fsm {

struct HoldTime {
  Time due{};              // last heard, as far as the timer knows, and `hold` more
  Time hold{};             // negotiated, or what an OPEN may take
  Time heard_elsewhere{};  // another thread read a whole KEEPALIVE or UPDATE; 0: none did
  std::size_t unread = 0;  // octets in the socket

  // Until when to go on waiting; nothing: the session is over. Octets that wait unread in the
  // socket extend the time a second at a time and by one more hold time at most, however late the
  // reader is: they may be the last that a dead neighbor sent.
  [[nodiscard]] std::optional<Time> extended(Time now) const {
    const Time over = heard_elsewhere == Time{} ? due : std::max(due, heard_elsewhere + hold);
    if (over > now) return over;
    if (unread == 0 || now >= over + hold) return std::nullopt;
    return std::min(now + std::chrono::seconds(1), over + hold);
  }
};

}  // namespace tern::fsm
