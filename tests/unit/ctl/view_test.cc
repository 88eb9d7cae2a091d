// What people read, letter by letter.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <tuple>

#include "samples.h"

namespace tern::ctl {
namespace {

const Screen kNarrow{false, 80, kNow};
const Screen kColors{true, 120, kNow};

// Begins with a line break, so that the pages below line up.
std::string page(const std::vector<std::string>& words, const api::proto::Response& answer,
                 const Screen& screen = {false, std::nullopt, kNow}) {
  return "\n" + rendered(words, {answer}, screen);
}

TEST(View, Neighbors) {
  EXPECT_EQ(page({"show", "neighbors"}, three_neighbors()), R"(
Neighbor          Address                   AS  Group    State         Since  Family  Received  Accepted  Rejected  Advertised  Note
as65001-ams       10.0.1.1               65001  clients  Established   3d 4h  ipv4     943,201   943,180        21     944,022
as65001-ams       10.0.1.1               65001  clients  Established   3d 4h  ipv6     201,000   201,000         0     201,100
2001:db8:0:12::7  2001:db8:0:12::7  4200000001  clients  Active       12m 5s                                                    Hold Timer Expired
as65003-iad       10.0.3.1               65003           Idle         2h 46m                                                    disabled

3 neighbors, 1 established
)");
}

// 1,799,999,001 is 07:43:21 UTC.
TEST(View, StreamOfRoutes) {
  setenv("TZ", "UTC", 1);
  ::tzset();
  EXPECT_EQ(page({"monitor", "routes", "received"}, route_events()), R"(
07:43:21.005 + 203.0.113.0/24 id 7 via 10.0.1.1  65001 3356 i  from as65001-ams  as-loop
07:43:21.005 = fell behind: changes were left out, the present state of what changed follows
07:43:22.120 - 2001:db8::/32  all paths  from 10.0.1.1
07:43:22.120 = resynchronized
)");
}

// The second family does not repeat the session; what does not fit is left out or cut.
TEST(View, NeighborsOnANarrowTerminal) {
  EXPECT_EQ(page({"show", "neighbors"}, three_neighbors(), kNarrow), R"(
Neighbor                  AS  State         Since  Family  Received  Advertised  Note
as65001-ams            65001  Established   3d 4h  ipv4     943,201     944,022
                                                   ipv6     201,000     201,100
2001:db8:0:12::7  4200000001  Active       12m 5s                                Hold Timer …
as65003-iad            65003  Idle         2h 46m                                disabled

3 neighbors, 1 established
)");
}

TEST(View, NeighborInDetail) {
  EXPECT_EQ(page({"show", "neighbors", "detail"}, detailed_neighbor()), R"(
as65001-ams (10.0.1.1), AS 65001, Established for 3d 4h
  Description         Partner One, Amsterdam
  Group               clients
  Kind                route-server-client
  Role                route-server
  Router ID           10.0.1.1
  Host name           edge1
  Local               10.0.1.254, AS 65000, port 179 to 41794
  Timers              hold 180 s, keepalive 60 s, last heard 12s ago
  Round trip          850 us
  Capabilities        4-octet-as, route-refresh
  Offered by peer     4-octet-as, route-refresh, graceful-restart
  Import policies     clients-in
  Export policies     clients-out
  Vantage             lhr
  Messages in         keepalive 77, open 1, update 1,234 (3.3 MiB)
  Messages out        open 1 (29 B)
  Waiting to be sent  68.4 KiB (slow)
  Rejected now        as-loop 3, policy 7
  Attribute errors    1 attribute discarded, 2 updates treated as withdraw (RFC 7606); last: MED: length 3
  Times lost          2
  Last error          Cease/Administrative Reset (received)
  Family        Received  Accepted  Rejected  Advertised  Limit  End-of-RIB  In: announced  withdrawn  Out: announced  withdrawn
  ipv4-unicast     1,200     1,190        10       3,400  5,000  yes                15,000        300          20,000         40
)");
}

TEST(View, Routes) {
  EXPECT_EQ(page({"show", "routes"}, best_routes()), R"(
   Prefix             Next hop          Pref  MED  AS path                                       From                 Age  Egress
*  203.0.113.0/24     10.0.1.1           100    0  65001 65010 i                                 as65001-ams        3d 4h  Amsterdam at ams, 1.2 ms
*  2001:db8:100::/40  2001:db8:0:12::7   100       4200000001 65020 65020 65020 {65030 65031} ?  2001:db8:0:12::7  12m 5s

2 routes
)");
}

TEST(View, RoutesOnANarrowTerminal) {
  EXPECT_EQ(page({"show", "routes", "limit", "2"}, best_routes(), kNarrow), R"(
   Prefix             AS path         From              Egress
*  203.0.113.0/24     65001 65010 i   as65001-ams       Amsterdam at ams, 1.2 ms
*  2001:db8:100::/40  4200000001 65…  2001:db8:0:12::7

2 routes, the limit: there may be more
)");
}

TEST(View, RoutesInDetail) {
  EXPECT_EQ(page({"show", "routes", "detail"}, best_routes()), R"(
203.0.113.0/24  best
  From                  as65001-ams (10.0.1.1), 3d 4h ago
  Next hop              10.0.1.1
  AS path               65001 65010
  Origin                igp
  Local pref            100
  MED                   0
  Communities           65001:3101 no-export
  Large communities     65000:1:2
  Egress                Amsterdam at ams, 1.2 ms

2001:db8:100::/40  best
  From                  2001:db8:0:12::7, 12m 5s ago
  Next hop              2001:db8:0:12::7 (link-local fe80::1)
  AS path               4200000001 65020 65020 65020 {65030 65031}
  Origin                incomplete
  Local pref            100

2 routes
)");
}

TEST(View, RejectedRoutesNameTheirReason) {
  EXPECT_EQ(page({"show", "routes", "rejected"}, rejected_routes()), R"(
   Prefix           Path ID  Next hop  Pref  MED  AS path              From         Age  Reason
x  198.51.100.0/24           10.0.1.1             65001 65002 65010 e  as65001-ams  42s  policy clients, term 3: transit leak
x  198.51.100.0/24        7  10.0.3.1   200   50  65003 65000 i        10.0.3.1     42s  as-loop

2 paths
)");
}

TEST(View, RejectedRouteInDetail) {
  EXPECT_EQ(page({"show", "routes", "rejected", "detail"}, rejected_routes()), R"(
198.51.100.0/24  rejected: policy clients, term 3: transit leak
  From                  as65001-ams (10.0.1.1), 42s ago
  Next hop              10.0.1.1
  AS path               65001 65002 65010
  Origin                egp

198.51.100.0/24  rejected: as-loop
  From                  10.0.3.1, 42s ago
  Path ID               7
  Next hop              10.0.3.1
  AS path               65003 65000
  Origin                igp
  Local pref            200
  MED                   50
  Communities           65003:1
  Extended communities  rt:65000:100
  Atomic aggregate      yes
  Aggregator            65003 10.0.3.1
  Originator ID         10.9.9.9
  Cluster list          10.9.9.1 10.9.9.2
  AIGP                  4294967296
  Only to customer      AS 65003
  Unknown attributes    type 99 flags 0xe0: 0102

2 paths
)");
}

TEST(View, CountOfRoutes) {
  EXPECT_EQ(rendered({"show", "routes", "count"}, {response("routes { count: 943201 }")}),
            "943,201\n");
}

TEST(View, Explanation) {
  EXPECT_EQ(rendered({"explain", "203.0.113.0/24", "to", "edge"}, {explanation()}),
            R"(203.0.113.0/24
  as65001-ams wins at step 3, egress cost: 1.2 ms (ams to Amsterdam) against 8.9 ms.

Candidates, in order of preference
  #  From         Egress  Users in   Tag         Cost              AS path              Verdict
  1  as65001-ams  ams     Amsterdam  65001:3101  1.2 ms measured   65001 65005 65010 i  the best
  2  as65002-lhr  lhr     Amsterdam  65002:3101  8.9 ms estimated  65002 65010 i        lost at egress cost
  3  as65003-iad                                                   65003 65000 65010 i  rejected, as-loop

1 against 2
  Step               1: as65001-ams                    2: as65002-lhr
  1. local pref      100                        =      100                        equal
  2. registered pin  none                       =      none                       equal
  3. egress cost     1.2 ms (ams to Amsterdam)  beats  8.9 ms (lhr to Amsterdam)  decides

The first step that differs decides; no later one is read.

From lhr, where traffic of edge enters
  #  From         Egress  Backbone  Last mile     Cost  Verdict
  2  as65002-lhr  lhr         0 us     8.9 ms   8.9 ms  the best from there
  1  as65001-ams           unknown     1.2 ms  unknown  lost at egress cost

What edge is told
  announced with next hop 10.0.0.1
  accepted by policy clients-out, term 1
)");
}

TEST(View, ExplanationWithoutAWinner) {
  auto answer = explanation();
  auto& body = *answer.mutable_explanation();
  body.clear_steps();
  body.clear_winner();
  body.clear_vantage();
  body.clear_exported();
  body.mutable_candidates()->DeleteSubrange(0, 2);
  EXPECT_EQ(page({"explain", "203.0.113.0/24"}, answer), R"(
203.0.113.0/24
  No candidate may be used.

The only candidate
  #  From         AS path              Verdict
  1  as65003-iad  65003 65000 65010 i  rejected, as-loop
)");
}

TEST(View, Egress) {
  EXPECT_EQ(page({"show", "egress"}, egress()), R"(
Best paths by the metro of their users and the PoP where they leave
this is ams, mode cold-potato

Metro              ams      cost     lhr     cost     iad      cost
Amsterdam (ams)  1,200    1.2 ms  *    3   8.9 ms       -  ~82.0 ms
New York (nyc)       -  ~78.0 ms       -  unknown     400   ~6.1 ms  *

* nearest PoP of the metro   ~ cost estimated from distance
Best paths without a location: 5,321
)");
}

// PoPs that do not fit beside one another follow below.
TEST(View, EgressOnANarrowTerminal) {
  EXPECT_EQ(page({"show", "egress"}, egress(), kNarrow), R"(
Best paths by the metro of their users and the PoP where they leave
this is ams, mode cold-potato

Metro              ams      cost     lhr     cost
Amsterdam (ams)  1,200    1.2 ms  *    3   8.9 ms
New York (nyc)       -  ~78.0 ms       -  unknown

Metro            iad      cost
Amsterdam (ams)    -  ~82.0 ms
New York (nyc)   400   ~6.1 ms  *

* nearest PoP of the metro   ~ cost estimated from distance
Best paths without a location: 5,321
)");
}

TEST(View, Places) {
  EXPECT_EQ(page({"show", "places"}, places()), R"(
Place   Kind     Title      In      Code  Best paths
berlin  metro    Berlin     de       101       1,200
ams     PoP      Amsterdam             1           -
de      country             europe   276           7
europe  region   Europe              150           -

Routes announced, by how their place was found
Neighbor  Dictionary  Default       Tag  Geofeed  By default  PoP  Unknown  Contradictory
north     north       country de  1,190       10           7    -        2              3

Geofeeds
File                State     Read  Entries  With a place  Left out
/etc/tern/feed.csv  stale  16m 39s       12            10         -
  no line is good, the first: /etc/tern/feed.csv:1: expected a prefix, found '<html>'
)");
}

TEST(View, AllTagsOfACandidate) {
  auto answer = explanation();
  auto& candidate = *answer.mutable_explanation()->mutable_candidates(0);
  candidate.set_contradictory(true);
  for (const auto& [community, place, counts] :
       {std::tuple{"65001:3101", "berlin", true}, std::tuple{"65001:33", "country fr", false}}) {
    auto& tag = *candidate.add_tags();
    tag.set_community(community);
    tag.set_place(place);
    tag.set_counts(counts);
  }
  const std::string text = page({"explain", "203.0.113.0/24"}, answer);
  EXPECT_NE(text.find(R"(
Location tags
  #  Tag         Users in
  1  65001:3101  berlin      counts
  1  65001:33    country fr  does not count; the tags contradict each other
)"),
            std::string::npos)
      << text;
}

TEST(View, EgressWithoutMetros) {
  EXPECT_EQ(rendered({"show", "egress"}, {response("egress {}")}), "No metros are configured.\n");
}

TEST(View, Status) {
  EXPECT_EQ(rendered({"status"}, {status()}), R"(ternd 0.1.0 (abc1234), up 3d 4h, ready
  Router         AS 65000, ID 10.0.0.1, PoP ams
  Configuration  /etc/tern/tern.yaml, generation 3, last reload 2h ago
  Neighbors      40 of 42 established
  ipv4-unicast   943,201 prefixes, 1,900,200 paths
  ipv6-unicast   201,000 prefixes, 1 path
  Attributes     120,000 sets, 34.2 MiB
  Memory         512.0 MiB resident
)");
}

TEST(View, StatusSaysWhatAReloadEvaluatedAgain) {
  auto answer = status();
  answer.mutable_status()->set_reevaluated_imports(1200);
  answer.mutable_status()->set_reevaluated_exports(34);
  EXPECT_NE(
      rendered({"status"}, {answer}).find("last reload 2h ago, 1,234 routes evaluated again\n"),
      std::string::npos);
}

TEST(View, Reload) {
  EXPECT_EQ(page({"reload"}, reload()), R"(
Reloaded: 4 changes.
  + peer 10.0.1.9 added
  ~ peer 10.0.1.7 changed, resets the session
      hold_time: 180 -> 90
  ~ router.id changed, needs a restart
  - policy old removed
)");
}

TEST(View, ReloadThatMayNotBeMeant) {
  const auto refused = response(
      "reload { doubt: 'removes 10 of 12 neighbors' errors: 'removes 10 of 12 neighbors' "
      "changes { subject: 'peer 10.0.1.9' kind: 'removed' } }");
  EXPECT_EQ(rendered({"reload"}, {refused}),
            "This reload removes 10 of 12 neighbors; nothing was changed. 'ternctl reload --yes' "
            "does it.\n  - peer 10.0.1.9 removed\n");
  const auto checked = response("reload { ok: true doubt: 'removes 10 of 12 neighbors' }");
  EXPECT_EQ(rendered({"reload", "check"}, {checked}),
            "The configuration is good; it is what runs now.\n  It removes 10 of 12 neighbors; it "
            "needs --yes.\n");
}

TEST(View, StatusOfStaleFilesAndRefusedReloads) {
  auto answer = status();
  answer.mutable_status()->add_stale_files("rtt.csv:2:1: no; its last good content is used");
  answer.mutable_status()->set_reload_note("the last reload was refused: t.yml:1:1: no");
  const std::string text = rendered({"status"}, {answer});
  EXPECT_NE(
      text.find("last reload 2h ago\n                 the last reload was refused: t.yml:1:1: no\n"
                "  Stale file     rtt.csv:2:1: no; its last good content is used\n"),
      std::string::npos)
      << text;
}

TEST(View, ReloadOfWhatRuns) {
  const auto warned = response("reload { ok: true warnings: 't.yml:3:5: warning: groups.g: hm' }");
  EXPECT_EQ(rendered({"reload"}, {warned}),
            "Reloaded; nothing had changed.\n  t.yml:3:5: warning: groups.g: hm\n");
  const auto same = response("reload { ok: true }");
  EXPECT_EQ(rendered({"reload"}, {same}), "Reloaded; nothing had changed.\n");
  EXPECT_EQ(rendered({"reload", "check"}, {same}),
            "The configuration is good; it is what runs now.\n");
}

TEST(View, NextHops) {
  EXPECT_EQ("\n" + rendered({"show", "nexthops"}, {response(R"(
      next_hops {
        next_hops { address: "10.1.0.1" resolved: true state: "kernel" metric: 10
                    prefix: "10.1.0.1/32" gateway: "10.9.0.2" interface: "eth1" routes: 812004
                    since_seconds: 1799996400 }
        next_hops { address: "10.2.0.1" state: "interface-down" prefix: "10.2.0.1/32"
                    interface: "eth2" routes: 17 since_seconds: 1799999996 flaps: 2
                    held_state: "kernel" held_metric: 10 held_until_seconds: 1800000003 }
        next_hops { address: "2001:db8::7" state: "no-route" since_seconds: 1799999940 }
      } last: true)")}),
            R"(
Next hop     State                          Metric  By           Via             Routes  Since  Flaps
10.1.0.1     kernel                             10  10.1.0.1/32  10.9.0.2 eth1  812,004     1h
10.2.0.1     interface-down (kernel in 3s)          10.2.0.1/32  eth2                17     4s      2
2001:db8::7  no-route                                                                 0     1m

3 next hops, 2 unresolved
)");
  EXPECT_EQ(rendered({"show", "nexthops"}, {response("next_hops { } last: true")}),
            "No such next hop is known.\n");
}

TEST(View, Originated) {
  EXPECT_EQ("\n" + rendered({"show", "originated"}, {response(R"(
      originated {
        routes { prefix: "192.0.2.0/24" family: "ipv4-unicast" source: "configured"
                 state: "originated" since_seconds: 1799996400 held_by: 12 }
        routes { prefix: "198.51.100.0/24" source: "configured" state: "rejected"
                 reason: "policy" reason_detail: "policy closed, term #1" }
        routes { prefix: "198.51.101.0/24" source: "configured" state: "withheld"
                 reason: "uplinks" }
        routes { prefix: "198.51.102.0/23" source: "aggregate" state: "inactive" }
        routes { prefix: "203.0.113.0/24" source: "injected" state: "originated"
                 since_seconds: 1799999940 expires_seconds: 1800003600 kept: true med: 5
                 communities: "64500:7" }
      } last: true)")}),
            R"(
Prefix           Source          State                             Since  Expires  Held by  MED  Communities
192.0.2.0/24     configured      originated                           1h                12
198.51.100.0/24  configured      rejected: policy closed, term #1
198.51.101.0/24  configured      withheld by uplinks
198.51.102.0/23  aggregate       inactive: no route contributes
203.0.113.0/24   injected, kept  originated                           1m  in 1h          0    5  64500:7

5 routes
)");
  EXPECT_EQ("\n" + rendered({"show", "originated"}, {response(R"(
      originated {
        routes { prefix: "192.0.2.0/24" family: "ipv4-unicast" source: "configured"
                 state: "originated" since_seconds: 1799996400 held_by: 12 metro: "paris" }
      } last: true)")}),
            R"(
Prefix        Source      State       Since  Held by  Metro
192.0.2.0/24  configured  originated     1h       12  paris

1 route
)");
  EXPECT_EQ("\n" + rendered({"show", "conditions"}, {response(R"(
      conditions {
        conditions { name: "uplinks" state: "holds" since_seconds: 1799996400 changes: 2
                     why: "2 sessions of group transit are Established, 1 wanted" }
        conditions { name: "default" state: "fails" since_seconds: 1799999940
                     changes_in_seconds: 5 why: "there is no route to 0.0.0.0/0" }
      } last: true)")}),
            R"(
Condition  State  Since  Due    Changes  Why
uplinks    holds     1h               2  2 sessions of group transit are Established, 1 wanted
default    fails     1m  in 5s        0  there is no route to 0.0.0.0/0
)");
  EXPECT_EQ(rendered({"show", "originated"}, {response("originated { } last: true")}),
            "This router originates nothing.\n");
  EXPECT_EQ(rendered({"originate", "203.0.113.0/24"},
                     {response("originate { prefix: '203.0.113.0/24' } last: true")}),
            "203.0.113.0/24 is originated\n");
  EXPECT_EQ(rendered({"withdraw", "203.0.113.0/24"},
                     {response("originate { prefix: '203.0.113.0/24' } last: true")}),
            "203.0.113.0/24 is withdrawn\n");
}

TEST(View, ActionsNameTheirNeighbors) {
  const auto done = response("neighbor_action { neighbors: 'a' neighbors: 'b' }");
  EXPECT_EQ(rendered({"neighbor", "clients", "disable"}, {done}), "a: disabled\nb: disabled\n");
  EXPECT_EQ(rendered({"neighbor", "clients", "refresh", "in"}, {done}),
            "a: asked for its routes\nb: asked for its routes\n");
}

TEST(View, DrainsNameWhatTheyDrain) {
  const auto done = response("neighbor_action { neighbors: 'a' neighbors: 'b' }");
  EXPECT_EQ(rendered({"neighbor", "clients", "drain"}, {done}), "a: drained\nb: drained\n");
  EXPECT_EQ(rendered({"pop", "drain"}, {done}), "The PoP is drained, 2 neighbors.\n");
  EXPECT_EQ(rendered({"pop", "undrain"}, {response("neighbor_action { }")}),
            "The PoP is not drained any more, 0 neighbors.\n");
  const auto status = response("status { ready: true pop_drained: true drained_neighbors: 3 }");
  EXPECT_NE(rendered({"status"}, {status}).find("the PoP, 3 neighbors"), std::string::npos);
}

TEST(View, RoundTripsShowTheCostInUse) {
  const auto rtts = response(R"(rtts { file: '/etc/tern/rtts.csv' rtts {
    pop: 'ams' to: 'paris' source: 'file' latest_us: 21000 average_us: 12000 age_seconds: 5
    state: 'waits' waits_seconds: 42 used_us: 8100 used_source: 'file' used_for_seconds: 18 }
    rtts { pop: 'ams' to: 'lhr' backbone: true source: 'api' latest_us: 6000 average_us: 6000
    age_seconds: 240 expires_in_seconds: 60 state: 'stale' used_us: 6200 used_source: 'distance'
    used_for_seconds: 420 } } last: true)");
  EXPECT_EQ(rendered({"show", "rtts"}, {rtts}), R"(File /etc/tern/rtts.csv: good

From  To          Latest  Average  Source  Age  Expires  State      Cost in use        For
ams   paris      21.0 ms  12.0 ms  file     5s           waits 42s  8.1 ms (file)      18s
ams   lhr (PoP)   6.0 ms   6.0 ms  api      4m  in 1m    stale      6.2 ms (distance)   7m
)");
  EXPECT_EQ(rendered({"show", "rtts"}, {response(R"(rtts { prefix_file: '/etc/tern/prefixes.csv'
    prefix_file_error: 'prefixes.csv:2:1: no' prefixes: 1 } last: true)")}),
            "File /etc/tern/prefixes.csv: prefixes.csv:2:1: no, 1 round trip to prefixes\n\n"
            "Nothing is measured: costs are of the configuration.\n");
  EXPECT_EQ(rendered({"show", "rtts"}, {response("rtts { } last: true")}),
            "Nothing is measured: costs are of the configuration.\n");
  EXPECT_EQ(rendered({"rtt", "set", "ams", "paris", "21"}, {response(R"(rtts { rtts {
    pop: 'ams' to: 'paris' state: 'waits' waits_seconds: 42 used_us: 8100 used_source: 'file' } }
    last: true)")}),
            "ams to paris: the cost is 8.1 ms (file); it waits 42s for the end of the dwell\n");
  EXPECT_EQ(rendered({"rtt", "set", "ams", "paris", "21"}, {response(R"(rtts { rtts {
    pop: 'ams' to: 'paris' latest_us: 21000 average_us: 12000 state: 'waits' used_us: 8100
    used_source: 'api' } } last: true)")}),
            "ams to paris: the cost is 8.1 ms (api); the average with earlier measurements is "
            "12.0 ms; it counts within a second\n");
  // The measurement is no part of the average of those before.
  EXPECT_EQ(rendered({"rtt", "set", "iad", "paris", "30"}, {response(R"(rtts { rtts {
    pop: 'iad' to: 'paris' latest_us: 30000 average_us: 80000 state: 'implausible'
    shortest_us: 60100 used_us: 80000 used_source: 'api' } } last: true)")}),
            "iad to paris: the cost is 80.0 ms (api); the measurement does not count, because "
            "light in fibre needs 60.1 ms\n");
  EXPECT_EQ(rendered({"rtt", "clear", "all"}, {response("rtts { cleared: 3 } last: true")}),
            "3 measurements cleared\n");
}

TEST(View, Probes) {
  const auto probes = response(R"(probes { interval_seconds: 10 timeout_milliseconds: 2000
    targets { name: 'berlin-1' address: '192.0.2.80' method: 'icmp' to: 'berlin' state: 'answered'
      since_seconds: 1799999000 rtt_us: 11800 recent: 16 answered: 40 }
    targets { name: 'berlin-2' address: '2001:db8::80' method: 'tcp' port: 443 to: 'berlin'
      state: 'lost' since_seconds: 1799999990 recent: 5 recently_lost: 3
      error: 'Network is unreachable' answered: 2 lost: 3 }
    targets { name: 'lhr' address: '192.0.2.2' method: 'icmp' to: 'lhr' state: 'unknown' } }
    last: true)");
  EXPECT_EQ(rendered({"show", "probes"}, {probes}),
            R"(Target    Address       Method   To         Last     Lost    Since  Error
berlin-1  192.0.2.80    icmp     berlin  11.8 ms  0 of 16  16m 40s
berlin-2  2001:db8::80  tcp 443  berlin     lost   3 of 5      10s  Network is unreachable
lhr       192.0.2.2     icmp     lhr           -        -

Each target is probed every 10s, and has 2,000 ms to answer.
)");
  const std::string json = rendered_json({"show", "probes"}, {probes});
  EXPECT_NE(json.find("\"rtt_us\": 11800"), std::string::npos) << json;
  EXPECT_EQ(rendered({"show", "probes"}, {response("probes { } last: true")}),
            "No targets are configured (egress.probes).\n");
}

TEST(View, ADegradedPopSaysSo) {
  EXPECT_EQ(rendered({"pop", "degrade", "20"}, {response("neighbor_action { neighbors: 'a' }")}),
            "The PoP is degraded: paths cost 20.0 ms more, 1 neighbor.\n");
  EXPECT_EQ(rendered({"pop", "restore"}, {response("neighbor_action { neighbors: 'a' }")}),
            "The PoP is not degraded any more, 1 neighbor.\n");
  const auto status = response("status { ready: true pop_added_us: 20000 }");
  EXPECT_NE(rendered({"status"}, {status}).find("the PoP, paths cost 20.0 ms more"),
            std::string::npos);
}

TEST(View, AllReasonsOfAddedCostsAreShown) {
  const auto neighbors = response(R"(neighbors { neighbors { address: '192.0.2.1' admin_up: true
    state: 'Established' added_us: 20000 demotion_us: 1000000 } } last: true)");
  EXPECT_NE(
      rendered({"show", "neighbors"}, {neighbors}).find("degraded by 20.0 ms, demoted by 1,000 ms"),
      std::string::npos);
  const auto status = response("status { ready: true pop_added_us: 20000 degraded_neighbors: 3 }");
  EXPECT_NE(rendered({"status"}, {status}).find("the PoP, paths cost 20.0 ms more; 3 neighbors"),
            std::string::npos);
  const auto egress = response(R"(egress { own_pop: 'ams' pops: 'ams' pop_added_us: 20000
    pop_demotion_us: 1000000 rows { metro: 'lon' cells { pop: 'ams' } }
    exits { vantage: 'ams' metro: 'lon' pop: 'lhr' prefixes: 0 }
    exits { vantage: 'ams' metro: 'par' pop: 'lhr' } } last: true)");
  const std::string table = rendered({"show", "egress"}, {egress});
  EXPECT_NE(table.find("This PoP is degraded: its exits cost 20.0 ms more\n"
                       "This PoP is demoted by rules of health: its exits cost 1,000 ms more\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("ams      lon    lhr          0"), std::string::npos) << table;
  EXPECT_NE(table.find("ams      par    lhr    nearest"), std::string::npos) << table;
}

TEST(View, ColorsMarkTheWinner) {
  const std::string text = rendered({"explain", "203.0.113.0/24"}, {explanation()}, kColors);
  EXPECT_NE(text.find("\x1b[32mthe best\x1b[0m"), std::string::npos);
  EXPECT_NE(text.find("\x1b[31mrejected, as-loop\x1b[0m"), std::string::npos);
}

}  // namespace
}  // namespace tern::ctl
