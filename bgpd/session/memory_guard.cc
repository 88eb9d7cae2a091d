#include "bgpd/session/memory_guard.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace tern::session {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr std::size_t kShare = 16;

std::optional<std::size_t> address_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

// proc(5), statm: the first number is the size in pages.
std::size_t address_space() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t whole_spans(std::size_t octets) {
  constexpr std::size_t kSpan = rib::BlockSpace::kSpanOctets;
  return std::max(octets / kSpan, std::size_t{1}) * kSpan;
}

std::string text(const char* what, std::size_t left, std::size_t of) {
  return std::string(what) + " has " + std::to_string(left / kMiB) + " MiB of " +
         std::to_string(of / kMiB) + " MiB left";
}

}  // namespace

rib::TableSpaces spaces_within_limits(const rib::TableSpaces& spaces, std::size_t shards) {
  const auto limit = address_limit();
  if (!limit) return spaces;
  const std::size_t tables = *limit / 2;
  const std::size_t attributes = std::min(spaces.attributes, whole_spans(tables / 4));
  return {attributes, std::min(spaces.paths, whole_spans((tables - tables / 4) / shards))};
}

std::optional<std::string> MemoryGuard::look(const rib::Shards& shards) {
  const std::size_t times = short_ ? 2 : 1;
  const auto is_short = [&](std::size_t left, std::size_t of, std::size_t most) {
    return left < times * std::min(of / kShare, most);
  };
  const rib::TableSpaces& all = shards.spaces();
  const rib::TableSpaces left = shards.spaces_left();
  std::optional<std::string> found;
  if (is_short(left.attributes, all.attributes, 256 * kMiB)) {
    found = text("the address space for attribute sets", left.attributes, all.attributes);
  } else if (is_short(left.paths, all.paths, 64 * kMiB)) {
    found = text("the address space for the paths of a shard", left.paths, all.paths);
  } else if (const auto limit = address_limit()) {
    const std::size_t used = std::min(address_space(), *limit);
    if (is_short(*limit - used, *limit, *limit)) {
      found = text("the limit of the address space (ulimit -v, RLIMIT_AS)", *limit - used, *limit);
    }
  }
  short_ = found.has_value();
  return found;
}

}  // namespace tern::session
