// The metric families of the baseline.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "exporter/exposition.h"
#include "sample_snapshot.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

std::string baseline_page_of(const Snapshot& snapshot) {
  return expose(snapshot, read_process_stats(), std::chrono::steady_clock::now());
}

TEST(BaselineFamilies, AreThereWithTheSection) {
  EXPECT_FALSE(has_text(baseline_page_of(Snapshot()), "tern_baseline"));
  const std::string text = baseline_page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_baseline_learning 1"));
  EXPECT_TRUE(has_line(text, "tern_baseline_prefixes{state=\"ripe\"} 998000"));
  EXPECT_TRUE(has_line(text, "tern_baseline_prefixes{state=\"unripe\"} 14345"));
  EXPECT_TRUE(has_line(text, "tern_baseline_most_prefixes 1200000"));
  EXPECT_TRUE(has_line(text, "tern_baseline_left_out_prefixes_total 7"));
  EXPECT_TRUE(has_line(text, "tern_baseline_displaced_prefixes_total 5"));
  EXPECT_TRUE(has_line(text, "tern_baseline_open_findings 3"));
  EXPECT_TRUE(has_line(text, "tern_baseline_unreported_findings_total 1"));
  EXPECT_TRUE(has_line(text, "tern_baseline_file_failures_total 2"));
  EXPECT_TRUE(has_line(text, "tern_baseline_bytes 97000000"));
}

}  // namespace
}  // namespace tern::exporter
