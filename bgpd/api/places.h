// Who may come in where places are few: no user takes those of all others, one place is kept free
// for root and the daemon's own user, and who does nothing makes room. Pure. Internal to bgpd/api.
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
  bool idle = false;  // waits for nothing: hardly anything is lost when it has to leave
};

struct Admission {
  bool admitted = false;
  std::optional<std::size_t> leaves;  // of the occupants, first
};

// `there`: the one that has been there for the longest time first.
[[nodiscard]] Admission admit(const Occupant& newcomer, std::span<const Occupant> present,
                              const PlaceLimits& limits);

}  // namespace tern::api
