// The values of one scrape: plain numbers that the daemon collects.
//
// The exporter knows no sessions and no tables: the daemon gives it a function that fills a
// Snapshot from atomics and published values. The function is cheap enough to be called on the
// exporter's thread for every scrape.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/family.h"
#include "rib/types/reason.h"

namespace tern::exporter {

// The exposition makes cumulative buckets; bounds in seconds, the last bucket is +Inf.
struct Histogram {
  std::vector<double> bounds;
  std::vector<std::uint64_t> counts;  // bounds.size() + 1, not cumulative
  double sum = 0;
};

struct NotificationCount {
  static constexpr std::uint8_t kOther = 255;  // any number that no RFC names
  bool sent = false;
  std::uint8_t code = 0;
  std::uint8_t subcode = 0;
  std::uint64_t count = 0;
};

struct PeerSample {
  std::string peer;  // address: the label that joins all series of a peer
  std::string name, description, group, role, pop;
  std::uint32_t remote_as = 0;
  std::uint32_t local_as = 0;
  std::uint8_t state = 1;  // 1 Idle .. 6 Established
  bool admin_up = true;
  bool drained = false;
  // The added cost of the neighbor's paths: by degradations of the neighbor and of the PoP, and by
  // rules of health.
  double added_seconds = 0;
  double demotion_seconds = 0;
  // Communities of the route filter in force, and edits of the filter. Nothing: there is no filter.
  struct RouteFilter {
    std::uint64_t communities = 0;
    std::uint64_t edits = 0;
  };
  std::optional<RouteFilter> route_filter = {};
  double established_timestamp_seconds = 0;  // 0: not established
  std::uint64_t flaps = 0;
  std::uint32_t hold_time_seconds = 0;
  std::string last_error;                      // of a bounded set: each text is a series
  std::array<std::uint64_t, 6> messages_in{};  // by message type number, 0 unused
  std::array<std::uint64_t, 6> messages_out{};
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::vector<NotificationCount> notifications;
  struct FamilySample {
    bool negotiated = false;
    std::uint64_t received = 0;  // routes now in Adj-RIB-In
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t advertised = 0;
    std::uint64_t announce_in = 0, withdraw_in = 0;  // counters
    std::uint64_t announce_out = 0, withdraw_out = 0;
    std::uint64_t prefix_limit = 0;          // 0: none
    std::uint64_t best = 0;                  // accepted, the best of their prefix
    std::uint64_t location_tag_missing = 0;  // accepted routes whose cost is unknown
  };
  std::array<FamilySample, kFamilyCount> families{};
  std::array<std::uint64_t, kReasonCount> rejected_total{};  // counter by reason
  std::map<std::string, std::uint64_t> rejected_by_word;     // by the words of policies
  std::map<std::string, std::uint64_t> prefix_limit_hits;    // by action
  std::uint64_t update_errors_discard = 0;                   // RFC 7606 treatments
  std::uint64_t update_errors_withdraw = 0;
  // Counter of accepted routes by how the place of their users was found ("tag", "unknown"); empty:
  // no place is looked for.
  std::map<std::string, std::uint64_t> located;
  std::uint64_t contradictory_tags = 0;  // counter
  struct GuardCount {
    std::string kind;    // of the suspicion
    std::string action;  // "quarantine", "warn"
    std::uint64_t count = 0;
  };
  std::vector<GuardCount> guard;  // counters that are not 0
  std::uint64_t out_queue_bytes = 0;
  double send_blocked_seconds = 0;  // counter
  std::uint64_t paths_refused = 0;  // counter
  bool slow = false;
  double rtt_seconds = 0;  // TCP_INFO; 0: unknown
};

struct EgressSample {  // prefixes whose best path has this egress PoP, for users in metro
  std::string pop, metro;
  std::uint64_t prefixes = 0;
  double cost_seconds = 0;
  bool cost_known = false;
};

// Accepted routes at present that are a last resort.
struct LastResortSample {
  std::uint64_t used = 0;     // the best route of their prefix
  std::uint64_t waiting = 0;  // behind other routes
};

// Registered prefixes.
struct RegistrationSample {
  struct File {
    std::string path;
    bool good = false;
    std::uint64_t registrations = 0;  // of the content in use
    std::uint64_t errors = 0;         // bad contents, counter
    std::optional<double> read_timestamp_seconds;
  };
  std::vector<File> files;
  // Of `ternctl registration`.
  struct Stored {
    bool good = false;
    std::uint64_t registrations = 0;
    std::uint64_t writes = 0;  // counter
    std::uint64_t errors = 0;  // of the database, counter
    bool in_force = true;      // but for those that are left out or faulty
  };
  std::uint64_t registrations = 0;
  std::uint64_t quarantined_routes = 0;  // received routes at present
  LastResortSample last_resorts = {};
  std::vector<std::pair<std::string, std::uint64_t>> states;  // registrations by state
  std::optional<Stored> stored = {};                          // where there is a database
  std::uint64_t unmet = 0;  // registrations that do not meet the requirements of new ones
};

// Route origin validation. Times are seconds since the Unix epoch.
struct RpkiSample {
  struct Vrps {
    std::uint64_t v4 = 0;
    std::uint64_t v6 = 0;
  };
  struct Cache {
    std::string name;
    bool up = false;      // connected, and its data are complete
    bool in_use = false;  // the table comes from this cache
    Vrps vrps;
    std::optional<std::uint32_t> serial;
    std::optional<double> last_update_timestamp_seconds;
    std::optional<double> expires_timestamp_seconds;
    std::uint64_t connects = 0;  // counters, like the next ones
    std::uint64_t pdus_in = 0, pdus_out = 0;
    std::uint64_t error_reports_in = 0, error_reports_out = 0;
  };
  struct File {
    std::string path;
    bool good = false;
    Vrps vrps;
    std::optional<double> read_timestamp_seconds;
  };
  bool validated = false;
  Vrps vrps;  // of the table in force, like the next one
  std::uint64_t table_bytes = 0;
  std::uint64_t changes = 0;       // counter
  std::uint64_t sudden_drops = 0;  // counter
  std::uint64_t filtered = 0;      // VRPs that local exceptions take away
  std::uint64_t added = 0;         // VRPs that local exceptions alone have
  double last_change_timestamp_seconds = 0;
  std::vector<Cache> caches;
  std::vector<File> files;
};

// Routes in the kernel's routing table. The pairs are of the name of a reason and a number.
struct KernelSample {
  std::uint64_t wanted = 0, installed = 0, waiting = 0, unwanted = 0;
  std::vector<std::pair<std::string, std::uint64_t>> failed;   // routes
  std::vector<std::pair<std::string, std::uint64_t>> refused;  // counters
  std::uint64_t next_hops = 0, unreachable_next_hops = 0;
  std::uint64_t remembered = 0;                        // prefixes
  std::uint64_t added = 0, replaced = 0, removed = 0;  // counters, like the next ones
  std::uint64_t restored = 0;
  std::uint64_t unanswered = 0;  // questions about next hops
  std::uint64_t journal_resyncs = 0, kernel_resyncs = 0;
};

// Next hops of received routes.
struct NextHopSample {
  std::vector<std::pair<std::string, std::uint64_t>> by_state;
  std::uint64_t held = 0;     // a better answer does not count yet (damping)
  std::uint64_t changes = 0;  // a counter, like flaps and refused
  std::uint64_t flaps = 0;
  std::uint64_t refused = 0;
};

struct EventSample {
  struct Begun {
    std::string kind, severity;
    std::uint64_t count = 0;
  };
  std::vector<Begun> begun;                                 // counters; only those above 0
  std::vector<std::pair<std::string, std::uint64_t>> open;  // by kind
  std::uint64_t kept = 0;
  // Counters.
  std::uint64_t folded = 0, dropped = 0, forgotten = 0, file_errors = 0;
  struct History {
    bool up = true;            // the last attempt to write succeeded
    std::uint64_t events = 0;  // in the database
    std::uint64_t lost = 0;    // counter
  };
  std::optional<History> history = {};  // where one is kept
};

struct WebhookSample {
  std::string name;
  bool up = true;  // the last request succeeded, or there was none
  std::uint64_t waiting = 0;
  std::uint64_t delivered = 0, dropped = 0, refused = 0;  // events; counters, like the next two
  std::uint64_t requests = 0, failures = 0;
  std::uint32_t last_success = 0;  // Unix seconds, 0: never
};

// Circuits by state. Counts.
struct CircuitSample {
  struct State {
    std::string state;
    std::uint64_t circuits = 0;
    std::uint64_t maintenance = 0;  // of them: operators took away what is missing
  };
  std::vector<State> states;
};

// Reports of where the traffic of registered prefixes entered.
struct IngressSample {
  std::uint64_t taken = 0, refused = 0;  // counters
  std::uint64_t entries = 0;             // pairs of a prefix and a PoP
};

// The latency of registered prefixes, metros and neighbors.
struct LatencySample {
  struct Metro {
    std::string metro;
    double p50_seconds = 0, p95_seconds = 0, p99_seconds = 0;  // of 5 minutes
    bool degraded = false;
  };
  std::vector<Metro> metros;                                    // that have round trips
  std::vector<std::pair<std::string, std::uint64_t>> subjects;  // by kind, like the next two
  std::vector<std::pair<std::string, std::uint64_t>> degraded;
  std::vector<std::pair<std::string, std::uint64_t>> lasting;  // degraded for 15 minutes
  std::vector<std::pair<std::string, std::uint64_t>> taken;    // counters, by source
  std::vector<std::pair<std::string, std::uint64_t>> refused;  // counters, by reason
  std::uint64_t octets = 0;
  double slowest_prefix_seconds = 0;  // 0: no prefix has enough round trips
};

// The baseline (bgpd/baseline): how much of the table was learnt, and the findings.
struct BaselineSample {
  std::uint64_t learnt = 0, ripe = 0, most = 0;  // prefixes
  std::uint64_t left_out = 0, displaced = 0;     // prefixes, counters
  std::uint64_t open = 0;                        // findings
  std::uint64_t unreported = 0;                  // findings, counter
  std::uint64_t octets = 0;
  std::uint64_t file_failures = 0;  // counter
  bool learning = false;
};

struct Snapshot {
  // The label `domain` of the series; empty for the first domain of the process, whose series have
  // no such label.
  std::string domain;
  std::string version, revision;
  double start_time_seconds = 0;
  double config_last_reload_success_timestamp_seconds = 0;
  bool config_last_reload_successful = true;
  std::uint64_t config_generation = 1;
  bool pop_drained = false;
  double pop_added_seconds = 0;                              // what its exits cost more
  std::vector<std::pair<std::string, bool>> health_demoted;  // by rule of health
  std::uint64_t config_stale_files = 0;  // named by the configuration, bad at the start

  std::vector<PeerSample> peers;

  struct RibSample {
    std::uint64_t prefixes = 0, paths = 0, bestpath_changes = 0;
  };
  std::array<RibSample, kFamilyCount> rib{};
  struct OwnSample {  // routes that this router originates
    std::uint64_t accepted = 0, rejected = 0;
  };
  std::array<OwnSample, kFamilyCount> own{};
  struct ConditionSample {
    std::string name;
    bool holds = false;
    std::uint64_t changes = 0;
  };
  std::vector<ConditionSample> conditions;
  // Counters: how many decisions each step made.
  std::vector<std::pair<std::string, std::uint64_t>> decisions_by_step;
  std::uint64_t attributes_interned = 0;
  std::uint64_t attributes_interned_bytes = 0;
  // Memory of prefixes and paths, by kind.
  std::vector<std::pair<std::string, std::uint64_t>> rib_bytes_by_part;

  struct AdvertiserSample {
    std::uint64_t log_bytes = 0;    // segments with messages that some client has not taken
    std::uint64_t catching_up = 0;  // clients that left the log
    std::uint64_t audiences = 0;    // distinct sets of clients
    std::uint64_t classes = 0;      // export groups
  };
  AdvertiserSample advertiser;

  Histogram update_propagation;  // UPDATE read to UPDATE written
  Histogram bestpath_duration;   // UPDATEs read until the RIB has them
  Histogram loop_stall;          // how late a timer of the event loop is, once a second
  Histogram reload_stall;        // the longest piece of each reload, and the longest slices of its
                                 // re-evaluation
  std::uint64_t reevaluated_imports = 0;  // routes
  std::uint64_t reevaluated_exports = 0;
  // From the start to End-of-RIB of every configured peer that came up in time; 0: not yet.
  double convergence_seconds = 0;
  std::uint64_t convergence_heard = 0;   // peers that came up in time
  std::uint64_t convergence_absent = 0;  // peers that never came up until then

  bool egress_enabled = false;
  std::string own_pop;
  std::vector<EgressSample> egress;
  // Counters: best paths that moved to another PoP, by cause.
  std::vector<std::pair<std::string, std::uint64_t>> egress_moves;
  // Prefixes whose best path does not leave at the nearest PoP with a path.
  std::uint64_t egress_suboptimal_prefixes = 0;
  std::uint64_t measured_pairs = 0;
  std::uint64_t implausible_pairs = 0;
  std::vector<std::pair<std::string, std::uint32_t>> cost_digests;  // by PoP
  std::uint64_t cost_changes_by_rtt = 0;  // of pairs of places, counter, like the next one
  std::uint64_t cost_changes_by_age = 0;
  struct RttFile {
    bool good = true;
    std::uint64_t reads = 0, errors = 0;  // counters
  };
  std::optional<RttFile> rtt_file;  // where the configuration has one, like the next one
  std::optional<RttFile> prefix_rtt_file;
  // Measurements from a PoP to a prefix that count, by source: api, file, probe.
  std::vector<std::pair<std::string, std::uint64_t>> measured_prefixes;
  struct Probe {
    std::string target;
    std::optional<double> round_trip_seconds;          // of the last probe, if it was answered
    std::uint64_t answered = 0, lost = 0, failed = 0;  // counters
  };
  std::vector<Probe> probes;  // by target of egress.probes
  struct PopCost {
    std::string from, to;
    double seconds = 0;
  };
  std::vector<PopCost> pop_costs;  // backbone

  struct Geofeed {
    std::string path;
    bool good = false;
    std::uint64_t entries = 0;
    std::uint64_t placed = 0;    // entries with a place of the configuration
    std::uint64_t left_out = 0;  // lines that are wrong
    std::optional<double> read_timestamp_seconds;
  };
  std::vector<Geofeed> geofeeds;

  struct IrrFile {  // of route objects
    std::string path;
    bool good = false;
    std::uint64_t objects = 0;
    std::uint64_t left_out = 0;  // objects, or lines of CSV, that are wrong
    std::optional<double> read_timestamp_seconds;
  };
  std::vector<IrrFile> irr;

  std::optional<KernelSample> kernel;      // where the configuration has a section kernel
  std::optional<NextHopSample> next_hops;  // where next hops are resolved
  std::uint64_t unresolved_routes = 0;     // received routes that are rejected for their next hop
  std::uint64_t quarantined_routes = 0;    // received routes that the guard rejects
  LastResortSample last_resorts = {};
  std::uint64_t releases = 0, blocks = 0;           // of the guard, in force
  std::optional<RegistrationSample> registrations;  // where there are some, or files of them
  std::optional<EventSample> events;
  std::vector<WebhookSample> webhooks;
  std::optional<CircuitSample> circuits;  // where there are some
  std::optional<IngressSample> ingress;   // where there were reports
  std::optional<LatencySample> latency;
  std::optional<BaselineSample> baseline;  // where the configuration has a section baseline
  std::optional<RpkiSample> rpki;          // where the configuration has a cache or a file of VRPs

  std::uint64_t bulk_reads = 0;           // neighbors handed to a reader thread, counter
  std::uint64_t hand_overs = 0;           // shards handed to a table thread, counter
  std::uint64_t connections_refused = 0;  // TCP connections of no neighbor, counter
  std::uint64_t log_lines_dropped = 0;    // counter
  double loop_age_seconds = 0;            // since the loop last handled its own timer
  bool loop_hangs = false;                // judged by that age; then not ready either
  bool ready = false;                     // /readyz; of the first domain: all domains are ready
  // Of the first domain alone: the further ones by name, whether they run, and the numbers of those
  // that do.
  std::vector<std::pair<std::string, bool>> domain_up;
  std::vector<Snapshot> domains;
};

}  // namespace tern::exporter
