#include "bgpd/daemon/events.h"

#include "conf/small_file.h"

namespace tern::daemon {
namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20U;

}  // namespace

events::EventSettings compose_events(const conf::Config& config) {
  const conf::proto::Events& file = config.file.events();
  events::EventSettings settings;
  if (file.has_keep()) settings.keep = file.keep();
  if (file.has_log()) settings.log = file.log();
  if (!file.file().empty()) settings.file.path = conf::relative_to(config.path, file.file());
  if (file.has_file_size()) settings.file.most_octets = file.file_size() * kMebibyte;
  if (file.has_old_files()) settings.file.older = file.old_files();
  return settings;
}

}  // namespace tern::daemon
