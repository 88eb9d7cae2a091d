#include "bgpd/baseline/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace tern::baseline {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) (void)::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  const int number_;
};

// The octets of the file that there are, up to `wants`; nothing: an error, in errno.
std::optional<std::string> read_some(int descriptor, std::size_t wants) {
  std::string octets(wants, '\0');
  std::size_t size = 0;
  while (size < wants) {
    const ssize_t got = ::read(descriptor, octets.data() + size, wants - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  octets.resize(size);
  return octets;
}

std::optional<ReadFault> read_all(int descriptor, const std::string& path, KeptReader& reader,
                                  const std::function<bool(std::vector<Record>)>& take) {
  std::vector<Record> records;
  while (reader.wants() != 0) {
    const auto octets = read_some(descriptor, reader.wants());
    if (!octets) return ReadFault{path + ": " + error_text(errno), false, true};
    if (octets->size() < reader.wants()) return ReadFault{path + ": the file is cut"};
    if (const auto fault = reader.take(*octets, records)) return ReadFault{path + ": " + *fault};
    if (!records.empty() && take && !take(std::exchange(records, {}))) return std::nullopt;
  }
  const auto rest = read_some(descriptor, 1);
  if (rest && !rest->empty()) return ReadFault{path + ": octets behind the end"};
  return std::nullopt;
}

}  // namespace

std::optional<ReadFault> read_pieces(const std::string& path, KeptReader& reader,
                                     const std::function<bool(std::vector<Record>)>& take) {
  // A pipe or a device in place of the file does not hold up the thread.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  if (file.number() < 0) {
    const int error = errno;
    return ReadFault{path + ": " + error_text(error), error == ENOENT, error != ENOENT};
  }
  struct stat facts {};
  if (::fstat(file.number(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return ReadFault{path + ": no regular file", false, true};
  }
  KeptReader check;
  if (auto fault = read_all(file.number(), path, check, nullptr)) return fault;
  if (::lseek(file.number(), 0, SEEK_SET) != 0) {
    return ReadFault{path + ": " + error_text(errno), false, true};
  }
  return read_all(file.number(), path, reader, take);
}

std::string move_aside(const std::string& path) {
  std::error_code fault;
  std::filesystem::rename(path, path + ".bad", fault);
  if (fault) return "; " + path + " cannot be renamed: " + fault.message();
  return "; it is kept as " + path + ".bad";
}

std::optional<std::string> move_file_aside(const std::string& path) {
  std::error_code fault;
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, fault))) {
    return std::nullopt;
  }
  std::filesystem::rename(path, path + ".bad", fault);
  if (!fault) return std::nullopt;
  return path + " could not be read, and cannot be renamed: " + fault.message();
}

std::string NewFile::fail(const std::string& what) {
  std::string text = what + ": " + error_text(errno);
  drop();
  return text;
}

void NewFile::drop() {
  if (descriptor_ < 0) return;
  (void)::close(std::exchange(descriptor_, -1));
  (void)::unlink(new_path_.c_str());
}

std::optional<std::string> NewFile::begin(const std::string& path) {
  drop();
  path_ = path;
  new_path_ = path + ".new";
  (void)::unlink(new_path_.c_str());
  descriptor_ =
      ::open(new_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) return fail(new_path_);
  return std::nullopt;
}

std::optional<std::string> NewFile::add(std::string_view piece) {
  while (is_open() && !piece.empty()) {
    const ssize_t done = ::write(descriptor_, piece.data(), piece.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return fail(new_path_);
    piece.remove_prefix(static_cast<std::size_t>(done));
  }
  return std::nullopt;
}

std::optional<std::string> NewFile::commit() {
  if (!is_open()) return std::nullopt;
  if (::fsync(descriptor_) != 0) return fail(new_path_);
  if (std::rename(new_path_.c_str(), path_.c_str()) != 0) return fail(path_);
  (void)::close(std::exchange(descriptor_, -1));
  const Descriptor folder(::open(std::filesystem::path(path_).parent_path().c_str(),
                                 O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() >= 0) (void)::fsync(folder.number());
  return std::nullopt;
}

}  // namespace tern::baseline
