// The thread tern-kernel: puts best routes into the kernel's routing table, and keeps them there.
//
// The thread gets rows of changed prefixes (bgpd/kernel/feed.h), chooses where they lead, and makes
// the changes in the kernel in batches. The thread waits for the kernel alone, and where
// received routes resolve next hops for the lock of their answers. Nothing waits for the thread but
// the destructor.
#pragma once

#include <functional>
#include <memory>

#include "bgpd/kernel/batch.h"
#include "bgpd/kernel/settings.h"
#include "bgpd/kernel/status.h"
#include "bgpd/pipeline/next_hop_route.h"

namespace tern::kernel {

class KernelThread {
 public:
  // Starts without settings. finder: see Installer.
  explicit KernelThread(std::shared_ptr<pipeline::NextHopFinder> finder = nullptr);
  // Removes our routes, unless the settings say keep_on_exit; in a second or two for a million.
  ~KernelThread();
  KernelThread(const KernelThread&) = delete;
  KernelThread& operator=(const KernelThread&) = delete;

  // ---- Any thread; none of these waits. The thread does what is asked in order.

  // Replaces the settings. The routes of a former table or metric are removed when the new ones are
  // in the kernel. If only the protocol number differs, the old routes are removed before the new
  // ones are added.
  void reconfigure(KernelSettings settings);
  // No settings any more: removes our routes.
  void stop();
  // From now on all best routes come once more, until end_refresh(); what does not come is not
  // wanted any more.
  void begin_refresh();
  void end_refresh();
  // The finder answers otherwise than before: all next hops are asked about again.
  void look_again();
  // Takes the rows of the batch. ready: called on the thread when there is room for more; the batch
  // is the caller's again.
  void take(std::shared_ptr<Batch> batch, std::function<void()> ready);

  // Any thread. As of the last second at most.
  [[nodiscard]] KernelStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tern::kernel
