// The aggregates of the configuration: whether a route contributes to each (RFC 4271 section
// 9.2.2.2), and which more specific routes are advertised to nobody.
//
// The more specific routes of an aggregate with `summary_only` are suppressed while the table has
// an accepted path of this router for the aggregate. When the aggregate leaves, the suppression
// ends first, a round hands the routes to the logs of their shards, and then the aggregate is
// withdrawn (holds_back()).
//
// The withdrawal comes before the routes in two cases. An aggregate that its policies begin to
// reject is withdrawn at once. An aggregate shorter than /12 (IPv6: /28) and its more specific
// routes may be in different shards (rib::Shards::index_of()), which advertise in no common order:
// a neighbor that reads slowly may get the withdrawal first.
//
// A route contributes if it is more specific than the aggregate, is the best path of its prefix,
// and is accepted by the policies `match` of the aggregate. Networks and routes of `ternctl
// originate` contribute, other aggregates do not. Aggregates remembers one contributing route of
// each aggregate, and looks once a second whether that route still contributes
// (bgpd/session/route_watch.h). Internal to bgpd/session; loop thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "bgpd/session/conditions.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/route_watch.h"
#include "bgpd/session/settings_plan.h"

namespace tern::session {

class Aggregates {
 public:
  // changed(prefix) is called when a route contributes to the aggregate of that prefix, or none
  // does any more, and when holds_back() ends.
  using Changed = std::function<void(const Prefix&)>;
  Aggregates(Loop& loop, engine::Engine& engine, Reevaluation& reevaluation,
             const Conditions& conditions, const std::shared_ptr<const SpeakerSettings>& settings,
             const std::shared_ptr<const NetworkIndex>& index,
             const std::shared_ptr<const policy::VrpTable>& vrps, Changed changed);
  Aggregates(const Aggregates&) = delete;
  Aggregates& operator=(const Aggregates&) = delete;

  // The speaker has new settings.
  void apply();
  // Once a second.
  void look();
  // Other routes may be suppressed: conditions changed, or paths of aggregates were stored.
  void conditions_changed() { suppress(); }
  void stored() { suppress(); }
  // Whether a network, aggregate or not, is to be originated: its condition holds, and a route
  // contributes to the aggregate. Nothing: not known yet.
  [[nodiscard]] std::optional<bool> is_wanted(const OwnNetwork& network) const;
  // Whether the aggregate must not be withdrawn yet: its more specific routes are suppressed, or
  // are being advertised. changed() is called when it may.
  [[nodiscard]] bool holds_back(const Prefix& prefix) const;
  // A route that contributes.
  [[nodiscard]] std::optional<Prefix> contributor(const Prefix& prefix) const;

 private:
  // Whether a route contributes. Nothing: not known yet, or no aggregate.
  [[nodiscard]] std::optional<bool> present(const Prefix& prefix) const;
  void answered(const Prefix& prefix);
  void suppress();
  void suppress_in_visit();
  void released(const std::vector<Prefix>& prefixes);
  [[nodiscard]] bool stands(const OwnNetwork& network) const;
  [[nodiscard]] bool is_suppressing(const Prefix& prefix) const;

  Loop& loop_;
  engine::Engine& engine_;
  Reevaluation& reevaluation_;
  const Conditions& conditions_;
  const std::shared_ptr<const SpeakerSettings>& settings_;
  const std::shared_ptr<const NetworkIndex>& index_;
  const std::shared_ptr<const policy::VrpTable>& vrps_;
  const Changed changed_;
  std::map<Prefix, std::unique_ptr<RouteWatch>> watches_;
  std::shared_ptr<const std::vector<Prefix>> prefixes_;  // of the aggregates, sorted
  std::multiset<Prefix> releasing_;  // whose more specific routes are being advertised
};

}  // namespace tern::session
