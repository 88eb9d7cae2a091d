#include "bgpd/vrps/tcp_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "bgpd/session/tcp.h"

namespace tern::vrps {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kBuffer = 4 * rpki::kMaxPdu;
// A read of fewer octets is followed by a rest, while many are expected.
constexpr std::size_t kFewOctets = std::size_t{32} << 10U;
constexpr auto kGather = std::chrono::milliseconds(2);
constexpr auto kLinger = std::chrono::seconds(1);
// A cache that takes nothing is silent, too, and its connection ends by that.
constexpr std::size_t kMostUnsent = std::size_t{64} << 10U;

// An RTR connection is idle for an hour at a time. A cache that is gone without a word is noticed
// after two minutes. Without these options the next query notices.
void probe_when_idle(int fd) {
  const auto set = [fd](int level, int option, int value) {
    (void)::setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 20);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

}  // namespace

TcpLink::TcpLink(asio::io_context& context)
    : socket_(context), linger_(context), gather_(context) {}

std::shared_ptr<TcpLink> TcpLink::open(asio::io_context& context, const CacheSettings& cache,
                                       Handler& handler) {
  auto link = std::make_shared<TcpLink>(context);
  link->handler_ = &handler;
  link->connect(cache);
  return link;
}

void TcpLink::connect(const CacheSettings& cache) {
  const session::Tcp::endpoint to = session::to_tcp(cache.address, cache.port);
  boost::system::error_code error;
  session::Failure bad;
  socket_.open(to.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (!error && !cache.md5_password.empty()) {
    const Prefix host = alone(cache.address);
    bad = session::set_md5(socket_.native_handle(), host, cache.md5_password);
  }
  if (!error && !bad && cache.local_address) {
    socket_.bind(session::to_tcp(*cache.local_address, 0), error);
    if (error) {
      bad = "cannot use local address " + cache.local_address->to_string() + ": " + error.message();
    }
  }
  if (error || bad) {
    const std::string why = bad.value_or(error.message());
    asio::post(socket_.get_executor(), [self = shared_from_this(), why] { self->fail(why); });
    return;
  }
  socket_.async_connect(to, [self = shared_from_this()](const boost::system::error_code& failed) {
    if (self->handler_ == nullptr) return;
    if (failed) return self->fail(failed.message());
    self->connected();
  });
}

void TcpLink::connected() {
  connected_ = true;
  in_.resize(kBuffer);
  probe_when_idle(socket_.native_handle());
  wait_readable();
  handler_->on_connected();
}

void TcpLink::fail(const std::string& why) {
  Handler* const handler = std::exchange(handler_, nullptr);
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (handler != nullptr) handler->on_failed(why);
}

void TcpLink::wait_readable() {
  if (!socket_.is_open()) return;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (self->handler_ == nullptr) return self->drain();
                       if (!error) self->read_some();
                     });
}

void TcpLink::read_some() {
  const ssize_t got =
      ::recv(socket_.native_handle(), in_.data() + filled_, in_.size() - filled_, MSG_DONTWAIT);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return wait_readable();
    return fail(std::strerror(errno));
  }
  if (got == 0) return fail("connection closed by the cache");
  filled_ += static_cast<std::size_t>(got);
  const std::size_t used = handler_->on_octets(rpki::Bytes(in_).first(filled_));
  if (handler_ == nullptr) return drain();
  std::copy(in_.begin() + static_cast<std::ptrdiff_t>(used),
            in_.begin() + static_cast<std::ptrdiff_t>(filled_), in_.begin());
  filled_ -= used;
  const bool few = static_cast<std::size_t>(got) < kFewOctets;
  if (few && handler_->expects_many()) return wait_for_more();
  wait_readable();
}

void TcpLink::wait_for_more() {
  gather_.expires_after(kGather);
  gather_.async_wait(
      [self = shared_from_this()](const boost::system::error_code&) { self->wait_readable(); });
}

void TcpLink::send(rpki::Bytes octets) {
  if (out_.size() > kMostUnsent) return;
  out_.insert(out_.end(), octets.begin(), octets.end());
  if (connected_ && !waits_writable_) write_some();
}

void TcpLink::write_some() {
  while (!out_.empty()) {
    const ssize_t sent =
        ::send(socket_.native_handle(), out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      waits_writable_ = true;
      socket_.async_wait(asio::ip::tcp::socket::wait_write,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           self->waits_writable_ = false;
                           if (!error) self->write_some();
                         });
      return;
    }
    if (sent < 0) {  // the reading side finds and reports the failure
      out_.clear();
      return;
    }
    out_.erase(out_.begin(), out_.begin() + sent);
  }
}

void TcpLink::close() {
  handler_ = nullptr;
  boost::system::error_code ignored;
  if (!connected_) {
    socket_.close(ignored);
    return;
  }
  if (out_.empty()) socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  linger_.expires_after(kLinger);
  linger_.async_wait([self = shared_from_this()](const boost::system::error_code&) {
    boost::system::error_code closed;
    self->socket_.close(closed);
  });
}

// Behind close(): reads over what comes until the other side has closed, too.
void TcpLink::drain() {
  if (!socket_.is_open()) return;
  const ssize_t got = ::recv(socket_.native_handle(), in_.data(), in_.size(), MSG_DONTWAIT);
  const bool again = got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
  if (again) return wait_readable();
  linger_.cancel();
}

}  // namespace tern::vrps
