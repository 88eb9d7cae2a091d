#include "bgpd/session/next_hop_census.h"

#include <utility>

#include "bgpd/engine/shard_work.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/neighbors.h"

namespace tern::session {

// A count under way. Used by the runner of a strand, or by the loop between two tasks.
struct NextHopCensus::Count {
  // Counts in the next destinations of the shard. True: the shard is done.
  bool slice(const rib::Rib& rib) {
    id += engine::for_slice(rib, id, engine::kSliceDestinations,
                            [&](rib::DestId of) { add(rib, of); });
    return id >= rib.end();
  }

  void add(const rib::Rib& rib, rib::DestId of) {
    const rib::Destination destination = rib.destination(of);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (!resolving.contains(path.peer())) continue;
      if (!path.accepted() && path.reason() != Reason::NextHopUnresolved) continue;
      const rib::AttrRef set = path.accepted() ? path.effective() : destination.received(i);
      const auto found = counted.find(pipeline::next_hop_of(rib.attributes()[set]));
      if (found != counted.end()) ++found->second;
    }
  }

  rib::ClientSet resolving;
  NextHopRoutes counted;  // only the next hops that are asked about, so the memory is bounded
  std::size_t shard = 0;
  rib::DestId id = 0;
};

void NextHopCensus::count(const std::vector<IpAddress>& of, CountedNextHops done) {
  for (const IpAddress& address : of) next_.emplace(address, 0);
  waiting_.push_back(std::move(done));
  if (!running_) begin();
}

void NextHopCensus::begin() {
  running_ = std::make_shared<Count>();
  served_ = std::exchange(waiting_, {});
  running_->resolving = neighbors_.resolving();
  running_->counted = std::exchange(next_, {});
  post_slice();
}

void NextHopCensus::post_slice() {
  engine_.post(running_->shard, engine::Load::Heavy,
               [this, count = running_](engine::Shard& of) { slice(of, count); });
}

// Called by the runner of the strand.
void NextHopCensus::slice(engine::Shard& shard, const std::shared_ptr<Count>& count) {
  if (!count->slice(shard.rib)) {
    return engine_.post_next(shard, [this, count](engine::Shard& same) { slice(same, count); });
  }
  engine_.on_loop([this] {
    running_->id = 0;
    if (++running_->shard < engine_.shards().size()) return post_slice();
    end();
  });
}

void NextHopCensus::end() {
  const auto counted = std::make_shared<const NextHopRoutes>(std::move(running_->counted));
  running_.reset();
  const auto served = std::exchange(served_, {});
  if (!waiting_.empty()) begin();
  for (const CountedNextHops& done : served) done(counted);
}

}  // namespace tern::session
