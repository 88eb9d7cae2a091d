// Who is at the other end of a unix socket. Internal to bgpd/api.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace tern::api {

struct User {
  uid_t uid = 0;
  pid_t pid = 0;

  // Root, or the user the daemon runs as: who may end the daemon anyway.
  [[nodiscard]] bool privileged() const;
};

// As of its connect() (SO_PEERCRED). Nothing where the kernel does not say.
[[nodiscard]] std::optional<User> user_of(int socket);

// "alice (uid 1000, pid 4242)". The name is that of /etc/passwd: other directories of users may
// take their time, and the loop has none. Without one: "uid 1000 (pid 4242)".
[[nodiscard]] std::string to_string(const User& user);

}  // namespace tern::api
