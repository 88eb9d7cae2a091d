// A thread wakes the loop; with bgpd/engine/bell.h the loop wakes a thread. The thread pushes into
// a queue and then calls ring(); the loop looks into the queue when `rung` is called. Internal to
// bgpd/session.
#pragma once

#include <atomic>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>

namespace tern::session {

// The loop calls `rung` in a turn of its own, once for all calls of ring() since the last `rung`
// began. Any thread may call ring(); all other functions are for the loop's thread.
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
