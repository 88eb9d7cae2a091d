// Counts the routes of next hops in the whole table, in slices. Each slice is a task of a shard's
// strand. A shard begins when the shard before it is done. Internal to bgpd/session; loop thread
// only.
#pragma once

#include <memory>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/next_hop_routes.h"

namespace tern::session {

class Neighbors;

class NextHopCensus {
 public:
  NextHopCensus(engine::Engine& engine, const Neighbors& neighbors)
      : engine_(engine), neighbors_(neighbors) {}
  NextHopCensus(const NextHopCensus&) = delete;
  NextHopCensus& operator=(const NextHopCensus&) = delete;

  // Counts the routes of these next hops, and calls done() on the loop. Requests that come during a
  // count wait for the next count, which serves them all. If the engine ends first, the census does
  // not call done().
  void count(const std::vector<IpAddress>& of, CountedNextHops done);

 private:
  struct Count;
  void begin();
  void post_slice();
  void slice(engine::Shard& shard, const std::shared_ptr<Count>& count);
  void end();

  engine::Engine& engine_;
  const Neighbors& neighbors_;
  std::vector<CountedNextHops> waiting_;  // for the next count
  NextHopRoutes next_;                    // that the next count counts
  std::vector<CountedNextHops> served_;   // by the count under way
  std::shared_ptr<Count> running_;        // null: none is under way
};

}  // namespace tern::session
