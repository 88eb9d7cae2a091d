#include "bgpd/ctl/grammar.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "bgpd/ctl/action_grammar.h"
#include "bgpd/ctl/arguments.h"
#include "bgpd/ctl/filter_grammar.h"
#include "bgpd/ctl/latency_grammar.h"
#include "bgpd/ctl/registration_grammar.h"
#include "bgpd/ctl/service_grammar.h"
#include "rib/types/family.h"

namespace tern::ctl {
namespace {

using api::proto::MonitorRequest;
using api::proto::RoutesRequest;

const std::vector<std::string_view> kRpkiStates{"valid", "not-found", "invalid", "not-validated"};
const std::vector<std::string_view> kLocations{"tag", "geofeed", "default",
                                               "pop", "unknown", "contradictory"};

void parse_show_neighbors(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_neighbors();
  while (!arguments.empty()) {
    // A neighbor may have any name, so that only most of the word is taken for the word.
    const bool keyword = arguments.peek().size() >= 3 && arguments.keyword().has_value();
    if (keyword) {
      request.set_detail(true);
    } else if (request.neighbor().empty()) {
      request.set_neighbor(arguments.peek());
    } else {
      arguments.expect_end();
    }
    (void)arguments.take();
  }
  command.one_thing = !request.neighbor().empty();
}

// What was said so far in a "show routes", so that a second word on the same thing is noticed.
struct RouteChoices {
  std::optional<RoutesRequest::Table> table;
  std::optional<RoutesRequest::Match> match;
};

template <typename Choice>
void choose(std::optional<Choice>& chosen, Choice choice, std::string_view word) {
  if (chosen && *chosen != choice) {
    throw UsageError("'" + std::string(word) + "' contradicts a word before it");
  }
  chosen = choice;
}

bool apply_choice(std::string_view word, RouteChoices& choices) {
  using Table = std::pair<std::string_view, RoutesRequest::Table>;
  using Match = std::pair<std::string_view, RoutesRequest::Match>;
  for (const auto& [name, table] :
       {Table{"best", RoutesRequest::BEST}, Table{"all", RoutesRequest::ALL},
        Table{"received", RoutesRequest::RECEIVED}, Table{"accepted", RoutesRequest::ACCEPTED},
        Table{"rejected", RoutesRequest::REJECTED},
        Table{"advertised", RoutesRequest::ADVERTISED}}) {
    if (name == word) return choose(choices.table, table, word), true;
  }
  for (const auto& [name, match] :
       {Match{"exact", RoutesRequest::EXACT}, Match{"longest", RoutesRequest::LONGEST},
        Match{"longer", RoutesRequest::LONGER}}) {
    if (name == word) return choose(choices.match, match, word), true;
  }
  return false;
}

void apply_filter(std::string_view word, Arguments& arguments, RoutesRequest& request) {
  if (word == "neighbor") {
    request.set_neighbor(arguments.take_value(word, "a name or an address"));
  } else if (word == "family") {
    request.set_family(parse_family(arguments.take_value(word, alternatives(family_words()))));
  } else if (word == "community") {
    request.set_community(arguments.take_value(word, "a community or a pattern"));
  } else if (word == "origin-as") {
    request.set_origin_as(parse_as_number(arguments.take_value(word, "an AS number")));
  } else if (word == "location") {
    request.set_location(parse_choice(arguments.take_value(word, "a source"), word, kLocations));
  } else if (word == "reason") {
    request.set_reason(arguments.take_value(word, "a reason"));
  } else if (word == "rpki") {
    request.set_rpki(parse_choice(arguments.take_value(word, "a state"), word, kRpkiStates));
  } else if (word == "limit") {
    request.set_limit(parse_number<std::uint64_t>(arguments.take_value(word, "a number"), word, 1));
  } else if (word == "count") {
    request.set_count_only(true);
  } else {
    request.set_detail(true);  // the last keyword of the table
  }
}

void parse_route_words(Arguments& arguments, RouteChoices& choices, RoutesRequest& request) {
  while (!arguments.empty()) {
    if (looks_like_prefix(arguments.peek())) {
      if (!request.prefix().empty()) {
        throw UsageError("a second prefix, '" + arguments.peek() + "'; one at a time");
      }
      request.set_prefix(checked_prefix(arguments.take()));
      continue;
    }
    const auto keyword = arguments.keyword();
    if (!keyword) {
      throw UsageError("unknown word '" + arguments.peek() +
                       "'; for the routes of a neighbor: " + "neighbor " + arguments.peek());
    }
    (void)arguments.take();
    if (!apply_choice(*keyword, choices)) apply_filter(*keyword, arguments, request);
  }
}

void finish_routes(const RouteChoices& choices, RoutesRequest::Table default_table,
                   RoutesRequest::Match default_match, RoutesRequest& request) {
  const RoutesRequest::Table table =
      choices.table.value_or(request.reason().empty() ? default_table : RoutesRequest::REJECTED);
  const bool of_neighbor = table == RoutesRequest::RECEIVED || table == RoutesRequest::ACCEPTED ||
                           table == RoutesRequest::ADVERTISED;
  if (of_neighbor && request.neighbor().empty()) {
    throw UsageError(
        "received, accepted and advertised routes are those of a neighbor: add "
        "'neighbor NAME'");
  }
  if (choices.match && request.prefix().empty()) {
    throw UsageError("exact, longest and longer need a prefix");
  }
  if (request.count_only() && request.detail()) {
    throw UsageError("'count' and 'detail' contradict each other");
  }
  request.set_table(table);
  request.set_match(choices.match.value_or(default_match));
}

void parse_show_routes(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_routes();
  RouteChoices choices;
  parse_route_words(arguments, choices, request);
  const bool is_prefix = request.prefix().find('/') != std::string::npos;
  const bool has_neighbor = !request.neighbor().empty();
  finish_routes(
      choices, has_neighbor ? RoutesRequest::ACCEPTED : RoutesRequest::BEST,
      is_prefix || request.prefix().empty() ? RoutesRequest::EXACT : RoutesRequest::LONGEST,
      request);
  command.one_thing = !request.prefix().empty() && request.match() != RoutesRequest::LONGER &&
                      !request.count_only();
}

void parse_show_route(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_routes();
  RouteChoices choices;
  parse_route_words(arguments, choices, request);
  if (request.prefix().empty()) {
    throw UsageError("'show route' needs a prefix or an address; 'show routes' lists them all");
  }
  if (!request.count_only()) request.set_detail(true);
  finish_routes(choices, request.neighbor().empty() ? RoutesRequest::ALL : RoutesRequest::ACCEPTED,
                RoutesRequest::LONGEST, request);
  command.one_thing = true;
}

void parse_show_rpki(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_rpki();
  if (!arguments.empty()) request.set_prefix(checked_prefix(arguments.take()));
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    request.set_origin_as(parse_as_number(arguments.take_value(*keyword, "an AS number")));
  }
}

bool choose_view(std::string_view word, std::optional<MonitorRequest::View>& view) {
  using View = std::pair<std::string_view, MonitorRequest::View>;
  for (const auto& [name, meant] :
       {View{"best", MonitorRequest::BEST}, View{"received", MonitorRequest::RECEIVED},
        View{"advertised", MonitorRequest::ADVERTISED}}) {
    if (name == word) return choose(view, meant, word), true;
  }
  return false;
}

void apply_monitor_word(std::string_view word, Arguments& arguments, MonitorRequest& request) {
  if (word == "prefix") {
    request.set_prefix(checked_prefix(arguments.take_value(word, "a prefix")));
    if (request.prefix().find('/') == std::string::npos) {
      throw UsageError("'prefix' needs a prefix with its length, as 203.0.113.0/24");
    }
  } else if (word == "neighbor") {
    request.set_neighbor(arguments.take_value(word, "a name or an address"));
  } else if (word == "family") {
    request.set_family(parse_family(arguments.take_value(word, alternatives(family_words()))));
  } else if (word == "longer") {
    request.set_longer(true);
  } else if (word == "detail") {
    request.set_detail(true);
  } else {
    request.set_snapshot(true);  // the last keyword of the table
  }
}

void parse_monitor(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_monitor();
  std::optional<MonitorRequest::View> view;
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    if (!choose_view(*keyword, view)) apply_monitor_word(*keyword, arguments, request);
  }
  const bool has_neighbor = !request.neighbor().empty();
  request.set_view(view.value_or(has_neighbor ? MonitorRequest::RECEIVED : MonitorRequest::BEST));
  if (request.view() == MonitorRequest::ADVERTISED && !has_neighbor) {
    throw UsageError("advertised routes are those of a neighbor: add 'neighbor NAME'");
  }
  if (request.view() == MonitorRequest::BEST && has_neighbor) {
    throw UsageError("best paths are those of the table; with a neighbor: received or advertised");
  }
  if (request.longer() && request.prefix().empty()) throw UsageError("longer needs a prefix");
}

void parse_explain(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_explain();
  request.set_prefix(checked_prefix(arguments.take_value("explain", "a prefix or an address")));
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    if (*keyword == "family") {
      request.set_family(
          parse_family(arguments.take_value(*keyword, alternatives(family_words()))));
    } else {
      request.set_neighbor(arguments.take_value(*keyword, "a neighbor"));
    }
  }
  command.one_thing = true;
}

void parse_reload(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_reload();
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    if (*keyword == "check") {
      request.set_check_only(true);
    } else {
      request.set_confirmed(true);
    }
  }
  if (request.check_only() && request.confirmed()) {
    throw UsageError("'reload check' changes nothing, so there is nothing to say yes to");
  }
}

void parse_completion(Arguments& arguments, Command& command) {
  const auto shell = arguments.keyword();
  if (!shell) throw UsageError("'completion' needs a shell: bash, zsh or fish");
  (void)arguments.take();
  command.rest.emplace_back(*shell);
}

template <auto mutable_part>
void parse_plain(Arguments& /*arguments*/, Command& command) {
  (void)(command.request.*mutable_part)();
}

void parse_withdraw(Arguments& arguments, Command& command) {
  command.request.mutable_withdraw()->set_prefix(parse_network(arguments, "withdraw"));
}

void parse_help(Arguments& arguments, Command& command) { command.rest = arguments.take_rest(); }

// How the words behind a command are read. tests/unit/ctl/grammar_test.cc reads each command.
struct Parser {
  CommandId id;
  void (*parse)(Arguments& arguments, Command& command);
};
constexpr std::array kParsers{
    Parser{CommandId::Version, parse_plain<&api::proto::Request::mutable_version>},
    Parser{CommandId::Status, parse_plain<&api::proto::Request::mutable_status>},
    Parser{CommandId::ShowNeighbors, parse_show_neighbors},
    Parser{CommandId::ShowRoutes, parse_show_routes},
    Parser{CommandId::ShowRoute, parse_show_route},
    Parser{CommandId::ShowEgress, parse_plain<&api::proto::Request::mutable_egress>},
    Parser{CommandId::ShowPlaces, parse_plain<&api::proto::Request::mutable_places>},
    Parser{CommandId::ShowRpki, parse_show_rpki},
    Parser{CommandId::ShowOriginated, parse_plain<&api::proto::Request::mutable_originated>},
    Parser{CommandId::ShowConditions, parse_plain<&api::proto::Request::mutable_conditions>},
    Parser{CommandId::ShowRtts, parse_show_rtts},
    Parser{CommandId::ShowProbes, parse_plain<&api::proto::Request::mutable_probes>},
    Parser{CommandId::ShowKernel, parse_show_kernel},
    Parser{CommandId::ShowNextHops, parse_show_next_hops},
    Parser{CommandId::ShowRegistrations, parse_show_registrations},
    Parser{CommandId::ShowCircuits, parse_show_circuits},
    Parser{CommandId::ShowLatency, parse_show_latency},
    Parser{CommandId::ShowBaseline, parse_show_baseline},
    Parser{CommandId::MonitorRoutes, parse_monitor},
    Parser{CommandId::Events, parse_events},
    Parser{CommandId::ShowWebhooks, parse_plain<&api::proto::Request::mutable_webhooks>},
    Parser{CommandId::ShowDomains, parse_plain<&api::proto::Request::mutable_domains>},
    Parser{CommandId::Explain, parse_explain},
    Parser{CommandId::Reload, parse_reload},
    Parser{CommandId::Neighbor, parse_neighbor},
    Parser{CommandId::Pop, parse_pop},
    Parser{CommandId::RttSet, parse_rtt_set},
    Parser{CommandId::RttClear, parse_rtt_clear},
    Parser{CommandId::LatencyReport, parse_latency_report},
    Parser{CommandId::LatencyImport, parse_latency_import},
    Parser{CommandId::GuardList, parse_guard},
    Parser{CommandId::GuardShow, parse_guard},
    Parser{CommandId::GuardRelease, parse_guard},
    Parser{CommandId::GuardBlock, parse_guard},
    Parser{CommandId::GuardClear, parse_guard},
    Parser{CommandId::FilterList, parse_filter},
    Parser{CommandId::FilterShow, parse_filter},
    Parser{CommandId::FilterDiff, parse_filter},
    Parser{CommandId::FilterAdd, parse_filter},
    Parser{CommandId::FilterRemove, parse_filter},
    Parser{CommandId::FilterSet, parse_filter},
    Parser{CommandId::FilterReset, parse_filter},
    Parser{CommandId::Originate, parse_originate},
    Parser{CommandId::Withdraw, parse_withdraw},
    Parser{CommandId::RegistrationAdd, parse_registration},
    Parser{CommandId::RegistrationSet, parse_registration},
    Parser{CommandId::RegistrationRemove, parse_registration},
    Parser{CommandId::RegistrationList, parse_registration},
    Parser{CommandId::RegistrationImport, parse_registration},
    Parser{CommandId::RegistrationExport, parse_registration},
    Parser{CommandId::RegistrationLog, parse_registration},
    Parser{CommandId::IngressReport, parse_ingress_report},
    Parser{CommandId::IngressImport, parse_ingress_import},
    Parser{CommandId::Completion, parse_completion},
    Parser{CommandId::Help, parse_help},
};

}  // namespace

Command parse_command(const std::vector<std::string>& words) {
  std::size_t at = 0;
  const Syntax& syntax = find_command(words, at);
  Arguments arguments(syntax, words, at);
  Command command;
  command.id = syntax.id;
  const auto* const parser = std::ranges::find(kParsers, syntax.id, &Parser::id);
  if (parser == kParsers.end()) throw UsageError("this command is not read");
  parser->parse(arguments, command);
  arguments.expect_end();
  return command;
}

}  // namespace tern::ctl
