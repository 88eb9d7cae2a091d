// Route origin validation in the daemon: the thread that fetches VRPs, and the table that counts.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "bgpd/vrps/rpki_thread.h"
#include "conf/config.h"

namespace tern::daemon {

// The section `rpki`, with defaults and paths resolved.
[[nodiscard]] vrps::RpkiSettings compose_rpki(const conf::Config& config);

// The table of VRPs that counts. Any thread.
class VrpStore {
 public:
  // By tern-rpki, for each change; as vrps::Published.
  void publish(std::shared_ptr<const policy::VrpTable> table,
               std::vector<policy::PrefixRange> changed);
  // Null: routes are not validated.
  [[nodiscard]] std::shared_ptr<const policy::VrpTable> table() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const policy::VrpTable> table_;
};

// Has tern-rpki run from the first settings with a source on. Loop thread only.
class Rpki {
 public:
  void apply(vrps::RpkiSettings settings);
  [[nodiscard]] vrps::RpkiStatus status() const;
  [[nodiscard]] const VrpStore& store() const { return store_; }

 private:
  VrpStore store_;
  std::unique_ptr<vrps::RpkiThread> thread_;  // last: publishes into the store
};

}  // namespace tern::daemon
