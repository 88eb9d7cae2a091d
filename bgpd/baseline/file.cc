#include "bgpd/baseline/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

}  // namespace tern::baseline
