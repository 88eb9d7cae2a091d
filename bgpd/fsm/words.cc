#include "bgpd/fsm/words.h"

#include "bgpd/fsm/peer_fsm.h"

namespace tern::fsm {

std::string_view to_string(State state) {
  switch (state) {
    case State::Idle:
      return "Idle";
    case State::Connect:
      return "Connect";
    case State::Active:
      return "Active";
    case State::OpenSent:
      return "OpenSent";
    case State::OpenConfirm:
      return "OpenConfirm";
    case State::Established:
      return "Established";
  }
  return "unknown";
}

std::string_view to_string(Timer timer) {
  switch (timer) {
    case Timer::ConnectRetry:
      return "ConnectRetry";
    case Timer::IdleHold:
      return "IdleHold";
    case Timer::Hold:
      return "Hold";
    case Timer::Keepalive:
      return "Keepalive";
    case Timer::DelayOpen:
      return "DelayOpen";
    case Timer::SendHold:
      return "SendHold";
  }
  return "unknown";
}

std::string with_shutdown_text(std::string line, const wire::Notification& notification) {
  if (const auto text = notification.shutdown_text()) line += ": '" + *text + "'";
  return line;
}

std::string stopped(const wire::Notification& reason) {
  const bool shutdown = reason.code == wire::ErrorCode::Cease &&
                        reason.subcode == wire::cease::kAdministrativeShutdown;
  return shutdown ? "administratively down" : "ended by us: " + reason.to_string();
}

std::string sent(const wire::Notification& notification) {
  return with_shutdown_text("sent " + notification.to_string(), notification);
}

std::string DownReason::kind_text() const {
  switch (kind) {
    case Kind::NotificationSent:
      return "sent " + notification.bounded_text();
    case Kind::NotificationReceived:
      return "peer sent " + notification.bounded_text();
    case Kind::AdministrativelyDown:
      return stopped(notification);
    default:
      return text;  // an error of the system, or none
  }
}

}  // namespace tern::fsm
