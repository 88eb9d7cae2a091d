#include "bgpd/events/webhook_post.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <string_view>
#include <utility>
#include <variant>

#include "bgpd/events/webhook_connect.h"
#include "conf/small_file.h"

namespace tern::events {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Plain = beast::tcp_stream;
using Tls = ssl::stream<beast::tcp_stream>;

constexpr std::size_t kMostCaBytes = std::size_t{1} << 20U;  // of a file of certificates

// "127.0.0.1:8080", "[2001:db8::1]", "hooks.example.net"
std::string host_field(const WebhookSettings& settings) {
  const bool v6 = settings.host.find(':') != std::string::npos;
  const std::uint16_t usual = settings.tls ? 443 : 80;
  const std::string host = v6 ? "[" + settings.host + "]" : settings.host;
  return settings.port == usual ? host : host + ":" + std::to_string(settings.port);
}

class Post : public std::enable_shared_from_this<Post> {
 public:
  Post(asio::io_context& context, const WebhookSettings& settings,
       std::shared_ptr<ssl::context> trust, WebhookPost::Content content, WebhookPost::Done done)
      : host_(settings.host),
        port_(settings.port),
        timeout_(settings.timeout),
        trust_(std::move(trust)),
        done_(std::move(done)),
        resolver_(context),
        timer_(context) {
    if (settings.tls) {
      stream_.emplace<Tls>(context, *trust_);
    } else {
      stream_.emplace<Plain>(context);
    }
    request_.method(http::verb::post);
    request_.target(settings.target);
    request_.version(11);
    request_.set(http::field::host, host_field(settings));
    request_.set(http::field::user_agent, "tern");
    request_.set(http::field::content_type, "application/json");
    request_.set("Tern-Timestamp", std::to_string(content.time));
    if (!content.signature.empty()) request_.set("Tern-Signature", content.signature);
    request_.keep_alive(false);
    request_.body() = std::move(content.body);
    request_.prepare_payload();
  }

  void run() {
    deadline_ = asio::steady_timer::clock_type::now() + timeout_;
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled) self->fail_late();
    });
    error_code no_address;
    const asio::ip::address address = asio::ip::make_address(host_, no_address);
    if (!no_address) {
      return connect({tcp::endpoint(address, port_)});
    }
    resolver_.async_resolve(host_, std::to_string(port_), tcp::resolver::numeric_service,
                            [self = shared_from_this()](const error_code& error,
                                                        const tcp::resolver::results_type& found) {
                              if (error) return self->fail("look-up of the host", error);
                              WebhookEndpoints endpoints;
                              for (const auto& one : found) endpoints.push_back(one.endpoint());
                              self->connect(std::move(endpoints));
                            });
  }

 private:
  beast::tcp_stream& lowest() {
    if (auto* const tls = std::get_if<Tls>(&stream_)) return tls->next_layer();
    return std::get<Plain>(stream_);
  }
  template <typename Call>
  void on_stream(Call&& call) {
    if (auto* const tls = std::get_if<Tls>(&stream_)) return call(*tls);
    call(std::get<Plain>(stream_));
  }

  void connect(WebhookEndpoints endpoints) {
    if (!done_) return;
    if (endpoints.empty()) return fail("the host has no address");
    connect_one(lowest(), std::move(endpoints), deadline_,
                [self = shared_from_this()](const error_code& error) {
                  if (error == beast::error::timeout) return self->fail_late();
                  if (error) return self->fail("connection", error);
                  if (std::holds_alternative<Tls>(self->stream_)) return self->shake_hands();
                  self->write();
                });
  }

  // The certificate must be one for the host: RFC 6125, RFC 9110 section 4.3.4.
  void shake_hands() {
    if (!done_) return;
    Tls& tls = std::get<Tls>(stream_);
    SSL* const handle = tls.native_handle();
    error_code no_address;
    (void)asio::ip::make_address(host_, no_address);
    bool set = false;
    if (no_address) {
      ::SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      set = ::SSL_set1_host(handle, host_.c_str()) == 1 &&
            ::SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       host_.data()) == 1;
    } else {
      set = ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(handle), host_.c_str()) == 1;
    }
    if (!set) return fail("the TLS library does not take the host's name");
    tls.async_handshake(ssl::stream_base::client,
                        [self = shared_from_this()](const error_code& error) {
                          if (error) return self->fail_handshake(error);
                          self->write();
                        });
  }

  void fail_handshake(const error_code& error) {
    const long verdict = ::SSL_get_verify_result(std::get<Tls>(stream_).native_handle());
    WebhookAnswer answer;
    answer.tls_failed = true;
    answer.error = verdict == X509_V_OK ? "TLS: " + error.message()
                                        : "the certificate of the receiver is not valid: " +
                                              std::string(::X509_verify_cert_error_string(verdict));
    finish(answer);
  }

  // A receiver may answer before it has read all, as with 413, and close: the answer says more than
  // the failed write.
  void write() {
    if (!done_) return;
    on_stream([this](auto& stream) {
      http::async_write(stream, request_,
                        [self = shared_from_this()](const error_code& error, std::size_t) {
                          self->write_error_ = error;
                          self->read();
                        });
    });
  }

  void read() {
    if (!done_) return;
    on_stream([this](auto& stream) {
      stream.async_read_some(asio::buffer(octets_), [self = shared_from_this()](
                                                        const error_code& error, std::size_t size) {
        self->on_octets(error, size);
      });
    });
  }

  void on_octets(const error_code& error, std::size_t size) {
    if (!done_) return;
    if (size != 0) {
      const auto answer = reader_.take(std::string_view(octets_.data(), size));
      if (answer) return finish(*answer);
    }
    if (!error) return read();
    if (write_error_) return fail("sending", write_error_);
    const bool closed = error == asio::error::eof || error == ssl::error::stream_truncated;
    if (!closed) return fail("answer", error);
    fail(reader_.has_begun() ? "closed within the header of the answer"
                             : "closed without an answer");
  }

  std::string timeout_text() const {
    const auto count = timeout_.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
  }

  void fail_late() { fail("no answer within " + timeout_text()); }
  void fail(const std::string& what, const error_code& error) {
    fail(what + ": " + error.message());
  }
  void fail(std::string error) {
    WebhookAnswer answer;
    answer.error = std::move(error);
    finish(answer);
  }
  // Handlers that come later find no done_.
  void finish(const WebhookAnswer& answer) {
    if (!done_) return;
    const WebhookPost::Done done = std::exchange(done_, nullptr);
    timer_.cancel();
    resolver_.cancel();
    lowest().close();
    done(answer);
  }

  std::string host_;
  const std::uint16_t port_;
  const std::chrono::milliseconds timeout_;
  const std::shared_ptr<ssl::context> trust_;
  WebhookPost::Done done_;
  tcp::resolver resolver_;
  asio::steady_timer timer_;
  asio::steady_timer::time_point deadline_{};
  std::variant<std::monostate, Plain, Tls> stream_;
  http::request<http::string_body> request_;
  std::array<char, 4096> octets_{};
  WebhookAnswerReader reader_;
  error_code write_error_;
};

}  // namespace

std::shared_ptr<ssl::context> make_trust(const std::string& ca_file, std::string& error) {
  try {
    auto trust = std::make_shared<ssl::context>(ssl::context::tls_client);
    trust->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                       ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    trust->set_verify_mode(ssl::verify_peer);
    if (ca_file.empty()) {
      trust->set_default_verify_paths();
    } else {
      const auto text = conf::read_file(ca_file, kMostCaBytes);
      if (!text) {
        error = ca_file + ": " + text.error().message;
        return nullptr;
      }
      trust->add_certificate_authority(asio::buffer(*text));
    }
    return trust;
  } catch (const boost::system::system_error& fault) {
    error = ca_file.empty() ? "the system's certificates" : ca_file;
    error += ": " + fault.code().message();
    return nullptr;
  }
}

void WebhookPost::start(asio::io_context& context, const WebhookSettings& settings,
                        std::shared_ptr<ssl::context> trust, Content content, Done done) {
  const auto post = std::make_shared<Post>(context, settings, std::move(trust), std::move(content),
                                           std::move(done));
  asio::post(context, [post] { post->run(); });
}

}  // namespace tern::events
