// Lines of the log about refused commands, which a client can send without end. Internal to
// bgpd/api.
#pragma once

#include <cstdint>
#include <string>

#include "bgpd/api/user.h"
#include "bgpd/session/log_limiter.h"

namespace tern::api {

namespace proto {
class Response;
}  // namespace proto

// Of the clients of one socket. Loop thread only: no such command is answered by the lister.
class RefusedLog {
 public:
  static constexpr std::uint32_t kMostLines = 10;  // in a minute

  // Logs the command where the answer refuses it: "control API: alice (uid 1000, pid 4242): guard
  // clear 192.0.2.0/24 is refused: there is no release or block of 192.0.2.0/24". The line also has
  // the number of those that were left out before. command: in the words of ternctl.
  // now: steady nanoseconds.
  void note(const std::string& command, const User& user, const proto::Response& answer,
            std::uint64_t now);

 private:
  session::LogLimiter lines_{kMostLines};
};

}  // namespace tern::api
