#include "bgpd/session/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

namespace tern::session {
namespace {

int make_event() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return event;
}

}  // namespace

LoopBell::LoopBell(boost::asio::io_context& context, std::function<void()> rung)
    : event_(context, make_event()), rung_(std::move(rung)) {
  wait();
}

void LoopBell::ring() {
  if (announced_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  (void)!::write(event_.native_handle(), &one, sizeof one);
}

// A ring() after the exchange announces again.
void LoopBell::wait() {
  event_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [this](const boost::system::error_code& error) {
                      if (error) return;
                      std::uint64_t ignored = 0;
                      (void)!::read(event_.native_handle(), &ignored, sizeof ignored);
                      announced_.exchange(false, std::memory_order_acq_rel);
                      rung_();
                      wait();
                    });
}

}  // namespace tern::session
