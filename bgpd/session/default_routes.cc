#include "bgpd/session/default_routes.h"

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

void DefaultRoutes::conditions_changed(const std::set<std::string>& names) {
  for (const Peer* peer : neighbors_.members()) {
    const PeerSettings& settings = peer->settings();
    if (settings.exported.default_route == nullptr) continue;
    if (names.contains(settings.default_route_when)) waiting_.insert(peer->slot());
  }
  if (!slice_posted_) slice();
}

// A neighbor whose slot is another's by now takes the rules that it has.
void DefaultRoutes::slice() {
  slice_posted_ = false;
  for (std::size_t i = 0; i < Speaker::kSlice && !waiting_.empty(); ++i) {
    const PeerSlot slot = waiting_.first();
    waiting_.erase(slot);
    Peer* const peer = neighbors_.at(slot);
    if (peer != nullptr) peer->default_route_changed();
  }
  if (waiting_.empty()) return;
  slice_posted_ = true;
  loop_.post([this] { slice(); });
}

}  // namespace tern::session
