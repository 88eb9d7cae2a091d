// ternd: the parts put together, and what happens to them on signals and reloads.
#pragma once

#include <memory>
#include <string>

#include "bgpd/daemon/config_thread.h"
#include "conf/config.h"

namespace tern::daemon {

class Daemon {
 public:
  // thread: has read the configuration, outlives the Daemon, and is stopped by it.
  Daemon(ConfigThread& thread, std::shared_ptr<const conf::Config> config);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Runs until SIGTERM or SIGINT; SIGHUP reloads. Returns the exit status of the process: 0, or 1
  // where it could not start, which was logged.
  [[nodiscard]] int run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::daemon
