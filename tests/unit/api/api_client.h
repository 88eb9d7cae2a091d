// A client of the control API that says what it likes, whole requests or not. Blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/frame.h"

namespace tern::api {

class ApiClient {
 public:
  explicit ApiClient(const std::string& path);
  // Takes over a connected socket.
  explicit ApiClient(int socket);
  ~ApiClient() { close(); }
  ApiClient(const ApiClient&) = delete;
  ApiClient& operator=(const ApiClient&) = delete;

  [[nodiscard]] bool connected() const { return socket_ >= 0; }
  void close();

  // False where the server takes no more.
  bool send(std::string_view octets);
  bool ask(const proto::Request& request);
  // The next response; nothing where the server closed instead, or said nothing for ten seconds.
  [[nodiscard]] std::optional<proto::Response> hear();
  // All that come up to the last one, which is there unless the server closed.
  [[nodiscard]] std::vector<proto::Response> hear_all();
  // Waits until the server has closed, whatever it says before that.
  [[nodiscard]] bool closed_by_server();
  // The same without reading.
  [[nodiscard]] bool closed_unread() const;

 private:
  int socket_ = -1;
  FrameReader reader_;
};

[[nodiscard]] std::string frame_of(const proto::Request& request);

// A request in Protobuf's text format.
[[nodiscard]] proto::Request request(const std::string& text);

// The error that a server answers to a request over a connection of its own; "" for none, "closed"
// for no answer.
[[nodiscard]] std::string error_of(const std::string& path, const proto::Request& request);

}  // namespace tern::api
