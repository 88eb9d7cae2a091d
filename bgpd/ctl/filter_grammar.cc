#include "bgpd/ctl/filter_grammar.h"

#include <string>

namespace tern::ctl {
namespace {

using api::proto::FilterActionRequest;

std::vector<Keyword> reason_keyword() {
  return {{"because", "TEXT", "why: the rest of the line, at most 255 octets"}};
}

Syntax filter_list() {
  return {CommandId::FilterList,
          {"filter", "list"},
          "",
          "Route filters of neighbors, by community",
          {},
          {},
          "A neighbor with a filter is advertised only routes that carry one of its communities.",
          {"ternctl filter list"}};
}

Syntax filter_show() {
  return {CommandId::FilterShow,
          {"filter", "show"},
          "NEIGHBOR",
          "The route filter of a neighbor, each community with its edit",
          {"NEIGHBOR"},
          {},
          "Why a route is held back: ternctl explain PREFIX to NEIGHBOR.",
          {"ternctl filter show as65001-ams"}};
}

Syntax filter_diff() {
  return {CommandId::FilterDiff,
          {"filter", "diff"},
          "[NEIGHBOR]",
          "Route filters against the configuration",
          {"NEIGHBOR"},
          {},
          "Without a NEIGHBOR, of all neighbors with edits.",
          {"ternctl filter diff", "ternctl filter diff as65001-ams"}};
}

Syntax filter_add() {
  return {CommandId::FilterAdd,
          {"filter", "add"},
          "NEIGHBOR COMMUNITY... [because TEXT]",
          "Let routes with a community pass",
          {"NEIGHBOR", "COMMUNITY"},
          reason_keyword(),
          "A COMMUNITY is of any kind, or a pattern. The edit outlasts a restart and a reload; the "
          "session stays. 'set' begins a filter where there is none.",
          {"ternctl filter add as65001-ams 65000:200 because ticket 71",
           "ternctl filter add 192.0.2.1 65000:1:* rt:65000:7"}};
}

Syntax filter_remove() {
  return {CommandId::FilterRemove,
          {"filter", "remove"},
          "NEIGHBOR COMMUNITY... [because TEXT]",
          "Let routes with a community pass no longer",
          {"NEIGHBOR", "COMMUNITY"},
          reason_keyword(),
          "A route with another community of the filter still passes. A filter without communities "
          "passes no route.",
          {"ternctl filter remove as65001-ams 65000:200"}};
}

Syntax filter_set() {
  return {
      CommandId::FilterSet,
      {"filter", "set"},
      "NEIGHBOR COMMUNITY...|none [because TEXT]",
      "Let routes with these communities pass, and no others",
      {"NEIGHBOR", "COMMUNITY"},
      {{"none", "", "advertise no route to the neighbor"}, reason_keyword().front()},
      "What differs from the configuration is kept as additions and removals.",
      {"ternctl filter set as65001-ams 65000:100 65000:200", "ternctl filter set 192.0.2.1 none"}};
}

Syntax filter_reset() {
  return {CommandId::FilterReset,
          {"filter", "reset"},
          "NEIGHBOR [because TEXT]",
          "Forget all edits of a route filter: as configured",
          {"NEIGHBOR"},
          reason_keyword(),
          "Without a filter in the configuration, the neighbor is advertised all that policies let "
          "pass.",
          {"ternctl filter reset as65001-ams because of the change window"}};
}

FilterActionRequest::Action action_of(CommandId id) {
  switch (id) {
    case CommandId::FilterAdd:
      return FilterActionRequest::ADD;
    case CommandId::FilterRemove:
      return FilterActionRequest::REMOVE;
    case CommandId::FilterSet:
      return FilterActionRequest::SET;
    default:
      return FilterActionRequest::RESET;
  }
}

void parse_filter_look(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_filters();
  if (command.id == CommandId::FilterList) return;
  request.set_detail(true);
  request.set_edited(command.id == CommandId::FilterDiff);
  if (command.id == CommandId::FilterShow) {
    request.set_neighbor(arguments.take_value("filter show", "a name or an address"));
  } else if (!arguments.empty()) {
    request.set_neighbor(arguments.take());
  }
}

}  // namespace

std::vector<Syntax> filter_commands() {
  return {filter_list(), filter_show(),   filter_diff(), filter_add(),
          filter_set(),  filter_remove(), filter_reset()};
}

// A name of a neighbor may look like the begin of a keyword, and a community does not. Communities
// end with a whole keyword.
void parse_filter(Arguments& arguments, Command& command) {
  const bool looks = command.id == CommandId::FilterList || command.id == CommandId::FilterShow ||
                     command.id == CommandId::FilterDiff;
  if (looks) return parse_filter_look(arguments, command);
  auto& request = *command.request.mutable_filter_action();
  request.set_action(action_of(command.id));
  request.set_neighbor(arguments.take_value("filter", "a name or an address"));
  const bool resets = command.id == CommandId::FilterReset;
  bool none = false;
  while (!arguments.empty()) {
    const auto keyword = arguments.at_keyword() ? arguments.keyword() : std::nullopt;
    if (keyword == "because") {
      (void)arguments.take();
      request.set_because(rest_of_line(arguments));
      if (request.because().empty()) throw UsageError("'because' needs a text");
    } else if (keyword == "none") {
      (void)arguments.take();
      none = true;
    } else if (resets) {
      arguments.expect_end();
    } else {
      request.add_communities(arguments.take());
    }
  }
  if (none && !request.communities().empty()) {
    throw UsageError("'none' stands alone, without a community");
  }
  if (resets || none || !request.communities().empty()) return;
  const bool sets = command.id == CommandId::FilterSet;
  throw UsageError(std::string("the neighbor needs a community behind it, as 65000:100") +
                   (sets ? ", or 'none'" : ""));
}

}  // namespace tern::ctl
