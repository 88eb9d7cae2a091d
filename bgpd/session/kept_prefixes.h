// Bounds the number of prefixes that are gone and keep their ids, because a listing or a stream of
// routes or a neighbor that catches up may name them. At the bound, listings and streams end, since
// their readers can ask again. Without listings and streams, the sessions that catch up end.
// Internal to bgpd/session; loop thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "bgpd/engine/engine.h"

namespace tern::session {

class JournalSubscription;
class Neighbors;
class TableShare;

class KeptPrefixes {
 public:
  KeptPrefixes(engine::Engine& engine, Neighbors& neighbors)
      : engine_(engine), neighbors_(neighbors) {}
  KeptPrefixes(const KeptPrefixes&) = delete;
  KeptPrefixes& operator=(const KeptPrefixes&) = delete;

  void set_most(std::size_t prefixes) { most_ = prefixes; }
  // Enforces the bound; cheap below it.
  void look();
  // Once a second: frees the ids of prefixes that no reader and no neighbor can name any more.
  void free();

  // In a visit of all shards.
  void add(TableShare& share);
  void remove(TableShare& share);
  void add(JournalSubscription& subscription) { subscriptions_.push_back(&subscription); }
  void remove(JournalSubscription& subscription) { std::erase(subscriptions_, &subscription); }
  [[nodiscard]] std::size_t subscriptions() const { return subscriptions_.size(); }
  // Called when shares or subscriptions were revoked.
  void on_revoked(std::function<void()> call) { on_revoked_ = std::move(call); }

 private:
  void bound();
  [[nodiscard]] bool revoke_readers();

  engine::Engine& engine_;
  Neighbors& neighbors_;
  std::size_t most_ = 0;
  std::vector<TableShare*> shares_;
  std::vector<JournalSubscription*> subscriptions_;
  std::function<void()> on_revoked_;
  bool bounding_ = false;  // a visit for bound() waits
  bool freeing_ = false;   // the strands free ids
};

}  // namespace tern::session
