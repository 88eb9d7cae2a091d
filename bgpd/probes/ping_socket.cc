#include "bgpd/probes/ping_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>

#include "bgpd/session/tcp.h"

namespace tern::probes {
namespace {

constexpr int kRepliesOfATurn = 64;
constexpr std::chrono::nanoseconds kMostWait = std::chrono::seconds(1);

constexpr char kNotAllowed[] =
    "the kernel allows this group no ICMP sockets: set the sysctl net.ipv4.ping_group_range to a "
    "range with the group of the daemon";

std::chrono::nanoseconds nanoseconds(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds wall_clock() {
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME, &now);
  return nanoseconds(now);
}

// How long the datagram had waited in the socket for this thread at `now` of the wall clock, by
// which the kernel notes when a datagram came. Nothing: the thread stood still for more than a
// second, or the clock was set in between. Such a reply is dropped, and its probe is lost.
std::optional<std::chrono::nanoseconds> time_in_socket(msghdr& message,
                                                       std::chrono::nanoseconds now) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec came{};
    std::memcpy(&came, CMSG_DATA(part), sizeof came);
    const auto waited = now - nanoseconds(came);
    if (waited < std::chrono::nanoseconds(0) || waited > kMostWait) return std::nullopt;
    return waited;
  }
  return std::chrono::nanoseconds(0);
}

}  // namespace

SendResult PingSocket::open() {
  const bool v4 = version_ == IpVersion::V4;
  boost::system::error_code error;
  socket_.open({v4 ? AF_INET : AF_INET6, v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6}}, error);
  if (error == boost::asio::error::access_denied) return {SendResult::Kind::Failed, kNotAllowed};
  if (error) return {SendResult::Kind::Failed, error.message()};
  const int on = 1;
  (void)::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  wait();
  return {};
}

SendResult PingSocket::send(const IpAddress& to, const Echo& echo) {
  if (!socket_.is_open()) {
    SendResult opened = open();
    if (opened.kind != SendResult::Kind::Sent) return opened;
  }
  const auto request = echo_request(version_, echo);
  const session::Tcp::endpoint endpoint = session::to_tcp(to, 0);
  const ssize_t sent =
      ::sendto(socket_.native_handle(), request.data(), request.size(), MSG_DONTWAIT,
               endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  return sent < 0 ? result_of(errno) : SendResult{};
}

void PingSocket::close() {
  ++closed_;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

// A handler that is queued when the socket is closed gets no error. The next open socket has its
// own.
void PingSocket::wait() {
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [this, closed = closed_](const boost::system::error_code& error) {
                       if (!error && closed == closed_) read();
                     });
}

void PingSocket::read() {
  for (int i = 0; i < kRepliesOfATurn && read_one(); ++i) {
  }
  if (socket_.is_open()) wait();
}

// False: there is no more.
bool PingSocket::read_one() {
  std::array<std::byte, kEchoOctets + 1> octets;  // a longer reply is none of ours
  iovec part{octets.data(), octets.size()};
  session::Tcp::endpoint from;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  msghdr message{};
  message.msg_name = from.data();
  message.msg_namelen = static_cast<socklen_t>(from.capacity());
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
  // In this order a pause between the two makes the round trip longer. In the other order it would
  // be shorter, or the reply would be older than its request.
  const auto wall_now = wall_clock();
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  // The error of an earlier message, which the call takes off the socket, stops nothing.
  if (got < 0) return errno != EAGAIN;
  const auto echo =
      parse_echo_reply(version_, std::span(octets).first(static_cast<std::size_t>(got)));
  const auto waited = time_in_socket(message, wall_now);
  if (echo && waited) replied_(session::from_tcp(from).address, *echo, now - *waited);
  return true;
}

}  // namespace tern::probes
