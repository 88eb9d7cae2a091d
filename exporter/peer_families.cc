#include "exporter/peer_families.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rib/types/family.h"
#include "rib/types/reason.h"

namespace tern::exporter {
namespace {

using Peers = std::vector<PeerSample>;
using FamilySample = PeerSample::FamilySample;

// RFC 4271 section 8.2.2, in the order of PeerSample::state.
constexpr std::array<std::string_view, 6> kStates{"Idle",     "Connect",     "Active",
                                                  "OpenSent", "OpenConfirm", "Established"};

// By message type number (RFC 4271 section 4.1, RFC 2918); 0 is unused.
constexpr std::array<std::string_view, 6> kMessageTypes{
    "", "open", "update", "notification", "keepalive", "route-refresh"};

std::string number_label(std::uint8_t number) {
  return number == NotificationCount::kOther ? "other" : std::to_string(number);
}

// One family whose only label is peer.
template <typename Value>
auto per_peer(FamilyWriter& out, const Peers& peers, Value value) {
  return [&out, &peers, value] {
    for (const PeerSample& peer : peers) out.add({{"peer", peer.peer}}, value(peer));
  };
}

// Calls visit(peer, family, sample) for every family of a peer that has values to show.
template <typename Visit>
void each_family(const Peers& peers, Visit visit) {
  for (const PeerSample& peer : peers) {
    for (const Family family : kFamilies) {
      const FamilySample& sample = peer.families[index(family)];
      // Limits are set for each family of an IP version, whether the session has the family or not.
      const bool limited = sample.prefix_limit != 0 && row(family).always_shown;
      const bool used = sample.negotiated || limited || sample.received != 0 ||
                        sample.advertised != 0 || sample.announce_in != 0 ||
                        sample.withdraw_in != 0 || sample.announce_out != 0 ||
                        sample.withdraw_out != 0;
      if (used) visit(peer, family, sample);
    }
  }
}

void write_identity(FamilyWriter& out, const Peers& peers) {
  out.gauge("tern_peer_info", "What a peer is: join it by the label peer", [&] {
    for (const PeerSample& peer : peers) {
      out.add({{"peer", peer.peer},
               {"name", peer.name},
               {"remote_as", std::to_string(peer.remote_as)},
               {"local_as", std::to_string(peer.local_as)},
               {"description", peer.description},
               {"peer_group", peer.group},
               {"role", peer.role},
               {"pop", peer.pop}},
              1);
    }
  });
  out.gauge("tern_peer_last_error_info", "Why the session ended the last time", [&] {
    for (const PeerSample& peer : peers) {
      if (!peer.last_error.empty()) out.add({{"peer", peer.peer}, {"error", peer.last_error}}, 1);
    }
  });
}

void write_state(FamilyWriter& out, const Peers& peers) {
  out.gauge("tern_peer_state", "State of the session (RFC 4271 section 8): 1 for the present one",
            [&] {
              for (const PeerSample& peer : peers) {
                for (std::size_t i = 0; i < kStates.size(); ++i) {
                  out.add({{"peer", peer.peer}, {"state", kStates[i]}}, peer.state == i + 1);
                }
              }
            });
  out.gauge("tern_peer_admin_up", "0: disabled by configuration or by hand",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.admin_up; }));
  out.gauge("tern_peer_drained", "1: drained by hand, by itself or with the PoP (RFC 8326)",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.drained; }));
  out.gauge("tern_peer_added_cost_seconds",
            "What the paths of the neighbor cost more, because it or the PoP is degraded",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.added_seconds; }));
  out.gauge("tern_peer_demotion_cost_seconds",
            "What the paths of the neighbor cost more, because of rules of health",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.demotion_seconds; }));
  out.gauge("tern_peer_route_filter_communities",
            "Communities of the route filter of the neighbor; 0: no route passes", [&] {
              for (const PeerSample& peer : peers) {
                if (peer.route_filter) {
                  out.add({{"peer", peer.peer}}, peer.route_filter->communities);
                }
              }
            });
  out.gauge("tern_peer_route_filter_edits",
            "Communities that ternctl filter added to the route filter or removed from it", [&] {
              for (const PeerSample& peer : peers) {
                if (peer.route_filter) out.add({{"peer", peer.peer}}, peer.route_filter->edits);
              }
            });
  out.gauge("tern_peer_established_timestamp_seconds",
            "When the session reached Established, since the Unix epoch; 0: it is not",
            per_peer(out, peers,
                     [](const PeerSample& peer) { return peer.established_timestamp_seconds; }));
  out.counter("tern_peer_flaps_total", "Times the session left Established",
              per_peer(out, peers, [](const PeerSample& peer) { return peer.flaps; }));
  out.gauge("tern_peer_hold_time_seconds", "Negotiated hold time; 0: no KEEPALIVEs or no session",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.hold_time_seconds; }));
  out.gauge("tern_peer_rtt_seconds",
            "Round-trip time of the TCP connection, smoothed by the kernel", [&] {
              for (const PeerSample& peer : peers) {
                if (peer.rtt_seconds > 0) out.add({{"peer", peer.peer}}, peer.rtt_seconds);
              }
            });
}

void write_messages(FamilyWriter& out, const Peers& peers) {
  out.counter("tern_peer_messages_total", "BGP messages", [&] {
    for (const PeerSample& peer : peers) {
      for (std::size_t type = 1; type < kMessageTypes.size(); ++type) {
        const std::string_view name = kMessageTypes[type];
        out.add({{"peer", peer.peer}, {"direction", "in"}, {"type", name}}, peer.messages_in[type]);
        out.add({{"peer", peer.peer}, {"direction", "out"}, {"type", name}},
                peer.messages_out[type]);
      }
    }
  });
  out.counter("tern_peer_bytes_total", "Bytes of BGP messages, headers included", [&] {
    for (const PeerSample& peer : peers) {
      out.add({{"peer", peer.peer}, {"direction", "in"}}, peer.bytes_in);
      out.add({{"peer", peer.peer}, {"direction", "out"}}, peer.bytes_out);
    }
  });
  out.counter("tern_peer_notifications_total",
              "NOTIFICATIONs by error code and subcode (RFC 4271 section 4.5); other: any that no "
              "RFC names",
              [&] {
                for (const PeerSample& peer : peers) {
                  for (const NotificationCount& seen : peer.notifications) {
                    out.add({{"peer", peer.peer},
                             {"direction", seen.sent ? "out" : "in"},
                             {"code", number_label(seen.code)},
                             {"subcode", number_label(seen.subcode)}},
                            seen.count);
                  }
                }
              });
  out.counter("tern_peer_update_errors_total",
              "Malformed UPDATEs by treatment (RFC 7606 section 2)", [&] {
                for (const PeerSample& peer : peers) {
                  out.add({{"peer", peer.peer}, {"treatment", "attribute-discard"}},
                          peer.update_errors_discard);
                  out.add({{"peer", peer.peer}, {"treatment", "treat-as-withdraw"}},
                          peer.update_errors_withdraw);
                }
              });
}

void write_location(FamilyWriter& out, const Peers& peers) {
  out.counter("tern_peer_located_routes_total",
              "Accepted routes by how the place of their users was found", [&] {
                for (const PeerSample& peer : peers) {
                  for (const auto& [source, count] : peer.located) {
                    out.add({{"peer", peer.peer}, {"source", source}}, count);
                  }
                }
              });
  out.counter("tern_peer_contradictory_tags_total",
              "Accepted routes whose location tags exclude each other", [&] {
                for (const PeerSample& peer : peers) {
                  if (peer.located.empty()) continue;
                  out.add({{"peer", peer.peer}}, peer.contradictory_tags);
                }
              });
}

void write_sending(FamilyWriter& out, const Peers& peers) {
  out.gauge("tern_peer_out_queue_bytes", "Bytes waiting for the peer to read",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.out_queue_bytes; }));
  out.gauge("tern_peer_slow",
            "1: the peer reads slower than routes change, and gets the present state only",
            per_peer(out, peers, [](const PeerSample& peer) { return peer.slow; }));
  out.counter(
      "tern_peer_send_blocked_seconds_total", "Time in which the peer's TCP window was closed",
      per_peer(out, peers, [](const PeerSample& peer) { return peer.send_blocked_seconds; }));
}

void write_limits(FamilyWriter& out, const Peers& peers) {
  out.gauge("tern_peer_prefix_limit", "Most routes the peer may send", [&] {
    each_family(peers, [&](const PeerSample& peer, Family family, const FamilySample& sample) {
      if (sample.prefix_limit == 0) return;
      out.add({{"peer", peer.peer}, {"afi", afi_name(family)}, {"stage", "received"}},
              sample.prefix_limit);
    });
  });
  out.counter("tern_peer_paths_refused_total",
              "Paths that were left out: as many of one prefix as add_path.receive_limit says",
              per_peer(out, peers, [](const PeerSample& peer) { return peer.paths_refused; }));
  out.counter("tern_peer_prefix_limit_hits_total", "Times a limit was passed, by what was done",
              [&] {
                for (const PeerSample& peer : peers) {
                  for (const auto& [action, count] : peer.prefix_limit_hits) {
                    out.add({{"peer", peer.peer}, {"action", action}}, count);
                  }
                }
              });
}

}  // namespace

void write_session_families(FamilyWriter& out, const Peers& peers) {
  write_identity(out, peers);
  write_state(out, peers);
  write_messages(out, peers);
  write_location(out, peers);
  write_sending(out, peers);
}

void write_route_families(FamilyWriter& out, const Peers& peers) {
  out.gauge("tern_peer_routes", "Routes now held from or advertised to a peer", [&] {
    each_family(peers, [&](const PeerSample& peer, Family family, const FamilySample& sample) {
      const auto stage = [&](std::string_view name, std::uint64_t routes) {
        out.add({{"peer", peer.peer},
                 {"afi", afi_name(family)},
                 {"safi", safi_name(family)},
                 {"stage", name}},
                routes);
      };
      stage("received", sample.received);
      stage("accepted", sample.accepted);
      stage("rejected", sample.rejected);
      stage("best", sample.best);
      stage("advertised", sample.advertised);
    });
  });
  out.counter("tern_peer_route_changes_total", "Routes announced and withdrawn", [&] {
    each_family(peers, [&](const PeerSample& peer, Family family, const FamilySample& sample) {
      const auto change = [&](std::string_view direction, std::string_view op,
                              std::uint64_t count) {
        out.add(
            {{"peer", peer.peer}, {"afi", afi_name(family)}, {"direction", direction}, {"op", op}},
            count);
      };
      change("in", "announce", sample.announce_in);
      change("in", "withdraw", sample.withdraw_in);
      change("out", "announce", sample.announce_out);
      change("out", "withdraw", sample.withdraw_out);
    });
  });
  // Writes every reason, also at 0: rate() does not see the first step of a series that begins
  // above 0, and a leak that happens once is such a step.
  out.counter("tern_routes_rejected_total", "Received routes that were not accepted", [&] {
    for (const PeerSample& peer : peers) {
      for (std::size_t reason = 1; reason < kReasonCount; ++reason) {
        out.add({{"peer", peer.peer}, {"reason", to_string(static_cast<Reason>(reason))}},
                peer.rejected_total[reason]);
      }
      for (const auto& [word, count] : peer.rejected_by_word) {
        out.add({{"peer", peer.peer}, {"reason", word}}, count);
      }
    }
  });
  write_limits(out, peers);
}

}  // namespace tern::exporter
