#include "bgpd/ctl/service_grammar.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace tern::ctl {
namespace {

const std::vector<std::string_view> kSeverities{"info", "warning", "error", "critical"};
const std::vector<std::string_view> kCircuitStates{"unknown", "redundant", "single-homed",
                                                   "pair-degraded", "down"};

}  // namespace

Syntax show_registrations() {
  return {
      CommandId::ShowRegistrations,
      {"show", "registrations"},
      "[PREFIX|ADDRESS] [owner OWNER] [state STATE] [unmet] [detail] | files",
      "Registered prefixes, and the routes for them",
      {"PREFIX"},
      {{"files", "", "the files and the database of registrations, and what is wrong in them"},
       {"owner", "OWNER", "only those of this owner"},
       {"state", "STATE", "only those in this state: hijacked, not-received, healthy, ..."},
       {"unmet", "", "only those that would be refused if they were new"},
       {"detail", "", "all states, with evidence and history"}},
      "Of a PREFIX, the registration that covers it, else those inside. Routes are counted with "
      "those for more specific prefixes, from all neighbors.",
      {"ternctl show registrations", "ternctl show registrations 203.0.113.7",
       "ternctl show registrations unmet", "ternctl show registrations files"}};
}

Syntax show_circuits() {
  return {CommandId::ShowCircuits,
          {"show", "circuits"},
          "[CIRCUIT] [state STATE]",
          "Pairs of connections of partners, and whether they are redundant",
          {},
          {{"state", "STATE", "redundant, pair-degraded, single-homed, down or unknown"}},
          "CIRCUIT is a name, or the AS number of neighbors without one.",
          {"ternctl show circuits", "ternctl show circuits state pair-degraded",
           "ternctl show circuits 64501"}};
}

Syntax show_baseline() {
  return {CommandId::ShowBaseline,
          {"show", "baseline"},
          "[PREFIX|ADDRESS]",
          "Usual origins, upstreams and lengths of paths, as they were learnt",
          {"PREFIX"},
          {},
          "Without a PREFIX, how much was learnt. Of a PREFIX, also the longest ripe prefix that "
          "covers it. Unusual routes are events: 'ternctl events kind origin-changed'.",
          {"ternctl show baseline", "ternctl show baseline 203.0.113.0/24"}};
}

Syntax events() {
  return {
      CommandId::Events,
      {"events"},
      "[--follow] [--since TIME] [KEYWORD...]",
      "What happened: hijacks, sessions, drains, bad files",
      {},
      {{"prefix", "PREFIX", "only about this prefix, what it covers and what covers it"},
       {"kind", "KIND", "only of this kind: session-down, origin-hijack, ..."},
       {"severity", "SEVERITY", "info, warning, error or critical, and worse ones"},
       {"neighbor", "NEIGHBOR", "only about this neighbor"},
       {"open", "", "only what has not ended"},
       {"history", "", "from the database (events.history), also of earlier runs, newest first"},
       {"limit", "N", "with history: the last N"},
       {"detail", "", "with the evidence"},
       {"--since", "TIME", "only what was going on in the last 90s, 30m, 12h, 7d"},
       {"--follow", "", "go on with what happens; without --since only that"}},
      "The last change comes last; with history, it comes first. With --follow, an event is shown "
      "when it begins, changes and ends; Ctrl-C ends it.",
      {"ternctl events", "ternctl events --since 1h severity error",
       "ternctl events prefix 203.0.113.0/24 detail",
       "ternctl events history --since 30d kind origin-hijack",
       "ternctl --json events --follow | jq .summary"}};
}

Syntax show_webhooks() {
  return {
      CommandId::ShowWebhooks,
      {"show", "webhooks"},
      "",
      "Receivers of events over HTTP, and whether they take them",
      {},
      {},
      "Waiting events are sent when the receiver is back; beyond its queue the oldest is dropped.",
      {"ternctl show webhooks", "ternctl --json show webhooks | jq '.webhooks[].last_error'"}};
}

Syntax show_domains() {
  return {CommandId::ShowDomains,
          {"show", "domains"},
          "",
          "Further routing domains of the process, and whether they run",
          {},
          {},
          "Each domain answers for itself: ternctl --domain NAME show neighbors.",
          {"ternctl show domains", "ternctl --json show domains | jq '.domains[].state'"}};
}

Syntax ingress_report() {
  return {
      CommandId::IngressReport,
      {"ingress", "report"},
      "POP PREFIX OCTETS [PREFIX OCTETS...]",
      "Say where the traffic of registered prefixes entered the network",
      {"POP", "PREFIX", "OCTETS"},
      {},
      "OCTETS are those since the report before. A report counts for a quarter to half an hour. "
      "A command has at most 1000 prefixes; where one is wrong, none is taken. Prefixes that no "
      "registration covers are left out.",
      {"ternctl ingress report ams 203.0.113.0/24 1200000000"}};
}

Syntax ingress_import() {
  return {
      CommandId::IngressImport,
      {"ingress", "import"},
      "FILE",
      "Report the totals of flows of a CSV file",
      {"FILE"},
      {},
      "The file has a line `prefix,pop,octets` for each total; blank lines and those that start "
      "with # are left out. Batches of 1000 lines are sent, and nothing where a line is wrong.",
      {"ternctl ingress import flows.csv"}};
}

void parse_show_registrations(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_registrations();
  while (!arguments.empty()) {
    if (looks_like_prefix(arguments.peek())) {
      if (!request.prefix().empty()) {
        throw UsageError("a second prefix, '" + arguments.peek() + "'; one at a time");
      }
      request.set_prefix(checked_prefix(arguments.take()));
    } else if (const auto keyword = arguments.keyword()) {
      (void)arguments.take();
      if (*keyword == "state") {
        request.set_state(arguments.take_value(*keyword, "a state"));
      } else if (*keyword == "owner") {
        request.set_owner(arguments.take_value(*keyword, "an owner"));
      } else if (*keyword == "detail") {
        request.set_detail(true);
      } else if (*keyword == "unmet") {
        request.set_unmet(true);
      } else {
        request.set_files(true);
      }
    } else {
      arguments.expect_end();
    }
  }
  if (!request.prefix().empty()) request.set_detail(true);
  if (!request.files()) return;
  if (!request.owner().empty()) {
    throw UsageError("'files' shows no registration: leave the owner out");
  }
  if (!request.prefix().empty()) {
    throw UsageError("'files' shows no registration: leave the prefix out");
  }
  if (!request.state().empty() || request.detail() || request.unmet()) {
    throw UsageError("'files' shows no registration: leave 'state', 'unmet' and 'detail' out");
  }
}

void parse_ingress_report(Arguments& arguments, Command& command) {
  constexpr int kMostTotals = 1000;  // of a request
  auto& request = *command.request.mutable_ingress_report();
  const std::string pop = arguments.take_value("ingress report", "a PoP");
  do {
    auto& total = *request.add_totals();
    total.set_pop(pop);
    total.set_prefix(checked_prefix(arguments.take_value("ingress report", "a prefix")));
    total.set_octets(parse_number<std::uint64_t>(arguments.take_value("ingress report", "octets"),
                                                 "ingress report", 0));
  } while (!arguments.empty() && request.totals_size() < kMostTotals);
}

void parse_ingress_import(Arguments& arguments, Command& command) {
  command.file = arguments.take_value("ingress import", "a file");
}

bool is_all_digits(const std::string& word) {
  return word.find_first_not_of("0123456789") == std::string::npos;
}

// The key of a circuit without a name is "AS 64501". Names of circuits are no numbers, not "as",
// and no beginning of "state" (conf/circuit_checks.cc).
void parse_show_circuits(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_circuits();
  while (!arguments.empty()) {
    const bool keyword = arguments.peek().size() >= 3 && arguments.keyword().has_value();
    if (keyword) {
      (void)arguments.take();
      request.set_state(
          parse_choice(arguments.take_value("state", "a state"), "state", kCircuitStates));
    } else if (request.circuit().empty()) {
      const std::string word = arguments.take();
      const bool is_as = word == "AS" || word == "as";
      const std::string number = is_as ? arguments.take_value("AS", "an AS number") : word;
      if (is_as && !is_all_digits(number)) {
        throw UsageError("'AS' needs an AS number, not '" + number + "'");
      }
      request.set_circuit(is_all_digits(number) ? "AS " + number : word);
    } else {
      arguments.expect_end();
    }
  }
  command.one_thing = !request.circuit().empty();
}

void parse_show_baseline(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_baseline();
  if (arguments.empty()) return;
  request.set_prefix(checked_prefix(arguments.take()));
  arguments.expect_end();
}

void parse_events(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_events();
  while (const auto keyword = arguments.keyword()) {
    const std::string_view word = *keyword;
    (void)arguments.take();
    if (word == "prefix") {
      request.set_prefix(checked_prefix(arguments.take_value(word, "a prefix or an address")));
    } else if (word == "kind") {
      request.set_kind(arguments.take_value(word, "a kind"));
    } else if (word == "severity") {
      request.set_severity(
          parse_choice(arguments.take_value(word, "a severity"), word, kSeverities));
    } else if (word == "neighbor") {
      request.set_neighbor(arguments.take_value(word, "a name"));
    } else if (word == "open") {
      request.set_open(true);
    } else if (word == "history") {
      request.set_history(true);
    } else if (word == "limit") {
      request.set_limit(
          parse_number<std::uint64_t>(arguments.take_value(word, "a number"), word, 1));
    } else if (word == "--since") {
      request.set_within_seconds(parse_duration(arguments.take_value(word, "a time")));
    } else if (word == "--follow") {
      request.set_follow(true);
    } else {
      request.set_detail(true);  // the only keyword that is left
    }
  }
  if (request.history() && request.follow()) {
    throw UsageError("'history' and '--follow': leave one out");
  }
  if (request.limit() != 0 && !request.history()) {
    throw UsageError("'limit' belongs to 'history'");
  }
}

}  // namespace tern::ctl
