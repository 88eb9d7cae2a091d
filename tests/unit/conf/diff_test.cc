// What a reload does: from one text to another, as lines.
#include <gtest/gtest.h>

#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

using test::kRouter;

// "* peer 10.0.1.1 [resets]: hold_time: 90 (default) -> 180", one line for each detail.
std::string lines(const std::vector<Change>& changes) {
  std::string text;
  for (const Change& change : changes) {
    const char* const sign = change.kind == Change::Kind::Added     ? "+ "
                             : change.kind == Change::Kind::Removed ? "- "
                                                                    : "* ";
    const std::string head = sign + change.subject + (change.resets_session ? " [resets]" : "") +
                             (change.needs_restart ? " [restart]" : "");
    if (change.details.empty()) text += head + '\n';
    for (const std::string& detail : change.details) text += head + ": " + detail + '\n';
  }
  return text;
}

std::string between(const std::string& from, const std::string& to) {
  return lines(diff(*test::must_load(from), *test::must_load(to)));
}

std::string between_peers(const std::string& from, const std::string& to) {
  const std::string head = kRouter +
                           "policies: { a: { terms: [ { accept: {} } ] }, b: { terms: [ { reject: "
                           "{} } ] } }\npeers: [ { address: 10.0.1.1, asn: 65001";
  return between(head + from + " } ]\n", head + to + " } ]\n");
}

TEST(Diff, OfNetworks) {
  const std::string head = kRouter + "policies: { a: { terms: [ { accept: {} } ] } }\nnetworks:\n";
  EXPECT_EQ(between(head + "  - { prefix: 192.0.2.0/24 }\n  - { prefix: 198.51.100.0/24 }\n",
                    head + "  - { prefix: 198.51.100.0/24, policies: [a] }\n"
                           "  - { prefix: \"2001:db8::/32\" }\n"),
            "* networks: networks[192.0.2.0/24]: removed\n"
            "* networks: networks[198.51.100.0/24].policies: [] -> [a]\n"
            "* networks: networks[2001:db8::/32]: added\n");
  EXPECT_EQ(between(head + "  - { prefix: 192.0.2.0/24 }\n  - { prefix: 198.51.100.0/24 }\n",
                    head + "  - { prefix: 198.51.100.0/24 }\n  - { prefix: 192.0.2.0/24 }\n"),
            "");
}

TEST(Diff, OfOnePeer) {
  const struct {
    const char* from;
    const char* to;
    const char* lines;
  } kTable[] = {
      {"", "", ""},
      {"", ", hold_time: 180", "* peer 10.0.1.1 [resets]: hold_time: 90 (default) -> 180\n"},
      {", hold_time: 180", ", hold_time: 30", "* peer 10.0.1.1 [resets]: hold_time: 180 -> 30\n"},
      {", hold_time: 90", "", ""},  // the default
      {"", ", families: [ipv4-unicast]", ""},
      {"", ", families: [ipv4-unicast, ipv6-unicast]",
       "* peer 10.0.1.1 [resets]: families: [ipv4-unicast] (default) -> [ipv4-unicast, "
       "ipv6-unicast]\n"},
      {", import: [a]", ", import: [a, b]", "* peer 10.0.1.1: import: [a] -> [a, b]\n"},
      {"", ", description: new", "* peer 10.0.1.1: description: none -> new\n"},
      {", add_path: { send: 2 }", ", add_path: { send: 4, receive: true }",
       "* peer 10.0.1.1 [resets]: add_path.receive: false (default) -> true\n"
       "* peer 10.0.1.1 [resets]: add_path.send: 2 -> 4\n"},
      {", add_path: {}", "", ""},
      {", route_server_client: true", ", route_server_client: true, control_communities: {}",
       "* peer 10.0.1.1: control_communities: added\n"},
      {"", ", route_filter: { communities: [] }", "* peer 10.0.1.1: route_filter: added\n"},
      {", route_filter: { communities: [65000:1] }",
       ", route_filter: { communities: [65000:1, 65000:2] }",
       "* peer 10.0.1.1: route_filter.communities: [65000:1] -> [65000:1, 65000:2]\n"},
      {", route_server_client: true, control_communities: {}",
       ", route_server_client: true, control_communities: { standard: true, extended: true }",
       "* peer 10.0.1.1: control_communities.extended: false (default) -> true\n"},
      {"", ", role: peer, name: x",
       "* peer 10.0.1.1 [resets]: name: the address (default) -> x\n"
       "* peer 10.0.1.1 [resets]: role: none -> peer\n"},
      {", md5_password: a", ", md5_password: b",
       "* peer 10.0.1.1 [resets]: md5_password: changed\n"},
      {"", ", prefix_limits: { ipv4: 10 }",
       "* peer 10.0.1.1: prefix_limits.ipv4: 0 (default) -> 10\n"},
  };
  for (const auto& row : kTable) EXPECT_EQ(between_peers(row.from, row.to), row.lines) << row.to;
}

TEST(Diff, PeersAreMatchedByAddress) {
  const std::string a = "  - { address: 10.0.1.1, asn: 65001 }\n";
  const std::string b = "  - { address: \"2001:db8::1\", asn: 65002 }\n";
  const std::string b_again = "  - { address: \"2001:DB8::1\", asn: 0.65002 }\n";
  const std::string c = "  - { address: 10.0.1.3, asn: 65003 }\n";
  EXPECT_EQ(between(kRouter + "peers:\n" + a + b, kRouter + "peers:\n" + b_again + a), "");
  EXPECT_EQ(between(kRouter + "peers:\n" + a + b, kRouter + "peers:\n" + c + b),
            "+ peer 10.0.1.3\n- peer 10.0.1.1\n");
}

TEST(Diff, AGroupChangesItsPeersAndRanges) {
  const std::string rest =
      "peers:\n"
      "  - { address: 10.0.1.1, asn: 65001, group: g }\n"
      "  - { address: 10.0.1.2, asn: 65002, group: g, hold_time: 60 }\n"
      "dynamic_peers: [ { prefix: 10.2.0.0/16, group: g } ]\n";
  EXPECT_EQ(between(kRouter + "groups: { g: { hold_time: 30 } }\n" + rest,
                    kRouter + "groups: { g: { hold_time: 45 } }\n" + rest),
            "* peer 10.0.1.1 [resets]: hold_time: 30 -> 45\n"
            "* dynamic_peers 10.2.0.0/16 [resets]: hold_time: 30 -> 45\n");
}

TEST(Diff, OurIdentityResetsEverySession) {
  const std::string peer = "peers: [ { address: 10.0.1.1, asn: 65001 } ]\n";
  EXPECT_EQ(between("router: { asn: 65000, id: 10.0.0.1, cluster_id: 10.0.0.9 }\n" + peer,
                    "router: { asn: 65009, id: 10.0.0.1, cluster_id: 10.0.0.9 }\n" + peer),
            "* router [resets]: asn: 65000 -> 65009\n"
            "* peer 10.0.1.1 [resets]: router.asn: 65000 -> 65009\n");
}

TEST(Diff, WhatDoesNotTouchSessions) {
  EXPECT_EQ(between(kRouter, kRouter + "api: { socket: /run/other.sock }\n"),
            "* api [restart]: socket: /run/tern/ternd.sock -> /run/other.sock\n");
  EXPECT_EQ(between(kRouter, kRouter + "api: { read_only_socket: /run/look.sock }\n"),
            "* api [restart]: read_only_socket: none (default) -> /run/look.sock\n");
  EXPECT_EQ(between(kRouter, kRouter + "api: { mode: \"0600\" }\n"), "* api: mode: 0660 -> 0600\n");
  EXPECT_EQ(between(kRouter, kRouter + "api: { read_only_mode: \"0660\" }\n"),
            "* api: read_only_mode: 0666 -> 0660\n");
  EXPECT_EQ(between(kRouter, kRouter + "log: { level: debug }\n"), "* log: level: info -> debug\n");
  EXPECT_EQ(between(kRouter, kRouter + "metrics: { listen: [\"127.0.0.1:9179\"] }\n"),
            "* metrics: listen: [] -> [127.0.0.1:9179]\n");
  EXPECT_EQ(between(kRouter, "router: { asn: 65000, id: 10.0.0.1, listen: [\"10.0.0.1:179\"] }\n"),
            "* router: listen: [0.0.0.0:179, [::]:179] -> [10.0.0.1:179]\n");
  EXPECT_EQ(between(kRouter + "rpki: { caches: [ { address: 192.0.2.1 } ] }\n",
                    kRouter + "rpki: { caches: [ { address: 192.0.2.1, port: 323, preference: 1, "
                              "md5_password: key }, { address: 192.0.2.2 } ], slurm: [s.json] }\n"),
            "* rpki: caches.192.0.2.1.preference: 100 (default) -> 1\n"
            "* rpki: caches.192.0.2.1.md5_password: changed\n"
            "* rpki: caches.192.0.2.2: added\n"
            "* rpki: slurm: [] -> [s.json]\n");
}

TEST(Diff, Registrations) {
  const auto file = [](const char* text) { return kRouter + "registrations: { " + text + " }\n"; };
  const auto one = file("prefixes: [ { prefix: 193.0.0.0/21, owner: t, customer_as: 3333 } ]");
  EXPECT_EQ(between(one, one), "");
  EXPECT_EQ(between(one, file("guard: { other_origin: warn }, files: [a.csv], prefixes: "
                              "[ { prefix: 193.0.0.0/21, owner: u, customer_as: 3333 }, "
                              "{ prefix: 2001:67c::/32, owner: t, customer_as: 3320 } ]")),
            "* registrations: guard.other_origin: quarantine (default) -> warn\n"
            "* registrations: files: [] -> [a.csv]\n"
            "* registrations: prefixes[193.0.0.0/21].owner: t -> u\n"
            "* registrations: prefixes[2001:67c::/32]: added\n");
}

TEST(Diff, PoliciesAndTheirSets) {
  const auto file = [](const std::string& prefixes, const std::string& pref) {
    return kRouter + "prefix_sets: { s: { prefixes: [" + prefixes +
           "] } }\n"
           "policies:\n"
           "  uses: { terms: [ { match: { prefix_sets: [s] }, accept: {} } ] }\n"
           "  other: { terms: [ { set: { local_pref: " +
           pref + " }, accept: {} } ] }\n";
  };
  EXPECT_EQ(between(file("10.0.0.0/8", "100"), file("10.0.0.0/8", "100")), "");
  EXPECT_EQ(between(file("10.0.0.0/8", "100"), file("10.0.0.0/8, 11.0.0.0/8", "100")),
            "* prefix_set s: prefixes: [10.0.0.0/8] -> [10.0.0.0/8, 11.0.0.0/8]\n"
            "* policy uses: a set it uses has changed\n");
  EXPECT_EQ(between(file("10.0.0.0/8", "100"), file("10.0.0.0/8", "200")),
            "* policy other: terms[0].set.local_pref: 100 -> 200\n");
  EXPECT_EQ(between(kRouter, kRouter + "policies: { p: { terms: [ { accept: {} } ] } }\n"),
            "+ policy p\n");
  EXPECT_EQ(between(kRouter + "policies: { p: { terms: [ { accept: {} } ] } }\n",
                    kRouter + "policies: { p: { terms: [ { reject: {} } ] } }\n"),
            "* policy p: terms[0].accept: removed\n* policy p: terms[0].reject: added\n");
}

std::string policy(const std::string& terms) {
  return kRouter + "policies: { p: { terms: [ " + terms + " ] } }\n";
}

TEST(Diff, TermsAreToldByTheirNames) {
  const std::string a = "{ name: a, match: { origin: igp }, reject: {} }";
  const std::string b = "{ name: b, match: { origin: egp }, reject: {} }";
  const std::string c = "{ name: c, accept: {} }";
  const std::string c_again = "{ name: c, set: { med: 5 }, accept: {} }";
  const std::string x = "{ match: { local_pref: \"100\" }, reject: {} }";
  const std::string y = "{ match: { local_pref: \"200\" }, reject: {} }";
  const std::string z = "{ match: { local_pref: \"300\" }, reject: {} }";
  const struct {
    std::string from, to, lines;
  } kTable[] = {
      {b + ", " + c, a + ", " + b + ", " + c, "* policy p: terms.a: added, before b\n"},
      {a + ", " + b, a + ", " + b + ", " + c, "* policy p: terms.c: added, at the end\n"},
      {a + ", " + b + ", " + c, a + ", " + c, "* policy p: terms.b: removed\n"},
      {a + ", " + b + ", " + c, b + ", " + a + ", " + c, "* policy p: terms.b: moved, before a\n"},
      {b + ", " + c, a + ", " + b + ", " + c_again,
       "* policy p: terms.a: added, before b\n* policy p: terms.c.set.med: none -> 5\n"},
      // Without names, by what they say.
      {y + ", " + c, x + ", " + y + ", " + c, "* policy p: terms[0]: added, before [1]\n"},
      {x + ", " + y + ", " + c, x + ", " + z + ", " + c,
       "* policy p: terms[1].match.local_pref: 200 -> 300\n"},
      {x + ", " + y + ", " + c, y + ", " + c, "* policy p: terms[0]: removed\n"},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(between(policy(row.from), policy(row.to)), row.lines) << row.to;
  }
}

TEST(Diff, ManyTermsAreOneLine) {
  std::string many;
  for (int i = 0; i < 8; ++i) {
    many += "{ name: t" + std::to_string(i) + ", match: { origin: igp }, reject: {} }, ";
  }
  const std::string last = "{ name: last, accept: {} }";
  EXPECT_EQ(between(policy(last), policy(many + last)),
            "* policy p: terms: added 8: t0, t1, t2, t3, t4, ...\n");
}

TEST(Diff, TagsAndRoundTripsAreToldByWhatNamesThem) {
  const auto file = [](const std::string& tags, const std::string& rtts) {
    return kRouter +
           "egress:\n  pop: ams\n"
           "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
           "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 },\n"
           "            paris: { latitude: 48, longitude: 2, code: 2 } }\n"
           "  dictionaries: { north: { tags: [ " +
           tags + " ] } }\n  rtts: [ " + rtts + " ]\n";
  };
  const std::string one = "{ community: \"65010:1\", metro: berlin }";
  const std::string two = "{ community: \"65010:2\", metro: paris }";
  const std::string berlin = "{ pop: ams, to: berlin, milliseconds: 10 }";
  const std::string paris = "{ pop: ams, to: paris, milliseconds: 8 }";
  EXPECT_EQ(between(file(one, berlin), file(two + ", " + one, paris + ", " + berlin)),
            "* egress: dictionaries.north.tags[65010:2]: added, before 65010:1\n"
            "* egress: rtts[ams to paris]: added\n");
  EXPECT_EQ(between(file(one, paris), file("{ community: \"65010:1\", metro: paris }",
                                           "{ pop: ams, to: paris, milliseconds: 9 }")),
            "* egress: dictionaries.north.tags[65010:1].metro: berlin -> paris\n"
            "* egress: rtts[ams to paris].milliseconds: 8 -> 9\n");
  EXPECT_EQ(between(file(one, berlin + ", " + paris), file(one, paris + ", " + berlin)),
            "* egress: rtts: another order\n");
}

TEST(Diff, LongListsTellWhatCameAndWent) {
  const auto file = [](int first, int last) {
    std::string list;
    for (int i = first; i <= last; ++i) list += (i == first ? "" : ", ") + std::to_string(i);
    return kRouter + "as_sets: { s: { asns: [" + list + "] } }\n";
  };
  EXPECT_EQ(between(file(100, 110), file(102, 111)),
            "* as_set s: asns: added 1: 111; removed 2: 100, 101\n");
}

TEST(Diff, EgressAndItsFile) {
  const Folder folder;
  const auto text = [](const std::string& latitude) {
    return kRouter +
           "egress:\n  pop: ams\n"
           "  pops: { ams: { latitude: " +
           latitude +
           ", longitude: 4, code: 1 } }\n"
           "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n"
           "  rtt_file: rtt.csv\n";
  };
  folder.write("rtt.csv", "ams,berlin,10\n");
  const auto from = test::must_load(text("52"), folder.path("t.yml"));
  EXPECT_EQ(lines(diff(*from, *test::must_load(text("53.5"), folder.path("t.yml")))),
            "* egress: pops.ams.latitude: 52 -> 53.5\n");
  folder.write("rtt.csv", "ams,berlin,12\n");
  EXPECT_EQ(lines(diff(*from, *test::must_load(text("52"), folder.path("t.yml")))),
            "* egress: rtt_file: its content has changed\n");
}

TEST(Diff, EgressAndItsFileOfPrefixes) {
  const Folder folder;
  const std::string text = kRouter +
                           "egress:\n  pop: ams\n"
                           "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
                           "  prefix_rtt_file: prefixes.csv\n";
  folder.write("prefixes.csv", "ams,10.0.0.0/8,10\n");
  const auto from = test::must_load(text, folder.path("t.yml"));
  EXPECT_EQ(lines(diff(*from, *test::must_load(text, folder.path("t.yml")))), "");
  folder.write("prefixes.csv", "ams,10.0.0.0/8,12\n");
  EXPECT_EQ(lines(diff(*from, *test::must_load(text, folder.path("t.yml")))),
            "* egress: prefix_rtt_file: its content has changed\n");
}

}  // namespace
}  // namespace tern::conf
