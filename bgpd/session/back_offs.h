// Addresses of the dynamic ranges that failed to become neighbors, and how long each has to wait:
// the idle hold of a listed neighbor's machine (fsm/peer_fsm.h), for addresses without a machine.
// Internal to bgpd/session; loop thread only.
//
// Any host in a range can add an entry, so BackOffs holds kMost addresses and forgets the one that
// failed longest ago.
#pragma once

#include <cstdint>
#include <list>
#include <map>

#include "bgpd/session/settings.h"

namespace tern::session {

class BackOffs {
 public:
  static constexpr std::size_t kMost = 4096;

  enum class Failure : std::uint8_t {
    Soft,  // the connection ended: no wait the first times, as in fsm::kFreeSoftEnds
    Hard,  // an error of the protocol
  };

  // The next wait of the address begins. Times are steady nanoseconds.
  void failed(const PeerAddress& who, Failure failure, const fsm::FsmConfig& config,
              std::uint64_t now);
  [[nodiscard]] bool waits(const PeerAddress& who, std::uint64_t now) const;
  // The address is a neighbor now.
  void forget(const PeerAddress& who);
  // Forgets addresses whose wait ended at least idle_hold_max ago.
  void tidy(std::uint64_t now);
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    PeerAddress who;
    unsigned soft = 0;
    unsigned doubled = 0;  // failures that made the wait longer
    std::uint64_t until = 0;
    std::uint64_t forgotten = 0;
  };
  using Entries = std::list<Entry>;

  Entries entries_;  // in the order of their last failure
  std::map<PeerAddress, Entries::iterator> by_address_;
};

}  // namespace tern::session
