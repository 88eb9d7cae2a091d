#include "exporter/exposition.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <sstream>
#include <string>

#include "exporter/label_text.h"
#include "sample_snapshot.h"
#include "text_match.h"

namespace tern::exporter {
namespace {

[[nodiscard]] std::string text_of(const Snapshot& snapshot) {
  return expose(snapshot, read_process_stats(), std::chrono::steady_clock::now());
}

[[nodiscard]] Snapshot one_peer() {
  Snapshot snapshot;
  PeerSample peer;
  peer.peer = "192.0.2.1";
  snapshot.peers.push_back(peer);
  return snapshot;
}

TEST(Exposition, CountersAndOnlyTheyEndInTotal) {
  std::istringstream text(text_of(sample_snapshot(3, 10)));
  int families = 0;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string hash, keyword, name, type;
    words >> hash >> keyword >> name >> type;
    if (hash != "#" || keyword != "TYPE") continue;
    ++families;
    const bool total = name.size() > 6 && name.compare(name.size() - 6, 6, "_total") == 0;
    EXPECT_EQ(total, type == "counter") << line;
    EXPECT_TRUE(name.rfind("tern_", 0) == 0 || name.rfind("process_", 0) == 0) << line;
  }
  EXPECT_GE(families, 45);
}

TEST(Exposition, NoSeriesAppearsTwice) {
  std::istringstream text(text_of(sample_snapshot(20, 10)));
  std::set<std::string> seen;
  for (std::string line; std::getline(text, line);) {
    EXPECT_TRUE(seen.insert(line.substr(0, line.rfind(' '))).second || line[0] == '#') << line;
  }
  EXPECT_GT(seen.size(), 1000U);
}

TEST(Exposition, StaleFilesOfTheConfiguration) {
  Snapshot snapshot = one_peer();
  EXPECT_TRUE(has_line(text_of(snapshot), "tern_config_stale_files 0"));
  snapshot.config_stale_files = 2;
  EXPECT_TRUE(has_line(text_of(snapshot), "tern_config_stale_files 2"));
}

TEST(Exposition, PeerStateIsASetOfTheSixStates) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].state = 4;
  const std::string text = text_of(snapshot);
  for (const char* state : {"Idle", "Connect", "Active", "OpenConfirm", "Established"}) {
    EXPECT_TRUE(has_line(
        text, "tern_peer_state{peer=\"192.0.2.1\",state=\"" + std::string(state) + "\"} 0"))
        << state;
  }
  EXPECT_TRUE(has_line(text, "tern_peer_state{peer=\"192.0.2.1\",state=\"OpenSent\"} 1"));
}

TEST(Exposition, PeerInfoCarriesTheTextsOfAPeer) {
  const std::string text = text_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text,
                       "tern_peer_info{peer=\"10.0.0.0\",name=\"partner-0\",remote_as=\"65001\","
                       "local_as=\"65000\",description=\"Partner \\\"0\\\" Broadband\","
                       "peer_group=\"clients\",role=\"peer\",pop=\"ams\"} 1"));
}

TEST(Exposition, RouteFiltersOnlyWhereThereAreSome) {
  Snapshot snapshot = one_peer();
  EXPECT_FALSE(has_text(text_of(snapshot), "tern_peer_route_filter"));
  snapshot.peers[0].route_filter = {0, 2};
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_peer_route_filter_communities{peer=\"192.0.2.1\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_peer_route_filter_edits{peer=\"192.0.2.1\"} 2"));
}

TEST(Exposition, LabelsAreEscaped) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].last_error = "a \"quote\", a \\ and\na line";
  EXPECT_TRUE(has_line(text_of(snapshot),
                       "tern_peer_last_error_info{peer=\"192.0.2.1\","
                       "error=\"a \\\"quote\\\", a \\\\ and\\na line\"} 1"));
}

TEST(Exposition, APeersBytesThatAreNoTextDoNotBreakTheScrape) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].last_error = std::string("bye\0\xff", 5);
  EXPECT_TRUE(
      has_line(text_of(snapshot),
               "tern_peer_last_error_info{peer=\"192.0.2.1\",error=\"bye\uFFFD\uFFFD\"} 1"));
}

TEST(Exposition, AnErrorThatNeverHappenedHasNoSeries) {
  EXPECT_FALSE(has_text(text_of(one_peer()), "tern_peer_last_error_info"));
}

TEST(Exposition, BucketsAreCumulative) {
  Snapshot snapshot;
  snapshot.update_propagation = {{0.001, 0.01, 1}, {4, 3, 2, 1}, 7.5};
  const std::string text = text_of(snapshot);
  const std::string name = "tern_update_propagation_seconds";
  EXPECT_TRUE(has_text(text, "# TYPE " + name + " histogram\n"));
  EXPECT_TRUE(has_line(text, name + "_bucket{le=\"0.001\"} 4"));
  EXPECT_TRUE(has_line(text, name + "_bucket{le=\"0.01\"} 7"));
  EXPECT_TRUE(has_line(text, name + "_bucket{le=\"1\"} 9"));
  EXPECT_TRUE(has_line(text, name + "_bucket{le=\"+Inf\"} 10"));
  EXPECT_TRUE(has_line(text, name + "_count 10"));
  EXPECT_TRUE(has_line(text, name + "_sum 7.5"));
}

TEST(Exposition, AHistogramWithoutObservationsIsThere) {
  const std::string text = text_of(Snapshot{});
  EXPECT_TRUE(has_line(text, "tern_reload_stall_seconds_bucket{le=\"+Inf\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_reload_stall_seconds_count 0"));
}

TEST(Exposition, RoutesEvaluatedAgainByDirection) {
  Snapshot snapshot;
  snapshot.reevaluated_imports = 3;
  snapshot.reevaluated_exports = 4;
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_reevaluated_routes_total{direction=\"import\"} 3"));
  EXPECT_TRUE(has_line(text, "tern_reevaluated_routes_total{direction=\"export\"} 4"));
}

TEST(Exposition, RoutesPerFamilyAndStage) {
  Snapshot snapshot = one_peer();
  auto& family = snapshot.peers[0].families[index(Family::Ipv6Unicast)];
  family.negotiated = true;
  family.received = 12;
  family.accepted = 10;
  family.rejected = 2;
  family.advertised = 7;
  family.withdraw_in = 3;
  const std::string text = text_of(snapshot);
  const std::string labels = "{peer=\"192.0.2.1\",afi=\"ipv6\",";
  EXPECT_TRUE(
      has_line(text, "tern_peer_routes" + labels + "safi=\"unicast\",stage=\"received\"} 12"));
  EXPECT_TRUE(
      has_line(text, "tern_peer_routes" + labels + "safi=\"unicast\",stage=\"accepted\"} 10"));
  EXPECT_TRUE(
      has_line(text, "tern_peer_routes" + labels + "safi=\"unicast\",stage=\"rejected\"} 2"));
  EXPECT_TRUE(
      has_line(text, "tern_peer_routes" + labels + "safi=\"unicast\",stage=\"advertised\"} 7"));
  EXPECT_TRUE(has_line(
      text, "tern_peer_route_changes_total" + labels + "direction=\"in\",op=\"withdraw\"} 3"));
  // IPv4 is neither negotiated nor was it ever used.
  EXPECT_TRUE(has_series(text, "tern_peer_routes", "afi=\"ipv6\""));
  EXPECT_FALSE(has_series(text, "tern_peer_routes", "afi=\"ipv4\""));
  EXPECT_FALSE(has_text(text, "tern_peer_prefix_limit{"));
}

// The label afi tells families apart where a series has no safi. A limit of an IP version makes no
// series of a family that the session does not have.
TEST(Exposition, FamiliesOfOneVersionHaveSeriesOfTheirOwn) {
  Snapshot snapshot = one_peer();
  for (auto& family : snapshot.peers[0].families) family.prefix_limit = 100;
  auto& multicast = snapshot.peers[0].families[index(Family::Ipv4Multicast)];
  multicast.negotiated = true;
  multicast.received = 4;
  const std::string text = text_of(snapshot);
  const std::string routes = "tern_peer_routes{peer=\"192.0.2.1\",afi=\"ipv4";
  EXPECT_TRUE(has_line(text, routes + "\",safi=\"unicast\",stage=\"received\"} 0"));
  EXPECT_TRUE(has_line(text, routes + "-multicast\",safi=\"multicast\",stage=\"received\"} 4"));
  EXPECT_TRUE(has_series(text, "tern_peer_prefix_limit", "afi=\"ipv4-multicast\""));
  EXPECT_TRUE(has_series(text, "tern_peer_prefix_limit", "afi=\"ipv6\""));
  EXPECT_FALSE(has_text(text, "afi=\"ipv6-multicast\""));
}

TEST(Exposition, CountersOfAFamilyOutliveItsSession) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].families[index(Family::Ipv4Unicast)].announce_in = 5;
  EXPECT_TRUE(has_line(text_of(snapshot),
                       "tern_peer_route_changes_total{peer=\"192.0.2.1\",afi=\"ipv4\","
                       "direction=\"in\",op=\"announce\"} 5"));
}

TEST(Exposition, EveryReasonIsCountedFromZero) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].rejected_total[static_cast<std::size_t>(Reason::RouteLeak)] = 9;
  const std::string text = text_of(snapshot);
  const auto line = [](const std::string& reason, int count) {
    return "tern_routes_rejected_total{peer=\"192.0.2.1\",reason=\"" + reason + "\"} " +
           std::to_string(count);
  };
  EXPECT_TRUE(has_line(text, line("route-leak", 9)));
  EXPECT_TRUE(has_line(text, line("as-loop", 0)));
  EXPECT_FALSE(has_line(text, line("none", 0)));
}

TEST(Exposition, ThePoliciesOwnWordsAreReasons) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].rejected_by_word = {{"not-ours", 3}, {"private-asn", 0}};
  const std::string text = text_of(snapshot);
  const std::string name = "tern_routes_rejected_total{peer=\"192.0.2.1\",reason=\"";
  EXPECT_TRUE(has_line(text, name + "not-ours\"} 3"));
  EXPECT_TRUE(has_line(text, name + "private-asn\"} 0"));
}

TEST(Exposition, MessagesAndNotificationsHaveADirection) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].messages_in[2] = 40;
  snapshot.peers[0].messages_out[5] = 1;
  snapshot.peers[0].notifications = {{true, 6, 4, 2}, {false, 6, NotificationCount::kOther, 1}};
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(
      text, "tern_peer_messages_total{peer=\"192.0.2.1\",direction=\"in\",type=\"update\"} 40"));
  EXPECT_TRUE(has_line(
      text,
      "tern_peer_messages_total{peer=\"192.0.2.1\",direction=\"out\",type=\"route-refresh\"} 1"));
  EXPECT_TRUE(has_line(text,
                       "tern_peer_notifications_total{peer=\"192.0.2.1\",direction=\"out\","
                       "code=\"6\",subcode=\"4\"} 2"));
  EXPECT_TRUE(has_line(text,
                       "tern_peer_notifications_total{peer=\"192.0.2.1\",direction=\"in\","
                       "code=\"6\",subcode=\"other\"} 1"));
}

TEST(Exposition, BigCountersKeepEveryDigit) {
  Snapshot snapshot = one_peer();
  snapshot.peers[0].bytes_in = 9'007'199'254'740'991;  // 2^53 - 1
  EXPECT_TRUE(
      has_line(text_of(snapshot),
               "tern_peer_bytes_total{peer=\"192.0.2.1\",direction=\"in\"} 9007199254740991"));
}

TEST(Exposition, EgressOnlyWhereItIsOn) {
  Snapshot snapshot = sample_snapshot(1, 0);
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(
      text, "tern_egress_selected_prefixes{vantage=\"ams\",pop=\"iad\",metro=\"unknown\"} 12"));
  EXPECT_TRUE(has_series(text, "tern_egress_cost_seconds", "metro=\"paris\""));
  EXPECT_FALSE(has_series(text, "tern_egress_cost_seconds", "metro=\"unknown\""));
  EXPECT_TRUE(has_line(text, "tern_pop_cost_seconds{from=\"ams\",to=\"lhr\"} 0.007"));
  snapshot.egress_enabled = false;
  EXPECT_FALSE(has_text(text_of(snapshot), "tern_egress_"));
}

TEST(Exposition, NextHops) {
  EXPECT_FALSE(has_text(text_of(one_peer()), "tern_next_hop"));
  Snapshot snapshot = one_peer();
  snapshot.next_hops = NextHopSample{{{"kernel", 12}, {"no-route", 2}}, 1, 9, 5, 3};
  snapshot.unresolved_routes = 700;
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_next_hops{state=\"kernel\"} 12"));
  EXPECT_TRUE(has_line(text, "tern_next_hops{state=\"no-route\"} 2"));
  EXPECT_TRUE(has_line(text, "tern_next_hops_held 1"));
  EXPECT_TRUE(has_line(text, "tern_next_hop_changes_total 9"));
  EXPECT_TRUE(has_line(text, "tern_next_hop_flaps_total 5"));
  EXPECT_TRUE(has_line(text, "tern_next_hops_refused_total 3"));
  EXPECT_TRUE(has_line(text, "tern_next_hop_unresolved_routes 700"));
}

TEST(Exposition, AProbeWithoutAnAnswerHasNoRoundTrip) {
  const std::string text = text_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_egress_probe_rtt_seconds{target=\"berlin\"} 0.0118"));
  EXPECT_FALSE(has_series(text, "tern_egress_probe_rtt_seconds", "target=\"lhr\""));
  EXPECT_TRUE(has_line(text, "tern_egress_probes_total{target=\"lhr\",result=\"lost\"} 9"));
}

TEST(Exposition, OriginValidationOnlyWhereThereIsASource) {
  EXPECT_FALSE(has_text(text_of(one_peer()), "tern_rpki_"));
  Snapshot snapshot = one_peer();
  snapshot.rpki.emplace();
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_rpki_validated 0"));
  EXPECT_TRUE(has_line(text, "tern_rpki_vrps{afi=\"ipv4\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_rpki_sudden_drops_total 0"));
  EXPECT_FALSE(has_text(text, "tern_rpki_cache_"));
  EXPECT_FALSE(has_text(text, "tern_rpki_file_"));
}

TEST(Exposition, TheKernelsRoutesOnlyWhereThereAreSome) {
  EXPECT_FALSE(has_text(text_of(one_peer()), "tern_kernel_"));
  Snapshot snapshot = one_peer();
  snapshot.kernel.emplace();
  snapshot.kernel->wanted = 10;
  snapshot.kernel->installed = 7;
  snapshot.kernel->waiting = 2;
  snapshot.kernel->failed = {{"no-route", 1}, {"foreign", 0}};
  snapshot.kernel->refused = {{"foreign", 5}};
  snapshot.kernel->restored = 4;
  snapshot.kernel->remembered = 11;
  snapshot.kernel->unanswered = 6;
  const std::string text = text_of(snapshot);
  EXPECT_TRUE(has_line(text, "tern_kernel_routes{state=\"installed\"} 7"));
  EXPECT_TRUE(has_line(text, "tern_kernel_routes{state=\"waiting\"} 2"));
  EXPECT_TRUE(has_line(text, "tern_kernel_routes{state=\"unwanted\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_kernel_routes_wanted 10"));
  EXPECT_TRUE(has_line(text, "tern_kernel_routes_failed{reason=\"no-route\"} 1"));
  EXPECT_TRUE(has_line(text, "tern_kernel_routes_failed{reason=\"foreign\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_kernel_errors_total{reason=\"foreign\"} 5"));
  EXPECT_TRUE(has_line(text, "tern_kernel_changes_total{change=\"add\"} 0"));
  EXPECT_TRUE(has_line(text, "tern_kernel_restored_total 4"));
  EXPECT_TRUE(has_line(text, "tern_kernel_prefixes 11"));
  EXPECT_TRUE(has_line(text, "tern_kernel_unanswered_total 6"));
  EXPECT_TRUE(has_line(text, "tern_kernel_resyncs_total{of=\"journal\"} 0"));
}

TEST(Exposition, TheTableOfVrps) {
  const std::string text = text_of(sample_snapshot(1, 0));
  EXPECT_TRUE(has_line(text, "tern_rpki_validated 1"));
  EXPECT_TRUE(has_line(text, "tern_rpki_vrps{afi=\"ipv4\"} 500000"));
  EXPECT_TRUE(has_line(text, "tern_rpki_vrps{afi=\"ipv6\"} 120000"));
  EXPECT_TRUE(has_line(text, "tern_rpki_table_bytes 12000000"));
  EXPECT_TRUE(has_line(text, "tern_rpki_changes_total 3"));
  EXPECT_TRUE(has_line(text, "tern_rpki_sudden_drops_total 1"));
  EXPECT_TRUE(has_line(text, "tern_rpki_exceptions{kind=\"filtered\"} 4"));
  EXPECT_TRUE(has_line(text, "tern_rpki_exceptions{kind=\"added\"} 2"));
  EXPECT_TRUE(has_line(text, "tern_rpki_last_change_timestamp_seconds 1700000060"));
}

TEST(Exposition, CachesOfVrps) {
  const std::string text = text_of(sample_snapshot(1, 0));
  const auto line = [](const std::string& what, const std::string& more, const std::string& value) {
    return "tern_rpki_cache_" + what + "{cache=\"near\"" + more + "} " + value;
  };
  EXPECT_TRUE(has_line(text, line("up", "", "1")));
  EXPECT_TRUE(has_line(text, line("in_use", "", "1")));
  EXPECT_TRUE(has_line(text, line("vrps", ",afi=\"ipv4\"", "500002")));
  EXPECT_TRUE(has_line(text, line("vrps", ",afi=\"ipv6\"", "120000")));
  EXPECT_TRUE(has_line(text, line("serial", "", "77")));
  EXPECT_TRUE(has_line(text, line("last_update_timestamp_seconds", "", "1700000060")));
  EXPECT_TRUE(has_line(text, line("expires_timestamp_seconds", "", "1700007260")));
  EXPECT_TRUE(has_line(text, line("connects_total", "", "1")));
  EXPECT_TRUE(has_line(text, line("pdus_total", ",direction=\"in\"", "620005")));
  EXPECT_TRUE(has_line(text, line("pdus_total", ",direction=\"out\"", "4")));
  // The second cache has never been reached: nothing to expire, but counters.
  const std::string far = "cache=\"192.0.2.10:323\"";
  EXPECT_TRUE(has_line(text, "tern_rpki_cache_up{" + far + "} 0"));
  const std::string reports = "tern_rpki_cache_error_reports_total{" + far + ",direction=";
  EXPECT_TRUE(has_line(text, reports + "\"in\"} 1"));
  EXPECT_TRUE(has_line(text, reports + "\"out\"} 2"));
  for (const char* name :
       {"serial", "last_update_timestamp_seconds", "expires_timestamp_seconds"}) {
    EXPECT_FALSE(has_series(text, std::string("tern_rpki_cache_") + name, far)) << name;
  }
}

TEST(Exposition, FilesOfVrps) {
  const std::string text = text_of(sample_snapshot(1, 0));
  const std::string good = "{file=\"/var/lib/rpki-client/json\"";
  EXPECT_TRUE(has_line(text, "tern_rpki_file_good" + good + "} 1"));
  EXPECT_TRUE(has_line(text, "tern_rpki_file_vrps" + good + ",afi=\"ipv4\"} 499000"));
  EXPECT_TRUE(has_line(text, "tern_rpki_file_vrps" + good + ",afi=\"ipv6\"} 119000"));
  EXPECT_TRUE(has_line(text, "tern_rpki_file_read_timestamp_seconds" + good + "} 1700000005"));
  const std::string late = "file=\"/etc/tern/late.json\"";
  EXPECT_TRUE(has_line(text, "tern_rpki_file_good{" + late + "} 0"));
  EXPECT_FALSE(has_series(text, "tern_rpki_file_read_timestamp_seconds", late));
}

TEST(Exposition, TheProcessIsThisOne) {
  const ProcessStats stats = read_process_stats();
  ASSERT_TRUE(stats.resident_memory_bytes && stats.open_fds && stats.max_fds);
  ASSERT_TRUE(stats.start_time_seconds && stats.cpu_seconds && stats.threads);
  EXPECT_GT(*stats.resident_memory_bytes, 1e6);
  EXPECT_GE(*stats.open_fds, 3);
  EXPECT_GT(*stats.max_fds, *stats.open_fds);
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LT(*stats.start_time_seconds, now + 2);
  EXPECT_GT(*stats.start_time_seconds, now - 3600);
  const std::string text = text_of(Snapshot{});
  for (const char* name :
       {"process_resident_memory_bytes ", "process_cpu_seconds_total ", "process_open_fds ",
        "process_max_fds ", "process_start_time_seconds "}) {
    EXPECT_TRUE(has_text(text, "\n" + std::string(name)));
  }
}

TEST(Exposition, TheLastLineIsTheCostOfTheScrape) {
  const std::string text = text_of(sample_snapshot(50, 0));
  const std::size_t at = text.find("\ntern_scrape_duration_seconds ");
  ASSERT_NE(at, std::string::npos);
  const double seconds = std::stod(text.substr(text.find(' ', at)));
  EXPECT_GT(seconds, 0);
  EXPECT_LT(seconds, 5);
  EXPECT_EQ(text.find('\n', at + 1), text.size() - 1);
}

TEST(LabelText, KeepsWhatIsUtf8) {
  for (const char* text : {"", "plain", "Zürich", "東京", "\xF0\x9F\x90\xA6", "two\nlines"}) {
    EXPECT_EQ(label_text(text), text);
  }
}

TEST(LabelText, ReplacesWhatIsNot) {
  const std::string bad = "\uFFFD";
  EXPECT_EQ(label_text("a\xff"), "a" + bad);
  EXPECT_EQ(label_text("\xc0\x80"), bad + bad);                      // overlong NUL
  EXPECT_EQ(label_text("\xe2\x82"), bad + bad);                      // cut off
  EXPECT_EQ(label_text("\xed\xa0\x80"), bad + bad + bad);            // a surrogate
  EXPECT_EQ(label_text("\xf4\x90\x80\x80"), bad + bad + bad + bad);  // above U+10FFFF
  EXPECT_EQ(label_text("tab\tbell\x07"), "tab" + bad + "bell" + bad);
}

TEST(Exposition, FurtherDomainsHaveALabel) {
  Snapshot snapshot = one_peer();
  Snapshot domain = one_peer();
  domain.domain = "partners";
  domain.peers[0].flaps = 7;
  snapshot.domains.push_back(domain);
  snapshot.domain_up = {{"partners", true}, {"public", false}};
  const std::string text = text_of(snapshot);
  const std::string peer = snapshot.peers[0].peer;
  EXPECT_TRUE(has_text(text, "tern_peer_flaps_total{peer=\"" + peer + "\"} "));
  EXPECT_TRUE(
      has_text(text, "tern_peer_flaps_total{peer=\"" + peer + "\",domain=\"partners\"} 7\n"));
  EXPECT_TRUE(has_text(text, "tern_domain_up{domain=\"partners\"} 1\n"));
  EXPECT_TRUE(has_text(text, "tern_domain_up{domain=\"public\"} 0\n"));
  const std::string help = "# HELP tern_peer_flaps_total ";
  EXPECT_EQ(text.find(help), text.rfind(help)) << "a family stands once";
  EXPECT_FALSE(has_text(text, "tern_build_info{domain")) << "the process is one";
}

}  // namespace
}  // namespace tern::exporter
