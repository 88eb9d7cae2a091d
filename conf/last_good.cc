#include "conf/last_good.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

#include "conf/rtt_file.h"
#include "conf/state_file.h"

namespace tern::conf {
namespace {

constexpr std::size_t kMostHeader = 8192;  // the line that names the file

std::string date_text(std::time_t time) {
  std::tm parts{};
  std::array<char, 32> text{};
  gmtime_r(&time, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return text.data();
}

FileError system_error() { return {std::generic_category().message(errno)}; }

}  // namespace

LastGood::LastGood(std::string directory, const std::string& configuration)
    : directory_(std::move(directory)),
      round_trips_(state_file(directory_, configuration, "last-good", "rtts")) {}

Result<LastGood::Kept, FileError> LastGood::round_trips() const {
  auto text = read_file(round_trips_, kMostRttBytes + kMostHeader);
  if (!text) return text.error();
  struct stat facts {};
  if (stat(round_trips_.c_str(), &facts) != 0) return system_error();
  return Kept{*std::move(text), date_text(facts.st_mtime)};
}

std::optional<FileError> LastGood::keep_round_trips(const std::string& name,
                                                    std::string_view text) const {
  std::string header = "# last good content of " + name + '\n';
  if (header.size() > kMostHeader) header = "#\n";
  return replace_file(round_trips_, header.append(text));
}

}  // namespace tern::conf
