// The states of a registered prefix. Several can hold at once. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/events/event.h"

namespace tern::states {

// In the order of weight: of the states that hold, the first is the headline.
enum class State : std::uint8_t {
  Hijacked,           // another origin has the prefix, or a more-specific from elsewhere is there
  LastResort,         // the best path is one that the guard would quarantine (fallback `any`)
  NotReceived,        // no route, or a session of a partner does not send it
  ActiveOnFallback,   // the best path is of a neighbor AS that is no partner
  Leaked,             // a route was passed on by an AS that should not have done so
  Quarantined,        // the guard keeps a route out of use
  PathNotCorrect,     // length, private or bogon AS, prepend, not direct, not usual
  RpkiInvalid,        // no VRP allows the origin of a route
  MissingTag,         // a route of a partner lacks the expected community
  BackupNotFound,     // there is no second exit, or no second partner
  Suboptimal,         // a path that the registration prefers alike leaves at a nearer exit
  SuboptimalIngress,  // traffic of the prefix enters at a PoP that is not the nearest
  ActiveOnBackup,     // the best path is of a partner, and not the first of the order
  Healthy,            // an accepted route is there, and no state but those of order and redundancy
  ActiveOnPrimary,    // the best path is of the first partner, and leaves at the primary PoP
  SingleHomed,        // the routes come through one connection, or one PoP, alone
  kCount,
};
inline constexpr std::size_t kStates = static_cast<std::size_t>(State::kCount);
[[nodiscard]] std::string_view to_string(State state);  // "not-received"
[[nodiscard]] std::optional<State> parse_state(std::string_view text);
[[nodiscard]] events::Severity severity_of(State state);

// A set of states.
class StateSet {
 public:
  void add(State state) { bits_ = static_cast<std::uint16_t>(bits_ | bit(state)); }
  [[nodiscard]] bool has(State state) const { return (bits_ & bit(state)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  // nullopt: the prefix has not been examined.
  [[nodiscard]] std::optional<State> headline() const {
    for (std::size_t i = 0; i < kStates; ++i) {
      if (has(static_cast<State>(i))) return static_cast<State>(i);
    }
    return std::nullopt;
  }
  friend bool operator==(const StateSet&, const StateSet&) = default;

 private:
  static_assert(kStates <= 16);
  static constexpr std::uint16_t bit(State state) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state));
  }
  std::uint16_t bits_ = 0;
};

// Why a state holds, for people: "from 192.0.2.1, 192.0.2.9".
struct StateEvidence {
  State state{};
  std::string text;
  friend bool operator==(const StateEvidence&, const StateEvidence&) = default;
};

// The states of a prefix, for listings.
struct ShownStates {
  struct Now {
    State state{};
    std::uint32_t since = 0;  // Unix seconds
    std::string evidence;
  };
  struct Change {
    std::uint32_t at = 0;  // Unix seconds
    StateSet states;       // from then on
  };
  std::vector<Now> now;         // the headline first
  std::vector<Change> history;  // the oldest first
  std::uint64_t changes = 0;    // ever
};

}  // namespace tern::states
