// All circuits of this router, with their states, since when, and why.
//
// A change of state counts when it has lasted for the hold time, so that a flap of a session is no
// change. The first state of a circuit that is not redundant counts after kFirstTime, because its
// sessions may be about to come up.
//
// A circuit takes about 600 octets, and a session 200 more. One thread at a time uses a book. Time
// is an argument, in Unix seconds.
#pragma once

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
    std::uint32_t unsettled_since = 0;  // 0: the last finding has the state that counts
  };
  // By key: the name, or "AS 64501". A configured name has no blank.
  using Circuits = std::map<std::string, Circuit, std::less<>>;

  void set_hold(std::uint32_t seconds) { hold_ = seconds; }
  // Adds or changes the session of a neighbor. asn or circuit of the session is set.
  void see(PeerSlot slot, CircuitSession session, std::uint32_t now);
  // The neighbor belongs to no circuit. A circuit without sessions is forgotten.
  void forget(PeerSlot slot);
  // Judges circuits whose sessions changed, and those whose hold time may be over; `most` of them.
  // True: some are left for another call.
  [[nodiscard]] bool settle(std::uint32_t now, std::size_t most);

  [[nodiscard]] const Circuits& circuits() const { return circuits_; }
  // Null: the neighbor belongs to no circuit.
  [[nodiscard]] const CircuitSession* session(PeerSlot slot) const {
    return slot < by_slot_.size() && by_slot_[slot] ? &by_slot_[slot]->session : nullptr;
  }
  // The circuit of which this session is the first. end(): the session is not the first one.
  [[nodiscard]] Circuits::const_iterator first_session_of(PeerSlot slot) const;
  [[nodiscard]] const CircuitCounts& counts() const { return counts_; }

 private:
  struct Known {
    CircuitSession session;
    Circuits::iterator circuit;
  };
  void leave(PeerSlot slot);
  void judge(Circuit& circuit, std::uint32_t now);
  [[nodiscard]] bool has_lasted(CircuitState state, Circuit& circuit, std::uint32_t now) const;
  void count(const Circuit& circuit, std::uint64_t change);

  std::uint32_t hold_ = 3;
  Circuits circuits_;
  std::vector<std::optional<Known>> by_slot_;
  std::set<std::string> waiting_;  // keys of circuits to judge
  std::string next_;               // the key in waiting_ to go on at; empty: at the first
  CircuitCounts counts_;
};

}  // namespace tern::states
