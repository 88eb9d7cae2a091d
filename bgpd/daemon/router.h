// A router: a speaker with its table, the sources that feed the speaker, what an earlier run kept
// of it, and those who watch it. Each domain has one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/api/server.h"
#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/event_watch.h"
#include "bgpd/daemon/geofeeds.h"
#include "bgpd/daemon/kept_drains.h"
#include "bgpd/daemon/kept_filters.h"
#include "bgpd/daemon/kept_guard.h"
#include "bgpd/daemon/kept_latency.h"
#include "bgpd/daemon/kept_routes.h"
#include "bgpd/daemon/kernel.h"
#include "bgpd/daemon/probes.h"
#include "bgpd/daemon/reading.h"
#include "bgpd/daemon/registrations.h"
#include "bgpd/daemon/rpki.h"
#include "bgpd/daemon/rtt_watch.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/kernel/next_hop_watch.h"
#include "bgpd/latency/latency_watch.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/states/circuit_watch.h"
#include "bgpd/states/state_watch.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// Loop thread only.
class Router {
 public:
  // The arguments other than config outlive the Router. facts: the Router writes what became of
  // files of measurements.
  Router(ConfigThread& thread, session::Loop& loop, events::EventStage& events,
         api::DaemonFacts& facts, const conf::Config& config);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Restores what an earlier run kept, and starts the speaker. Waits for the first registrations.
  // Returns why the speaker cannot start. Called once, before the loop runs.
  [[nodiscard]] std::optional<std::string> start(const std::shared_ptr<const conf::Config>& config);
  // Takes a new configuration over, and calls `done` when the speaker has applied its plan. After
  // an error nothing has changed, and `done` is not called. running: the configuration until now.
  [[nodiscard]] std::optional<std::string> take(const Reading& reading, const conf::Config& running,
                                                std::function<void()> done);
  // From now on the end of sessions makes no events, and no changes of routes in the kernel.
  void freeze();

  [[nodiscard]] session::Speaker& speaker() { return speaker_; }
  // The part of a Backend that the router answers for.
  [[nodiscard]] api::Backend backend();
  // The part of a snapshot that SnapshotTaker does not fill.
  void sample(exporter::Snapshot& numbers);

 private:
  void apply_to_watchers(const conf::Config& config);
  [[nodiscard]] api::RegistrationAccess registration_access();
  void add_levels(EventLevels& levels) const;

  ConfigThread& thread_;
  session::Loop& loop_;
  events::EventStage& events_;
  api::DaemonFacts& facts_;
  session::Speaker speaker_;
  states::StateWatch state_watch_{loop_, speaker_, events_};
  states::CircuitWatch circuits_{loop_, speaker_};
  latency::LatencyWatch latency_{loop_, speaker_, events_};
  baseline::BaselineWatch baseline_{loop_, speaker_, events_,
                                    [] { return have_directory(state_directory()); }};
  kernel::NextHopWatch next_hops_{loop_, speaker_, [this] { kernel_.look_again(); }};
  KeptRoutes kept_routes_;
  KeptDrains drains_;
  KeptGuard guard_;
  KeptFilters filters_;
  KeptLatency kept_latency_;
  RttWatch rtts_;
  Rpki rpki_{loop_, speaker_, [this](const auto& table, const auto& changed) {
               registrations_.note_vrps(table, changed);
             }};
  Geofeeds geofeeds_{loop_, speaker_};
  Registrations registrations_{loop_, speaker_};
  Probes probes_{loop_, speaker_, latency_};
  Kernel kernel_{loop_, speaker_, next_hops_.next_hops()};
  EventWatch event_watch_{loop_, speaker_, events_,
                          [this](EventLevels& levels) { add_levels(levels); }, &circuits_.book()};
};

}  // namespace tern::daemon
