#include "bgpd/daemon/metrics.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bgpd/daemon/latency.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/settings_plan.h"

namespace tern::daemon {
namespace {

[[nodiscard]] vrps::RpkiStatus::Cache cache_of(const char* name, bool up) {
  vrps::RpkiStatus::Cache cache;
  cache.name = name;
  cache.up = up;
  return cache;
}

TEST(LocationMetrics, PlacesAreMissingWhereTheyAreExpected) {
  pipeline::LocationRules rules;  // a geofeed alone: places are not expected
  EXPECT_FALSE(expects_places(rules, PeerKind::Ebgp));
  rules.location_default = 0;
  EXPECT_TRUE(expects_places(rules, PeerKind::Ebgp));
  EXPECT_FALSE(expects_places(rules, PeerKind::Ibgp)) << "places come with the routes";
  rules.location_default = kNoPlace;
  rules.dictionary = policy::DictionaryId{0};
  EXPECT_TRUE(expects_places(rules, PeerKind::Ebgp));
  EXPECT_FALSE(expects_places(rules, PeerKind::Ibgp));
  rules.between_pops = true;
  EXPECT_TRUE(expects_places(rules, PeerKind::Ibgp));
}

TEST(ComposeLatency, HasDefaults) {
  const auto config = conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n", "/etc/t.yml");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(compose_latency(**config), latency::BookSettings());
  const auto other = conf::load_text(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "latency: { subjects: 100, worse_percent: 30, least_milliseconds: 2.5, samples: 50, "
      "dwell: 300 }\n",
      "/etc/t.yml");
  ASSERT_TRUE(other.ok());
  const latency::BookSettings set = compose_latency(**other);
  EXPECT_EQ(set.subjects, 100U);
  EXPECT_DOUBLE_EQ(set.rules.worse_by, 0.3);
  EXPECT_EQ(set.rules.least, 2'500U);
  EXPECT_EQ(set.rules.samples, 50U);
  EXPECT_EQ(set.rules.dwell, std::chrono::seconds(300));
}

TEST(RpkiMetrics, NoneWithoutASource) {
  vrps::RpkiStatus status;
  EXPECT_FALSE(sample_rpki(status));
  status.slurm.emplace_back();
  EXPECT_FALSE(sample_rpki(status));
  status.files.emplace_back();
  EXPECT_TRUE(sample_rpki(status));
}

TEST(RpkiMetrics, TheTable) {
  vrps::RpkiStatus status;
  status.files.emplace_back();
  status.table = {true, "near", {5, 6}, 700, 1, 2, 3, 1'700'000'000, 4};
  const auto sample = sample_rpki(status);
  ASSERT_TRUE(sample);
  EXPECT_TRUE(sample->validated);
  EXPECT_EQ(sample->vrps.v4, 5U);
  EXPECT_EQ(sample->vrps.v6, 6U);
  EXPECT_EQ(sample->table_bytes, 700U);
  EXPECT_EQ(sample->filtered, 1U);
  EXPECT_EQ(sample->added, 2U);
  EXPECT_EQ(sample->changes, 3U);
  EXPECT_EQ(sample->sudden_drops, 4U);
  EXPECT_EQ(sample->last_change_timestamp_seconds, 1.7e9);
}

TEST(RpkiMetrics, Caches) {
  vrps::RpkiStatus status;
  status.caches = {cache_of("a", true), cache_of("b", false)};
  status.caches[0].has_data = true;
  status.caches[0].serial = 7;
  status.caches[0].updated = 1'700'000'000;
  status.caches[0].vrps = {3, 4};
  const auto sample = sample_rpki(status);
  ASSERT_TRUE(sample);
  ASSERT_EQ(sample->caches.size(), 2U);
  EXPECT_TRUE(sample->caches[0].up);
  EXPECT_EQ(sample->caches[0].serial, 7U);
  EXPECT_EQ(sample->caches[0].last_update_timestamp_seconds, 1.7e9);
  EXPECT_FALSE(sample->caches[0].expires_timestamp_seconds);
  EXPECT_EQ(sample->caches[0].vrps.v6, 4U);
  EXPECT_FALSE(sample->caches[1].up);
  EXPECT_FALSE(sample->caches[1].serial);
}

TEST(RpkiMetrics, AFileIsGoodUnlessItsContentIsOlder) {
  vrps::RpkiStatus status;
  status.files.resize(2);
  status.files[0].path = "/good";
  status.files[0].state = vrps::FileState::Good;
  status.files[0].read = 1'700'000'000;
  status.files[1].path = "/stale";
  status.files[1].state = vrps::FileState::Stale;
  const auto sample = sample_rpki(status);
  ASSERT_TRUE(sample);
  ASSERT_EQ(sample->files.size(), 2U);
  EXPECT_TRUE(sample->files[0].good);
  EXPECT_EQ(sample->files[0].read_timestamp_seconds, 1.7e9);
  EXPECT_FALSE(sample->files[1].good);
}

TEST(RegistrationMetrics, FilesOfRouteObjectsCountBeforeTheFirstRegistration) {
  exporter::Snapshot snapshot;
  registrations::RegistrationStatus status;
  status.irr.push_back({"/radb.db", vrps::FileState::Good, 9, 2, "no", 1'700'000'000});
  status.irr.push_back({"/ours.csv", vrps::FileState::Bad, 0, 0, "no", {}});
  sample_registrations(status, {}, snapshot);
  EXPECT_FALSE(snapshot.registrations);
  ASSERT_EQ(snapshot.irr.size(), 2U);
  EXPECT_TRUE(snapshot.irr[0].good);
  EXPECT_EQ(snapshot.irr[0].objects, 9U);
  EXPECT_EQ(snapshot.irr[0].left_out, 2U);
  EXPECT_EQ(snapshot.irr[0].read_timestamp_seconds, 1.7e9);
  EXPECT_FALSE(snapshot.irr[1].good);
}

TEST(RegistrationMetrics, OnlyWhereThereAreRegistrationsOrFiles) {
  exporter::Snapshot snapshot;
  registrations::RegistrationStatus status;
  sample_registrations(status, {}, snapshot);
  EXPECT_FALSE(snapshot.registrations);
  status.registrations = 3;
  status.files.push_back({"/a.csv", vrps::FileState::Stale, 2, 0, "no", 1, 1'700'000'000});
  snapshot.quarantined_routes = 7;
  snapshot.last_resorts = {1, 2};
  sample_registrations(status, {}, snapshot);
  ASSERT_TRUE(snapshot.registrations);
  EXPECT_EQ(snapshot.registrations->registrations, 3U);
  EXPECT_EQ(snapshot.registrations->quarantined_routes, 7U);
  EXPECT_EQ(snapshot.registrations->last_resorts.used, 1U);
  EXPECT_EQ(snapshot.registrations->last_resorts.waiting, 2U);
  ASSERT_EQ(snapshot.registrations->files.size(), 1U);
  EXPECT_FALSE(snapshot.registrations->files[0].good);
  EXPECT_EQ(snapshot.registrations->files[0].errors, 1U);
  EXPECT_EQ(snapshot.registrations->files[0].read_timestamp_seconds, 1.7e9);
}

TEST(RegistrationMetrics, VerdictsThatWereNotMadeHaveNoSeries) {
  session::PeerCounters counters;
  counters.quarantined[0] = 4;
  counters.warned[static_cast<std::size_t>(policy::Suspicion::Prepend)] = 2;
  exporter::PeerSample sample;
  sample_guard(counters, sample);
  ASSERT_EQ(sample.guard.size(), 2U);
  EXPECT_EQ(sample.guard[0].kind, "other-origin");
  EXPECT_EQ(sample.guard[0].action, "quarantine");
  EXPECT_EQ(sample.guard[0].count, 4U);
  EXPECT_EQ(sample.guard[1].kind, "prepend");
  EXPECT_EQ(sample.guard[1].action, "warn");
}

TEST(ProbeMetrics, ARoundTripOnlyOfATargetThatAnswers) {
  probes::ProbeStatus status;
  status.targets.resize(2);
  status.targets[0].settings.name = "near";
  status.targets[0].state = probes::TargetState::Answered;
  status.targets[0].round_trip = 11'800;
  status.targets[0].answered = 7;
  status.targets[1].state = probes::TargetState::Lost;
  status.targets[1].lost = 3;
  exporter::Snapshot snapshot;
  sample_probes(status, snapshot);
  ASSERT_EQ(snapshot.probes.size(), 2U);
  EXPECT_EQ(snapshot.probes[0].target, "near");
  EXPECT_DOUBLE_EQ(snapshot.probes[0].round_trip_seconds.value_or(0), 0.0118);
  EXPECT_EQ(snapshot.probes[0].answered, 7U);
  EXPECT_FALSE(snapshot.probes[1].round_trip_seconds);
  EXPECT_EQ(snapshot.probes[1].lost, 3U);
}

TEST(RpkiMetrics, ANameMakesOneSeries) {
  vrps::RpkiStatus status;
  status.caches = {cache_of("192.0.2.1:323", true), cache_of("192.0.2.1:323", false)};
  status.files.resize(2);
  const auto sample = sample_rpki(status);
  ASSERT_TRUE(sample);
  ASSERT_EQ(sample->caches.size(), 1U);
  EXPECT_TRUE(sample->caches[0].up);
  EXPECT_EQ(sample->files.size(), 1U);
}

// Of two PoPs and so many metros.
session::SpeakerSettings with_metros(std::uint32_t metros) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.8}}, {"lhr", "", 2, {51.5, -0.5}}};
  for (std::uint32_t i = 1; i <= metros; ++i) {
    source.metros.push_back({"m" + std::to_string(i), "", i, {1, 2}});
  }
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  session::SpeakerSettings settings;
  settings.asn = 65000;
  settings.identifier = 0x0A000001;
  settings.egress = std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
  return settings;
}

// The loop does not run: this thread has the speaker for itself.
TEST(SnapshotTaker, ExitsComeInSlicesAndBeginAgainWithOtherPlaces) {
  constexpr std::uint32_t kMetros = SnapshotTaker::kExitSlice - 1;
  session::Loop loop;
  session::Speaker speaker(loop, session::SpeakerThreads{});
  const auto apply = [&](std::uint32_t metros) {
    return speaker.apply(session::plan(speaker.running(), with_metros(metros))).ok();
  };
  ASSERT_TRUE(apply(kMetros));
  const api::DaemonFacts facts;
  exporter::Snapshot whole;
  SnapshotTaker taker(speaker, facts);
  for (bool done = false; !done;) {
    const std::size_t before = whole.egress.size();
    done = taker.next(whole);
    ASSERT_LE(whole.egress.size() - before, SnapshotTaker::kExitSlice);
  }
  ASSERT_EQ(whole.egress.size(), 2 * kMetros);
  exporter::Snapshot begun;
  SnapshotTaker second(speaker, facts);
  while (begun.egress.empty()) ASSERT_FALSE(second.next(begun));
  ASSERT_TRUE(apply(10));
  while (!second.next(begun)) {
  }
  EXPECT_EQ(begun.egress.size(), 20U);
}

}  // namespace
}  // namespace tern::daemon
