#include "http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <sstream>

namespace tern::exporter {
namespace {

// A test that waits longer than this has failed.
constexpr int kPatienceSeconds = 20;

}  // namespace

HttpClient::HttpClient(const std::string& endpoint, const std::string& from) {
  const std::size_t colon = endpoint.rfind(':');
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(endpoint.substr(colon + 1))));
  const bool v6 = endpoint.front() == '[';
  sockaddr_in6 address6{};
  address6.sin6_family = AF_INET6;
  address6.sin6_port = port;
  sockaddr_in address4{};
  address4.sin_family = AF_INET;
  address4.sin_port = port;
  if (v6) {
    inet_pton(AF_INET6, endpoint.substr(1, colon - 2).c_str(), &address6.sin6_addr);
  } else {
    inet_pton(AF_INET, endpoint.substr(0, colon).c_str(), &address4.sin_addr);
  }
  const int descriptor = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience{kPatienceSeconds, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (!from.empty()) {
    sockaddr_in source{};
    source.sin_family = AF_INET;
    inet_pton(AF_INET, from.c_str(), &source.sin_addr);
    (void)::bind(descriptor, reinterpret_cast<const sockaddr*>(&source), sizeof source);
  }
  const auto* address = v6 ? reinterpret_cast<const sockaddr*>(&address6)
                           : reinterpret_cast<const sockaddr*>(&address4);
  const socklen_t length = v6 ? sizeof address6 : sizeof address4;
  if (::connect(descriptor, address, length) == 0) {
    socket_ = descriptor;
  } else {
    ::close(descriptor);
  }
}

HttpClient::~HttpClient() {
  if (socket_ >= 0) ::close(socket_);
}

void HttpClient::send(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t sent = ::send(socket_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return;
    done += static_cast<std::size_t>(sent);
  }
}

bool HttpClient::fill() {
  std::array<char, 16384> bytes{};
  const ssize_t received = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (received <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

HttpAnswer HttpClient::receive(bool without_body) {
  HttpAnswer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return answer;
  }
  std::istringstream head(buffer_.substr(0, end + 2));
  buffer_.erase(0, end + 4);
  std::string version;
  head >> version >> answer.status;
  std::string line;
  std::getline(head, line);
  while (std::getline(head, line)) {
    const std::size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.fields[name] = line.substr(colon + 2, line.size() - colon - 3);  // without \r
  }
  if (without_body) return answer;
  const std::size_t length = std::stoul(answer.fields["content-length"]);
  while (buffer_.size() < length && fill()) {
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

HttpAnswer HttpClient::get(const std::string& target, const std::string& more_fields) {
  send("GET " + target + " HTTP/1.1\r\nHost: tern\r\n" + more_fields + "\r\n");
  return receive();
}

bool HttpClient::closed_by_server() {
  std::array<char, 1> byte{};
  return buffer_.empty() && ::recv(socket_, byte.data(), byte.size(), 0) == 0;
}

}  // namespace tern::exporter
