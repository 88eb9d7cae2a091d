// A routing domain: a router with a loop, a configuration, events and a control API of its own. The
// process has one for its own configuration, the first domain, and one for each entry of `domains`
// (domains.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/daemon/claims.h"
#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/reading.h"
#include "bgpd/daemon/reloader.h"
#include "bgpd/daemon/router.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// The parts that a process has once: the log and the exporter's listeners. The first domain has the
// process take them over with the configuration of the domain.
struct ProcessPart {
  // Returns why `next` cannot be taken over; then nothing has changed.
  std::function<std::optional<std::string>(const conf::Config& next, const conf::Config& running)>
      take;
  // Takes `running` over again, because the domain refused `next`.
  std::function<void(const conf::Config& running)> undo;
  // The domain has taken `next` over.
  std::function<void(const conf::Config& next)> taken;
  std::function<std::vector<api::DomainRow>()> domains;  // for `show domains`
};

// The thread that makes a Domain runs its loop; all members on that thread, but for what says
// otherwise.
class Domain {
 public:
  // thread: has read the configuration, outlives the Domain, and is stopped by it. part: of the
  // first domain alone. The other arguments outlive the Domain.
  Domain(ConfigThread& thread, const std::shared_ptr<const conf::Config>& config,
         const ServiceManager& service_manager, Claims& claims, ProcessPart part = {});
  ~Domain();
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  // Returns why the domain cannot start. Called once, before run().
  [[nodiscard]] std::optional<std::string> start();
  // Runs until stop().
  void run() { loop_.run(); }
  // Reloads the configuration when its files have settled.
  void hang_up() { reloader_.hang_up(); }
  // Ends every session, and then calls `done`. Once.
  void end(std::function<void()> done);

  // Loop::stop() and Loop::post() from any thread.
  [[nodiscard]] session::Loop& loop() { return loop_; }
  [[nodiscard]] const conf::Config& config() const { return reloader_.config(); }

  // The exporter's thread.
  [[nodiscard]] exporter::Snapshot collect() { return snapshots_.collect(); }
  // Any thread: see SnapshotSource::set_waits().
  void set_waits(bool waits) { snapshots_.set_waits(waits); }

 private:
  [[nodiscard]] api::Backend backend();
  [[nodiscard]] bool read_history(std::int64_t before, events::HistoryFilter filter,
                                  api::Backend::HistoryRead done);
  [[nodiscard]] std::optional<std::string> open_api(const conf::proto::Api& file);
  [[nodiscard]] std::optional<std::string> open_socket(api::Access access, const std::string& path,
                                                       const std::string& mode);
  [[nodiscard]] std::optional<std::string> set_api_modes(const conf::proto::Api& file);
  [[nodiscard]] std::optional<std::string> take(const Reading& reading, std::function<void()> done);
  [[nodiscard]] std::optional<std::string> take_parts(const conf::Config& next);
  void undo_parts();
  [[nodiscard]] SnapshotSource::Slice begin_snapshot();

  const std::string name_;
  Claims& claims_;
  const ProcessPart part_;
  session::Loop loop_;
  events::EventStage events_{[] { return have_directory(state_directory()); }};
  api::DaemonFacts facts_;
  Router router_;  // ends when the Reloader has ended the ConfigThread
  Reloader reloader_;
  api::Server api_;
  SnapshotSource snapshots_;
};

}  // namespace tern::daemon
