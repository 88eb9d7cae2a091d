// A copy of a neighbor's state, for the control API and the metrics.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/fsm/peer_fsm.h"
#include "bgpd/session/settings.h"

namespace tern::session {

// A session that its prefix limit ended.
struct LimitShutdown {
  Family family{};
  std::uint64_t limit = 0;
  std::uint64_t count = 0;       // of paths, when the limit was passed
  std::uint32_t returns_at = 0;  // Unix seconds; 0: when enabled, or with a higher limit
};

struct PeerStatus {
  PeerSlot slot = kNoPeerSlot;
  bool dynamic = false;
  bool admin_up = true;  // not down by configuration or command
  std::optional<LimitShutdown> limit_shutdown;
  fsm::State state = fsm::State::Idle;
  std::uint32_t state_since = 0;        // Unix seconds
  std::uint32_t established_since = 0;  // Unix seconds; 0: not established
  std::uint64_t flaps = 0;
  std::string last_error;
  std::string last_error_kind;  // without text of the neighbor: one of some hundred texts
  std::optional<fsm::Negotiated> negotiated;   // while Established
  std::optional<wire::OpenMessage> peer_open;  // the last one that the neighbor sent
  std::optional<Endpoint> local, remote;
  std::array<bool, kFamilyCount> end_of_rib{};
  // Octets in the socket and before it. Of the export logs it counts all octets that the session
  // has yet to pass, also those for other clients.
  std::uint64_t out_queue_bytes = 0;
  bool slow = false;  // the socket has taken no octet for a second
  std::uint32_t round_trip_microseconds = 0;
  std::optional<std::uint64_t> last_received_seconds_ago;
  std::string last_fault;
};

}  // namespace tern::session
