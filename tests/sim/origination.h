// The routes that the router originates on conditions, and its aggregates. Like
// session::Conditions, session::Aggregates and session::OwnRoutes together, but that a look at the
// table is not in slices.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/next_hops.h"
#include "bgpd/session/hysteresis.h"
#include "policy/policy.h"
#include "rib/shards.h"
#include "tests/model/next_hops.h"
#include "tests/model/own_routes.h"
#include "tests/sim/network.h"
#include "tests/sim/own_rules.h"

namespace tern::sim {

class Origination {
 public:
  struct Hooks {
    // Of the router's neighbors, those in the group; and how many have a session.
    std::function<rib::ClientSet(const std::string& group)> slots;
    std::function<std::size_t(const std::string& group)> established;
    // Routes in the ranges are advertised again; then released(prefixes) is called.
    std::function<void(std::vector<policy::PrefixRange>, std::vector<Prefix> released)>
        advertise_again;
    std::function<void()> stored;
    // Conditions changed, on which default routes may depend.
    std::function<void()> conditions_changed;
  };
  // All outlive the Origination.
  Origination(rib::Shards& shards, pipeline::Advertisers& advertisers,
              pipeline::NextHops& next_hops, const model::Host& host, Hooks hooks);

  // when: the number of a condition.
  void originate(const model::OwnChange& change, int when);
  // Nothing: no aggregate.
  void set_aggregate(const Prefix& prefix, const std::optional<Aggregate>& aggregate);
  void set_pop_drained(bool drained) { pop_drained_ = drained; }
  // Once a second. True: nothing changed, and no condition is about to change.
  bool look(Time now);
  void released(const std::vector<Prefix>& prefixes);
  // Nothing: no look has been.
  [[nodiscard]] std::optional<bool> holds(int when) const;

 private:
  struct Watched {
    Aggregate rules;
    std::optional<bool> present;  // a route contributes
    std::optional<Prefix> found;
  };

  [[nodiscard]] bool find(const session::Requirement& requirement);
  [[nodiscard]] bool find(const session::RouteQuestion& question);
  using Filter = std::function<bool(const rib::Rib&, rib::DestId)>;
  [[nodiscard]] std::optional<Prefix> search(const Prefix& in, unsigned from_length,
                                             const Filter& filter) const;
  [[nodiscard]] std::optional<Prefix> contributor(const Prefix& prefix,
                                                  const Watched& watched) const;
  [[nodiscard]] bool look_at_conditions(Time now);
  [[nodiscard]] bool look_at_aggregates();
  [[nodiscard]] std::optional<bool> is_wanted(const Watched& watched) const;
  [[nodiscard]] bool is_suppressing(const Prefix& prefix) const;
  [[nodiscard]] bool holds_back(const Prefix& prefix) const;
  [[nodiscard]] bool stands(const Prefix& prefix, const Watched& watched) const;
  void reconsider(const Nlri& nlri);
  void suppress();
  void store(const Nlri& nlri, const std::optional<PathAttributes>& attributes);

  rib::Shards& shards_;
  pipeline::Advertisers& advertisers_;
  pipeline::NextHops& next_hops_;
  const model::Host& host_;
  const Hooks hooks_;
  bool pop_drained_ = false;
  std::array<session::Hysteresis, kConditions> conditions_;  // by number; the first is unused
  std::map<Nlri, OwnNetwork> networks_;
  std::map<Prefix, Watched> aggregates_;
  std::multiset<Prefix> releasing_;  // whose more specific routes are being advertised
};

}  // namespace tern::sim
