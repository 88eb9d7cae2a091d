// What the sessions should hold once the daemon is done, and whether they do.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/load/table.h"
#include "tests/bench/load/universe.h"
#include "tests/bench/load/update_counter.h"

namespace tern::load {

// For one session. Prefixes that it is not to hold, though somebody announces them, are its own
// (where nobody else has them) and those that control communities keep from it. Some daemons send
// routes back to where they are from: its own are not minded.
struct Expectation {
  std::uint32_t prefixes = 0;           // to be held
  std::vector<std::uint32_t> own;       // slots
  std::vector<std::uint32_t> withheld;  // slots

  // Holds all that it should, and of what it should not only its own.
  [[nodiscard]] bool met(const Held& held) const;
  // How many prefixes it holds of its own, and of those that are kept from it.
  [[nodiscard]] std::uint32_t echoed(const Held& held) const;
  [[nodiscard]] std::uint32_t leaked(const Held& held) const;
};

// Of every session, when the tables of those with announcing[i] stand in the daemon.
[[nodiscard]] std::vector<Expectation> expect(const Universe& universe,
                                              const std::vector<Table>& tables,
                                              const std::vector<bool>& announcing,
                                              std::uint32_t sessions);

struct Goal {
  enum class Kind : std::uint8_t {
    Held,     // the expectation is met
    Marked,   // and all of it is marked
    Unmarked  // the expectation is met, and nothing is marked
  };
  Kind kind = Kind::Held;
  std::uint32_t first = 0, last = 0;  // sessions, without the last
  // A daemon that hides paths tells the source of a best route nothing: then only the sessions that
  // announce nothing must hold everything.
  bool receivers_only = false;
};

// Never, once a prefix came that no table has. `announces`: the session has a table in the daemon.
[[nodiscard]] bool satisfied(const Goal& goal, const Received& received,
                             const Expectation& expectation, bool announces);

}  // namespace tern::load
