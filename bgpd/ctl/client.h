// The client end of the control API: one connection, one request at a time, blocking.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bgpd/api/control.pb.h"

namespace tern::ctl {

// The daemon could not be reached or did not finish its answer; the text is for people and names
// the socket.
struct Unreachable {
  std::string message;
};

// Owns the socket: not copied, not moved.
class Client {
 public:
  // Does nothing yet. With a timeout, each wait for the daemon ends after that many seconds;
  // without one only the user's patience limits it, for a large reload takes its time.
  explicit Client(std::string socket_path, std::optional<unsigned> timeout_seconds = std::nullopt);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends the request and passes on every response up to the one with `last`, as it comes. The
  // daemon produces only as fast as this reads. Stops early, and closes the connection, when
  // `on_response` returns false.
  [[nodiscard]] std::optional<Unreachable> call(
      const api::proto::Request& request,
      const std::function<bool(const api::proto::Response&)>& on_response);

 private:
  [[nodiscard]] std::optional<Unreachable> connect();
  [[nodiscard]] std::optional<Unreachable> send(const api::proto::Request& request);
  [[nodiscard]] Unreachable broken(const std::string& why) const;
  void close();

  std::string socket_path_;
  std::optional<unsigned> timeout_seconds_;
  int descriptor_ = -1;
};

}  // namespace tern::ctl
