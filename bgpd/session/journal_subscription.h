// A reader of the changes in all shards (rib/journal.h). Made, used and destroyed on the loop.
// Tasks of the shards' strands subscribe, read and unsubscribe, so no function waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "bgpd/session/speaker.h"
#include "rib/journal.h"

namespace tern::session {

class JournalSubscription {
 public:
  // Runs on a strand.
  using Reader = std::function<void(rib::Rib&, rib::Journal::Subscriber&)>;

  // Of rib::Journal::kMostSubscribers subscriptions, five are kept free for the daemon. A
  // kernel::Feed has up to two, a states::StateWatch has two and a baseline::BaselineWatch has one;
  // the daemon has one of each.
  static constexpr std::size_t kOfDaemon = 5;
  enum class Owner : std::uint8_t { Client, Daemon };

  // snapshot: reading passes all destinations first. Null: all subscriptions of the owner are in
  // use.
  [[nodiscard]] static std::unique_ptr<JournalSubscription> make(
      Speaker& speaker, const rib::Journal::Interest& interest, bool snapshot, Owner owner);
  ~JournalSubscription();
  JournalSubscription(const JournalSubscription&) = delete;
  JournalSubscription& operator=(const JournalSubscription&) = delete;

  // Too many prefixes that are gone are kept for the subscription: its owner should end it soon.
  [[nodiscard]] bool revoked() const { return revoked_; }
  // False: it was already revoked.
  bool revoke() { return !std::exchange(revoked_, true); }
  // A hint: may be late.
  [[nodiscard]] bool has_unread(std::size_t shard) const {
    return subscribers_[shard]->has_unread();
  }
  // Runs reader() on the shard's strand, then done() on the loop in a turn of its own, even if the
  // subscription is destroyed by then. At the end of the speaker neither may run.
  void read(std::size_t shard, Reader reader, std::function<void()> done);

 private:
  JournalSubscription(Speaker& speaker, const rib::Journal::Interest& interest, bool snapshot);

  Speaker& speaker_;
  std::vector<std::shared_ptr<rib::Journal::Subscriber>> subscribers_;  // by shard
  bool revoked_ = false;
};

}  // namespace tern::session
