// The speaker under test: everything of Tern but its sockets. A Link for each neighbor, judged and
// stored by its Import, ranked in the shards, advertised by the fan-outs, written as far as the
// simulated sockets take it. Work over the table happens in slices at random times.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/fanouts.h"
#include "bgpd/pipeline/import.h"
#include "tests/model/naive_rib.h"
#include "tests/sim/link.h"

namespace tern::sim {

// What the router is told of a neighbor.
struct Neighbor {
  model::Client client;
  model::Policies policies;
  bool passive = false;  // the router waits for it to connect
  friend bool operator==(const Neighbor& a, const Neighbor& b) {
    return a.client == b.client && a.passive == b.passive &&
           a.policies.import == b.policies.import && a.policies.export_ == b.policies.export_;
  }
};

class Router {
 public:
  static constexpr Host kHost = 0;  // neighbors are the hosts of their slots

  // most_lag: octets in the logs before a client is told the present state instead.
  Router(Network& network, std::size_t shards, std::uint64_t most_lag);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // Adds the neighbor, or gives it another configuration: its session starts anew.
  void configure(const Neighbor& neighbor);
  void disable(PeerSlot slot);
  void enable(PeerSlot slot);
  void reset(PeerSlot slot);
  // Asks the neighbor for its routes.
  void ask_for_refresh(PeerSlot slot);
  void clock_stepped();
  void lose_power();

  [[nodiscard]] Link* link(PeerSlot slot);
  [[nodiscard]] bool established(PeerSlot slot) {
    return link(slot) != nullptr && link(slot)->established();
  }
  // Nothing waits to be done that does not wait for a neighbor.
  [[nodiscard]] bool calm();
  // What is against a bound or a promise at present.
  [[nodiscard]] std::optional<std::string> wrong();
  // What is left although no session stands and the router is calm.
  [[nodiscard]] std::optional<std::string> left();
  [[nodiscard]] std::uint64_t paths() const;

 private:
  class Session;

  [[nodiscard]] Session* session(PeerSlot slot);
  void work_later();
  void work();
  void work_on(std::size_t shard);
  void pump(Session& session);

  Network& network_;
  rib::Shards shards_;
  std::unique_ptr<pipeline::Fanouts> fanouts_;
  std::map<PeerSlot, std::unique_ptr<Session>> sessions_;
  std::vector<rib::DestId> sweeps_;                     // by shard: where the sweep goes on
  std::map<PeerSlot, std::vector<rib::DestId>> ranks_;  // by slot and shard: of one that came back
                                                        // as another router
  std::shared_ptr<bool> working_ = std::make_shared<bool>(false);  // a turn is on the agenda
};

}  // namespace tern::sim
