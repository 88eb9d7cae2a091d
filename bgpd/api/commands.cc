#include "bgpd/api/commands.h"

#include <algorithm>
#include <array>

#include "rib/types/one_line.h"

namespace tern::api {
namespace {

using proto::NeighborActionRequest;
using proto::Request;

enum class Effect : std::uint8_t { Look, Change };

enum class Needs : std::uint8_t { Table, NoTable };

struct Command {
  Request::CommandCase command;
  Effect effect;
  Needs needs = Needs::Table;
};

// Every command, and what it does. tests/unit/api/commands_test.cc compares it with control.proto.
constexpr std::array kCommands{
    Command{Request::kVersion, Effect::Look},
    Command{Request::kStatus, Effect::Look},
    Command{Request::kNeighbors, Effect::Look},
    Command{Request::kRoutes, Effect::Look},
    Command{Request::kMonitor, Effect::Look},
    Command{Request::kExplain, Effect::Look},
    Command{Request::kEgress, Effect::Look},
    Command{Request::kPlaces, Effect::Look},
    Command{Request::kRpki, Effect::Look},
    Command{Request::kOriginated, Effect::Look},
    Command{Request::kConditions, Effect::Look},
    Command{Request::kRtts, Effect::Look},
    Command{Request::kProbes, Effect::Look},
    Command{Request::kKernel, Effect::Look},
    Command{Request::kNextHops, Effect::Look},
    Command{Request::kRegistrations, Effect::Look},
    Command{Request::kEvents, Effect::Look, Needs::NoTable},
    Command{Request::kWebhooks, Effect::Look, Needs::NoTable},
    Command{Request::kCircuits, Effect::Look, Needs::NoTable},
    Command{Request::kLatency, Effect::Look, Needs::NoTable},
    Command{Request::kBaseline, Effect::Look, Needs::NoTable},
    Command{Request::kDomains, Effect::Look, Needs::NoTable},
    Command{Request::kGuard, Effect::Look},
    Command{Request::kFilters, Effect::Look},
    Command{Request::kRegistrationExport, Effect::Look, Needs::NoTable},
    // `reload check` changes nothing, but it reads the whole configuration and shows its content.
    Command{Request::kReload, Effect::Change},
    Command{Request::kNeighborAction, Effect::Change},
    Command{Request::kPopAction, Effect::Change},
    Command{Request::kRttAction, Effect::Change},
    Command{Request::kLatencyReport, Effect::Change, Needs::NoTable},
    Command{Request::kOriginate, Effect::Change},
    Command{Request::kWithdraw, Effect::Change},
    Command{Request::kGuardAction, Effect::Change},
    Command{Request::kIngressReport, Effect::Change, Needs::NoTable},
    Command{Request::kFilterAction, Effect::Change},
    Command{Request::kRegistrationWrite, Effect::Change, Needs::NoTable},
    Command{Request::kRegistrationImport, Effect::Change, Needs::NoTable},
    // The log names users.
    Command{Request::kRegistrationLog, Effect::Change, Needs::NoTable},
};

// Null: a command that the table does not have.
const Command* command_of(const Request& request) {
  const auto* const found = std::ranges::find(kCommands, request.command_case(), &Command::command);
  return found == kCommands.end() ? nullptr : &*found;
}

constexpr std::size_t kMostLogged = 255;  // octets of a text of a client

std::string drain_text(const proto::Drain& drain) {
  if (drain.shut_down_within_seconds() == 0) return {};
  return " shutdown within " + std::to_string(drain.shut_down_within_seconds());
}

std::string action_text(const NeighborActionRequest& request) {
  switch (request.action()) {
    case NeighborActionRequest::ENABLE:
      return "enable";
    case NeighborActionRequest::DISABLE:
      return "disable";
    case NeighborActionRequest::RESET:
      return "reset";
    case NeighborActionRequest::REFRESH_IN:
      return "refresh in";
    case NeighborActionRequest::REFRESH_OUT:
      return "refresh out";
    case NeighborActionRequest::DRAIN:
      return "drain" + drain_text(request.drain());
    case NeighborActionRequest::UNDRAIN:
      return "undrain";
    case NeighborActionRequest::DEGRADE:
      return "degrade " + std::to_string(request.microseconds()) + " us";
    case NeighborActionRequest::RESTORE:
      return "restore";
    default:
      return "action " + std::to_string(static_cast<int>(request.action()));
  }
}

std::string originate_text(const proto::OriginateRequest& request) {
  std::string text = "originate " + request.prefix();
  for (const std::string& community : request.communities()) text += " community " + community;
  if (request.has_med()) text += " med " + std::to_string(request.med());
  if (request.has_local_pref()) text += " local-pref " + std::to_string(request.local_pref());
  if (!request.metro().empty()) text += " metro " + request.metro();
  if (request.for_seconds() != 0) text += " for " + std::to_string(request.for_seconds()) + "s";
  return one_line(text + (request.keep() ? " keep" : ""), kMostLogged);
}

std::string rtt_text(const proto::RttActionRequest& request) {
  if (request.action() == proto::RttActionRequest::CLEAR_ALL) return "rtt clear all";
  const bool set = request.action() == proto::RttActionRequest::SET;
  std::string text = set ? "rtt set " : "rtt clear ";
  text += request.pop() + " " + request.to();
  if (!request.prefixes().empty()) {
    text += request.prefixes(0).prefix();
    if (set) text += " " + std::to_string(request.prefixes(0).microseconds()) + " us";
    const int more = request.prefixes_size() - 1;
    if (more > 0) text += " and " + std::to_string(more) + " more";
  } else if (set) {
    text += " " + std::to_string(request.microseconds()) + " us";
  }
  if (request.for_seconds() != 0) text += " for " + std::to_string(request.for_seconds()) + "s";
  return one_line(text, kMostLogged);
}

std::string guard_text(const proto::GuardActionRequest& request) {
  using Action = proto::GuardActionRequest;
  const bool release = request.action() == Action::RELEASE;
  std::string text = release                             ? "guard release "
                     : request.action() == Action::BLOCK ? "guard block "
                                                         : "guard clear ";
  text += request.prefix();
  if (!request.from().empty()) text += " from " + request.from();
  if (request.for_seconds() != 0) text += " for " + std::to_string(request.for_seconds()) + "s";
  if (!request.because().empty()) text += " because " + request.because();
  return one_line(text, kMostLogged);
}

std::string filter_text(const proto::FilterActionRequest& request) {
  using Action = proto::FilterActionRequest;
  const auto action = request.action();
  std::string text = action == Action::ADD      ? "filter add "
                     : action == Action::REMOVE ? "filter remove "
                     : action == Action::SET    ? "filter set "
                                                : "filter reset ";
  text += request.neighbor();
  for (const std::string& community : request.communities()) text += " " + community;
  if (action == Action::SET && request.communities().empty()) text += " none";
  if (!request.because().empty()) text += " because " + request.because();
  return one_line(text, kMostLogged);
}

std::string registration_text(const proto::RegistrationWriteRequest& request) {
  std::string text = "registration";
  if (request.changes().empty()) return text;
  const auto& change = request.changes(0);
  switch (change.action()) {
    case proto::RegistrationWriteRequest::ADD:
      text += " add ";
      break;
    case proto::RegistrationWriteRequest::SET:
      text += " set ";
      break;
    default:
      text += " remove ";
      break;
  }
  text += change.prefix();
  for (const auto& field : change.fields()) text += " " + field.name() + "=" + field.value();
  const int more = request.changes_size() - 1;
  if (more > 0) text += " and " + std::to_string(more) + " more";
  return one_line(text + (request.check_only() ? " check" : ""), kMostLogged);
}

std::string import_text(const proto::RegistrationImportRequest& request) {
  const std::string text = "registration import " + request.name();
  return one_line(text + (request.check_only() ? " check" : ""), kMostLogged);
}

}  // namespace

bool changes(const Request& request) {
  const Command* const command = command_of(request);
  return command == nullptr || command->effect == Effect::Change;
}

bool needs_table(const Request& request) {
  const Command* const command = command_of(request);
  return command == nullptr || command->needs == Needs::Table;
}

bool is_logged(const Request& request) {
  if (request.has_ingress_report()) return false;  // collectors send many
  if (request.has_guard_action()) return false;    // session::GuardOrders has a line with the end
  if (request.has_filter_action()) return false;   // session::RouteFilters has a line
  if (request.has_latency_report()) return false;  // comes again and again, and is counted
  if (request.has_registration_write()) return request.registration_write().check_only();
  if (!request.has_registration_import()) return true;
  return request.registration_import().last() && request.registration_import().check_only();
}

bool is_logged_if_refused(const Request& request) {
  if (request.has_registration_write()) return !request.registration_write().check_only();
  if (request.has_registration_import()) return !request.registration_import().check_only();
  return request.has_guard_action() || request.has_filter_action();
}

std::string in_words(const Request& request) {
  if (request.has_reload()) {
    if (request.reload().check_only()) return "reload check";
    return request.reload().confirmed() ? "reload --yes" : "reload";
  }
  if (request.has_neighbor_action()) {
    const NeighborActionRequest& action = request.neighbor_action();
    std::string text =
        "neighbor " + one_line(action.neighbor(), kMostLogged) + " " + action_text(action);
    if (!action.message().empty()) text += " '" + one_line(action.message(), kMostLogged) + "'";
    return text;
  }
  if (request.has_pop_action()) {
    const proto::PopActionRequest& action = request.pop_action();
    if (action.has_degrade_microseconds()) {
      const std::uint32_t cost = action.degrade_microseconds();
      return cost == 0 ? "pop restore" : "pop degrade " + std::to_string(cost) + " us";
    }
    return action.drain() ? "pop drain" + drain_text(action.how()) : "pop undrain";
  }
  if (request.has_rtt_action()) return rtt_text(request.rtt_action());
  if (request.has_latency_report()) return "latency report";
  if (request.has_ingress_report()) return "ingress report";
  if (request.has_originate()) return originate_text(request.originate());
  if (request.has_guard_action()) return guard_text(request.guard_action());
  if (request.has_filter_action()) return filter_text(request.filter_action());
  if (request.has_registration_write()) return registration_text(request.registration_write());
  if (request.has_registration_import()) return import_text(request.registration_import());
  if (request.has_registration_log()) {
    return one_line("registration log " + request.registration_log().prefix(), kMostLogged);
  }
  if (request.has_withdraw())
    return one_line("withdraw " + request.withdraw().prefix(), kMostLogged);
  return "command " + std::to_string(static_cast<int>(request.command_case()));
}

}  // namespace tern::api
