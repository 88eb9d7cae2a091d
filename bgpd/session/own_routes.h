// The routes that this router originates, as paths of kOwnSlot: the networks of its settings, and
// the routes that an operator injects at run time.
//
// OwnRoutes brings the table up to date with both, a slice of prefixes in a turn of the loop. A
// slice looks each of its prefixes up in the present settings and among the injected routes, and
// announces or withdraws it. A network counts before an injected route. So a prefix that waits for
// its slice needs no state of its own, and a later reload only adds prefixes. The routes go through
// the strands of the shards, like those of a neighbor. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/pipeline/judge.h"
#include "bgpd/session/aggregates.h"
#include "bgpd/session/injected_routes.h"
#include "bgpd/session/settings_plan.h"

namespace tern::session {

class Loop;

class OwnRoutes {
 public:
  // Prefixes of a slice.
  static constexpr std::size_t kSlice = 1024;

  // settings, index, vrps, costs: those of the speaker. aggregates_stored() is called when paths of
  // aggregates were handed to the strands.
  OwnRoutes(Loop& loop, engine::Engine& engine,
            const std::shared_ptr<const SpeakerSettings>& settings,
            const std::shared_ptr<const NetworkIndex>& index,
            const std::shared_ptr<const policy::VrpTable>& vrps,
            const std::shared_ptr<const policy::EgressCosts>& costs, const Aggregates& aggregates,
            std::function<void()> aggregates_stored);
  OwnRoutes(const OwnRoutes&) = delete;
  OwnRoutes& operator=(const OwnRoutes&) = delete;

  // Brings the networks of the plan up to date, the first slice at once. Requires that the plan's
  // settings are the speaker's.
  void apply(std::shared_ptr<const SettingsPlan> plan);
  // Calls `done` when no prefix waits for its slice.
  void when_done(std::function<void()> done);
  // The speaker has other VRPs. changed: the ranges of Speaker::set_vrps().
  void vrps_changed(const std::vector<policy::PrefixRange>& changed);
  // The speaker has other costs: networks with a place are judged again whose cost changed.
  void costs_changed(const policy::CostChange& change);
  // Networks that depend on these conditions come or go.
  void conditions_changed(const std::set<std::string>& names);
  // A route contributes to the aggregate, or none does any more.
  void aggregate_changed(const Prefix& prefix);
  // The engine has room for routes.
  void go_on();
  // A path of this router found no space in the table.
  void starved() { incomplete_ = true; }
  // Once a second: injected routes expire, and routes that found no memory are announced again.
  // now: Unix seconds.
  void keep_house(std::uint32_t now);

  // ---- Injected routes

  // Adds or replaces a route. The text of a refusal is for people: a network has the prefix, no
  // routing table has it, or there are too many routes.
  [[nodiscard]] std::optional<std::string> inject(InjectedRoute route);
  [[nodiscard]] std::optional<std::string> withdraw(const Prefix& prefix);
  [[nodiscard]] const InjectedRoutes& injected() const { return injected_; }
  // `call` is called when the injected routes with `kept` changed.
  void on_kept_changed(std::function<void()> call) { kept_changed_ = std::move(call); }

 private:
  // Prefixes that wait for their slices.
  struct Work {
    std::shared_ptr<const SettingsPlan> plan;  // null: all networks of the settings
    std::size_t next = 0;
  };

  [[nodiscard]] const Prefix* next_prefix();
  [[nodiscard]] const OwnNetwork* find(const Prefix& prefix) const;
  [[nodiscard]] bool collect(const std::vector<policy::PrefixRange>& ranges);
  void places_changed();
  template <typename Fn>
  void judge_placed(Fn&& concerns);
  void networks_again();
  void all_again();
  void note_changed(const InjectedRoute& route);
  void drop_replaced();
  void expire(std::uint32_t now);
  [[nodiscard]] bool idle() const { return work_.empty() && due_.empty(); }
  void slice_later();
  void slice();
  void put(const std::vector<Nlri>& run, const OwnNetwork* as);
  void put(const InjectedRoute& route);
  [[nodiscard]] EgressInfo place_of(const std::string& metro) const;
  [[nodiscard]] pipeline::Judge& judge_of(const policy::Chain& policies);
  void log_no_memory();

  Loop& loop_;
  engine::Engine& engine_;
  const std::shared_ptr<const SpeakerSettings>& settings_;
  const std::shared_ptr<const NetworkIndex>& index_;
  const std::shared_ptr<const policy::VrpTable>& vrps_;
  const std::shared_ptr<const policy::EgressCosts>& costs_;
  const Aggregates& aggregates_;
  const std::function<void()> aggregates_stored_;
  std::deque<Work> work_;
  std::vector<std::function<void()>> done_;
  std::deque<Prefix> due_;  // single prefixes; before work_
  Prefix first_due_;        // taken by next_prefix()
  InjectedRoutes injected_;
  std::function<void()> kept_changed_;
  bool reads_rpki_ = false;
  bool slice_posted_ = false;
  bool held_up_ = false;     // until the engine has room
  bool incomplete_ = false;  // some route found no memory
  std::uint64_t logged_ = 0;
  // By the policies of the settings; empty after a change of settings, VRPs or costs.
  std::map<const policy::Chain*, std::unique_ptr<pipeline::Judge>> judges_;
  std::optional<pipeline::JudgedRoutes> routes_;  // scratch of slice()
};

}  // namespace tern::session
