// Control communities: what a client of a route server tells it about single routes, namely whom
// to announce them to and whom to prepend for. The numbers are those of Euro-IX and IXP Manager,
// with RS for the route server's AS number:
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
//   1. "not to PEER" keeps the route from it, whatever else is said;
//   2. else "to PEER" announces it;
//   3. else "to nobody" keeps it back, also where "to everybody" stands beside it;
//   4. else it is announced.
// ControlCommunities reads two more spellings that members of other exchanges use for all peers:
//
//     to nobody                                   RS:0
//     any large community for everybody or nobody, with RS in place of the last 0
//
// Both are unambiguous: AS 0 is no peer (RFC 7607), and the route server is no peer of its own.
//
// So "to PEER" does something only beside "to nobody", and "to everybody" never does: both are
// read because clients send them, and removed as the others are. Of the prepends that name the
// peer the greatest holds; those for everybody count only for a peer that none names.
//
// A number that fits no field cannot be said: standard communities name peers below 65536, and
// where RS is above that neither standard nor extended ones have "to PEER" and "to everybody", nor
// standard ones anything that is for all. An extended one holds a PEER (and the RS of "to nobody")
// of 32 bits.
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
  // Some kind is read at all.
  [[nodiscard]] bool any() const { return standard || extended || large; }
  // RS is one of the numbers that say "prepend" where two fields have to do: "RS:PEER" is both.
  [[nodiscard]] bool ambiguous() const;
  friend bool operator==(const ControlSource&, const ControlSource&) = default;
};

// Whether RS:function:PEER says something.
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

  // What one attribute set asks for. Equal plans decide equally, and plans that decide equally
  // for every peer are equal.
  struct Plan {
    struct Peer {
      Asn asn = 0;
      bool announce = true;
      std::uint8_t prepend = 0;
      friend bool operator==(const Peer&, const Peer&) = default;
    };

    bool announce = true;  // to peers not named
    std::uint8_t prepend = 0;
    std::vector<Peer> peers;  // sorted by asn; those that differ from the others

    // Announced to all, and prepended for none.
    [[nodiscard]] bool trivial() const { return announce && prepend == 0 && peers.empty(); }
    [[nodiscard]] Decision decide(Asn peer) const;
    friend bool operator==(const Plan&, const Plan&) = default;
  };

  // Overwrites `out` and keeps its memory. `attributes` may carry anything: what is no control
  // community, or of a kind that is off, says nothing.
  void plan(const PathAttributes& attributes, Plan& out) const;

  // Removes every control community, those without effect too: they are for the route server, not
  // for whom it tells. All of RS:* is among the standard ones, so what the route server itself has
  // to say about a route belongs into large communities of other functions.
  void scrub(PathAttributes& attributes) const;

  friend bool operator==(const ControlCommunities&, const ControlCommunities&) = default;

 private:
  // One community, read.
  struct Word {
    bool for_all = false;
    Asn peer = 0;              // when for_all is false; 0 is no peer (RFC 7607)
    bool announce = true;      // means nothing where the word is a prepend
    std::uint8_t prepend = 0;  // 0: the word is about announcing
  };
  // Nothing where it is no control community.
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
