#include "bgpd/session/kept_prefixes.h"

#include <spdlog/spdlog.h>

#include <boost/asio.hpp>

#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

void KeptPrefixes::look() {
  if (engine_.idle_prefixes() <= most_ || freeing_) return;
  if (std::exchange(bounding_, true)) return;
  engine_.visit_all([this] {
    bounding_ = false;
    bound();
  });
}

void KeptPrefixes::bound() {
  bool pinned = false;
  for (std::size_t shard = 0; shard < engine_.shards().size(); ++shard) {
    pinned |= engine_.shards()[shard].pinned();
  }
  if (!pinned) {
    freeing_ = true;
    return engine_.free_idle();
  }
  if (!shares_.empty() || !subscriptions_.empty()) {
    if (revoke_readers() && on_revoked_) on_revoked_();
    return;
  }
  for (Peer* peer : neighbors_.members()) {
    if (peer->adj_rib_out() == nullptr || !peer->adj_rib_out()->lagging()) continue;
    spdlog::warn("peer {}: takes its updates too slowly, {} prefixes that are gone are kept for it",
                 peer->settings().name, most_);
    peer->reset(wire::cease::kOutOfResources, {});
  }
}

bool KeptPrefixes::revoke_readers() {
  bool revoked = false;
  for (TableShare* share : shares_) revoked |= share->revoke();
  for (JournalSubscription* each : subscriptions_) revoked |= each->revoke();
  if (revoked) {
    spdlog::warn(
        "a listing or a stream of routes is ended: its reader is slow, and {} prefixes that are "
        "gone are kept for it",
        most_);
  }
  return revoked;
}

void KeptPrefixes::free() {
  freeing_ = false;
  if (engine_.idle_prefixes() > 0) engine_.free_idle();
}

void KeptPrefixes::add(TableShare& share) {
  engine_.shards().share();
  shares_.push_back(&share);
}

void KeptPrefixes::remove(TableShare& share) {
  engine_.post_each(engine::Load::Light, [](engine::Shard& shard) { shard.rib.unshare(); });
  std::erase(shares_, &share);
}

}  // namespace tern::session
