#include "conf/state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

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

FileError NewFile::fail() {
  FileError error = system_error();
  drop();
  return error;
}

void NewFile::drop() {
  if (descriptor_ < 0) return;
  close(std::exchange(descriptor_, -1));
  unlink(new_path_.c_str());
}

std::optional<FileError> NewFile::begin(const std::string& path) {
  drop();
  path_ = path;
  new_path_ = path + ".new";
  unlink(new_path_.c_str());  // of a daemon that died while it wrote
  descriptor_ = open(new_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) return system_error();
  return std::nullopt;
}

std::optional<FileError> NewFile::add(std::string_view piece) {
  while (is_open() && !piece.empty()) {
    const ssize_t wrote = write(descriptor_, piece.data(), piece.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return fail();
    piece.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return std::nullopt;
}

std::optional<FileError> NewFile::commit() {
  if (!is_open()) return std::nullopt;
  if (fsync(descriptor_) != 0) return fail();
  if (std::rename(new_path_.c_str(), path_.c_str()) != 0) return fail();
  close(std::exchange(descriptor_, -1));
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  const int of_folder =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (of_folder < 0) return system_error();
  std::optional<FileError> fault;
  if (fsync(of_folder) != 0) fault = system_error();
  close(of_folder);
  return fault;
}

std::optional<FileError> replace_file(const std::string& path, std::string_view text) {
  NewFile file;
  if (auto fault = file.begin(path)) return fault;
  if (auto fault = file.add(text)) return fault;
  return file.commit();
}

std::optional<FileError> move_aside(const std::string& path) {
  if (std::rename(path.c_str(), (path + ".bad").c_str()) != 0) return system_error();
  return std::nullopt;
}

}  // namespace tern::conf
