// A reader of the changes in all shards (rib/journal.h). Made, used and destroyed on the loop.
// Subscribing, reading and leaving are tasks of the shards' strands, so nothing here waits.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bgpd/session/speaker.h"
#include "rib/journal.h"

namespace tern::session {

class JournalSubscription {
 public:
  // On a strand.
  using Reader = std::function<void(rib::Rib&, rib::Journal::Subscriber&)>;

  // snapshot: reading gives all destinations first. Null: there are
  // rib::Journal::kMostSubscribers.
  [[nodiscard]] static std::unique_ptr<JournalSubscription> make(
      Speaker& speaker, const rib::Journal::Interest& interest, bool snapshot);
  ~JournalSubscription();
  JournalSubscription(const JournalSubscription&) = delete;
  JournalSubscription& operator=(const JournalSubscription&) = delete;

  // Too many prefixes that are gone are kept for the subscription: it is to end soon.
  [[nodiscard]] bool revoked() const { return revoked_; }
  // False: it was already revoked.
  bool revoke() { return !std::exchange(revoked_, true); }
  // A hint, soon after it is so.
  [[nodiscard]] bool has_unread(std::size_t shard) const {
    return subscribers_[shard]->has_unread();
  }
  // reader() on the shard's strand, then done() on the loop in a turn of its own; also when the
  // subscription is gone by then. At the end of the speaker both may never come.
  void read(std::size_t shard, Reader reader, std::function<void()> done);

 private:
  JournalSubscription(Speaker& speaker, const rib::Journal::Interest& interest, bool snapshot);

  Speaker& speaker_;
  std::vector<std::shared_ptr<rib::Journal::Subscriber>> subscribers_;  // by shard
  bool revoked_ = false;
};

}  // namespace tern::session
