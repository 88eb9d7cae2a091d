// Control communities: with these a client of a route server controls, for a single route, the
// peers that the route is announced to and the prepends for each peer. The numbers are those of
// Euro-IX and IXP Manager, with RS for the route server's AS number:
//
//                               large             standard and extended (route target)
//     not to PEER               RS:0:PEER         0:PEER
//     to PEER                   RS:1:PEER         RS:PEER
//     to nobody                 RS:0:0            0:RS
//     to everybody              RS:1:0            RS:RS
//     prepend 1..3 to PEER      RS:101..103:PEER  65501..65503:PEER
//     prepend 1..3 to everybody RS:101..103:0     65501..65503:RS
//
// Precedence. The kinds and the order of the communities make no difference; for each peer
//   1. "not to PEER" withholds the route, whatever other communities it has;
//   2. else "to PEER" announces it;
//   3. else "to nobody" withholds it, also if the route has "to everybody", too;
//   4. else it is announced.
// ControlCommunities reads two more spellings that members of other exchanges use for all peers:
//
//     to nobody                                   RS:0
//     any large community for everybody or nobody, with RS in place of the last 0
//
// Both are unambiguous: AS 0 is no peer (RFC 7607), and the route server is no peer of its own.
//
// So "to PEER" has an effect only together with "to nobody", and "to everybody" never has one: both
// are read because clients send them, and removed like the others. Of the prepends that name the
// peer the greatest counts; prepends for everybody count only for a peer that no prepend names.
//
// A number that does not fit its field cannot be expressed. Standard communities name peers below
// 65536. If RS is 65536 or more, standard and extended communities have no "to PEER" and no "to
// everybody", and standard ones have no form for all peers. An extended community has space for a
// PEER (and for the RS of "to nobody") of 32 bits.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rib/types/asn.h"
#include "rib/types/path_attributes.h"

namespace tern::policy {

struct ControlSource {
  Asn asn = 0;  // RS
  bool standard = true;
  bool extended = false;  // two-octet AS specific route targets (RFC 4360 sections 3.1 and 4)
  bool large = true;
  // Whether some kind is read.
  [[nodiscard]] bool any() const { return standard || extended || large; }
  // RS is one of the numbers that mean "prepend" in communities of two fields: "RS:PEER" has both
  // meanings.
  [[nodiscard]] bool ambiguous() const;
  friend bool operator==(const ControlSource&, const ControlSource&) = default;
};

// Whether RS:function:PEER is a control community.
[[nodiscard]] bool is_control_function(std::uint32_t function);

// Immutable, safe from any thread.
class ControlCommunities {
 public:
  explicit ControlCommunities(ControlSource source) : source_(source) {}

  struct Decision {
    bool announce = true;
    std::uint8_t prepend = 0;  // times; 0 where the route is not announced
    friend bool operator==(const Decision&, const Decision&) = default;
  };

  // The control communities of one attribute set. Equal plans decide equally, and plans that decide
  // equally for every peer are equal.
  struct Plan {
    struct Peer {
      Asn asn = 0;
      bool announce = true;
      std::uint8_t prepend = 0;
      friend bool operator==(const Peer&, const Peer&) = default;
    };

    bool announce = true;  // to peers not named
    std::uint8_t prepend = 0;
    std::vector<Peer> peers;  // sorted by asn; peers that differ from the others

    // Announced to all, and prepended for none.
    [[nodiscard]] bool trivial() const { return announce && prepend == 0 && peers.empty(); }
    [[nodiscard]] Decision decide(Asn peer) const;
    friend bool operator==(const Plan&, const Plan&) = default;
  };

  // Overwrites `out` and keeps its memory. Other communities in `attributes`, and communities of a
  // kind that is off, have no effect.
  void plan(const PathAttributes& attributes, Plan& out) const;

  // Removes every control community, also without effect: they are for the route server, not for
  // its clients. All standard communities RS:* are control communities, so the route server's own
  // communities for clients must be large communities of other functions.
  void scrub(PathAttributes& attributes) const;

  friend bool operator==(const ControlCommunities&, const ControlCommunities&) = default;

 private:
  // The meaning of one community.
  struct Word {
    bool for_all = false;
    Asn peer = 0;              // when for_all is false; 0 is no peer (RFC 7607)
    bool announce = true;      // not used if the word is a prepend
    std::uint8_t prepend = 0;  // 0: the word is about announcing
  };
  // Nothing if the community is no control community.
  [[nodiscard]] std::optional<Word> read(Community community) const;
  [[nodiscard]] std::optional<Word> read(ExtendedCommunity community) const;
  [[nodiscard]] std::optional<Word> read(const LargeCommunity& community) const;
  [[nodiscard]] std::optional<Word> read_pair(std::uint16_t high, std::uint32_t low) const;

  template <typename Value>
  void collect(const std::vector<Value>& communities, Plan& out) const;
  template <typename Value>
  void scrub(std::vector<Value>& communities) const;

  ControlSource source_;
};

}  // namespace tern::policy
