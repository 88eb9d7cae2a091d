// Finds out how the present routes of a prefix differ from the usual ones. Pure. Internal to
// bgpd/baseline.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bgpd/baseline/prefix_book.h"
#include "bgpd/events/event.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"
#include "rib/types/peer.h"
#include "rib/types/reason.h"

namespace tern::baseline {

// A route of a prefix. Of routes with the same origin, upstream and verdict, one stands for all.
struct Route {
  PathFacts path;  // the length is that of the shortest one
  PeerSlot from = kNoPeerSlot;
  bool accepted = false;
  Reason reason = Reason::None;  // of a rejected one
  std::string as_path;           // empty: not asked for
};

enum class Oddity : std::uint8_t {
  Origin,        // of a ripe prefix: an AS that is not usual
  MoreSpecific,  // the prefix is new, and part of a ripe one with another origin
  Moas,          // of a ripe prefix: several origins at once, of accepted routes
  Upstream,      // of an accepted route
  Longer,        // each accepted path is far longer than usual
  Flapping,
  kCount,
};
inline constexpr std::size_t kOddities = static_cast<std::size_t>(Oddity::kCount);

struct Finding {
  // The worst route: an accepted one where there is one, and of these the first with the worst
  // severity_of_origin(). Flapping: null.
  const Route* route = nullptr;
  policy::OriginState rpki = policy::OriginState::NotValidated;  // of its origin
  std::optional<Prefix> covering;                                // of MoreSpecific
};
using Findings = std::array<std::optional<Finding>, kOddities>;
// Of a route in use whose origin is not authorized, a hijack is likely. The finding has a route.
[[nodiscard]] events::Severity severity_of_origin(const Finding& finding);

// The data beside the routes. Null: there are none.
struct Inputs {
  const policy::RegistrationTable* registrations = nullptr;
  const policy::VrpTable* vrps = nullptr;
};

// Whether find_odd() may find something because of this route: cheap. A long path that a withdrawal
// uncovers is found when all routes of the prefix are read, which is so once a day at least.
[[nodiscard]] bool may_be_odd(const PrefixBook& book, const Prefix& prefix, const PathFacts& path,
                              bool accepted);
// routes: all of the prefix. Where a registration covers the prefix, origins are the guard's and no
// finding, as are upstreams and lengths that its guard does not ignore. Flapping is not looked at.
[[nodiscard]] Findings find_odd(const PrefixBook& book, const Prefix& prefix,
                                std::span<const Route> routes, const Inputs& inputs);

}  // namespace tern::baseline
