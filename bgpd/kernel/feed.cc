#include "bgpd/kernel/feed.h"

#include <cassert>
#include <chrono>
#include <utility>
#include <vector>

#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/timer.h"

namespace tern::kernel {
namespace {

using What = rib::Journal::What;

constexpr std::chrono::milliseconds kPoll{20};
// The rest behind a revocation. Meanwhile the shards free the numbers of prefixes that are gone, or
// the speaker resets a neighbor that reads too slowly. A new snapshot at once would be revoked like
// the last one.
constexpr std::chrono::seconds kAfterRevocation{2};
// Time from the start of ternd until the neighbors' tables count as complete, whatever has come.
constexpr std::uint64_t kMostWait = 300'000'000'000;  // nanoseconds

}  // namespace

class Feed::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(session::Loop& loop, session::Speaker& speaker, KernelThread& thread,
       const FeedSettings& settings)
      : loop_(loop),
        speaker_(speaker),
        thread_(thread),
        settings_(settings),
        poll_(loop.context(), [this] { go_on(); }) {}

  void start() {
    subscribe();
    poll_.start(kPoll);
  }

  void look_at_peers() {
    if (!settings_.reads_peer || !peers_) return;
    membership_ = speaker_.membership();
    pass_again_ = note_peers_now() || pass_again_;
  }

 private:
  // ---- Subscriptions

  // Several paths of a prefix are of interest, if they tie: then all received paths count.
  void subscribe() {
    subscriptions_.clear();
    rib::Journal::Interest interest;
    add_subscription(interest, true);
    if (settings_.most_paths > 1) {
      interest.what = What::Received;
      add_subscription(interest, false);
    }
    pass_again_ = false;
    passed_.assign(speaker_.shards().size(), false);
    refreshing_ = true;
    thread_.begin_refresh();
  }

  void add_subscription(const rib::Journal::Interest& interest, bool snapshot) {
    using session::JournalSubscription;
    constexpr auto kDaemon = JournalSubscription::Owner::Daemon;
    subscriptions_.push_back(JournalSubscription::make(speaker_, interest, snapshot, kDaemon));
    assert(subscriptions_.back() != nullptr);  // kOfDaemon subscriptions are kept free
  }

  [[nodiscard]] bool revoked() const {
    for (const auto& subscription : subscriptions_) {
      if (subscription->revoked()) return true;
    }
    return false;
  }

  // ---- Reading

  // Leaves a revoked subscription also while a batch is under way, because tern-kernel can keep the
  // batch for long.
  void go_on() {
    if (revoked()) {
      subscriptions_.clear();
      return poll_.start(kAfterRevocation);
    }
    poll_.start(kPoll);
    if (reading_) return;
    if (subscriptions_.empty() || pass_again_) subscribe();
    if (session::steady_nanoseconds() - settings_.start > kMostWait) end_refresh();
    if (!read_some() && complete()) end_refresh();
  }

  // False: there is nothing to read.
  bool read_some() {
    const std::size_t shards = passed_.size();
    const std::size_t all = shards * subscriptions_.size();
    std::size_t i = 0;
    while (i < all && !has_unread((next_ + i) % all)) ++i;
    if (i == all) return false;
    next_ = (next_ + i) % all;
    read(subscriptions_[next_ / shards].get(), next_ % shards);
    next_ = (next_ + 1) % all;
    return true;
  }

  // number: of a subscription and a shard.
  [[nodiscard]] bool has_unread(std::size_t number) const {
    const std::size_t shards = passed_.size();
    return subscriptions_[number / shards]->has_unread(number % shards);
  }

  void read(session::JournalSubscription* from, std::size_t shard) {
    note_peers();
    reading_ = true;
    batch_->peers = peers_;
    from->read(
        shard,
        [batch = batch_, settings = settings_](rib::Rib& rib, rib::Journal::Subscriber& of) {
          batch->fill(rib, of, settings.families, settings.most_paths);
        },
        [weak = weak_from_this(), shard, snapshot = from == subscriptions_.front().get()] {
          if (const auto self = weak.lock()) self->was_read(shard, snapshot);
        });
  }

  void was_read(std::size_t shard, bool snapshot) {
    if (snapshot && batch_->read.caught_up) passed_[shard] = true;
    thread_.take(batch_, [weak = weak_from_this(), &loop = loop_] {
      loop.post([weak] {
        const auto self = weak.lock();
        if (!self) return;
        self->reading_ = false;
        if (!self->subscriptions_.empty()) self->go_on();
      });
    });
  }

  void end_refresh() {
    if (!refreshing_) return;
    for (const bool passed : passed_) {
      if (!passed) return;
    }
    refreshing_ = false;
    thread_.end_refresh();
  }

  // The neighbors have sent their tables, and the shards have stored them.
  [[nodiscard]] bool complete() const {
    return speaker_.times().convergence_seconds != 0 && !speaker_.busy();
  }

  void note_peers() {
    if (!settings_.reads_peer || membership_ == speaker_.membership()) return;
    membership_ = speaker_.membership();
    pass_again_ = note_peers_now() || pass_again_;
  }

  // The facts of neighbors that have left stay, because their routes leave later. True: those of a
  // neighbor that was known differ from before.
  bool note_peers_now() {
    auto now = peers_ ? std::make_shared<PeerTable>(*peers_) : std::make_shared<PeerTable>();
    const std::size_t known = now->size();
    bool differs = false;
    for (const session::Peer* peer : speaker_.peers()) {
      const policy::PeerFacts& facts = peer->settings().import.peer;
      if (peer->slot() >= now->size()) now->resize(peer->slot() + std::size_t{1});
      differs = differs || (peer->slot() < known && (*now)[peer->slot()] != facts);
      (*now)[peer->slot()] = facts;
    }
    peers_ = std::move(now);
    return differs;
  }

  session::Loop& loop_;
  session::Speaker& speaker_;
  KernelThread& thread_;
  const FeedSettings settings_;
  session::Timer poll_;
  std::vector<std::unique_ptr<session::JournalSubscription>> subscriptions_;  // the first of Best
  std::vector<bool> passed_;  // by shard: all prefixes were read
  bool refreshing_ = false;
  bool pass_again_ = false;  // facts of a neighbor have changed that policies read
  bool reading_ = false;     // batch_ is with a strand or with tern-kernel
  std::size_t next_ = 0;     // subscription and shard to look at
  const std::shared_ptr<Batch> batch_ = std::make_shared<Batch>();
  std::shared_ptr<const PeerTable> peers_;
  std::uint64_t membership_ = 0;  // of peers_
};

Feed::Feed(session::Loop& loop, session::Speaker& speaker, KernelThread& thread,
           const FeedSettings& settings)
    : impl_(std::make_shared<Impl>(loop, speaker, thread, settings)) {
  impl_->start();
}
Feed::~Feed() = default;
void Feed::look_at_peers() { impl_->look_at_peers(); }

}  // namespace tern::kernel
