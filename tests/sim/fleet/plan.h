// A Plan is what a simulated fleet is made of: our PoPs, the partners and the PoPs at which they
// are connected, the prefixes of customers, the registered prefixes. Orders are what operators and
// measurements change while the fleet runs. Plan and Order are plain values that know nothing of
// the code under test: rules.h makes its settings of them, and the Oracle reads them as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/prefix.h"
#include "tests/sim/dice.h"
#include "tests/sim/network.h"

namespace tern::sim::fleet {

inline constexpr Asn kOurAsn = 65000;

using Pop = std::size_t;      // from 0 on
using Partner = std::size_t;  // likewise
using Metro = std::size_t;    // likewise

// The costs that a PoP compares of two exits: the way from the exit to the users, the way through
// our network to the exit, both, or a share of the latter with the former.
enum class Mode : std::uint8_t { ColdPotato, Total, Weighted, HotPotato };
[[nodiscard]] const char* to_string(Mode mode);

// Round trips in microseconds.
struct Costs {
  std::vector<std::vector<std::uint32_t>> last_mile;  // by PoP and metro
  std::vector<std::vector<std::uint32_t>> backbone;   // from PoP, to PoP
};

// The routes that may be used where no partner has a route that the guard accepts.
enum class Emergency : std::uint8_t { Nothing, OtherPartners, Anything };

struct Registered {
  Prefix prefix;
  std::uint8_t max_length = 0;  // of more specific prefixes
  Asn origin = 0;
  Emergency emergency = Emergency::Nothing;
  std::vector<Partner> partners;  // that may announce the prefix; empty: all
};

// The order in which a registered prefix is to leave, the most preferred first.
struct Order {
  std::vector<Partner> partners;  // those of Registered, in any order
  std::vector<Pop> pops;          // empty: any
};

struct PartnerPlan {
  Asn asn = 0;
  std::vector<Pop> pops;           // one or two
  std::uint32_t local_pref = 100;  // by import policy
  std::optional<Metro> place;      // of routes without a tag
};

struct Size {
  std::size_t pops = 3;
  std::size_t reflectors = 0;  // 0: a full mesh
  std::size_t partners = 4;
  std::size_t metros = 4;
  std::size_t prefixes = 6;
  std::size_t registered = 2;
};

struct Plan {
  Size size;
  Mode mode = Mode::ColdPotato;
  std::uint32_t backbone_percent = 100;  // of Weighted
  std::vector<PartnerPlan> partners;
  std::vector<Prefix> prefixes;  // of customers; the registered ones first
  std::vector<Asn> customers;    // that originate them
  std::vector<Registered> registered;

  // ---- Hosts: first the PoPs, then the reflectors, then the partners.
  [[nodiscard]] std::size_t routers() const { return size.pops + size.reflectors; }
  [[nodiscard]] std::size_t hosts() const { return routers() + size.partners; }
  [[nodiscard]] Host host_of(Partner partner) const { return routers() + partner; }
  [[nodiscard]] bool is_reflector(Host router) const { return router >= size.pops; }
  // Whether two of our routers have a session.
  [[nodiscard]] bool peers(Host a, Host b) const {
    return a != b && (size.reflectors == 0 || is_reflector(a) != is_reflector(b));
  }
  // The registration that covers the prefix, by index.
  [[nodiscard]] std::optional<std::size_t> registration(const Prefix& prefix) const;
  [[nodiscard]] std::string name_of(Host host) const;
};

using Session = std::pair<Partner, Pop>;

struct Orders {
  Costs costs;
  std::vector<Order> registered;  // by index in Plan::registered
  std::set<Session> drained;
  std::map<Session, std::uint32_t> added;  // microseconds
  std::set<Pop> drained_pops;
  std::map<Pop, std::uint32_t> added_at_pops;  // microseconds

  [[nodiscard]] bool is_drained(const Session& session) const {
    return drained.contains(session) || drained_pops.contains(session.second);
  }
  [[nodiscard]] std::uint32_t added_to(const Session& session) const;
};

// Few different round trips, so that exits with equal costs are common. In microseconds.
[[nodiscard]] std::uint32_t trip_to_users(std::uint64_t bits);
[[nodiscard]] std::uint32_t trip_between_pops(std::uint64_t bits);

[[nodiscard]] Plan make_plan(const Size& size, Dice& dice);
[[nodiscard]] Orders first_orders(const Plan& plan, Dice& dice);

// A route as a partner announces it.
struct Announced {
  std::vector<Asn> path;       // the partner's AS first
  std::optional<Metro> metro;  // of the users, by a tag
  friend bool operator==(const Announced&, const Announced&) = default;
};
[[nodiscard]] std::string to_string(const Announced& route);

}  // namespace tern::sim::fleet
