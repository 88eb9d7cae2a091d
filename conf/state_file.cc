#include "conf/state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace tern::conf {
namespace {

// FNV-1a; names the file of a configuration.
std::string hash_text(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(file, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace

std::string state_file(const std::string& directory, const std::string& configuration,
                       std::string_view kind, std::string_view ending) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(configuration, ignored).lexically_normal();
  std::string path = directory + '/';
  path += kind;
  path += '-' + hash_text(absolute.string()) + '.';
  path += ending;
  return path;
}

std::optional<FileError> replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());  // of a daemon that died while it wrote
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_error();
  std::optional<FileError> fault;
  if (!write_all(file, text) || fsync(file) != 0) fault = system_error();
  close(file);
  if (!fault && rename(fresh.c_str(), path.c_str()) != 0) fault = system_error();
  if (fault) unlink(fresh.c_str());
  return fault;
}

}  // namespace tern::conf
