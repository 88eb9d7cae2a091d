#include "sample_snapshot.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tern::exporter {
namespace {

constexpr double kStart = 1.7e9;
constexpr std::array<const char*, 3> kPops{"ams", "lhr", "iad"};
constexpr std::array<const char*, 4> kMetros{"amsterdam", "london", "ashburn", "paris"};

[[nodiscard]] std::uint64_t grown(std::uint64_t base, double per_second, double elapsed) {
  return base + static_cast<std::uint64_t>(per_second * elapsed);
}

[[nodiscard]] Histogram sample_histogram(double elapsed) {
  Histogram histogram;
  histogram.bounds = {0.0001, 0.001, 0.01, 0.1, 1, 10};
  histogram.counts = {grown(10, 50, elapsed),
                      grown(20, 100, elapsed),
                      grown(5, 20, elapsed),
                      grown(1, 4, elapsed),
                      grown(0, 1, elapsed),
                      0,
                      0};
  histogram.sum = 0.5 + elapsed;
  return histogram;
}

[[nodiscard]] PeerSample::FamilySample sample_family(std::size_t number, double elapsed) {
  PeerSample::FamilySample family;
  family.negotiated = true;
  family.received = 1000 + number;
  family.accepted = 990;
  family.rejected = 10 + number;
  family.advertised = 4000;
  family.announce_in = grown(1000, 20, elapsed);
  family.withdraw_in = grown(100, 2, elapsed);
  family.announce_out = grown(4000, 60, elapsed);
  family.withdraw_out = grown(50, 3, elapsed);
  family.prefix_limit = 2000;
  family.location_tag_missing = number % 7;
  return family;
}

[[nodiscard]] PeerSample sample_peer(std::size_t number, double elapsed) {
  PeerSample peer;
  peer.peer = number % 2 == 0
                  ? "10." + std::to_string(number / 65536) + "." +
                        std::to_string(number / 256 % 256) + "." + std::to_string(number % 256)
                  : "2001:db8:ffff::" + std::to_string(number);
  peer.name = "partner-" + std::to_string(number);
  peer.description = "Partner \"" + std::to_string(number) + "\" Broadband";
  peer.group = "clients";
  peer.route_filter = {3, 1};
  peer.role = "peer";
  peer.located = {{"tag", 990}, {"default", 0}, {"pop", 0}, {"unknown", number % 7}};
  peer.pop = kPops[number % kPops.size()];
  peer.remote_as = 65001 + static_cast<std::uint32_t>(number);
  peer.local_as = 65000;
  peer.state = number == 1 ? 3 : 6;
  peer.established_timestamp_seconds = number == 1 ? 0 : kStart + 30;
  peer.flaps = grown(number == 1 ? 3 : 0, number == 1 ? 0.1 : 0, elapsed);
  peer.hold_time_seconds = 90;
  if (number == 1) peer.last_error = "Hold Timer Expired";
  peer.messages_in = {0, 1, grown(900, 10, elapsed), 1, grown(40, 0.1, elapsed), 1};
  peer.messages_out = {0, 1, grown(3000, 30, elapsed), 1, grown(40, 0.1, elapsed), 0};
  peer.bytes_in = grown(90'000, 1500, elapsed);
  peer.bytes_out = grown(400'000, 6000, elapsed);
  peer.notifications = {{true, 4, 0, grown(2, 0.1, elapsed)}, {false, 6, 2, 1}};
  for (auto& family : peer.families) family = sample_family(number, elapsed);
  peer.rejected_total[static_cast<std::size_t>(Reason::AsLoop)] = grown(5, 1, elapsed);
  peer.rejected_total[static_cast<std::size_t>(Reason::Bogon)] = grown(7, 0.5, elapsed);
  peer.prefix_limit_hits = {{"warning", number == 1 ? 2U : 0U}};
  peer.update_errors_withdraw = grown(1, 0.2, elapsed);
  peer.out_queue_bytes = number * 100;
  peer.send_blocked_seconds = 0.01 * elapsed;
  peer.slow = number == 2;
  peer.rtt_seconds = 0.002 + 0.0001 * static_cast<double>(number);
  return peer;
}

void add_egress(Snapshot& snapshot, double elapsed) {
  snapshot.egress_enabled = true;
  snapshot.own_pop = "ams";
  double cost = 0.001;
  for (const char* pop : kPops) {
    for (const char* metro : kMetros) {
      snapshot.egress.push_back({pop, metro, 250, cost += 0.003, true});
    }
  }
  snapshot.egress.push_back({"iad", "unknown", 12, 0, false});
  snapshot.egress_moves = {{"routes", grown(4, 0.5, elapsed)}, {"rtt", grown(2, 0.1, elapsed)}};
  snapshot.measured_pairs = 3;
  snapshot.cost_changes_by_rtt = grown(3, 0.01, elapsed);
  snapshot.rtt_file = {true, grown(1, 0.01, elapsed), 0};
  snapshot.prefix_rtt_file = {true, grown(1, 0.02, elapsed), 0};
  snapshot.measured_prefixes = {{"api", 2}, {"file", 40}, {"probe", 1}};
  snapshot.probes = {{"berlin", 0.0118, grown(40, 0.1, elapsed), grown(1, 0.01, elapsed), 0},
                     {"lhr", std::nullopt, 3, grown(9, 0.1, elapsed), 0}};
  snapshot.egress_suboptimal_prefixes = 3;
  snapshot.pop_costs = {{"ams", "lhr", 0.007}, {"ams", "iad", 0.082}};
}

[[nodiscard]] LatencySample sample_latency(double elapsed_seconds) {
  return LatencySample{
      {{"Frankfurt", 0.008, 0.012, 0.02, false}, {"Lagos", 0.11, 0.19, 0.25, true}},
      {{"prefix", 120}, {"metro", 2}, {"neighbor", 3}},
      {{"prefix", 2}, {"metro", 1}, {"neighbor", 0}},
      {{"prefix", 1}, {"metro", 0}, {"neighbor", 0}},
      {{"report", grown(48'000, 90, elapsed_seconds)}, {"probe", grown(600, 1, elapsed_seconds)}},
      {{"value", 0}, {"unknown", grown(3, 0.1, elapsed_seconds)}, {"full", 0}},
      900'000,
      0.21};
}

[[nodiscard]] BaselineSample sample_baseline(double elapsed) {
  BaselineSample baseline;
  baseline.learnt = 1'012'345;
  baseline.ripe = 998'000;
  baseline.most = 1'200'000;
  baseline.left_out = grown(7, 0.1, elapsed);
  baseline.displaced = 5;
  baseline.open = 3;
  baseline.unreported = 1;
  baseline.octets = 97'000'000;
  baseline.file_failures = 2;
  baseline.learning = true;
  return baseline;
}

[[nodiscard]] RpkiSample sample_rpki(double elapsed) {
  RpkiSample rpki;
  rpki.validated = true;
  rpki.vrps = {500'000, 120'000};
  rpki.table_bytes = 12'000'000;
  rpki.changes = grown(3, 0.1, elapsed);
  rpki.sudden_drops = 1;
  rpki.filtered = 4;
  rpki.added = 2;
  rpki.last_change_timestamp_seconds = kStart + 60;
  RpkiSample::Cache cache;
  cache.name = "near";
  cache.up = true;
  cache.in_use = true;
  cache.vrps = {500'002, 120'000};
  cache.serial = 77;
  cache.last_update_timestamp_seconds = kStart + 60;
  cache.expires_timestamp_seconds = kStart + 7260;
  cache.connects = 1;
  cache.pdus_in = grown(620'005, 5, elapsed);
  cache.pdus_out = grown(4, 0.1, elapsed);
  rpki.caches.push_back(cache);
  cache = {};
  cache.name = "192.0.2.10:323";
  cache.error_reports_in = 1;
  cache.error_reports_out = 2;
  rpki.caches.push_back(cache);
  rpki.files = {{"/var/lib/rpki-client/json", true, {499'000, 119'000}, kStart + 5},
                {"/etc/tern/late.json", false, {}, std::nullopt}};
  return rpki;
}

// A further domain with a neighbor that has the address of one of the first domain's.
Snapshot sample_domain(double elapsed) {
  Snapshot snapshot;
  snapshot.domain = "partners";
  snapshot.ready = true;
  snapshot.peers.push_back(sample_peer(0, elapsed));
  return snapshot;
}

}  // namespace

Snapshot sample_snapshot(std::size_t peers, double elapsed_seconds) {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.revision = "abcdef0";
  snapshot.start_time_seconds = kStart;
  snapshot.config_last_reload_success_timestamp_seconds = kStart + 1;
  for (std::size_t i = 0; i < peers; ++i) {
    snapshot.peers.push_back(sample_peer(i, elapsed_seconds));
  }
  snapshot.rib[0] = {5000, 9000, grown(5000, 12, elapsed_seconds)};
  snapshot.rib[1] = {3000, 5000, grown(3000, 8, elapsed_seconds)};
  snapshot.own[0] = {3, 1};
  snapshot.conditions = {{"uplinks", true, 2}, {"default", false, 1}};
  snapshot.decisions_by_step = {{"egress-cost", grown(3000, 9, elapsed_seconds)},
                                {"as-path-length", grown(900, 2, elapsed_seconds)},
                                {"only-path", grown(1100, 1, elapsed_seconds)}};
  snapshot.attributes_interned = 800;
  snapshot.attributes_interned_bytes = 160'000;
  snapshot.rib_bytes_by_part = {{"records", 256'000}, {"paths", 300'000}, {"index", 64'000}};
  snapshot.advertiser = {65'536, 1, 12, 2};
  snapshot.update_propagation = sample_histogram(elapsed_seconds);
  snapshot.bestpath_duration = sample_histogram(elapsed_seconds);
  snapshot.loop_stall = sample_histogram(elapsed_seconds);
  snapshot.reload_stall = sample_histogram(elapsed_seconds);
  snapshot.convergence_seconds = 2.5;
  add_egress(snapshot, elapsed_seconds);
  snapshot.next_hops = NextHopSample{{{"connected", 3}, {"kernel", 12}, {"no-route", 2}},
                                     1,
                                     grown(4, 0.01, elapsed_seconds),
                                     grown(2, 0.01, elapsed_seconds),
                                     0};
  snapshot.unresolved_routes = 700;
  snapshot.rpki = sample_rpki(elapsed_seconds);
  snapshot.registrations = RegistrationSample{
      {{"/etc/tern/customers.csv", true, 1200, 0, kStart + 5},
       {"/etc/tern/late.yaml", false, 0, grown(1, 0.01, elapsed_seconds), std::nullopt}},
      1203,
      2,
      {},
      {{"healthy", 1200}, {"hijacked", 1}}};
  snapshot.irr = {{"/etc/tern/radb.db", true, 1'400'000, 2, kStart + 5},
                  {"/etc/tern/ours.csv", false, 0, 0, std::nullopt}};
  snapshot.events = EventSample{{{"session-down", "warning", grown(3, 0.1, elapsed_seconds)},
                                 {"origin-hijack", "critical", grown(1, 0.1, elapsed_seconds)}},
                                {{"session-down", 0}, {"origin-hijack", 1}},
                                42,
                                grown(1200, 1, elapsed_seconds),
                                0,
                                0,
                                0,
                                EventSample::History{true, 90'000, 0}};
  snapshot.webhooks = {{"noc", true, 2, grown(90, 0.1, elapsed_seconds), 0, 1,
                        grown(40, 0.1, elapsed_seconds), 3, 1'700'000'000},
                       {"siem", false, 10'000, 0, grown(7, 0.1, elapsed_seconds), 0,
                        grown(12, 0.01, elapsed_seconds), grown(12, 0.01, elapsed_seconds), 0}};
  snapshot.ingress = IngressSample{grown(900, 10, elapsed_seconds), 0, 120};
  snapshot.circuits = CircuitSample{
      {{"redundant", 7, 0}, {"single-homed", 1, 0}, {"pair-degraded", 2, 1}, {"down", 0, 0}}};
  snapshot.latency = sample_latency(elapsed_seconds);
  snapshot.baseline = sample_baseline(elapsed_seconds);
  if (!snapshot.peers.empty()) {
    snapshot.peers[0].guard = {{"other-origin", "quarantine", grown(2, 0.1, elapsed_seconds)},
                               {"prepend", "warn", grown(7, 0.1, elapsed_seconds)}};
  }
  snapshot.bulk_reads = grown(3, 0.01, elapsed_seconds);
  snapshot.hand_overs = grown(40, 0.5, elapsed_seconds);
  snapshot.connections_refused = grown(1, 0.1, elapsed_seconds);
  snapshot.ready = true;
  snapshot.domain_up = {{"partners", true}, {"public", false}};
  snapshot.domains.push_back(sample_domain(elapsed_seconds));
  return snapshot;
}

}  // namespace tern::exporter
