// Notices that a neighbor withdraws a great part of its routes while its session stays. Accepted
// routes count, because many neighbors send back what they were advertised; a route that is
// rejected from now on is not withdrawn. Time is an argument, in seconds of any clock. Used by one
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "bgpd/baseline/rules.h"
#include "rib/types/peer.h"

namespace tern::baseline {

class Withdrawals {
 public:
  struct Routes {
    std::uint64_t received = 0;  // with the accepted ones
    std::uint64_t accepted = 0;
  };
  struct Loss {
    std::uint64_t before = 0;  // accepted routes: the most within the window
    std::uint64_t lost = 0;    // of these
  };

  // Nothing: nothing is noticed, and nothing kept.
  void apply(const std::optional<WithdrawalRules>& rules);
  [[nodiscard]] bool is_on() const { return rules_.has_value(); }
  // Called about once a second for each neighbor with a session. session: the number of the
  // session; a session begins with no routes. Returns the loss while it is within the window and
  // beyond the rules.
  [[nodiscard]] std::optional<Loss> look(PeerSlot neighbor, std::uint64_t session,
                                         const Routes& routes, std::uint32_t now);

 private:
  static constexpr std::size_t kParts = 8;  // of the window

  // The most routes in each part of the window; a part is known by its number. So a loss counts for
  // the window, and for the length of a part more at most.
  struct Track {
    std::uint64_t session = 0;
    std::array<Routes, kParts> routes{};
    std::array<std::uint32_t, kParts> parts{};
  };

  std::optional<WithdrawalRules> rules_;
  std::vector<Track> tracks_;  // by slot
};

}  // namespace tern::baseline
