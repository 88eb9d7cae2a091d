// The control API on its unix sockets: takes requests, answers from the speaker, streams listings.
//
// There are two sockets: one on which everything can be asked for, and, where it is wanted, one on
// which nothing can be changed, for looking glasses and for people who may look. The clients of
// each have bounds of their own, so that those of the second cannot keep the first from its users.
//
// Runs on the speaker's loop, but for listings of routes, which a thread of their own makes beside
// everything else. Every answer is made in slices no longer than a few hundred routes, and the next
// slice only once the client has taken the last one: a listing of a million routes to a slow
// terminal costs the daemon hardly any time or memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/places.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::api {

namespace proto {
class ReloadRequest;
class ReloadResult;
}  // namespace proto

// What the daemon adds to what the speaker knows.
struct DaemonFacts {
  std::string version;
  std::string revision;
  std::uint64_t start_time_seconds = 0;  // Unix time
  std::string config_file;
  std::uint64_t config_generation = 1;
  std::uint64_t last_reload_seconds = 0;  // Unix time
  bool last_reload_ok = true;
  std::string reload_note;               // why it was not, or what a reload waits for
  std::vector<std::string> stale_files;  // that the configuration names; what is used instead
};

struct Backend {
  session::Speaker& speaker;
  std::function<DaemonFacts()> facts;
  // Reads the configuration again, beside the loop; with check_only, the daemon changes nothing and
  // lists the changes. The daemon calls `done` on the loop, once, with a result that fits into one
  // response; a daemon that ends first does not call `done`.
  using Reloaded = std::function<void(std::shared_ptr<proto::ReloadResult> result)>;
  std::function<void(const proto::ReloadRequest& request, Reloaded done)> reload;
};

// Of the clients of one socket. A client that passes one is told so where it can be, and closed.
struct ClientLimits {
  PlaceLimits places;
  std::size_t listings = 64;              // of routes, at a time
  std::chrono::milliseconds idle;         // without a request
  std::chrono::milliseconds request;      // from the first octet of a request to its last
  std::chrono::milliseconds slice;        // until a part of an answer is taken
  std::chrono::milliseconds answer{0};    // until all of it is; 0: for ever
  std::uint32_t requests_per_second = 0;  // of all clients; more have to wait. 0: as many as come
};

struct ServerLimits {
  ClientLimits full{{64, 32},
                    64,
                    std::chrono::minutes(5),
                    std::chrono::seconds(10),
                    std::chrono::minutes(10),
                    std::chrono::milliseconds(0),
                    0};
  // Whoever may look is not to be trusted with the daemon's time and memory: a listing of a million
  // routes takes 8 MB, and holds memory of routes that went.
  ClientLimits read_only{{32, 16},
                         4,
                         std::chrono::minutes(1),
                         std::chrono::seconds(10),
                         std::chrono::minutes(1),
                         std::chrono::minutes(10),
                         20};
};

enum class Access : std::uint8_t { Full, ReadOnly };

class Server {
 public:
  Server(session::Loop& loop, Backend backend, const ServerLimits& limits = {});
  // Closes the sockets and removes their files.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Creates a socket with these permissions; once for each kind. A file of a dead daemon is
  // replaced, that of a living one is an error. The text of a failure is for people.
  [[nodiscard]] std::optional<std::string> listen(Access access, const std::string& path,
                                                  unsigned mode);
  // Permissions of the socket, where there is one.
  [[nodiscard]] std::optional<std::string> set_mode(Access access, unsigned mode);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::api
