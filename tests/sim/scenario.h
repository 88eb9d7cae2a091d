// A Scenario is a simulated run from a seed: a router, its neighbors, and operations at random
// times. The run checks the promises that hold at any time between operations. Each Settle ends
// every fault and compares the routes that each neighbor holds with the naive RIB.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/model/operation.h"
#include "tests/sim/member.h"
#include "tests/sim/router.h"

namespace tern::sim {

enum class OperationKind : std::uint8_t {
  Announce,       // a: which prefixes, b: everything else
  Withdraw,       // a: which prefixes, b: path id
  Garbage,        // an UPDATE that ends the session
  Ask,            // the neighbor requests a refresh; a: family
  RouterAsks,     // the router requests a refresh from the neighbor
  Demarcate,      // the neighbor sends BoRR or EoRR; a: family, b: which
  Slow,           // the neighbor reads nothing; a: milliseconds
  RouterSlow,     // the router reads nothing from the neighbor; a: milliseconds
  Lose,           // the connection is lost; a: octets until then, b: at which end
  CutOff,         // a partition around the neighbor; a: milliseconds
  Restart,        // the neighbor's process; a: milliseconds until its return, b: as what
  PowerOff,       // like Restart, but the connections end without a message
  RouterRestart,  // a: milliseconds
  Disable,        // the router's operator; until Enable or Settle
  Enable,
  Reset,          // b: by which end
  StepClock,      // a: minutes; b: whose
  PartialWrites,  // a: on when odd
  Policy,         // the neighbor's, with a new session: a: import, b: export
  Vrps,           // others of the router; a: which, b: none when a multiple of 4
  Register,       // other registered prefixes of the router; a: number
  Drain,          // the neighbor's drain begins, or ends
  DefaultRoute,   // of the router for the neighbor; a: number, b: condition
  NextHop,        // a route of the router's host; a: which, b: whether it is there, and its metric
  Interface,      // of the router's host: goes down, or comes up
  Resolution,     // a: the section `next_hops` of the router, by a reload
  Originate,      // the router's own routes; a: which prefixes, b: everything else
  Aggregate,      // a: which prefix, b: everything else, or that it is none any more
  DrainPop,       // the drain of the router's PoP begins, or ends
  Costs,          // others of the network move while the router runs; a: number
  Degrade,        // the neighbor's paths cost more, or no more; a: how much
  Wait,           // a: milliseconds
  Settle,
  kCount,
};
using Operation = model::BasicOperation<OperationKind>;
[[nodiscard]] std::string to_string(const Operation& operation);

struct Scenario {
  std::uint64_t seed = 1;
  std::size_t members = 4;
  std::size_t shards = 1;
  std::uint64_t most_lag = 0;
  std::vector<Operation> operations;
};
[[nodiscard]] Scenario random_scenario(std::uint64_t seed);

// Counts of the events that make runs worthwhile.
struct Seen {
  std::uint64_t compared = 0;  // routes of neighbors, compared with the naive RIB
  std::uint64_t sessions = 0;  // that reached Established at the router
  std::uint64_t expired = 0;   // hold timers, at either end
  std::uint64_t settled = 0;
  // When compared:
  std::uint64_t conditional = 0;   // networks with a condition that holds
  std::uint64_t aggregates = 0;    // that are originated
  std::uint64_t withheld = 0;      // own routes whose condition does not hold
  std::uint64_t pinned = 0;        // prefixes with several ranked paths, by their registration
  std::uint64_t last_resorts = 0;  // prefixes whose best path the guard has something against
  std::uint64_t covered = 0;       // next hops that a received route resolved when compared
  std::uint64_t restless = 0;      // settlings with next hops that made each other come and go
};

// Returns the first fault of the run in words, or nothing. The run gives story a line per event.
using Story = std::function<void(const std::string& line)>;
[[nodiscard]] std::optional<std::string> run(const Scenario& scenario, const Story& story = {},
                                             Seen* seen = nullptr);

}  // namespace tern::sim
