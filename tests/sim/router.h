// Router is the speaker under test: Tern without its sockets. Each neighbor has a Link. An Import
// evaluates and stores the neighbor's routes, the shards rank them, the Advertisers advertise them,
// and the simulated sockets take the messages. Work over the table runs in slices at random times.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/pipeline/next_hops.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/range_walk.h"
#include "policy/change.h"
#include "policy/vrp_table.h"
#include "tests/model/mirror.h"
#include "tests/model/naive_rib.h"
#include "tests/model/own_routes.h"
#include "tests/sim/link.h"
#include "tests/sim/origination.h"

namespace tern::sim {

// The router's configuration of a neighbor.
struct Neighbor {
  model::Client client;
  model::Policies policies;
  int default_when = 0;  // the condition of its default route
  bool passive = false;  // the router waits for the neighbor to connect
  friend bool operator==(const Neighbor& a, const Neighbor& b) {
    return a.client == b.client && a.passive == b.passive &&
           a.policies.import == b.policies.import && a.policies.export_ == b.policies.export_;
  }
};

class Router {
 public:
  static constexpr Host kHost = 0;  // neighbors are the hosts of their slots

  // most_lag: octets in the logs before the router advertises the present state to a client
  // instead. The host outlives the router.
  Router(Network& network, const model::Host& host, std::size_t shards, std::uint64_t most_lag);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Adds the neighbor, or changes its configuration and starts its session again.
  void configure(const Neighbor& neighbor);
  void disable(PeerSlot slot);
  void enable(PeerSlot slot);
  void reset(PeerSlot slot);
  // Asks the neighbor for its routes.
  void ask_for_refresh(PeerSlot slot);
  // Null: no route is validated.
  void set_vrps(policy::VrpTable::Ptr vrps);
  // Other registered prefixes, by their number (model::registration_table()).
  void set_registrations(int number);
  // RFC 8326 section 4.2. Requires a configured neighbor.
  void set_drained(PeerSlot slot, bool drained);
  // when: the number of a condition.
  void set_default_route(PeerSlot slot, int number, int when);
  void originate(const model::OwnChange& change, int when);
  // Nothing: no aggregate.
  void set_aggregate(const Prefix& prefix, const std::optional<Aggregate>& aggregate);
  // The drain of the PoP, of which conditions ask.
  void set_pop_drained(bool drained);
  // The neighbor's paths cost so many microseconds more. Requires a configured neighbor.
  void set_added_cost(PeerSlot slot, std::uint32_t added);
  // The costs of the network with this number are in force. The neighbors take these in slices.
  void set_costs(int network);
  // The host's route to a next hop came, went, or has another metric.
  void host_route_changed(const IpAddress& next_hop);
  // The interface of the host went down, or came up.
  void link_changed();
  // The section `next_hops` of the configuration is another.
  void resolution_changed();
  // A search of the table for received routes that resolve next hops would find nothing new.
  [[nodiscard]] bool has_all_covers() const { return !host_.via_bgp || covers_settled_; }
  // No condition is about to change, and no aggregate.
  [[nodiscard]] bool conditions_rest() const { return conditions_rest_; }
  [[nodiscard]] const pipeline::NextHops& next_hops() const { return *next_hops_; }
  // A next hop that came back, or became better, does not count yet.
  [[nodiscard]] bool holds_next_hops() const { return next_hops_->deadline().has_value(); }
  void clock_stepped();
  void lose_power();

  [[nodiscard]] Link* link(PeerSlot slot);
  [[nodiscard]] bool established(PeerSlot slot) {
    return link(slot) != nullptr && link(slot)->established();
  }
  // The router has no work except work that waits for a neighbor.
  [[nodiscard]] bool calm();
  // A broken bound or promise, in words.
  [[nodiscard]] std::optional<std::string> wrong();
  // A difference between a subscriber's copy and the table, in words.
  [[nodiscard]] std::optional<std::string> compare_mirrors();
  // Memory that the router still holds without a session and without work, in words.
  [[nodiscard]] std::optional<std::string> left();
  [[nodiscard]] std::uint64_t paths() const;

 private:
  class Session;
  // Like a round of session::Reevaluation. A change in the middle begins a new round, which has the
  // rest of the old one.
  struct Round {
    std::shared_ptr<const policy::PrefixChange> prefixes;
    rib::ClientSet imports;
    rib::ClientSet exports;
    bool costs = false;                                     // stored paths get the costs in force
    bool advertise = false;                                 // routes are advertised again
    std::vector<Prefix> released;                           // for Origination::released()
    std::vector<std::optional<pipeline::RangeWalk>> walks;  // by shard; nothing: done
  };

  [[nodiscard]] Session* session(PeerSlot slot);
  void next_hops_changed();
  void wait_for_holds();
  void ask_again(pipeline::NextHops::Addresses asked);
  void ask_all_again();
  void search_covers();
  void search_covers_later();
  [[nodiscard]] Origination::Hooks origination_hooks();
  void look_at_conditions(Time in);
  void begin(Round next, std::vector<policy::PrefixRange> ranges);
  void work_later();
  void work();
  void work_on(std::size_t shard);
  void take_costs();
  void evaluate_again(std::size_t shard);
  void evaluate_again(rib::Rib& rib, rib::DestId id);
  void pump(Session& session);

  Network& network_;
  rib::Shards shards_;
  std::unique_ptr<pipeline::Advertisers> advertisers_;
  std::map<PeerSlot, std::unique_ptr<Session>> sessions_;
  policy::VrpTable::Ptr vrps_;
  std::shared_ptr<const policy::RegistrationTable> registrations_;  // null: none
  int costs_ = 0;                                                   // the number of the network
  std::optional<PeerSlot> takes_costs_;  // the next neighbor that takes other costs
  pipeline::Pricing pricing_;
  const model::Host& host_;
  model::HostKernel kernel_;
  const std::shared_ptr<pipeline::NextHops> next_hops_ =
      std::make_shared<pipeline::NextHops>(kernel_);
  std::optional<Time> hold_ends_;             // when the next hold time of a next hop is over
  std::unique_ptr<Origination> origination_;  // never null
  bool conditions_rest_ = false;
  bool covers_settled_ = false;
  bool searches_ = false;  // the agenda has a search for covers
  std::optional<Round> round_;
  std::vector<rib::DestId> sweeps_;                     // by shard: where the sweep goes on
  std::map<PeerSlot, std::vector<rib::DestId>> ranks_;  // by slot and shard: neighbors that
                                                        // returned as another router
  // Of each shard: best paths, received paths.
  std::vector<std::unique_ptr<model::Mirror>> mirrors_;
  std::shared_ptr<bool> working_ = std::make_shared<bool>(false);  // the agenda has a turn
};

}  // namespace tern::sim
