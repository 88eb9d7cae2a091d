#include "bgpd/daemon/latency.h"

#include <chrono>
#include <cmath>
#include <string>

namespace tern::daemon {
namespace {

using latency::Subject;

double seconds_of(EgressCost microseconds) { return microseconds * 1e-6; }

void sample_metros(const latency::LatencyBook& book, std::uint32_t now,
                   exporter::LatencySample& sample) {
  auto at = book.tracks().lower_bound({.kind = Subject::Kind::Metro});
  for (; at != book.tracks().end() && at->first.kind == Subject::Kind::Metro; ++at) {
    if (sample.metros.size() == kMostSampledMetros) return;
    const auto of = at->second.percentiles(latency::Window::FiveMinutes, now);
    if (of.count == 0) continue;
    sample.metros.push_back({.metro = at->first.name,
                             .p50_seconds = seconds_of(of.p50),
                             .p95_seconds = seconds_of(of.p95),
                             .p99_seconds = seconds_of(of.p99),
                             .degraded = at->second.degraded()});
  }
}

}  // namespace

latency::BookSettings compose_latency(const conf::Config& config) {
  const conf::proto::Latency& file = config.file.latency();
  latency::BookSettings settings;
  if (file.has_subjects()) settings.subjects = file.subjects();
  if (file.has_worse_percent()) settings.rules.worse_by = file.worse_percent() / 100.0;
  if (file.has_least_milliseconds()) {
    settings.rules.least = static_cast<EgressCost>(std::lround(file.least_milliseconds() * 1000));
  }
  if (file.has_samples()) settings.rules.samples = file.samples();
  if (file.has_dwell()) settings.rules.dwell = std::chrono::seconds(file.dwell());
  return settings;
}

void sample_latency(const latency::LatencyWatch& watch, exporter::Snapshot& snapshot) {
  exporter::LatencySample& sample = snapshot.latency.emplace();
  const auto& counts = watch.book().counts();
  for (std::size_t i = 0; i < latency::kSubjectKinds; ++i) {
    const std::string kind(to_string(static_cast<Subject::Kind>(i)));
    sample.subjects.emplace_back(kind, counts.subjects[i]);
    sample.degraded.emplace_back(kind, counts.degraded[i]);
    sample.lasting.emplace_back(kind, watch.lasting()[i]);
  }
  for (std::size_t i = 0; i < latency::kSources; ++i) {
    sample.taken.emplace_back(to_string(static_cast<latency::Source>(i)), watch.taken()[i]);
  }
  for (std::size_t i = 0; i < latency::kRefusals; ++i) {
    sample.refused.emplace_back(to_string(static_cast<latency::Refusal>(i)), watch.refused()[i]);
  }
  sample.octets = watch.octets();
  sample.slowest_prefix_seconds = seconds_of(watch.slowest_prefix());
  sample_metros(watch.book(), watch.now(), sample);
}

}  // namespace tern::daemon
