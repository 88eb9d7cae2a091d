// How a speaker becomes what a plan says: for each neighbor that there is or is to be, what has to
// be done, and that in slices.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {

// What a plan asks of a neighbor that there is; nothing where it stays as it is.
std::optional<Speaker::Impl::Applying::Step> Speaker::Impl::step_for(const SettingsPlan& plan,
                                                                     const Peer& peer) const {
  const PeerAddress who = peer.settings().whole_address();
  if (const auto found = plan.listed.find(who); found != plan.listed.end()) {
    const SettingsPlan::Listed& listed = found->second;
    // The settings of one that came from a range are not among those that were compared.
    const bool compared = !peer.dynamic() && !listed.is_new;
    const SettingsChange change =
        compared ? listed.change : change_of(peer.settings(), *listed.settings);
    if (!change.any && !peer.dynamic()) return std::nullopt;
    return Applying::Step{who, listed.settings, nullptr, change, false};
  }
  if (!peer.dynamic()) return Applying::Step{who, nullptr, nullptr, {}, false};
  const DynamicRange* const range = range_of(who.address);
  if (range == nullptr) return Applying::Step{who, nullptr, nullptr, {}, false};
  const auto same_range = plan.ranges.find(range->prefix);
  const SettingsChange change = same_range != plan.ranges.end()
                                    ? same_range->second
                                    : change_of(peer.settings(), range->settings_of(who));
  if (!change.any) return std::nullopt;
  return Applying::Step{who, nullptr, range, change, false};
}

// Requires that the plan's settings are the speaker's. New neighbors in the order of the file, so
// that slots and log lines follow it.
std::vector<Speaker::Impl::Applying::Step> Speaker::Impl::steps_of(const SettingsPlan& plan) const {
  std::vector<Applying::Step> steps;
  std::vector<bool> known(plan.to->peers.size());
  for (const Peer* peer : members()) {
    const auto found = plan.listed.find(peer->settings().whole_address());
    if (found != plan.listed.end()) {
      known[static_cast<std::size_t>(found->second.settings - plan.to->peers.data())] = true;
    }
    if (auto step = step_for(plan, *peer)) steps.push_back(std::move(*step));
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i]) continue;
    const PeerSettings& peer = plan.to->peers[i];
    steps.push_back({peer.whole_address(), &peer, nullptr, {}, true});
  }
  return steps;
}

// The first slice at once, the others in turn with events; all of them at the start, when nobody
// waits for the loop.
void Speaker::Impl::begin_applying(std::shared_ptr<const SettingsPlan> plan,
                                   std::function<void()> done) {
  ++membership_;
  Applying& applying = applying_.emplace(Applying{});
  applying.steps = steps_of(*plan);
  applying.plan = std::move(plan);
  applying.done = std::move(done);
  std::erase_if(range_lines_, [this](const auto& entry) {
    return std::ranges::none_of(settings_->dynamic_ranges, [&](const DynamicRange& range) {
      return range.prefix == entry.first;
    });
  });
  bool ended = apply_slice();
  while (!started_ && !ended) ended = apply_slice();
  if (ended) return;
  loop_.add_job([this] { return apply_slice(); });
}

// True when nothing is left.
bool Speaker::Impl::apply_slice() {
  if (!applying_) return true;
  const std::uint64_t begin = steady_nanoseconds();
  recall_shards();
  Applying& applying = *applying_;
  const std::size_t end = std::min(applying.steps.size(), applying.next + Speaker::kSlice);
  while (applying.next < end) perform(applying.steps[applying.next++]);
  applying.longest = std::max(applying.longest, seconds_since(begin));
  if (applying.next < applying.steps.size()) return false;
  end_applying();
  return true;
}

// Between the slices neighbors come and go: each is looked for when its turn comes.
void Speaker::Impl::perform(const Applying::Step& step) {
  const auto [first, last] = by_address_.equal_range(step.who.address);
  const auto found = std::find_if(first, last, [&](const auto& entry) {
    return peers_[entry.second]->settings().whole_address() == step.who;
  });
  Peer* const peer = found != last ? peers_[found->second].get() : nullptr;
  if (peer == nullptr) {
    if (step.settings == nullptr) return;
    if (has_slot()) {
      add_peer(*step.settings, false).start();
    } else {  // the file has no more than fit (conf), but others may not have left yet
      spdlog::error("neighbour {} is left out: there are {} already; reload again",
                    step.settings->name, kMostPeerSlots);
    }
  } else if (step.settings != nullptr) {
    // One from a range may have come since the plan was looked at.
    const SettingsChange change =
        step.is_new ? change_of(peer->settings(), *step.settings) : step.change;
    if (peer->apply(*step.settings, change, false)) applying_->stale.push_back(peer->slot());
  } else if (step.range != nullptr) {
    if (!peer->dynamic()) return;
    if (peer->apply(step.range->settings_of(step.who), step.change, true)) {
      applying_->stale.push_back(peer->slot());
    }
  } else {
    remove_peer(*peer);
  }
}

void Speaker::Impl::end_applying() {
  Applying applied = std::move(*applying_);
  applying_.reset();
  if (started_) times_.reload_stall.add(applied.longest);
  const bool rank_all = applied.plan->ranks_anew && started_;
  if (!applied.stale.empty() || rank_all) reevaluate(applied.stale, rank_all);
  if (!round_.is_reload() && !next_round_.is_reload()) walk_waiting_rules();
  if (applied.done) applied.done();
}

}  // namespace tern::session
