#include "conf/last_good.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "conf/rtt_lines.h"
#include "conf/state_file.h"
#include "rib/types/utc_text.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostHeader = 8192;  // the line that names the file

}  // namespace

LastGood::LastGood(std::string directory, const std::string& configuration)
    : directory_(std::move(directory)), configuration_(configuration) {}

std::string LastGood::path(Content content) const {
  const char* const ending = content == Content::RoundTrips ? "rtts" : "prefix-rtts";
  return state_file(directory_, configuration_, "last-good", ending);
}

Result<LastGood::Kept, FileError> LastGood::kept(Content content) const {
  const std::string path = this->path(content);
  auto text = read_file(path, kMostRttBytes + kMostHeader);
  if (!text) return text.error();
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return system_error();
  return Kept{*std::move(text), utc_text(facts.st_mtime, "%Y-%m-%d %H:%M UTC"), facts.st_mtime};
}

std::optional<FileError> LastGood::keep(Content content, const std::string& name,
                                        std::string_view text, std::int64_t time) const {
  const std::string path = this->path(content);
  std::string header = "# last good content of " + name + '\n';
  if (header.size() > kMostHeader) header = "#\n";
  if (auto fault = replace_file(path, header.append(text))) return fault;
  // Measurements do not become younger because they are copied.
  const timespec changed{static_cast<std::time_t>(time), 0};
  const std::array<timespec, 2> times{changed, changed};
  if (utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0) return system_error();
  return std::nullopt;
}

}  // namespace tern::conf
