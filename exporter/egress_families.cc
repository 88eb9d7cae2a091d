#include "exporter/egress_families.h"

#include <cstdint>
#include <vector>

namespace tern::exporter {
namespace {

// Accepted routes without a known place, of all families.
[[nodiscard]] std::uint64_t location_tags_missing(const PeerSample& peer) {
  std::uint64_t missing = 0;
  for (const auto& family : peer.families) missing += family.location_tag_missing;
  return missing;
}

void write_geofeeds(FamilyWriter& out, const std::vector<Snapshot::Geofeed>& feeds) {
  out.gauge("tern_geofeed_good", "1: the content of the file that was read last is in use", [&] {
    for (const auto& feed : feeds) out.add({{"file", feed.path}}, feed.good ? 1 : 0);
  });
  out.gauge("tern_geofeed_entries",
            "Entries of the file by whether the configuration has the place", [&] {
              for (const auto& feed : feeds) {
                out.add({{"file", feed.path}, {"place", "known"}}, feed.placed);
                out.add({{"file", feed.path}, {"place", "unknown"}}, feed.entries - feed.placed);
              }
            });
  out.gauge("tern_geofeed_left_out_lines", "Lines of the file that are wrong", [&] {
    for (const auto& feed : feeds) out.add({{"file", feed.path}}, feed.left_out);
  });
  out.gauge("tern_geofeed_read_timestamp_seconds",
            "When the content in use was read, Unix time; absent before", [&] {
              for (const auto& feed : feeds) {
                if (!feed.read_timestamp_seconds) continue;
                out.add({{"file", feed.path}}, *feed.read_timestamp_seconds);
              }
            });
}

void write_probes(FamilyWriter& out, const std::vector<Snapshot::Probe>& probes) {
  out.gauge("tern_egress_probe_rtt_seconds",
            "Round trip of the last probe to the target; absent where it was not answered", [&] {
              for (const auto& probe : probes) {
                if (!probe.round_trip_seconds) continue;
                out.add({{"target", probe.target}}, *probe.round_trip_seconds);
              }
            });
  out.counter("tern_egress_probes_total",
              "Probes to the target that ended: answered; lost, without an answer; failed, not "
              "sent for a reason on this host",
              [&] {
                for (const auto& probe : probes) {
                  out.add({{"target", probe.target}, {"result", "answered"}}, probe.answered);
                  out.add({{"target", probe.target}, {"result", "lost"}}, probe.lost);
                  out.add({{"target", probe.target}, {"result", "failed"}}, probe.failed);
                }
              });
}

void write_measured_files(FamilyWriter& out, const Snapshot& snapshot) {
  if (snapshot.rtt_file) {
    out.gauge("tern_egress_rtt_file_good",
              "0: the content of rtt_file is bad, and its last good content counts",
              snapshot.rtt_file->good);
    out.counter("tern_egress_rtt_file_reads_total", "Contents of rtt_file that were read", [&] {
      out.add({{"result", "good"}}, snapshot.rtt_file->reads);
      out.add({{"result", "bad"}}, snapshot.rtt_file->errors);
    });
  }
  out.gauge("tern_egress_prefix_rtts",
            "Measured round trips from PoPs to prefixes that count: file, of prefix_rtt_file; api, "
            "of ternctl rtt set; probe, of egress.probes",
            [&] {
              for (const auto& [source, count] : snapshot.measured_prefixes) {
                out.add({{"source", source}}, count);
              }
            });
  if (snapshot.prefix_rtt_file) {
    out.gauge("tern_egress_prefix_rtt_file_good",
              "0: the content of prefix_rtt_file is bad, and its last good content counts",
              snapshot.prefix_rtt_file->good);
    out.counter("tern_egress_prefix_rtt_file_reads_total",
                "Contents of prefix_rtt_file that were read", [&] {
                  out.add({{"result", "good"}}, snapshot.prefix_rtt_file->reads);
                  out.add({{"result", "bad"}}, snapshot.prefix_rtt_file->errors);
                });
  }
}

}  // namespace

void write_egress_families(FamilyWriter& out, const Snapshot& snapshot) {
  const std::string_view vantage = snapshot.own_pop;
  out.gauge("tern_egress_selected_prefixes",
            "Prefixes of users in a metro whose best path leaves at a PoP", [&] {
              for (const EgressSample& sample : snapshot.egress) {
                out.add({{"vantage", vantage}, {"pop", sample.pop}, {"metro", sample.metro}},
                        sample.prefixes);
              }
            });
  out.gauge("tern_egress_cost_seconds", "Cost from a PoP to the users of a metro", [&] {
    for (const EgressSample& sample : snapshot.egress) {
      if (!sample.cost_known) continue;
      out.add({{"vantage", vantage}, {"pop", sample.pop}, {"metro", sample.metro}},
              sample.cost_seconds);
    }
  });
  out.counter("tern_egress_changes_total", "Best paths that moved to another PoP, by cause", [&] {
    for (const auto& [cause, count] : snapshot.egress_moves) {
      out.add({{"vantage", vantage}, {"cause", cause}}, count);
    }
  });
  out.gauge("tern_egress_suboptimal_prefixes",
            "Prefixes that leave at a PoP that is not the nearest with a path", [&] {
              out.add({{"vantage", vantage}}, snapshot.egress_suboptimal_prefixes);
            });
  out.gauge("tern_egress_measured_pairs",
            "Pairs of places with a measurement of rtt_file, of ternctl rtt set or of probes",
            snapshot.measured_pairs);
  out.gauge("tern_egress_implausible_pairs",
            "Pairs of places whose measurement is shorter than light in fibre allows",
            snapshot.implausible_pairs);
  out.gauge("tern_egress_cost_digest",
            "Number of what is known of the costs from a PoP, the same where the same is known",
            [&] {
              for (const auto& [pop, digest] : snapshot.cost_digests) {
                out.add({{"vantage", vantage}, {"pop", pop}}, digest);
              }
            });
  out.counter("tern_egress_cost_changes_total",
              "Costs of pairs of places that moved: rtt, by new measurements; distance, because "
              "measurements ended",
              [&] {
                out.add({{"cause", "rtt"}}, snapshot.cost_changes_by_rtt);
                out.add({{"cause", "distance"}}, snapshot.cost_changes_by_age);
              });
  write_measured_files(out, snapshot);
  out.gauge("tern_location_tag_missing_prefixes",
            "Accepted routes whose cost is unknown, for want of the place of their users", [&] {
              for (const PeerSample& peer : snapshot.peers) {
                out.add({{"peer", peer.peer}}, location_tags_missing(peer));
              }
            });
  if (!snapshot.probes.empty()) write_probes(out, snapshot.probes);
  if (!snapshot.geofeeds.empty()) write_geofeeds(out, snapshot.geofeeds);
  out.gauge("tern_pop_cost_seconds", "Cost of the backbone from PoP to PoP", [&] {
    for (const Snapshot::PopCost& cost : snapshot.pop_costs) {
      out.add({{"from", cost.from}, {"to", cost.to}}, cost.seconds);
    }
  });
}

}  // namespace tern::exporter
