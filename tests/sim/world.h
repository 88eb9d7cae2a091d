// World has the hosts of a run, applies the operations to them and checks their promises.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/vrp_table.h"
#include "tests/sim/own_rules.h"
#include "tests/sim/scenario.h"

namespace tern::sim {

class World {
 public:
  World(const Scenario& scenario, Story story, Seen& seen);

  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // Ends every session; reports memory that the router still holds then.
  [[nodiscard]] std::optional<std::string> end();

 private:
  // A neighbor, also while its process does not run.
  struct Party {
    Neighbor neighbor;
    bool member_passive = false;
    bool disabled = false;
    std::unique_ptr<Member> member;  // null: the neighbor's process does not run
    std::uint64_t boots = 0;
    Time disturbed{};  // end of the last fault that can make a hold timer expire
    std::array<std::uint64_t, 2> expired{};  // hold timers: the router's, the neighbor's
    bool up = false;                         // at the router, at the last look_at()
  };

  void announce_some(Party& party);
  void boot(Party& party, std::uint32_t how);
  void stop(Party& party, bool silent, Time away, std::uint32_t how);
  void boot_router();
  void lose(Party& party, const Operation& operation);
  void step_clock(Party& party, const Operation& operation);
  void reset(Party& party, bool by_router);
  void set_vrps(const Operation& operation);
  void originate(const Operation& operation);
  [[nodiscard]] static std::optional<Aggregate> aggregate_of(const Operation& operation);
  void set_aggregate(const Operation& operation);
  void drain_pop();
  void set_default_route(Party& party, const Operation& operation);
  void originate_all();
  void end_own_routes();
  [[nodiscard]] bool holds(const session::Requirement& requirement,
                           const model::NaiveRib::Ranked& received) const;
  [[nodiscard]] bool holds(int when, const model::NaiveRib::Ranked& received) const;
  [[nodiscard]] bool has_contributor(const Prefix& prefix, const Aggregate& aggregate,
                                     const model::NaiveRib::Ranked& all,
                                     const std::set<Prefix>& originated) const;
  // Needs everything else of the naive RIB.
  void add_own_routes(model::NaiveRib& naive);
  void change_host(const Operation& operation);
  void disturb(Party& party, Time until);
  void disturb_all(Time until);
  void heal();

  [[nodiscard]] std::optional<std::string> pass(Time time);
  [[nodiscard]] std::optional<std::string> look();
  [[nodiscard]] std::optional<std::string> look_at(Party& party);
  [[nodiscard]] std::optional<std::string> settle();
  // The work that the run waits for, in words, or nothing.
  [[nodiscard]] std::optional<std::string> waits_for();
  [[nodiscard]] std::optional<std::string> compare();
  // With the routes that neighbors sent, without those of the router.
  [[nodiscard]] model::NaiveRib naive() const;
  [[nodiscard]] std::optional<std::string> end_resolution();
  void tell(const std::string& line) const;
  [[nodiscard]] std::string words(const Operation& operation) const;

  const Scenario scenario_;
  const Story story_;
  Seen& seen_;
  Network network_;
  model::Host host_ = model::first_host();  // the router's, and its resolution of next hops
  std::unique_ptr<Router> router_;          // null: the router does not run
  std::map<PeerSlot, Party> parties_;
  model::Vrps vrps_;
  policy::VrpTable::Ptr table_;  // of vrps_
  OwnRules own_;                 // of the router, also while it does not run
  int costs_ = 0;                // the number of the network with the costs in force
  int registrations_ = 0;        // the number of the registered prefixes
};

}  // namespace tern::sim
