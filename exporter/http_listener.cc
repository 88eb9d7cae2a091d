#include "exporter/http_listener.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <utility>

namespace tern::exporter {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptRetry{100};

[[nodiscard]] std::string bad_endpoint(std::string_view text) {
  return "\"" + std::string(text) +
         "\" is no endpoint: expected ADDRESS:PORT such as 127.0.0.1:9179 or [::1]:9179";
}

// The usual cause of an error of bind(2), and the remedy.
[[nodiscard]] std::string_view advice(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return ": another program, perhaps another ternd, has this port (ss -ltnp tells which)";
  }
  if (error.value() == EADDRNOTAVAIL) return ": no interface of this machine has this address";
  if (error == asio::error::access_denied) return ": ports below 1024 need CAP_NET_BIND_SERVICE";
  return {};
}

}  // namespace

Result<tcp::endpoint, std::string> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad_endpoint(text);
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  error_code error;
  const asio::ip::address address = asio::ip::make_address(std::string(host), error);
  std::uint16_t port = 0;
  const char* end = port_text.data() + port_text.size();
  const auto [stop, fault] = std::from_chars(port_text.data(), end, port);
  if (error || address.is_v6() != bracketed || fault != std::errc{} || stop != end) {
    return bad_endpoint(text);
  }
  return tcp::endpoint(address, port);
}

std::string to_string(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

HttpListener::HttpListener(asio::io_context& io, tcp::endpoint wanted)
    : wanted_(std::move(wanted)), bound_(wanted_), acceptor_(io), retry_(io) {}

error_code HttpListener::open() {
  const error_code error = try_open();
  if (error) close();
  return error;
}

error_code HttpListener::try_open() {
  error_code error;
  if (acceptor_.open(wanted_.protocol(), error)) return error;
  // After a restart the port is free at once, even while connections are in TIME_WAIT.
  if (acceptor_.set_option(tcp::acceptor::reuse_address(true), error)) return error;
  if (wanted_.address().is_v6() && acceptor_.set_option(asio::ip::v6_only(true), error))
    return error;
  // Opened again, it binds the same port and not another free one.
  if (acceptor_.bind(bound_, error)) return error;
  if (acceptor_.listen(asio::socket_base::max_listen_connections, error)) return error;
  bound_ = acceptor_.local_endpoint(error);
  return error;
}

void HttpListener::accept(OnAccept on_accept) {
  on_accept_ = std::move(on_accept);
  accept_next();
}

void HttpListener::accept_next() {
  acceptor_.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !self->acceptor_.is_open()) return;
    if (!error) {
      // Waits for the next one first, so that no fault of this connection stops the listener.
      self->accept_next();
      self->on_accept_(std::move(socket));
      return;
    }
    self->retry_.expires_after(kAcceptRetry);
    self->retry_.async_wait([self](const error_code& cancelled) {
      if (!cancelled && self->acceptor_.is_open()) self->accept_next();
    });
  });
}

void HttpListener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  retry_.cancel();
}

std::string listen_error(const tcp::endpoint& endpoint, const error_code& error) {
  return "cannot listen on " + to_string(endpoint) + ": " + error.message() + " (errno " +
         std::to_string(error.value()) + ")" + std::string(advice(error));
}

}  // namespace tern::exporter
