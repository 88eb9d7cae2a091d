#include "bgpd/daemon/claims.h"

#include <utility>

#include "bgpd/daemon/kernel.h"
#include "conf/small_file.h"

namespace tern::daemon {

std::set<std::string> written_by(const conf::Config& config) {
  std::set<std::string> things;
  if (config.file.has_kernel()) {
    things.insert("kernel table " + std::to_string(compose_kernel(config)->place.table));
  }
  if (!config.file.events().file().empty()) {
    things.insert("file " + conf::relative_to(config.path, config.file.events().file()));
  }
  return things;
}

std::optional<std::string> Claims::claim(const std::string& domain, std::set<std::string> things) {
  const std::lock_guard lock(mutex_);
  for (const auto& [other, taken] : claimed_) {
    if (other == domain) continue;
    for (const std::string& thing : things) {
      if (!taken.contains(thing)) continue;
      return thing + " is written by " +
             (other.empty() ? "the first domain" : "the domain '" + other + "'") + " already";
    }
  }
  claimed_[domain] = std::move(things);
  return std::nullopt;
}

}  // namespace tern::daemon
