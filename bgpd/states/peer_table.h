// The neighbors, as far as the states of prefixes read them. Used by one thread at a time. Internal
// to bgpd/states.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/family.h"
#include "rib/types/peer.h"

namespace tern::states {

struct PeerFacts {
  std::string address;  // the key of its events
  std::string name;
  PeerKind kind = PeerKind::Ebgp;
  bool between_pops = false;
  bool enforce_first_as = true;
  std::optional<Role> role;       // ours towards the neighbor
  bool graceful_shutdown = true;  // the community of RFC 8326 counts
  bool shut_down = false;         // by configuration or command, or by a prefix limit
  bool held_by_limit = false;
  // An operator drains the neighbor, or the whole PoP.
  enum class Drain : std::uint8_t { None, Neighbor, Pop };
  Drain drain = Drain::None;
  bool negotiated = false;  // asn and families are those of a session, present or past
  Asn asn = 0;              // 0: unknown
  FamilySet families;
  std::uint32_t router = 0;  // BGP Identifier of the last session; 0: unknown

  // Whether a neighbor of this kind belongs to a partner.
  [[nodiscard]] bool is_partner() const { return !is_ibgp(kind) && !between_pops && asn != 0; }
  // Whether a neighbor of this kind is expected to send the prefixes of a partner.
  [[nodiscard]] bool is_of_partner() const { return is_partner() && !shut_down; }
  friend bool operator==(const PeerFacts&, const PeerFacts&) = default;
};

class PeerTable {
 public:
  // nullopt: the slot has no neighbor.
  void set(PeerSlot slot, std::optional<PeerFacts> facts);
  // Null: the slot has no neighbor.
  [[nodiscard]] const PeerFacts* at(PeerSlot slot) const {
    return slot < by_slot_.size() && by_slot_[slot] ? &*by_slot_[slot] : nullptr;
  }
  // Calls fn(slot, facts) for each neighbor of the AS that is_partner(), in the order of slots.
  template <typename Fn>
  void for_each_configured_of(Asn partner, Fn&& fn) const {
    for (auto at = of_partners_.lower_bound({partner, PeerSlot{0}});
         at != of_partners_.end() && at->first == partner; ++at) {
      fn(at->second, *by_slot_[at->second]);
    }
  }
  // The same for those that is_of_partner().
  template <typename Fn>
  void for_each_of(Asn partner, Fn&& fn) const {
    for_each_configured_of(partner, [&fn](PeerSlot slot, const PeerFacts& facts) {
      if (facts.is_of_partner()) fn(slot, facts);
    });
  }

 private:
  std::vector<std::optional<PeerFacts>> by_slot_;
  std::set<std::pair<Asn, PeerSlot>> of_partners_;
};

}  // namespace tern::states
