// Best paths that moved from one exit to another, by metro, exits and cause, since the owner last
// took them.
//
// Owned by a Rib and used by its thread.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "rib/types/location.h"

namespace tern::rib {

// Why the paths of a destination change.
enum class MoveCause : std::uint8_t {
  Routes,       // neighbors announce and withdraw
  SessionLoss,  // routes of a session that ended, or that a refresh did not repeat, leave
  Rtt,          // costs moved by measurements
  Distance,     // costs moved because measurements ended
  Degrade,      // paths of neighbors cost more or less, by an operator
  Drain,        // neighbors are drained or undrained
  Demotion,     // paths of neighbors cost more or less, by a rule of health
  NextHop,      // next hops came, went, or have another metric
  Reload,       // the configuration changed
};
inline constexpr std::size_t kMoveCauses = 9;
// "session-loss"
[[nodiscard]] std::string_view to_string(MoveCause cause);

struct EgressMove {
  MetroId metro = kNoPlace;
  PopId from = kNoPlace;
  PopId to = kNoPlace;
  MoveCause cause{};
  friend constexpr auto operator<=>(const EgressMove&, const EgressMove&) = default;
};

class EgressMoves {
 public:
  // Different moves at most; further ones are counted by cause alone.
  static constexpr std::size_t kMost = 4096;

  // While moves are held, settling a destination notes none: a reload gives PoPs and places other
  // numbers, and paths with old and with new numbers stand side by side. As many calls of release()
  // as of hold() end that.
  void hold() { ++holds_; }
  void release(std::uint32_t holds) { holds_ -= holds; }
  [[nodiscard]] bool held() const { return holds_ != 0; }
  [[nodiscard]] std::uint32_t holds() const { return holds_; }

  void note(const EgressMove& move) {
    ++counts_[static_cast<std::size_t>(move.cause)];
    const std::uint64_t key = key_of(move);
    ++noted_;
    if (const auto known = moves_.find(key); known != moves_.end()) {
      ++known->second.prefixes;
      known->second.last = noted_;
    } else if (moves_.size() < kMost) {
      moves_.emplace(key, Noted{1, noted_});
    }
  }
  // Prefixes that moved, in the order of the last of each kind, and forgets them.
  using Taken = std::vector<std::pair<EgressMove, std::uint64_t>>;
  [[nodiscard]] Taken take();
  // Ever.
  [[nodiscard]] const std::array<std::uint64_t, kMoveCauses>& counts() const { return counts_; }

 private:
  static std::uint64_t key_of(const EgressMove& move) {
    return (std::uint64_t{move.metro} << 40U) | (std::uint64_t{move.from} << 24U) |
           (std::uint64_t{move.to} << 8U) | static_cast<std::uint64_t>(move.cause);
  }

  struct Noted {
    std::uint64_t prefixes = 0;
    std::uint64_t last = 0;  // noted_ then
  };
  boost::unordered_flat_map<std::uint64_t, Noted> moves_;
  std::uint64_t noted_ = 0;
  std::array<std::uint64_t, kMoveCauses> counts_{};
  std::uint32_t holds_ = 0;
};

}  // namespace tern::rib
