// The conditions of a term, compiled: small immutable objects that hold for a route or not.
//
// The alternatives of Condition are in the order of their cost, and a term evaluates them in that
// order. All must hold and none has an effect, so the order changes only the time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "policy/as_path_regex.h"
#include "policy/as_set.h"
#include "policy/community_match.h"
#include "policy/policy.h"
#include "policy/prefix_set.h"

namespace tern::policy {

// RFC 4271 section 5.1.5 leaves the default to us; all implementations use 100.
inline constexpr std::uint32_t kDefaultLocalPref = 100;

// The input of a condition, with the attributes as changed by earlier terms.
struct View {
  const Route& route;
  const PeerFacts& peer;
  const PathAttributes& attributes;
  const Answers& answers;
  std::size_t first_question = 0;  // the number of the program's first question
};

// Sets of the configuration that a condition names; shared by all policies, compared by content.
template <typename Set>
struct SetRefs {
  std::vector<std::shared_ptr<const Set>> sets;  // never null

  friend bool operator==(const SetRefs& a, const SetRefs& b) {
    if (a.sets.size() != b.sets.size()) return false;
    for (std::size_t i = 0; i < a.sets.size(); ++i) {
      if (a.sets[i] != b.sets[i] && !(*a.sets[i] == *b.sets[i])) return false;
    }
    return true;
  }
};

struct FamilyIs {
  Family family = Family::Ipv4Unicast;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const FamilyIs&, const FamilyIs&) = default;
};

struct OriginIs {
  Origin origin = Origin::Igp;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const OriginIs&, const OriginIs&) = default;
};

// The route is one of this router, or is none.
struct OwnIs {
  bool own = true;
  [[nodiscard]] bool holds(const View& view) const { return view.route.own == own; }
  friend bool operator==(const OwnIs&, const OwnIs&) = default;
};

// The state of origin validation is one of some.
struct RpkiIs {
  std::uint8_t states = 0;  // a bit for each
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const RpkiIs&, const RpkiIs&) = default;
};

// A number of the attributes in a closed range.
struct NumberIn {
  enum class What : std::uint8_t { LocalPref, Med, AsPathLength } what = What::LocalPref;
  NumberPattern range;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const NumberIn&, const NumberIn&) = default;
};

// The metro of the path, or its egress PoP, is one of these.
struct PlaceIn {
  enum class What : std::uint8_t { Metro, Egress } what = What::Metro;
  std::vector<std::uint16_t> places;  // sorted
  std::vector<std::string> names;     // for same(), because a reload may renumber places
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const PlaceIn&, const PlaceIn&) = default;
};

struct PeerIn {
  std::vector<std::string> names;    // sorted
  std::vector<IpAddress> addresses;  // sorted
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const PeerIn&, const PeerIn&) = default;
};

struct GroupIn {
  std::vector<std::string> names;  // sorted
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const GroupIn&, const GroupIn&) = default;
};

// An address of the session or of the path inside some prefixes.
struct AddressIn {
  enum class What : std::uint8_t { Peer, NextHop } what = What::Peer;
  PrefixSet prefixes;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const AddressIn&, const AddressIn&) = default;
};

// An AS of the path in one of the sets.
struct AsIn {
  enum class What : std::uint8_t { Origin, Neighbour, Anywhere } what = What::Origin;
  SetRefs<AsSet> refs;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const AsIn&, const AsIn&) = default;
};

// A question about the prefix, asked before the evaluation (Chain::ask()).
struct PrefixIn {
  SetRefs<PrefixSet> refs;
  std::size_t question = 0;  // of its program; Program writes the number
  [[nodiscard]] bool contains(const Prefix& prefix) const;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const PrefixIn&, const PrefixIn&) = default;
};

struct CommunityHas {
  enum class What : std::uint8_t { Any, None } what = What::Any;
  SetRefs<CommunityMatcher> refs;
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const CommunityHas&, const CommunityHas&) = default;
};

struct CommunityHasAll {
  std::vector<CommunityMatcher> each;  // of one pattern
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const CommunityHasAll&, const CommunityHasAll&) = default;
};

struct AsPathMatches {
  std::shared_ptr<const AsPathRegex> regex;  // never null; shared by the copies of a program
  [[nodiscard]] bool holds(const View& view) const;
  friend bool operator==(const AsPathMatches& a, const AsPathMatches& b) {
    return *a.regex == *b.regex;
  }
};

using Condition =
    std::variant<FamilyIs, OwnIs, OriginIs, RpkiIs, NumberIn, PlaceIn, GroupIn, PeerIn, AddressIn,
                 AsIn, PrefixIn, CommunityHas, CommunityHasAll, AsPathMatches>;

[[nodiscard]] bool holds(const Condition& condition, const View& view);

}  // namespace tern::policy
