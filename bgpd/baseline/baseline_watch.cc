#include "bgpd/baseline/baseline_watch.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <utility>

#include "bgpd/baseline/learner.h"
#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/table_wait.h"
#include "bgpd/session/timer.h"

namespace tern::baseline {
namespace {

constexpr std::size_t kMostAsks = 256;   // prefixes that the loop has, and is to read whole
constexpr std::size_t kAsksOfRead = 16;  // of these, in one task of a strand

}  // namespace

class BaselineWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage,
       HaveFolder have_folder)
      : loop_(loop),
        speaker_(speaker),
        stage_(stage),
        keeper_(std::make_unique<Keeper>(std::move(have_folder))),
        learner_(
            [&stage](events::Report report) { stage.take(std::move(report)); },
            [this](auto usual, auto changed) { pass_usual(std::move(usual), std::move(changed)); },
            *keeper_),
        timer_(loop.context(), [this] { go_on(); }),
        asks_(speaker.shards().size()),
        skipped_(speaker.shards().size()) {}

  void apply(const std::optional<WatchSettings>& settings) {
    if (frozen_) return;
    if (!settings) return switch_off();
    stage_.post([this, rules = settings->rules] { learner_.apply(rules); });
    const std::uint32_t day_seconds = settings->rules.day_seconds();
    if (std::exchange(day_seconds_, day_seconds) != day_seconds) subscription_.reset();
    if (phase_ != Phase::Off) return;
    phase_ = Phase::Reading;
    if (start_ == 0) start_ = session::steady_nanoseconds();
    read_file(settings->path);
    timer_.start(session::kWatchPoll);
  }

  void freeze() {
    frozen_ = true;
    timer_.stop();
  }

  // Tasks of tern-event name this object without a reference, as those of states::StateWatch do.
  // The thread of the file ends first, because it posts such tasks.
  void stop() {
    freeze();
    keeper_->stop();
    stage_.drain();
    stage_.drain();
    subscription_.reset();
  }

  bool look(const Prefix& prefix, Looked looked) {
    if (looks_ >= kMostLooks) return false;
    ++looks_;
    stage_.post([this, prefix, looked = std::move(looked)] {
      loop_.post([weak = weak_from_this(), looked, shown = learner_.look(prefix)]() mutable {
        if (const auto self = weak.lock()) --self->looks_;
        looked(std::move(shown));
      });
    });
    return true;
  }

  [[nodiscard]] WatchCounts counts() const {
    WatchCounts counts = learner_.counts();
    counts.phase = phase_;
    return counts;
  }

 private:
  // The thread of the file calls both functions. A file that was read for an earlier run of the
  // watch does not count.
  void read_file(const std::string& path) {
    const std::uint64_t run = ++run_;
    keeper_->read(
        path,
        [this, run](std::vector<Record> records) {
          stage_.post([this, run, records = std::move(records)] {
            if (run == run_) learner_.restore(records);
            keeper_->block_taken();
          });
        },
        [this, run, weak = weak_from_this()](std::optional<KeptClock> clock) {
          stage_.post([this, run, clock] {
            if (run == run_) learner_.restored(clock);
          });
          loop_.post([weak, run] {
            const auto self = weak.lock();
            if (self && self->run_ == run) self->phase_ = Phase::Waiting;
          });
        });
  }

  void switch_off() {
    if (phase_ == Phase::Off) return;
    phase_ = Phase::Off;
    ++run_;
    timer_.stop();
    subscription_.reset();
    for (auto& of_shard : asks_) of_shard.clear();
    asked_ = 0;
    stage_.post([this] { learner_.clear(); });
  }

  void go_on() {
    timer_.start(session::kWatchPoll);
    if (phase_ == Phase::Waiting && session::has_tables(speaker_, start_)) phase_ = Phase::Learning;
    tick();
    if (phase_ != Phase::Learning) return;
    if (subscription_ && subscription_->revoked()) {
      subscription_.reset();
      rests_until_ = session::steady_nanoseconds() + session::kAfterRevoked;
    }
    note_peers();
    subscribe_when_due();
    if (!reading_ && subscription_) read_some();
  }

  // At most one task waits, also where tern-event is busy.
  void tick() {
    if (tick_waits_.exchange(true)) return;
    stage_.post(
        [this, learning = phase_ == Phase::Learning, registrations = speaker_.registrations()] {
          tick_waits_ = false;
          learner_.tick(session::steady_nanoseconds(), learning, registrations.get());
          pass_asks();
        });
  }

  // On tern-event.
  void pass_usual(std::shared_ptr<const policy::UsualPaths> usual,
                  std::vector<policy::PrefixRange> changed) {
    loop_.post([weak = weak_from_this(), usual = std::move(usual),
                changed = std::move(changed)]() mutable {
      const auto self = weak.lock();
      if (!self || self->frozen_) return;
      self->speaker_.set_usual_paths(std::move(usual), std::move(changed));
    });
  }

  // The facts of neighbors that have left stay, because their routes leave later.
  void note_peers() {
    if (peers_ != nullptr && membership_ == speaker_.membership()) return;
    membership_ = speaker_.membership();
    auto names = peers_ ? std::make_shared<PeerNames>(*peers_) : std::make_shared<PeerNames>();
    for (const session::Peer* peer : speaker_.peers()) {
      if (peer->slot() >= names->size()) names->resize(peer->slot() + std::size_t{1});
      (*names)[peer->slot()] = {session::to_string(peer->settings().whole_address()),
                                peer->settings().name};
    }
    peers_ = std::move(names);
  }

  // ---- The journals

  // With each day the whole table is passed, behind the pass of the day before.
  void subscribe_when_due() {
    if (session::steady_nanoseconds() < rests_until_ || reading_) return;
    const bool passed = std::ranges::find(passed_, false) == passed_.end();
    if (subscription_ && (!passed || learner_.day() == day_)) return;
    day_ = learner_.day();
    passed_.assign(speaker_.shards().size(), false);
    subscription_.reset();
    rib::Journal::Interest interest;
    interest.what = rib::Journal::What::Received;
    using session::JournalSubscription;
    subscription_ =
        JournalSubscription::make(speaker_, interest, true, JournalSubscription::Owner::Daemon);
  }

  void read_some() {
    const std::size_t shards = passed_.size();
    for (std::size_t i = 0; i < shards; ++i) {
      const std::size_t shard = next_++ % shards;
      if (subscription_->has_unread(shard) || !asks_[shard].empty()) return read(shard);
    }
  }

  void read(std::size_t shard) {
    reading_ = true;
    const auto batch = std::make_shared<Batch>();
    std::deque<Prefix>& asks = asks_[shard];
    const std::size_t most = skipped_[shard] ? 0 : kAsksOfRead;
    while (!asks.empty() && batch->asked.size() < most) {
      batch->asked.push_back(asks.front());
      asks.pop_front();
    }
    asked_ -= batch->asked.size();
    subscription_->read(
        shard, [batch](rib::Rib& rib, rib::Journal::Subscriber& of) { batch->read(rib, of); },
        [weak = weak_from_this(), batch, shard] {
          if (const auto self = weak.lock()) self->was_read(batch, shard);
        });
  }

  // The next read waits until tern-event has taken this one.
  void was_read(const std::shared_ptr<Batch>& batch, std::size_t shard) {
    if (batch->caught_up) passed_[shard] = true;
    skipped_[shard] = batch->skipped;
    put_back(*batch, shard);
    if (batch->empty() || phase_ != Phase::Learning) return read_on();
    stage_.post([this, batch, around = surroundings()] {
      learner_.take(*batch, around, session::steady_nanoseconds());
      pass_asks();
      loop_.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->read_on();
      });
    });
  }

  // Prefixes for which there was no room in the task are the next ones.
  void put_back(const Batch& batch, std::size_t shard) {
    const auto rest = batch.asked.begin() + static_cast<std::ptrdiff_t>(batch.asked_read);
    asks_[shard].insert(asks_[shard].begin(), rest, batch.asked.end());
    asked_ += static_cast<std::size_t>(batch.asked.end() - rest);
  }

  void read_on() {
    reading_ = false;
    if (!frozen_ && subscription_ && !subscription_->revoked()) read_some();
  }

  [[nodiscard]] Surroundings surroundings() const {
    return {speaker_.registrations(), speaker_.vrps(), peers_};
  }

  // On tern-event. The loop has kMostAsks at most, and so many on their way.
  void pass_asks() {
    if (asked_ >= kMostAsks || asks_pass_.exchange(true)) return;
    std::vector<Prefix> asks = learner_.asks(kMostAsks);
    if (asks.empty()) {
      asks_pass_ = false;
      return;
    }
    loop_.post([weak = weak_from_this(), asks = std::move(asks)]() mutable {
      if (const auto self = weak.lock()) self->take_asks(std::move(asks));
    });
  }

  void take_asks(std::vector<Prefix> asks) {
    for (const Prefix& prefix : asks) {
      asks_[speaker_.shards().index_of(unicast(prefix))].push_back(prefix);
    }
    asked_ += asks.size();
    asks_pass_ = false;
    if (!reading_ && subscription_ && !frozen_) read_some();
  }

  session::Loop& loop_;
  session::Speaker& speaker_;
  events::EventStage& stage_;
  const std::unique_ptr<Keeper> keeper_;
  Learner learner_;  // tern-event, but for what says otherwise
  session::Timer timer_;
  Phase phase_ = Phase::Off;
  std::atomic<std::uint64_t> run_{0};    // grows when the watch is switched on or off, by the loop
  std::atomic<bool> frozen_{false};      // set by the loop
  std::atomic<bool> tick_waits_{false};  // a task of tick(): set by the loop, reset by tern-event
  std::atomic<bool> asks_pass_{false};   // asks are on their way: set by tern-event
  std::uint64_t start_ = 0;              // steady nanoseconds, like the next one
  std::uint64_t rests_until_ = 0;
  std::size_t looks_ = 0;  // that wait

  std::unique_ptr<session::JournalSubscription> subscription_;
  std::vector<bool> passed_;  // by shard: the snapshot is at its end
  std::uint64_t day_ = 0;     // of the subscription
  // Where a day has another length, learning begins anew, with the whole table.
  std::uint32_t day_seconds_ = 0;
  bool reading_ = false;
  std::size_t next_ = 0;                  // shard to look at
  std::vector<std::deque<Prefix>> asks_;  // by shard: prefixes to read whole
  std::vector<bool> skipped_;             // by shard: the next read is for changes alone
  std::atomic<std::size_t> asked_{0};     // all of asks_; changed by the loop
  std::shared_ptr<const PeerNames> peers_;
  std::uint64_t membership_ = 0;  // of peers_
};

BaselineWatch::BaselineWatch(session::Loop& loop, session::Speaker& speaker,
                             events::EventStage& stage, HaveFolder have_folder)
    : loop_(loop), speaker_(speaker), stage_(stage), have_folder_(std::move(have_folder)) {}
BaselineWatch::~BaselineWatch() {
  if (impl_) impl_->stop();
}

void BaselineWatch::apply(const std::optional<WatchSettings>& settings) {
  if (!impl_ && !settings) return;
  if (!impl_) impl_ = std::make_shared<Impl>(loop_, speaker_, stage_, have_folder_);
  impl_->apply(settings);
}
void BaselineWatch::freeze() {
  if (impl_) impl_->freeze();
}
bool BaselineWatch::look(const Prefix& prefix, Looked looked) {
  if (impl_) return impl_->look(prefix, std::move(looked));
  looked({});
  return true;
}
WatchCounts BaselineWatch::counts() const { return impl_ ? impl_->counts() : WatchCounts(); }

}  // namespace tern::baseline
