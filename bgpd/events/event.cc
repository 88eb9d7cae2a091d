#include "bgpd/events/event.h"

#include <algorithm>
#include <utility>

#include "rib/types/one_line.h"

namespace tern::events {
namespace {

struct Row {
  std::string_view name;
  Severity severity;
  bool logged = false;  // by its source
};

constexpr std::array<Row, kKinds> kRows{{
    {"session-down", Severity::Warning, true},
    {"session-up", Severity::Info, true},
    {"prefix-limit", Severity::Error, true},
    {"neighbor-drained", Severity::Info},
    {"neighbor-degraded", Severity::Warning, true},
    {"pop-drained", Severity::Warning, true},
    {"pop-degraded", Severity::Warning, true},
    {"demotion", Severity::Error, true},
    {"pair-degraded", Severity::Warning},
    {"circuit-down", Severity::Error},
    {"single-homed", Severity::Warning},
    {"implausible-rtt", Severity::Warning, true},
    {"latency-degraded", Severity::Warning},
    {"contradictory-tags", Severity::Warning, true},
    {"exit-moved", Severity::Info, true},
    {"rpki-cache-lost", Severity::Warning, true},
    {"rpki-unvalidated", Severity::Error, true},
    {"bad-file", Severity::Error, true},
    {"origin-hijack", Severity::Critical},
    {"more-specific-hijack", Severity::Critical},
    {"unregistered-partner", Severity::Warning},
    {"rpki-invalid", Severity::Error},
    {"route-leak", Severity::Error},
    {"path-rule", Severity::Warning},
    {"suboptimal", Severity::Warning},
    {"suboptimal-ingress", Severity::Warning},
    {"redundancy-lost", Severity::Warning},
    {"announced", Severity::Info},
    {"withdrawn", Severity::Warning},
    {"active-on-primary", Severity::Info},
    {"active-on-backup", Severity::Warning},
    {"state-changed", Severity::Info},
    {"origin-changed", Severity::Warning},
    {"more-specific", Severity::Warning},
    {"moas", Severity::Warning},
    {"path-anomaly", Severity::Warning},
    {"prefix-flapping", Severity::Warning},
    {"mass-withdrawal", Severity::Error},
}};
constexpr std::array<std::string_view, kSeverities> kSeverityNames{"info", "warning", "error",
                                                                   "critical"};

const Row& row(Kind kind) { return kRows[static_cast<std::size_t>(kind)]; }

void cut(std::string& text) {
  if (text.size() > kMostText) text.resize(cut_utf8(text, kMostText).size());
}

}  // namespace

std::string_view to_string(Kind kind) { return row(kind).name; }

std::optional<Kind> parse_kind(std::string_view text) {
  const auto found = std::ranges::find(kRows, text, &Row::name);
  if (found == kRows.end()) return std::nullopt;
  return static_cast<Kind>(found - kRows.begin());
}

bool is_logged_by_source(Kind kind) { return row(kind).logged; }

Severity severity_of(Kind kind) { return row(kind).severity; }

std::string_view to_string(Severity severity) {
  return kSeverityNames[static_cast<std::size_t>(severity)];
}

std::optional<Severity> parse_severity(std::string_view text) {
  const auto* const found = std::ranges::find(kSeverityNames, text);
  if (found == kSeverityNames.end()) return std::nullopt;
  return static_cast<Severity>(found - kSeverityNames.begin());
}

std::string event_key(Kind kind, std::string_view key) {
  return std::string(to_string(kind)) + " " + std::string(key);
}

void cut(Report& report) {
  for (std::string* text :
       {&report.key, &report.summary, &report.cause, &report.group, &report.subject.prefix,
        &report.subject.neighbor, &report.subject.pop, &report.subject.source}) {
    cut(*text);
  }
  while (report.evidence.size() > kMostEvidence) report.evidence.erase(--report.evidence.end());
  for (auto at = report.evidence.begin(); at != report.evidence.end();) {
    cut(at->second);
    const auto entry = at++;
    if (entry->first.size() <= kMostText) continue;
    auto node = report.evidence.extract(entry);
    cut(node.key());
    report.evidence.insert(std::move(node));
  }
}

}  // namespace tern::events
