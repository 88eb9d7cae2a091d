#include "bgpd/latency/latency_reports.h"

#include <cstdio>
#include <string>

namespace tern::latency {
namespace {

using events::Report;

// "21.4 ms"
std::string milliseconds_text(EgressCost microseconds) {
  char text[32] = "";
  (void)std::snprintf(text, sizeof text, "%.1f ms", microseconds / 1000.0);
  return text;
}

Report about(const Subject& subject, Report::What what) {
  Report report{.what = what, .kind = events::Kind::LatencyDegraded};
  report.key = std::string(to_string(subject.kind)) + " " + subject.text();
  if (subject.kind == Subject::Kind::Prefix) report.subject.prefix = subject.text();
  if (subject.kind == Subject::Kind::Metro) report.subject.source = subject.name;
  if (subject.kind == Subject::Kind::Neighbor) report.subject.neighbor = subject.name;
  return report;
}

}  // namespace

Report degraded_report(const Subject& subject, const Track& track) {
  Report report = about(subject, Report::What::Begin);
  const Percentiles& latest = track.latest();
  const std::string usual = track.baseline() ? milliseconds_text(*track.baseline()) : "unknown";
  report.summary = "latency of " + report.key + " is degraded: ";
  report.evidence = {{"usual p95", usual},
                     {"round trips of 5 minutes", std::to_string(latest.count)},
                     {"shown by", "ternctl show latency " + subject.text() + " history"}};
  if (latest.count == 0) {
    report.summary += "no round trip since, usually " + usual;
    return report;
  }
  report.summary += "p95 " + milliseconds_text(latest.p95) + ", usually " + usual;
  report.evidence["p50"] = milliseconds_text(latest.p50);
  report.evidence["p95"] = milliseconds_text(latest.p95);
  report.evidence["p99"] = milliseconds_text(latest.p99);
  return report;
}

Report ended_report(const Subject& subject) { return about(subject, Report::What::End); }

}  // namespace tern::latency
