// A routing domain: a speaker with its table, the sources that feed the speaker, what an earlier
// run kept of it, and those who watch it. The process has one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/api/server.h"
#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/reading.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// Loop thread only.
class Domain {
 public:
  // The arguments other than config outlive the Domain. facts: the Domain writes what became of
  // files of measurements.
  Domain(ConfigThread& thread, session::Loop& loop, events::EventStage& events,
         api::DaemonFacts& facts, const conf::Config& config);
  ~Domain();
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  // Restores what an earlier run kept, and starts the speaker. Waits for the first registrations.
  // Returns why the speaker cannot start. Called once, before the loop runs.
  [[nodiscard]] std::optional<std::string> start(const std::shared_ptr<const conf::Config>& config);
  // Takes a new configuration over, and calls `done` when the speaker has applied its plan. After
  // an error nothing has changed, and `done` is not called. running: the configuration until now.
  [[nodiscard]] std::optional<std::string> take(const Reading& reading, const conf::Config& running,
                                                std::function<void()> done);
  // From now on the end of sessions makes no events, and no changes of routes in the kernel.
  void freeze();

  [[nodiscard]] session::Speaker& speaker();
  // The part of a Backend that the domain answers for.
  [[nodiscard]] api::Backend backend();
  // The part of a snapshot that SnapshotTaker does not fill.
  void sample(exporter::Snapshot& numbers);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::daemon
