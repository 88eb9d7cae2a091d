#include "bgpd/daemon/event_watch.h"

#include <chrono>
#include <utility>

#include "bgpd/daemon/baseline.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/timer.h"

namespace tern::daemon {
namespace {

using EventKind = events::Kind;
using events::Report;

constexpr auto kLook = std::chrono::seconds(1);
constexpr std::uint32_t kTagsFor = 60;  // seconds that contradictory tags stay an event

bool is_same(const Report& a, const Report& b) {
  return a.what == b.what && a.severity == b.severity && a.summary == b.summary &&
         a.evidence == b.evidence;
}

}  // namespace

EventWatch::EventWatch(session::Loop& loop, session::Speaker& speaker, events::EventStage& stage,
                       Sources sources, const states::CircuitBook* circuits)
    : loop_(loop),
      speaker_(speaker),
      stage_(stage),
      sources_(std::move(sources)),
      circuits_(circuits),
      timer_(std::make_unique<session::Timer>(loop.context(), [this] { look(); })) {}
EventWatch::~EventWatch() = default;

void EventWatch::start() { timer_->start(kLook); }

void EventWatch::freeze() {
  frozen_ = true;
  timer_->stop();
}

void EventWatch::look() {
  now_ = session::unix_seconds();
  ++look_;
  next_slot_ = 0;
  next_circuit_.clear();
  if (membership_ != speaker_.membership()) {
    membership_ = speaker_.membership();
    slots_.clear();
    for (const session::Peer* peer : speaker_.peers()) slots_.push_back(peer->slot());
  }
  slice();
}

// A visit may come late, behind the end of the sessions.
void EventWatch::slice() {
  speaker_.look([this] {
    if (frozen_) return;
    const bool more = look_at_some();
    loop_.post([this, more] { return more ? slice() : look_at_circuits(); });
  });
}

// Circuits come and go between two turns, so the look goes on by the key.
void EventWatch::look_at_circuits() {
  if (frozen_) return;
  if (circuits_ == nullptr) return find_ended();
  auto at = circuits_->circuits().lower_bound(next_circuit_);
  for (std::size_t i = 0; i < kSlice && at != circuits_->circuits().end(); ++i, ++at) {
    add_circuit_level(*circuits_, *at, speaker_.pop_drained(), coming_);
  }
  if (at == circuits_->circuits().end()) return find_ended();
  next_circuit_ = at->first;
  loop_.post([this] { look_at_circuits(); });
}

// In a visit of all shards. False: no neighbor is left.
bool EventWatch::look_at_some() {
  for (std::size_t i = 0; i < kSlice && next_slot_ < slots_.size(); ++i) {
    const session::Peer* const peer = speaker_.peer(slots_[next_slot_++]);
    if (peer != nullptr && !peer->left()) look_at(*peer);
  }
  if (next_slot_ < slots_.size()) return true;
  look_at_moves();
  add_pop_levels(speaker_, coming_);
  return false;
}

// A neighbor that was away, or took the slot of another one, is seen first.
EventWatch::Seen& EventWatch::seen(const session::Peer& peer) {
  if (peer.slot() >= seen_.size()) seen_.resize(peer.slot() + std::size_t{1});
  Seen& seen = seen_[peer.slot()];
  session::PeerAddress address = peer.settings().whole_address();
  if (seen.look + 1 != look_ || seen.address != address) {
    seen = Seen{};
    seen.address = std::move(address);
    seen.since = now_;
  }
  seen.look = look_;
  return seen;
}

void EventWatch::look_at(const session::Peer& peer) {
  Seen& of = seen(peer);
  if (of.since == now_) end_of_earlier_run(peer);
  look_at_session(peer, of);
  look_at_tags(peer, of);
  const bool unheard = now_ >= of.since + kFirstTime;
  add_neighbor_levels(peer, speaker_.pop_drained(), unheard, coming_);
  add_withdrawal_level(speaker_, peer, now_, withdrawals_, coming_);
}

// An operator may end a drain before the first look behind a restart: the event of the earlier run
// ends with this look, unless the drain goes on.
void EventWatch::end_of_earlier_run(const session::Peer& peer) {
  for (const EventKind kind : {EventKind::NeighborDrained, EventKind::NeighborDegraded}) {
    Report ended = about(peer, kind, Report::What::End);
    const std::string key = events::event_key(kind, ended.key);
    levels_.try_emplace(key, std::move(ended));
  }
}

void EventWatch::look_at_session(const session::Peer& peer, Seen& seen) {
  const bool came_up = peer.established() && (!seen.established || seen.session != peer.session());
  const bool flapped = came_up && seen.established;
  seen.established = peer.established();
  if (!came_up) return;
  seen.session = peer.session();
  seen.contradictory = 0;
  // Ends with this look, also where the event is one of an earlier run.
  Report down = about(peer, EventKind::SessionDown, Report::What::End);
  const std::string key = events::event_key(down.kind, down.key);
  levels_.try_emplace(key, down);
  if (flapped) {
    down.what = Report::What::Begin;
    down.summary =
        "neighbor " + peer.settings().name + " lost its session: " + peer.status().last_error;
    down.evidence["error"] = peer.status().last_error;
    report(key, std::move(down), true);
  }
  Report up = about(peer, EventKind::SessionUp, Report::What::Once);
  up.summary = "neighbor " + peer.settings().name + " has a session";
  up.evidence["flaps"] = std::to_string(peer.status().flaps);
  stage_.report(std::move(up));
}

void EventWatch::look_at_tags(const session::Peer& peer, Seen& seen) {
  if (peer.import() != nullptr) {
    const std::uint64_t routes = peer.import()->counters().contradictory_tags;
    if (routes > seen.contradictory) seen.contradicted_at = now_;
    seen.contradictory = routes;
  }
  if (seen.contradicted_at == 0 || now_ >= seen.contradicted_at + kTagsFor) return;
  Report report = about(peer, EventKind::ContradictoryTags, Report::What::Begin);
  report.summary =
      "location tags of routes of neighbor " + peer.settings().name + " exclude each other";
  report.evidence["shown by"] =
      "ternctl show routes neighbor " + peer.settings().name + " location contradictory";
  coming_.emplace(events::event_key(report.kind, report.key), std::move(report));
}

// In a visit of all shards. Moves by announcements of neighbors are everyday life.
void EventWatch::look_at_moves() {
  const auto counts = speaker_.shards().move_counts();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::uint64_t moved = counts[i] - std::exchange(moves_[i], counts[i]);
    const auto cause = static_cast<rib::MoveCause>(i);
    if (!looked_at_moves_ || moved == 0 || cause == rib::MoveCause::Routes) continue;
    Report report{.kind = EventKind::ExitMoved, .key = std::string(rib::to_string(cause))};
    report.summary = std::to_string(moved) + " best paths moved to another exit: " + report.key;
    report.evidence = {{"best paths", std::to_string(moved)}, {"cause", report.key}};
    stage_.report(std::move(report));
  }
  looked_at_moves_ = true;
}

void EventWatch::find_ended() {
  if (frozen_) return;
  sources_(coming_);
  reports_all_ = now_ < all_reported_ || now_ >= all_reported_ + kAgainAfter;
  if (reports_all_) all_reported_ = now_;
  next_level_.clear();
  report_ended();
}

// Ends come first, because an event that goes on under another key is one less then.
void EventWatch::report_ended() {
  if (frozen_) return;
  auto at = levels_.lower_bound(next_level_);
  for (std::size_t i = 0; i < kSlice && at != levels_.end(); ++i) {
    const auto level = at++;
    if (coming_.contains(level->first)) continue;
    Report& report = level->second;
    report.what = Report::What::End;
    report.summary.clear();
    if (stage_.report(report)) levels_.erase(level);
  }
  if (at == levels_.end()) return report_present();
  next_level_ = at->first;
  loop_.post([this] { report_ended(); });
}

void EventWatch::report_present() {
  if (frozen_) return;
  for (std::size_t i = 0; i < kSlice && !coming_.empty(); ++i) {
    auto level = coming_.extract(coming_.begin());
    report(level.key(), std::move(level.mapped()), reports_all_);
  }
  if (coming_.empty()) return timer_->start(kLook);
  loop_.post([this] { report_present(); });
}

// levels_ has the report as the stage took it last.
void EventWatch::report(const std::string& key, Report report, bool all) {
  const auto known = levels_.find(key);
  const bool is_known = known != levels_.end();
  if (is_known && !all && is_same(known->second, report)) return;
  if (!stage_.report(report)) return;
  if (is_known) {
    known->second = std::move(report);
  } else {
    levels_.emplace(key, std::move(report));
  }
}

}  // namespace tern::daemon
