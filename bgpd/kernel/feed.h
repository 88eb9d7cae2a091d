// Feeds tern-kernel with the best routes: reads the journals of the shards, a batch at a time, as
// fast as tern-kernel takes them. The feed is a subscriber like a stream of ternctl: when it is
// slower than the table, the journal keeps a bit for each prefix that changed. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>

#include "bgpd/kernel/kernel_thread.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"

namespace tern::kernel {

struct FeedSettings {
  FamilySet families;
  std::uint32_t most_paths = 1;
  bool reads_peer = false;  // policies do
  std::uint64_t start = 0;  // of ternd, by steady_nanoseconds()
};

class Feed {
 public:
  // All arguments outlive the Feed. Passes all routes first. If too much changes while the feed
  // waits, its subscription is revoked, and the feed passes all routes again two seconds later.
  // Behind the first pass, end_refresh() waits until the neighbors have sent their tables, or until
  // five minutes after the start of ternd.
  Feed(session::Loop& loop, session::Speaker& speaker, KernelThread& thread,
       const FeedSettings& settings);
  ~Feed();
  // Settings of neighbors may have changed: passes all routes again if policies read what changed.
  void look_at_peers();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with functions that wait in the loop's queue
};

}  // namespace tern::kernel
