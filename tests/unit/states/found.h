// Findings of examinations of a registered prefix, for tests of the book of states.
#pragma once

#include "registered.h"

namespace tern::states {

inline constexpr char kFirst[] = "203.0.113.0/24";

[[nodiscard]] inline Findings healthy() {
  Findings found;
  found.states.add(State::ActiveOnPrimary);
  found.states.add(State::Healthy);
  found.present = true;
  found.best_slot = kEdge1;
  return found;
}

[[nodiscard]] inline Findings absent() {
  Findings found;
  found.states.add(State::NotReceived);
  return found;
}

[[nodiscard]] inline Findings hijacked() {
  Findings found = healthy();
  found.states = {};
  found.states.add(State::Hijacked);
  found.states.add(State::ActiveOnPrimary);
  found.evidence = {{State::Hijacked, "by other"}};
  found.suspects[0] = Suspect{
      prefix_of(kFirst),   kOther, kStranger, kStranger, policy::Suspicion::OtherOrigin, false,
      Reason::Quarantined, "666",  1};
  return found;
}

[[nodiscard]] inline Findings leaked() {
  Findings found = healthy();
  found.states = {};
  found.states.add(State::Leaked);
  found.states.add(State::ActiveOnPrimary);
  found.suspects[4] = Suspect{prefix_of(kFirst),
                              kOther,
                              kCustomer,
                              kStranger,
                              policy::Suspicion::Leak,
                              false,
                              Reason::RouteLeak,
                              "666 3320",
                              1,
                              "ONLY_TO_CUSTOMER of AS 666 (RFC 9234)"};
  return found;
}

}  // namespace tern::states
