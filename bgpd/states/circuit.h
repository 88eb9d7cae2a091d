// Circuits: the connections of a partner at this PoP, and whether they are redundant. Plain values.
//
// A connection is a router of the partner: sessions with the same BGP Identifier (RFC 4271 section
// 4.2) and AS end on one router. The address families of a circuit are judged each for itself,
// because the loss of the IPv6 sessions alone leaves IPv6 without redundancy.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rib/types/asn.h"
#include "rib/types/family.h"

namespace tern::states {

// In the order of weight, the lightest first.
enum class CircuitState : std::uint8_t {
  Unknown,       // its sessions have had no time to come up
  Redundant,     // two connections or more are in service
  SingleHomed,   // fewer than two connections are configured
  PairDegraded,  // two connections are configured, and fewer than two are in service
  Down,          // no session is Established, for an address family at least
  kCount,
};
inline constexpr std::size_t kCircuitStates = static_cast<std::size_t>(CircuitState::kCount);
[[nodiscard]] std::string_view to_string(CircuitState state);  // "pair-degraded"

// A session of a circuit. A drained session is not in service, although Established: traffic takes
// it only where no other session is left.
struct CircuitSession {
  std::string address;  // the key of its events
  std::string name;
  std::string circuit;  // empty: by the AS number
  Asn asn = 0;
  FamilySet families;  // negotiated ones, of the present session or the last one; before the
                       // first session, the configured ones
  FamilySet lacking;   // configured ones that this session, or the last one, did not negotiate
  std::uint32_t router = 0;  // BGP Identifier of the present session, or the last one; 0: unknown
  bool established = false;
  bool drained = false;    // by an operator, also with the whole PoP
  bool shut_down = false;  // by an operator

  [[nodiscard]] bool in_service() const { return established && !drained; }
  // The session, or one before it, was Established.
  [[nodiscard]] bool was_up() const { return established || router != 0; }
  // The session is out of service by an operator.
  [[nodiscard]] bool in_maintenance() const { return drained || (shut_down && !established); }
  friend bool operator==(const CircuitSession&, const CircuitSession&) = default;
};
// "up", "down", "drained", "drained, down", "shut down"
[[nodiscard]] std::string_view state_word(const CircuitSession& session);

// The state of the sessions of a circuit at one time.
struct CircuitFinding {
  CircuitState state = CircuitState::Unknown;
  // Operators took all connections out of service that are missing.
  bool maintenance = false;
  std::uint32_t connections = 0;  // configured, of the family with the fewest, like the next one
  std::uint32_t in_service = 0;
  std::string evidence;  // "1 of 2 connections in service: edge-2 is down"
  // Name of the first neighbor that is not in service by a fault; without one, of the first that
  // operators took out of service; empty: none.
  std::string missing;
  friend bool operator==(const CircuitFinding&, const CircuitFinding&) = default;
};

// Counts of circuits, for metrics.
struct CircuitCounts {
  std::array<std::uint64_t, kCircuitStates> all{};
  std::array<std::uint64_t, kCircuitStates> maintenance{};  // of them
};

}  // namespace tern::states
