// A Scenario is a run of a fleet from a seed: our PoPs, the partners, and operations at random
// times. Promises that hold at any time are checked between operations: a route that a registration
// forbids is told to nobody, sessions and queues keep their bounds. After each Settle the exit of
// each PoP for each prefix, the way of a packet from PoP to PoP, the routes told to partners, the
// states of registered prefixes and their events are those of the oracle. Cuts, lost PoPs and
// hijacks last until their end is another operation, so most settlings find a damaged fleet.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/operation.h"
#include "tests/sim/fleet/plan.h"

namespace tern::sim::fleet {

// slot: a PoP or a partner, by its number.
enum class FleetOperation : std::uint8_t {
  Announce,    // a partner's route of a customer; a: which prefix, b: path and tag
  Withdraw,    // a: which of the partner's routes
  Hijack,      // a partner announces a registered prefix, or a part of it; a: which, b: how
  Leak,        // a partner announces a registered prefix that other partners may announce; a, b
  EndHijacks,  // the partner withdraws all routes for registered prefixes that are not its own
  Lose,        // a connection is lost; slot: a PoP, a: which neighbor, b: octets until then
  Reset,       // by a PoP's operator; a: which neighbor
  Cut,         // nothing passes between a PoP and one neighbor, or passes again; a: which
  Partition,   // nothing passes between two groups of PoPs; a: a bit for each PoP
  Rejoin,      // all cuts and partitions end
  LosePop,     // a PoP, or a reflector, fails; b: without a message
  ReturnPop,
  LosePartner,  // a partner's router fails; b: without a message
  ReturnPartner,
  ShiftRtt,       // a round trip changes; slot: from which PoP, a: to what, b: how much
  Drain,          // the drain of a session begins, or ends; slot: a partner
  DrainPop,       // the drain of a PoP begins, or ends
  Degrade,        // the paths of a session cost more; slot: a partner, b: how much
  DegradePop,     // b: how much
  Reorder,        // a registered prefix gets another order of partners and PoPs; a: which, b: order
  PartialWrites,  // a: on when odd
  Wait,           // a: milliseconds
  Settle,
  kCount,
};
using Operation = model::BasicOperation<FleetOperation>;
[[nodiscard]] std::string to_string(const Operation& operation);

struct Scenario {
  std::uint64_t seed = 1;
  Size size;
  std::size_t slice = 8;
  std::vector<Operation> operations;
};
// Every kLargeOf-th seed has up to kMostPops PoPs and kMostPartners partners, and every
// kLargestOf-th has as many.
inline constexpr std::uint64_t kLargeOf = 100;
inline constexpr std::uint64_t kLargestOf = 1000;
inline constexpr std::size_t kFewPops = 10;  // most PoPs of the others
inline constexpr std::size_t kMostPops = 50;
inline constexpr std::size_t kMostPartners = 500;
[[nodiscard]] Scenario random_scenario(std::uint64_t seed);

// Counts of the events that make runs worthwhile.
struct Seen {
  std::uint64_t settled = 0;
  std::uint64_t choices = 0;      // of a PoP for a prefix, compared with the oracle
  std::uint64_t away = 0;         // of these: traffic leaves at another PoP
  std::uint64_t told = 0;         // routes of partners, compared with the oracle
  std::uint64_t hijacked = 0;     // routes that must not be used, when compared
  std::uint64_t guarded = 0;      // routes for registered prefixes that were told to somebody
  std::uint64_t pinned = 0;       // choices for registered prefixes with an order
  std::uint64_t emergencies = 0;  // choices that an emergency allows
  std::uint64_t damaged = 0;      // settlings with a lost PoP or a cut
  std::uint64_t drained = 0;      // choices of a route that leaves
  std::uint64_t updates = 0;      // that were read
  std::uint64_t most_pops = 0;
  std::uint64_t most_partners = 0;
  std::uint64_t longest_settling = 0;     // milliseconds
  std::uint64_t longest_convergence = 0;  // milliseconds, from when all sessions stand
};

// Returns the first fault of the run in words, or nothing. The run gives story a line per event.
using Story = std::function<void(const std::string& line)>;
[[nodiscard]] std::optional<std::string> run(const Scenario& scenario, const Story& story = {},
                                             Seen* seen = nullptr);

}  // namespace tern::sim::fleet
