#include "bgpd/events/event_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

#include "bgpd/events/event_line.h"

namespace tern::events {
namespace {

constexpr mode_t kMode = 0640;

std::string system_text(const std::string& path) { return path + ": " + std::strerror(errno); }

std::string older_path(const std::string& path, std::size_t number) {
  return number == 0 ? path : path + "." + std::to_string(number);
}

// The last `most` octets of a regular file; empty where there is none.
std::string read_tail(const std::string& path, std::size_t most) {
  std::string text;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return text;
  struct stat found {};
  if (::fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode)) {
    const auto size = static_cast<std::size_t>(found.st_size);
    const std::size_t begin = size > most ? size - most : 0;
    text.resize(size - begin);
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t count = ::pread(descriptor, text.data() + done, text.size() - done,
                                    static_cast<off_t>(begin + done));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    text.resize(done);
    // The first line is a part of one.
    if (begin != 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  }
  ::close(descriptor);
  return text;
}

// Passes the lines from the last to the first, until take() returns false.
template <typename Take>
bool lines_backwards(std::string_view text, Take&& take) {
  while (!text.empty()) {
    if (text.back() == '\n') text.remove_suffix(1);
    const std::size_t feed = text.rfind('\n');
    const std::size_t begin = feed == std::string_view::npos ? 0 : feed + 1;
    const std::string_view line = text.substr(begin);
    text = text.substr(0, begin);
    if (!line.empty() && !take(line)) return false;
  }
  return true;
}

}  // namespace

EventFile::~EventFile() { close(); }

void EventFile::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::optional<std::string> EventFile::open() {
  struct stat present {};
  const bool removed =
      descriptor_ >= 0 && ::fstat(descriptor_, &present) == 0 && present.st_nlink == 0;
  if (removed) close();
  if (descriptor_ >= 0) return std::nullopt;
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
  descriptor_ = ::open(settings_.path.c_str(), kFlags, kMode);
  if (descriptor_ < 0) return system_text(settings_.path);
  struct stat found {};
  if (::fstat(descriptor_, &found) != 0 || !S_ISREG(found.st_mode)) {
    close();
    return settings_.path + ": is no regular file";
  }
  octets_ = static_cast<std::size_t>(found.st_size);
  return end_part_of_a_line();
}

std::optional<std::string> EventFile::end_part_of_a_line() {
  char last = '\n';
  if (octets_ != 0 && ::pread(descriptor_, &last, 1, static_cast<off_t>(octets_ - 1)) != 1) {
    std::string failure = system_text(settings_.path);
    close();
    return failure;
  }
  if (last == '\n') return std::nullopt;
  if (::write(descriptor_, "\n", 1) != 1) {
    std::string failure = system_text(settings_.path);
    close();
    return failure;
  }
  ++octets_;
  return std::nullopt;
}

std::optional<std::string> EventFile::rotate() {
  close();
  const std::string& path = settings_.path;
  if (settings_.older == 0 && ::unlink(path.c_str()) != 0) return system_text(path);
  for (std::size_t i = settings_.older; i > 0; --i) {
    const std::string from = older_path(path, i - 1);
    if (::rename(from.c_str(), older_path(path, i).c_str()) != 0 && errno != ENOENT) {
      return system_text(from);
    }
  }
  // Files of settings that kept more.
  for (std::size_t i = settings_.older + 1; ::unlink(older_path(path, i).c_str()) == 0; ++i) {
  }
  return open();
}

std::optional<std::string> EventFile::append(const std::string& line) {
  if (auto failure = open()) return failure;
  if (octets_ != 0 && octets_ + line.size() > settings_.most_octets) {
    if (auto failure = rotate()) return failure;
  }
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = ::write(descriptor_, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      std::string failure = system_text(settings_.path);
      if (done != 0 && ::ftruncate(descriptor_, static_cast<off_t>(octets_)) != 0) {
        failure += "; a part of a line is left";
      }
      close();
      return failure;
    }
    done += static_cast<std::size_t>(count);
  }
  octets_ += line.size();
  return std::nullopt;
}

std::vector<Event> EventFile::read_back(const FileSettings& settings, std::size_t most,
                                        std::size_t& bad) {
  std::vector<Event> events;  // the last line first
  std::set<std::pair<std::uint32_t, std::uint32_t>> known;
  std::size_t read = 0;
  for (std::size_t i = 0; i <= settings.older && read < kMostRead; ++i) {
    const std::string text = read_tail(older_path(settings.path, i), kMostRead - read);
    read += text.size();
    const bool more = lines_backwards(text, [&](std::string_view line) {
      if (auto event = parse_line(line)) {
        if (known.emplace(event->id, event->start).second) events.push_back(std::move(*event));
      } else {
        ++bad;
      }
      return events.size() < most;
    });
    if (!more) break;
  }
  std::ranges::reverse(events);
  return events;
}

}  // namespace tern::events
