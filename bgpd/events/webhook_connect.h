// Connects to one of the addresses of a host. Internal to bgpd/events.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <functional>
#include <vector>

namespace tern::events {

using WebhookEndpoints = std::vector<boost::asio::ip::tcp::endpoint>;

// Tries one address after another, in their order. An address that does not answer takes an equal
// share of the time that is left, so that each is tried before `deadline`. done: called once,
// later, with the last error where no address connects. The stream stays alive until then, with
// `done`.
void connect_one(boost::beast::tcp_stream& stream, WebhookEndpoints endpoints,
                 std::chrono::steady_clock::time_point deadline,
                 std::function<void(const boost::system::error_code& error)> done);

}  // namespace tern::events
