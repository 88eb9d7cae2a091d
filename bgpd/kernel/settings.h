// The section kernel of the configuration, as plain values: the best routes that go into the
// kernel, and their place there.
#pragma once

#include <cstdint>

#include "policy/policy.h"
#include "rib/decision.h"
#include "rib/types/family.h"

namespace tern::kernel {

// The place of our routes in the kernel. All other routes belong to other programs.
struct Place {
  std::uint32_t table = 254;    // RT_TABLE_MAIN
  std::uint32_t metric = 2048;  // of our routes alone: lower ones of other programs are preferred
  std::uint8_t protocol = 179;  // rtm_protocol
  friend bool operator==(const Place&, const Place&) = default;
};

struct KernelSettings {
  Place place;
  FamilySet families;        // of IPv4 and IPv6 unicast
  policy::Chain policies;    // reject: not installed; empty: all routes are installed
  policy::Chain blackholes;  // accept: a route with BLACKHOLE is a blackhole; empty: no route is
  std::uint32_t ecmp = 1;    // most paths of a route
  rib::DecisionConfig decision;  // decides which paths tie; default if ecmp is 1
  bool keep_on_exit = false;
  bool own_blackhole = false;  // our own networks are installed as blackholes; else not at all

  [[nodiscard]] bool reads_peer() const { return policies.reads_peer() || blackholes.reads_peer(); }
  // Whether a change needs all routes to be chosen again.
  [[nodiscard]] bool same_choice(const KernelSettings& other) const {
    return place == other.place && families == other.families && policies == other.policies &&
           blackholes == other.blackholes && ecmp == other.ecmp && decision == other.decision &&
           own_blackhole == other.own_blackhole;
  }
  friend bool operator==(const KernelSettings&, const KernelSettings&) = default;
};

}  // namespace tern::kernel
