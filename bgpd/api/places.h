// Decides whether a newcomer gets one of a few places: no user takes the places of all others, one
// place is kept free for root and the daemon's own user, and idle occupants leave. Pure. Internal
// to bgpd/api.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>

namespace tern::api {

struct PlaceLimits {
  std::size_t all = 64;
  std::size_t per_user = 32;  // root and the daemon's own user may have all
};

struct Occupant {
  uid_t user = 0;
  bool privileged = false;
  bool idle = false;  // has no request: leaving costs it hardly anything
};

struct Admission {
  bool admitted = false;
  std::optional<std::size_t> leaves;  // index of the occupant that leaves before
};

// present: in the order in which idle occupants leave.
[[nodiscard]] Admission admit(const Occupant& newcomer, std::span<const Occupant> present,
                              const PlaceLimits& limits);

}  // namespace tern::api
