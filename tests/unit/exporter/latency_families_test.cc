// The metric families of latency.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "exporter/exposition.h"
#include "sample_snapshot.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

std::string latency_page_of(const Snapshot& snapshot) {
  return expose(snapshot, read_process_stats(), std::chrono::steady_clock::now());
}

TEST(LatencyFamilies, HaveMetrosAndCounts) {
  EXPECT_FALSE(has_text(latency_page_of(Snapshot()), "tern_latency"));
  const std::string text = latency_page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_latency_subjects{kind=\"prefix\"} 120"));
  EXPECT_TRUE(has_line(text, "tern_latency_degraded{kind=\"metro\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_latency_long_degraded{kind=\"prefix\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_latency_round_trips_total{source=\"report\"} 48000"));
  EXPECT_TRUE(has_line(text, "tern_latency_refused_round_trips_total{reason=\"unknown\"} 3"));
  EXPECT_TRUE(has_line(text, "tern_latency_bytes 900000"));
  EXPECT_TRUE(
      has_text(text, "tern_metro_latency_seconds{metro=\"Frankfurt\",percentile=\"95\"} 0.012"));
  EXPECT_TRUE(has_line(text, "tern_metro_latency_degraded{metro=\"Lagos\"} 1"));
  EXPECT_TRUE(has_text(text, "tern_latency_slowest_prefix_seconds 0.21"));
}

TEST(LatencyFamilies, TheSlowestPrefixIsAbsentWithoutOne) {
  Snapshot snapshot;
  snapshot.latency.emplace();
  EXPECT_FALSE(has_text(latency_page_of(snapshot), "tern_latency_slowest_prefix_seconds"));
}

}  // namespace
}  // namespace tern::exporter
