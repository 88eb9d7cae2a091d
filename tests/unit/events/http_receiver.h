// A receiver of webhooks for tests: HTTP or HTTPS on a free port of a loopback address, one
// connection at a time, on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tern {

struct HttpRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
  std::string server_name;  // that TLS asked for; empty: none
};

inline const std::string kHttpOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
[[nodiscard]] std::string http_answer(unsigned status, const std::string& fields = "");

// A certificate that signs itself, for an address or a name ("DNS:localhost").
struct TestCertificate {
  explicit TestCertificate(const std::string& of = "IP:127.0.0.1");
  std::string certificate;  // PEM, like the next one
  std::string key;
};

class HttpReceiver {
 public:
  // Returns the octets of the answer; none: the connection stays open until the client closes.
  using Answer = std::function<std::string(const HttpRequest&)>;
  enum class Port : std::uint8_t {
    Open,
    Refuses,  // until open()
  };

  explicit HttpReceiver(Answer answer, Port port = Port::Open,
                        const TestCertificate* certificate = nullptr,
                        const char* address = "127.0.0.1");
  ~HttpReceiver();
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  void open();
  [[nodiscard]] std::uint16_t port() const;
  // The requests that came whole.
  [[nodiscard]] std::vector<HttpRequest> requests() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern
