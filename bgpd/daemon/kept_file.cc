#include "bgpd/daemon/kept_file.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "bgpd/daemon/directories.h"
#include "conf/small_file.h"
#include "conf/state_file.h"
#include "rib/types/result.h"

namespace tern::daemon {
namespace {

// On ConfigThread. faulty: the file has what could not be read. False: such a file cannot be moved
// aside, and nothing is written over it.
bool write(const std::string& directory, const std::string& path, const std::string& what,
           const std::string& text, bool faulty) {
  if (faulty) {
    const auto fault = conf::move_aside(path);
    if (fault && !fault->missing) {
      spdlog::error("{} are not kept over a restart: {} cannot be renamed to {}.bad: {}", what,
                    path, path, fault->message);
      return false;
    }
    if (!fault) spdlog::warn("{} is kept as {}.bad", path, path);
  }
  auto failure = have_directory(directory);
  if (!failure) {
    if (const auto fault = conf::replace_file(path, text)) failure = path + ": " + fault->message;
  }
  if (failure) spdlog::error("{} are not kept over a restart: {}", what, *failure);
  return true;
}

}  // namespace

KeptFile::KeptFile(ConfigThread& thread, session::Loop& loop, const std::string& configuration,
                   std::string_view kind, std::string_view ending, std::string what,
                   Content content)
    : thread_(thread),
      loop_(loop),
      directory_(state_directory()),
      path_(conf::state_file(directory_, configuration, kind, ending)),
      what_(std::move(what)),
      content_(std::move(content)) {}

std::string KeptFile::read(std::size_t most_bytes) {
  const auto text = thread_.call([this, most_bytes]() -> Result<std::string, conf::FileError> {
    std::error_code fault;
    if (!std::filesystem::exists(path_, fault) && !fault) return std::string();
    return conf::read_file(path_, most_bytes);
  });
  if (text) return *text;
  faulty_ = true;
  spdlog::error("{} from before the restart: {}: {}", what_, path_, text.error().message);
  return {};
}

void KeptFile::log(const BadLines& bad, std::string_view expected) {
  if (bad.count == 0) return;
  faulty_ = true;
  spdlog::error("{}, line {}: expected {}; {} lines left out", path_, bad.first, expected,
                bad.count);
}

void KeptFile::save() {
  changed_ = true;
  if (saving_) return;
  changed_ = false;
  saving_ = true;
  thread_.post([this, text = content_(), directory = directory_, path = path_, what = what_,
                faulty = std::exchange(faulty_, false)] {
    const bool still_faulty = !write(directory, path, what, text(), faulty);
    loop_.post([this, still_faulty] {
      saving_ = false;
      faulty_ = faulty_ || still_faulty;
      if (changed_) save();
    });
  });
}

}  // namespace tern::daemon
