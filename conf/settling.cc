#include "conf/settling.h"

#include <algorithm>

#include "conf/config.h"
#include "conf/small_file.h"

namespace tern::conf {

std::vector<std::string> files_of(const Config& config) {
  std::vector<std::string> files{config.path};
  const auto add = [&](const std::string& name) {
    if (!name.empty()) files.push_back(relative_to(config.path, name));
  };
  add(config.file.egress().rtt_file());
  add(config.file.egress().prefix_rtt_file());
  for (const auto& [name, group] : config.file.groups()) add(group.md5_password_file());
  for (const proto::Peer& peer : config.file.peers()) add(peer.md5_password_file());
  for (const proto::Webhook& webhook : config.file.events().webhooks()) {
    add(webhook.secret_file());
    add(webhook.ca_file());
  }
  for (const proto::RpkiCache& cache : config.file.rpki().caches()) add(cache.md5_password_file());
  std::sort(files.begin() + 1, files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::chrono::nanoseconds Settling::quiet(const std::vector<std::string>& files, Wall wall,
                                         Steady now) {
  using std::chrono::nanoseconds;
  std::map<std::string, Seen> seen;
  nanoseconds least = nanoseconds::max();
  for (const std::string& file : files) {
    const FileMark mark = mark_of(file);
    const auto before = seen_.find(file);
    const bool same = before != seen_.end() && before->second.mark == mark;
    const Steady since = same ? before->second.since : now;
    seen[file] = {mark, since};
    // A time of change that lies ahead is that of another clock and says nothing.
    const nanoseconds age = wall.time_since_epoch() - nanoseconds(mark.changed);
    const bool has_age = mark.inode != 0 && age.count() > 0;
    least = std::min(least, std::max(has_age ? age : nanoseconds(0), nanoseconds(now - since)));
  }
  seen_ = std::move(seen);
  return least;
}

}  // namespace tern::conf
