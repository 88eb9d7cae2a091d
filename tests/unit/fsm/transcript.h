// What the machine did, as one line a person can read and a test can compare:
// "notify(out 5/1) clear(out Hold) close(out) set(IdleHold) OpenSent>Idle".
#pragma once

#include <string>

#include "bgpd/fsm/peer_fsm.h"

namespace tern::fsm {

[[nodiscard]] std::string transcript(const Action& action);
[[nodiscard]] std::string transcript(const Actions& actions);

// The SetTimer among them; nothing when there is none.
[[nodiscard]] std::optional<Milliseconds> delay_of(const Actions& actions, Timer timer);

template <typename Wanted>
[[nodiscard]] const Wanted* find(const Actions& actions) {
  for (const Action& action : actions)
    if (const auto* found = std::get_if<Wanted>(&action)) return found;
  return nullptr;
}

// Two neighbours of the documentation: we are AS 65001, 192.0.2.1; the peer AS 65002, 192.0.2.2.
inline constexpr Asn kOurAsn = 65001;
inline constexpr Asn kPeerAsn = 65002;
inline constexpr std::uint32_t kOurId = 0xC0000201;
inline constexpr std::uint32_t kPeerId = 0xC0000202;

inline constexpr Conn kOut = Conn::Outgoing;
inline constexpr Conn kIn = Conn::Incoming;

[[nodiscard]] FsmConfig our_config();
[[nodiscard]] FsmConfig peer_config();
// The OPEN the peer would send.
[[nodiscard]] wire::OpenMessage peer_open();

[[nodiscard]] wire::Notification notification(wire::ErrorCode code, std::uint8_t subcode);

}  // namespace tern::fsm
