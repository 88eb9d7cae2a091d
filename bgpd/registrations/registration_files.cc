#include "bgpd/registrations/registration_files.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/registrations/registration_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/watched_files.h"
#include "conf/registration_file.h"
#include "conf/small_file.h"

namespace tern::registrations {
namespace {

using policy::Registration;
using policy::RegistrationTable;
using vrps::FileState;

using Source = RegistrationFiles::Source;

constexpr char kNoun[] = "registrations";  // of a file, in the log

conf::ReadRegistrations read(const std::string& path, const conf::RegistrationNames& names,
                             std::vector<conf::Error>& warnings) {
  const auto format = conf::registration_format(path);
  const auto fault = [&](std::string text) {
    return std::vector<conf::Error>{{path, 0, 0, "", std::move(text)}};
  };
  if (!format) return fault("the name ends with none of .csv, .yaml and .yml");
  const auto text = conf::read_file(path, conf::kMostRegistrationOctets);
  if (!text) return fault("cannot read: " + text.error().message);
  return conf::read_registrations(*text, *format, path, names, nullptr, &warnings);
}

std::string shown(const std::vector<conf::Error>& errors, std::string_view noun) {
  std::string text = errors.front().to_string();
  if (errors.size() > 1) {
    text += " (and " + std::to_string(errors.size() - 1) + " more " + std::string(noun) + ")";
  }
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
    // The others come first, so that remove_overlaps() leaves out the content.
    const Registration* const left_out = overlap.left_out;
    if (!content->empty() && left_out >= &content->front() && left_out <= &content->back()) {
      return overlap.to_string();
    }
  }
  return {};
}

}  // namespace

void RegistrationFiles::use(const std::vector<std::string>& paths, bool reread,
                            const conf::RegistrationNames& names, const Before& before) {
  (void)session::keep_known(files_, paths);
  for (File& file : files_) {
    if (file.status.state == FileState::Unread) note_mark(file);
    file.is_due |= reread || file.overlaps;
  }
  (void)read_due_ones(names, before);
}

bool RegistrationFiles::look(const conf::RegistrationNames& names, const Before& before) {
  bool changes = false;
  for (File& file : files_) {
    session::log_left_out(file, kNoun);
    note_mark(file);
    changes |= !file.stands;
  }
  waits_ = changes && !waits_;
  return !waits_ && read_due_ones(names, before);
}

void RegistrationFiles::expect_fewer_overlaps() {
  for (File& file : files_) file.is_due |= file.overlaps;
}

std::vector<Source> RegistrationFiles::sources() const {
  std::vector<Source> all;
  for (const File& file : files_) {
    if (file.good) all.push_back(file.good);
  }
  return all;
}

std::size_t RegistrationFiles::registrations() const {
  std::size_t count = 0;
  for (const File& file : files_) count += file.good ? file.good->size() : 0;
  return count;
}

std::vector<RegistrationStatus::File> RegistrationFiles::status() const {
  std::vector<RegistrationStatus::File> all;
  for (const File& file : files_) all.push_back(file.status);
  return all;
}

void RegistrationFiles::note_left_out(const RegistrationTable& table) {
  for (File& file : files_) note_left_out(file, table);
}

// The sources that count, or are about to, in their order; without that of the file.
std::vector<Source> RegistrationFiles::beside(const File& left_out,
                                              const std::vector<Source>& before) const {
  std::vector<Source> sources = before;
  for (const File& file : files_) {
    const Source& source = file.next ? file.next : file.good;
    if (&file != &left_out && source) sources.push_back(source);
  }
  return sources;
}

void RegistrationFiles::note_mark(File& file) {
  const conf::FileMark mark = conf::mark_of(file.status.path);
  const bool same = std::exchange(file.seen, mark) == mark;
  const bool due = file.watch.due(mark);
  file.is_due |= due;
  file.stands = same || due;
}

// Returns whether a content is another. New contents are compared with each other, not with those
// that they replace, so that registrations may move between files. A file with overlaps is read
// again together with any other file.
bool RegistrationFiles::read_due_ones(const conf::RegistrationNames& names, const Before& before) {
  const auto is_due = [](const File& file) { return file.is_due && file.stands; };
  if (std::ranges::none_of(files_, is_due)) return false;
  for (File& file : files_) file.is_due |= file.overlaps;
  for (File& file : files_) {
    if (is_due(file)) read_next(file, names);
  }
  for (const std::vector<Source> sources = before(); refuse_overlap(sources);) {
  }
  bool changed = false;
  for (File& file : files_) {
    if (!file.next) continue;
    accept(file);
    changed = true;
  }
  return changed;
}

void RegistrationFiles::read_next(File& file, const conf::RegistrationNames& names) {
  file.is_due = file.overlaps = false;
  std::vector<conf::Error> warnings;
  auto content = read(file.status.path, names, warnings);
  if (!content) return refuse(file, shown(content.error(), "errors"));
  if (!warnings.empty() && file.lines.pass(session::steady_nanoseconds())) {
    spdlog::warn("{} {}", kNoun, shown(warnings, "warnings"));
  }
  file.next = std::move(*content);
}

// Refuses the last new content that cannot stand beside the others; false: all can.
bool RegistrationFiles::refuse_overlap(const std::vector<Source>& before) {
  for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
    if (!file->next) continue;
    std::string fault = conflict(file->status.path, file->next, beside(*file, before));
    if (fault.empty()) continue;
    file->next = nullptr;
    file->overlaps = true;
    refuse(*file, std::move(fault));
    return true;
  }
  return false;
}

void RegistrationFiles::accept(File& file) {
  file.good = std::exchange(file.next, nullptr);
  file.status.state = FileState::Good;
  file.status.error.clear();
  file.status.registrations = file.good->size();
  file.status.read = session::unix_seconds();
  if (file.lines.pass(session::steady_nanoseconds())) {
    spdlog::info("{} {}: {} registrations", kNoun, file.status.path, file.good->size());
  }
}

// An error that is known already is not counted again.
void RegistrationFiles::refuse(File& file, std::string fault) {
  if (file.status.error == fault) return;
  ++file.status.errors;
  session::note_refused(file, std::move(fault), kNoun);
}

void RegistrationFiles::note_left_out(File& file, const RegistrationTable& table) {
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

std::vector<std::string> file_errors(const RegistrationSettings& settings) {
  std::vector<std::string> errors;
  std::vector<Source> sources{settings.listed};
  for (const std::string& path : settings.paths) {
    std::vector<conf::Error> warnings;
    auto content = read(path, settings.names, warnings);
    for (conf::Error& warning : warnings) {
      warning.is_warning = false;  // the caller says so for each line
      errors.push_back(warning.to_string());
    }
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
