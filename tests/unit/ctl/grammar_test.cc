#include "bgpd/ctl/grammar.h"

#include <gtest/gtest.h>

#include <sstream>

#include "bgpd/ctl/help.h"

namespace tern::ctl {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

struct Understood {
  const char* line;
  const char* request;  // Protobuf's short text form
};

TEST(Grammar, Understands) {
  const std::vector<Understood> table{
      {"version", "version { }"},
      {"status", "status { }"},
      {"show neighbors", "neighbors { }"},
      {"sh nei", "neighbors { }"},
      {"show neighbours as65001-ams", R"(neighbors { neighbor: "as65001-ams" })"},
      {"show neighbors detail", "neighbors { detail: true }"},
      {"sh nei 10.0.1.1 det", R"(neighbors { neighbor: "10.0.1.1" detail: true })"},
      {"show neighbors d", R"(neighbors { neighbor: "d" })"},
      {"show egress", "egress { }"},
      {"sh e", "egress { }"},
      {"show kernel", "kernel { }"},
      {"sh k f", "kernel { failed: true }"},
      {"show rpki", "rpki { }"},
      {"sh rp 10.0.0.1 ori 65001", R"(rpki { prefix: "10.0.0.1" origin_as: 65001 })"},
      {"show nexthops", "next_hops { }"},
      {"sh nex 192.0.2.7 un", R"(next_hops { address: "192.0.2.7" unresolved: true })"},
      {"show nexthops unresolved 2001:db8::1",
       R"(next_hops { address: "2001:db8::1" unresolved: true })"},
      {"show registrations", "registrations { }"},
      {"sh reg 203.0.113.7", R"(registrations { prefix: "203.0.113.7" detail: true })"},
      {"show registrations state hijacked det",
       R"(registrations { state: "hijacked" detail: true })"},
      {"show registrations unmet owner t", R"(registrations { owner: "t" unmet: true })"},
      {"show registrations files", "registrations { files: true }"},
      {"events", "events { }"},
      {"ev --since 1h sev err", R"(events { within_seconds: 3600 severity: "error" })"},
      {"events prefix 203.0.113.7 kind origin-hijack neighbor edge open detail --follow",
       R"(events { follow: true prefix: "203.0.113.7" kind: "origin-hijack" neighbor: "edge" )"
       R"(open: true detail: true })"},
      {"events history --since 30d kind bad-file limit 5",
       R"(events { within_seconds: 2592000 kind: "bad-file" history: true limit: 5 })"},
      {"show routes reason quarantined", R"(routes { table: REJECTED reason: "quarantined" })"},
      {"show routes all rea as-loop", R"(routes { table: ALL reason: "as-loop" })"},
      {"show originated", "originated { }"},
      {"sh or", "originated { }"},
      {"show conditions", "conditions { }"},
      {"originate 203.0.113.0/24 metro paris",
       R"(originate { prefix: "203.0.113.0/24" metro: "paris" })"},
      {"originate 203.0.113.0/24", R"(originate { prefix: "203.0.113.0/24" })"},
      {"orig 2001:db8::/32 comm 64500:7 for 90m community no-export keep med 0 local-pref 90",
       R"(originate { prefix: "2001:db8::/32" communities: "64500:7" communities: "no-export" )"
       R"(med: 0 local_pref: 90 for_seconds: 5400 keep: true })"},
      {"withdraw 203.0.113.0/24", R"(withdraw { prefix: "203.0.113.0/24" })"},
      {"reload", "reload { }"},
      {"rel ch", "reload { check_only: true }"},
      {"reload --yes", "reload { confirmed: true }"},
      {"explain 203.0.113.0/24", R"(explain { prefix: "203.0.113.0/24" })"},
      {"exp 203.0.113.7 to as65001-ams",
       R"(explain { prefix: "203.0.113.7" neighbor: "as65001-ams" })"},
      {"explain 203.0.113.7 family ipv4-m to a",
       R"(explain { prefix: "203.0.113.7" neighbor: "a" family: "ipv4-multicast" })"},
      {"monitor routes", "monitor { }"},
      {"mon ro --snapshot", "monitor { snapshot: true }"},
      {"monitor routes prefix 10.0.0.0/8 longer detail",
       R"(monitor { prefix: "10.0.0.0/8" longer: true detail: true })"},
      {"monitor routes neighbor edge", R"(monitor { view: RECEIVED neighbor: "edge" })"},
      {"mon ro adv nei edge pre 10.0.0.0/8",
       R"(monitor { view: ADVERTISED neighbor: "edge" prefix: "10.0.0.0/8" })"},
      {"monitor routes received", "monitor { view: RECEIVED }"},
      {"monitor routes family ipv6", R"(monitor { family: "ipv6-unicast" })"},
      {"neighbor a enable", R"(neighbor_action { neighbor: "a" action: ENABLE })"},
      {"neighbour a disable moving to rack 7",
       R"(neighbor_action { neighbor: "a" action: DISABLE message: "moving to rack 7" })"},
      {"nei all rese", R"(neighbor_action { neighbor: "all" action: RESET })"},
      {"neighbor a refresh", R"(neighbor_action { neighbor: "a" action: REFRESH_IN })"},
      {"neighbor a refresh in", R"(neighbor_action { neighbor: "a" action: REFRESH_IN })"},
      {"neighbor a ref o", R"(neighbor_action { neighbor: "a" action: REFRESH_OUT })"},
      {"neighbor a drain", R"(neighbor_action { neighbor: "a" action: DRAIN drain { } })"},
      {"nei a dr shut", R"(neighbor_action { neighbor: "a" action: DRAIN )"
                        R"(drain { shut_down_within_seconds: 60 } })"},
      {"neighbor a undrain", R"(neighbor_action { neighbor: "a" action: UNDRAIN })"},
      {"pop drain", "pop_action { drain: true how { } }"},
      {"pop dr shutdown within 300",
       "pop_action { drain: true how { shut_down_within_seconds: 300 } }"},
      {"pop undrain", "pop_action { }"},
      {"pop degrade 20", "pop_action { degrade_microseconds: 20000 }"},
      {"pop restore", "pop_action { degrade_microseconds: 0 }"},
      {"neighbor a degrade 0.5",
       R"(neighbor_action { neighbor: "a" action: DEGRADE microseconds: 500 })"},
      {"neighbor a restore", R"(neighbor_action { neighbor: "a" action: RESTORE })"},
      {"show latency", "latency { }"},
      {"sh lat 203.0.113.7 h", R"(latency { of: "203.0.113.7" history: true })"},
      {"show latency history", "latency { history: true }"},
      {"show latency his", R"(latency { of: "his" })"},
      {"show latency degraded history", "latency { history: true degraded: true }"},
      {"latency report paris 9.5",
       R"(latency_report { reports { of: "paris" microseconds: 9500 } })"},
      {"lat rep 203.0.113.7 21 22.5", R"(latency_report { reports { of: "203.0.113.7" )"
                                      R"(microseconds: 21000 microseconds: 22500 } })"},
      {"latency import round-trips.csv", "latency_report { }"},
      {"show rtts", "rtts { }"},
      {"show rtts ams", R"(rtts { pop: "ams" })"},
      {"show probes", "probes { }"},
      {"show webhooks", "webhooks { }"},
      {"sh w", "webhooks { }"},
      {"ingress report ams 203.0.113.0/24 5 2001:db8::1 0",
       R"(ingress_report { totals { prefix: "203.0.113.0/24" pop: "ams" octets: 5 } )"
       R"(totals { prefix: "2001:db8::1" pop: "ams" } })"},
      {"show circuits", "circuits { }"},
      {"show baseline", "baseline { }"},
      {"show domains", "domains { }"},
      {"show baseline 203.0.113.0/24", R"(baseline { prefix: "203.0.113.0/24" })"},
      {"show circuits north", R"(circuits { circuit: "north" })"},
      {"show circuits 64501", R"(circuits { circuit: "AS 64501" })"},
      {"show circuits AS 64501", R"(circuits { circuit: "AS 64501" })"},
      {"show circuits state down", R"(circuits { state: "down" })"},
      {"rtt set ams Paris 8.5 for 10m",
       R"(rtt_action { action: SET pop: "ams" to: "Paris" microseconds: 8500 for_seconds: 600 })"},
      {"rtt set ams 203.0.113.0/24 4.2",
       R"(rtt_action { action: SET pop: "ams" )"
       R"(prefixes { prefix: "203.0.113.0/24" microseconds: 4200 } })"},
      {"rtt set ams 203.0.113.0/24 4.2 2001:db8::/32 9.5 for 1h",
       R"(rtt_action { action: SET pop: "ams" for_seconds: 3600 )"
       R"(prefixes { prefix: "203.0.113.0/24" microseconds: 4200 } )"
       R"(prefixes { prefix: "2001:db8::/32" microseconds: 9500 } })"},
      {"rtt clear ams 203.0.113.0/24 2001:db8::/32",
       R"(rtt_action { action: CLEAR pop: "ams" prefixes { prefix: "203.0.113.0/24" } )"
       R"(prefixes { prefix: "2001:db8::/32" } })"},
      {"show rtts 203.0.113.0/24", R"(rtts { prefix: "203.0.113.0/24" })"},
      {"show rtts 203.0.113.0/24 ams", R"(rtts { pop: "ams" prefix: "203.0.113.0/24" })"},
      {"rtt clear ams Paris", R"(rtt_action { action: CLEAR pop: "ams" to: "Paris" })"},
      {"rtt clear all", "rtt_action { action: CLEAR_ALL }"},
      {"guard list", "guard { }"},
      {"guard show 203.0.113.7", R"(guard { prefix: "203.0.113.7" })"},
      {"guard release 203.0.113.0/24 from AS64501 for 2h because of ticket 71",
       R"(guard_action { action: RELEASE prefix: "203.0.113.0/24" from: "AS64501" )"
       R"(for_seconds: 7200 because: "of ticket 71" })"},
      {"guard block 203.0.113.0/24", R"(guard_action { action: BLOCK prefix: "203.0.113.0/24" })"},
      {"guard clear 203.0.113.0/24 from edge",
       R"(guard_action { action: CLEAR prefix: "203.0.113.0/24" from: "edge" })"},
  };
  for (const Understood& row : table) {
    EXPECT_EQ(parse_command(words_of(row.line)).request.ShortDebugString(), row.request)
        << row.line;
  }
}

TEST(Grammar, UnderstandsRoutes) {
  const std::vector<Understood> table{
      {"show routes", ""},
      {"sh ro", ""},
      {"show routes all", "table: ALL"},
      {"show routes 203.0.113.0/24", R"(prefix: "203.0.113.0/24")"},
      {"show routes 203.0.113.7", R"(prefix: "203.0.113.7" match: LONGEST)"},
      {"show routes 203.0.113.7 exact", R"(prefix: "203.0.113.7")"},
      {"show routes longer 2001:db8::/32 all",
       R"(table: ALL prefix: "2001:db8::/32" match: LONGER)"},
      {"show routes received neighbor a", R"(table: RECEIVED neighbor: "a")"},
      {"show routes neighbour a", R"(table: ACCEPTED neighbor: "a")"},
      {"show routes best neighbor a", R"(neighbor: "a")"},
      {"show routes rejected", "table: REJECTED"},
      {"sh routes adv nei 10.0.1.1 fam ipv6",
       R"(table: ADVERTISED neighbor: "10.0.1.1" family: "ipv6-unicast")"},
      {"show routes family ipv4-unicast", R"(family: "ipv4-unicast")"},
      {"show routes family ipv6-mul 2001:db8::/32",
       R"(family: "ipv6-multicast" prefix: "2001:db8::/32")"},
      {"show routes community 65000:*", R"(community: "65000:*")"},
      {"show routes origin-as AS65010 limit 5", "origin_as: 65010 limit: 5"},
      {"show routes rpki inv", R"(rpki: "invalid")"},
      {"show routes all rpki not-v", R"(table: ALL rpki: "not-validated")"},
      {"show routes origin-as 1.10 cou", "origin_as: 65546 count_only: true"},
      {"show route 203.0.113.7", R"(table: ALL prefix: "203.0.113.7" match: LONGEST detail: true)"},
      {"show route ::1 best", R"(prefix: "::1" match: LONGEST detail: true)"},
  };
  for (const Understood& row : table) {
    const Command command = parse_command(words_of(row.line));
    ASSERT_TRUE(command.request.has_routes()) << row.line;
    EXPECT_EQ(command.request.routes().ShortDebugString(), row.request) << row.line;
  }
}

struct Refused {
  std::string line;
  const char* why;
};

TEST(Grammar, RefusesWithTheReason) {
  const std::vector<Refused> table{
      {"shw",
       "unknown word 'shw': expected version, status, show, monitor, events, explain, reload, "
       "neighbor, pop, rtt, guard, originate, withdraw, filter, latency, registration, ingress, "
       "completion or help"},
      {"show",
       "a word is missing after 'show': neighbors, routes, route, egress, places, rpki, "
       "originated, conditions, rtts, probes, kernel, nexthops, registrations, webhooks, "
       "circuits, latency, baseline or domains"},
      {"sh ne", "'ne' may mean neighbors or nexthops"},
      {"show nexthops 10.0.0.0/8", "a next hop is an address, not a prefix: '10.0.0.0/8'"},
      {"show nexthops 10.0.0.1 10.0.0.2", "a second address, '10.0.0.2'; one at a time"},
      {"show nexthops all", "'all' is neither a prefix nor an address"},
      {"show bgp",
       "unknown word 'bgp' after 'show': expected neighbors, routes, route, egress, places, "
       "rpki, originated, conditions, rtts, probes, kernel, nexthops, registrations, webhooks, "
       "circuits, latency, baseline or domains"},
      {"show circuits AS north", "'AS' needs an AS number, not 'north'"},
      {"show routes rpki bad",
       "'rpki' needs valid, not-found, invalid or not-validated, not 'bad'"},
      {"version now", "nothing is expected at 'now'"},
      {"ingress report ams 203.0.113.0/24 many",
       "'ingress report' needs a number from 0 to 18446744073709551615, not 'many'"},
      {"show baseline all", "'all' is neither a prefix nor an address"},
      {"show baseline 10.0.0.1 10.0.0.2", "nothing is expected at '10.0.0.2'"},
      {"show circuits north south", "nothing is expected at 'south'"},
      {"show circuits state bad",
       "'state' needs unknown, redundant, single-homed, pair-degraded or down, not 'bad'"},
      {"show routes as65001-ams",
       "unknown word 'as65001-ams'; for the routes of a neighbor: neighbor as65001-ams"},
      {"show routes a", "'a' may mean all, accepted or advertised"},
      {"show routes 10.1.2.3/8",
       "'10.1.2.3/8' has bits set behind its length: the prefix is 10.0.0.0/8"},
      {"show routes 2001:db8::1/32",
       "'2001:db8::1/32' has bits set behind its length: the prefix is 2001:db8::/32"},
      {"show routes 10.0.0.0/33", "'10.0.0.0/33' is no prefix: its length must be 0 to 32"},
      {"show routes 10.0.0.0/", "'10.0.0.0/' is no prefix: its length must be 0 to 32"},
      {"show routes 10.0.0/8", "'10.0.0/8' is neither a prefix nor an address"},
      {"show routes 10.0.0.1 10.0.0.2", "a second prefix, '10.0.0.2'; one at a time"},
      {"show routes best all", "'all' contradicts a word before it"},
      {"show routes exact", "exact, longest and longer need a prefix"},
      {"show routes count detail", "'count' and 'detail' contradict each other"},
      {"show routes received",
       "received, accepted and advertised routes are those of a neighbor: add 'neighbor NAME'"},
      {"show routes neighbor", "'neighbor' needs a name or an address"},
      {"show routes family vpnv4",
       "'family' needs ipv4, ipv6, ipv4-multicast or ipv6-multicast, not 'vpnv4'"},
      {"show routes limit 0", "'limit' needs a number from 1 to 18446744073709551615, not '0'"},
      {"show routes origin-as 1.65536", "'origin-as' needs a number from 0 to 65535, not '65536'"},
      {"show routes origin-as 4294967296",
       "'origin-as' needs a number from 1 to 4294967295, not '4294967296'"},
      {"show route", "'show route' needs a prefix or an address; 'show routes' lists them all"},
      {"monitor", "a word is missing after 'monitor': routes"},
      {"monitor routes edge", "nothing is expected at 'edge'"},
      {"monitor routes longer", "longer needs a prefix"},
      {"monitor routes prefix 10.0.0.1",
       "'prefix' needs a prefix with its length, as 203.0.113.0/24"},
      {"monitor routes best received", "'received' contradicts a word before it"},
      {"monitor routes advertised",
       "advertised routes are those of a neighbor: add 'neighbor NAME'"},
      {"monitor routes best neighbor edge",
       "best paths are those of the table; with a neighbor: received or advertised"},
      {"show registrations files detail",
       "'files' shows no registration: leave 'state', 'unmet' and 'detail' out"},
      {"show registrations files unmet",
       "'files' shows no registration: leave 'state', 'unmet' and 'detail' out"},
      {"show registrations state", "'state' needs a state"},
      {"events severity bad", "'severity' needs info, warning, error or critical, not 'bad'"},
      {"events --since", "'--since' needs a time"},
      {"events limit 5", "'limit' belongs to 'history'"},
      {"events history --follow", "'history' and '--follow': leave one out"},
      {"events history limit 0", "'limit' needs a number from 1 to 18446744073709551615, not '0'"},
      {"events hijack", "nothing is expected at 'hijack'"},
      {"explain", "'explain' needs a prefix or an address"},
      {"explain 10.0.0.1 to", "'to' needs a neighbor"},
      {"explain 10.0.0.1 for a", "nothing is expected at 'for'"},
      {"neighbor a",
       "'neighbor a' needs an action: enable, disable, reset, refresh, drain, undrain, degrade or "
       "restore"},
      {"neighbor a stop",
       "'neighbor a' needs an action: enable, disable, reset, refresh, drain, undrain, degrade or "
       "restore, "
       "not 'stop'"},
      {"pop", "'pop' needs an action: drain, undrain, degrade or restore"},
      {"pop degrade", "'degrade' needs a cost in milliseconds"},
      {"pop degrade 0", "a cost is from 0.001 to 10000 milliseconds, not '0'"},
      {"rtt set ams", "'rtt set' needs a metro, another PoP or a prefix"},
      {"rtt set ams 203.0.113.0/24", "'rtt set' needs milliseconds"},
      {"rtt set ams 203.0.113.7 4", "'rtt set' needs a prefix with its length, as 203.0.113.0/24"},
      {"rtt set ams 203.0.113.0/24 4 paris 5", "nothing is expected at 'paris'"},
      {"show rtts ams lhr", "nothing is expected at 'lhr'"},
      {"show latency paris lisbon", "nothing is expected at 'lisbon'"},
      {"latency report", "'latency report' needs a prefix, an address or a metro"},
      {"latency report paris", "'latency report' needs milliseconds"},
      {"latency report paris 1 fast",
       "a round trip is from 0.001 to 10000 milliseconds, not 'fast'"},
      {"latency import", "'latency import' needs a CSV file"},
      {"rtt set ams lhr fast", "a round trip is from 0.001 to 10000 milliseconds, not 'fast'"},
      {"rtt clear", "'rtt clear' needs a PoP, or 'all'"},
      {"guard block", "'guard' needs a prefix"},
      {"guard block 203.0.113.7", "'guard' needs a prefix with its length, as 203.0.113.0/24"},
      {"guard block 203.0.113.0/24 from", "'from' needs a neighbor or an AS number"},
      {"guard clear 203.0.113.0/24 for 2h", "nothing is expected at 'for'"},
      {"rtt clear ams", "'rtt clear' needs a metro, another PoP or a prefix"},
      {"pop drain now", "after 'drain' comes 'shutdown' or nothing, not 'now'"},
      {"neighbor a drain shutdown soon",
       "after 'shutdown' comes 'within SECONDS' or nothing, not 'soon'"},
      {"pop drain shutdown within 86401", "'within' is at most 86400 seconds, a day"},
      {"neighbor a re", "'re' may mean reset, refresh or restore"},
      {"neighbor a refresh both", "'refresh' goes in or out, not 'both'"},
      {"neighbor a disable " + std::string(256, 'm'),
       "the message has 256 octets; RFC 9003 allows 255"},
      {"originate", "'originate' needs a prefix"},
      {"originate 203.0.113.1", "'originate' needs a prefix with its length, as 203.0.113.0/24"},
      {"originate 203.0.113.0/24 for 5", "'for' needs a time such as 90s, 30m, 12h or 7d, not '5'"},
      {"originate 203.0.113.0/24 for 0s",
       "'for' needs a time such as 90s, 30m, 12h or 7d, not '0s'"},
      {"originate 203.0.113.0/24 for 9999999d",
       "'for' needs a time such as 90s, 30m, 12h or 7d, not '9999999d'"},
      {"originate 203.0.113.0/24 med -1", "'med' needs a number from 0 to 4294967295, not '-1'"},
      {"withdraw", "'withdraw' needs a prefix"},
      {"withdraw 203.0.113.0/24 now", "nothing is expected at 'now'"},
      {"completion tcsh", "'completion' needs a shell: bash, zsh or fish"},
  };
  for (const Refused& row : table) {
    try {
      (void)parse_command(words_of(row.line));
      ADD_FAILURE() << "accepted: " << row.line;
    } catch (const UsageError& error) {
      EXPECT_STREQ(error.what(), row.why) << row.line;
    }
  }
}

TEST(Grammar, KnowsWhenOneThingWasAskedFor) {
  EXPECT_TRUE(parse_command(words_of("show routes 10.0.0.0/8")).one_thing);
  EXPECT_TRUE(parse_command(words_of("show route 10.0.0.1")).one_thing);
  EXPECT_TRUE(parse_command(words_of("show neighbors a")).one_thing);
  EXPECT_FALSE(parse_command(words_of("show routes 10.0.0.0/8 longer")).one_thing);
  EXPECT_FALSE(parse_command(words_of("show routes rejected")).one_thing);
  EXPECT_FALSE(parse_command(words_of("show neighbors")).one_thing);
}

// What the help shows as an example is a command line.
TEST(Grammar, AcceptsTheExamplesOfTheHelp) {
  for (const Syntax& syntax : commands()) {
    EXPECT_FALSE(syntax.examples.empty()) << syntax.summary;
    for (const std::string_view example : syntax.examples) {
      std::vector<std::string> words =
          words_of(std::string(example.substr(0, example.find_first_of("|>"))));
      ASSERT_EQ(words.front(), "ternctl") << example;
      words.erase(words.begin());
      if (words.front() == "--json") words.erase(words.begin());
      EXPECT_NO_THROW(EXPECT_EQ(parse_command(words).id, syntax.id) << example) << example;
    }
  }
}

TEST(Help, IsAboutWhatWasAsked) {
  const Screen plain;
  EXPECT_EQ(help_about({}, plain), general_help(plain));
  EXPECT_NE(general_help(plain).find("--socket PATH"), std::string::npos);
  EXPECT_NE(help_about({"show", "routes"}, plain).find("origin-as ASN"), std::string::npos);
  EXPECT_EQ(help_about({"reload"}, plain),
            "Read the configuration again\n"
            "\n"
            "Usage\n"
            "  ternctl reload [check | --yes]\n"
            "\n"
            "Words\n"
            "  check   only say what would change, or what is wrong\n"
            "  --yes   also where many neighbors go, or the file may not be whole\n"
            "\n"
            "A configuration with errors changes nothing; exit code 1 then. So does one that "
            "removes more\n"
            "than half of the neighbors, three or more, without --yes.\n"
            "\n"
            "Examples\n"
            "  ternctl reload check\n"
            "  ternctl reload\n");
  EXPECT_NE(help_about({"sh"}, plain).find("show egress"), std::string::npos);
  EXPECT_EQ(help_about({"sh"}, plain).find("reload"), std::string::npos);
  EXPECT_THROW((void)help_about({"dance"}, plain), UsageError);
}

}  // namespace
}  // namespace tern::ctl
