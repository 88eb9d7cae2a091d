#include "bgpd/geofeeds/geofeed_thread.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "bgpd/session/file_thread.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/watched_files.h"
#include "conf/file_watch.h"
#include "conf/geofeed_file.h"
#include "conf/small_file.h"

namespace tern::geofeeds {
namespace {

using vrps::FileState;

constexpr char kNoun[] = "geofeed";  // of a file, in the log

Result<conf::GeofeedFile, std::string> read(const std::string& path) {
  const auto text = conf::read_file(path, conf::GeofeedLimits{}.max_octets);
  if (!text) return path + ": " + text.error().message;
  return conf::read_geofeed(*text, path);
}

// The worker of the thread.
class GeofeedWorker {
 public:
  explicit GeofeedWorker(Published published) : published_(std::move(published)) {}

  // Reads the files of new paths.
  bool take(GeofeedSettings next) {
    if (next == settings_) return false;
    (void)session::keep_known(files_, next.paths);
    for (File& file : files_) {
      if (file.status.state == FileState::Unread) (void)look_at(file);
    }
    settings_ = std::move(next);
    return true;
  }

  bool look() {
    bool changed = false;
    for (File& file : files_) {
      session::log_left_out(file, kNoun);
      changed = look_at(file) || changed;
    }
    return changed;
  }

  void publish() {
    std::vector<policy::Geofeed::Entry> all;
    for (File& file : files_) {
      if (!file.good) continue;
      std::vector<MetroId> places;
      for (const auto& location : file.good->locations) {
        places.push_back(settings_.names.find(location.country, location.region, location.city));
      }
      file.status.entries = file.good->entries.size();
      file.status.placed = 0;
      for (const auto& entry : file.good->entries) {
        all.push_back({entry.prefix, places[entry.location]});
        if (places[entry.location] != kNoPlace) ++file.status.placed;
      }
      log_entries(file);
    }
    const bool none = files_.empty();
    auto table = std::make_shared<const policy::Geofeed>(std::move(all), settings_.places);
    // Whoever has the last table gave it the numbers of the new places already.
    auto changed = policy::Geofeed::difference(
        table_ ? table_->renumbered(*settings_.places) : policy::Geofeed(), *table);
    table_ = none ? nullptr : table;
    published_(table_, std::move(changed));
  }

  [[nodiscard]] GeofeedStatus status() const {
    GeofeedStatus status;
    for (const File& file : files_) status.files.push_back(file.status);
    return status;
  }

 private:
  struct File {
    conf::FileWatch watch;
    std::optional<conf::GeofeedFile> good;
    GeofeedStatus::File status;
    session::LogLimiter lines{session::kMostFileLines};
    // The entries, and the entries with a place, of the last line about them.
    std::optional<std::pair<std::size_t, std::size_t>> logged;
  };

  static bool look_at(File& file) {
    return file.watch.due(conf::mark_of(file.status.path)) && read(file);
  }

  static bool read(File& file) {
    auto content = geofeeds::read(file.status.path);
    if (!content) {
      session::note_refused(file, std::move(content.error()), kNoun);
      return false;
    }
    if (file.status.state != FileState::Good) file.logged.reset();
    file.good = std::move(*content);
    file.status.state = FileState::Good;
    file.status.error = file.good->messages.empty() ? std::string() : file.good->messages.front();
    file.status.left_out = file.good->left_out;
    file.status.read = session::unix_seconds();
    if (file.good->left_out > 0 && file.lines.pass(session::steady_nanoseconds())) {
      spdlog::warn("{} {}: {} lines are left out, the first: {}", kNoun, file.status.path,
                   file.good->left_out, file.status.error);
    }
    return true;
  }

  static void log_entries(File& file) {
    const std::pair<std::size_t, std::size_t> entries{file.status.entries, file.status.placed};
    if (file.logged == entries || !file.lines.pass(session::steady_nanoseconds())) return;
    file.logged = entries;
    spdlog::info("{} {}: {} entries, {} in places of the configuration", kNoun, file.status.path,
                 file.status.entries, file.status.placed);
  }

  Published published_;
  GeofeedSettings settings_;
  std::vector<File> files_;
  std::shared_ptr<const policy::Geofeed> table_;
};

}  // namespace

class GeofeedThread::Impl {
 public:
  explicit Impl(Published published)
      : thread_("tern-geofeed", GeofeedWorker(std::move(published))) {}
  session::FileThread<GeofeedWorker, GeofeedSettings, GeofeedStatus> thread_;
};

GeofeedThread::GeofeedThread(Published published)
    : impl_(std::make_unique<Impl>(std::move(published))) {}
GeofeedThread::~GeofeedThread() = default;
void GeofeedThread::reconfigure(GeofeedSettings settings) {
  impl_->thread_.reconfigure(std::move(settings));
}
GeofeedStatus GeofeedThread::status() const { return impl_->thread_.status(); }

std::vector<std::string> file_errors(const GeofeedSettings& settings) {
  std::vector<std::string> errors;
  for (const std::string& path : settings.paths) {
    const auto file = read(path);
    if (!file) {
      errors.push_back(file.error());
      continue;
    }
    session::add_left_out(errors, path, file->left_out, file->messages, "lines");
  }
  return errors;
}

}  // namespace tern::geofeeds
