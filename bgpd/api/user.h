// The user at the other end of a unix socket. Internal to bgpd/api.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace tern::api {

struct User {
  uid_t uid = 0;
  pid_t pid = 0;

  // Root, or the user that the daemon runs as: both may end the daemon anyway.
  [[nodiscard]] bool privileged() const;
};

// The user at the time of connect() (SO_PEERCRED). Nothing if the kernel does not know.
[[nodiscard]] std::optional<User> user_of(int socket);

// "alice (uid 1000, pid 4242)". The name comes from /etc/passwd: other directories of users may
// block the loop. Without a name: "uid 1000 (pid 4242)".
[[nodiscard]] std::string to_string(const User& user);

}  // namespace tern::api
