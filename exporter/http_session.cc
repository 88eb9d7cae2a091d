#include "exporter/http_session.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message_generator.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/gzip.h"
#include "exporter/http_reply.h"

namespace tern::exporter {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Request = http::request<http::string_body>;
using boost::system::error_code;

// Ample for a GET: Prometheus sends some 300 bytes.
constexpr std::uint32_t kMostHeaderBytes = 8192;
constexpr std::uint64_t kMostBodyBytes = 4096;
constexpr std::size_t kMostBufferedBytes = 32768;
constexpr std::size_t kFirstReadBytes = 2048;
// Octets. An answer of this size at most is sent without asking MayAnswer.
constexpr std::size_t kSmallAnswer = 4096;
// Below this, an answer fits into one segment either way.
constexpr std::size_t kLeastGzipBytes = 1024;
// How long the session reads on after an error, so that the client sees the answer and not a reset.
constexpr std::chrono::seconds kLinger{1};

[[nodiscard]] std::string_view std_view(beast::string_view text) {
  return {text.data(), text.size()};
}

[[nodiscard]] HttpReply malformed(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return http_error(
        431, "the request's header is longer than " + std::to_string(kMostHeaderBytes) + " bytes");
  }
  if (error == http::error::body_limit) {
    return http_error(413, "nothing here takes a body");
  }
  return http_error(400, "this is no HTTP request: " + error.message());
}

class Session : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, const std::function<Snapshot()>& collect,
          const MayAnswer& may_answer, const HttpLimits& limits)
      : collect_(collect),
        may_answer_(may_answer),
        limits_(limits),
        stream_(std::move(socket)),
        buffer_(kMostBufferedBytes) {}

  [[nodiscard]] Phase phase() const override { return phase_; }
  [[nodiscard]] std::chrono::steady_clock::time_point since() const override { return since_; }

  [[nodiscard]] std::size_t unread() const override { return unread_; }

  void close() override {
    unread_ = 0;
    stream_.close();
  }

  void wait_for_request() {
    if (buffer_.size() != 0) return read_request();  // a pipelined request
    // A new connection is not idle: its first request is about to come.
    enter(answered_ ? Phase::Idle : Phase::Reading);
    stream_.expires_after(answered_ ? limits_.idle : limits_.read);
    stream_.async_read_some(
        buffer_.prepare(kFirstReadBytes),
        [self = shared_from_this()](const error_code& error, std::size_t bytes) {
          if (error) return;
          self->buffer_.commit(bytes);
          self->read_request();
        });
  }

 private:
  void enter(Phase phase) {
    phase_ = phase;
    since_ = std::chrono::steady_clock::now();
  }

  void read_request() {
    enter(Phase::Reading);
    parser_.emplace();
    parser_->header_limit(kMostHeaderBytes);
    parser_->body_limit(kMostBodyBytes);
    stream_.expires_after(limits_.read);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const error_code& error, std::size_t) {
                       self->on_request(error);
                     });
  }

  void on_request(const error_code& error) {
    if (error == http::error::end_of_stream) return linger();
    if (error) {
      const bool is_http =
          error.category() == http::make_error_code(http::error::bad_method).category();
      // Otherwise the connection broke or took too long: no client is left to answer.
      if (is_http && error != http::error::partial_message) {
        send(Request(http::verb::get, "", 11), malformed(error), false);
      }
      return;
    }
    const Request request = parser_->release();
    // RFC 9112 section 3.2
    if (request.version() >= 11 && request.count(http::field::host) != 1) {
      return send(request, http_error(400, "a request needs one Host field"), false);
    }
    send(request,
         http_reply(std_view(request.method_string()), std_view(request.target()), collect_),
         request.keep_alive());
  }

  void send(const Request& request, HttpReply reply, bool keep_alive) {
    if (reply.body.size() > kSmallAnswer && !may_answer_(reply.body.size())) {
      reply = http_error(503, "too many answers wait for clients that do not read them");
    }
    http::response<http::string_body> response(static_cast<http::status>(reply.status),
                                               request.version());
    response.set(http::field::server, "tern");
    response.set(http::field::content_type, reply.content_type);
    response.set(http::field::cache_control, "no-store");
    if (reply.allow_header) response.set(http::field::allow, kAllowedMethods);
    compress(request, reply, response);
    response.keep_alive(keep_alive);
    response.content_length(reply.body.size());
    enter(Phase::Answering);
    unread_ = reply.body.size();
    stream_.expires_after(limits_.write);
    auto done = [self = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
      self->unread_ = 0;
      if (error) return;
      self->answered_ = true;
      if (keep_alive) return self->wait_for_request();
      self->linger();
    };
    if (request.method() == http::verb::head) {
      // The header of a GET, its length included, and no body (RFC 9110 section 9.3.2).
      http::response<http::empty_body> head(std::move(response.base()));
      beast::async_write(stream_, http::message_generator(std::move(head)), std::move(done));
    } else {
      response.body() = std::move(reply.body);
      beast::async_write(stream_, http::message_generator(std::move(response)), std::move(done));
    }
  }

  static void compress(const Request& request, HttpReply& reply,
                       http::response<http::string_body>& response) {
    if (reply.body.size() < kLeastGzipBytes) return;
    response.set(http::field::vary, "Accept-Encoding");
    if (!accepts_gzip(std_view(request[http::field::accept_encoding]))) return;
    if (auto compressed = gzip(reply.body)) {
      reply.body = std::move(*compressed);
      response.set(http::field::content_encoding, "gzip");
    }
  }

  // Shuts down the sending side, then drops the client's octets until the client closes, too.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    if (ignored) return;
    enter(Phase::Leaving);
    stream_.expires_after(kLinger);
    drain();
  }

  void drain() {
    stream_.async_read_some(asio::buffer(dropped_),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (!error) self->drain();
                            });
  }

  // Constant after construction.
  const std::function<Snapshot()>& collect_;
  const MayAnswer& may_answer_;
  const HttpLimits& limits_;

  // The exporter's thread only.
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::array<char, 1024> dropped_{};
  std::size_t unread_ = 0;
  bool answered_ = false;  // at least once
  Phase phase_ = Phase::Reading;
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

}  // namespace

std::shared_ptr<HttpSession> HttpSession::start(asio::ip::tcp::socket socket,
                                                const std::function<Snapshot()>& collect,
                                                const MayAnswer& may_answer,
                                                const HttpLimits& limits) {
  auto session = std::make_shared<Session>(std::move(socket), collect, may_answer, limits);
  session->wait_for_request();
  return session;
}

}  // namespace tern::exporter
