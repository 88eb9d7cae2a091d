// The control API on its unix socket: takes requests, answers from the speaker, streams listings.
//
// Runs on the speaker's loop, but for listings of routes, which a thread of their own makes beside
// everything else. Every answer is made in slices no longer than a few hundred routes, and the next
// slice only once the client has taken the last one: a listing of a million routes to a slow
// terminal costs the daemon hardly any time or memory. A client that takes nothing for ten minutes
// is cut off.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::api {

namespace proto {
class ReloadResult;
}

// What the daemon adds to what the speaker knows.
struct DaemonFacts {
  std::string version;
  std::string revision;
  std::uint64_t start_time_seconds = 0;  // Unix time
  std::string config_file;
  std::uint64_t config_generation = 1;
  std::uint64_t last_reload_seconds = 0;  // Unix time
  bool last_reload_ok = true;
};

struct Backend {
  session::Speaker& speaker;
  std::function<DaemonFacts()> facts;
  // Reads the configuration again; with check_only only says what would change.
  std::function<void(bool check_only, proto::ReloadResult& result)> reload;
};

class Server {
 public:
  Server(session::Loop& loop, Backend backend);
  // Closes the socket and removes its file.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Creates the socket with these permissions. A file of a dead daemon is replaced, that of a
  // living one is an error. The text of a failure is for people.
  [[nodiscard]] std::optional<std::string> listen(const std::string& path, unsigned mode);
  // Permissions of the socket that is there.
  [[nodiscard]] std::optional<std::string> set_mode(unsigned mode);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::api
