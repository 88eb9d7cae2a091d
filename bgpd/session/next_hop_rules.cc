#include "bgpd/session/next_hop_rules.h"

#include <utility>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

void NextHopRules::changed(const pipeline::HostAddresses& next_hops) {
  next_.changed = pipeline::HostAddresses::both(next_.changed, next_hops);
  begin();
}

void NextHopRules::forgotten() {
  next_.forgotten = true;
  begin();
}

void NextHopRules::renew(std::function<void()> done) {
  next_.done.push_back(std::move(done));
  begin();
}

// A session that begins during the pass has new rules anyway.
void NextHopRules::begin() {
  if (running_ || next_.empty()) return;
  running_ = true;
  served_ = std::exchange(next_, {});
  waiting_ = neighbors_.resolving();
  slice();
}

// A neighbor whose slot is another's by now takes the rules that it has.
void NextHopRules::slice() {
  for (std::size_t i = 0; i < Speaker::kSlice && !waiting_.empty(); ++i) {
    const PeerSlot slot = waiting_.first();
    waiting_.erase(slot);
    Peer* const peer = neighbors_.at(slot);
    if (peer != nullptr) peer->next_hops_changed();
  }
  if (waiting_.empty()) return end();
  loop_.post([this] { slice(); });
}

void NextHopRules::end() {
  running_ = false;
  const Requests served = std::exchange(served_, {});
  if (!served.changed.empty()) reevaluation_.next_hops_changed(served.changed);
  if (served.forgotten) reevaluation_.next_hops_forgotten();
  for (const auto& done : served.done) done();
  begin();
}

}  // namespace tern::session
