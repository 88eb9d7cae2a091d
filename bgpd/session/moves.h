// Prefixes whose best path moved to another exit: collects them from the shards once a second, logs
// them with their cause, and remembers the last move of each metro. Loop thread only.
//
// A line says how many prefixes of a metro moved from one exit to another, and why. The line comes
// when no more have moved for a second, so a change that takes several slices is one line. Moves by
// announcements of neighbors are counted and not logged.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "bgpd/session/log_limiter.h"
#include "policy/egress.h"
#include "rib/egress_moves.h"
#include "rib/shards.h"

namespace tern::session {

class Moves {
 public:
  struct Last {
    rib::EgressMove move;
    std::uint64_t prefixes = 0;
    std::uint64_t at = 0;  // steady nanoseconds
  };

  Moves() = default;
  Moves(const Moves&) = delete;
  Moves& operator=(const Moves&) = delete;

  // In a visit of all shards. now: steady nanoseconds. egress: by which the places of the moves are
  // numbered; before a reload numbers them anew, the old one.
  void look(rib::Shards& shards, const std::shared_ptr<const policy::Egress>& egress,
            std::uint64_t now);
  [[nodiscard]] const Last* last(MetroId metro) const;

 private:
  struct Counted {
    std::uint64_t prefixes = 0;
    bool grew = false;  // since the last look
  };
  void log(const rib::EgressMove& move, std::uint64_t prefixes, std::uint64_t now);

  std::shared_ptr<const policy::Egress> egress_;
  std::map<rib::EgressMove, Counted> under_way_;  // at most EgressMoves::kMost for each shard
  std::map<MetroId, Last> last_;
  LogLimiter lines_{30};  // a minute
};

}  // namespace tern::session
