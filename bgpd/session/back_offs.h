// Which addresses of the dynamic ranges failed to become neighbors, and how long each has to wait:
// what a machine keeps for a listed neighbor (idle hold, fsm/peer_fsm.h), for those that have none.
// Internal to bgpd/session; loop thread only.
//
// Strangers fill it, so it holds kMost addresses and forgets the one that failed longest ago.
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
    Soft,  // the connection ended: free a few times, as in fsm::kFreeSoftEnds
    Hard,  // an error of the protocol
  };

  // The next wait of the address begins. Times are steady nanoseconds.
  void failed(const PeerAddress& who, Failure failure, const fsm::FsmConfig& config,
              std::uint64_t now);
  [[nodiscard]] bool waits(const PeerAddress& who, std::uint64_t now) const;
  // It is a neighbor now.
  void forget(const PeerAddress& who);
  // Forgets those that have waited, and idle_hold_max more.
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
