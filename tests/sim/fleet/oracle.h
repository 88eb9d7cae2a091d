// The Oracle says by the rules of the documentation where the traffic of each PoP leaves for each
// prefix. The Oracle knows the announcements that are alive, the sessions that stand, and the
// orders of the operators, compares every route with every other one, and uses nothing of the code
// under test.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/sim/fleet/plan.h"

namespace tern::sim::fleet {

// The suspicions about a route for a registered prefix.
struct Against {
  bool origin = false;         // the prefix itself, from another AS
  bool more_specific = false;  // a part of it that is too long, or from another AS
  bool partner = false;        // of a neighbor AS that is no partner
  [[nodiscard]] bool any() const { return origin || more_specific || partner; }
};
// path: the partner's AS first.
[[nodiscard]] Against against(const Plan& plan, const Prefix& prefix, const std::vector<Asn>& path);

enum class Use : std::uint8_t {
  Never,
  LastResort,    // where no other route is left
  OtherPartner,  // behind those of all partners
  Normal,
};
[[nodiscard]] Use use_of(const Plan& plan, const Prefix& prefix, const std::vector<Asn>& path);

struct Choice {
  Pop exit = 0;
  Partner partner = 0;
  Announced route;
  friend bool operator==(const Choice&, const Choice&) = default;
};

class Oracle {
 public:
  // References of the caller, which outlive the Oracle.
  Oracle(const Plan& plan, const Orders& orders);

  // ---- The facts

  void add(const Session& session, const Prefix& prefix, const Announced& route);
  // Two of our routers have a session.
  void connect(Host a, Host b);

  // ---- The answers

  // Finds what each PoP chooses. Returns in words why there is no answer, or nothing.
  [[nodiscard]] std::optional<std::string> solve();
  // Null: the PoP has no route.
  [[nodiscard]] const Choice* choice(Pop pop, const Prefix& prefix) const;
  [[nodiscard]] std::vector<Prefix> prefixes() const;
  // Routes that partners announced at the PoP for the registration and its more specific prefixes.
  struct Heard {
    Prefix prefix;
    Partner partner = 0;
    Announced route;
  };
  [[nodiscard]] std::vector<Heard> heard(Pop pop, std::size_t registration) const;

  // The place of a choice in the order of its registration; 0 is the first.
  struct Place {
    bool last_resort = false;
    bool leaving = false;
    std::size_t partner = 0;
    std::size_t pop = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  [[nodiscard]] Place place(const Prefix& prefix, const Choice& choice) const;
  // The registration has an order of partners or PoPs.
  [[nodiscard]] bool is_ordered(std::size_t registration) const;
  static constexpr std::size_t kUnlisted = 1000;  // a place behind all that an order names

 private:
  struct Routes {
    std::vector<std::vector<Choice>> by_pop;  // of partners
    std::vector<std::optional<Choice>> chosen;
  };
  // Of two routes the PoP prefers the one with the lower key.
  using Key = std::tuple<Place, std::int64_t, std::uint64_t, std::size_t, bool, Host>;
  [[nodiscard]] Key key(Pop pop, const Prefix& prefix, const Choice& choice) const;
  [[nodiscard]] std::uint64_t cost(Pop pop, const Choice& choice) const;
  [[nodiscard]] std::int64_t local_pref(const Choice& choice) const;
  [[nodiscard]] bool solve(const Prefix& prefix, Routes& routes) const;
  void keep_better(Pop pop, const Prefix& prefix, const Choice& other,
                   std::optional<Choice>& best) const;
  [[nodiscard]] bool hears(Pop from, Pop to) const;

  const Plan& plan_;
  const Orders& orders_;
  std::map<Prefix, Routes> routes_;
  std::vector<std::vector<bool>> sessions_;  // by two routers
};

}  // namespace tern::sim::fleet
