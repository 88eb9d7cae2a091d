// The named conditions of the configuration (`conditions`), on which routes of our own depend: the
// state of the PoP, sessions of a group, routes in the table, interfaces of the host.
//
// Conditions are looked at once a second, and at once when a reload brings them or a route that
// they ask for comes or goes. The first state of a condition counts at once; later ones when they
// have lasted for the times of the condition. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/session/condition_status.h"
#include "bgpd/session/hysteresis.h"
#include "bgpd/session/route_watch.h"
#include "bgpd/session/settings.h"

namespace tern::session {

class Neighbors;

class Conditions {
 public:
  // changed(name) is called when holds(name) changed.
  using Changed = std::function<void(const std::string& name)>;
  Conditions(Loop& loop, engine::Engine& engine, const Neighbors& neighbors,
             const bool& pop_drained, Changed changed);
  Conditions(const Conditions&) = delete;
  Conditions& operator=(const Conditions&) = delete;

  // Conditions of a name that was known keep their state. Does not call changed() for conditions
  // that are new or gone.
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
    std::uint32_t since = 0;  // Unix seconds
    std::uint64_t changes = 0;
  };

  void look_at_routes();
  void evaluate(bool quietly);
  [[nodiscard]] std::optional<bool> found(const Condition& condition) const;
  [[nodiscard]] ConditionStatus::Found find(const Requirement& requirement) const;
  [[nodiscard]] std::size_t sessions_of(const std::string& group) const;
  [[nodiscard]] ConditionStatus status(const Condition& condition) const;
  void log(const Condition& condition) const;

  Loop& loop_;
  engine::Engine& engine_;
  const Neighbors& neighbors_;
  const bool& pop_drained_;
  const Changed changed_;
  std::map<std::string, Condition> conditions_;
  std::map<RouteQuestion, std::unique_ptr<RouteWatch>> watches_;
};

}  // namespace tern::session
