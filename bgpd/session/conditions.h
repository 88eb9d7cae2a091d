// The named conditions of the configuration (`conditions`), on which routes of our own depend: the
// state of the PoP, sessions of a group, routes in the table, interfaces of the host, next hops.
//
// Conditions looks once a second whether they hold, and at once when a reload brings conditions and
// when a RouteWatch has another answer. The first state of a condition counts at once; later ones
// when they have lasted for the times of the condition. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/pipeline/next_hop_route.h"
#include "bgpd/session/condition_status.h"
#include "bgpd/session/hysteresis.h"
#include "bgpd/session/route_watch.h"
#include "bgpd/session/settings.h"

namespace tern::session {

class Neighbors;

class Conditions {
 public:
  // changed(names) is called when holds() changed for some names, never for none.
  using Changed = std::function<void(const std::set<std::string>& names)>;
  // next_hops: resolves next hops; null: every next hop counts as resolved.
  Conditions(Loop& loop, engine::Engine& engine, const Neighbors& neighbors,
             const bool& pop_drained, const std::shared_ptr<pipeline::NextHopFinder>& next_hops,
             Changed changed);
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  // A condition of a known name keeps its state; if it has other requirements, the next finding
  // counts at once. Does not call changed() for conditions that are new or gone.
  void apply(const std::vector<ConditionSettings>& settings);
  // Once a second.
  void look();
  // Nothing: no look has been complete. An empty name stands for a condition that always holds.
  [[nodiscard]] std::optional<bool> holds(const std::string& name) const;
  [[nodiscard]] std::vector<ConditionStatus> list() const;

 private:
  struct Condition {
    ConditionSettings settings;
    Hysteresis state;
    // Of the last look; parallel to settings.requirements.
    std::vector<ConditionStatus::Found> found;
    std::uint32_t since = 0;  // Unix seconds
    std::uint64_t changes = 0;
  };

  // Facts about sessions and the host, gathered at most once for all conditions of a look.
  struct Facts {
    std::optional<std::map<std::string, std::size_t>> established;  // sessions, by group
    std::map<std::string, bool> up;  // interfaces, as requirements name them
  };

  void look_at_routes();
  void evaluate_later();
  void evaluate(bool quietly);
  [[nodiscard]] std::map<std::string, std::shared_ptr<rib::ClientSet>> slots_by_group() const;
  [[nodiscard]] std::map<std::string, std::size_t> established_by_group() const;
  [[nodiscard]] ConditionStatus::Found find(const Requirement& requirement, Facts& facts) const;
  [[nodiscard]] ConditionStatus status(const Condition& condition) const;
  void log(const Condition& condition) const;

  Loop& loop_;
  engine::Engine& engine_;
  const Neighbors& neighbors_;
  const bool& pop_drained_;
  const std::shared_ptr<pipeline::NextHopFinder>& next_hops_;
  const Changed changed_;
  std::map<std::string, Condition> conditions_;
  std::map<RouteQuestion, std::unique_ptr<RouteWatch>> watches_;
  bool evaluate_posted_ = false;
};

}  // namespace tern::session
