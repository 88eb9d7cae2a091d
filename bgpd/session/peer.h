// A Peer is a neighbor: the sockets and the clock for its driver (fsm/driver.h), its settings, and,
// while Established, the pipelines between its socket and the RIB. Internal to bgpd/session and
// bgpd/api's status page; loop thread only.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/fsm/driver.h"
#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/session/bulk_reader.h"
#include "bgpd/session/connection.h"
#include "bgpd/session/counters.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/peer_status.h"
#include "bgpd/session/settings.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/session/timer.h"
#include "rib/shards.h"

namespace tern::session {

class Conditions;
class HostWatch;
struct RuleInputs;
class Intake;
class Reevaluation;
class RouteFilters;
class Writer;

class Peer final : public Connection::Handler, private fsm::Driver::Rim {
 public:
  // Events that a neighbor reports.
  class Events {
   public:
    virtual ~Events() = default;
    // The session came up. The receiver calls begin_announcing() as soon as routes may be
    // advertised on it.
    virtual void established(Peer& peer) = 0;
    virtual void end_of_rib(Peer& peer, Family family) = 0;
    // Octets of the neighbor were handled: time for overdue KEEPALIVEs of all neighbors.
    virtual void handled() = 0;
  };
  // The parts of the speaker that a neighbor uses.
  struct Environment {
    Loop& loop;
    ReadBuffer& read_buffer;
    engine::Engine& engine;
    Intake& intake;
    Writer& writer;
    Reevaluation& reevaluation;
    const HostWatch& host_watch;
    const std::shared_ptr<const policy::VrpTable>& vrps;    // present ones; null: none
    const std::shared_ptr<const policy::Geofeed>& geofeed;  // likewise
    const std::shared_ptr<const policy::RegistrationTable>& registrations;  // likewise
    const std::shared_ptr<const policy::UsualPaths>& usual;                 // likewise
    const std::shared_ptr<const policy::GuardOrderTable>& guard_orders;     // likewise
    const std::shared_ptr<const policy::EgressCosts>& costs;                // in force; never null
    const std::shared_ptr<pipeline::NextHopFinder>& next_hops;  // null: next hops are not looked up
    const bool& pop_drained;                                    // set by Drains, like the next one
    const EgressCost& pop_added_cost;                           // of the paths of eBGP neighbors
    const Conditions& conditions;
    const RouteFilters& route_filters;
    Events& events;
  };

  // Set by Drains.
  struct Drain {
    bool on = false;                 // of this neighbor, not of the PoP
    bool shut_down = false;          // the drain ended the session
    std::uint64_t since = 0;         // steady nanoseconds
    std::uint64_t shut_down_by = 0;  // steady nanoseconds; 0: the session stays
  };

  // The environment outlives the Peer.
  Peer(const Environment& environment, PeerSlot slot, PeerSettings settings, bool dynamic);
  ~Peer() override;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // Begins to connect or to listen, unless configured shut down.
  void start();
  // Takes over a connection that the neighbor opened. The second form takes over from another
  // handler, with the OPEN unread, and requires that the machine refuses no incoming connection.
  void incoming(Tcp::socket socket);
  void incoming(std::shared_ptr<Connection> connection);
  // Takes new settings; change: their difference from the present ones. Closes the session and
  // opens it again where the change needs a reset. dynamic: the neighbor is not listed. A dynamic
  // neighbor may become a listed one. True: a session stays, and the caller has the routes
  // evaluated again that the change names.
  [[nodiscard]] bool apply(PeerSettings settings, const SettingsChange& change, bool dynamic);
  // The neighbor is not configured any more: ends the session for good. The object stays until its
  // slot is free.
  void leave();
  [[nodiscard]] bool left() const { return left_; }

  void enable();
  void disable(std::uint8_t cease_subcode, const std::string& text);
  void reset(std::uint8_t cease_subcode, const std::string& text);
  // Ends the session with Cease/Out of Resources, because memory is short.
  void refuse_resources();
  // request_refresh() asks the neighbor for its routes (RFC 2918); announce_again() advertises ours
  // once more. False: the session cannot.
  bool request_refresh();
  bool announce_again();

  // Writes messages as far as the socket takes them. True: the caller should call again.
  bool pump();
  // Has later UPDATEs judged by the new addresses, or by the new answers about next hops. The
  // caller judges stored routes again.
  void host_addresses_changed();
  void next_hops_changed();
  // The VRPs changed (Environment::vrps). Returns which of the session's policies read the state of
  // origin validation; their routes are to be evaluated again.
  struct ReadsRpki {
    bool imports = false;
    bool exports = false;
  };
  [[nodiscard]] ReadsRpki vrps_changed();
  // The costs in force (Environment::costs) or what the neighbor's paths cost more changed. True:
  // there is a session, whose routes the caller has ranked or evaluated again.
  bool costs_changed();
  // Microseconds that the neighbor's paths cost more, without those that the PoP adds, and with
  // them. Set by Drains.
  void set_added_cost(EgressCost added) { added_cost_ = added; }
  [[nodiscard]] EgressCost own_added_cost() const { return added_cost_; }
  [[nodiscard]] EgressCost added_cost() const {
    return policy::sum_of_costs(degradation_cost(), demotion_cost_);
  }
  // The added cost by degradations of this neighbor and of the PoP, without the demotion.
  [[nodiscard]] EgressCost degradation_cost() const {
    return policy::sum_of_costs(added_cost_, is_ibgp(settings_.kind) ? 0 : env_.pop_added_cost);
  }
  // The part that rules of health add. Set by Health.
  void set_demotion_cost(EgressCost added) { demotion_cost_ = added; }
  [[nodiscard]] EgressCost demotion_cost() const { return demotion_cost_; }
  // The geofeed changed (Environment::geofeed). Returns whether the session's routes are to be
  // judged again.
  [[nodiscard]] bool geofeed_changed();
  // The registrations, or the releases and blocks, changed (Environment). Returns the same.
  [[nodiscard]] bool guard_changed();
  [[nodiscard]] Drain& drain() { return drain_; }
  [[nodiscard]] const Drain& drain() const { return drain_; }
  [[nodiscard]] bool is_drained() const {
    return drain_.on || (env_.pop_drained && !is_ibgp(settings_.kind));
  }
  // Takes rules for is_drained(). True: there is a session, whose routes the caller has evaluated
  // again.
  [[nodiscard]] bool drain_changed();
  // The condition of the neighbor's default route holds, or does so no longer.
  void default_route_changed();
  // The neighbor has another route filter (Environment::route_filters). Has the table advertised to
  // the neighbor by the filter.
  void route_filter_changed();
  // Ends the session for a drain.
  void end_drain();
  // The startup delay is over.
  void begin_announcing();
  // now: steady nanoseconds.
  void keepalive_if_due(std::uint64_t now) { driver_.keepalive_if_due(fsm::Time(now)); }

  [[nodiscard]] PeerSlot slot() const { return slot_; }
  [[nodiscard]] const PeerSettings& settings() const { return settings_; }
  [[nodiscard]] bool dynamic() const { return dynamic_; }
  [[nodiscard]] bool established() const { return import_ != nullptr; }
  // Not down by configuration or command.
  [[nodiscard]] bool admin_up() const { return machine().admin_up(); }
  [[nodiscard]] fsm::State state() const { return machine().state(); }
  [[nodiscard]] std::uint32_t state_since() const { return state_since_; }  // Unix seconds
  // The neighbor has no connection, wants none, and has no visit of the table waiting.
  [[nodiscard]] bool quiet() const;
  [[nodiscard]] bool connected() const {
    return connections_[0] != nullptr || connections_[1] != nullptr;
  }
  // The session is down because the neighbor sent too many prefixes.
  [[nodiscard]] bool held_by_limit() const { return limit_shutdown_.has_value(); }
  // For a dynamic neighbor: it has no state any more that matters when it comes back.
  [[nodiscard]] bool forgettable(std::uint64_t now) const;
  // When the state changed, steady nanoseconds.
  [[nodiscard]] std::uint64_t state_changed() const { return state_changed_; }
  // Logs how many log lines were left out. now: steady nanoseconds.
  void log_left_out(std::uint64_t now);
  [[nodiscard]] bool heard_end_of_rib() const;
  // The neighbor was Established at some time since the start.
  [[nodiscard]] bool was_established() const { return established() || machine().flaps() > 0; }
  [[nodiscard]] pipeline::Import* import() { return import_.get(); }
  [[nodiscard]] const pipeline::Import* import() const { return import_.get(); }
  // Increases with each session.
  [[nodiscard]] std::uint64_t session() const { return session_; }
  // Null until routes may be advertised on the session.
  [[nodiscard]] pipeline::AdjRibOut* adj_rib_out() const {
    return established() && advertised_session_ == session_
               ? env_.engine.advertisers().adj_rib_out(slot_)
               : nullptr;
  }
  // The rules of the session. Requires established().
  [[nodiscard]] pipeline::ExportRules export_rules() const;
  // The round trip of the session's connection as the kernel measures it (TCP_INFO), microseconds;
  // 0: there is no session, or the kernel does not know.
  [[nodiscard]] std::uint32_t round_trip() const;
  // status() and counters() require a visit of the engine.
  [[nodiscard]] PeerStatus status() const;
  [[nodiscard]] PeerCounters counters() const;

 private:
  // Most log lines of ups and downs in a minute: four flaps.
  static constexpr std::uint32_t kMostLines = 12;

  // Connection::Handler
  void on_connected(Connection& connection) override;
  void on_failed(Connection& connection, std::string why) override;
  std::size_t on_octets(Connection& connection, std::span<const std::byte> octets) override;
  bool must_wait(Connection& connection) override;
  bool on_flood(Connection& connection, std::span<const std::byte> octets) override;
  void on_delivery(Connection& connection, Delivery& delivery) override;
  void on_writable(Connection& connection) override;

  // fsm::Driver::Rim
  void open() override;
  void close(fsm::Conn conn) override;
  void send(fsm::Conn conn, wire::MessageType type, std::span<const std::byte> message) override;
  [[nodiscard]] fsm::Driver::Unheard unheard(fsm::Conn conn) override;
  void wake_at(std::optional<fsm::Time> when) override;
  void on_session_up(fsm::Conn conn, const fsm::Negotiated& negotiated) override;
  void on_session_down() override;
  void on_state(fsm::State from, fsm::State to) override;
  void on_open(const wire::OpenMessage& open) override { peer_open_ = open; }
  void on_notification(const wire::Notification& notification, bool sent) override;
  void on_update(wire::Bytes body) override;
  void on_refresh(const wire::RouteRefresh& refresh) override;

  [[nodiscard]] const fsm::PeerFsm& machine() const { return driver_.machine(); }
  void handle(const fsm::Event& event);
  // Takes the UPDATEs of the octets that were read.
  void end_burst();
  // Stores the routes of UPDATEs and handles their End-of-RIB or fault; clears `received`. flood: a
  // BulkReader received them. False: the session ended.
  [[nodiscard]] bool take(pipeline::UpdateBatch& received, bool flood);
  void heard_end_of_rib(Family family);
  void change_epoch(Family family, rib::EpochChange change);
  void wait_for_adj_ribs_in();
  void adj_rib_in_deadline();
  // Runs fn() in a visit of all shards.
  template <typename Fn>
  void visit(std::size_t routes, Fn&& fn);
  // The same, if the present session is still up then.
  template <typename Fn>
  void visit_in_session(std::size_t routes, Fn&& fn);
  // The same, with an exact count of the stored routes: later routes wait behind the visit.
  template <typename Fn>
  void check(std::size_t routes, Fn&& fn);
  void store_checked(pipeline::JudgedRoutes& routes);
  bool store(pipeline::JudgedRoutes& routes, bool flood);
  bool stored(const pipeline::Stored& outcome);
  void apply_to_table(const SettingsChange& change);
  void log_fault(const wire::AttributeFault& fault);
  void log_contradiction(std::uint64_t routes);
  void log_guard(const pipeline::ImportCounters& counters);
  void limit_shutdown(const pipeline::Stored& outcome);
  void wait_for_limit_restart();
  [[nodiscard]] bool fits_limit_now() const;
  void octets_left();
  void begin_table();
  [[nodiscard]] bool resync();
  void interval_over();

  [[nodiscard]] pipeline::SessionFacts facts(const Connection& connection,
                                             const fsm::Negotiated& negotiated) const;
  [[nodiscard]] RuleInputs rule_inputs() const;
  // The geofeed of the environment. While only the geofeed of the present rules has the places of
  // the settings, the latter.
  [[nodiscard]] const std::shared_ptr<const policy::Geofeed>& geofeed() const;
  [[nodiscard]] pipeline::ImportRules import_rules(const pipeline::SessionFacts& facts) const;
  // export_rules(), for the shards.
  [[nodiscard]] pipeline::ExportRules new_export_rules();
  // In a visit. walks: the rules may give any route another verdict.
  void take_export_rules(bool walks);
  // The side of the machine that has the connection; nullopt: neither has it, and its events are
  // not for the machine.
  [[nodiscard]] std::optional<fsm::Conn> side(const Connection& connection) const;
  [[nodiscard]] std::shared_ptr<Connection>& connection(fsm::Conn conn) {
    return connections_[static_cast<std::size_t>(conn)];
  }
  // The session's connection. Requires established().
  [[nodiscard]] Connection& session_connection() { return *connection(*driver_.session()); }
  void count_connection(const Connection& connection);
  // The counters of ended sessions and connections. A neighbor that never lost one has none.
  [[nodiscard]] PeerCounters& counted();
  [[nodiscard]] std::string label() const;  // "10.0.1.1 (AS 65001)"

  const Environment& env_;
  const PeerSlot slot_;
  bool dynamic_;
  bool left_ = false;
  PeerSettings settings_;
  fsm::Driver driver_;
  Timer wake_;                                              // for the driver's timers
  std::array<std::shared_ptr<Connection>, 2> connections_;  // by fsm::Conn
  Drain drain_;
  EgressCost added_cost_ = 0;  // of this neighbor, not of the PoP
  EgressCost demotion_cost_ = 0;
  Timer limit_restart_;
  std::optional<LimitShutdown> limit_shutdown_;  // while it keeps the session down
  Timer interval_;                               // advertisement interval

  pipeline::AdjRibsIn adj_ribs_in_;
  Timer adj_rib_in_timer_;  // for their deadlines

  std::size_t visits_ = 0;                // of the table, that wait
  std::uint64_t session_ = 0;             // number of the present session, or of the last
  std::uint64_t advertised_session_ = 0;  // number of the session that begin_announcing() was for

  // While Established:
  std::unique_ptr<pipeline::Import> import_;
  std::size_t checks_ = 0;           // visits of check() that wait
  bool table_asked_ = false;         // the task of begin_table() waits
  bool originates_default_ = false;  // by the last rules of the session
  std::array<bool, kFamilyCount> end_of_rib_{};
  std::uint64_t read_time_ = 0;  // of the last octets, steady nanoseconds
  bool updates_taken_ = false;   // since routes_changed()
  // When a reader thread last read a whole KEEPALIVE or UPDATE, steady nanoseconds. Null: no bulk
  // read in this session.
  std::shared_ptr<std::atomic<std::uint64_t>> heard_by_reader_;
  std::uint64_t blocked_since_ = 0;  // steady nanoseconds; 0: not blocked

  std::optional<wire::OpenMessage> peer_open_;
  std::unique_ptr<PeerCounters> ended_counters_;  // by counted(); null: all are 0
  std::uint32_t state_since_ = 0;                 // Unix seconds
  std::uint64_t state_changed_ = 0;               // steady nanoseconds
  std::uint32_t established_since_ = 0;
  std::string last_fault_;
  LogLimiter fault_lines_;
  LogLimiter contradiction_lines_;
  LogLimiter guard_lines_;
  LogLimiter lines_{kMostLines};  // of ups and downs
};

}  // namespace tern::session
