#include "bgpd/daemon/directories.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tern::daemon {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kDirectoryMode = 0755;  // cut by the umask

// systemd sets the variable to the directories of the unit, with colons between them.
std::vector<fs::path> directories_of(const char* variable, const char* otherwise) {
  const char* const given = std::getenv(variable);
  if (given == nullptr || *given == '\0') return {otherwise};
  std::vector<fs::path> found;
  for (std::string_view rest = given; !rest.empty();) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (end != 0) found.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

std::vector<fs::path> own_directories() {
  std::vector<fs::path> all;
  for (const auto& [variable, otherwise] :
       {std::pair{"RUNTIME_DIRECTORY", "/run/tern"}, std::pair{"STATE_DIRECTORY", "/var/lib/tern"},
        std::pair{"LOGS_DIRECTORY", "/var/log/tern"}}) {
    for (fs::path& path : directories_of(variable, otherwise)) all.push_back(std::move(path));
  }
  return all;
}

bool is_in(const fs::path& path, const fs::path& directory) {
  const auto [stop, unused] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return stop == directory.end();
}

std::string list_of(const std::vector<fs::path>& paths) {
  std::string text;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (i != 0) text += i + 1 == paths.size() ? " and " : ", ";
    text += paths[i].string();
  }
  return text;
}

}  // namespace

std::string state_directory() {
  return directories_of("STATE_DIRECTORY", "/var/lib/tern").front().string();
}

std::optional<std::string> have_directory(const std::string& directory) {
  std::error_code ignored;
  const fs::path path = fs::absolute(directory, ignored).lexically_normal();
  if (fs::is_directory(path, ignored)) return std::nullopt;
  const auto own = own_directories();
  const auto root =
      std::find_if(own.begin(), own.end(), [&](const fs::path& one) { return is_in(path, one); });
  if (root == own.end()) {
    return "there is no directory " + path.string() + ", and ternd makes none but in " +
           list_of(own);
  }
  // The root itself and what is below it, never what it is in.
  fs::path made = root->parent_path();
  for (const fs::path& part : path.lexically_relative(made)) {
    made /= part;
    if (::mkdir(made.c_str(), kDirectoryMode) == 0 || errno == EEXIST) continue;
    return "cannot make the directory " + made.string() + ": " +
           std::generic_category().message(errno);
  }
  if (fs::is_directory(path, ignored)) return std::nullopt;
  return path.string() + " is no directory";
}

std::optional<std::string> have_directory_of(const std::string& file) {
  std::error_code ignored;
  return have_directory(fs::absolute(file, ignored).lexically_normal().parent_path().string());
}

}  // namespace tern::daemon
