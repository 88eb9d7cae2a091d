// The circuits of this router, with their states, since when, and why.
//
// A change of state counts when it has lasted for the hold time, so that a flap of a session is no
// change. A heavier state has a hold time of its own: a pair that was degraded for long, and is
// down for a moment, is degraded. The first state of a circuit that is not redundant counts after
// kFirstTime, because its sessions may be about to come up. For the same reason a session that has
// never been Established is missed kFirstTime after it was seen first.
//
// The book takes about 600 octets for a circuit and 200 for a session. Threads may use the book in
// turn. Times are arguments, in Unix seconds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/states/circuit.h"
#include "rib/types/peer.h"

namespace tern::states {

class CircuitBook {
 public:
  static constexpr std::uint32_t kFirstTime = 60;  // seconds

  struct Circuit {
    bool configured = false;    // by `circuit`; else the sessions of an AS
    Asn partner = 0;            // 0: unknown
    std::uint32_t first = 0;    // Unix seconds, like the next one: when the circuit was seen first
    std::uint32_t since = 0;    // when the state began
    CircuitFinding finding;     // the state that counts, with the last evidence for it
    std::uint64_t changes = 0;  // of the state, ever
    std::set<PeerSlot> sessions;

   private:
    friend class CircuitBook;
    // By state: since when all findings had this state or a heavier one; 0: the last had not.
    std::array<std::uint32_t, kCircuitStates> at_least{};
    std::uint32_t lighter_since = 0;  // 0: the last finding was not lighter than what counts
  };
  // By key: the name, or "AS 64501". A configured name has no blank.
  using Circuits = std::map<std::string, Circuit, std::less<>>;

  void set_hold(std::uint32_t seconds) { hold_ = seconds; }
  // Adds or changes the session of a neighbor. asn or circuit of the session is set.
  void see(PeerSlot slot, CircuitSession session, std::uint32_t now);
  // The neighbor belongs to no circuit. A circuit without sessions is forgotten.
  void forget(PeerSlot slot);
  // Judges circuits whose sessions changed, and those whose hold time may be over. Goes on until
  // these circuits have `most` sessions or more. True: some are left for another call.
  [[nodiscard]] bool settle(std::uint32_t now, std::size_t most);

  [[nodiscard]] const Circuits& circuits() const { return circuits_; }
  // Null: the neighbor belongs to no circuit.
  [[nodiscard]] const CircuitSession* session(PeerSlot slot) const {
    return slot < by_slot_.size() && by_slot_[slot] ? &by_slot_[slot]->session : nullptr;
  }
  [[nodiscard]] const CircuitCounts& counts() const { return counts_; }

 private:
  struct Known {
    CircuitSession session;
    Circuits::iterator circuit;
    std::uint32_t first = 0;  // Unix seconds when the session was seen first
  };
  void leave(PeerSlot slot);
  // True: the circuit has to be judged again when some time has passed.
  [[nodiscard]] bool judge(Circuit& circuit, std::uint32_t now);
  // The session has never been up, and may be about to come up.
  [[nodiscard]] static bool is_awaited(const Known& known, std::uint32_t now);
  // Another state than the one that counts, which has lasted as long as it must; nullopt: none.
  [[nodiscard]] std::optional<CircuitState> lasting(CircuitState found, Circuit& circuit,
                                                    std::uint32_t now) const;
  void count(const Circuit& circuit, std::uint64_t change);

  std::uint32_t hold_ = 3;
  Circuits circuits_;
  std::vector<std::optional<Known>> by_slot_;
  std::set<std::string> waiting_;  // keys of circuits to judge
  std::string next_;               // the key in waiting_ to go on at; empty: at the first
  CircuitCounts counts_;
};

}  // namespace tern::states
