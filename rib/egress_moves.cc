#include "rib/egress_moves.h"

#include <algorithm>

namespace tern::rib {

std::string_view to_string(MoveCause cause) {
  switch (cause) {
    case MoveCause::Routes:
      return "routes";
    case MoveCause::SessionLoss:
      return "session-loss";
    case MoveCause::Rtt:
      return "rtt";
    case MoveCause::Distance:
      return "distance";
    case MoveCause::Degrade:
      return "degrade";
    case MoveCause::Drain:
      return "drain";
    case MoveCause::Demotion:
      return "demotion";
    case MoveCause::NextHop:
      return "next-hop";
    case MoveCause::Reload:
      return "reload";
  }
  return "";
}

EgressMoves::Taken EgressMoves::take() {
  std::vector<std::pair<std::uint64_t, Noted>> sorted(moves_.begin(), moves_.end());
  std::ranges::sort(sorted, {}, [](const auto& each) { return each.second.last; });
  Taken taken;
  taken.reserve(sorted.size());
  constexpr std::uint64_t kPlace = 0xFFFF;
  constexpr std::uint64_t kCause = 0xFF;
  for (const auto& [key, noted] : sorted) {
    taken.push_back(
        {{static_cast<MetroId>(key >> 40U & kPlace), static_cast<PopId>(key >> 24U & kPlace),
          static_cast<PopId>(key >> 8U & kPlace), static_cast<MoveCause>(key & kCause)},
         noted.prefixes});
  }
  moves_.clear();
  return taken;
}

}  // namespace tern::rib
