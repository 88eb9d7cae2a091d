#include "bgpd/ctl/action_list.h"

namespace tern::ctl {
namespace {

Syntax neighbor() {
  return {
      CommandId::Neighbor,
      {"neighbor"},
      "NEIGHBOR ACTION",
      "Act on a session: enable, disable, reset, refresh, drain",
      {"NEIGHBOR"},
      {{"enable", "", "let a disabled session come up"},
       {"disable", "", "[MESSAGE]  shut down until enabled or the daemon restarts"},
       {"reset", "", "[MESSAGE]  close the session and open it again"},
       {"refresh", "",
        "[in|out]  ask for the peer's routes again (in, the default) or send ours again"},
       {"drain", "",
        "[shutdown [within SECONDS]]  move traffic away (RFC 8326), then end the session"},
       {"undrain", "", "let traffic come back"},
       {"degrade", "MILLISECONDS", "have the neighbor's paths cost so much more, until 'restore'"},
       {"restore", "", "end a degrade"}},
      "NEIGHBOR is a name, an address, a group or 'all'. MESSAGE is the rest of the line and "
      "reaches the peer's operator (RFC 9003, at most 255 octets).",
      {"ternctl neighbor as65001-ams disable maintenance until 04:00 UTC",
       "ternctl neighbor 192.0.2.1 refresh in", "ternctl neighbor clients reset",
       "ternctl neighbor as65001-ams drain shutdown within 120"}};
}

Syntax pop() {
  return {
      CommandId::Pop,
      {"pop"},
      "drain [shutdown [within SECONDS]] | undrain | degrade MILLISECONDS | restore",
      "Move traffic away from this PoP, all or some, and back",
      {},
      {{"drain", "", "partners and other PoPs prefer other exits (RFC 8326)"},
       {"undrain", "", "end a drain"},
       {"degrade", "MILLISECONDS", "have exits of this PoP cost so much more, for all PoPs"},
       {"restore", "", "end a degrade"}},
      "All eBGP neighbors are drained; sessions with other PoPs stay as they are. With shutdown "
      "each session ends when no best path leaves by it, at the latest after 60 s or SECONDS. "
      "Degrading moves the users that another PoP reaches for less than the sum. Drains and "
      "degradations outlast a restart.",
      {"ternctl pop drain", "ternctl pop drain shutdown within 300", "ternctl pop undrain",
       "ternctl pop degrade 20", "ternctl pop restore"}};
}

Syntax rtt_set() {
  return {CommandId::RttSet,
          {"rtt", "set"},
          "POP TO MILLISECONDS | POP PREFIX MILLISECONDS [PREFIX MILLISECONDS...] [for DURATION]",
          "Give measurements of the round trip from a PoP",
          {"POP", "TO", "MILLISECONDS"},
          {{"for", "DURATION", "the measurement ends after 90s, 30m, 12h or 7d"}},
          "TO is a metro, or a PoP over the backbone; a name that is both means both. The "
          "measurement counts before those of rtt_file until it is cleared, or the daemon ends. A "
          "measurement to a PREFIX counts for the routes that the prefix covers and that leave at "
          "the PoP, before one of prefix_rtt_file to the same prefix. A command has at most 1000 "
          "prefixes; where one is wrong, none is taken.",
          {"ternctl rtt set ams Frankfurt 8.5", "ternctl rtt set ams lhr 6 for 10m",
           "ternctl rtt set ams 203.0.113.0/24 4.2 2001:db8::/32 9.5 for 1h"}};
}

Syntax rtt_clear() {
  return {CommandId::RttClear,
          {"rtt", "clear"},
          "POP TO | POP PREFIX... | all",
          "Forget measurements of 'ternctl rtt set'",
          {"POP", "TO"},
          {{"all", "", "of all places and prefixes"}},
          "",
          {"ternctl rtt clear ams Frankfurt", "ternctl rtt clear ams 203.0.113.0/24",
           "ternctl rtt clear all"}};
}

Syntax originate() {
  return {CommandId::Originate,
          {"originate"},
          "PREFIX [KEYWORD...]",
          "Originate a route until it is withdrawn",
          {"PREFIX"},
          {{"community", "COMMUNITY", "of any kind; may be repeated"},
           {"med", "NUMBER", "its MED, also for neighboring ASes"},
           {"local-pref", "NUMBER", "its LOCAL_PREF, for iBGP neighbors"},
           {"metro", "METRO", "where its users are: a metro of the configuration"},
           {"for", "DURATION", "withdraw it after 90s, 30m, 12h or 7d"},
           {"keep", "", "also after a restart of the daemon"}},
          "The route is advertised as export policies have it, with this router as next hop. A "
          "second command for the prefix takes the place of the first.",
          {"ternctl originate 203.0.113.0/24 community 64500:7 for 12h",
           "ternctl originate 2001:db8:53::/48 med 50 keep"}};
}

std::vector<Keyword> guard_keywords() {
  return {{"from", "NEIGHBOR", "only routes of this neighbor, by name or address, or of this AS"},
          {"for", "DURATION", "end it after 90s, 30m, 12h or 7d"},
          {"because", "TEXT", "why: the rest of the line, at most 255 octets"}};
}

Syntax guard_list() {
  return {
      CommandId::GuardList,
      {"guard", "list"},
      "",
      "Releases and blocks of the guard",
      {},
      {},
      "Routes that the guard quarantines: ternctl show routes rejected reason quarantined. Routes "
      "that a block rejects: reason guard-block.",
      {"ternctl guard list"}};
}

Syntax guard_show() {
  return {CommandId::GuardShow,
          {"guard", "show"},
          "PREFIX|ADDRESS",
          "Releases and blocks around a prefix",
          {"PREFIX"},
          {},
          "The list also has orders of prefixes inside, and of prefixes that cover it.",
          {"ternctl guard show 203.0.113.0/24"}};
}

Syntax guard_release() {
  return {
      CommandId::GuardRelease,
      {"guard", "release"},
      "PREFIX [from NEIGHBOR] [for DURATION] [because TEXT]",
      "Use routes for a prefix that the guard quarantines",
      {"PREFIX"},
      guard_keywords(),
      "A release is about the PREFIX alone, without more specific ones, and outlasts a restart. A "
      "second command about the same routes takes the place of the first.",
      {"ternctl guard release 203.0.113.0/24 from AS64501 for 2h because ticket 71"}};
}

Syntax guard_block() {
  return {CommandId::GuardBlock,
          {"guard", "block"},
          "PREFIX [from NEIGHBOR] [for DURATION] [because TEXT]",
          "Reject routes for a prefix, registered or not",
          {"PREFIX"},
          guard_keywords(),
          "The routes are rejected with the reason guard-block. Routes of this router stay.",
          {"ternctl guard block 203.0.113.0/24 from as64501-ams because of a leak"}};
}

Syntax guard_clear() {
  return {CommandId::GuardClear,
          {"guard", "clear"},
          "PREFIX [from NEIGHBOR]",
          "End a release or a block",
          {"PREFIX"},
          {{"from", "NEIGHBOR", "as in the command that began it"}},
          "",
          {"ternctl guard clear 203.0.113.0/24 from AS64501"}};
}

Syntax withdraw() {
  return {CommandId::Withdraw, {"withdraw"}, "PREFIX", "End a route of 'ternctl originate'",
          {"PREFIX"},          {},           "",       {"ternctl withdraw 203.0.113.0/24"}};
}

}  // namespace

std::vector<Syntax> actions() {
  return {neighbor(),      pop(),         rtt_set(),     rtt_clear(), guard_list(), guard_show(),
          guard_release(), guard_block(), guard_clear(), originate(), withdraw()};
}

}  // namespace tern::ctl
