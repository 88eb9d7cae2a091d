#include "bgpd/api/places.h"

#include <algorithm>

namespace tern::api {
namespace {

// The first idle occupant of the kind.
template <typename Kind>
Admission in_place_of(std::span<const Occupant> present, Kind&& kind) {
  const auto found =
      std::ranges::find_if(present, [&](const Occupant& each) { return each.idle && kind(each); });
  if (found == present.end()) return {};
  return {true, static_cast<std::size_t>(found - present.begin())};
}

}  // namespace

Admission admit(const Occupant& newcomer, std::span<const Occupant> present,
                const PlaceLimits& limits) {
  const auto count = [&](auto&& kind) {
    return static_cast<std::size_t>(std::ranges::count_if(present, kind));
  };
  const auto anybody = [](const Occupant&) { return true; };
  if (newcomer.privileged) {
    if (present.size() < limits.all) return {true, std::nullopt};
    return in_place_of(present, anybody);
  }
  const auto ordinary = [](const Occupant& each) { return !each.privileged; };
  const auto same_user = [&](const Occupant& each) {
    return !each.privileged && each.user == newcomer.user;
  };
  if (count(same_user) >= limits.per_user) return in_place_of(present, same_user);
  // The reserved place stays free.
  if (present.size() + 1 < limits.all) return {true, std::nullopt};
  const Admission admission = in_place_of(present, ordinary);
  return admission.admitted || count(ordinary) + 1 >= limits.all ? admission
                                                                 : in_place_of(present, anybody);
}

}  // namespace tern::api
