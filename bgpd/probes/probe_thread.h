// The thread tern-probe: sends the probes of the configuration and publishes what they find.
//
// The loop waits for nothing here. Probes are at most conf::kMostProbes a second; the thread holds
// two ICMP sockets and a TCP socket for each connection that is under way, for a second at most.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "bgpd/probes/settings.h"
#include "bgpd/probes/status.h"
#include "bgpd/session/probed_place.h"

namespace tern::probes {

// Once a second, and after new settings: the places to which probes have ended.
using Published = std::function<void(std::vector<session::ProbedPlace>)>;

class ProbeThread {
 public:
  // published: called on the thread, and never again when the destructor has returned.
  explicit ProbeThread(Published published);
  ~ProbeThread();
  ProbeThread(const ProbeThread&) = delete;
  ProbeThread& operator=(const ProbeThread&) = delete;

  // Any thread; does not wait. A target that is equal to an earlier one keeps what is known of it.
  void reconfigure(ProbeSettings settings);
  // Any thread. As of the last second.
  [[nodiscard]] ProbeStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::probes
