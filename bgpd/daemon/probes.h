// Probes in the daemon: the thread that sends them, and the speaker that uses what they find.
#pragma once

#include <memory>

#include "bgpd/latency/latency_watch.h"
#include "bgpd/probes/probe_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"

namespace tern::daemon {

// `egress.probes`, with defaults.
[[nodiscard]] probes::ProbeSettings compose_probes(const conf::Config& config);
// The places that are probed, and how long a measurement counts.
[[nodiscard]] session::ProbeRules compose_probe_rules(const conf::Config& config);

// Has tern-probe run from the first settings with a target on, and gives what it publishes to the
// speaker and to the latency. Loop thread only.
class Probes {
 public:
  Probes(session::Loop& loop, session::Speaker& speaker, latency::LatencyWatch& latency)
      : loop_(loop), speaker_(speaker), latency_(latency) {}

  void apply(probes::ProbeSettings settings);
  [[nodiscard]] probes::ProbeStatus status() const;

 private:
  session::Loop& loop_;
  session::Speaker& speaker_;
  latency::LatencyWatch& latency_;
  std::unique_ptr<probes::ProbeThread> thread_;
};

}  // namespace tern::daemon
