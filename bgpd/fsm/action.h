// Actions that a neighbor's machine (peer_fsm.h) requests of the owner of the sockets and the
// timers.
#pragma once

#include <variant>
#include <vector>

#include "bgpd/fsm/event.h"
#include "bgpd/fsm/negotiation.h"
#include "bgpd/wire/notification.h"
#include "bgpd/wire/open.h"

namespace tern::fsm {

// The owner performs them in the order given.

struct OpenConnection {};  // start connecting; ends any earlier attempt
struct CloseConnection {
  Conn conn;
};  // after all sent octets have left; no event follows
struct SendOpen {
  Conn conn;
  wire::OpenMessage open;
};
struct SendKeepalive {
  Conn conn;
};
struct SendNotification {
  Conn conn;
  wire::Notification notification;
};
struct SetTimer {
  Timer timer;
  Conn conn;
  Milliseconds delay;
};
struct ClearTimer {
  Timer timer;
  Conn conn;
};
struct SessionUp {
  Conn conn;
  Negotiated negotiated;
};  // Established reached
struct SessionDown {
  Conn conn;
};  // Established left; reason in last_down()
struct StateChanged {
  State from;
  State to;
};  // state of the peer: of the further of its two connections

using Action =
    std::variant<OpenConnection, CloseConnection, SendOpen, SendKeepalive, SendNotification,
                 SetTimer, ClearTimer, SessionUp, SessionDown, StateChanged>;
using Actions = std::vector<Action>;

}  // namespace tern::fsm
