#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

std::string name(Conn conn) { return conn == Conn::Outgoing ? "out" : "in"; }

std::string name(Timer timer, Conn conn) {
  if (timer == Timer::ConnectRetry || timer == Timer::IdleHold)
    return std::string(to_string(timer));
  return name(conn) + " " + std::string(to_string(timer));
}

struct Scribe {
  std::string operator()(const OpenConnection&) const { return "connect"; }
  std::string operator()(const CloseConnection& a) const { return "close(" + name(a.conn) + ")"; }
  std::string operator()(const SendOpen& a) const { return "open(" + name(a.conn) + ")"; }
  std::string operator()(const SendKeepalive& a) const { return "keepalive(" + name(a.conn) + ")"; }
  std::string operator()(const SendNotification& a) const {
    return "notify(" + name(a.conn) + " " +
           std::to_string(static_cast<unsigned>(a.notification.code)) + "/" +
           std::to_string(a.notification.subcode) + ")";
  }
  std::string operator()(const SetTimer& a) const { return "set(" + name(a.timer, a.conn) + ")"; }
  std::string operator()(const ClearTimer& a) const {
    return "clear(" + name(a.timer, a.conn) + ")";
  }
  std::string operator()(const SessionUp& a) const { return "up(" + name(a.conn) + ")"; }
  std::string operator()(const SessionDown& a) const { return "down(" + name(a.conn) + ")"; }
  std::string operator()(const StateChanged& a) const {
    return std::string(to_string(a.from)) + ">" + std::string(to_string(a.to));
  }
};

FsmConfig config_of(Asn asn, std::uint32_t identifier, Asn peer) {
  FsmConfig config;
  config.local.asn = asn;
  config.local.identifier = identifier;
  config.expected.asns = {peer};
  config.jitter_seed = identifier;
  return config;
}

}  // namespace

std::string transcript(const Action& action) { return std::visit(Scribe{}, action); }

std::string transcript(const Actions& actions) {
  std::string line;
  for (const Action& action : actions) line += (line.empty() ? "" : " ") + transcript(action);
  return line;
}

std::optional<Milliseconds> delay_of(const Actions& actions, Timer timer) {
  for (const Action& action : actions)
    if (const auto* set = std::get_if<SetTimer>(&action); set != nullptr && set->timer == timer)
      return set->delay;
  return std::nullopt;
}

FsmConfig our_config() { return config_of(kOurAsn, kOurId, kPeerAsn); }
FsmConfig peer_config() { return config_of(kPeerAsn, kPeerId, kOurAsn); }
wire::OpenMessage peer_open() { return make_open(peer_config().local); }

wire::Notification notification(wire::ErrorCode code, std::uint8_t subcode) {
  return wire::Notification{code, subcode, {}};
}

}  // namespace tern::fsm
