#include "tests/lab/replay/mrt_file.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

extern char** environ;

namespace tern::mrt {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 18U;

// nullptr: not compressed.
const char* decompressor(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, const char*>, 3> kTools{
      {{".gz", "gzip"}, {".bz2", "bzip2"}, {".xz", "xz"}}};
  for (const auto& [suffix, tool] : kTools) {
    if (path.size() > suffix.size() && path.substr(path.size() - suffix.size()) == suffix) {
      return tool;
    }
  }
  return nullptr;
}

// Starts `tool -dc` with `input` as its input. Returns the end to read from, or -1 with errno set.
int start(const char* tool, int input, pid_t& child) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string name = tool;
  std::string flag = "-dc";
  std::array<char*, 3> argv{name.data(), flag.data(), nullptr};
  const int failed = posix_spawnp(&child, tool, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed == 0) return ends[0];
  close(ends[0]);
  child = -1;
  errno = failed;
  return -1;
}

}  // namespace

File::File(std::string path) : path_(std::move(path)) {}

File::~File() {
  if (fd_ >= 0) close(fd_);
  if (child_ > 0) waitpid(child_, nullptr, 0);  // its pipe is closed: it ends
}

Error File::error(const std::string& what) const { return {path_ + ": " + what}; }

bool File::open() {
  opened_ = true;
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const char* const tool = decompressor(path_);
  fd_ = tool == nullptr ? file : start(tool, file, child_);
  if (tool != nullptr) {
    const int saved = errno;
    close(file);
    errno = saved;
  }
  return fd_ >= 0;
}

bool File::fill(std::size_t wanted) {
  if (end_ - begin_ >= wanted) return true;
  if (begin_ != end_) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() < wanted + kChunk) buffer_.resize(wanted + kChunk);
  while (end_ < wanted) {
    const ssize_t got = read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    end_ += static_cast<std::size_t>(got);
  }
  return true;
}

// All octets were read: did the decompressor think so, too?
std::optional<Result<Record, Error>> File::end() {
  done_ = true;
  if (end_ != begin_) {
    return Result<Record, Error>(error("the file ends inside record " + std::to_string(records_)));
  }
  if (child_ <= 0) return std::nullopt;
  int status = 0;
  const pid_t child = std::exchange(child_, -1);
  if (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return std::nullopt;
  }
  return Result<Record, Error>(error("cannot be decompressed to its end"));
}

std::optional<Result<Record, Error>> File::next() {
  if (done_) return std::nullopt;
  if (!opened_ && !open()) {
    done_ = true;
    return Result<Record, Error>(error(std::strerror(errno)));
  }
  if (!fill(kHeaderSize)) return end();
  const Header header = decode_header(wire::Bytes(buffer_).subspan(begin_, kHeaderSize));
  if (header.length > kMaxRecord) {
    done_ = true;
    return Result<Record, Error>(error("record " + std::to_string(records_) +
                                       " is longer than any can be: this is no MRT file"));
  }
  if (!fill(kHeaderSize + header.length)) return end();
  const wire::Bytes body = wire::Bytes(buffer_).subspan(begin_ + kHeaderSize, header.length);
  begin_ += kHeaderSize + header.length;
  Result<Record, Error> record = decode_record(header, body);
  const std::size_t number = records_++;
  if (record.ok()) return record;
  return Result<Record, Error>(
      error("record " + std::to_string(number) + ": " + record.error().what));
}

}  // namespace tern::mrt
