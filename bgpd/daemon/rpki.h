// Route origin validation in the daemon: the thread that fetches VRPs, and the speaker that uses
// them.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/vrps/rpki_thread.h"
#include "conf/config.h"

namespace tern::daemon {

// The section `rpki`, with defaults and paths resolved.
[[nodiscard]] vrps::RpkiSettings compose_rpki(const conf::Config& config);

// Has tern-rpki run from the first settings with a source on, and gives what it publishes to the
// speaker. Loop thread only.
class Rpki {
 public:
  // As vrps::Published.
  using Changed = std::function<void(const std::shared_ptr<const policy::VrpTable>& table,
                                     const std::vector<policy::PrefixRange>& changed)>;

  // changed: called on the loop with what the speaker is about to get.
  Rpki(session::Loop& loop, session::Speaker& speaker, Changed changed)
      : loop_(loop), speaker_(speaker), changed_(std::move(changed)) {}

  void apply(vrps::RpkiSettings settings);
  [[nodiscard]] vrps::RpkiStatus status() const;

 private:
  session::Loop& loop_;
  session::Speaker& speaker_;
  const Changed changed_;
  std::unique_ptr<vrps::RpkiThread> thread_;
};

}  // namespace tern::daemon
