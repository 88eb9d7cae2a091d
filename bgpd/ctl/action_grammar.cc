#include "bgpd/ctl/action_grammar.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bgpd/ctl/syntax.h"

namespace tern::ctl {
namespace {

using api::proto::NeighborActionRequest;

// RFC 9003 section 2: the Shutdown Communication is at most 255 octets.
constexpr std::size_t kMaxShutdownMessage = 255;

std::string parse_message(Arguments& arguments) {
  std::string message = rest_of_line(arguments);
  if (message.size() > kMaxShutdownMessage) {
    throw UsageError("the message has " + std::to_string(message.size()) +
                     " octets; RFC 9003 allows 255");
  }
  return message;
}

NeighborActionRequest::Action parse_direction(Arguments& arguments) {
  if (arguments.empty()) return NeighborActionRequest::REFRESH_IN;
  const std::string& word = arguments.take();
  const auto direction = match_word(word, {"in", "out"});
  if (!direction) throw UsageError("'refresh' goes in or out, not '" + word + "'");
  return *direction == "in" ? NeighborActionRequest::REFRESH_IN
                            : NeighborActionRequest::REFRESH_OUT;
}

// A day.
constexpr std::uint32_t kMostDrainSeconds = 86400;
constexpr std::uint32_t kDrainSeconds = 60;

void parse_drain(Arguments& arguments, api::proto::Drain& drain) {
  if (arguments.empty()) return;
  const std::string& word = arguments.take();
  if (!match_word(word, {"shutdown"})) {
    throw UsageError("after 'drain' comes 'shutdown' or nothing, not '" + word + "'");
  }
  drain.set_shut_down_within_seconds(kDrainSeconds);
  if (arguments.empty()) return;
  const std::string& within = arguments.take();
  if (!match_word(within, {"within"})) {
    throw UsageError("after 'shutdown' comes 'within SECONDS' or nothing, not '" + within + "'");
  }
  const std::string& number = arguments.take_value("within", "a number of seconds");
  const auto seconds = parse_number<std::uint32_t>(number, "within", 1);
  if (seconds > kMostDrainSeconds) throw UsageError("'within' is at most 86400 seconds, a day");
  drain.set_shut_down_within_seconds(seconds);
}

std::uint32_t parse_added_cost(Arguments& arguments) {
  return parse_milliseconds(arguments.take_value("degrade", "a cost in milliseconds"), "a cost");
}

}  // namespace

void parse_pop(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_pop_action();
  const auto action = arguments.keyword();
  if (!action) {
    const std::string instead = arguments.empty() ? "" : ", not '" + arguments.peek() + "'";
    throw UsageError("'pop' needs an action: drain, undrain, degrade or restore" + instead);
  }
  (void)arguments.take();
  if (*action == "degrade") {
    request.set_degrade_microseconds(parse_added_cost(arguments));
    return;
  }
  if (*action == "restore") {
    request.set_degrade_microseconds(0);
    return;
  }
  request.set_drain(*action == "drain");
  if (request.drain()) parse_drain(arguments, *request.mutable_how());
}

void parse_neighbor(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_neighbor_action();
  request.set_neighbor(arguments.take_value("neighbor", "a name, an address, a group or 'all'"));
  constexpr std::string_view kActions =
      "enable, disable, reset, refresh, drain, undrain, degrade or restore";
  const auto action = arguments.keyword();
  if (!action) {
    const std::string instead = arguments.empty() ? "" : ", not '" + arguments.peek() + "'";
    throw UsageError("'neighbor " + request.neighbor() +
                     "' needs an action: " + std::string(kActions) + instead);
  }
  (void)arguments.take();
  if (*action == "enable") {
    request.set_action(NeighborActionRequest::ENABLE);
  } else if (*action == "disable") {
    request.set_action(NeighborActionRequest::DISABLE);
    request.set_message(parse_message(arguments));
  } else if (*action == "reset") {
    request.set_action(NeighborActionRequest::RESET);
    request.set_message(parse_message(arguments));
  } else if (*action == "drain") {
    request.set_action(NeighborActionRequest::DRAIN);
    parse_drain(arguments, *request.mutable_drain());
  } else if (*action == "undrain") {
    request.set_action(NeighborActionRequest::UNDRAIN);
  } else if (*action == "degrade") {
    request.set_action(NeighborActionRequest::DEGRADE);
    request.set_microseconds(parse_added_cost(arguments));
  } else if (*action == "restore") {
    request.set_action(NeighborActionRequest::RESTORE);
  } else {
    request.set_action(parse_direction(arguments));
  }
}

std::string parse_network(Arguments& arguments, std::string_view command) {
  std::string prefix = checked_prefix(arguments.take_value(command, "a prefix"));
  if (prefix.find('/') == std::string::npos) {
    throw UsageError("'" + std::string(command) + "' needs a prefix with its length, as " +
                     "203.0.113.0/24");
  }
  return prefix;
}

void parse_originate(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_originate();
  request.set_prefix(parse_network(arguments, "originate"));
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    if (*keyword == "community") {
      request.add_communities(arguments.take_value(*keyword, "a community"));
    } else if (*keyword == "med") {
      request.set_med(
          parse_number<std::uint32_t>(arguments.take_value(*keyword, "a number"), *keyword, 0));
    } else if (*keyword == "local-pref") {
      request.set_local_pref(
          parse_number<std::uint32_t>(arguments.take_value(*keyword, "a number"), *keyword, 0));
    } else if (*keyword == "metro") {
      request.set_metro(arguments.take_value(*keyword, "a metro"));
    } else if (*keyword == "for") {
      request.set_for_seconds(parse_duration(arguments.take_value(*keyword, "a time")));
    } else {
      request.set_keep(true);
    }
  }
}

void parse_guard(Arguments& arguments, Command& command) {
  using Action = api::proto::GuardActionRequest;
  if (command.id == CommandId::GuardList || command.id == CommandId::GuardShow) {
    auto& request = *command.request.mutable_guard();
    if (command.id == CommandId::GuardList) return;
    request.set_prefix(checked_prefix(arguments.take_value("guard show", "a prefix")));
    return;
  }
  auto& request = *command.request.mutable_guard_action();
  request.set_action(command.id == CommandId::GuardRelease ? Action::RELEASE
                     : command.id == CommandId::GuardBlock ? Action::BLOCK
                                                           : Action::CLEAR);
  request.set_prefix(parse_network(arguments, "guard"));
  while (const auto keyword = arguments.keyword()) {
    (void)arguments.take();
    if (*keyword == "from") {
      request.set_from(arguments.take_value(*keyword, "a neighbor or an AS number"));
    } else if (*keyword == "for") {
      request.set_for_seconds(parse_duration(arguments.take_value(*keyword, "a time")));
    } else {
      request.set_because(rest_of_line(arguments));
    }
  }
}

namespace {

// No name of a place has a slash or a colon. An address without its length is meant as a prefix,
// too, and has an error of its own.
bool names_prefix(const std::string& word) {
  constexpr std::ptrdiff_t kDots = 3;
  const bool is_address = word.find_first_not_of("0123456789.") == std::string::npos &&
                          std::count(word.begin(), word.end(), '.') == kDots;
  return is_address || word.find_first_of("/:") != std::string::npos;
}

std::uint32_t take_round_trip(Arguments& arguments) {
  return parse_milliseconds(arguments.take_value("rtt set", "milliseconds"), "a round trip");
}

}  // namespace

void parse_rtt_set(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_rtt_action();
  request.set_action(api::proto::RttActionRequest::SET);
  request.set_pop(arguments.take_value("rtt set", "a PoP"));
  while (!arguments.empty() && names_prefix(arguments.peek())) {
    auto& measured = *request.add_prefixes();
    measured.set_prefix(parse_network(arguments, "rtt set"));
    measured.set_microseconds(take_round_trip(arguments));
  }
  if (request.prefixes().empty()) {
    request.set_to(arguments.take_value("rtt set", "a metro, another PoP or a prefix"));
    request.set_microseconds(take_round_trip(arguments));
  }
  if (!arguments.keyword()) return;
  (void)arguments.take();
  request.set_for_seconds(parse_duration(arguments.take_value("for", "a time")));
}

void parse_rtt_clear(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_rtt_action();
  const std::string& pop = arguments.take_value("rtt clear", "a PoP, or 'all'");
  if (pop == "all" && arguments.empty()) {
    request.set_action(api::proto::RttActionRequest::CLEAR_ALL);
    return;
  }
  request.set_action(api::proto::RttActionRequest::CLEAR);
  request.set_pop(pop);
  while (!arguments.empty() && names_prefix(arguments.peek())) {
    request.add_prefixes()->set_prefix(parse_network(arguments, "rtt clear"));
  }
  if (!request.prefixes().empty()) return;
  request.set_to(arguments.take_value("rtt clear", "a metro, another PoP or a prefix"));
}

void parse_show_rtts(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_rtts();
  while (!arguments.empty()) {
    const bool is_prefix = names_prefix(arguments.peek());
    if (!(is_prefix ? request.prefix() : request.pop()).empty()) return;
    if (is_prefix) {
      request.set_prefix(parse_network(arguments, "show rtts"));
    } else {
      request.set_pop(arguments.take());
    }
  }
}

void parse_show_kernel(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_kernel();
  while (arguments.keyword()) {
    (void)arguments.take();
    request.set_failed(true);
  }
}

void parse_show_next_hops(Arguments& arguments, Command& command) {
  auto& request = *command.request.mutable_next_hops();
  while (!arguments.empty()) {
    if (arguments.keyword()) {
      (void)arguments.take();
      request.set_unresolved(true);
      continue;
    }
    if (!request.address().empty()) {
      throw UsageError("a second address, '" + arguments.peek() + "'; one at a time");
    }
    request.set_address(checked_prefix(arguments.take()));
    if (request.address().find('/') != std::string::npos) {
      throw UsageError("a next hop is an address, not a prefix: '" + request.address() + "'");
    }
  }
  command.one_thing = !request.address().empty();
}

}  // namespace tern::ctl
