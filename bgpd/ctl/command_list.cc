// The commands of ternctl, with their help.
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/ctl/action_list.h"
#include "bgpd/ctl/filter_grammar.h"
#include "bgpd/ctl/latency_grammar.h"
#include "bgpd/ctl/registration_grammar.h"
#include "bgpd/ctl/service_grammar.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {
namespace {

Syntax show_neighbors() {
  return {CommandId::ShowNeighbors,
          {"show", "neighbors"},
          "[NEIGHBOR] [detail]",
          "Sessions: state, age, routes",
          {"NEIGHBOR"},
          {{"detail", "", "everything known of each session"}},
          "NEIGHBOR is a name, an address or a group; without it all are shown.",
          {"ternctl show neighbors", "ternctl show neighbors as65001-ams detail",
           "ternctl sh nei clients"}};
}

std::vector<Keyword> route_keywords() {
  return {{"exact", "", "the prefix itself (default for a prefix)"},
          {"longest", "", "the longest match (default for an address)"},
          {"longer", "", "the prefix and all more specific ones"},
          {"best", "", "the best path of each prefix (default)"},
          {"all", "", "every path of each prefix"},
          {"received", "", "as received from the neighbor, before policy"},
          {"accepted", "", "of the neighbor, after import policy (default with a neighbor)"},
          {"rejected", "", "not used, with the reason; of one neighbor or of all"},
          {"advertised", "", "what the neighbor is told"},
          {"neighbor", "NEIGHBOR", "a name or an address; own: this router"},
          {"family", "FAMILY", "of one address family; ipv4 and ipv6 are unicast (default: all)"},
          {"community", "PATTERN", "only routes with it: 65000:100, 65000:*, 65000:1:*, rt:..."},
          {"origin-as", "ASN", "only routes that this AS originated"},
          {"rpki", "STATE", "only valid, not-found, invalid or not-validated ones (RFC 6811)"},
          {"location", "SOURCE",
           "only where the users' place is from: tag, geofeed, default, pop, unknown; or "
           "contradictory"},
          {"reason", "REASON", "only routes that are rejected with it: quarantined, as-loop, ..."},
          {"limit", "N", "stop after N routes"},
          {"count", "", "only say how many"},
          {"detail", "", "all attributes"}};
}

Syntax show_routes() {
  return {CommandId::ShowRoutes,
          {"show", "routes"},
          "[PREFIX|ADDRESS] [KEYWORD...]",
          "The routing table, or what a neighbor sent or is told",
          {"PREFIX"},
          route_keywords(),
          "In the table, * marks the best path, x a rejected one; i, e, ? after the AS path is the "
          "origin.",
          {"ternctl show routes", "ternctl show routes 203.0.113.0/24 all detail",
           "ternctl show routes 2001:db8::/32 longer", "ternctl show routes rejected count",
           "ternctl show routes 203.0.113.0/24 longer reason quarantined",
           "ternctl show routes advertised neighbor as65001-ams family ipv6",
           "ternctl --json show routes community 65000:100 | jq -r '.[].prefix'"}};
}

Syntax show_route() {
  return {CommandId::ShowRoute,
          {"show", "route"},
          "PREFIX|ADDRESS [KEYWORD...]",
          "Every path to a prefix or an address, with all attributes",
          {"PREFIX"},
          route_keywords(),
          "The same as: show routes PREFIX longest all detail. Exit code 1 when there is none.",
          {"ternctl show route 203.0.113.7", "ternctl show route 2001:db8::/32 best"}};
}

Syntax monitor_routes() {
  return {
      CommandId::MonitorRoutes,
      {"monitor", "routes"},
      "[prefix PREFIX] [KEYWORD...]",
      "What changes in the table, as it happens",
      {},
      {{"prefix", "PREFIX", "only this prefix"},
       {"longer", "", "and all more specific ones"},
       {"family", "FAMILY", "only this address family; ipv4 and ipv6 are unicast"},
       {"neighbor", "NEIGHBOR", "only what this neighbor sends, or is advertised"},
       {"best", "", "the best path of each prefix (default)"},
       {"received", "", "as received, before policy (default with a neighbor)"},
       {"advertised", "", "what the neighbor is advertised"},
       {"detail", "", "all attributes"},
       {"--snapshot", "", "first what is there now"}},
      "Each line is the state at its time: + announced, - withdrawn. A terminal that is too slow "
      "is told so, and then shown the present state of what it missed. Ends with Ctrl-C.",
      {"ternctl monitor routes", "ternctl monitor routes neighbor as65001-ams",
       "ternctl monitor routes prefix 10.0.0.0/8 longer --snapshot",
       "ternctl --json monitor routes advertised neighbor as65001-ams | jq .route.prefix"}};
}

Syntax explain() {
  return {CommandId::Explain,
          {"explain"},
          "PREFIX|ADDRESS [to NEIGHBOR] [family FAMILY]",
          "Why a path is the best: every candidate, every comparison",
          {"PREFIX"},
          {{"to", "NEIGHBOR", "also say what this neighbor is advertised and why"},
           {"family", "FAMILY", "of this address family (default: ipv4 or ipv6, unicast)"}},
          "An address stands for its longest match. Exit code 1 when there is none.",
          {"ternctl explain 203.0.113.0/24", "ternctl explain 203.0.113.7 to as65001-ams"}};
}

Syntax show_rpki() {
  return {CommandId::ShowRpki,
          {"show", "rpki"},
          "[PREFIX|ADDRESS [origin-as ASN]]",
          "Where VRPs come from, or those that cover a prefix",
          {"PREFIX"},
          {{"origin-as", "ASN", "also the state of a route of this AS"}},
          "Routes in a state: ternctl show routes rpki invalid.",
          {"ternctl show rpki", "ternctl show rpki 203.0.113.0/24 origin-as 65001"}};
}

Syntax show_originated() {
  return {CommandId::ShowOriginated,
          {"show", "originated"},
          "",
          "The routes that this router originates",
          {},
          {},
          "Configured ones are `networks` of the configuration, injected ones those of 'ternctl "
          "originate'. Why a neighbor does not hold one: ternctl explain PREFIX to NEIGHBOR.",
          {"ternctl show originated"}};
}

Syntax show_conditions() {
  return {CommandId::ShowConditions,
          {"show", "conditions"},
          "",
          "Conditions of our own routes",
          {},
          {},
          "Networks and default routes name a condition with `when`. With --json also every single "
          "requirement is shown.",
          {"ternctl show conditions"}};
}

Syntax show_kernel() {
  return {CommandId::ShowKernel,
          {"show", "kernel"},
          "[failed]",
          "The routes in the kernel's routing table",
          {},
          {{"failed", "", "the first 100 routes that are not there, and why"}},
          "The routes themselves: ip route show proto 179.",
          {"ternctl show kernel", "ternctl show kernel failed"}};
}

Syntax show_next_hops() {
  return {CommandId::ShowNextHops,
          {"show", "nexthops"},
          "[ADDRESS] [unresolved]",
          "Next hops of received routes: how each is resolved",
          {"ADDRESS"},
          {{"unresolved", "", "only unresolved next hops"}},
          "A state in parentheses is better and does not count yet, because the next hop was lost "
          "before (damping). Routes that are rejected as next-hop-unresolved are counted, too.",
          {"ternctl show nexthops", "ternctl show nexthops 192.0.2.7",
           "ternctl show nexthops unresolved"}};
}

Syntax show_rtts() {
  return {CommandId::ShowRtts,
          {"show", "rtts"},
          "[POP] [PREFIX]",
          "Measured round trips, and the costs that follow them",
          {"POP", "PREFIX"},
          {},
          "A cost follows the average of its measurements by the rules of egress.costs. Pairs of "
          "places that nobody measures have the cost of the configuration: ternctl show egress. "
          "With PREFIX the measurement from each PoP that counts for the prefix is shown, also of "
          "prefix_rtt_file.",
          {"ternctl show rtts", "ternctl show rtts ams", "ternctl show rtts 203.0.113.0/24"}};
}

Syntax show_probes() {
  return {CommandId::ShowProbes,
          {"show", "probes"},
          "",
          "The targets of egress.probes, and whether they answer",
          {},
          {},
          "The costs that follow the probes: ternctl show rtts.",
          {"ternctl show probes"}};
}

Syntax reload() {
  return {CommandId::Reload,
          {"reload"},
          "[check | --yes]",
          "Read the configuration again",
          {},
          {{"check", "", "only say what would change, or what is wrong"},
           {"--yes", "", "also where many neighbors go, or the file may not be whole"}},
          "A configuration with errors changes nothing; exit code 1 then. So does one that removes "
          "more than half of the neighbors, three or more, without --yes.",
          {"ternctl reload check", "ternctl reload"}};
}

// About the program itself, behind all others.
void add_help(std::vector<Syntax>& all) {
  all.push_back({CommandId::Completion,
                 {"completion"},
                 "SHELL",
                 "Print the completion script of a shell",
                 {},
                 {{"bash", "", "source <(ternctl completion bash)"},
                  {"zsh", "", "source <(ternctl completion zsh)"},
                  {"fish", "", "ternctl completion fish | source"}},
                 "",
                 {"ternctl completion bash > /etc/bash_completion.d/ternctl"}});
  all.push_back({CommandId::Help,
                 {"help"},
                 "[COMMAND]",
                 "This text, or that of a command",
                 {},
                 {},
                 "",
                 {"ternctl help show routes"}});
}

std::vector<Syntax> make_commands() {
  std::vector<Syntax> all;
  all.push_back({CommandId::Version,
                 {"version"},
                 "",
                 "Versions of daemon and client",
                 {},
                 {},
                 "",
                 {"ternctl version"}});
  all.push_back({CommandId::Status,
                 {"status"},
                 "",
                 "The daemon at a glance",
                 {},
                 {},
                 "",
                 {"ternctl status"}});
  all.push_back(show_neighbors());
  all.push_back(show_routes());
  all.push_back(show_route());
  all.push_back({CommandId::ShowEgress,
                 {"show", "egress"},
                 "",
                 "Metros and PoPs: prefixes, costs, the nearest edge",
                 {},
                 {},
                 "* marks the nearest PoP of a metro, ~ a cost that was estimated from distance.",
                 {"ternctl show egress"}});
  all.push_back({CommandId::ShowPlaces,
                 {"show", "places"},
                 "",
                 "Where users can be, and how the places of routes were found",
                 {},
                 {},
                 "The numbers of a neighbor count the routes it has announced since the start. "
                 "Routes without a place: ternctl show routes location unknown.",
                 {"ternctl show places", "ternctl --json show places | jq .neighbors"}});
  all.push_back(show_rpki());
  all.push_back(show_originated());
  all.push_back(show_conditions());
  all.push_back(show_rtts());
  all.push_back(show_probes());
  all.push_back(show_kernel());
  all.push_back(show_next_hops());
  all.push_back(show_registrations());
  all.push_back(show_webhooks());
  all.push_back(show_circuits());
  all.push_back(show_latency());
  all.push_back(show_baseline());
  all.push_back(show_domains());
  all.push_back(monitor_routes());
  all.push_back(events());
  all.push_back(explain());
  all.push_back(reload());
  for (Syntax& one : actions()) all.push_back(std::move(one));
  for (Syntax& one : filter_commands()) all.push_back(std::move(one));
  for (Syntax& one : latency_actions()) all.push_back(std::move(one));
  for (Syntax& one : registration_commands()) all.push_back(std::move(one));
  all.push_back(ingress_report());
  all.push_back(ingress_import());
  add_help(all);
  return all;
}

}  // namespace

const std::vector<Syntax>& commands() {
  static const std::vector<Syntax> all = make_commands();
  return all;
}

}  // namespace tern::ctl
