#include "bgpd/latency/latency_watch.h"

#include <utility>

#include "bgpd/latency/latency_reports.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/timer.h"
#include "policy/egress.h"

namespace tern::latency {
namespace {

std::string name_of(const session::Peer& peer) {
  const std::string& name = peer.settings().name;
  return name.empty() ? session::to_string(peer.settings().whole_address()) : name;
}

}  // namespace

LatencyWatch::LatencyWatch(session::Loop& loop, session::Speaker& speaker,
                           events::EventStage& stage, Pace pace)
    : loop_(loop),
      speaker_(speaker),
      stage_(stage),
      pace_(std::move(pace)),
      timer_(std::make_unique<session::Timer>(loop.context(), [this] { look(); })) {}
LatencyWatch::~LatencyWatch() = default;

void LatencyWatch::apply(const BookSettings& settings) {
  const bool first = now_ == 0;
  book_.apply(settings);
  if (!first) return;
  now_ = now();
  kept_ = now_;
  timer_->start(pace_.look);
}

void LatencyWatch::freeze() {
  frozen_ = true;
  timer_->stop();
}

std::size_t LatencyWatch::restore(const Histories& histories) {
  std::size_t left_out = 0;
  for (const SubjectHistory& one : histories) {
    if (!book_.restore(one, now())) ++left_out;
  }
  return left_out;
}

std::vector<Subject> LatencyWatch::subjects_of(const std::string& text) const {
  std::vector<Subject> all;
  if (auto subject = subject_of(text)) all.push_back(*std::move(subject));
  if (const session::Peer* const peer = speaker_.find(text)) {
    all.push_back({.kind = Subject::Kind::Neighbor, .name = name_of(*peer)});
  }
  return all;
}

// ---- The look

void LatencyWatch::look() {
  now_ = now();
  if (membership_ != speaker_.membership()) {
    membership_ = speaker_.membership();
    slots_.clear();
    for (const session::Peer* peer : speaker_.peers()) slots_.push_back(peer->slot());
  }
  keeping_ = must_keep();
  next_slot_ = 0;
  next_.reset();
  coming_totals_ = {};
  coming_histories_.clear();
  read_neighbors();
}

void LatencyWatch::read_neighbors() {
  if (frozen_) return;
  for (std::size_t i = 0; i < kSlice && next_slot_ < slots_.size(); ++i) {
    const session::Peer* const peer = speaker_.peer(slots_[next_slot_++]);
    if (peer != nullptr && !peer->dynamic()) read_neighbor(*peer);
  }
  const bool more = next_slot_ < slots_.size();
  loop_.post([this, more] { return more ? read_neighbors() : compare(); });
}

void LatencyWatch::read_neighbor(const session::Peer& peer) {
  constexpr auto kNeighbor = Subject::Kind::Neighbor;
  const std::uint32_t microseconds = peer.round_trip();
  if (microseconds == 0 || microseconds > kMostRoundTrip) return;
  const Subject subject{.kind = kNeighbor, .name = name_of(peer)};
  const auto known = book_.counts().subjects[static_cast<std::size_t>(kNeighbor)];
  const bool has_room = known < book_.settings().subjects / kNeighborPart;
  if (has_room || book_.find(subject) != nullptr) {
    (void)take(subject, microseconds, Source::Session);
  }
}

void LatencyWatch::compare() {
  if (frozen_) return;
  for (std::size_t i = 0; i < kSlice; ++i) {
    bool known = false;
    const auto compares = [&](const Subject& subject) { return known = is_known(subject); };
    const LatencyBook::Step step = book_.step(next_, compares, now_);
    if (step.subject == nullptr) return end_comparison();
    next_ = *step.subject;
    changed_ = changed_ || step.change != Track::Change::None;
    if (book_.settings().subjects == 0 || LatencyBook::is_old(*step.track, known)) {
      book_.forget(*next_);
      continue;
    }
    add_to_totals(*next_, *step.track);
    if (keeping_ && !step.track->history().empty()) {
      coming_histories_.push_back(
          {*next_, step.track->shared_history(), step.track->degraded() ? step.track->since() : 0});
    }
    if (step.track->degraded()) report_degraded(*next_, *step.track);
  }
  loop_.post([this] { compare(); });
}

bool LatencyWatch::must_keep() const {
  if (keep_ == nullptr || book_.settings().subjects == 0) return false;
  if (kept_ / Track::kHourSeconds != now_ / Track::kHourSeconds) return true;
  return changed_ && (now_ < kept_ || now_ - kept_ >= kKeptAgain);
}

void LatencyWatch::end_comparison() {
  totals_ = coming_totals_;
  if (std::exchange(keeping_, false) && keep_ != nullptr) {
    kept_ = now_;
    changed_ = false;
    keep_(std::exchange(coming_histories_, {}));
  }
  next_open_.reset();
  report_ended();
}

void LatencyWatch::add_to_totals(const Subject& subject, const Track& track) {
  coming_totals_.octets += track.octets();
  if (track.degraded() && track.since() <= now_ && now_ - track.since() >= kLasting) {
    ++coming_totals_.lasting[static_cast<std::size_t>(subject.kind)];
  }
  const bool counts = subject.kind == Subject::Kind::Prefix &&
                      track.latest().count >= book_.settings().rules.samples;
  if (!counts) return;
  coming_totals_.slowest_prefix = std::max(coming_totals_.slowest_prefix, track.latest().p95);
}

// A beginning that the stage drops is reported again with the next look.
void LatencyWatch::report_degraded(const Subject& subject, const Track& track) {
  const auto known = open_.find(subject);
  const bool fresh =
      known != open_.end() && known->second <= now_ && now_ - known->second < kAgainAfter;
  if (fresh) return;
  events::Report report = degraded_report(subject, track);
  const policy::Egress& egress = *speaker_.settings().egress;
  if (egress.enabled()) report.subject.pop = egress.pop(egress.own_pop()).name;
  if (stage_.report(std::move(report))) open_[subject] = now_;
}

// An end that the stage drops is reported again with the next look.
void LatencyWatch::report_ended() {
  if (frozen_) return;
  auto at = next_open_ ? open_.lower_bound(*next_open_) : open_.begin();
  for (std::size_t i = 0; i < kSlice && at != open_.end(); ++i) {
    const auto open = at++;
    const Track* const track = book_.find(open->first);
    if (track != nullptr && track->degraded()) continue;
    if (stage_.report(ended_report(open->first))) open_.erase(open);
  }
  if (at == open_.end()) return timer_->start(pace_.look);
  next_open_ = at->first;
  loop_.post([this] { report_ended(); });
}

}  // namespace tern::latency
