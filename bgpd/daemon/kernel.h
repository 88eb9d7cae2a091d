// The kernel's routing table in the daemon: the thread that changes it, and the feed of best
// routes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "bgpd/kernel/feed.h"
#include "bgpd/kernel/kernel_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// The section `kernel` with its defaults; nothing where there is none.
[[nodiscard]] std::optional<kernel::KernelSettings> compose_kernel(const conf::Config& config);

// For the metrics; nothing where there is no section.
[[nodiscard]] std::optional<exporter::KernelSample> sample_kernel(
    const kernel::KernelStatus& status);

// Has tern-kernel run from the first configuration with the section on. Loop thread only.
class Kernel {
 public:
  // finder: see kernel::Installer.
  Kernel(session::Loop& loop, session::Speaker& speaker,
         std::shared_ptr<pipeline::NextHopFinder> finder)
      : loop_(loop), speaker_(speaker), finder_(std::move(finder)) {}

  void apply(const std::optional<kernel::KernelSettings>& settings);
  // A reload has taken effect on all neighbors.
  void look_at_peers() {
    if (feed_) feed_->look_at_peers();
  }
  // See kernel::KernelThread.
  void look_again() {
    if (thread_) thread_->look_again();
  }
  // The daemon is ending: the kernel keeps the routes that it has until the destructor, whatever
  // the sessions do.
  void freeze() { feed_.reset(); }
  [[nodiscard]] kernel::KernelStatus status() const;

 private:
  session::Loop& loop_;
  session::Speaker& speaker_;
  const std::shared_ptr<pipeline::NextHopFinder> finder_;
  const std::uint64_t start_ = session::steady_nanoseconds();
  std::optional<kernel::KernelSettings> settings_;
  std::unique_ptr<kernel::KernelThread> thread_;
  std::unique_ptr<kernel::Feed> feed_;
};

}  // namespace tern::daemon
