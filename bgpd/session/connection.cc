#include "bgpd/session/connection.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <cerrno>
#include <cstring>

#include "bgpd/session/bulk_reader.h"
#include "rib/base/fault_point.h"

namespace tern::session {
namespace asio = boost::asio;

Connection::Connection(asio::io_context& context, ReadBuffer& buffer, Handler* handler)
    : socket_(context), linger_(context), stall_(context), buffer_(buffer), handler_(handler) {}

// ---- Opening

void Connection::open(const IpAddress& peer, const Transport& transport) {
  const Tcp::endpoint to = to_tcp(peer, transport.port, transport.interface);
  boost::system::error_code error;
  Failure bad;
  socket_.open(to.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (!error) bad = bind_to_device(fd(), transport.device);
  if (!error && !bad) bad = set_hops(fd(), peer.is_v6(), transport);
  if (!error && !bad && !transport.md5_password.empty()) {
    bad = set_md5(fd(), alone(peer), transport.md5_password);
  }
  if (!error && !bad && transport.local_address) {
    socket_.bind(to_tcp(*transport.local_address, 0, transport.interface), error);
    if (error) {
      bad = "cannot use local address " + transport.local_address->to_string() + ": " +
            error.message();
    }
  }
  if (error || bad) {
    // Reported in a later turn, because the caller is in the middle of its actions.
    asio::post(socket_.get_executor(), [self = shared_from_this(),
                                        why = bad.value_or(error.message())] { self->fail(why); });
    return;
  }
  socket_.async_connect(to, [self = shared_from_this()](const boost::system::error_code& failed) {
    if (self->handler_ == nullptr) return;
    if (failed) return self->fail(failed.message());
    self->established_tcp();
    if (self->handler_ == nullptr) return;
    self->handler_->on_connected(*self);
  });
}

void Connection::adopt(Tcp::socket socket) {
  socket_ = std::move(socket);
  boost::system::error_code error;
  socket_.non_blocking(true, error);
  established_tcp();
}

void Connection::established_tcp() {
  boost::system::error_code error;
  const Tcp::endpoint local = socket_.local_endpoint(error);
  if (error) return fail(error.message());
  const Tcp::endpoint remote = socket_.remote_endpoint(error);
  if (error) return fail(error.message());
  local_ = from_tcp(local);
  remote_ = from_tcp(remote);
  connected_ = true;
  bound_unsent(fd());
  bbr_ = uses_bbr(fd());
  wait_readable();
}

void Connection::fail(const std::string& why) {
  Handler* handler = std::exchange(handler_, nullptr);
  connected_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (handler != nullptr) handler->on_failed(*this, why);
}

// ---- Reading

void Connection::wait_readable() {
  socket_.async_wait(Tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error || self->handler_ == nullptr) return;
                       self->read_some();
                     });
}

void Connection::go_on() {
  if (handler_ != nullptr && !in_bulk_) read_some();
}

// Reads once in a turn of the loop: a neighbor that floods us waits for the other neighbors.
void Connection::read_some() {
  if (handler_->must_wait(*this)) return;
  std::copy(rest_.begin(), rest_.end(), buffer_.begin());
  const std::size_t all = buffer_.size() - rest_.size();
  const std::size_t room = flood_ != 0 ? std::min(flood_, all) : all;
  const ssize_t got = ::recv(fd(), buffer_.data() + rest_.size(), room, MSG_DONTWAIT);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return wait_readable();
    return fail(std::strerror(errno));
  }
  if (got == 0) return fail("connection closed by the neighbour");
  bytes_in_ += static_cast<std::uint64_t>(got);
  const auto self = shared_from_this();  // the handler may release its reference
  const std::size_t size = rest_.size() + static_cast<std::size_t>(got);
  if (flood_ == room && static_cast<std::size_t>(got) == room &&
      handler_->on_flood(*this, std::span(buffer_).first(size))) {
    in_bulk_ = true;
    rest_.clear();
    return;
  }
  if (hand_on(size)) wait_readable();
}

// False once the connection is closed.
bool Connection::hand_on(std::size_t size) {
  std::span<const std::byte> octets(buffer_.data(), size);
  do {
    handed_over_ = false;
    octets = octets.subspan(handler_->on_octets(*this, octets));
  } while (handler_ != nullptr && handed_over_);
  if (handler_ == nullptr) return false;
  rest_.assign(octets.begin(), octets.end());
  return true;
}

void Connection::deliver(Delivery& delivery) {
  bytes_in_ += delivery.octets;
  if (handler_ == nullptr) return;  // closed meanwhile
  const auto self = shared_from_this();
  handler_->on_delivery(*this, delivery);
  if (handler_ == nullptr || !delivery.returned) return;
  in_bulk_ = false;
  rest_ = std::move(delivery.returned->rest);
  wait_readable();
}

// ---- Writing

void Connection::send(std::span<const std::byte> bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  if (connected_ && !waiting_writable_) write_some();
}

std::size_t Connection::write(std::span<const std::span<const std::byte>> runs) {
  std::array<iovec, kMostRuns> vectors;  // NOLINT: filled below
  std::size_t octets = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    // sendmsg() reads only.
    vectors[i] = {const_cast<std::byte*>(runs[i].data()), runs[i].size()};
    octets += runs[i].size();
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = runs.size();
  if (fault::happens(fault::Point::PartialWrite)) {
    message.msg_iovlen = 1;
    vectors[0].iov_len = 1;
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) {
    if (errno == EAGAIN) wait_writable();
    return 0;  // the reading side finds and reports any other failure
  }
  bytes_out_ += static_cast<std::uint64_t>(sent);
  if (static_cast<std::size_t>(sent) < octets) wait_writable();
  return static_cast<std::size_t>(sent);
}

void Connection::write_some() {
  while (out_done_ < out_.size()) {
    const bool partial = fault::happens(fault::Point::PartialWrite);
    const std::size_t octets = partial ? 1 : out_.size() - out_done_;
    const ssize_t sent = ::send(fd(), out_.data() + out_done_, octets, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return wait_writable();
      // The reading side finds the same failure and reports it, after the last octets of the
      // neighbor.
      break;
    }
    out_done_ += static_cast<std::size_t>(sent);
    bytes_out_ += static_cast<std::uint64_t>(sent);
    if (partial && out_done_ < out_.size()) return wait_writable();
  }
  out_.clear();
  out_done_ = 0;
  if (closing_) finish_close();
}

void Connection::wait_writable() {
  waiting_writable_ = true;
  if (bbr_) look_for_stall();
  socket_.async_wait(Tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_writable_ = false;
                       if (self->bbr_) self->stall_.cancel();
                       if (error || !self->socket_.is_open()) return;
                       self->write_some();
                       if (self->handler_ != nullptr && self->out_.empty()) {
                         self->handler_->on_writable(*self);
                       }
                     });
}

// BBR paces by its estimate of the bandwidth. While hundreds of neighbors read slowly and packets
// are lost, the estimate collapses, and BBR sends a packet a second for minutes.
void Connection::look_for_stall() {
  stall_.expires_after(std::chrono::seconds(1));
  stall_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->waiting_writable_ || !self->socket_.is_open()) return;
    leave_bbr(self->fd());
    self->bbr_ = false;
  });
}

// ---- Closing

void Connection::close() {
  handler_ = nullptr;
  if (!connected_ || out_.empty()) return finish_close();
  closing_ = true;
  linger_.expires_after(std::chrono::seconds(1));
  linger_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->finish_close();
  });
}

void Connection::finish_close() {
  closing_ = false;
  connected_ = false;
  linger_.cancel();
  stall_.cancel();
  if (!socket_.is_open()) return;
  boost::system::error_code ignored;
  // Unread input would turn the close into a reset that can overtake our NOTIFICATION.
  std::array<std::byte, 4096> unread{};
  for (int i = 0; i < 64 && ::recv(fd(), unread.data(), unread.size(), MSG_DONTWAIT) > 0; ++i) {
  }
  socket_.shutdown(Tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void refuse_connection(asio::io_context& context, ReadBuffer& buffer, Tcp::socket socket,
                       const wire::Notification& why) {
  const auto connection = std::make_shared<Connection>(context, buffer, nullptr);
  connection->adopt(std::move(socket));
  std::vector<std::byte> bytes;
  wire::encode_notification(why, bytes);
  connection->send(bytes);
  connection->close();
}

}  // namespace tern::session
