// Notices which neighbors changed, as far as the states of prefixes read them. Loop thread only.
// Internal to bgpd/states.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bgpd/session/speaker.h"
#include "bgpd/states/peer_table.h"

namespace tern::states {

class PeerWatch {
 public:
  static constexpr PeerSlot kSlice = 1024;  // slots that one look() looks at
  // nullopt: the slot has no neighbor.
  using Changes = std::vector<std::pair<PeerSlot, std::optional<PeerFacts>>>;

  explicit PeerWatch(const session::Speaker& speaker) : speaker_(speaker) {}

  // Looks at the next slots, round and round. After the first apply() of the speaker.
  void look();
  // Behind a pause, in which neighbors may have come and gone.
  void begin_anew();
  // Each slot was looked at, and the changes were taken.
  [[nodiscard]] bool is_complete() const { return passed_ && changes_.empty(); }
  [[nodiscard]] Changes take_changes() { return std::exchange(changes_, {}); }

 private:
  // The facts of a slot, and what tells cheaply that they may differ.
  struct Known {
    struct Seen {
      std::uint64_t membership = 0;
      std::uint64_t session = 0;
      bool established = false;
      bool admin_up = false;
      bool held_by_limit = false;
      PeerFacts::Drain drain = PeerFacts::Drain::None;
      friend bool operator==(const Seen&, const Seen&) = default;
    };
    Seen seen;
    std::optional<PeerFacts> facts;
  };
  void look_at(PeerSlot slot);

  const session::Speaker& speaker_;
  std::uint64_t membership_ = 0;
  std::vector<Known> known_;  // by slot
  PeerSlot next_ = 0;
  bool passed_ = false;
  Changes changes_;
};

}  // namespace tern::states
