// A Speaker is a router of ours in the fleet: Tern without its sockets, with the rules that the
// daemon makes of its configuration. Work over the table runs in slices at random times, and orders
// reach the neighbors of a speaker one after the other, as in the daemon.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/pricing.h"
#include "bgpd/pipeline/range_walk.h"
#include "policy/change.h"
#include "policy/egress.h"
#include "policy/guard_orders.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"
#include "rib/shards.h"
#include "tests/sim/fleet/plan.h"
#include "tests/sim/fleet/watch.h"
#include "tests/sim/link.h"

namespace tern::sim::fleet {

class Speaker {
 public:
  // The plan and the watch outlive the speaker. orders: in force from the start on. passive: the
  // neighbors to which the speaker does not connect. slice: destinations of a slice of work, at
  // most.
  Speaker(Network& network, const Plan& plan, Watch& watch, Host self, const Orders& orders,
          const std::set<Host>& passive, std::size_t slice);
  ~Speaker();
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // Takes all that is different in the orders.
  void take(const Orders& orders);
  void reset(Host neighbor);
  void lose_power();
  // Ends all sessions for good.
  void disable();

  [[nodiscard]] Host self() const { return self_; }
  // Null: no neighbor.
  [[nodiscard]] Link* link(Host neighbor);
  [[nodiscard]] std::vector<Host> neighbors() const;
  // The speaker has no work except work that waits for a neighbor.
  [[nodiscard]] bool calm();
  // A broken promise, in words.
  [[nodiscard]] std::optional<std::string> wrong();
  // Memory that the speaker still holds without a session and without work, in words.
  [[nodiscard]] std::optional<std::string> left() const;

  struct Best {
    Host from = 0;  // the neighbor that sent the path
    std::vector<Asn> path;
    IpAddress next_hop;
  };
  [[nodiscard]] std::optional<Best> best(const Prefix& prefix) const;
  [[nodiscard]] std::uint64_t paths(Host neighbor) const;
  [[nodiscard]] std::uint64_t prefixes() const;
  [[nodiscard]] rib::Shards& shards() { return shards_; }
  [[nodiscard]] const std::shared_ptr<const policy::Egress>& egress() const { return egress_; }
  [[nodiscard]] const std::shared_ptr<const policy::RegistrationTable>& registrations() const {
    return registrations_;
  }
  [[nodiscard]] bool is_drained(Host neighbor) const;
  [[nodiscard]] EgressCost added_to(Host neighbor) const;

 private:
  class Session;
  // Like a round of session::Reevaluation. A change in the middle begins a new round, which has the
  // rest of the old one.
  struct Round {
    std::shared_ptr<const policy::PrefixChange> prefixes;
    rib::ClientSet imports;
    std::optional<policy::CostChange> costs;                // stored paths get the costs in force
    std::vector<std::optional<pipeline::RangeWalk>> walks;  // by shard; nothing: done
  };

  [[nodiscard]] Session* session(Host neighbor) const;
  [[nodiscard]] Session& require(PeerSlot slot) const;
  void take_registrations();
  void take_drains(const std::set<Host>& changed);
  void take_added(const std::set<Host>& changed);
  void take_costs();
  void publish_costs();
  void begin(Round next, std::vector<policy::PrefixRange> ranges);
  void work_later();
  void work();
  void work_on(std::size_t shard);
  void evaluate_again(std::size_t shard);
  void evaluate_again(rib::Rib& rib, rib::DestId id);
  [[nodiscard]] std::size_t some() { return 1 + network_.dice()(slice_); }

  Network& network_;
  const Plan& plan_;
  Watch& watch_;
  const Host self_;
  const std::size_t slice_;
  Orders orders_;
  rib::Shards shards_;
  std::unique_ptr<pipeline::Advertisers> advertisers_;
  const std::shared_ptr<const policy::Egress> egress_;
  std::shared_ptr<const policy::EgressCosts> costs_;
  std::shared_ptr<const policy::RegistrationTable> registrations_;
  std::map<PeerSlot, std::unique_ptr<Session>> sessions_;
  pipeline::Pricing pricing_;
  std::optional<policy::CostChange> new_costs_;  // that the neighbors take
  PeerSlot takes_costs_ = 0;                     // the next neighbor that does
  std::optional<Round> round_;
  std::vector<rib::DestId> sweeps_;  // by shard: where the sweep goes on
  std::shared_ptr<bool> working_ = std::make_shared<bool>(false);  // the agenda has a turn
};

}  // namespace tern::sim::fleet
