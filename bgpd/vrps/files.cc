#include "bgpd/vrps/files.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "bgpd/rpki/vrp_file.h"
#include "bgpd/session/watched_files.h"
#include "conf/small_file.h"

namespace tern::vrps {
namespace {

// Of lines of the log.
constexpr std::string_view kVrpNoun = "rpki: file";
constexpr std::string_view kSlurmNoun = "rpki: local exceptions";
constexpr UnixTime kReadAgain = 3600;  // seconds; entries of a file expire

template <typename Value>
using Read = Result<Value, std::string>;

Read<rpki::VrpFile> read_vrps(const std::string& path, UnixTime now) {
  rpki::VrpFileOptions options;
  options.now = now;
  const auto text = conf::read_file(path, options.max_octets);
  if (!text) return path + ": " + text.error().message;
  auto file = rpki::read_vrp_file(*text, path, options);
  if (!file) return file.error().to_string();
  return std::move(*file);
}

// Such a file is too old to say anything. An empty one says that there are no VRPs.
std::optional<std::string> too_old(const rpki::VrpFile& file, const std::string& path) {
  if (!file.vrps.empty() || file.expired == 0) return std::nullopt;
  return path + ": all its " + std::to_string(file.expired) + " VRPs have expired";
}

Read<rpki::SlurmFile> read_exceptions(const std::string& path) {
  const auto text = conf::read_file(path, rpki::SlurmLimits{}.max_octets);
  if (!text) return path + ": " + text.error().message;
  auto file = rpki::read_slurm(*text, path);
  if (!file) return file.error().to_string();
  return std::move(*file);
}

std::string left_out_of(const rpki::VrpFile& file) {
  return std::to_string(file.left_out) + " entries are left out, the first: " +
         (file.messages.empty() ? std::string() : file.messages.front().to_string());
}

}  // namespace

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::Unread:
      return "unread";
    case FileState::Good:
      return "good";
    case FileState::Stale:
      return "stale";
    case FileState::Bad:
      return "bad";
  }
  return "";
}

// ---- VRPs

bool VrpFileSource::look(UnixTime now) {
  session::log_left_out(status_.path, lines_, kVrpNoun);
  const bool due = watch_.due(conf::mark_of(status_.path));
  if (!due && !(data_ && now - read_at_ >= kReadAgain)) return false;
  return read(now);
}

bool VrpFileSource::read(UnixTime now) {
  read_at_ = now;
  auto file = read_vrps(status_.path, now);
  if (!file) {
    refuse(file.error());
    return false;
  }
  if (file->left_out > 0 && lines_.pass(session::steady_nanoseconds())) {
    spdlog::warn("{} {}: {}", kVrpNoun, status_.path, left_out_of(*file));
  }
  status_.left_out = file->left_out;
  status_.expired = file->expired;
  if (auto old = too_old(*file, status_.path)) {
    const bool had_data = static_cast<bool>(data_);
    data_ = {};
    status_.vrps = {};
    status_.aspas = 0;
    refuse(*std::move(old));
    return had_data;
  }
  status_.made = file->made;
  status_.read = now;
  status_.state = FileState::Good;
  status_.error.clear();

  // Where a table comes from the one before, comparing them later is cheap.
  policy::VrpTable::Ptr vrps = policy::VrpTable::build(std::move(file->vrps));
  if (data_) {
    const auto delta = policy::VrpTable::delta(*data_.vrps, *vrps);
    vrps = delta.empty() ? data_.vrps : data_.vrps->changed(delta);
  }
  const bool same = data_ && vrps == data_.vrps && *data_.aspas == file->aspas;
  if (same) return false;
  data_ = {std::move(vrps), std::make_shared<const rpki::AspaRecords>(std::move(file->aspas))};
  status_.vrps = {data_.vrps->size(IpVersion::V4), data_.vrps->size(IpVersion::V6)};
  status_.aspas = data_.aspas->size();
  if (lines_.pass(session::steady_nanoseconds())) {
    spdlog::info("{} {}: {} VRPs", kVrpNoun, status_.path, data_.vrps->size());
  }
  return true;
}

void VrpFileSource::refuse(std::string why) {
  session::note_refused(status_, static_cast<bool>(data_), lines_, std::move(why), kVrpNoun);
}

// ---- Local exceptions

bool SlurmFiles::set_paths(const std::vector<std::string>& paths) {
  const auto path_of = [](const File& file) -> const std::string& { return file.status.path; };
  const bool same = std::ranges::equal(paths, files_, {}, {}, path_of);
  (void)session::keep_known(files_, paths);
  other_paths_ = other_paths_ || !same;
  return !same;
}

bool SlurmFiles::look(UnixTime now) {
  bool changed = std::exchange(other_paths_, false);
  session::log_left_out("in conflict", conflict_lines_, kSlurmNoun);
  for (File& file : files_) {
    session::log_left_out(file, kSlurmNoun);
    if (file.watch.due(conf::mark_of(file.status.path))) changed = read(file, now) || changed;
  }
  return changed && combine();
}

bool SlurmFiles::read(File& file, UnixTime now) {
  auto read = read_exceptions(file.status.path);
  if (!read) {
    session::note_refused(file, read.error(), kSlurmNoun);
    return false;
  }
  file.good = std::move(*read);
  file.status.state = FileState::Good;
  file.status.error.clear();
  file.status.read = now;
  file.status.filters = file.good->filters.size();
  file.status.assertions = file.good->assertions.size();
  if (file.lines.pass(session::steady_nanoseconds())) {
    spdlog::info("{} {}: {} filters, {} assertions", kSlurmNoun, file.status.path,
                 file.status.filters, file.status.assertions);
  }
  return true;
}

bool SlurmFiles::combine() {
  std::vector<rpki::SlurmFile> all;
  for (File& file : files_) {
    if (file.good) all.push_back(*file.good);
    if (!std::exchange(file.in_conflict, false)) continue;
    file.status.state = FileState::Good;
    file.status.error.clear();
  }
  const auto conflict = rpki::slurm_conflict(all);
  if (conflict) {
    const auto later = std::ranges::find(files_, conflict->file,
                                         [](const File& file) { return file.status.path; });
    if (conflict_lines_.pass(session::steady_nanoseconds())) {
      spdlog::error("{} {}; {}", kSlurmNoun, conflict->to_string(),
                    in_force_.empty() ? "none is used" : "those from before count");
    }
    if (later != files_.end()) {
      later->in_conflict = true;
      later->status.state = in_force_.empty() ? FileState::Bad : FileState::Stale;
      later->status.error = conflict->to_string();
    }
    return false;
  }
  in_force_ = std::move(all);
  return true;
}

std::vector<RpkiStatus::SlurmFile> SlurmFiles::status() const {
  std::vector<RpkiStatus::SlurmFile> all;
  for (const File& file : files_) all.push_back(file.status);
  return all;
}

std::vector<std::string> file_errors(const RpkiSettings& settings, UnixTime now) {
  std::vector<std::string> errors;
  for (const std::string& path : settings.files) {
    const auto file = read_vrps(path, now);
    if (!file) {
      errors.push_back(file.error());
      continue;
    }
    if (auto old = too_old(*file, path)) errors.push_back(*std::move(old));
    std::vector<std::string> messages;
    for (const rpki::JsonError& message : file->messages) messages.push_back(message.to_string());
    session::add_left_out(errors, path, file->left_out, messages, "entries");
  }
  std::vector<rpki::SlurmFile> exceptions;
  for (const std::string& path : settings.slurm) {
    auto file = read_exceptions(path);
    if (file) {
      exceptions.push_back(std::move(*file));
    } else {
      errors.push_back(file.error());
    }
  }
  if (auto conflict = rpki::slurm_conflict(exceptions)) errors.push_back(conflict->to_string());
  return errors;
}

}  // namespace tern::vrps
