#include "tests/unit/api/api_client.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace tern::api {

ApiClient::ApiClient(const std::string& path)
    : ApiClient(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
}

ApiClient::ApiClient(int socket) : socket_(socket) {
  const timeval patience{10, 0};
  (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

void ApiClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool ApiClient::send(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ApiClient::ask(const proto::Request& request) { return send(frame_of(request)); }

std::optional<proto::Response> ApiClient::hear() {
  std::array<char, 65536> octets{};
  for (;;) {
    if (const auto message = reader_.next()) {
      proto::Response response;
      EXPECT_TRUE(response.ParseFromArray(message->data(), static_cast<int>(message->size())));
      return response;
    }
    const ssize_t size = ::recv(socket_, octets.data(), octets.size(), 0);
    if (size <= 0) return std::nullopt;
    reader_.feed({octets.data(), static_cast<std::size_t>(size)});
  }
}

std::vector<proto::Response> ApiClient::hear_all() {
  std::vector<proto::Response> all;
  while (auto response = hear()) {
    all.push_back(std::move(*response));
    if (all.back().last()) break;
  }
  return all;
}

bool ApiClient::closed_by_server() {
  std::array<char, 65536> ignored{};
  ssize_t size = 1;
  while (size > 0) size = ::recv(socket_, ignored.data(), ignored.size(), 0);
  return size == 0 || errno == ECONNRESET;
}

bool ApiClient::closed_unread() const {
  constexpr int kPatience = 10'000;
  pollfd look{socket_, 0, 0};
  return ::poll(&look, 1, kPatience) > 0 && (look.revents & POLLHUP) != 0;
}

std::string frame_of(const proto::Request& request) {
  std::string frame;
  EXPECT_TRUE(append_frame(request.SerializeAsString(), frame));
  return frame;
}

proto::Request request(const std::string& text) {
  proto::Request parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

std::string error_of(const std::string& path, const proto::Request& request) {
  ApiClient client(path);
  (void)client.ask(request);
  const auto response = client.hear();
  return response ? response->error() : "closed";
}

}  // namespace tern::api
