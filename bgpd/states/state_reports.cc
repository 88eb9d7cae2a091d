#include "bgpd/states/state_reports.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace tern::states {
namespace {

using events::Kind;
using events::Report;
using Entry = policy::RegistrationTable::Entry;

// A state that is an event as long as it holds.
struct StateLevel {
  State state;
  Kind kind;
  std::string_view key;  // behind the prefix, to tell events of one kind apart
};
constexpr std::array kStateLevels{
    StateLevel{State::Suboptimal, Kind::Suboptimal, ""},
    StateLevel{State::LastResort, Kind::StateChanged, " last-resort"},
    StateLevel{State::ActiveOnFallback, Kind::StateChanged, " active-on-fallback"},
    StateLevel{State::SuboptimalIngress, Kind::SuboptimalIngress, ""},
    StateLevel{State::SingleHomed, Kind::RedundancyLost, ""},
};
static_assert(kSuspectKinds.size() + kStateLevels.size() == kLevels);

const StateLevel& state_level(std::size_t level) {
  return kStateLevels[level - kSuspectKinds.size()];
}

Report about_prefix(const Prefix& prefix, Kind kind, Report::What what) {
  Report report{.what = what, .kind = kind, .key = prefix.to_string()};
  report.subject.prefix = report.key;
  return report;
}

std::string evidence_of(const Findings& findings, State state) {
  const auto found = std::ranges::find(findings.evidence, state, &StateEvidence::state);
  return found == findings.evidence.end() ? std::string() : found->text;
}

std::string list_text(StateSet states) {
  std::string text;
  for (std::size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    if (states.has(state)) text += (text.empty() ? "" : ", ") + std::string(to_string(state));
  }
  return text;
}

std::string origin_text(const Suspect& suspect) {
  return suspect.origin ? "AS " + std::to_string(*suspect.origin) : "an AS_SET";
}

std::string summary_of(const Entry& entry, const Suspect& suspect, const std::string& neighbor) {
  const std::string prefix = suspect.prefix.to_string();
  switch (suspect.suspicion) {
    case policy::Suspicion::OtherOrigin:
      return prefix + " is announced by " + origin_text(suspect) +
             ", which is no origin, through " + neighbor;
    case policy::Suspicion::MoreSpecific:
      return prefix + ", a part of " + entry.prefix.to_string() + ", is announced by " +
             origin_text(suspect) + " through " + neighbor;
    case policy::Suspicion::UnregisteredPartner:
      return prefix + " comes through AS " + std::to_string(suspect.partner) +
             ", which is no partner";
    case policy::Suspicion::RpkiInvalid:
      return prefix + " of " + origin_text(suspect) + " is RPKI invalid";
    case policy::Suspicion::Leak:
      return prefix + " is leaked through " + neighbor + ": " + suspect.leak;
    default:
      return prefix +
             " has a path that is not correct: " + std::string(to_string(suspect.suspicion));
  }
}

std::string state_summary(const std::string& prefix, State state, const std::string& evidence) {
  switch (state) {
    case State::LastResort:
      return prefix + " has no route with nothing against it: its last resort is in use, " +
             evidence;
    case State::ActiveOnFallback:
      return prefix + " has no route of a partner: that of another AS is in use, " + evidence;
    case State::SingleHomed:
      return prefix + " has lost its redundancy: " + evidence;
    default:
      return prefix + " " + evidence;
  }
}

// Maintenance is no fault. The prefixes of one neighbor are one event in great number.
void add_loss(const LostRedundancy& lost, Report& report) {
  if (lost.maintenance) report.severity = events::Severity::Info;
  report.evidence["by"] = lost.maintenance ? "maintenance" : "fault";
  report.subject.neighbor = lost.neighbor;
  report.group = lost.neighbor;
  report.cause = lost.cause;
}

Report suspect_report(const Entry& entry, Kind kind, const Suspect& suspect,
                      const PeerTable& peers) {
  Report report = about_prefix(entry.prefix, kind, Report::What::Begin);
  const PeerFacts* const from = peers.at(suspect.slot);
  report.subject.neighbor = from == nullptr ? "" : from->name;
  report.subject.partner = suspect.partner;
  report.group = report.subject.neighbor;
  report.summary = summary_of(entry, suspect,
                              from == nullptr ? "a neighbor that left" : "neighbor " + from->name);
  const policy::Registration& of = *entry.registration;
  std::string origins;
  for (const Asn asn : of.origins) origins += (origins.empty() ? "" : ", ") + std::to_string(asn);
  report.evidence = {
      {"registration", of.place()},
      {"prefix", suspect.prefix.to_string()},
      {"as path", suspect.as_path},
      {"suspicion", std::string(to_string(suspect.suspicion))},
      {"expected origins", origins},
      {"routes", std::to_string(suspect.routes)},
      {"verdict",
       suspect.accepted ? "accepted" : "rejected: " + std::string(to_string(suspect.reason))}};
  if (!suspect.leak.empty()) report.evidence["leak"] = suspect.leak;
  if (!of.owner.empty()) report.evidence["owner"] = of.owner;
  return report;
}

}  // namespace

Report announced(const Entry& entry, const Findings& findings, const PeerTable& peers) {
  Report report = about_prefix(entry.prefix, Kind::Announced, Report::What::Once);
  const PeerFacts* const from = peers.at(findings.best_slot);
  if (from != nullptr) report.subject.neighbor = from->name;
  report.group = report.subject.neighbor;
  report.summary =
      report.key + " is announced" + (from == nullptr ? "" : " by neighbor " + from->name);
  return report;
}

Report withdrawn(const Entry& entry, PeerSlot last, const PeerTable& peers) {
  Report report = about_prefix(entry.prefix, Kind::Withdrawn, Report::What::Once);
  report.summary = report.key + " has no route any more";
  const PeerFacts* const from = peers.at(last);
  if (from == nullptr) return report;
  report.subject.neighbor = from->name;
  report.group = from->name;
  report.summary += "; the last was from neighbor " + from->name;
  report.cause = cause_of_loss(last, peers);
  return report;
}

std::string cause_of_loss(PeerSlot last, const PeerTable& peers) {
  const PeerFacts* const from = peers.at(last);
  return from == nullptr ? std::string() : events::event_key(Kind::SessionDown, from->address);
}

Report became_active(const Entry& entry, State state, const Findings& findings) {
  const bool primary = state == State::ActiveOnPrimary;
  Report report = about_prefix(entry.prefix, primary ? Kind::ActiveOnPrimary : Kind::ActiveOnBackup,
                               Report::What::Once);
  report.summary = report.key + " became active on " + (primary ? "primary" : "backup");
  const std::string evidence = evidence_of(findings, state);
  if (!evidence.empty()) report.evidence["exit"] = evidence;
  return report;
}

Report headline_changed(const Entry& entry, StateSet before, const Findings& findings) {
  const StateSet after = findings.states;
  Report report = about_prefix(entry.prefix, Kind::StateChanged, Report::What::Once);
  const auto from = before.headline();
  const auto to = after.headline();
  const auto name = [](std::optional<State> state) {
    return state ? std::string(to_string(*state)) : std::string("unknown");
  };
  report.summary = report.key + ": " + name(from) + " -> " + name(to);
  if (to) {
    report.severity = severity_of(*to);
    std::string evidence = evidence_of(findings, *to);
    if (*to == State::NotReceived && evidence.empty()) {
      evidence = from_partners_text(*entry.registration);
    }
    if (!evidence.empty()) report.evidence["why"] = evidence;
  }
  report.group = name(to);
  report.evidence["states"] = list_text(after);
  report.evidence["before"] = list_text(before);
  if (!entry.registration->owner.empty()) report.evidence["owner"] = entry.registration->owner;
  return report;
}

std::optional<Report> level_report(const Entry& entry, std::size_t level, const Findings& findings,
                                   const PeerTable& peers) {
  if (level < kSuspectKinds.size()) {
    const auto& suspect = findings.suspects[level];
    if (!suspect) return std::nullopt;
    return suspect_report(entry, kSuspectKinds[level], *suspect, peers);
  }
  const StateLevel& of = state_level(level);
  if (!findings.states.has(of.state)) return std::nullopt;
  if (of.state == State::SingleHomed && !findings.lost) return std::nullopt;
  Report report = about_prefix(entry.prefix, of.kind, Report::What::Begin);
  report.key += of.key;
  report.severity = severity_of(of.state);
  report.summary = state_summary(report.subject.prefix, of.state, evidence_of(findings, of.state));
  if (of.state == State::SingleHomed) {
    add_loss(*findings.lost, report);
  } else if (of.state != State::Suboptimal && of.state != State::SuboptimalIngress) {
    const PeerFacts* const from = peers.at(findings.best_slot);
    if (from != nullptr) report.subject.neighbor = from->name;
    report.group = std::string(to_string(of.state));
    report.evidence["states"] = list_text(findings.states);
    if (!entry.registration->owner.empty()) report.evidence["owner"] = entry.registration->owner;
  }
  return report;
}

Report end_of_level(const Prefix& prefix, std::size_t level) {
  if (level < kSuspectKinds.size()) {
    return about_prefix(prefix, kSuspectKinds[level], Report::What::End);
  }
  const StateLevel& of = state_level(level);
  Report report = about_prefix(prefix, of.kind, Report::What::End);
  report.key += of.key;
  return report;
}

}  // namespace tern::states
