#include "bgpd/session/reconfiguration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <utility>

#include "bgpd/session/admission.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/speaker.h"

namespace tern::session {
namespace {

// On the loop, for a neighbor whose present settings plan() did not compare.
SettingsChange change_from(const Peer& peer, const PeerSettings& to) {
  return change_of(peer.settings(), to, nullptr);
}

}  // namespace

Reconfiguration::Reconfiguration(Loop& loop, Neighbors& neighbors, Admission& admission,
                                 Reevaluation& reevaluation, SpeakerTimes& times)
    : loop_(loop),
      neighbors_(neighbors),
      admission_(admission),
      reevaluation_(reevaluation),
      times_(times) {}

// The step that a plan asks of a present neighbor; nothing where the neighbor stays the same.
std::optional<Reconfiguration::Step> Reconfiguration::step_for(const SettingsPlan& plan,
                                                               const Peer& peer) const {
  const PeerAddress who = peer.settings().whole_address();
  if (const auto found = plan.listed.find(who); found != plan.listed.end()) {
    const SettingsPlan::Listed& listed = found->second;
    // plan() did not compare the settings of a neighbor that came from a range.
    const bool compared = !peer.dynamic() && !listed.is_new;
    const SettingsChange change = compared ? listed.change : change_from(peer, *listed.settings);
    if (!change.any && !peer.dynamic()) return std::nullopt;
    return Step{who, listed.settings, nullptr, change, false};
  }
  if (!peer.dynamic()) return Step{who, nullptr, nullptr, {}, false};
  const DynamicRange* const range = admission_.range_of(who.address);
  if (range == nullptr) return Step{who, nullptr, nullptr, {}, false};
  const auto same_range = plan.ranges.find(range->prefix);
  const SettingsChange change = same_range != plan.ranges.end()
                                    ? same_range->second
                                    : change_from(peer, range->settings_of(who));
  if (!change.any) return std::nullopt;
  return Step{who, nullptr, range, change, false};
}

// Requires that the plan's settings are the speaker's. New neighbors are in the order of the file,
// so that slots and log lines have that order.
std::vector<Reconfiguration::Step> Reconfiguration::steps_of(const SettingsPlan& plan) const {
  std::vector<Step> steps;
  std::vector<bool> known(plan.to->peers.size());
  for (const Peer* peer : neighbors_.members()) {
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

// ---- Slices

// The first slice runs at once, the others run in turn with events. At the start, all slices run at
// once: no session waits for the loop.
void Reconfiguration::begin(std::shared_ptr<const SettingsPlan> plan, bool start,
                            std::function<void()> done) {
  finish();
  times_.last_reload = {};
  Running& running = running_.emplace(Running{});
  running.steps = steps_of(*plan);
  running.plan = std::move(plan);
  running.start = start;
  running.done = std::move(done);
  bool ended = slice();
  while (start && !ended) ended = slice();
  if (!ended) slice_later();
}

void Reconfiguration::finish() {
  while (!slice()) continue;
}

// Each slice runs in a turn of its own. Changes in the shards are visits of their own
// (Peer::apply()), so a slice waits for no strand.
void Reconfiguration::slice_later() {
  if (std::exchange(slice_posted_, true)) return;
  loop_.post([this] {
    slice_posted_ = false;
    if (!slice()) slice_later();
  });
}

// True when no step is left.
bool Reconfiguration::slice() {
  if (!running_) return true;
  const std::uint64_t begin = steady_nanoseconds();
  Running& running = *running_;
  const std::size_t end = std::min(running.steps.size(), running.next + Speaker::kSlice);
  while (running.next < end) perform(running.steps[running.next++]);
  running.longest = std::max(running.longest, seconds_since(begin));
  if (running.next < running.steps.size()) return false;
  this->end();
  return true;
}

// Looks up the neighbor again, because neighbors come and go between the slices.
void Reconfiguration::perform(const Step& step) {
  Peer* const peer = neighbors_.member(step.who);
  if (peer == nullptr) {
    if (step.settings == nullptr) return;
    if (neighbors_.has_slot()) {
      neighbors_.add(*step.settings, false).start();
    } else {  // the file has no more than fit (conf), but neighbors that left may still have slots
      spdlog::error("neighbor {} is left out: there are {} already; reload again",
                    step.settings->name, kMostNeighbors);
    }
  } else if (step.settings != nullptr) {
    // A neighbor from a range may have connected since steps_of().
    const SettingsChange change = step.is_new ? change_from(*peer, *step.settings) : step.change;
    change_peer(*peer, *step.settings, change, false);
  } else if (step.range != nullptr) {
    if (peer->dynamic()) change_peer(*peer, step.range->settings_of(step.who), step.change, true);
  } else {
    neighbors_.remove(*peer);
  }
}

void Reconfiguration::change_peer(Peer& peer, PeerSettings settings, const SettingsChange& change,
                                  bool dynamic) {
  if (peer.apply(std::move(settings), change, dynamic)) running_->rules.add(peer.slot(), change);
}

void Reconfiguration::end() {
  Running ended = std::move(*running_);
  running_.reset();
  if (!ended.start) times_.reload_stall.add(ended.longest);
  ended.rules.by_reload = true;
  ended.rules.rank_all = ended.plan->ranks_anew && !ended.start;
  ended.rules.pops = ended.plan->pops;
  ended.rules.holds = ended.plan->pops == nullptr ? 0 : 1;  // Speaker::apply()
  reevaluation_.rules_changed(std::move(ended.rules));
  if (ended.done) ended.done();
}

}  // namespace tern::session
