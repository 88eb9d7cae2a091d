// The neighbors of a speaker: members by slot and by address, and neighbors that left, whose slots
// are in use until their routes are gone. Internal to bgpd/session; loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgpd/session/peer.h"
#include "rib/types/ip_address.h"

namespace tern::session {

class Neighbors {
 public:
  explicit Neighbors(const Peer::Environment& environment)
      : environment_(environment), slots_(kOwnSlot + 1U) {}
  Neighbors(const Neighbors&) = delete;
  Neighbors& operator=(const Neighbors&) = delete;

  // ---- Finding neighbors

  // By slot; null: free, or kOwnSlot. A neighbor that left is in its slot until its routes are
  // gone.
  [[nodiscard]] const std::vector<std::unique_ptr<Peer>>& slots() const { return slots_; }
  // Null: the slot is free.
  [[nodiscard]] Peer* at(PeerSlot slot) const {
    return slot < slots_.size() ? slots_[slot].get() : nullptr;
  }
  // Neighbors that have not left, in order of slot. The caller may remove some meanwhile.
  [[nodiscard]] std::vector<Peer*> members() const;
  // The slots of members whose routes need a resolved next hop.
  [[nodiscard]] rib::ClientSet resolving() const;
  // In order of address.
  [[nodiscard]] std::vector<Peer*> sorted() const;
  // The member with that address and link, or interface; null: there is none.
  [[nodiscard]] Peer* member(const boost::asio::ip::address& address) const;
  [[nodiscard]] Peer* member(const PeerAddress& who) const;
  // The member with that name or address; null: there is none, or neighbors on two links have the
  // address.
  [[nodiscard]] Peer* find(std::string_view neighbor) const;
  // Increases when neighbors come, go, or get new settings.
  [[nodiscard]] std::uint64_t membership() const { return membership_; }
  void note_new_settings() { ++membership_; }

  // ---- Coming and going

  // There is room for one more neighbor.
  [[nodiscard]] bool has_slot() const;
  // Requires has_slot(). The caller starts the neighbor.
  Peer& add(PeerSettings settings, bool dynamic);
  // Requires a member.
  void remove(Peer& peer);
  // Frees the slots of neighbors that left, whose connections are closed and whose routes are gone.
  // Calls freed() for each slot, in a visit.
  void free_departed(std::function<void(PeerSlot)> freed);

  // Sends the KEEPALIVEs that are due, at most every 100 ms: in a flood the timers of the loop are
  // late.
  void keep_alive();

 private:
  const Peer::Environment environment_;
  std::vector<std::unique_ptr<Peer>> slots_;
  // Slots of the members. Link-local neighbors of several links may have one address.
  std::unordered_multimap<IpAddress, PeerSlot> by_address_;
  std::vector<PeerSlot> departed_;  // of neighbors that left
  std::uint64_t membership_ = 0;
  std::uint64_t kept_alive_ = 0;  // steady nanoseconds
};

}  // namespace tern::session
