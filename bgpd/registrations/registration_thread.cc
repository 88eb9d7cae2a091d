#include "bgpd/registrations/registration_thread.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "bgpd/session/file_thread.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "conf/file_watch.h"
#include "conf/registration_file.h"
#include "conf/small_file.h"

namespace tern::registrations {
namespace {

using policy::Registration;
using policy::Registrations;
using policy::RegistrationTable;
using vrps::FileState;

using Source = std::shared_ptr<const Registrations>;

conf::ReadRegistrations read(const std::string& path, const conf::RegistrationNames& names) {
  const auto format = conf::registration_format(path);
  const auto fault = [&](std::string text) {
    return std::vector<conf::Error>{{path, 0, 0, "", std::move(text)}};
  };
  if (!format) return fault("the name ends with none of .csv, .yaml and .yml");
  const auto text = conf::read_file(path, conf::kMostRegistrationOctets);
  if (!text) return fault("cannot read: " + text.error().message);
  return conf::read_registrations(*text, *format, path, names);
}

std::string shown(const std::vector<conf::Error>& errors) {
  std::string text = errors.front().to_string();
  if (errors.size() > 1) text += " (and " + std::to_string(errors.size() - 1) + " more errors)";
  return text;
}

// Why the content cannot stand beside the others; empty: it can.
std::string conflict(const std::string& path, const Source& content,
                     const std::vector<Source>& others) {
  std::vector<const Registration*> all;
  for (const Source& source : others) {
    for (const Registration& one : *source) all.push_back(&one);
  }
  if (all.size() + content->size() > conf::kMostRegistrations) {
    return path + ": more than " + std::to_string(conf::kMostRegistrations) +
           " registrations with those of the other files";
  }
  for (const Registration& one : *content) all.push_back(&one);
  for (const auto& overlap : policy::remove_overlaps(all)) {
    // The others come first, so that the content is what is left out.
    const Registration* const left_out = overlap.left_out;
    if (!content->empty() && left_out >= &content->front() && left_out <= &content->back()) {
      return overlap.to_string();
    }
  }
  return {};
}

vrps::UnixTime now() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

bool same_listed(const RegistrationSettings& a, const RegistrationSettings& b) {
  return a.listed == b.listed || (a.listed->empty() && b.listed->empty());
}

// The worker of the thread.
class RegistrationWorker {
 public:
  explicit RegistrationWorker(Published published) : published_(std::move(published)) {}

  // Reads the files of new paths and, where the names are others, all files.
  bool take(RegistrationSettings next) {
    const bool same_names = next.names == settings_.names;
    if (same_names && next.paths == settings_.paths && next.actions == settings_.actions &&
        next.fallback == settings_.fallback && same_listed(next, settings_)) {
      return false;
    }
    std::vector<File> before = std::exchange(files_, {});
    settings_ = std::move(next);
    for (const std::string& path : settings_.paths) {
      const auto known =
          std::ranges::find(before, path, [](const File& file) { return file.status.path; });
      files_.push_back(known != before.end() ? std::move(*known) : File{});
      files_.back().status.path = path;
    }
    for (File& file : files_) {
      if (file.status.state == FileState::Unread) note_mark(file);
      file.is_due |= !same_names || file.overlaps;
    }
    (void)read_due_ones();
    return true;
  }

  // Files that are replaced together are read together, although the look comes between them: while
  // some file has just changed, the others wait. A file that changes at each look holds them up for
  // one look.
  bool look() {
    std::erase_if(replaced_, [](const auto& table) { return table.use_count() == 1; });
    bool changes = false;
    for (File& file : files_) {
      if (const auto count = file.lines.take_left_out(session::steady_nanoseconds())) {
        spdlog::info("registrations {}: {} more lines were left out", file.status.path, count);
      }
      note_mark(file);
      changes |= !file.stands;
    }
    waits_ = changes && !waits_;
    return !waits_ && read_due_ones();
  }

  void publish() {
    auto table = std::make_shared<const RegistrationTable>(sources_without(nullptr),
                                                           settings_.actions, settings_.fallback);
    for (File& file : files_) note_left_out(file, *table);
    auto changed = RegistrationTable::difference(table_ ? *table_ : RegistrationTable(), *table);
    registrations_ = table->size();
    if (table_) replaced_.push_back(std::move(table_));
    table_ = table->size() == 0 ? nullptr : std::move(table);
    published_(table_, std::move(changed));
  }

  [[nodiscard]] RegistrationStatus status() const {
    RegistrationStatus status;
    for (const File& file : files_) status.files.push_back(file.status);
    status.listed = settings_.listed->size();
    status.registrations = registrations_;
    return status;
  }

 private:
  struct File {
    conf::FileWatch watch;
    conf::FileMark seen;    // at the last look
    bool stands = false;    // a file that is being written in place is not read
    bool is_due = false;    // to be read when it stands
    bool overlaps = false;  // its last content was refused because of the other sources
    Source next;            // was read, and may yet be refused; null: there is none
    Source good;            // null: none yet
    RegistrationStatus::File status;
    // Lines of the log in a minute, because a program may write the file each second.
    session::LogLimiter lines{6};
  };

  // The sources that count, or are about to, in their order; without that of the file.
  std::vector<Source> sources_without(const File* left_out) const {
    std::vector<Source> sources{settings_.listed};
    for (const File& file : files_) {
      const Source& source = file.next ? file.next : file.good;
      if (&file != left_out && source) sources.push_back(source);
    }
    return sources;
  }

  static void note_mark(File& file) {
    const conf::FileMark mark = conf::mark_of(file.status.path);
    const bool same = std::exchange(file.seen, mark) == mark;
    const bool due = file.watch.due(mark);
    file.is_due |= due;
    file.stands = same || due;
  }

  // Returns whether a content is another. New contents are compared with each other, not with those
  // that they replace, so that registrations may move between files. A file with overlaps is read
  // again together with any other file.
  bool read_due_ones() {
    const auto is_due = [](const File& file) { return file.is_due && file.stands; };
    if (std::ranges::none_of(files_, is_due)) return false;
    for (File& file : files_) file.is_due |= file.overlaps;
    for (File& file : files_) {
      if (is_due(file)) read_next(file);
    }
    while (refuse_overlap()) {
    }
    bool changed = false;
    for (File& file : files_) {
      if (!file.next) continue;
      accept(file);
      changed = true;
    }
    return changed;
  }

  void read_next(File& file) {
    file.is_due = file.overlaps = false;
    auto content = read(file.status.path, settings_.names);
    if (!content) return refuse(file, shown(content.error()));
    file.next = std::move(*content);
  }

  // Refuses the last new content that cannot stand beside the others; false: all can.
  bool refuse_overlap() {
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
      if (!file->next) continue;
      std::string fault = conflict(file->status.path, file->next, sources_without(&*file));
      if (fault.empty()) continue;
      file->next = nullptr;
      file->overlaps = true;
      refuse(*file, std::move(fault));
      return true;
    }
    return false;
  }

  static void accept(File& file) {
    file.good = std::exchange(file.next, nullptr);
    file.status.state = FileState::Good;
    file.status.error.clear();
    file.status.registrations = file.good->size();
    file.status.read = now();
    if (file.lines.pass(session::steady_nanoseconds())) {
      spdlog::info("registrations {}: {} registrations", file.status.path, file.good->size());
    }
  }

  // An error that is known already is not counted again.
  static void refuse(File& file, std::string fault) {
    if (file.status.error == fault) return;
    file.status.state = file.good ? FileState::Stale : FileState::Bad;
    file.status.error = std::move(fault);
    ++file.status.errors;
    if (!file.lines.pass(session::steady_nanoseconds())) return;
    spdlog::error("registrations {}; {}", file.status.error,
                  file.good ? "its last good content counts" : "the file is not used");
  }

  // New registrations of the configuration may overlap those of a file that was there before.
  static void note_left_out(File& file, const RegistrationTable& table) {
    file.status.left_out = 0;
    if (!file.good || file.good->empty()) return;
    for (const auto& overlap : table.left_out()) {
      const bool is_of_file =
          overlap.left_out >= &file.good->front() && overlap.left_out <= &file.good->back();
      if (!is_of_file) continue;
      file.overlaps = true;
      if (file.status.left_out++ == 0) refuse(file, overlap.to_string());
    }
  }

  Published published_;
  RegistrationSettings settings_;
  std::vector<File> files_;
  std::shared_ptr<const RegistrationTable> table_;  // null: none
  // Until nobody else has them: the loop should not have to free a table of 200,000 registrations.
  std::vector<std::shared_ptr<const RegistrationTable>> replaced_;
  std::size_t registrations_ = 0;
  bool waits_ = false;  // the last look read nothing
};

}  // namespace

class RegistrationThread::Impl {
 public:
  explicit Impl(Published published)
      : thread_("tern-register", RegistrationWorker(std::move(published))) {}
  session::FileThread<RegistrationWorker, RegistrationSettings, RegistrationStatus> thread_;
};

RegistrationThread::RegistrationThread(Published published)
    : impl_(std::make_unique<Impl>(std::move(published))) {}
RegistrationThread::~RegistrationThread() = default;
void RegistrationThread::reconfigure(RegistrationSettings settings) {
  impl_->thread_.reconfigure(std::move(settings));
}
void RegistrationThread::wait_until_taken() { impl_->thread_.wait_until_taken(); }
RegistrationStatus RegistrationThread::status() const { return impl_->thread_.status(); }

std::vector<std::string> file_errors(const RegistrationSettings& settings) {
  std::vector<std::string> errors;
  std::vector<Source> sources{settings.listed};
  for (const std::string& path : settings.paths) {
    auto content = read(path, settings.names);
    if (!content) {
      for (const conf::Error& error : content.error()) errors.push_back(error.to_string());
      continue;
    }
    const std::string fault = conflict(path, *content, sources);
    if (!fault.empty()) {
      errors.push_back(fault);
      continue;
    }
    sources.push_back(std::move(*content));
  }
  return errors;
}

}  // namespace tern::registrations
