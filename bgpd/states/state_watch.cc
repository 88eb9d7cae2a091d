#include "bgpd/states/state_watch.h"

#include <atomic>
#include <utility>
#include <vector>

#include "bgpd/session/costs.h"
#include "bgpd/session/journal_subscription.h"
#include "bgpd/session/table_wait.h"
#include "bgpd/session/timer.h"
#include "bgpd/states/examiner.h"
#include "bgpd/states/peer_watch.h"

namespace tern::states {
namespace {

using What = rib::Journal::What;

// States before the tables of the neighbors are complete are no news. Hijacks of the time before a
// restart are reported again before tern-event ends their events.
static_assert(session::kMostTableWait * 2 <=
              std::uint64_t{events::LiveEvent::kRestoredGrace} * 1'000'000'000);
constexpr std::size_t kMostChanges = 1024;         // of one read
constexpr std::size_t kMostFound = 256;            // registrations of one read
constexpr std::size_t kMostIngressWaits = 16'384;  // reports
// Entries of the book of ingress that one tick looks at for their age, and for other costs.
constexpr std::size_t kMostAged = 1024;
// Slices of one row: behind them, the table is not shared until the next poll.
constexpr std::size_t kMostSlices = 256;

// The registrations of changed prefixes. Used by the strand while it reads, else by the loop.
struct Batch {
  std::shared_ptr<const policy::RegistrationTable> table;
  std::vector<Prefix> registered;

  void read(rib::Rib& rib, rib::Journal::Subscriber& from) {
    std::size_t changes = 0;
    (void)rib.read(from, [&](const rib::Journal::Change& change) {
      const rib::Destination destination = rib.destination(change.id);
      const auto* const entry = destination.in_use ? table->find(destination.prefix) : nullptr;
      const bool again =
          entry != nullptr && !registered.empty() && registered.back() == entry->prefix;
      if (entry != nullptr && !again) registered.push_back(entry->prefix);
      return registered.size() < kMostFound && ++changes < kMostChanges;
    });
  }
};

}  // namespace

class StateWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage)
      : loop_(loop),
        speaker_(speaker),
        stage_(stage),
        examiner_([&stage](events::Report report) { stage.take(std::move(report)); }),
        timer_(loop.context(), [this] { go_on(); }),
        peers_(speaker) {}

  void apply(std::uint32_t hold) {
    stage_.post([this, hold] { examiner_.book().set_hold(hold); });
    if (!timer_.running() && !frozen_) timer_.start(session::kWatchPoll);
    if (start_ == 0) start_ = session::steady_nanoseconds();
  }

  void freeze() {
    frozen_ = true;
    timer_.stop();
  }

  // Tasks of tern-event name this object without a reference, because its timer may be destroyed on
  // the loop alone. The first wait is for a slice that has not seen frozen_, the second one for the
  // slice that the former may have posted.
  void stop() {
    freeze();
    stage_.drain();
    stage_.drain();
    examiner_.end();
    subscriptions_.clear();
    share_.reset();
  }

  [[nodiscard]] const StateBook& book() const { return examiner_.book(); }
  [[nodiscard]] const IngressBook& ingress() const { return ingress_; }

  void set_ingress_percent(std::uint32_t percent) {
    note_all_ |= percent != ingress_percent_;
    ingress_percent_ = percent;
  }

  bool take_ingress(std::vector<IngressReport> reports) {
    const std::size_t count = reports.size();
    if (count == 0) return true;
    if (ingress_waits_ + count > kMostIngressWaits) return false;
    ingress_waits_ += count;
    stage_.post([this, count, reports = std::move(reports)] {
      std::vector<Prefix> registered;
      for (const IngressReport& one : reports) {
        if (ingress_.add(one, session::unix_seconds())) registered.push_back(one.registered);
      }
      examiner_.note(registered);
      ingress_waits_ -= count;
    });
    return true;
  }

 private:
  void go_on() {
    timer_.start(session::kWatchPoll);
    // Also while a row of slices is under way: the journal keeps prefixes for these subscriptions.
    if (revoked()) {
      subscriptions_.clear();
      rest();
    }
    if (!look_at_table()) return age_ingress();
    const bool rests = session::steady_nanoseconds() < rests_until_;
    if (subscriptions_.empty() && !reading_ && !rests) subscribe();
    look_at_inputs();
    if (!reading_ && !subscriptions_.empty()) read_some();
    tick();
    if (!examining_ && !rests && peers_.is_complete() && examiner_.has_work()) examine();
  }

  // Passes another table of registrations on. False: there are no registrations to look at.
  bool look_at_table() {
    if (examining_) return true;
    const auto& table = speaker_.registrations();
    const bool wanted = table != nullptr && table->size() != 0;
    if (!wanted && table_ == nullptr) return false;
    if (table_ == nullptr && !session::has_tables(speaker_, start_)) return false;
    if (table_ != table) {
      table_ = table;
      stage_.post([this, table] { examiner_.take_table(table); });
    }
    if (wanted) return true;
    table_ = nullptr;
    subscriptions_.clear();
    peers_.begin_anew();
    return false;
  }

  // A new subscription, or a new share, at once would be revoked like the last one.
  void rest() { rests_until_ = session::steady_nanoseconds() + session::kAfterRevoked; }

  // ---- The journals

  void subscribe() {
    using session::JournalSubscription;
    for (const What what : {What::Received, What::Best}) {
      rib::Journal::Interest interest;
      interest.what = what;
      auto made =
          JournalSubscription::make(speaker_, interest, false, JournalSubscription::Owner::Daemon);
      // Subscriptions are kept free for the daemon (kOfDaemon), but a subscription that was let go
      // a moment ago may be in use still.
      if (made == nullptr) return subscriptions_.clear();
      subscriptions_.push_back(std::move(made));
    }
    note_all_ = true;
  }

  [[nodiscard]] bool revoked() const {
    for (const auto& subscription : subscriptions_) {
      if (subscription->revoked()) return true;
    }
    return false;
  }

  void read_some() {
    const std::size_t shards = speaker_.shards().size();
    const std::size_t all = shards * subscriptions_.size();
    for (std::size_t i = 0; i < all; ++i) {
      const std::size_t number = next_++ % all;
      session::JournalSubscription& from = *subscriptions_[number / shards];
      if (from.has_unread(number % shards)) return read(from, number % shards);
    }
  }

  void read(session::JournalSubscription& from, std::size_t shard) {
    reading_ = true;
    const auto batch = std::make_shared<Batch>();
    batch->table = table_;
    from.read(
        shard, [batch](rib::Rib& rib, rib::Journal::Subscriber& of) { batch->read(rib, of); },
        [weak = weak_from_this(), batch] {
          if (const auto self = weak.lock()) self->was_read(batch);
        });
  }

  // The next read waits until tern-event has taken this one.
  void was_read(const std::shared_ptr<Batch>& batch) {
    if (batch->registered.empty()) return read_on();
    stage_.post([this, batch] {
      examiner_.note(batch->registered);
      loop_.post([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->read_on();
      });
    });
  }

  void read_on() {
    reading_ = false;
    if (!frozen_ && !subscriptions_.empty() && !revoked()) read_some();
  }

  // ---- The data that examinations read

  void look_at_inputs() {
    peers_.look();
    const auto& egress = speaker_.settings().egress;
    const bool other_egress = egress_ != egress;
    egress_ = egress;
    const bool other_vrps = vrps_ != speaker_.vrps();
    vrps_ = speaker_.vrps();
    other_costs_ |= costs_ != speaker_.costs().shared_in_force();
    costs_ = speaker_.costs().shared_in_force();
    if (other_egress || (other_vrps && table_->reads_rpki())) note_all_ = true;
  }

  // At most one task waits, also where tern-event is busy. Other costs have the prefixes with
  // reports of ingress examined again, and no others; other usual paths those that they concern.
  void tick() {
    if (tick_waits_.exchange(true)) return;
    const auto usual_before = usual_;
    if (!examining_) usual_ = speaker_.usual_paths();  // a row of slices has one table
    stage_.post([this, peers = peers_.take_changes(), all = std::exchange(note_all_, false),
                 other_costs = std::exchange(other_costs_, false), usual_before, usual = usual_] {
      tick_waits_ = false;
      for (const auto& [slot, facts] : peers) examiner_.set_peer(slot, facts);
      if (all || !peers.empty()) examiner_.note_all();
      if (usual_before != usual) examiner_.note_usual(usual_before.get(), usual.get());
      examiner_.note(ingress_.age(session::unix_seconds(), kMostAged).changed);
      if (other_costs) ingress_.list_again();
      examiner_.note(ingress_.list(kMostAged));
      examiner_.tick(session::unix_seconds());
    });
  }

  // Without registrations the octets grow old, too.
  void age_ingress() {
    if (ingress_.counts().entries == 0 || tick_waits_.exchange(true)) return;
    stage_.post([this] {
      tick_waits_ = false;
      (void)ingress_.age(session::unix_seconds(), kMostAged);
    });
  }

  // ---- Examinations

  void examine() {
    examining_ = true;
    speaker_.look([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->begin();
    });
  }

  void begin() {
    if (frozen_) return;
    share_ = std::make_unique<session::TableShare>(speaker_);
    const rib::Shards& shards = speaker_.shards();
    readers_.clear();
    for (std::size_t shard = 0; shard < shards.size(); ++shard)
      readers_.emplace_back(shards[shard]);
    slices_ = 0;
    stage_.post([this, inputs = inputs(), &shards] {
      examiner_.begin(inputs, shards, readers_);
      slice();
    });
  }

  [[nodiscard]] Inputs inputs() const {
    return {nullptr,          vrps_,   egress_, &ingress_, speaker_.costs().shared_in_force(),
            ingress_percent_, nullptr, usual_};
  }

  // On tern-event.
  void slice() {
    const bool more =
        !frozen_ && examiner_.slice(session::unix_seconds()) && ++slices_ < kMostSlices;
    if (more && !share_->revoked()) return stage_.post([this] { slice(); });
    examiner_.end();
    loop_.post([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      if (self->share_->revoked()) self->rest();
      self->share_.reset();
      self->examining_ = false;
    });
  }

  session::Loop& loop_;
  session::Speaker& speaker_;
  events::EventStage& stage_;
  IngressBook ingress_;
  std::atomic<std::size_t> ingress_waits_{0};  // reports that tern-event has not taken
  std::uint32_t ingress_percent_ = kIngressPercent;
  Examiner examiner_;  // tern-event, but for what says otherwise
  session::Timer timer_;
  std::atomic<bool> frozen_{false};      // set by the loop
  std::atomic<bool> tick_waits_{false};  // a task of tick(): set by the loop, reset by tern-event
  std::uint64_t start_ = 0;              // steady nanoseconds, like the next one
  std::uint64_t rests_until_ = 0;

  std::shared_ptr<const policy::RegistrationTable> table_;  // that the examiner has or gets
  std::vector<std::unique_ptr<session::JournalSubscription>> subscriptions_;
  bool reading_ = false;
  std::size_t next_ = 0;  // subscription and shard to look at

  PeerWatch peers_;
  bool note_all_ = false;  // at the next tick()
  std::shared_ptr<const policy::VrpTable> vrps_;
  std::shared_ptr<const policy::Egress> egress_;
  std::shared_ptr<const policy::EgressCosts> costs_;
  bool other_costs_ = false;  // at the next tick()
  std::shared_ptr<const policy::UsualPaths> usual_;

  // While examining_, tern-event reads the table of routes by these.
  bool examining_ = false;
  std::unique_ptr<session::TableShare> share_;
  std::vector<rib::TableReader> readers_;  // by shard
  std::size_t slices_ = 0;                 // of the row
};

StateWatch::StateWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage)
    : impl_(std::make_shared<Impl>(loop, speaker, stage)) {}
StateWatch::~StateWatch() { impl_->stop(); }
void StateWatch::apply(std::uint32_t hold) { impl_->apply(hold); }
void StateWatch::freeze() { impl_->freeze(); }
void StateWatch::set_ingress_percent(std::uint32_t percent) { impl_->set_ingress_percent(percent); }
bool StateWatch::take_ingress(std::vector<IngressReport> reports) {
  return impl_->take_ingress(std::move(reports));
}
const IngressBook& StateWatch::ingress() const { return impl_->ingress(); }
const StateBook& StateWatch::book() const { return impl_->book(); }

}  // namespace tern::states
