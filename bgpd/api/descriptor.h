// A socket on the loop with a timer: the events that a client or a listening socket waits for.
//
// Loop thread only. In this folder only descriptor.cc includes Asio, because its headers take
// longer to compile than all other code of the folder. Internal to bgpd/api.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "bgpd/session/loop.h"

namespace tern::api {

class Descriptor {
 public:
  // A Ready is called at most once, in a turn of its own, and never after close().
  using Ready = std::function<void()>;

  // Takes over a socket that does not block.
  Descriptor(session::Loop& loop, int socket);
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // Also when the other end is gone or the socket has an error.
  void when_readable(Ready ready);
  void when_writable(Ready ready);
  // One at a time: replaces an earlier one.
  void after(std::chrono::milliseconds delay, Ready ready);
  void stop_timer();
  // Cancels all waits, and closes the socket.
  void close();

  // Valid until close().
  [[nodiscard]] int socket() const { return socket_; }

 private:
  struct Waits;
  std::shared_ptr<Waits> waits_;
  int socket_;
};

}  // namespace tern::api
