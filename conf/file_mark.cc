#include "conf/file_mark.h"

#include <sys/stat.h>

namespace tern::conf {

FileMark mark_of(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return {};
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  return {facts.st_dev, facts.st_ino, static_cast<std::uint64_t>(facts.st_size),
          facts.st_ctim.tv_sec * kNanoseconds + facts.st_ctim.tv_nsec};
}

}  // namespace tern::conf
