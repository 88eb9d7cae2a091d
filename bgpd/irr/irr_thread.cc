#include "bgpd/irr/irr_thread.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "bgpd/session/file_thread.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/watched_files.h"
#include "conf/file_watch.h"

namespace tern::irr {
namespace {

using policy::RouteObjects;
using policy::RouteObjectTable;
using vrps::FileState;

constexpr char kNoun[] = "route objects";  // of a file, in the log

// Of a file beside others with so many objects.
conf::IrrLimits limits_of(std::size_t most_objects, std::size_t others) {
  conf::IrrLimits limits;
  limits.max_objects = most_objects - std::min(most_objects, others);
  limits.others = others;
  return limits;
}

// The worker of the thread.
class IrrWorker {
 public:
  // ended: true when no file is to be read any more.
  IrrWorker(Published published, const std::atomic<bool>& ended)
      : published_(std::move(published)), ended_(&ended) {}

  // Reads the files of new paths, and those that are not good: there may be room for them now.
  bool take(IrrSettings next) {
    if (next == settings_) return false;
    settings_ = std::move(next);
    std::vector<File> dropped = session::keep_known(files_, settings_.paths);
    for (File& file : files_) {
      if (file.status.state == FileState::Unread) {
        (void)look_at(file);
      } else if (file.status.state != FileState::Good) {
        (void)read(file);
      }
    }
    for (File& file : dropped) release(file.good);
    return true;
  }

  bool look() {
    std::erase_if(replaced_, [](const auto& table) { return table.use_count() == 1; });
    bool changed = false;
    for (File& file : files_) {
      session::log_left_out(file, kNoun);
      changed = look_at(file) || changed;
    }
    // A file that is smaller now may have left room.
    for (File& file : files_) {
      if (changed && file.crowded) (void)read(file);
    }
    return changed;
  }

  void publish() {
    std::vector<RouteObjects::Table> tables;
    for (const File& file : files_) {
      if (file.good) tables.push_back(file.good);
    }
    published_(tables.empty() ? nullptr : std::make_shared<const RouteObjects>(std::move(tables)));
  }

  [[nodiscard]] IrrStatus status() const {
    IrrStatus status;
    for (const File& file : files_) status.files.push_back(file.status);
    return status;
  }

 private:
  struct File {
    conf::FileWatch watch;
    RouteObjects::Table good;  // null: none yet
    bool crowded = false;      // refused, and other files have objects
    IrrStatus::File status;
    session::LogLimiter lines{session::kMostFileLines};
  };

  // The loop may have the table, too, and must not be the one that frees it.
  void release(RouteObjects::Table& table) {
    if (table) replaced_.push_back(std::move(table));
  }

  bool look_at(File& file) { return file.watch.due(conf::mark_of(file.status.path)) && read(file); }

  [[nodiscard]] std::size_t objects_beside(const File& one) const {
    std::size_t count = 0;
    for (const File& file : files_) count += &file != &one && file.good ? file.good->size() : 0;
    return count;
  }

  bool read(File& file) {
    const conf::IrrLimits limits = limits_of(settings_.most_objects, objects_beside(file));
    auto content = conf::read_irr_file(file.status.path, limits, [this] { return ended_->load(); });
    file.crowded = !content && limits.others != 0;
    if (!content) {
      if (!ended_->load()) session::note_refused(file, std::move(content.error()), kNoun);
      return false;
    }
    release(file.good);
    file.good = std::make_shared<const RouteObjectTable>(std::move(content->objects));
    file.status.state = FileState::Good;
    file.status.error = content->messages.empty() ? std::string() : content->messages.front();
    file.status.objects = file.good->size();
    file.status.left_out = content->left_out;
    file.status.read = session::unix_seconds();
    if (!file.lines.pass(session::steady_nanoseconds())) return true;
    if (content->left_out == 0) {
      spdlog::info("{} {}: {} objects", kNoun, file.status.path, file.status.objects);
    } else {
      spdlog::warn("{} {}: {} objects; {} are left out, the first: {}", kNoun, file.status.path,
                   file.status.objects, content->left_out, file.status.error);
    }
    return true;
  }

  Published published_;
  const std::atomic<bool>* ended_;
  IrrSettings settings_;
  std::vector<File> files_;
  std::vector<RouteObjects::Table> replaced_;  // freed here, when the loop has them no more
};

}  // namespace

class IrrThread::Impl {
 public:
  explicit Impl(Published published)
      : thread_("tern-irr", IrrWorker(std::move(published), ended_)) {}
  ~Impl() { ended_ = true; }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::atomic<bool> ended_ = false;
  session::FileThread<IrrWorker, IrrSettings, IrrStatus> thread_;  // last: it reads ended_
};

IrrThread::IrrThread(Published published) : impl_(std::make_unique<Impl>(std::move(published))) {}
IrrThread::~IrrThread() = default;
void IrrThread::reconfigure(IrrSettings settings) {
  impl_->thread_.reconfigure(std::move(settings));
}
IrrStatus IrrThread::status() const { return impl_->thread_.status(); }

std::vector<std::string> file_errors(const IrrSettings& settings) {
  std::vector<std::string> errors;
  std::size_t objects = 0;
  for (const std::string& path : settings.paths) {
    const auto file = conf::read_irr_file(path, limits_of(settings.most_objects, objects));
    if (!file) {
      errors.push_back(file.error());
      continue;
    }
    objects += file->objects.size();
    session::add_left_out(errors, path, file->left_out, file->messages, "objects");
  }
  return errors;
}

}  // namespace tern::irr
