// One listening socket of the exporter, and the error text when it cannot be opened.
// The exporter's thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "rib/types/result.h"

namespace tern::exporter {

// "127.0.0.1:9179" or "[::1]:9179"; the error names the expected form.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint, std::string> parse_endpoint(
    std::string_view text);

[[nodiscard]] std::string to_string(const boost::asio::ip::tcp::endpoint& endpoint);

class HttpListener : public std::enable_shared_from_this<HttpListener> {
 public:
  using OnAccept = std::function<void(boost::asio::ip::tcp::socket)>;

  // io must outlive the listener.
  HttpListener(boost::asio::io_context& io, boost::asio::ip::tcp::endpoint wanted);

  // Binds and listens; after close() it may be opened again. Port 0 becomes the port that was
  // bound.
  [[nodiscard]] boost::system::error_code open();
  // Accepts until close(). Out of descriptors, it waits and goes on.
  void accept(OnAccept on_accept);
  void close();

  // The endpoint as requested, and as bound.
  [[nodiscard]] const boost::asio::ip::tcp::endpoint& wanted() const { return wanted_; }
  [[nodiscard]] const boost::asio::ip::tcp::endpoint& bound() const { return bound_; }

 private:
  void accept_next();
  [[nodiscard]] boost::system::error_code try_open();

  const boost::asio::ip::tcp::endpoint wanted_;
  boost::asio::ip::tcp::endpoint bound_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  OnAccept on_accept_;
};

// "cannot listen on 127.0.0.1:9179: Address already in use (errno 98): ..."
[[nodiscard]] std::string listen_error(const boost::asio::ip::tcp::endpoint& endpoint,
                                       const boost::system::error_code& error);

}  // namespace tern::exporter
