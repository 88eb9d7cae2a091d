// Files of route objects in the daemon: the thread that reads them, and what it published last.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bgpd/irr/irr_thread.h"
#include "bgpd/session/loop.h"
#include "conf/config.h"

namespace tern::daemon {

// `registrations.irr`, with paths resolved.
[[nodiscard]] irr::IrrSettings compose_irr(const conf::Config& config);

// Has tern-irr run from the first settings with a file on. Loop thread only.
class Irr {
 public:
  // changed: called on the loop when objects() are others.
  Irr(session::Loop& loop, std::function<void()> changed)
      : loop_(loop), changed_(std::move(changed)) {}

  void apply(irr::IrrSettings settings);
  [[nodiscard]] irr::IrrStatus status() const;
  // Null: no file has a good content.
  [[nodiscard]] const std::shared_ptr<const policy::RouteObjects>& objects() const {
    return objects_;
  }

 private:
  session::Loop& loop_;
  const std::function<void()> changed_;
  std::shared_ptr<const policy::RouteObjects> objects_;
  std::unique_ptr<irr::IrrThread> thread_;
};

}  // namespace tern::daemon
