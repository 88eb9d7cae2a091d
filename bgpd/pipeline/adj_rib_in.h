// The Adj-RIB-In of one neighbor and family (RFC 4271 section 3.2): its state, which outlives the
// neighbor's sessions, and the state of its prefix limit.
//
// The paths are in the shards of the table, each with its epoch (rib/epochs.h). AdjRibIn decides
// when an epoch begins and which paths expire: each event returns a change, which the caller makes
// in every shard, behind the routes that the neighbor sent before the event.
//
//                    Down      Live            Refreshing          Stale             LongLived
//   session up       Live      -               -                   Refreshing or     as Stale
//                                                                  Live
//   session down     -         Down or Stale   Down or Stale       -                 -
//   BoRR             -         Refreshing      -                   -                 -
//   EoRR             -         -               Live, if by BoRR    -                 -
//   End-of-RIB       -         -               Live, if by return  -                 -
//   deadline         -         -               Live                LongLived or      Down
//                                                                  Down
//   forget           -         -               -                   Down              Down
//
// Refreshing begins with an enhanced route refresh (RFC 7313 section 4), or when the neighbor
// returns from a graceful restart (RFC 4724 section 4.2). At its end the paths expire that the
// neighbor did not announce again since its beginning. Stale keeps the paths of a session that
// ended, for the restart time that the neighbor has advertised (RFC 4724). LongLived keeps them for
// the long-lived stale time after that (RFC 9494). A session without graceful restart goes from
// Live to Down; today no session has it for the routes of its neighbor.
//
// Used by the loop's thread. Plain values: no clock, no I/O.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string_view>

#include "rib/epochs.h"
#include "rib/types/family.h"
#include "rib/types/prefix.h"

namespace tern::pipeline {

class AdjRibIn {
 public:
  // Steady clock.
  using Time = std::chrono::nanoseconds;
  enum class State : std::uint8_t { Down, Live, Refreshing, Stale, LongLived };
  // How long the paths of a session that ends are kept. Zero: not at all.
  struct Kept {
    std::chrono::seconds restart{0};
    std::chrono::seconds long_lived{0};
  };
  // A refresh that the neighbor does not end is over after this time: RFC 7313 section 4 and RFC
  // 4724 section 4.2 let the receiver bound how long it keeps paths that were not announced again.
  static constexpr std::chrono::minutes kLongestRefresh{30};

  // forwarding_kept: by its OPEN, the neighbor has kept its forwarding state for the family (RFC
  // 4724 section 3). If it has not, the paths kept of the last session expire.
  [[nodiscard]] rib::EpochChange session_up(bool forwarding_kept, Time now);
  [[nodiscard]] rib::EpochChange session_down(const Kept& kept, Time now);
  [[nodiscard]] rib::EpochChange begin_of_refresh(Time now);
  [[nodiscard]] rib::EpochChange end_of_refresh();
  [[nodiscard]] rib::EpochChange end_of_rib();
  // Does nothing before the deadline.
  [[nodiscard]] rib::EpochChange pass_time(Time now);
  // The paths kept of the last session expire, because the neighbor is removed or an operator ended
  // its session. Does nothing while a session is established.
  [[nodiscard]] rib::EpochChange forget();

  [[nodiscard]] State state() const { return state_; }
  // When Refreshing, Stale or LongLived ends.
  [[nodiscard]] std::optional<Time> deadline() const;

  // The state of the prefix limit (pipeline/import.h).
  struct Limit {
    // An upper bound of the paths received; counts paths that are admitted and not stored yet.
    std::uint64_t most_received = 0;
    bool passed = false;
    // Blocked paths that are remembered by name; there may be more.
    std::list<Nlri> blocked;  // takes no memory while it is empty
  };
  [[nodiscard]] Limit& limit() { return limit_; }
  [[nodiscard]] const Limit& limit() const { return limit_; }

 private:
  State state_ = State::Down;
  bool returned_ = false;  // Refreshing began with a session, and ends with its End-of-RIB
  Time until_{};
  std::chrono::seconds long_lived_{0};  // LongLived after Stale
  Limit limit_;
};

[[nodiscard]] std::string_view to_string(AdjRibIn::State state);

// All families of one neighbor.
class AdjRibsIn {
 public:
  [[nodiscard]] AdjRibIn& operator[](Family family) { return all_[index(family)]; }
  [[nodiscard]] const AdjRibIn& operator[](Family family) const { return all_[index(family)]; }
  // The earliest deadline of all families.
  [[nodiscard]] std::optional<AdjRibIn::Time> deadline() const;

 private:
  std::array<AdjRibIn, kFamilyCount> all_;
};

}  // namespace tern::pipeline
