// An ICMP datagram socket: Echo Requests out, Echo Replies in. The kernel chooses the identifier,
// writes checksums and gives the socket nothing but its replies, so the process needs no
// capability; net.ipv4.ping_group_range says which groups may open one. For the thread of its
// io_context.
#pragma once

#include <boost/asio/generic/datagram_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "bgpd/probes/echo.h"
#include "bgpd/probes/send_result.h"

namespace tern::probes {

class PingSocket {
 public:
  // at: when the reply reached this host, of the steady clock.
  using Replied =
      std::function<void(const IpAddress& from, const Echo& echo, std::chrono::nanoseconds at)>;

  PingSocket(boost::asio::io_context& context, IpVersion version, Replied replied)
      : version_(version), replied_(std::move(replied)), socket_(context) {}
  PingSocket(const PingSocket&) = delete;
  PingSocket& operator=(const PingSocket&) = delete;

  // Opens the socket where it is not open yet. Requires an address of the socket's IP version.
  [[nodiscard]] SendResult send(const IpAddress& to, const Echo& echo);
  void close();

 private:
  [[nodiscard]] SendResult open();
  void wait();
  void read();
  [[nodiscard]] bool read_one();

  const IpVersion version_;
  const Replied replied_;
  boost::asio::generic::datagram_protocol::socket socket_;
  std::uint64_t closed_ = 0;  // how often
};

}  // namespace tern::probes
