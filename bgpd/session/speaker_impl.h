// The inside of a Speaker. Internal to bgpd/session: speaker.cc has its configuration and commands,
// speaker_neighbors.cc who its neighbors are, speaker_routes.cc what it does with routes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bgpd/engine/engine.h"
#include "bgpd/session/interfaces.h"
#include "bgpd/session/listener.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/memory_guard.h"
#include "bgpd/session/newcomers.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/speaker.h"

namespace tern::session {

inline double seconds_since(std::uint64_t nanoseconds) {
  return static_cast<double>(steady_nanoseconds() - nanoseconds) * 1e-9;
}

class Speaker::Impl final : public Peer::Host,
                            public Newcomers::Host,
                            public BulkReader::Sink,
                            public engine::Engine::Sink {
 public:
  Impl(Loop& loop, const SpeakerThreads& threads);

  Speaker::Applied apply(std::shared_ptr<const SettingsPlan> plan, std::function<void()> done);
  void shutdown(const std::string& text, std::function<void()> done);
  std::vector<std::string> command(std::string_view neighbor, NeighborAction action,
                                   const std::string& text);
  [[nodiscard]] std::vector<Peer*> sorted_peers() const;
  [[nodiscard]] Peer* find(std::string_view neighbor) const;
  [[nodiscard]] std::uint64_t loans() const;
  [[nodiscard]] std::uint64_t shard_loans() const { return engine_.hand_overs(); }

  // Peer::Host
  Loop& loop() override { return loop_; }
  engine::Engine& engine() override { return engine_; }
  bool holds_up(Connection& connection) override;
  [[nodiscard]] bool flooded() const;
  [[nodiscard]] bool busy() const { return flooded() || !engine_.idle(); }
  rib::Shards& shards() override { return shards_; }
  pipeline::Fanouts& fanouts() override { return fanouts_; }
  ReadBuffer& read_buffer() override { return read_buffer_; }
  BulkReader* bulk_reader(PeerSlot slot) override {
    return bulk_readers_.empty() ? nullptr : bulk_readers_[slot % bulk_readers_.size()].get();
  }
  void routes_changed() override { distribute_later(); }
  void store(PeerSlot slot, pipeline::JudgedRoutes& routes, std::uint64_t read_time,
             bool flood) override;
  void stored(std::uint64_t read_time) override;
  void resync(PeerSlot slot, pipeline::ShardBits shards) override;
  void pump_later(Peer& peer) override;
  void walk_later() override;
  void walk_for_rules() override { rules_wait_ = true; }  // only apply() changes rules
  void room_made() override;
  void rank_changed(PeerSlot slot) override;
  void sweep_later() override { engine_.sweep(); }
  void unblock_later(PeerSlot slot) override;
  void end_of_rib(Peer& peer, Family family) override;
  [[nodiscard]] std::shared_ptr<const pipeline::HostAddresses> host_addresses() const override {
    return host_watch_.addresses();
  }
  [[nodiscard]] bool may_announce() const override { return announcing_; }
  void update_written(std::uint64_t read_time) override {
    times_.update_propagation.add(seconds_since(read_time));
  }
  void keep_alive() override;

  // Newcomers::Host
  [[nodiscard]] const DynamicRange* range_for(const PeerAddress& who) const override;
  [[nodiscard]] bool range_full(const DynamicRange& range) const override;
  void welcome(const PeerAddress& who, const DynamicRange& range,
               std::shared_ptr<Connection> connection) override;
  void turned_away(const PeerAddress& who, const DynamicRange& range,
                   const std::string& why) override;

  // BulkReader::Sink
  void deliver(Delivery& delivery) override { delivery.loan->connection->deliver(delivery); }
  void round_ended(const BulkReader& reader) override;
  [[nodiscard]] bool full() override { return engine_.full(); }

  // engine::Engine::Sink
  void worked() override;
  void resynced(PeerSlot slot) override;

  Loop& loop_;
  const SpeakerThreads threads_;
  rib::Shards shards_;
  pipeline::Fanouts fanouts_{shards_};
  std::shared_ptr<const SpeakerSettings> settings_ = std::make_shared<const SpeakerSettings>();
  SpeakerTimes times_;
  // By slot; null: free. A neighbor that left keeps its slot for as long as its routes are there.
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<TableShare*> shares_;
  std::vector<JournalSubscription*> subscriptions_;
  std::function<void()> on_revoked_;
  std::uint64_t membership_ = 0;
  std::uint64_t strangers_ = 0;
  bool started_ = false;
  bool announcing_ = false;

 private:
  // Those that have not left, in order of slot. The caller may remove some meanwhile.
  [[nodiscard]] std::vector<Peer*> members() const;
  // The neighbor with that address and link, or interface; null: there is none.
  [[nodiscard]] Peer* member(const boost::asio::ip::address& address) const;
  [[nodiscard]] Peer* member(const PeerAddress& who) const;
  Peer& add_peer(PeerSettings settings, bool dynamic);
  void remove_peer(Peer& peer);
  // The range that contains the address, also of a listed neighbor; null: no range does.
  [[nodiscard]] const DynamicRange* range_of(const IpAddress& address) const;
  // A plan whose steps are under way (speaker_apply.cc).
  struct Applying {
    struct Step {
      PeerAddress who;
      const PeerSettings* settings = nullptr;  // in the plan; of a listed neighbor
      const DynamicRange* range = nullptr;     // in the plan; of a neighbor that stays dynamic
      // Both null: the speaker removes the neighbor.
      SettingsChange change;
      bool is_new = false;
    };
    std::shared_ptr<const SettingsPlan> plan;
    std::vector<Step> steps;
    std::size_t next = 0;
    std::vector<PeerSlot> stale;  // running sessions whose import rules changed
    double longest = 0;           // seconds of the longest slice
    std::function<void()> done;
  };
  [[nodiscard]] std::vector<Applying::Step> steps_of(const SettingsPlan& plan) const;
  [[nodiscard]] std::optional<Applying::Step> step_for(const SettingsPlan& plan,
                                                       const Peer& peer) const;
  void begin_applying(std::shared_ptr<const SettingsPlan> plan, std::function<void()> done);
  void apply_later();
  bool apply_slice();
  void perform(const Applying::Step& step);
  void end_applying();
  // Room for a neighbour more.
  [[nodiscard]] bool has_slot() const;
  // What goes over the whole table (speaker_table.cc). For whom a round visits every destination:
  struct Round {
    rib::ClientSet judge;    // neighbors by whose new rules all that they sent is judged again
    rib::ClientSet unblock;  // who have room for blocked routes
    rib::ClientSet rank;     // whose rank is another
    bool rank_all = false;   // the decision's settings are
    // Routes of any neighbor with such a next hop are judged again.
    pipeline::HostAddresses next_hops;
    [[nodiscard]] bool empty() const {
      return judge.empty() && unblock.empty() && rank.empty() && !rank_all && next_hops.empty();
    }
    [[nodiscard]] bool is_reload() const { return !judge.empty() || rank_all; }
  };
  void reevaluate(const std::vector<PeerSlot>& stale, bool rank_all);
  void round_later();
  void next_slice();
  bool round_slice();
  void host_addresses_changed(const pipeline::HostAddresses& changed);
  void visit(rib::Rib& rib, rib::DestId id);
  template <typename Fn>
  void for_each_import(std::vector<PeerSlot>& slots, Fn&& fn);
  void end_round();
  void accepted(Tcp::socket socket);
  // A connection that is not what the settings ask of it. `from`: what an MD5 key would be for.
  [[nodiscard]] Failure unprotected(Tcp::socket& socket, const Transport& transport,
                                    const Prefix& from) const;
  // The range's neighbors without a connection.
  [[nodiscard]] std::vector<Peer*> idle_of(const DynamicRange& range) const;
  // Has the range forget one of them where they are too many.
  void make_room(const DynamicRange& range);
  void distribute();
  // Of what is to be done in all shards.
  [[nodiscard]] engine::Load load() const {
    return flooded() ? engine::Load::Heavy : engine::Load::Light;
  }
  void distribute_later();
  void walk();
  void walk_waiting_rules();
  void pump_told();
  void pump_all();
  void open_announcements();
  void look_for_convergence();
  // Prefixes that are gone and are kept (speaker_table.cc).
  void look_at_idle();
  void bound_idle();
  [[nodiscard]] bool revoke_shares();
  void housekeep();
  void free_departed();
  void log_left_out(std::uint64_t now);
  void watch_memory();
  void log_refused_paths();

  ReadBuffer read_buffer_;
  Listener listener_;
  Newcomers newcomers_;
  HostWatch host_watch_;
  Timer housekeeping_;
  Timer startup_;
  // Slots of the members. Link-local neighbors of several links may have one address.
  std::unordered_multimap<IpAddress, PeerSlot> by_address_;
  std::vector<PeerSlot> departed_;  // of neighbors that left
  bool bounding_ = false;           // bound_idle() is posted
  bool freeing_idle_ = false;       // the strands free what they can
  // A round visits every destination for all neighbors whose routes are evaluated or ranked anew.
  // A request in the middle of a round waits for the next round.
  Round round_;
  Round next_round_;
  std::optional<Applying> applying_;
  bool slice_posted_ = false;  // of it
  bool rounding_ = false;
  rib::Found round_at_;
  double round_longest_ = 0;         // slice, seconds
  std::vector<PeerSlot> concerned_;  // scratch of visit(): whose paths are judged again
  std::vector<PeerSlot> blocked_;    // and whose may come in
  std::vector<PeerSlot> to_pump_;
  std::vector<bool> waits_to_pump_;  // by slot: stands in to_pump_
  bool distribute_posted_ = false;
  bool walk_posted_ = false;
  bool rules_wait_ = false;  // of clients, for a walk
  bool pump_posted_ = false;
  std::vector<std::shared_ptr<Connection>> held_up_;  // until more routes may come
  std::uint64_t started_at_ = 0;
  std::uint64_t kept_alive_ = 0;
  std::map<Prefix, LogLimiter> range_lines_;  // by range, of those that are turned away
  LogLimiter stranger_lines_{60};             // at level debug
  LogLimiter unprotected_lines_;
  std::uint64_t refused_paths_ = 0;  // of those that a line tells of
  std::uint64_t refused_paths_logged_ = 0;
  MemoryGuard memory_;
  std::vector<std::int64_t> grown_;  // by slot: the session's net announcements a second ago
  std::uint64_t memory_logged_ = 0;
  std::function<void()> shutdown_done_;
  std::vector<const BulkReader*> rounds_ended_;  // since the last look at what changed
  // The last: their threads use the tables.
  engine::Engine engine_;
  std::vector<std::unique_ptr<BulkReader>> bulk_readers_;
};

}  // namespace tern::session
