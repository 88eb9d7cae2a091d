#include "samples.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bgpd/ctl/grammar.h"
#include "bgpd/ctl/view.h"

namespace tern::ctl {
namespace {

std::string feed(View& view, const std::vector<api::proto::Response>& responses,
                 const std::ostringstream& out) {
  for (const auto& each : responses) view.show(each);
  (void)view.close(true);
  return out.str();
}

}  // namespace

api::proto::Response response(const std::string& text) {
  api::proto::Response parsed;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &parsed)) << text;
  return parsed;
}

std::string rendered(const std::vector<std::string>& words,
                     const std::vector<api::proto::Response>& responses, const Screen& screen) {
  std::ostringstream out;
  const auto view = text_view(parse_command(words), screen, out);
  return feed(*view, responses, out);
}

std::string rendered_json(const std::vector<std::string>& words,
                          const std::vector<api::proto::Response>& responses) {
  std::ostringstream out;
  const auto view = json_view(parse_command(words), out);
  return feed(*view, responses, out);
}

api::proto::Response three_neighbors() {
  return response(R"pb(
    last: true
    neighbors {
      neighbors {
        name: "as65001-ams"
        address: "10.0.1.1"
        asn: 65001
        group: "clients"
        state: "Established"
        admin_up: true
        since_seconds: 1799725600
        families {
          family: "ipv4-unicast"
          received: 943201
          accepted: 943180
          rejected: 21
          advertised: 944022
          end_of_rib: true
        }
        families {
          family: "ipv6-unicast"
          received: 201000
          accepted: 201000
          advertised: 201100
          end_of_rib: true
        }
      }
      neighbors {
        address: "2001:db8:0:12::7"
        asn: 4200000001
        group: "clients"
        state: "Active"
        admin_up: true
        since_seconds: 1799999275
        last_error: "Hold Timer Expired"
        families { family: "ipv4-unicast" }
      }
      neighbors {
        name: "as65003-iad"
        address: "10.0.3.1"
        asn: 65003
        state: "Idle"
        since_seconds: 1799990000
        last_error: "Administrative Shutdown"
      }
    }
  )pb");
}

api::proto::Response detailed_neighbor() {
  return response(R"pb(
    last: true
    neighbors {
      neighbors {
        name: "as65001-ams"
        address: "10.0.1.1"
        asn: 65001
        local_asn: 65000
        group: "clients"
        description: "Partner One, Amsterdam"
        state: "Established"
        admin_up: true
        since_seconds: 1799725600
        flaps: 2
        last_error: "Cease/Administrative Reset (received)"
        families {
          family: "ipv4-unicast"
          received: 1200
          accepted: 1190
          rejected: 10
          advertised: 3400
          prefix_limit: 5000
          end_of_rib: true
          announcements_in: 15000
          withdrawals_in: 300
          announcements_out: 20000
          withdrawals_out: 40
        }
        kind: "route-server-client"
        router_id: "10.0.1.1"
        local_address: "10.0.1.254"
        local_port: 179
        remote_port: 41794
        hold_time_seconds: 180
        keepalive_seconds: 60
        capabilities: "4-octet-as"
        capabilities: "route-refresh"
        peer_capabilities: "4-octet-as"
        peer_capabilities: "route-refresh"
        peer_capabilities: "graceful-restart"
        role: "route-server"
        import_policies: "clients-in"
        export_policies: "clients-out"
        vantage: "lhr"
        messages_in { key: "update" value: 1234 }
        messages_in { key: "keepalive" value: 77 }
        messages_in { key: "open" value: 1 }
        messages_in { key: "notification" value: 0 }
        messages_out { key: "open" value: 1 }
        bytes_in: 3500000
        bytes_out: 29
        rejected_by_reason { key: "policy" value: 7 }
        rejected_by_reason { key: "as-loop" value: 3 }
        out_queue_bytes: 70000
        slow: true
        hostname: "edge1"
        rtt_milliseconds: 0.85
        attribute_errors_discarded: 1
        attribute_errors_withdrawn: 2
        last_attribute_error: "MED: length 3"
        last_received_seconds_ago: 12
      }
    }
  )pb");
}

api::proto::Response best_routes() {
  return response(R"pb(
    last: true
    routes {
      routes {
        prefix: "203.0.113.0/24"
        neighbor: "10.0.1.1"
        neighbor_name: "as65001-ams"
        best: true
        accepted: true
        next_hop: "10.0.1.1"
        as_path: "65001 65010"
        origin: "igp"
        med: 0
        local_pref: 100
        communities: "65001:3101"
        communities: "no-export"
        large_communities: "65000:1:2"
        since_seconds: 1799725600
        metro: "Amsterdam"
        egress_pop: "ams"
        egress_cost_us: 1234
      }
      routes {
        prefix: "2001:db8:100::/40"
        neighbor: "2001:db8:0:12::7"
        best: true
        accepted: true
        next_hop: "2001:db8:0:12::7"
        next_hop_link_local: "fe80::1"
        as_path: "4200000001 65020 65020 65020 {65030 65031}"
        origin: "incomplete"
        local_pref: 100
        since_seconds: 1799999275
      }
    }
  )pb");
}

api::proto::Response explanation() {
  return response(R"pb(
    last: true
    explanation {
      prefix: "203.0.113.0/24"
      winner: "as65001-ams wins at step 3, egress cost: 1.2 ms (ams to Amsterdam) against 8.9 ms."
      candidates {
        route {
          prefix: "203.0.113.0/24"
          neighbor: "10.0.1.1"
          neighbor_name: "as65001-ams"
          best: true
          accepted: true
          next_hop: "10.0.1.1"
          as_path: "65001 65005 65010"
          origin: "igp"
          metro: "Amsterdam"
          egress_pop: "ams"
          egress_cost_us: 1234
        }
        tag: "65001:3101"
        cost_source: "measured"
      }
      candidates {
        route {
          prefix: "203.0.113.0/24"
          neighbor: "10.0.2.1"
          neighbor_name: "as65002-lhr"
          accepted: true
          next_hop: "10.0.2.1"
          as_path: "65002 65010"
          origin: "igp"
          metro: "Amsterdam"
          egress_pop: "lhr"
          egress_cost_us: 8912
        }
        tag: "65002:3101"
        cost_source: "estimated"
        lost_at: "egress cost"
      }
      candidates {
        route {
          prefix: "203.0.113.0/24"
          neighbor: "10.0.3.1"
          neighbor_name: "as65003-iad"
          next_hop: "10.0.3.1"
          as_path: "65003 65000 65010"
          origin: "igp"
          reason: "as-loop"
        }
      }
      steps {
        number: 1
        name: "local pref"
        against: 1
        winner_value: "100"
        other_value: "100"
        note: "equal"
      }
      steps { number: 2 name: "registered pin" against: 1 winner_value: "none" other_value: "none" }
      steps {
        number: 3
        name: "egress cost"
        against: 1
        winner_value: "1.2 ms (ams to Amsterdam)"
        other_value: "8.9 ms (lhr to Amsterdam)"
        decided: true
      }
      vantage {
        pop: "lhr"
        paths { candidate: 1 egress_pop: "lhr" backbone_us: 0 last_mile_us: 8912 cost_us: 8912 }
        paths { candidate: 0 last_mile_us: 1234 lost_at: "egress cost" }
      }
      exported: "announced with next hop 10.0.0.1"
      exported: "accepted by policy clients-out, term 1"
    }
  )pb");
}

api::proto::Response egress() {
  return response(R"pb(
    last: true
    egress {
      own_pop: "ams"
      mode: "cold-potato"
      pops: "ams"
      pops: "lhr"
      pops: "iad"
      rows {
        metro: "ams"
        title: "Amsterdam"
        cells { pop: "ams" prefixes: 1200 cost_us: 1234 measured: true nearest: true }
        cells { pop: "lhr" prefixes: 3 cost_us: 8912 measured: true }
        cells { pop: "iad" cost_us: 82000 }
      }
      rows {
        metro: "nyc"
        title: "New York"
        cells { pop: "ams" cost_us: 78000 }
        cells { pop: "lhr" }
        cells { pop: "iad" prefixes: 400 cost_us: 6100 nearest: true }
      }
      untagged_prefixes: 5321
    }
  )pb");
}

api::proto::Response places() {
  return response(R"pb(
    last: true
    places {
      places { kind: "metro" name: "berlin" title: "Berlin" code: 101 within: "de" prefixes: 1200 }
      places { kind: "pop" name: "ams" title: "Amsterdam" code: 1 }
      places { kind: "country" name: "de" code: 276 within: "europe" prefixes: 7 }
      places { kind: "region" name: "europe" title: "Europe" code: 150 }
      neighbors {
        address: "10.0.1.1"
        name: "north"
        dictionary: "north"
        location_default: "country de"
        by_tag: 1190
        by_geofeed: 10
        by_default: 7
        unknown: 2
        contradictory: 3
      }
      geofeeds {
        path: "/etc/tern/feed.csv"
        state: "stale"
        entries: 12
        placed: 10
        error: "no line is good, the first: /etc/tern/feed.csv:1: expected a prefix, found '<html>'"
        read_seconds: 1799999001
      }
    }
  )pb");
}

api::proto::Response rejected_routes() {
  return response(R"pb(
    last: true
    routes {
      routes {
        prefix: "198.51.100.0/24"
        neighbor: "10.0.1.1"
        neighbor_name: "as65001-ams"
        next_hop: "10.0.1.1"
        as_path: "65001 65002 65010"
        origin: "egp"
        reason: "policy"
        reason_detail: "policy clients, term 3: transit leak"
        since_seconds: 1799999958
      }
      routes {
        prefix: "198.51.100.0/24"
        path_id: 7
        neighbor: "10.0.3.1"
        next_hop: "10.0.3.1"
        as_path: "65003 65000"
        origin: "igp"
        reason: "as-loop"
        med: 50
        local_pref: 200
        communities: "65003:1"
        extended_communities: "rt:65000:100"
        atomic_aggregate: true
        aggregator: "65003 10.0.3.1"
        originator_id: "10.9.9.9"
        cluster_list: "10.9.9.1"
        cluster_list: "10.9.9.2"
        aigp: 4294967296
        only_to_customer: 65003
        unknown_attributes: "type 99 flags 0xe0: 0102"
        since_seconds: 1799999958
      }
    }
  )pb");
}

api::proto::Response route_events() {
  return response(R"pb(
    route_events {
      events {
        event: "announce"
        time_milliseconds: 1799999001005
        route {
          prefix: "203.0.113.0/24"
          path_id: 7
          neighbor: "10.0.1.1"
          neighbor_name: "as65001-ams"
          next_hop: "10.0.1.1"
          as_path: "65001 3356"
          origin: "igp"
          reason: "as-loop"
        }
      }
      events { event: "fell-behind" time_milliseconds: 1799999001005 }
      events {
        event: "withdraw"
        time_milliseconds: 1799999002120
        all_paths: true
        route { prefix: "2001:db8::/32" neighbor: "10.0.1.1" }
      }
      events { event: "resynchronized" time_milliseconds: 1799999002120 }
    })pb");
}

api::proto::Response status() {
  return response(R"pb(
    last: true
    status {
      version { version: "0.1.0" revision: "abc1234" start_time_seconds: 1799725600 }
      asn: 65000
      router_id: "10.0.0.1"
      config_file: "/etc/tern/tern.yaml"
      config_generation: 3
      last_reload_seconds: 1799992800
      last_reload_ok: true
      neighbors: 42
      established: 40
      tables { family: "ipv4-unicast" prefixes: 943201 paths: 1900200 }
      tables { family: "ipv6-unicast" prefixes: 201000 paths: 1 }
      attribute_sets: 120000
      attribute_bytes: 35861299
      resident_bytes: 536870912
      pop: "ams"
      ready: true
    }
  )pb");
}

api::proto::Response reload() {
  return response(R"pb(
    last: true
    reload {
      ok: true
      changes { subject: "peer 10.0.1.9" kind: "added" }
      changes {
        subject: "peer 10.0.1.7"
        kind: "changed"
        details: "hold_time: 180 -> 90"
        resets_session: true
      }
      changes { subject: "router.id" kind: "changed" needs_restart: true }
      changes { subject: "policy old" kind: "removed" }
    }
  )pb");
}

}  // namespace tern::ctl
