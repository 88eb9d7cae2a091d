// The inside of a Speaker: the objects that do its work, and the work of the Speaker itself: the
// start, the end, and housekeeping once a second. Internal to bgpd/session.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/admission.h"
#include "bgpd/session/aggregates.h"
#include "bgpd/session/conditions.h"
#include "bgpd/session/costs.h"
#include "bgpd/session/default_routes.h"
#include "bgpd/session/drains.h"
#include "bgpd/session/guard_orders.h"
#include "bgpd/session/health.h"
#include "bgpd/session/intake.h"
#include "bgpd/session/interfaces.h"
#include "bgpd/session/kept_prefixes.h"
#include "bgpd/session/memory_guard.h"
#include "bgpd/session/moves.h"
#include "bgpd/session/neighbors.h"
#include "bgpd/session/next_hop_census.h"
#include "bgpd/session/next_hop_rules.h"
#include "bgpd/session/own_routes.h"
#include "bgpd/session/reconfiguration.h"
#include "bgpd/session/reevaluation.h"
#include "bgpd/session/route_filters.h"
#include "bgpd/session/speaker.h"
#include "bgpd/session/writer.h"

namespace tern::session {

class Speaker::Impl final : private Peer::Events, private engine::Engine::Sink {
 public:
  Impl(Loop& loop, const SpeakerThreads& threads);

  Speaker::Applied apply(std::shared_ptr<const SettingsPlan> plan, std::function<void()> done);
  void shutdown(const std::string& text, std::function<void()> done);
  std::vector<std::string> command(std::string_view neighbor, NeighborAction action,
                                   const std::string& text);
  // A name, an address, a group, or "all".
  [[nodiscard]] std::vector<Peer*> meant(std::string_view neighbor) const;
  [[nodiscard]] bool busy() const { return intake_.flooded() || !engine_.idle(); }

 private:
  friend class Speaker;
  friend class JournalSubscription;
  friend class TableShare;

  // Peer::Events
  void established(Peer& peer) override;
  void end_of_rib(Peer& peer, Family family) override;
  void handled() override { neighbors_.keep_alive(); }

  // engine::Engine::Sink
  void advertised() override;
  void worked() override;
  void resynced(PeerSlot client) override { writer_.resynced(client); }

  void host_addresses_changed(const pipeline::HostAddresses& changed);
  void renumber_geofeed();
  void set_geofeed(std::shared_ptr<const policy::Geofeed> geofeed,
                   std::vector<policy::PrefixRange> changed);
  void set_registrations(std::shared_ptr<const policy::RegistrationTable> registrations,
                         std::vector<policy::PrefixRange> changed);
  void set_usual_paths(std::shared_ptr<const policy::UsualPaths> usual,
                       std::vector<policy::PrefixRange> changed);
  void guard_changed(std::vector<policy::PrefixRange> changed);
  void set_vrps(std::shared_ptr<const policy::VrpTable> vrps,
                std::vector<policy::PrefixRange> changed);
  void conditions_changed(const std::set<std::string>& names);
  void open_announcements();
  void look_for_convergence();
  void housekeep();
  void log_left_out(std::uint64_t now);
  void watch_memory();
  void log_refused_paths();

  Loop& loop_;
  const SpeakerThreads threads_;
  rib::Shards shards_;
  pipeline::Advertisers advertisers_{shards_};
  std::shared_ptr<const SpeakerSettings> settings_ = std::make_shared<const SpeakerSettings>();
  std::shared_ptr<const NetworkIndex> network_index_ = std::make_shared<const NetworkIndex>();
  SpeakerTimes times_;
  ReadBuffer read_buffer_;
  bool started_ = false;
  bool announcing_ = false;
  std::shared_ptr<const policy::VrpTable> vrps_;
  std::shared_ptr<const policy::EgressCosts> egress_costs_ =
      std::make_shared<const policy::EgressCosts>();
  std::shared_ptr<const policy::Geofeed> geofeed_;
  std::shared_ptr<const policy::RegistrationTable> registrations_;
  std::shared_ptr<const policy::UsualPaths> usual_paths_;
  std::shared_ptr<const policy::GuardOrderTable> guard_order_table_;
  std::shared_ptr<pipeline::NextHopFinder> next_hops_;
  bool pop_drained_ = false;
  EgressCost pop_added_cost_ = 0;
  Neighbors neighbors_;
  Admission admission_;
  HostWatch host_watch_;
  Reevaluation reevaluation_;
  NextHopRules next_hop_rules_;
  Costs costs_;
  Moves moves_;
  GuardOrders guard_orders_;
  RouteFilters route_filters_;
  Drains drains_;
  Health health_;
  Conditions conditions_;
  DefaultRoutes default_routes_;
  Aggregates aggregates_;
  OwnRoutes own_routes_;
  Reconfiguration reconfiguration_;
  KeptPrefixes kept_prefixes_;
  NextHopCensus next_hop_census_;
  Writer writer_;
  Timer housekeeping_;
  Timer startup_;
  std::uint64_t started_at_ = 0;
  double complete_since_ = 0;  // seconds after the start: all neighbors have sent their tables
  std::uint64_t refused_paths_ = 0;  // at the last log line about them
  std::uint64_t refused_paths_logged_ = 0;
  MemoryGuard memory_;
  std::vector<std::int64_t> grown_;  // by slot: the session's net announcements a second ago
  std::uint64_t memory_logged_ = 0;
  std::function<void()> shutdown_done_;

  // The last members: their threads use the tables.
  engine::Engine engine_;
  Intake intake_;
};

}  // namespace tern::session
