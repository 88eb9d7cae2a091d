// How a thread wakes the loop; bgpd/engine/bell.h is how the loop wakes a thread. A push into a
// ring comes before ring(), and the loop looks into the ring when it is called. Internal to
// bgpd/session.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace tern::session {

// A loop waits: it calls `rung` in a turn of its own, once for all rings since the last call began.
// ring() is any thread's, all else the loop's.
class LoopBell {
 public:
  LoopBell(boost::asio::io_context& context, std::function<void()> rung);
  LoopBell(const LoopBell&) = delete;
  LoopBell& operator=(const LoopBell&) = delete;

  void ring();

 private:
  void wait();

  boost::asio::posix::stream_descriptor event_;
  std::function<void()> rung_;
  std::atomic<bool> announced_{false};
};

}  // namespace tern::session
