#include "bgpd/probes/prober.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tern::probes {
namespace {

constexpr Prober::Time kSynAgain = std::chrono::seconds(1);  // RFC 6298 section 2.1
constexpr std::uint32_t kMissesOfATarget = 3;  // in a row, and its last round trip does not count

}  // namespace

std::string_view to_string(TargetState state) {
  switch (state) {
    case TargetState::Unknown:
      return "unknown";
    case TargetState::Answered:
      return "answered";
    case TargetState::Lost:
      return "lost";
    case TargetState::Failed:
      return "failed";
  }
  return "";
}

std::string_view to_string(Method method) { return method == Method::Tcp ? "tcp" : "icmp"; }

// ---- Schedule

std::vector<std::uint16_t> Prober::configure(const ProbeSettings& settings, Time now) {
  std::vector<Target> before = std::exchange(targets_, {});
  for (const TargetSettings& wanted : settings.targets) {
    const auto known = std::ranges::find(before, wanted, &Target::settings);
    if (known != before.end()) {
      targets_.push_back(std::move(*known));
      before.erase(known);
    } else {
      targets_.emplace_back().settings = wanted;
    }
  }
  settings_ = settings;
  if (next_ >= targets_.size()) next_ = 0;
  if (!last_) started_ = now;
  std::vector<std::uint16_t> gone;
  for (const Target& target : before) {
    if (target.probe) gone.push_back(target.probe->echo.sequence);
  }
  return gone;
}

Prober::Time Prober::gap() const {
  return Time(settings_.interval) / static_cast<Time::rep>(targets_.size());
}

// A caller that is late sends no faster afterwards.
std::optional<Prober::Probe> Prober::next(Time now) {
  if (targets_.empty() || (last_ && now < *last_ + gap())) return std::nullopt;
  last_ = now;
  Target& target = targets_[next_];
  next_ = (next_ + 1) % targets_.size();
  if (target.probe) end(target, TargetState::Lost, {}, now);
  // At most one probe of each target is under way, so that most numbers are free.
  do ++sequence_;
  while (find(sequence_) != nullptr);
  const bool tcp = target.settings.method == Method::Tcp;
  const Time timeout = tcp ? std::min(Time(settings_.timeout), kSynAgain) : settings_.timeout;
  target.probe = UnderWay{{sequence_, random_()}, now, now + timeout};
  return Probe{target.probe->echo, target.settings.address, target.settings.method,
               target.settings.port};
}

std::vector<std::uint16_t> Prober::expire(Time now) {
  std::vector<std::uint16_t> expired;
  for (Target& target : targets_) {
    if (!target.probe || now < target.probe->until) continue;
    expired.push_back(target.probe->echo.sequence);
    end(target, TargetState::Lost, {}, now);
  }
  return expired;
}

std::optional<Prober::Time> Prober::due() const {
  if (targets_.empty()) return std::nullopt;
  Time due = last_ ? *last_ + gap() : started_;
  for (const Target& target : targets_) {
    if (target.probe) due = std::min(due, target.probe->until);
  }
  return due;
}

// ---- Ends of probes

Prober::Target* Prober::find(std::uint16_t sequence) {
  const auto found = std::ranges::find_if(targets_, [&](const Target& target) {
    return target.probe && target.probe->echo.sequence == sequence;
  });
  return found == targets_.end() ? nullptr : &*found;
}

void Prober::end(Target& target, TargetState state, const std::string& error, Time at) {
  target.probe.reset();
  if (std::exchange(target.state, state) != state) target.since = at;
  target.error = error;
  target.ended = true;
  if (state == TargetState::Failed) {
    ++target.failed;
    return;
  }
  target.window.add(state == TargetState::Lost);
  target.misses = state == TargetState::Lost ? target.misses + 1 : 0;
  ++(state == TargetState::Lost ? target.lost : target.answered);
}

void Prober::answer(Target& target, Time round_trip, Time at) {
  const auto whole = std::chrono::round<std::chrono::microseconds>(round_trip).count();
  target.round_trip =
      static_cast<EgressCost>(std::clamp<std::chrono::microseconds::rep>(whole, 1, kMostRoundTrip));
  target.measured = true;
  end(target, TargetState::Answered, {}, at);
}

// A process that stood still may read an answer before expire() has run.
void Prober::echo_came(const IpAddress& from, const Echo& echo, Time at) {
  Target* const target = find(echo.sequence);
  if (target == nullptr || target->settings.method != Method::Icmp) return;
  const UnderWay& probe = *target->probe;
  if (probe.echo != echo || target->settings.address != from || at < probe.sent) return;
  if (at >= probe.until) return lost(echo.sequence, {}, at);
  answer(*target, at - probe.sent, at);
}

void Prober::connection_ended(std::uint16_t sequence, Time round_trip, Time at) {
  Target* const target = find(sequence);
  if (target == nullptr) return;
  const UnderWay& probe = *target->probe;
  if (round_trip >= probe.until - probe.sent) return lost(sequence, {}, at);
  answer(*target, round_trip, at);
}

void Prober::lost(std::uint16_t sequence, const std::string& error, Time at) {
  Target* const target = find(sequence);
  if (target != nullptr) end(*target, TargetState::Lost, error, at);
}

void Prober::failed(std::uint16_t sequence, const std::string& error, Time at) {
  Target* const target = find(sequence);
  if (target != nullptr) end(*target, TargetState::Failed, error, at);
}

// ---- Results

// The shortest last round trip counts of the targets of a place. A single lost probe does not give
// the place the round trip of a farther target.
std::vector<session::ProbedPlace> Prober::take_places(bool all) {
  std::map<std::string, session::ProbedPlace> places;
  std::map<std::string, bool> news;
  for (Target& target : targets_) {
    session::ProbedPlace& place = places[target.settings.to];
    place.to = target.settings.to;
    place.recent += target.window.probes();
    place.recently_lost += target.window.lost();
    if (target.round_trip != 0 && target.misses < kMissesOfATarget) {
      const EgressCost before = place.shortest.value_or(target.round_trip);
      place.shortest = std::min(before, target.round_trip);
    }
    if (std::exchange(target.ended, false)) news[target.settings.to];
    if (std::exchange(target.measured, false)) news[target.settings.to] = true;
  }
  std::vector<session::ProbedPlace> taken;
  for (auto& [name, place] : places) {
    const auto found = news.find(name);
    if (found == news.end() && !all) continue;
    if (found == news.end() || !found->second) place.shortest.reset();
    taken.push_back(std::move(place));
  }
  return taken;
}

ProbeStatus Prober::status(Time now, std::int64_t unix_now) const {
  ProbeStatus status;
  status.interval = settings_.interval;
  status.timeout = settings_.timeout;
  for (const Target& target : targets_) {
    ProbeStatus::Target& shown = status.targets.emplace_back();
    shown.settings = target.settings;
    shown.state = target.state;
    if (target.state == TargetState::Answered) shown.round_trip = target.round_trip;
    const bool known = target.state != TargetState::Unknown;
    const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now - target.since).count();
    if (known) shown.since = unix_now - ago;
    shown.error = target.error;
    shown.recent = target.window.probes();
    shown.recently_lost = target.window.lost();
    shown.answered = target.answered;
    shown.lost = target.lost;
    shown.failed = target.failed;
  }
  return status;
}

}  // namespace tern::probes
