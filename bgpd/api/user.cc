#include "bgpd/api/user.h"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

namespace tern::api {
namespace {

std::optional<std::string> name_of(uid_t uid) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"),
                                                             &std::fclose);
  if (!file) return std::nullopt;
  std::array<char, 4096> texts{};
  passwd entry{};
  passwd* found = nullptr;
  while (::fgetpwent_r(file.get(), &entry, texts.data(), texts.size(), &found) == 0) {
    if (entry.pw_uid == uid) return entry.pw_name;
  }
  return std::nullopt;
}

}  // namespace

bool User::privileged() const { return uid == 0 || uid == ::geteuid(); }

std::optional<User> user_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  return User{credentials.uid, credentials.pid};
}

std::string to_string(const User& user) {
  const std::string pid = "pid " + std::to_string(user.pid) + ")";
  const std::string uid = "uid " + std::to_string(user.uid);
  const auto name = name_of(user.uid);
  return name ? *name + " (" + uid + ", " + pid : uid + " (" + pid;
}

}  // namespace tern::api
