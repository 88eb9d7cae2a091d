#include "conf/file_mark.h"

#include <sys/stat.h>

#include <algorithm>

namespace tern::conf {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;  // of a second

}  // namespace

std::int64_t FileMark::written() const {
  return std::max<std::int64_t>(std::min(changed / kNanoseconds, modified), 0);
}

FileMark mark_of(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
          facts.st_ctim.tv_sec * kNanoseconds + facts.st_ctim.tv_nsec, facts.st_mtim.tv_sec};
}

}  // namespace tern::conf
