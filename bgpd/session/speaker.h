// The BGP speaker: its neighbors, its listeners, its table. Loop thread only.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/next_hop_route.h"
#include "bgpd/session/condition_status.h"
#include "bgpd/session/drain_list.h"
#include "bgpd/session/injected_routes.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/next_hop_routes.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/session/speaker_times.h"
#include "rib/shards.h"
#include "rib/types/result.h"

namespace tern::session {

class Costs;
class GuardOrders;
class Health;
class Moves;
class Peer;
class RouteFilters;

enum class NeighborAction : std::uint8_t { Enable, Disable, Reset, RefreshIn, RefreshOut };

class JournalSubscription;

// Functions that a Speaker posted to the loop may still wait, so a Speaker is destroyed when the
// loop runs no more.
class Speaker {
 public:
  // Neighbors that apply() adds, changes or removes in one turn of the loop. A neighbor takes some
  // 50 microseconds, mostly of system calls.
  static constexpr std::size_t kSlice = 32;

  Speaker(Loop& loop, const SpeakerThreads& threads);
  ~Speaker();
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // Applies a plan made from running(); the first call starts the speaker. apply() touches only the
  // differences. On an error, apply() has changed nothing and never calls `done`. Warnings are
  // refusals of the kernel for single peers. apply() changes listeners at once and neighbors in
  // slices (kSlice), the first before apply() returns. The last slice calls `done`. If slices of an
  // earlier plan are left, apply() first does them all.
  using Applied = Result<std::vector<std::string>, std::string>;
  [[nodiscard]] Applied apply(std::shared_ptr<const SettingsPlan> plan,
                              std::function<void()> done = {});
  // The present settings, for plan(); null before the first apply().
  [[nodiscard]] std::shared_ptr<const SpeakerSettings> running() const;

  // The VRPs by which policies see the state of origin validation; null: nothing is validated.
  // changed: ranges that have every prefix whose state may differ from that by the VRPs before
  // (VrpTable::difference()). Evaluates their routes again, in slices.
  void set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                std::vector<policy::PrefixRange> changed);
  [[nodiscard]] const std::shared_ptr<const policy::VrpTable>& vrps() const;

  // The costs of places: those in force, and how they move. After the first apply().
  [[nodiscard]] Costs& costs();
  [[nodiscard]] const Costs& costs() const;
  [[nodiscard]] const Moves& moves() const;
  [[nodiscard]] const Health& health() const;
  [[nodiscard]] const std::shared_ptr<const policy::EgressCosts>& egress_costs() const;
  // The places of prefixes, for routes without a location tag; null: none. changed: ranges that
  // have every prefix whose place may differ (Geofeed::difference()). Evaluates their routes again,
  // in slices.
  void set_geofeed(std::shared_ptr<const policy::Geofeed> geofeed,
                   std::vector<policy::PrefixRange> changed);
  [[nodiscard]] const std::shared_ptr<const policy::Geofeed>& geofeed() const;

  // The registered prefixes that the guard of each session reads; null: none. changed: ranges that
  // have every prefix about which the guard may decide otherwise (RegistrationTable::difference()).
  // Judges their routes again, in slices.
  void set_registrations(std::shared_ptr<const policy::RegistrationTable> registrations,
                         std::vector<policy::PrefixRange> changed);
  [[nodiscard]] const std::shared_ptr<const policy::RegistrationTable>& registrations() const;

  // The usual paths of registered prefixes that the guard reads; null: none. changed: ranges that
  // have every prefix whose usual paths differ (UsualPaths::difference()). Judges their routes
  // again, in slices.
  void set_usual_paths(std::shared_ptr<const policy::UsualPaths> usual,
                       std::vector<policy::PrefixRange> changed);
  [[nodiscard]] const std::shared_ptr<const policy::UsualPaths>& usual_paths() const;

  // Releases and blocks of the guard.
  [[nodiscard]] GuardOrders& guard_orders();
  [[nodiscard]] const GuardOrders& guard_orders() const;
  // Route filters that are edited at run time.
  [[nodiscard]] RouteFilters& route_filters();
  [[nodiscard]] const RouteFilters& route_filters() const;

  // ---- Next hops of received routes

  // The finder resolves next hops for all sessions. Set before the first apply(). Without a finder,
  // every next hop counts as resolved.
  void set_next_hop_finder(std::shared_ptr<pipeline::NextHopFinder> finder);
  // The finder has other answers about these next hops. Revises the routes with these next hops, in
  // slices.
  void next_hops_changed(const pipeline::HostAddresses& changed);
  // Makes judges forget their answers and ask the finder again about each next hop, in slices.
  // done(): called on the loop when all have forgotten them.
  void renew_next_hop_rules(std::function<void()> done);
  // The finder has forgotten some next hops, and so has room for others. Judges all routes again
  // that were rejected because their next hop is unresolved.
  void next_hops_forgotten();
  // Counts the routes of these next hops, in slices, and calls done() on the loop.
  void count_next_hop_routes(const std::vector<IpAddress>& of, CountedNextHops done);

  // ---- Routes that an operator originates at run time (bgpd/session/own_routes.h). The text of a
  // refusal is for people.
  [[nodiscard]] std::optional<std::string> originate(InjectedRoute route);
  [[nodiscard]] std::optional<std::string> withdraw(const Prefix& prefix);
  [[nodiscard]] const std::map<Prefix, InjectedRoute>& injected() const;
  // `call` is called when the routes that are kept over a restart changed.
  void on_kept_changed(std::function<void()> call);

  // ---- Conditions of our own routes (bgpd/session/conditions.h)

  [[nodiscard]] std::vector<ConditionStatus> conditions() const;
  // Nothing: not known yet. An empty name stands for a condition that always holds.
  [[nodiscard]] std::optional<bool> condition_holds(const std::string& name) const;

  // Whether a network or aggregate of the settings is to be originated. Nothing: not known yet, so
  // the table keeps what it has.
  [[nodiscard]] std::optional<bool> is_wanted(const OwnNetwork& network) const;
  // A route that contributes to the aggregate of that prefix (bgpd/session/aggregates.h). Nothing:
  // none does, or there is no such aggregate.
  [[nodiscard]] std::optional<Prefix> contributor(const Prefix& prefix) const;

  // Ends every session with Cease and `text` (RFC 9003), then calls `done`.
  void shutdown(const std::string& text, std::function<void()> done);

  // neighbor: a name, an address, a group, or "all". Returns the names of the neighbors that the
  // action was done to.
  [[nodiscard]] std::vector<std::string> command(std::string_view neighbor, NeighborAction action,
                                                 const std::string& text);

  // Drains neighbors, or the whole PoP (bgpd/session/drains.h). Return the names of the neighbors.
  [[nodiscard]] std::vector<std::string> drain(std::string_view neighbor,
                                               const ShutDownWithin& shut_down_within);
  [[nodiscard]] std::vector<std::string> undrain(std::string_view neighbor);
  [[nodiscard]] std::vector<std::string> drain_pop(const ShutDownWithin& shut_down_within);
  [[nodiscard]] std::vector<std::string> undrain_pop();
  // The paths of neighbors, or of all eBGP neighbors of the PoP, cost so many microseconds more; 0:
  // they do not any more. Return the names of the neighbors.
  [[nodiscard]] std::vector<std::string> degrade(std::string_view neighbor, EgressCost added);
  [[nodiscard]] std::vector<std::string> degrade_pop(EgressCost added);
  [[nodiscard]] EgressCost pop_added_cost() const;
  [[nodiscard]] bool pop_drained() const;
  [[nodiscard]] DrainList drain_list() const;
  // Drains of an earlier run. Conditions ask for that of the PoP: the caller restores it before the
  // first apply(), and the whole list after that, before the loop runs. restore_drains() returns
  // the addresses of no neighbor.
  void restore_pop_drain(bool drained);
  [[nodiscard]] std::vector<std::string> restore_drains(const DrainList& list);
  // `call` is called after each change of drain_list().
  void on_drains_changed(std::function<void()> call);

  // Runs `at` on the loop in a visit of all shards: at once if their strands are idle, else behind
  // the tasks that wait. The functions below are for use in `at`.
  void look(std::function<void()> at);
  [[nodiscard]] const rib::Shards& shards() const;
  [[nodiscard]] const pipeline::Advertisers& advertisers() const;
  [[nodiscard]] const SpeakerSettings& settings() const;  // after the first apply()
  [[nodiscard]] const SpeakerTimes& times() const;
  // Counts a time for which a reload, or the check of one, kept the loop in one piece outside the
  // speaker.
  void record_reload(double seconds);
  // Listening and past its startup delay.
  [[nodiscard]] bool ready() const;
  // Connections from addresses of no neighbor and no range.
  [[nodiscard]] std::uint64_t strangers() const;
  // Neighbors send or are sent whole tables: work that can wait should wait.
  [[nodiscard]] bool busy() const;
  // A round of re-evaluation is under way, or begins when sessions have the rules for it.
  [[nodiscard]] bool reevaluating() const;
  // How often a neighbor sent so much that a reader thread took over.
  [[nodiscard]] std::uint64_t bulk_reads() const;
  // How often the loop left a shard's tasks to the pool.
  [[nodiscard]] std::uint64_t hand_overs() const;

  // `call` is called when shares of the table, or subscriptions, were revoked.
  void on_revoked(std::function<void()> call);

  // In order of address.
  [[nodiscard]] std::vector<Peer*> peers() const;
  // Increases when neighbors come, go, or get new settings.
  [[nodiscard]] std::uint64_t membership() const;
  // By name or address; null when there is none.
  [[nodiscard]] Peer* find(std::string_view neighbor) const;
  [[nodiscard]] Peer* peer(PeerSlot slot) const;

 private:
  friend class JournalSubscription;
  friend class TableShare;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// While a TableShare exists, other threads may read the table (rib/table_reader.h). Made in
// Speaker::look(); destroyed on the loop, when the other threads have finished.
class TableShare {
 public:
  explicit TableShare(Speaker& speaker);
  ~TableShare();
  TableShare(const TableShare&) = delete;
  TableShare& operator=(const TableShare&) = delete;

  // Too many prefixes are gone since, and are kept for the share: its owner should end it soon. Any
  // thread.
  [[nodiscard]] bool revoked() const { return revoked_.load(std::memory_order_relaxed); }
  // False: it was already revoked.
  bool revoke() { return !revoked_.exchange(true); }

 private:
  Speaker& speaker_;
  std::atomic<bool> revoked_{false};
};

}  // namespace tern::session
