// A blocking HTTP client of a dozen lines that sends exactly the bytes a test wants.
#pragma once

#include <map>
#include <string>

namespace tern::exporter {

struct HttpAnswer {
  unsigned status = 0;                        // 0: the connection ended before an answer
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  // endpoint as HttpServer::endpoints() writes it. Waits for a connection. from: an IPv4 address.
  explicit HttpClient(const std::string& endpoint, const std::string& from = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  void send(const std::string& bytes);
  // Reads one answer; without_body: it is for a HEAD.
  [[nodiscard]] HttpAnswer receive(bool without_body = false);
  // Sends a request of HTTP/1.1 with a Host field, and reads the answer.
  [[nodiscard]] HttpAnswer get(const std::string& target, const std::string& more_fields = "");
  // True when the server closes; false when bytes come, or nothing happens for seconds.
  [[nodiscard]] bool closed_by_server();

 private:
  [[nodiscard]] bool fill();
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace tern::exporter
