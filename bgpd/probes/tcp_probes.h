// TCP connections as probes: opened, and ended with RST as soon as they are open, so that they
// leave no state on either side. For the thread of its io_context.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "bgpd/probes/send_result.h"
#include "rib/types/ip_address.h"

namespace tern::probes {

class TcpProbes {
 public:
  // Of the probe: the round trip, or why there is none. at: of the steady clock.
  using Outcome = std::variant<std::chrono::nanoseconds, SendResult>;
  using Ended =
      std::function<void(std::uint16_t probe, const Outcome& outcome, std::chrono::nanoseconds at)>;

  TcpProbes(boost::asio::io_context& context, Ended ended)
      : context_(context), ended_(std::move(ended)) {}
  TcpProbes(const TcpProbes&) = delete;
  TcpProbes& operator=(const TcpProbes&) = delete;

  // Calls `ended` later, unless end() comes first.
  [[nodiscard]] SendResult begin(std::uint16_t probe, const IpAddress& to, std::uint16_t port);
  void end(std::uint16_t probe) { sockets_.erase(probe); }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  void connected(std::uint16_t probe, const boost::system::error_code& error,
                 std::chrono::nanoseconds begun);

  boost::asio::io_context& context_;
  const Ended ended_;
  std::map<std::uint16_t, std::unique_ptr<Socket>> sockets_;  // by probe
};

}  // namespace tern::probes
