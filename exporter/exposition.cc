#include "exporter/exposition.h"

#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "exporter/baseline_families.h"
#include "exporter/egress_families.h"
#include "exporter/event_families.h"
#include "exporter/family_merger.h"
#include "exporter/family_writer.h"
#include "exporter/kernel_families.h"
#include "exporter/latency_families.h"
#include "exporter/peer_families.h"
#include "exporter/registration_families.h"
#include "exporter/rpki_families.h"
#include "rib/types/family.h"

namespace tern::exporter {
namespace {

void write_process(FamilyWriter& out, const ProcessStats& process) {
  const auto gauge = [&](const char* name, const char* help, std::optional<double> value) {
    if (value) out.gauge(name, help, *value);
  };
  if (process.cpu_seconds) {
    out.counter("process_cpu_seconds_total", "User and system time", *process.cpu_seconds);
  }
  gauge("process_resident_memory_bytes", "Resident memory", process.resident_memory_bytes);
  gauge("process_virtual_memory_bytes", "Virtual memory", process.virtual_memory_bytes);
  gauge("process_start_time_seconds", "Start of the process, since the Unix epoch",
        process.start_time_seconds);
  gauge("process_open_fds", "Open file descriptors", process.open_fds);
  gauge("process_max_fds", "Most file descriptors that may be open", process.max_fds);
  gauge("process_threads", "Threads", process.threads);
}

void write_daemon(FamilyWriter& out, const Snapshot& snapshot) {
  out.gauge("tern_build_info", "Version of the daemon", [&] {
    out.add({{"version", snapshot.version}, {"revision", snapshot.revision}}, 1);
  });
  out.gauge("tern_start_time_seconds", "Start of the daemon, since the Unix epoch",
            snapshot.start_time_seconds);
  out.counter("tern_log_lines_dropped_total",
              "Log lines that were not written, because their reader or disk did not take them",
              snapshot.log_lines_dropped);
}

void write_speaker(FamilyWriter& out, const Snapshot& snapshot) {
  out.gauge("tern_ready", "1: /readyz answers 200", snapshot.ready);
  out.gauge("tern_pop_drained", "1: this PoP is drained (RFC 8326)", snapshot.pop_drained);
  out.gauge("tern_pop_added_cost_seconds",
            "What the exits of this PoP cost more, because it is degraded",
            snapshot.pop_added_seconds);
  out.gauge("tern_health_demoted", "1: the rule of health demotes the PoP or its group", [&] {
    for (const auto& [rule, demoted] : snapshot.health_demoted) out.add({{"rule", rule}}, demoted);
  });
  out.gauge("tern_config_last_reload_successful", "0: the last configuration read was refused",
            snapshot.config_last_reload_successful);
  out.gauge("tern_config_last_reload_success_timestamp_seconds",
            "When the configuration in use was loaded, since the Unix epoch",
            snapshot.config_last_reload_success_timestamp_seconds);
  out.gauge("tern_config_generation", "Configurations used since the start",
            snapshot.config_generation);
  out.gauge(
      "tern_config_stale_files",
      "Files that the configuration names and that were bad at the start; something older, or "
      "nothing, is used instead",
      snapshot.config_stale_files);
  out.counter("tern_reader_loans_total",
              "Times that a neighbour sent so much that a reader thread took over",
              snapshot.bulk_reads);
  out.counter("tern_shard_loans_total",
              "Times that the tasks of a shard were left to a table thread", snapshot.hand_overs);
  out.counter("tern_connections_refused_total",
              "TCP connections from addresses that are no peer's, or that became none",
              snapshot.connections_refused);
}

void write_rib(FamilyWriter& out, const Snapshot& snapshot) {
  const auto per_afi = [&](std::uint64_t Snapshot::RibSample::*number) {
    return [&out, &snapshot, number] {
      for (const Family family : kFamilies) {
        const Snapshot::RibSample& sample = snapshot.rib[index(family)];
        const bool used = sample.paths != 0 || sample.bestpath_changes != 0;
        if (used || row(family).always_shown) out.add({{"afi", afi_name(family)}}, sample.*number);
      }
    };
  };
  out.gauge("tern_rib_prefixes", "Prefixes in the Loc-RIB",
            per_afi(&Snapshot::RibSample::prefixes));
  out.gauge("tern_rib_paths", "Paths that take part in the decision",
            per_afi(&Snapshot::RibSample::paths));
  out.counter("tern_rib_bestpath_changes_total", "Changes of a best path",
              per_afi(&Snapshot::RibSample::bestpath_changes));
  out.counter("tern_rib_bestpath_decisions_total", "Decisions by the step that decided", [&] {
    for (const auto& [step, count] : snapshot.decisions_by_step) out.add({{"step", step}}, count);
  });
  out.gauge("tern_own_routes", "Routes that this router originates, by the verdict of policy", [&] {
    for (const Family family : kFamilies) {
      const Snapshot::OwnSample& sample = snapshot.own[index(family)];
      if (!row(family).always_shown && sample.accepted + sample.rejected == 0) continue;
      const std::string_view afi = afi_name(family);
      out.add({{"afi", afi}, {"state", "accepted"}}, sample.accepted);
      out.add({{"afi", afi}, {"state", "rejected"}}, sample.rejected);
    }
  });
  const auto per_condition = [&](auto Snapshot::ConditionSample::*number) {
    return [&, number] {
      for (const Snapshot::ConditionSample& sample : snapshot.conditions) {
        out.add({{"condition", sample.name}}, sample.*number);
      }
    };
  };
  out.gauge("tern_condition_holds",
            "1: the condition of our own routes holds; 0: it fails or is not known yet",
            per_condition(&Snapshot::ConditionSample::holds));
  out.counter("tern_condition_changes_total",
              "Changes of a condition of our own routes after its first state",
              per_condition(&Snapshot::ConditionSample::changes));
  out.gauge("tern_attributes_interned", "Distinct attribute sets", snapshot.attributes_interned);
  out.gauge("tern_attributes_interned_bytes", "Memory of the distinct attribute sets",
            snapshot.attributes_interned_bytes);
  out.gauge("tern_rib_bytes", "Memory of prefixes and paths", [&] {
    for (const auto& [part, bytes] : snapshot.rib_bytes_by_part) out.add({{"part", part}}, bytes);
  });
}

void write_advertiser(FamilyWriter& out, const Snapshot::AdvertiserSample& advertiser) {
  out.gauge("tern_fanout_log_bytes",
            "Memory of messages that some peer has not taken yet, in whole segments",
            advertiser.log_bytes);
  out.gauge("tern_fanout_catching_up_peers",
            "Peers so slow that they get the present state instead of every change",
            advertiser.catching_up);
  out.gauge("tern_fanout_audiences", "Distinct sets of peers that are advertised the same",
            advertiser.audiences);
  out.gauge("tern_fanout_classes", "Classes of peers for which export policy runs once",
            advertiser.classes);
}

void write_latency(FamilyWriter& out, const Snapshot& snapshot) {
  out.histogram("tern_update_propagation_seconds",
                "From an UPDATE read to the UPDATE written for it", snapshot.update_propagation);
  out.histogram("tern_bestpath_duration_seconds",
                "Decision and bookkeeping for one batch of changes", snapshot.bestpath_duration);
  out.histogram("tern_loop_stall_seconds",
                "Longest time between two turns of the event loop, observed every second",
                snapshot.loop_stall);
  out.gauge("tern_loop_age_seconds",
            "Time since the event loop last came round, 0.2 and less when it is not busy",
            snapshot.loop_age_seconds);
  out.histogram(
      "tern_reload_stall_seconds",
      "Times a reload, or check of one, kept the event loop: its longest piece, the longest "
      "slice of changing neighbors, and that of judging routes anew",
      snapshot.reload_stall);
  out.counter("tern_reevaluated_routes_total",
              "Routes evaluated again after a reload, or after a change of costs, VRPs, geofeeds, "
              "this host's addresses or next hops",
              [&] {
                out.add({{"direction", "import"}}, snapshot.reevaluated_imports);
                out.add({{"direction", "export"}}, snapshot.reevaluated_exports);
              });
  if (snapshot.convergence_seconds > 0) {
    out.gauge("tern_convergence_seconds",
              "From the start to End-of-RIB of every configured peer that came up within its "
              "connect_retry time",
              snapshot.convergence_seconds);
    out.gauge("tern_convergence_peers",
              "Configured peers when tern_convergence_seconds was measured: those that had sent "
              "End-of-RIB, and those that had never come up",
              [&] {
                out.add({{"state", "heard"}}, snapshot.convergence_heard);
                out.add({{"state", "absent"}}, snapshot.convergence_absent);
              });
  }
}

void write_next_hops(FamilyWriter& out, const NextHopSample& next_hops,
                     std::uint64_t unresolved_routes) {
  out.gauge("tern_next_hops", "Next hops of received routes, by how they are resolved or why not",
            [&] {
              for (const auto& [state, count] : next_hops.by_state) {
                out.add({{"state", state}}, count);
              }
            });
  out.gauge("tern_next_hops_held",
            "Next hops that came back, or became better, and are held back (damping)",
            next_hops.held);
  out.gauge("tern_next_hop_unresolved_routes",
            "Received routes that are rejected because their next hop is unresolved",
            unresolved_routes);
  out.counter("tern_next_hop_changes_total",
              "Times that a next hop was lost, came back or got another metric", next_hops.changes);
  out.counter("tern_next_hop_flaps_total",
              "Times that a next hop was lost or its metric rose, also while it was held back",
              next_hops.flaps);
  out.counter("tern_next_hops_refused_total",
              "Look-ups of next hops that were refused because too many were known",
              next_hops.refused);
}

void write_domain_states(FamilyWriter& out,
                         const std::vector<std::pair<std::string, bool>>& domain_up) {
  out.gauge("tern_domain_up", "1: the further domain runs", [&] {
    for (const auto& [name, up] : domain_up) out.add({{"domain", name}}, up);
  });
}

// The families that every domain has.
void write_domain(FamilyWriter& out, const Snapshot& snapshot) {
  write_speaker(out, snapshot);
  write_session_families(out, snapshot.peers);
  write_route_families(out, snapshot.peers);
  write_rib(out, snapshot);
  write_advertiser(out, snapshot.advertiser);
  write_latency(out, snapshot);
  if (snapshot.egress_enabled) write_egress_families(out, snapshot);
  if (snapshot.next_hops) {
    write_next_hops(out, *snapshot.next_hops, snapshot.unresolved_routes);
  }
  if (snapshot.registrations) {
    write_registration_families(out, *snapshot.registrations, snapshot.peers);
  }
  write_irr(out, snapshot.irr);
  write_guard_orders(out, snapshot);
  if (snapshot.events) write_event_families(out, *snapshot.events);
  write_webhook_families(out, snapshot.webhooks);
  if (snapshot.circuits) write_circuit_families(out, *snapshot.circuits);
  if (snapshot.ingress) write_ingress_families(out, *snapshot.ingress);
  if (snapshot.baseline) write_baseline_families(out, *snapshot.baseline);
  if (snapshot.latency) write_latency_families(out, *snapshot.latency);
  if (snapshot.rpki) write_rpki_families(out, *snapshot.rpki);
  if (snapshot.kernel) write_kernel_families(out, *snapshot.kernel);
}

std::string expose_domain(const Snapshot& snapshot) {
  std::ostringstream text;
  FamilyWriter out(text, snapshot.domain);
  write_domain(out, snapshot);
  return std::move(text).str();
}

}  // namespace

std::string expose(const Snapshot& snapshot, const ProcessStats& process,
                   std::chrono::steady_clock::time_point started) {
  std::ostringstream text;
  FamilyWriter out(text, snapshot.domain);
  write_process(out, process);
  write_daemon(out, snapshot);
  write_domain(out, snapshot);
  write_domain_states(out, snapshot.domain_up);
  if (!snapshot.domains.empty()) {
    FamilyMerger merger;
    merger.add(std::move(text).str());
    for (const Snapshot& domain : snapshot.domains) merger.add(expose_domain(domain));
    text = std::ostringstream(std::move(merger).text(), std::ios::ate);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  out.gauge("tern_scrape_duration_seconds", "Time it took to collect and write this scrape",
            taken.count());
  return std::move(text).str();
}

}  // namespace tern::exporter
