// Every event in every state, by name: what the machine does and where it is then.
//
// The rows are to be read beside RFC 4271 section 8.2.2. The outgoing machine belongs to an active
// peer; the incoming one to a passive peer, whose outgoing machine rests in Active. "-" is an event
// that means nothing there: ignored, or the expiry of a timer that is not running.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "tests/unit/fsm/transcript.h"

namespace tern::fsm {
namespace {

using wire::ErrorCode;

struct Row {
  const char* state;
  const char* event;
  const char* actions;
};

const Row kTable[] = {
#include "tests/unit/fsm/state_event_table.inc"
};

// ---- How the names of the table are arranged.

void perform(PeerFsm& fsm, std::initializer_list<Event> events) {
  for (const Event& event : events) (void)fsm.handle(event);
}

const std::map<std::string, Conn> kMachines{{"out", Conn::Outgoing}, {"in", Conn::Incoming}};

PeerFsm in_state(const std::string& name, Conn conn) {
  FsmConfig config = our_config();
  config.passive = conn == Conn::Incoming;
  if (name == "Connect, delaying OPEN" || name == "Active, delaying OPEN")
    config.delay_open = std::chrono::seconds{5};
  PeerFsm fsm(config);
  if (name == "Idle, stopped") return fsm;
  perform(fsm, {ManualStart{}});
  if (name == "Connect" || name == "Active, no connection") return fsm;
  if (name == "Active") {
    perform(fsm, {TcpFailed{conn, "refused"}});
    return fsm;
  }
  perform(fsm, {TcpConnected{conn}});
  if (config.delay_open.count() != 0 || name == "OpenSent") return fsm;
  if (name == "Idle, after an error") {
    perform(fsm, {MessageFault{conn, notification(ErrorCode::MessageHeader, 1)}});
    return fsm;
  }
  perform(fsm, {OpenReceived{conn, peer_open()}});
  if (name == "OpenConfirm") return fsm;
  perform(fsm, {KeepaliveReceived{conn}});
  return fsm;
}

const std::set<std::string> kOutgoingStates{
    "Idle, stopped", "Idle, after an error", "Connect",    "Connect, delaying OPEN", "Active",
    "OpenSent",      "OpenConfirm",          "Established"};
const std::set<std::string> kIncomingStates{"Idle, stopped",
                                            "Idle, after an error",
                                            "Active, no connection",
                                            "Active, delaying OPEN",
                                            "OpenSent",
                                            "OpenConfirm",
                                            "Established"};

const std::map<std::string, std::function<Event(Conn)>> kEvents{
    {"ManualStart", [](Conn) { return ManualStart{}; }},
    {"ManualStop", [](Conn) { return ManualStop{wire::Notification::administrative(2, "bye")}; }},
    {"ConnectRetryTimer",
     [](Conn c) {
       return TimerExpires{Timer::ConnectRetry, c};
     }},
    {"IdleHoldTimer",
     [](Conn c) {
       return TimerExpires{Timer::IdleHold, c};
     }},
    {"HoldTimer",
     [](Conn c) {
       return TimerExpires{Timer::Hold, c};
     }},
    {"KeepaliveTimer",
     [](Conn c) {
       return TimerExpires{Timer::Keepalive, c};
     }},
    {"DelayOpenTimer",
     [](Conn c) {
       return TimerExpires{Timer::DelayOpen, c};
     }},
    {"SendHoldTimer",
     [](Conn c) {
       return TimerExpires{Timer::SendHold, c};
     }},
    {"TcpConnected", [](Conn c) { return TcpConnected{c}; }},
    {"TcpFailed",
     [](Conn c) {
       return TcpFailed{c, "reset"};
     }},
    {"Open",
     [](Conn c) {
       return OpenReceived{c, peer_open()};
     }},
    {"Open of another AS",
     [](Conn c) {
       wire::OpenMessage open = peer_open();
       open.my_as = 1;
       open.capabilities.four_octet_as = 1;
       return OpenReceived{c, open};
     }},
    {"MessageFault",
     [](Conn c) {
       return MessageFault{c, notification(ErrorCode::UpdateMessage, 1)};
     }},
    {"Notification Cease",
     [](Conn c) {
       return NotificationReceived{c, notification(ErrorCode::Cease, 4)};
     }},
    {"Notification UPDATE error",
     [](Conn c) {
       return NotificationReceived{c, notification(ErrorCode::UpdateMessage, 1)};
     }},
    {"Keepalive", [](Conn c) { return KeepaliveReceived{c}; }},
    {"Update", [](Conn c) { return UpdateReceived{c}; }},
    {"RouteRefresh", [](Conn c) { return RouteRefreshReceived{c}; }},
    {"Reset",
     [](Conn) {
       return Reset{notification(ErrorCode::Cease, 6), false};
     }},
    {"Reset, hold idle",
     [](Conn) {
       return Reset{notification(ErrorCode::Cease, 1), true};
     }},
};

std::string observed(const std::string& machine, const std::string& state,
                     const std::string& event) {
  const Conn conn = kMachines.at(machine);
  PeerFsm fsm = in_state(state, conn);
  const std::string line = transcript(fsm.handle(kEvents.at(event)(conn)));
  return line.empty() ? "-" : line;
}

TEST(StateEventTable, EveryRowHolds) {
  for (const Row& row : kTable) {
    const std::string where = row.state;
    const auto space = where.find(' ');
    EXPECT_EQ(observed(where.substr(0, space), where.substr(space + 1), row.event), row.actions)
        << where << " + " << row.event;
  }
}

TEST(StateEventTable, NamesEveryPairOnce) {
  std::set<std::pair<std::string, std::string>> wanted;
  for (const auto& [event, make] : kEvents) {
    for (const std::string& state : kOutgoingStates) wanted.insert({"out " + state, event});
    for (const std::string& state : kIncomingStates) wanted.insert({"in " + state, event});
  }
  std::set<std::pair<std::string, std::string>> named;
  for (const Row& row : kTable)
    EXPECT_TRUE(named.insert({row.state, row.event}).second) << row.state << " + " << row.event;
  EXPECT_EQ(named, wanted);
}

// The arrangement itself: a state is what its name says.
TEST(StateEventTable, TheStatesAreWhatTheyAreCalled) {
  for (const auto& [machine, conn] : kMachines) {
    for (const std::string& name : conn == Conn::Outgoing ? kOutgoingStates : kIncomingStates) {
      const std::string wanted = name.substr(0, name.find(','));
      EXPECT_EQ(to_string(in_state(name, conn).state()), wanted) << machine << " " << name;
    }
  }
}

}  // namespace
}  // namespace tern::fsm
