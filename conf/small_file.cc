#include "conf/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

namespace tern::conf {

FileError system_error() {
  const int error = errno;
  return {std::generic_category().message(error), error == ENOENT};
}
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

std::optional<FileError> kind_fault(const struct stat& facts, std::size_t most_bytes) {
  if (S_ISDIR(facts.st_mode)) return FileError{"is a directory"};
  if (!S_ISREG(facts.st_mode)) return FileError{"is no regular file"};
  if (facts.st_size > 0 && static_cast<std::uint64_t>(facts.st_size) > most_bytes) {
    return FileError{"is larger than " + std::to_string(most_bytes) + " bytes"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<FileError> read_pieces(const std::string& path, std::size_t most_bytes,
                                     const std::function<bool(std::string_view piece)>& take) {
  // Looked at before it is opened, as opening a device or a pipe is an act; and again behind that,
  // as it may have been replaced.
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return system_error();
  if (auto fault = kind_fault(facts, most_bytes)) return fault;
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0 || fstat(file.number(), &facts) != 0) return system_error();
  if (auto fault = kind_fault(facts, most_bytes)) return fault;
  std::size_t octets = 0;
  char buffer[65536];
  for (;;) {
    const ssize_t got = read(file.number(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error();
    if (got == 0) return std::nullopt;
    const auto size = static_cast<std::size_t>(got);
    octets += size;
    if (octets > most_bytes) {
      return FileError{"is larger than " + std::to_string(most_bytes) + " bytes"};
    }
    if (!take({buffer, size})) return std::nullopt;
  }
}

Result<std::string, FileError> read_file(const std::string& path, std::size_t most_bytes) {
  std::string text;
  auto fault = read_pieces(path, most_bytes, [&text](std::string_view piece) {
    text.append(piece);
    return true;
  });
  if (fault) return *std::move(fault);
  return text;
}

std::string relative_to(const std::string& base, const std::string& path) {
  const auto slash = base.rfind('/');
  if (slash == std::string::npos || (!path.empty() && path.front() == '/')) return path;
  return base.substr(0, slash + 1) + path;
}

std::string normal_path(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

}  // namespace tern::conf
