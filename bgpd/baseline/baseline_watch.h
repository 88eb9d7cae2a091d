// Learns the baseline of the prefixes of the table, and reports unusual routes: reads the journals
// of the shards, and has tern-event learn and compare (detector.h).
//
// A task of a shard's strand reads a bounded number of changes and copies what is compared. Once a
// day of the baseline the whole table is read in the same way (a snapshot of the journal), so that
// a route that never changes is seen on each day. Keeper keeps the baseline in a file, on a
// thread of its own (keeper.h). The guard of registered prefixes gets what is usual of them
// (usual_collector.h). Without settings, nothing is subscribed and nothing is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/baseline/rules.h"
#include "bgpd/baseline/shown.h"
#include "bgpd/events/event_stage.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "rib/types/prefix.h"

namespace tern::baseline {

struct WatchSettings {
  Rules rules;
  std::string path;  // of the file
};

// Loop thread only.
class BaselineWatch {
 public:
  static constexpr std::size_t kMostLooks = 16;  // that wait

  // Makes the folder of the file where it is missing, and returns what is wrong; called on the
  // thread of the file.
  using HaveFolder = std::function<std::optional<std::string>()>;
  using Looked = std::function<void(std::vector<LearntPrefix>)>;

  BaselineWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage,
                HaveFolder have_folder);
  // Waits for tern-event, and for the thread of the file for a second at most.
  ~BaselineWatch();
  BaselineWatch(const BaselineWatch&) = delete;
  BaselineWatch& operator=(const BaselineWatch&) = delete;

  // After the first apply() of the speaker. Nothing: off; what was learnt since the last write of
  // the file is lost.
  void apply(const std::optional<WatchSettings>& settings);
  // The daemon ends its sessions: that is nothing to learn.
  void freeze();

  // Looks up a prefix and the longest ripe prefix that covers it, and calls looked() on the loop.
  // False: too many others wait, and looked() is not called.
  [[nodiscard]] bool look(const Prefix& prefix, Looked looked);
  // As of the last tenth of a second.
  [[nodiscard]] WatchCounts counts() const;

 private:
  class Impl;
  session::Loop& loop_;
  session::Speaker& speaker_;
  events::EventStage& stage_;
  const HaveFolder have_folder_;
  std::shared_ptr<Impl> impl_;  // null: never on
};

}  // namespace tern::baseline
