// Speaker::apply(): finds the step that a plan asks of each neighbor, present or new, and performs
// the steps in slices.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/speaker_impl.h"

namespace tern::session {

// The step that a plan asks of a present neighbor; nothing where the neighbor stays the same.
std::optional<Speaker::Impl::Applying::Step> Speaker::Impl::step_for(const SettingsPlan& plan,
                                                                     const Peer& peer) const {
  const PeerAddress who = peer.settings().whole_address();
  if (const auto found = plan.listed.find(who); found != plan.listed.end()) {
    const SettingsPlan::Listed& listed = found->second;
    // plan() did not compare the settings of a neighbor that came from a range.
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

// Requires that the plan's settings are the speaker's. New neighbors are in the order of the file,
// so that slots and log lines have that order.
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

// The first slice runs at once, the others run in turn with events. At the start, all slices run at
// once: no session waits for the loop.
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
  if (!ended) apply_later();
}

// Each slice in a turn of its own. What a neighbor's new settings change in the shards is a visit
// of its own, too (Peer::apply()), so a slice waits for no strand.
void Speaker::Impl::apply_later() {
  if (std::exchange(slice_posted_, true)) return;
  loop_.post([this] {
    slice_posted_ = false;
    if (!apply_slice()) apply_later();
  });
}

// Performs one slice; true when no step is left.
bool Speaker::Impl::apply_slice() {
  if (!applying_) return true;
  const std::uint64_t begin = steady_nanoseconds();
  Applying& applying = *applying_;
  const std::size_t end = std::min(applying.steps.size(), applying.next + Speaker::kSlice);
  while (applying.next < end) perform(applying.steps[applying.next++]);
  applying.longest = std::max(applying.longest, seconds_since(begin));
  if (applying.next < applying.steps.size()) return false;
  end_applying();
  return true;
}

// Looks the neighbor up anew, because neighbors come and go between the slices.
void Speaker::Impl::perform(const Applying::Step& step) {
  Peer* const peer = member(step.who);
  if (peer == nullptr) {
    if (step.settings == nullptr) return;
    if (has_slot()) {
      add_peer(*step.settings, false).start();
    } else {  // the file has no more than fit (conf), but neighbors that left may still have slots
      spdlog::error("neighbor {} is left out: there are {} already; reload again",
                    step.settings->name, kMostPeerSlots);
    }
  } else if (step.settings != nullptr) {
    // A neighbor from a range may have connected since steps_of().
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
