#include "tests/unit/events/http_receiver.h"

#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tern {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long octets = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(octets));
  BIO_free(bio);
  return text;
}

HttpRequest request_of(const http::request<http::string_body>& from) {
  HttpRequest request;
  request.method = std::string(from.method_string());
  request.target = std::string(from.target());
  request.body = from.body();
  for (const auto& field : from) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.fields[name] = std::string(field.value());
  }
  return request;
}

}  // namespace

std::string http_answer(unsigned status, const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + fields + "Content-Length: 0\r\n\r\n";
}

TestCertificate::TestCertificate(const std::string& of) {
  EVP_PKEY* const pair = EVP_EC_gen("P-256");
  X509* const made = X509_new();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, pair);
  X509_NAME* const name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("receiver"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, made, made, nullptr, nullptr, 0);
  X509_EXTENSION* const names =
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, of.c_str());
  X509_add_ext(made, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(made, pair, EVP_sha256());
  BIO* const certificate_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, made);
  certificate = text_of(certificate_text);
  BIO* const key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, pair, nullptr, nullptr, 0, nullptr, nullptr);
  key = text_of(key_text);
  X509_free(made);
  EVP_PKEY_free(pair);
}

class HttpReceiver::Impl {
 public:
  Impl(Answer answer, const TestCertificate* certificate, const tcp::endpoint& endpoint)
      : answer_(std::move(answer)), acceptor_(context_, endpoint.protocol()) {
    acceptor_.bind(endpoint);
    port_ = acceptor_.local_endpoint().port();
    if (certificate == nullptr) return;
    tls_.emplace(ssl::context::tls_server);
    tls_->use_certificate(asio::buffer(certificate->certificate), ssl::context::pem);
    tls_->use_private_key(asio::buffer(certificate->key), ssl::context::pem);
  }
  ~Impl() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      // Wakes the thread: asio's close() would not.
      (void)::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      if (connection_ >= 0) (void)::shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void open() {
    acceptor_.listen();
    thread_ = std::thread([this] { run(); });
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void run() {
    for (;;) {
      error_code error;
      tcp::socket socket(context_);
      acceptor_.accept(socket, error);
      if (error || !remember(socket.native_handle())) return;
      if (tls_) {
        ssl::stream<tcp::socket&> stream(socket, *tls_);
        stream.handshake(ssl::stream_base::server, error);
        const char* const name =
            ::SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
        if (!error) serve(stream, name == nullptr ? "" : name);
      } else {
        serve(socket, "");
      }
      (void)remember(-1);
    }
  }

  // False: the receiver ends.
  bool remember(int connection) {
    const std::lock_guard lock(mutex_);
    connection_ = connection;
    return !ended_;
  }

  template <typename Stream>
  void serve(Stream& stream, const std::string& server_name) {
    boost::beast::flat_buffer buffer;
    http::request<http::string_body> read;
    error_code error;
    http::read(stream, buffer, read, error);
    if (error) return;
    HttpRequest request = request_of(read);
    request.server_name = server_name;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const std::string answer = answer_(request);
    asio::write(stream, asio::buffer(answer), error);
    std::array<char, 512> rest{};
    while (!error) stream.read_some(asio::buffer(rest), error);
  }

  const Answer answer_;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::optional<ssl::context> tls_;

  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  int connection_ = -1;
  bool ended_ = false;

  std::thread thread_;
};

HttpReceiver::HttpReceiver(Answer answer, Port port, const TestCertificate* certificate,
                           const char* address)
    : impl_(std::make_unique<Impl>(std::move(answer), certificate,
                                   tcp::endpoint(asio::ip::make_address(address), 0))) {
  if (port == Port::Open) open();
}
HttpReceiver::~HttpReceiver() = default;

void HttpReceiver::open() { impl_->open(); }
std::uint16_t HttpReceiver::port() const { return impl_->port(); }
std::vector<HttpRequest> HttpReceiver::requests() const { return impl_->requests(); }

}  // namespace tern
