// How show latency, latency report and latency import look on a terminal.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

api::proto::Response two_subjects() {
  return response(R"(latency {
    subjects { of: "203.0.113.0/24" kind: "prefix"
      windows { window: "5m" count: 312 p50_us: 21400 p95_us: 45200 p99_us: 90100 }
      windows { window: "1h" count: 3120 p50_us: 20000 p95_us: 30500 p99_us: 60000 }
      windows { window: "24h" count: 61000 p50_us: 20000 p95_us: 22100 p99_us: 25000 }
      state: "degraded" state_since_seconds: 1799999880 usual_p95_us: 21900
      last_seconds: 1799999997
      history { begin_seconds: 1799996400 count: 2900 p50_us: 20000 p95_us: 22000 p99_us: 25000 } }
    subjects { of: "paris" kind: "metro" windows { window: "5m" } windows { window: "1h" }
      windows { window: "24h" count: 3 p50_us: 9000 p95_us: 9100 p99_us: 9100 }
      state: "learning" last_seconds: 1799992800 } } last: true)");
}

TEST(LatencyView, ShowsPercentilesAndState) {
  EXPECT_EQ(
      rendered({"show", "latency"}, {two_subjects()}),
      R"(Of              Kind    Count      p50      p95      p99   p95 1h  p95 24h  Usual p95  Last  State
203.0.113.0/24  prefix    312  21.4 ms  45.2 ms  90.1 ms  30.5 ms  22.1 ms    21.9 ms    3s  degraded for 2m
paris           metro       0        -        -        -        -   9.1 ms          -    2h  learning
)");
}

TEST(LatencyView, ShowsTheHoursOfOne) {
  const std::string text =
      rendered({"show", "latency", "203.0.113.0/24", "history"}, {two_subjects()});
  EXPECT_NE(text.find("Count      p50      p95      p99\n"), std::string::npos) << text;
  EXPECT_NE(text.find("2027-01-15 07:00  2,900  20.0 ms  22.0 ms  25.0 ms\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("    No hour is over yet.\n"), std::string::npos) << text;
}

TEST(LatencyView, SaysWhyThereIsNothing) {
  const auto nothing = response("latency { } last: true");
  EXPECT_EQ(rendered({"show", "latency"}, {nothing}), "No round trip was reported.\n");
  EXPECT_EQ(rendered({"show", "latency", "paris"}, {nothing}),
            "No round trip of paris was reported.\n");
  EXPECT_EQ(rendered({"show", "latency", "degraded"}, {nothing}), "No latency is degraded.\n");
}

TEST(LatencyView, JsonIsAnArrayOfSubjects) {
  const std::string text = rendered_json({"show", "latency"}, {two_subjects(), two_subjects()});
  EXPECT_EQ(text.rfind("[\n", 0), 0U);
  EXPECT_NE(text.find("\"of\":\"paris\""), std::string::npos) << text;
}

TEST(LatencyView, ReportsSayWhatWasTaken) {
  EXPECT_EQ(rendered({"latency", "report", "paris", "9"},
                     {response("latency_report { taken: 1 } last: true")}),
            "1 round trip taken\n");
  const auto refused = response(R"(latency_report { taken: 5 refused: 3 more_errors: 2
    errors { report: 7 of: "lisbon" text: "expected a metro" } } last: true)");
  EXPECT_EQ(rendered({"latency", "report", "lisbon", "9"}, {refused}),
            "'lisbon': expected a metro\nand 2 more errors\n5 round trips taken, 3 refused\n");
  EXPECT_EQ(rendered({"latency", "import", "f.csv"}, {refused}),
            "f.csv:7: 'lisbon': expected a metro\nand 2 more errors\n"
            "5 round trips taken, 3 refused\n");
}

}  // namespace
}  // namespace tern::ctl
