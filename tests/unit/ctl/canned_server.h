// The daemon's end of the control socket with answers laid out beforehand: one connection, one
// request, then all the answers and the end.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/frame.h"
#include "tests/unit/types/folder.h"

namespace tern::ctl {

class CannedServer {
 public:
  enum class Asked { Yes, No };  // whether it waits for a request before it answers

  explicit CannedServer(std::string answer, Asked asked = Asked::Yes)
      : answer_(std::move(answer)), asked_(asked) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    listening_ = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                 ::listen(listener_, 1) == 0;
    thread_ = std::thread([this] { serve(); });
  }

  // A client that never came is let go here, so that a failing test ends.
  ~CannedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }
  CannedServer(const CannedServer&) = delete;
  CannedServer& operator=(const CannedServer&) = delete;

  [[nodiscard]] bool listening() const { return listening_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  // What the client asked. Waits for the connection to end.
  [[nodiscard]] const api::proto::Request& request() {
    if (thread_.joinable()) thread_.join();
    return request_;
  }

 private:
  void serve() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    api::FrameReader reader;
    std::array<char, 7> buffer{};  // small: frames arrive in pieces
    while (asked_ == Asked::Yes) {
      if (const auto message = reader.next()) {
        request_.ParseFromArray(message->data(), static_cast<int>(message->size()));
        break;
      }
      const ssize_t received = ::recv(connection, buffer.data(), buffer.size(), 0);
      if (received <= 0) break;
      reader.feed(std::string_view(buffer.data(), static_cast<std::size_t>(received)));
    }
    for (std::string_view rest = answer_; !rest.empty();) {
      const ssize_t sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::close(connection);
  }

  std::string answer_;
  Asked asked_;
  Folder folder_;
  const std::string path_ = folder_.path("socket");
  int listener_ = -1;
  bool listening_ = false;
  api::proto::Request request_;  // the thread's until it is joined
  std::thread thread_;
};

}  // namespace tern::ctl
