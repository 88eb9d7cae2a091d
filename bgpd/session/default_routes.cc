#include "bgpd/session/default_routes.h"

#include <algorithm>

#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

void DefaultRoutes::condition_changed(const std::string& name) {
  for (const Peer* peer : neighbors_.members()) {
    const PeerSettings& settings = peer->settings();
    if (settings.exported.default_route == nullptr || settings.default_route_when != name) continue;
    if (std::ranges::find(waiting_, peer->slot()) == waiting_.end()) {
      waiting_.push_back(peer->slot());
    }
  }
  if (!slice_posted_) slice();
}

// A neighbor whose slot is another's by now takes the rules that it has.
void DefaultRoutes::slice() {
  slice_posted_ = false;
  for (std::size_t i = 0; i < Speaker::kSlice && !waiting_.empty(); ++i) {
    Peer* const peer = neighbors_.at(waiting_.front());
    waiting_.pop_front();
    if (peer != nullptr) peer->default_route_changed();
  }
  if (waiting_.empty()) return;
  slice_posted_ = true;
  loop_.post([this] { slice(); });
}

}  // namespace tern::session
