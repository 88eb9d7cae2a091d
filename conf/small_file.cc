#include "conf/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tern::conf {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

FileError system_error() { return {std::generic_category().message(errno)}; }

}  // namespace

Result<std::string, FileError> read_file(const std::string& path, FileKind kind,
                                         std::size_t most_bytes) {
  // Opening a pipe without a writer would block; O_NONBLOCK says nothing about regular files.
  const int flags = O_RDONLY | O_CLOEXEC | (kind == FileKind::Regular ? O_NONBLOCK | O_NOCTTY : 0);
  const Descriptor file(open(path.c_str(), flags));
  struct stat facts {};
  if (file.number() < 0 || fstat(file.number(), &facts) != 0) return system_error();
  if (S_ISDIR(facts.st_mode)) return FileError{"is a directory"};
  if (kind == FileKind::Regular && !S_ISREG(facts.st_mode)) return FileError{"is no regular file"};
  std::string text;
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(file.number(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error();
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > most_bytes) {
      return FileError{"is larger than " + std::to_string(most_bytes) + " bytes"};
    }
  }
}

std::string relative_to(const std::string& base, const std::string& path) {
  const auto slash = base.rfind('/');
  if (slash == std::string::npos || (!path.empty() && path.front() == '/')) return path;
  return base.substr(0, slash + 1) + path;
}

}  // namespace tern::conf
