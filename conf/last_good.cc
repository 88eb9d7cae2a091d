#include "conf/last_good.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>

#include "conf/rtt_file.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostHeader = 8192;  // the line that names the file

// FNV-1a; names the file of a configuration.
std::string hash_text(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

std::string date_text(std::time_t time) {
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&time, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

FileError system_error() { return {std::generic_category().message(errno)}; }

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

LastGood::LastGood(std::string directory, const std::string& configuration)
    : directory_(std::move(directory)) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(configuration, ignored).lexically_normal();
  round_trips_ = directory_ + "/last-good-" + hash_text(absolute.string()) + ".rtts";
}

Result<LastGood::Kept, FileError> LastGood::round_trips() const {
  auto text = read_file(round_trips_, kMostRttBytes + kMostHeader);
  if (!text) return text.error();
  struct stat facts {};
  if (stat(round_trips_.c_str(), &facts) != 0) return system_error();
  return Kept{*std::move(text), date_text(facts.st_mtime)};
}

std::optional<FileError> LastGood::keep_round_trips(const std::string& name,
                                                    std::string_view text) const {
  const std::string fresh = round_trips_ + ".new";
  unlink(fresh.c_str());  // of a daemon that died while it wrote
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_error();
  std::string header = "# last good content of " + name + '\n';
  if (header.size() > kMostHeader) header = "#\n";
  const bool wrote = write_all(file, header) && write_all(file, text) && fsync(file) == 0;
  std::optional<FileError> fault;
  if (!wrote) fault = system_error();
  close(file);
  if (!fault && rename(fresh.c_str(), round_trips_.c_str()) != 0) fault = system_error();
  if (fault) unlink(fresh.c_str());
  return fault;
}

}  // namespace tern::conf
