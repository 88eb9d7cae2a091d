// The control socket of a further routing domain of a process: NAME.sock, in the folder of the
// control socket of the first domain. ternd makes the socket there, and ternctl finds it there.
#pragma once

#include <string>
#include <string_view>

namespace tern {

// An empty domain is the first one.
[[nodiscard]] inline std::string domain_socket(const std::string& first_socket,
                                               std::string_view domain) {
  if (domain.empty()) return first_socket;
  const auto slash = first_socket.rfind('/');
  const std::size_t folder = slash == std::string::npos ? 0 : slash + 1;
  return first_socket.substr(0, folder).append(domain).append(".sock");
}

}  // namespace tern
