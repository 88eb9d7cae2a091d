// The metric families of registered prefixes.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "exporter/exposition.h"
#include "sample_snapshot.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

std::string page_of(const Snapshot& snapshot) {
  return expose(snapshot, read_process_stats(), std::chrono::steady_clock::now());
}

TEST(RegistrationFamilies, OnlyWhereThereAreRegistrationsOrFiles) {
  EXPECT_FALSE(has_text(page_of(Snapshot()), "tern_registration"));
  const std::string text = page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_registrations 1203"));
  EXPECT_TRUE(has_line(text, "tern_registrations_unmet 0"));
  EXPECT_TRUE(has_line(text, "tern_quarantined_routes 2"));
  EXPECT_TRUE(has_line(text, "tern_registered_prefixes{state=\"healthy\"} 1200"));
  EXPECT_TRUE(has_line(
      text,
      "tern_peer_guard_verdicts_total{peer=\"10.0.0.0\",kind=\"prepend\",action=\"warn\"} 7"));
  EXPECT_TRUE(has_line(text, "tern_registration_file_good{file=\"/etc/tern/customers.csv\"} 1"));
  EXPECT_TRUE(has_line(
      text, "tern_registration_file_registrations{file=\"/etc/tern/customers.csv\"} 1200"));
  EXPECT_TRUE(
      has_line(text, "tern_registration_file_errors_total{file=\"/etc/tern/late.yaml\"} 1"));
  EXPECT_FALSE(has_series(text, "tern_registration_file_read_timestamp_seconds", "late.yaml"));
  EXPECT_FALSE(has_text(text, "tern_registration_store"));
  Snapshot stored;
  stored.registrations.emplace().last_resorts = {1, 4};
  stored.registrations->stored = RegistrationSample::Stored{true, 7, 9, 1};
  stored.registrations->unmet = 5;
  const std::string with_store = page_of(stored);
  EXPECT_TRUE(has_line(with_store, "tern_registration_store_good 1"));
  EXPECT_TRUE(has_line(with_store, "tern_registrations_stored 7"));
  EXPECT_TRUE(has_line(with_store, "tern_registrations_unmet 5"));
  EXPECT_TRUE(has_line(with_store, "tern_registration_store_in_force 1"));
  EXPECT_TRUE(has_line(with_store, "tern_last_resort_routes{state=\"used\"} 1"));
  EXPECT_TRUE(has_line(with_store, "tern_last_resort_routes{state=\"waiting\"} 4"));
  EXPECT_TRUE(has_line(with_store, "tern_registration_writes_total 9"));
  EXPECT_TRUE(has_line(with_store, "tern_registration_store_errors_total 1"));
  EXPECT_TRUE(has_line(with_store, "tern_guard_orders{kind=\"block\"} 0"));
  stored.registrations->stored->in_force = false;
  EXPECT_TRUE(has_line(page_of(stored), "tern_registration_store_in_force 0"));
  Snapshot none;
  none.registrations.emplace();
  EXPECT_FALSE(has_text(page_of(none), "tern_registration_file"));
}

TEST(RegistrationFamilies, FilesOfRouteObjects) {
  const std::string text = page_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_irr_file_good{file=\"/etc/tern/radb.db\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_irr_file_good{file=\"/etc/tern/ours.csv\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_irr_file_objects{file=\"/etc/tern/radb.db\"} 1400000"));
  EXPECT_TRUE(has_line(text, "tern_irr_file_left_out_objects{file=\"/etc/tern/radb.db\"} 2"));
  EXPECT_FALSE(has_series(text, "tern_irr_file_read_timestamp_seconds", "ours.csv"));
  EXPECT_FALSE(has_text(page_of(Snapshot()), "tern_irr"));
}

// A block needs no registration.
TEST(RegistrationFamilies, OrdersAreCountedWithoutRegistrations) {
  Snapshot snapshot;
  snapshot.releases = 2;
  snapshot.blocks = 3;
  const std::string text = page_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_guard_orders{kind=\"release\"} 2"));
  EXPECT_TRUE(has_line(text, "tern_guard_orders{kind=\"block\"} 3"));
}

}  // namespace
}  // namespace tern::exporter
