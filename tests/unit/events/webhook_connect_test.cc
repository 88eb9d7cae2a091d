// Connections to a host with several addresses.
#include "bgpd/events/webhook_connect.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>

namespace tern::events {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

tcp::endpoint loopback() { return {asio::ip::address_v4::loopback(), 0}; }

class WebhookConnect : public testing::Test {
 protected:
  // Connects within that time; the error, and the place of the address that took it in `endpoints`.
  error_code connect(const WebhookEndpoints& endpoints, std::chrono::milliseconds time) {
    boost::beast::tcp_stream stream(context_);
    std::optional<error_code> result;
    connect_one(stream, endpoints, steady_clock::now() + time,
                [&](const error_code& error) { result = error; });
    context_.restart();
    context_.run();
    error_code none;
    remote_ = stream.socket().remote_endpoint(none);
    return result.value_or(asio::error::would_block);
  }

  asio::io_context context_;
  tcp::acceptor listens_{context_, loopback()};
  tcp::endpoint remote_;
};

TEST_F(WebhookConnect, AnAddressThatDropsPacketsHidesNoOther) {
  // Where the queue of a listener is full, Linux drops further SYNs.
  tcp::acceptor drops(context_, tcp::v4());
  drops.bind(loopback());
  drops.listen(0);
  tcp::socket fills(context_);
  fills.connect(drops.local_endpoint());
  EXPECT_EQ(connect({drops.local_endpoint(), listens_.local_endpoint()}, std::chrono::seconds(2)),
            error_code());
  EXPECT_EQ(remote_, listens_.local_endpoint());
  EXPECT_EQ(connect({drops.local_endpoint()}, std::chrono::milliseconds(50)),
            boost::beast::error::timeout);
}

TEST_F(WebhookConnect, AnAddressThatRefusesHidesNoOther) {
  tcp::acceptor refuses(context_, tcp::v4());
  refuses.bind(loopback());
  EXPECT_EQ(connect({refuses.local_endpoint(), listens_.local_endpoint()}, std::chrono::minutes(1)),
            error_code());
  EXPECT_EQ(remote_, listens_.local_endpoint());
  EXPECT_EQ(connect({refuses.local_endpoint()}, std::chrono::minutes(1)),
            asio::error::connection_refused);
}

}  // namespace
}  // namespace tern::events
