// The metric families of events.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "exporter/exposition.h"
#include "sample_snapshot.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

std::string event_page_of(const Snapshot& snapshot) {
  return expose(snapshot, read_process_stats(), std::chrono::steady_clock::now());
}

TEST(EventFamilies, CountWhatBeganAndWhatIsOpen) {
  EXPECT_FALSE(has_text(event_page_of(Snapshot()), "tern_event"));
  const std::string text = event_page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_events_total{kind=\"session-down\",severity=\"warning\"} 3"));
  EXPECT_TRUE(has_line(text, "tern_events_open{kind=\"origin-hijack\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_events_kept 42"));
  EXPECT_TRUE(has_line(text, "tern_event_reports_dropped_total 0"));
  EXPECT_TRUE(has_line(text, "tern_event_reports_folded_total 1200"));
  EXPECT_TRUE(has_line(text, "tern_events_forgotten_total 0"));
  EXPECT_TRUE(has_line(text, "tern_event_file_errors_total 0"));
  EXPECT_TRUE(has_line(text, "tern_event_history_up 1"));
  EXPECT_TRUE(has_line(text, "tern_event_history_events 90000"));
  EXPECT_TRUE(has_line(text, "tern_event_history_lost_total 0"));
}

TEST(EventFamilies, OfWebhooks) {
  EXPECT_FALSE(has_text(event_page_of(Snapshot()), "tern_webhook"));
  const std::string text = event_page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_webhook_up{webhook=\"noc\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_webhook_up{webhook=\"siem\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_webhook_events_waiting{webhook=\"siem\"} 10000"));
  EXPECT_TRUE(has_line(text, "tern_webhook_events_delivered_total{webhook=\"noc\"} 90"));
  EXPECT_TRUE(has_line(
      text, "tern_webhook_events_dropped_total{webhook=\"siem\",reason=\"queue-full\"} 7"));
  EXPECT_TRUE(
      has_line(text, "tern_webhook_events_dropped_total{webhook=\"noc\",reason=\"refused\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_webhook_requests_total{webhook=\"noc\",result=\"success\"} 37"));
  EXPECT_TRUE(has_line(text, "tern_webhook_requests_total{webhook=\"noc\",result=\"failure\"} 3"));
  EXPECT_TRUE(
      has_line(text, "tern_webhook_last_success_timestamp_seconds{webhook=\"noc\"} 1700000000"));
}

}  // namespace
}  // namespace tern::exporter
