// Demotes this PoP, or a group of neighbors, by the rules of `health`. A rule demotes while too
// many sessions of a group are down, a round trip is too long, or too many probes are lost. The
// paths then cost more, also for other PoPs.
//
// A demotion stays while the state of one of its causes is unknown: the round trip is not measured,
// or no session of the group has come up since a restart. The time `return_after` begins anew when
// the states of all causes are known again. A group whose sessions are all shut down by hand is
// good.
//
// Health looks once a second. Loop thread only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bgpd/session/drain_list.h"
#include "bgpd/session/health_state.h"
#include "policy/egress_costs.h"
#include "rib/types/location.h"

namespace tern::session {

class Costs;
class Drains;
class Neighbors;
class Peer;
struct SpeakerSettings;

// A rule of the configuration: the parts that make it bad, and the consequence.
struct HealthRule {
  std::string name;
  std::string group;                    // of neighbors; empty: sessions do not count
  std::uint32_t down_percent = 100;     // bad: this share of the group's sessions is down
  std::vector<policy::CostPair> pairs;  // bad: a measured round trip is above `above`
  EgressCost above = 0;
  std::string probed;              // the place whose probes count
  std::uint32_t loss_percent = 0;  // bad: this share of the last probes was lost; 0: does not count
  EgressCost added = 0;            // to the cost of paths, while demoted
  bool of_group = false;           // demotes the neighbors of `group`; else all eBGP neighbors
  HealthState::Times times;
};

class Health {
 public:
  struct Demotion {
    std::string rule;
    std::uint32_t seconds = 0;  // ago
    EgressCost added = 0;
  };

  // With fewer probes, the loss is unknown.
  static constexpr std::uint32_t kLeastProbes = 4;

  // costs: in force. measured: has the losses of probes.
  Health(Neighbors& neighbors, Drains& drains,
         const std::shared_ptr<const policy::EgressCosts>& costs, const Costs& measured)
      : neighbors_(neighbors), drains_(drains), costs_(costs), measured_(measured) {}
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

  // A rule keeps its state if a rule of the new settings has the same name.
  void apply(std::shared_ptr<const SpeakerSettings> settings);
  // now: steady nanoseconds.
  void look(std::uint64_t now);
  // The rules that demote, for a restart; restore() sets them after the first apply().
  using Demoted = std::map<std::string, std::set<HealthCause>>;
  [[nodiscard]] Demoted kept() const;
  void restore(const Demoted& demoted);
  // The rules that demote at present.
  [[nodiscard]] std::vector<Demotion> demotions() const;
  // The added cost of the exits of this PoP by these rules, in microseconds.
  [[nodiscard]] EgressCost pop_demotion_cost() const;
  // By rule, in the order of the configuration: whether it demotes.
  [[nodiscard]] std::vector<std::pair<std::string, bool>> rules() const;

 private:
  // Of a group, without those that are shut down by hand.
  struct Sessions {
    std::uint32_t up = 0;
    std::uint32_t known = 0;  // sessions that were up since the daemon began
    std::uint32_t all = 0;
  };
  using ByGroup = std::map<std::string, Sessions, std::less<>>;
  // The findings of a rule in one look.
  struct Finding {
    std::map<HealthCause, std::string> faults;  // by bad part, the text for the log
    // The parts whose state is known: there are sessions, a measurement or probes.
    std::set<HealthCause> seen;
  };
  struct State {
    HealthState health;
    // While demoted: the parts that have been bad since the demotion began. The demotion ends when
    // all these parts have been good for `return_after`.
    std::set<HealthCause> causes;
    bool restored = false;  // the demotion began before a restart
  };
  [[nodiscard]] ByGroup count() const;
  // restored: neighbors that were not up since the restart count as down.
  [[nodiscard]] Finding look_at(const HealthRule& rule, const ByGroup& sessions,
                                bool restored) const;
  // True: the demotion began or ended.
  bool look_at(const HealthRule& rule, const ByGroup& sessions, State& state,
               std::uint64_t now) const;
  void set_costs();
  // The sum of the added costs of the rules that demote and for which meant() returns true.
  template <typename Meant>
  [[nodiscard]] EgressCost sum_of(const Meant& meant) const;
  [[nodiscard]] EgressCost added_to(const Peer& peer) const;

  Neighbors& neighbors_;
  Drains& drains_;
  const std::shared_ptr<const policy::EgressCosts>& costs_;
  const Costs& measured_;
  std::shared_ptr<const SpeakerSettings> settings_;
  std::map<std::string, State> states_;  // by rule
};

}  // namespace tern::session
