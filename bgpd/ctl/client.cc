#include "bgpd/ctl/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "bgpd/api/frame.h"

namespace tern::ctl {
namespace {

constexpr std::string_view kAdvice =
    "\nIs ternd running? Start it with 'systemctl start ternd' or 'ternd --config FILE'; if its "
    "socket\nis elsewhere (api.socket in its configuration), give --socket PATH or set "
    "TERN_SOCKET.";

Unreachable cannot_connect(const std::string& path, int error) {
  std::string message = "cannot reach ternd at " + path + ": ";
  switch (error) {
    case ENOENT:
      message.append("there is no such socket.").append(kAdvice);
      break;
    case ECONNREFUSED:
      message.append("nobody listens on this socket (left over from a daemon that ended?).");
      message.append(kAdvice);
      break;
    case EACCES:
    case EPERM:
      message.append("permission denied. Use sudo, or join the group that owns the socket.");
      break;
    default:
      message.append(std::strerror(error)).append(".").append(kAdvice);
  }
  return {std::move(message)};
}

void limit_waits(int descriptor, unsigned seconds) {
  timeval limit{};
  limit.tv_sec = static_cast<time_t>(seconds);
  // A failure leaves the socket without a limit, which is what it is without this call.
  (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  (void)setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string error_text(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return "no answer in time";
  return std::strerror(error);
}

}  // namespace

Client::Client(std::string socket_path, std::optional<unsigned> timeout_seconds)
    : socket_path_(std::move(socket_path)), timeout_seconds_(timeout_seconds) {}

Client::~Client() { close(); }

void Client::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Unreachable Client::broken(const std::string& why) const {
  return {"the connection to ternd at " + socket_path_ + " broke: " + why};
}

std::optional<Unreachable> Client::connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path) {
    return cannot_connect(socket_path_, ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, socket_path_.data(), socket_path_.size());
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return cannot_connect(socket_path_, errno);
  if (timeout_seconds_) limit_waits(descriptor_, *timeout_seconds_);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    close();
    return cannot_connect(socket_path_, error);
  }
  return std::nullopt;
}

std::optional<Unreachable> Client::send(const api::proto::Request& request) {
  std::string frame;
  if (!api::append_frame(request.SerializeAsString(), frame)) {
    return broken("the request is too long");
  }
  for (std::string_view rest = frame; !rest.empty();) {
    // MSG_NOSIGNAL: SIGPIPE is for the standard output.
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    // A daemon that has no place for us says so before it closes: that is there to be read.
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return std::nullopt;
    if (sent < 0) return broken(error_text(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return std::nullopt;
}

std::optional<Unreachable> Client::call(
    const api::proto::Request& request,
    const std::function<bool(const api::proto::Response&)>& on_response) {
  if (descriptor_ < 0) {
    if (auto failure = connect()) return failure;
  }
  if (auto failure = send(request)) return failure;
  api::FrameReader reader;
  api::proto::Response response;
  std::array<char, 65536> buffer{};
  while (true) {
    while (const auto message = reader.next()) {
      if (!response.ParseFromArray(message->data(), static_cast<int>(message->size()))) {
        close();
        return broken("an answer that is not a Response message");
      }
      if (!on_response(response)) {
        close();
        return std::nullopt;
      }
      if (response.last() || !response.error().empty()) return std::nullopt;
    }
    if (reader.failed()) {
      close();
      return broken("an answer longer than the limit");
    }
    const ssize_t received = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) {
      const std::string why = received < 0 ? error_text(errno) : "it ended before the answer did";
      close();
      return broken(why);
    }
    reader.feed(std::string_view(buffer.data(), static_cast<std::size_t>(received)));
  }
}

}  // namespace tern::ctl
