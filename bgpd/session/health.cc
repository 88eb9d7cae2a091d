#include "bgpd/session/health.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>

#include "bgpd/session/costs.h"
#include "bgpd/session/drains.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/settings.h"
#include "rib/types/one_line.h"

namespace tern::session {
namespace {

constexpr std::size_t kMostName = 100;  // octets of a name in a log line

// "40.5 ms"
std::string milliseconds(EgressCost cost) {
  return std::to_string(cost / 1000) + '.' + std::to_string(cost % 1000 / 100) + " ms";
}

bool has_part(const HealthRule& rule, HealthCause part) {
  switch (part) {
    case HealthCause::Sessions:
      return !rule.group.empty();
    case HealthCause::RoundTrip:
      return !rule.pairs.empty();
    case HealthCause::ProbeLoss:
      return rule.loss_percent != 0;
  }
  return false;
}

// A part that a reload takes from the rule cannot be seen good.
void drop_missing_parts(const HealthRule& rule, std::set<HealthCause>& causes) {
  std::erase_if(causes, [&](HealthCause cause) { return !has_part(rule, cause); });
}

}  // namespace

void Health::apply(std::shared_ptr<const SpeakerSettings> settings) {
  settings_ = std::move(settings);
  std::map<std::string, State> states;
  for (const HealthRule& rule : settings_->health) {
    State& state = states[rule.name] = states_[rule.name];
    drop_missing_parts(rule, state.causes);
  }
  for (const auto& [name, state] : states_) {
    if (state.health.demoted() && !states.contains(name)) {
      spdlog::warn("health: the rule {} is gone: it does not demote any more", name);
    }
  }
  states_ = std::move(states);
}

Health::ByGroup Health::count() const {
  ByGroup sessions;
  for (const Peer* peer : neighbors_.members()) {
    Sessions& of_group = sessions[peer->settings().group];
    // Down by hand is no fault, and a neighbor that was never up may not be connected yet.
    if (!peer->admin_up() && !peer->held_by_limit()) continue;
    ++of_group.all;
    of_group.known += peer->was_established() ? 1U : 0U;
    of_group.up += peer->established() ? 1U : 0U;
  }
  return sessions;
}

Health::Finding Health::look_at(const HealthRule& rule, const ByGroup& sessions,
                                bool restored) const {
  Finding finding;
  const auto found = rule.group.empty() ? sessions.end() : sessions.find(rule.group);
  const bool all_by_hand = found != sessions.end() && found->second.all == 0;
  if (all_by_hand) finding.seen.insert(HealthCause::Sessions);
  if (found != sessions.end() && found->second.known > 0) {
    finding.seen.insert(HealthCause::Sessions);
    const std::uint64_t all = restored ? found->second.all : found->second.known;
    const std::uint64_t down = all - found->second.up;
    if (down > 0 && down * 100 >= rule.down_percent * all) {
      finding.faults[HealthCause::Sessions] = std::to_string(down) + " of " + std::to_string(all) +
                                              " sessions of the group " + rule.group + " are down";
    }
  }
  for (const policy::CostPair& pair : rule.pairs) {
    const policy::EgressCosts::Cell cell = costs_->cell(pair);
    if (!policy::is_live(cell.source)) continue;
    finding.seen.insert(HealthCause::RoundTrip);
    if (cell.cost <= rule.above) continue;
    finding.faults[HealthCause::RoundTrip] =
        "the round trip is " + milliseconds(cell.cost) + ", above " + milliseconds(rule.above);
  }
  const auto [recent, lost] = measured_.loss(rule.probed);
  if (rule.loss_percent == 0 || recent < kLeastProbes) return finding;
  finding.seen.insert(HealthCause::ProbeLoss);
  if (lost * 100 < rule.loss_percent * recent) return finding;
  finding.faults[HealthCause::ProbeLoss] = std::to_string(lost) + " of the last " +
                                           std::to_string(recent) + " probes to " + rule.probed +
                                           " were lost";
  return finding;
}

bool Health::look_at(const HealthRule& rule, const ByGroup& sessions, State& state,
                     std::uint64_t now) const {
  const Finding finding = look_at(rule, sessions, state.restored);
  const bool bad = !finding.faults.empty();
  bool unseen = false;
  if (state.health.demoted()) {
    for (const auto& [part, fault] : finding.faults) state.causes.insert(part);
    unseen = !std::ranges::includes(finding.seen, state.causes);
  }
  // A cause whose state is unknown may still be bad.
  if (!state.health.look(bad || unseen, rule.times, now)) return false;
  const std::string whose = rule.of_group ? "the group " + rule.group : std::string("the PoP");
  if (!state.health.demoted()) {
    state = State{state.health, {}, false};
    spdlog::warn("health: {}: {} is not demoted any more", rule.name, whose);
    return true;
  }
  for (const auto& [part, fault] : finding.faults) state.causes.insert(part);
  spdlog::warn("health: {}: {}: {} is demoted, its paths cost {} more", rule.name,
               finding.faults.begin()->second, whose, milliseconds(rule.added));
  return true;
}

void Health::look(std::uint64_t now) {
  if (settings_ == nullptr || settings_->health.empty()) return set_costs();
  const ByGroup sessions = count();
  bool changed = false;
  for (const HealthRule& rule : settings_->health) {
    State& state = states_[rule.name];
    const std::set<HealthCause> before = state.causes;
    changed |= look_at(rule, sessions, state, now) || state.causes != before;
  }
  set_costs();
  if (changed) drains_.note_change();
}

Health::Demoted Health::kept() const {
  Demoted kept;
  for (const auto& [name, state] : states_) {
    if (state.health.demoted()) kept.emplace(name, state.causes);
  }
  return kept;
}

void Health::restore(const Demoted& demoted) {
  for (const auto& [name, causes] : demoted) {
    const auto found = states_.find(name);
    if (found == states_.end()) {
      spdlog::warn("health: the rule {} demoted before the restart, and is gone",
                   one_line(name, kMostName));
      continue;
    }
    State& state = found->second;
    state.health.restore(steady_nanoseconds());
    state.causes = causes;
    state.restored = true;
    const auto rule = std::ranges::find(settings_->health, name, &HealthRule::name);
    drop_missing_parts(*rule, state.causes);
    spdlog::warn("health: {}: the demotion of before the restart goes on", name);
  }
  set_costs();
}

template <typename Meant>
EgressCost Health::sum_of(const Meant& meant) const {
  EgressCost added = 0;
  for (const HealthRule& rule : settings_->health) {
    const auto state = states_.find(rule.name);
    if (state == states_.end() || !state->second.health.demoted()) continue;
    if (meant(rule)) added = policy::sum_of_costs(added, rule.added);
  }
  return added;
}

EgressCost Health::added_to(const Peer& peer) const {
  return sum_of([&peer](const HealthRule& rule) {
    return rule.of_group ? peer.settings().group == rule.group : !is_ibgp(peer.settings().kind);
  });
}

EgressCost Health::pop_demotion_cost() const {
  if (settings_ == nullptr) return 0;
  return sum_of([](const HealthRule& rule) { return !rule.of_group; });
}

// Neighbors that came since a rule demotes take its cost, too.
void Health::set_costs() {
  if (settings_ == nullptr) return;
  std::vector<Peer*> changed;
  for (Peer* peer : neighbors_.members()) {
    const EgressCost added = added_to(*peer);
    if (added == peer->demotion_cost()) continue;
    peer->set_demotion_cost(added);
    changed.push_back(peer);
  }
  if (!changed.empty()) drains_.demotion_changed(changed);
}

std::vector<Health::Demotion> Health::demotions() const {
  std::vector<Demotion> all;
  if (settings_ == nullptr) return all;
  const std::uint64_t now = steady_nanoseconds();
  for (const HealthRule& rule : settings_->health) {
    const auto state = states_.find(rule.name);
    if (state == states_.end() || !state->second.health.demoted()) continue;
    const std::uint64_t ago = (now - state->second.health.changed()) / 1'000'000'000;
    all.push_back({rule.name, static_cast<std::uint32_t>(ago), rule.added});
  }
  return all;
}

std::vector<std::pair<std::string, bool>> Health::rules() const {
  std::vector<std::pair<std::string, bool>> all;
  if (settings_ == nullptr) return all;
  for (const HealthRule& rule : settings_->health) {
    const auto state = states_.find(rule.name);
    all.emplace_back(rule.name, state != states_.end() && state->second.health.demoted());
  }
  return all;
}

}  // namespace tern::session
