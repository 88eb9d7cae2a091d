#include "bgpd/probes/tcp_probes.h"

#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/tcp.h"

namespace tern::probes {
namespace {

namespace asio = boost::asio;

std::chrono::nanoseconds steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

SendResult TcpProbes::begin(std::uint16_t probe, const IpAddress& to, std::uint16_t port) {
  const session::Tcp::endpoint endpoint = session::to_tcp(to, port);
  auto socket = std::make_unique<Socket>(context_);
  boost::system::error_code error;
  socket->open(endpoint.protocol(), error);
  if (!error) socket->set_option(asio::socket_base::linger(true, 0), error);
  if (error) return result_of(error.value());
  const auto begun = steady_now();
  socket->async_connect(endpoint, [this, probe, begun](const boost::system::error_code& failed) {
    if (failed != asio::error::operation_aborted) connected(probe, failed, begun);
  });
  sockets_[probe] = std::move(socket);
  return {};
}

// The kernel measures the round trip of an open connection itself, however late this thread is.
void TcpProbes::connected(std::uint16_t probe, const boost::system::error_code& error,
                          std::chrono::nanoseconds begun) {
  const auto found = sockets_.find(probe);
  if (found == sockets_.end()) return;
  const auto at = steady_now();
  Outcome outcome = at - begun;
  if (!error) {
    const std::uint32_t measured = session::round_trip_microseconds(found->second->native_handle());
    if (measured != 0) outcome = std::chrono::microseconds(measured);
  } else if (error != asio::error::connection_refused) {
    outcome = result_of(error.value());
  }
  sockets_.erase(found);
  ended_(probe, outcome, at);
}

}  // namespace tern::probes
