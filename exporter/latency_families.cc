#include "exporter/latency_families.h"

namespace tern::exporter {

void write_latency_families(FamilyWriter& out, const LatencySample& sample) {
  out.gauge("tern_latency_subjects",
            "Registered prefixes, metros and neighbors whose latency is kept, by kind", [&] {
              for (const auto& [kind, count] : sample.subjects) out.add({{"kind", kind}}, count);
            });
  out.gauge("tern_latency_degraded",
            "Registered prefixes and metros whose latency is longer than usual, by kind", [&] {
              for (const auto& [kind, count] : sample.degraded) out.add({{"kind", kind}}, count);
            });
  out.gauge(
      "tern_latency_long_degraded",
      "Registered prefixes and metros whose latency has been longer than usual for 15 minutes, "
      "by kind",
      [&] {
        for (const auto& [kind, count] : sample.lasting) out.add({{"kind", kind}}, count);
      });
  out.counter("tern_latency_round_trips_total", "Round trips that were taken, by source", [&] {
    for (const auto& [source, count] : sample.taken) out.add({{"source", source}}, count);
  });
  out.counter(
      "tern_latency_refused_round_trips_total",
      "Round trips of reports, and of probes beyond latency.subjects, that were refused, by reason",
      [&] {
        for (const auto& [reason, count] : sample.refused) {
          out.add({{"reason", reason}}, count);
        }
      });
  out.gauge("tern_latency_bytes", "Memory of the latency that is kept", sample.octets);
  out.gauge("tern_metro_latency_seconds",
            "Round trip to users of the metro, by percentile of the last five minutes; absent "
            "without round trips",
            [&] {
              for (const LatencySample::Metro& one : sample.metros) {
                out.add({{"metro", one.metro}, {"percentile", "50"}}, one.p50_seconds);
                out.add({{"metro", one.metro}, {"percentile", "95"}}, one.p95_seconds);
                out.add({{"metro", one.metro}, {"percentile", "99"}}, one.p99_seconds);
              }
            });
  out.gauge("tern_metro_latency_degraded", "1: the latency of the metro is longer than usual", [&] {
    for (const LatencySample::Metro& one : sample.metros) {
      out.add({{"metro", one.metro}}, one.degraded ? 1 : 0);
    }
  });
  if (sample.slowest_prefix_seconds > 0) {
    out.gauge("tern_latency_slowest_prefix_seconds",
              "Longest 95th percentile of five minutes of all registered prefixes",
              sample.slowest_prefix_seconds);
  }
}

}  // namespace tern::exporter
