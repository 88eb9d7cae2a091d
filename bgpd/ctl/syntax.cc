#include "bgpd/ctl/syntax.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rib/types/family.h"

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
          {{"to", "NEIGHBOR", "also say what this neighbor is told and why"},
           {"family", "FAMILY", "of this address family (default: ipv4 or ipv6, unicast)"}},
          "An address stands for its longest match. Exit code 1 when there is none.",
          {"ternctl explain 203.0.113.0/24", "ternctl explain 203.0.113.7 to as65001-ams"}};
}

Syntax neighbor() {
  return {CommandId::Neighbor,
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
           {"undrain", "", "let traffic come back"}},
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
      "drain [shutdown [within SECONDS]] | undrain",
      "Move traffic away from this PoP, and back",
      {},
      {{"drain", "", "partners and other PoPs prefer other exits (RFC 8326)"},
       {"undrain", "", "as before"}},
      "All eBGP neighbors are drained; sessions with other PoPs stay as they are. With shutdown "
      "each session ends when no best path leaves by it, at the latest after 60 s or SECONDS. A "
      "drain outlasts a restart.",
      {"ternctl pop drain", "ternctl pop drain shutdown within 300", "ternctl pop undrain"}};
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

Syntax withdraw() {
  return {CommandId::Withdraw, {"withdraw"}, "PREFIX", "End a route of 'ternctl originate'",
          {"PREFIX"},          {},           "",       {"ternctl withdraw 203.0.113.0/24"}};
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
  all.push_back(show_rpki());
  all.push_back(show_originated());
  all.push_back(show_conditions());
  all.push_back(monitor_routes());
  all.push_back(explain());
  all.push_back(
      {CommandId::Reload,
       {"reload"},
       "[check | --yes]",
       "Read the configuration again",
       {},
       {{"check", "", "only say what would change, or what is wrong"},
        {"--yes", "", "also where many neighbors go, or the file may not be whole"}},
       "A configuration with errors changes nothing; exit code 1 then. So does one that removes "
       "more than half of the neighbors, three or more, without --yes.",
       {"ternctl reload check", "ternctl reload"}});
  all.push_back(neighbor());
  all.push_back(pop());
  all.push_back(originate());
  all.push_back(withdraw());
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
  return all;
}

bool starts_with(const std::vector<std::string_view>& path,
                 const std::vector<std::string_view>& start) {
  return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

// The other spellings people's fingers know.
std::string_view without_alias(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kAliases{
      {{"neighbour", "neighbor"}, {"neighbours", "neighbors"}}};
  for (const auto& [alias, word] : kAliases) {
    if (text == alias) return word;
  }
  return text;
}

}  // namespace

const std::vector<Syntax>& commands() {
  static const std::vector<Syntax> all = make_commands();
  return all;
}

std::optional<std::string_view> match_word(std::string_view text,
                                           const std::vector<std::string_view>& words) {
  const std::string_view wanted = without_alias(text);
  if (wanted.empty()) return std::nullopt;
  std::vector<std::string_view> matches;
  for (const std::string_view word : words) {
    if (word == wanted) return word;
    if (word.substr(0, wanted.size()) == wanted) matches.push_back(word);
  }
  if (matches.empty()) return std::nullopt;
  const auto shorter = [](std::string_view a, std::string_view b) { return a.size() < b.size(); };
  const std::string_view longest = *std::max_element(matches.begin(), matches.end(), shorter);
  for (const std::string_view match : matches) {
    if (longest.substr(0, match.size()) == match) continue;
    throw UsageError("'" + std::string(text) + "' may mean " + alternatives(matches));
  }
  return longest;
}

std::vector<std::string_view> words_after(const std::vector<std::string_view>& path) {
  std::vector<std::string_view> words;
  for (const Syntax& syntax : commands()) {
    if (!starts_with(syntax.path, path) || syntax.path.size() == path.size()) continue;
    const std::string_view next = syntax.path[path.size()];
    if (std::find(words.begin(), words.end(), next) == words.end()) words.push_back(next);
  }
  return words;
}

const Syntax& find_command(const std::vector<std::string>& words, std::size_t& at) {
  std::vector<std::string_view> path;
  std::vector<std::string_view> expected = words_after(path);
  while (!expected.empty()) {
    const std::string behind =
        path.empty() ? std::string() : " after '" + std::string(path.back()) + "'";
    if (at == words.size()) {
      throw UsageError("a word is missing" + behind + ": " + alternatives(expected));
    }
    const std::optional<std::string_view> word = match_word(words[at], expected);
    if (!word) {
      throw UsageError("unknown word '" + words[at] + "'" + behind + ": expected " +
                       alternatives(expected));
    }
    path.push_back(*word);
    ++at;
    expected = words_after(path);
  }
  const auto found = std::find_if(commands().begin(), commands().end(),
                                  [&path](const Syntax& syntax) { return syntax.path == path; });
  return *found;  // expected is empty only behind a whole path
}

std::vector<std::string_view> keyword_words(const Syntax& syntax) {
  std::vector<std::string_view> words;
  words.reserve(syntax.keywords.size());
  for (const Keyword& keyword : syntax.keywords) words.push_back(keyword.word);
  return words;
}

std::vector<std::string_view> family_words() {
  std::vector<std::string_view> words;
  for (const Family family : kFamilies) words.push_back(row(family).short_name);
  return words;
}

std::string alternatives(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) text.append(i + 1 == words.size() ? " or " : ", ");
    text.append(words[i]);
  }
  return text;
}

}  // namespace tern::ctl
