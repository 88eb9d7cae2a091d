#include "bgpd/session/journal_subscription.h"

#include <utility>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {

// The loop posts all tasks, so a place that a subscription left is free when the next one comes.
std::unique_ptr<JournalSubscription> JournalSubscription::make(
    Speaker& speaker, const rib::Journal::Interest& interest, bool snapshot, Owner owner) {
  const std::size_t left_free = owner == Owner::Client ? kOfDaemon : 0;
  const std::size_t subscribed = speaker.impl_->kept_prefixes_.subscriptions();
  if (subscribed + left_free >= rib::Journal::kMostSubscribers) return nullptr;
  return std::unique_ptr<JournalSubscription>(new JournalSubscription(speaker, interest, snapshot));
}

JournalSubscription::JournalSubscription(Speaker& speaker, const rib::Journal::Interest& interest,
                                         bool snapshot)
    : speaker_(speaker) {
  Speaker::Impl& impl = *speaker_.impl_;
  for (std::size_t shard = 0; shard < impl.shards_.size(); ++shard) {
    const auto& added =
        subscribers_.emplace_back(std::make_shared<rib::Journal::Subscriber>(interest));
    impl.engine_.post(shard, engine::Load::Light,
                      [added, snapshot](engine::Shard& of) { of.rib.subscribe(added, snapshot); });
  }
  impl.kept_prefixes_.add(*this);
}

JournalSubscription::~JournalSubscription() {
  Speaker::Impl& impl = *speaker_.impl_;
  for (std::size_t shard = 0; shard < subscribers_.size(); ++shard) {
    impl.engine_.post(shard, engine::Load::Light, [gone = subscribers_[shard]](engine::Shard& of) {
      of.rib.unsubscribe(*gone);
    });
  }
  impl.kept_prefixes_.remove(*this);
}

void JournalSubscription::read(std::size_t shard, Reader reader, std::function<void()> done) {
  Speaker::Impl& impl = *speaker_.impl_;
  impl.engine_.post(shard, engine::Load::Light,
                    [of = subscribers_[shard], reader = std::move(reader), done = std::move(done),
                     &loop = impl.loop_](engine::Shard& at) {
                      reader(at.rib, *of);
                      loop.post(done);
                    });
}

}  // namespace tern::session
