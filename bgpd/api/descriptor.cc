#include "bgpd/api/descriptor.h"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <utility>

namespace tern::api {
namespace asio = boost::asio;
using boost::system::error_code;

// Names the executor type of io_context: any_io_executor would be made, copied and compiled for
// each wait.
struct Descriptor::Waits {
  using Executor = asio::io_context::executor_type;
  using Clock = std::chrono::steady_clock;

  Waits(asio::io_context& context, int socket) : descriptor(context, socket), timer(context) {}

  asio::posix::basic_stream_descriptor<Executor> descriptor;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> timer;
  // A timer that has expired cannot be cancelled any more: its handler compares the round.
  std::uint64_t round = 0;
  bool closed = false;
};

namespace {

template <typename Waits>
void wait_for(const std::shared_ptr<Waits>& waits, asio::posix::descriptor_base::wait_type what,
              Descriptor::Ready ready) {
  waits->descriptor.async_wait(what, [waits, ready = std::move(ready)](const error_code& error) {
    if (!error && !waits->closed) ready();
  });
}

}  // namespace

Descriptor::Descriptor(session::Loop& loop, int socket)
    : waits_(std::make_shared<Waits>(loop.context(), socket)), socket_(socket) {}
Descriptor::~Descriptor() { close(); }

void Descriptor::when_readable(Ready ready) {
  wait_for(waits_, asio::posix::descriptor_base::wait_read, std::move(ready));
}

void Descriptor::when_writable(Ready ready) {
  wait_for(waits_, asio::posix::descriptor_base::wait_write, std::move(ready));
}

void Descriptor::after(std::chrono::milliseconds delay, Ready ready) {
  const std::uint64_t round = ++waits_->round;
  waits_->timer.expires_after(delay);
  waits_->timer.async_wait(
      [waits = waits_, round, ready = std::move(ready)](const error_code& error) {
        if (!error && !waits->closed && waits->round == round) ready();
      });
}

void Descriptor::stop_timer() {
  ++waits_->round;
  waits_->timer.cancel();
}

void Descriptor::close() {
  if (std::exchange(waits_->closed, true)) return;
  error_code ignored;
  waits_->descriptor.close(ignored);
  waits_->timer.cancel();
}

}  // namespace tern::api
