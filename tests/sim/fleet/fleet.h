// Fleet has the hosts of a run, applies the operations to them, and checks their promises.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/fleet/observer.h"
#include "tests/sim/fleet/oracle.h"
#include "tests/sim/fleet/partner_node.h"
#include "tests/sim/fleet/scenario.h"
#include "tests/sim/fleet/speaker.h"

namespace tern::sim::fleet {

class Fleet {
 public:
  Fleet(const Scenario& scenario, Story story, Seen& seen);

  [[nodiscard]] std::optional<std::string> apply(const Operation& operation);
  // Ends every session; reports memory that a router still holds then.
  [[nodiscard]] std::optional<std::string> end();

 private:
  // A router of ours, also while it does not run.
  struct Router {
    std::unique_ptr<Speaker> speaker;  // null: it does not run
    std::unique_ptr<Observer> observer;
    std::uint64_t boots = 0;
    std::set<Host> passive;  // neighbors to which it does not connect
  };
  struct Member {
    std::unique_ptr<PartnerNode> node;  // null: it does not run
    PartnerNode::Routes routes;         // while it does not run
    std::set<Pop> passive;
  };

  // ---- Hosts
  void boot(Host router);
  void lose(Host router, bool silent);
  void boot_partner(Partner partner);
  void lose_partner(Partner partner, bool silent);
  [[nodiscard]] bool runs(Host host) const;
  // Octets pass between the two.
  [[nodiscard]] bool reaches(Host a, Host b) const;
  void cut(Host a, Host b, bool off);
  void rejoin();
  [[nodiscard]] Host neighbor_of(Pop pop, std::uint32_t number) const;
  // Both ends of a session; null: the host does not run.
  [[nodiscard]] Link* end_of(Host self, Host other);

  // ---- Operations
  [[nodiscard]] std::optional<std::pair<Prefix, Announced>> route_of(
      Partner partner, const Operation& operation) const;
  [[nodiscard]] std::pair<Prefix, Announced> hijack_of(Partner partner,
                                                       const Operation& operation) const;
  [[nodiscard]] std::pair<Prefix, Announced> leak_of(Partner partner,
                                                     const Operation& operation) const;
  void announce(Partner partner, const std::pair<Prefix, Announced>& route);
  void announce_first(Partner partner);
  void withdraw(Partner partner, std::uint32_t which);
  void end_hijacks(Partner partner);
  void apply_to_hosts(const Operation& operation);
  void apply_to_network(const Operation& operation);
  void change_orders(const Operation& operation);
  void shift_rtt(const Operation& operation);
  void reorder(const Operation& operation);
  void publish_orders();
  [[nodiscard]] Partner partner_of(const Operation& operation) const {
    return operation.slot % plan_.size.partners;
  }
  [[nodiscard]] Pop pop_of(const Operation& operation) const {
    return operation.slot % plan_.size.pops;
  }
  [[nodiscard]] Session session_of(const Operation& operation) const;

  // ---- Time and promises
  [[nodiscard]] bool is_small() const { return plan_.size.pops <= kFewPops; }
  [[nodiscard]] std::optional<std::string> pass(Time time);
  [[nodiscard]] std::optional<std::string> look();
  [[nodiscard]] std::optional<std::string> look_at_sessions();
  [[nodiscard]] bool sessions_stand();
  [[nodiscard]] std::optional<std::string> settle();
  // The work that the run waits for, in words, or nothing.
  [[nodiscard]] std::optional<std::string> waits_for();
  [[nodiscard]] std::optional<std::string> waits_for(Host a, Host b);
  [[nodiscard]] Oracle oracle();
  [[nodiscard]] std::optional<std::string> compare();
  [[nodiscard]] std::optional<std::string> compare_choices(const Oracle& oracle);
  [[nodiscard]] std::optional<std::string> compare_told(const Oracle& oracle);
  // Follows a packet from PoP to PoP. Returns in words where it does not leave as it should.
  [[nodiscard]] std::optional<std::string> follow(Pop from, const Prefix& prefix,
                                                  const Choice& expected) const;
  void tell(const std::string& line) const;
  [[nodiscard]] std::string words(const Operation& operation) const;
  [[nodiscard]] std::string words_of_orders(const Operation& operation) const;
  template <typename Fn>
  void for_each_pair(Fn&& fn) const;

  const Scenario scenario_;
  const Story story_;
  Seen& seen_;
  Dice dice_;
  const Plan plan_;
  Orders orders_;
  Watch watch_;
  Network network_;
  std::vector<Router> routers_;           // by Host
  std::vector<Member> members_;           // by Partner
  std::set<std::pair<Host, Host>> cuts_;  // the lower host first
  std::size_t orders_on_their_way_ = 0;
  Time disturbed_{};           // the last time when a hold timer could miss messages
  std::uint64_t expired_ = 0;  // hold timers, at the last look
  // Pairs of neighbors without octets on their way, at some time since the last activity.
  std::set<std::pair<Host, Host>> quiet_;
  std::uint64_t activity_ = 0;
  std::set<std::pair<Host, Host>> up_;  // sessions, at the last look
};

// Calls fn(a, b) for every two hosts that are neighbors.
template <typename Fn>
void Fleet::for_each_pair(Fn&& fn) const {
  for (Host a = 0; a < plan_.routers(); ++a) {
    for (Host b = a + 1; b < plan_.routers(); ++b) {
      if (plan_.peers(a, b)) fn(a, b);
    }
  }
  for (Partner partner = 0; partner < plan_.size.partners; ++partner) {
    for (const Pop pop : plan_.partners[partner].pops) fn(pop, plan_.host_of(partner));
  }
}

}  // namespace tern::sim::fleet
