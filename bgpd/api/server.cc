#include "bgpd/api/server.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "bgpd/api/client.h"

namespace tern::api {
namespace {

using Clients = std::vector<std::shared_ptr<Client>>;

constexpr int kAcceptsPerTurn = 16;
constexpr std::chrono::milliseconds kPause{100};  // after a failed accept
constexpr std::chrono::minutes kLogPause{1};      // between two log lines about that

// A descriptor that this function's caller owns.
int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

// Requires that the path fits.
sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// Whether a daemon listens at the path, also with a full backlog.
bool alive(const std::string& path) {
  const int probe = new_socket();
  if (probe < 0) return false;
  const sockaddr_un address = address_of(path);
  const bool connects =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN;
  ::close(probe);
  return connects;
}

std::string failure(const std::string& path, int error) {
  return path + ": " + std::strerror(error) +
         (error == ENOENT ? " (the directory is not there)" : "");
}

// A listening socket and its clients.
class Gate {
 public:
  Gate(session::Loop& loop, const Backend& backend, Lister& lister, Access access,
       const ClientLimits& limits)
      : service_{loop, backend, lister, access, limits, Pace(limits.requests_per_second)} {}
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // Requires that the lister does not work any more.
  ~Gate() {
    for (const auto& client : clients_) client->end();
    listener_.reset();
    // Removes only the file that this daemon made: another one may be at the path by now.
    struct stat found {};
    if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) {
      ::unlink(path_.c_str());
    }
  }

  std::optional<std::string> listen(const std::string& path, unsigned mode) {
    if (path.size() >= sizeof sockaddr_un{}.sun_path) {
      return path + ": longer than a unix socket may be";
    }
    struct stat found {};
    if (::lstat(path.c_str(), &found) == 0) {
      if (!S_ISSOCK(found.st_mode)) return path + ": exists and is no socket";
      if (alive(path)) return path + ": another ternd answers there";
      ::unlink(path.c_str());
    }
    const int socket = new_socket();
    if (socket < 0) return failure(path, errno);
    const sockaddr_un address = address_of(path);
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      const int error = errno;
      ::close(socket);
      return failure(path, error);
    }
    listener_ = std::make_unique<Descriptor>(service_.loop, socket);
    path_ = path;
    if (::lstat(path.c_str(), &found) == 0) inode_ = found.st_ino;
    // Sets the permissions before any client can connect.
    if (auto wrong = set_mode(mode)) return wrong;
    if (::listen(socket, SOMAXCONN) != 0) return failure(path, errno);
    wait();
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::string> set_mode(unsigned mode) const {
    if (path_.empty() || ::chmod(path_.c_str(), mode) == 0) return std::nullopt;
    return failure(path_, errno);
  }

  void drop_lost() {
    for (const auto& client : clients_) client->drop_lost();
  }

 private:
  void wait() {
    listener_->when_readable([this] { accept(); });
  }

  void accept() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      const int socket =
          ::accept4(listener_->socket(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket >= 0) {
        come_in(socket);
      } else if (errno == EAGAIN) {
        break;
      } else if (errno != EINTR && errno != ECONNABORTED) {
        say_that_accept_failed(errno);
        return listener_->after(kPause, [this] { accept(); });
      }
    }
    wait();
  }

  void say_that_accept_failed(int error) {
    const auto now = std::chrono::steady_clock::now();
    ++failed_accepts_;
    if (failure_logged_ && now - *failure_logged_ < kLogPause) return;
    failure_logged_ = now;
    spdlog::error("control API: accept: {} ({} times since the last such line)",
                  std::strerror(error), std::exchange(failed_accepts_, 0));
  }

  void come_in(int socket) {
    const auto user = user_of(socket);
    if (!user) {
      ::close(socket);
      return;
    }
    auto client = std::make_shared<Client>(socket, *user, service_,
                                           [this](const Client& gone) { forget(gone); });
    // In the order in which they may have to leave.
    Clients present = clients_;
    std::ranges::stable_sort(present, {}, &Client::waits_since);
    std::vector<Occupant> occupants;
    for (const auto& each : present) {
      occupants.push_back({each->user().uid, each->user().privileged(), each->idle()});
    }
    const Admission admission =
        admit({user->uid, user->privileged(), false}, occupants, service_.limits.places);
    if (!admission.admitted) return client->refuse("too many clients: try again");
    if (admission.leaves) present[*admission.leaves]->refuse("others needed the place");
    clients_.push_back(client);
    client->start();
  }

  void forget(const Client& gone) {
    std::erase_if(clients_, [&](const auto& client) { return client.get() == &gone; });
  }

  Service service_;
  std::unique_ptr<Descriptor> listener_;
  std::string path_;
  ino_t inode_ = 0;  // of the socket's file
  Clients clients_;
  std::uint64_t failed_accepts_ = 0;  // since the last log line about them
  std::optional<std::chrono::steady_clock::time_point> failure_logged_;
};

}  // namespace

class Server::Impl {
 public:
  Impl(session::Loop& loop, Backend backend, const ServerLimits& limits)
      : backend_(std::move(backend)),
        full_(loop, backend_, lister_, Access::Full, limits.full),
        read_only_(loop, backend_, lister_, Access::ReadOnly, limits.read_only) {
    backend_.speaker.on_revoked([this] {
      full_.drop_lost();
      read_only_.drop_lost();
    });
  }
  ~Impl() {
    backend_.speaker.on_revoked({});
    lister_.stop();
  }

  Gate& gate(Access access) { return access == Access::Full ? full_ : read_only_; }

 private:
  const Backend backend_;
  Lister lister_;
  Gate full_;
  Gate read_only_;
};

Server::Server(session::Loop& loop, Backend backend, const ServerLimits& limits)
    : impl_(std::make_unique<Impl>(loop, std::move(backend), limits)) {}
Server::~Server() = default;

std::optional<std::string> Server::listen(Access access, const std::string& path, unsigned mode) {
  return impl_->gate(access).listen(path, mode);
}

std::optional<std::string> Server::set_mode(Access access, unsigned mode) {
  return impl_->gate(access).set_mode(mode);
}

}  // namespace tern::api
