// A simulated run: a router, its neighbors, and operations at random times, all from a seed.
// Between operations the promises that hold at any time are looked at; at each Settle every fault
// is over, and what each neighbor holds must be what the naive RIB says.
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
  Ask,            // the neighbor asks for a family: a
  RouterAsks,     // the router asks the neighbor
  Demarcate,      // the neighbor says BoRR or EoRR: a: family, b: which
  Slow,           // the neighbor reads nothing for a while: a: milliseconds
  RouterSlow,     // the router reads nothing of it
  Lose,           // the connection is lost after a octets; b: at which end
  CutOff,         // nothing gets to the neighbor or from it: a: milliseconds
  Restart,        // the neighbor's process: a: milliseconds until it is back, b: as what
  PowerOff,       // the same, and its connections end without a word
  RouterRestart,  // a: milliseconds
  Disable,        // the router's operator; until Enable or Settle
  Enable,
  Reset,          // b: by which end
  StepClock,      // a: minutes; b: whose
  PartialWrites,  // a: on when odd
  Policy,         // the neighbor's, with a new session: a: import, b: export
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

// How much the runs were about.
struct Seen {
  std::uint64_t compared = 0;  // routes that neighbors held when they were compared
  std::uint64_t sessions = 0;  // that came up, at the router
  std::uint64_t expired = 0;   // hold timers, at either end
  std::uint64_t settled = 0;
};

// What is wrong, or nothing. story: is given a line for whatever happens.
using Story = std::function<void(const std::string& line)>;
[[nodiscard]] std::optional<std::string> run(const Scenario& scenario, const Story& story = {},
                                             Seen* seen = nullptr);

}  // namespace tern::sim
