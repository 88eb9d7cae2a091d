// Words for the end of a session. Internal to bgpd/fsm.
#pragma once

#include <string>

#include "bgpd/wire/notification.h"

namespace tern::fsm {

// The line, and behind it the text that an operator gave (RFC 9003).
[[nodiscard]] std::string with_shutdown_text(std::string line,
                                             const wire::Notification& notification);
// "administratively down" for the wish of an operator; else the text of the NOTIFICATION.
[[nodiscard]] std::string stopped(const wire::Notification& reason);
// Of a NOTIFICATION that we sent.
[[nodiscard]] std::string sent(const wire::Notification& notification);

}  // namespace tern::fsm
