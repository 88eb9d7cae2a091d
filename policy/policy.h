// Routing policy: named lists of terms, compiled once into an immutable program and evaluated
// purely (same route, same peer: same verdict).
//
// compile() makes Programs of Source structures (the text of the configuration). Each peer and
// direction has a chain of programs. The first program that decides ends the evaluation; if none
// decides, the route is rejected (in the spirit of RFC 8212). Programs are shared, const and safe
// from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "policy/guard.h"
#include "policy/places.h"
#include "policy/vrp.h"
#include "rib/types/hash.h"
#include "rib/types/location.h"
#include "rib/types/path_attributes.h"
#include "rib/types/peer.h"
#include "rib/types/prefix.h"
#include "rib/types/reason.h"
#include "rib/types/result.h"

namespace tern::policy {

class VrpTable;

// ---- Source: the configuration after parsing of its scalars.

// A prefix with a range of lengths: "10.0.0.0/8" is ge = le = 8; "10.0.0.0/8 ge 16 le 24".
struct PrefixRange {
  Prefix prefix;
  std::uint8_t ge = 0;  // prefix.length() <= ge <= le <= address bits
  std::uint8_t le = 0;
  friend bool operator==(const PrefixRange&, const PrefixRange&) = default;
};

struct PrefixSetSource {
  std::string name;
  std::vector<PrefixRange> entries;
};

// One field of a community pattern: a number, a closed range, or anything.
struct NumberPattern {
  std::uint32_t low = 0;
  std::uint32_t high = 0xFFFFFFFF;
  [[nodiscard]] bool matches(std::uint32_t value) const { return value >= low && value <= high; }
  friend bool operator==(const NumberPattern&, const NumberPattern&) = default;
};
// "65000:*", "no-export", "65000:100-199"
struct CommunityPattern {
  std::array<NumberPattern, 2> fields;
  friend bool operator==(const CommunityPattern&, const CommunityPattern&) = default;
};
// "65000:1:*"
struct LargeCommunityPattern {
  std::array<NumberPattern, 3> fields;
  friend bool operator==(const LargeCommunityPattern&, const LargeCommunityPattern&) = default;
};
// "rt:65000:*", "rt:65000:100-199", "rt:*"; mask selects the bits that must be equal ("*" clears
// the local part), and `local` restricts the local part (two-octet AS: the low 32 bits; other
// types: the low 16 bits).
struct ExtendedCommunityPattern {
  std::uint64_t value = 0;
  std::uint64_t mask = ~std::uint64_t{0};
  NumberPattern local;
  friend bool operator==(const ExtendedCommunityPattern&,
                         const ExtendedCommunityPattern&) = default;
};
using AnyCommunityPattern =
    std::variant<CommunityPattern, ExtendedCommunityPattern, LargeCommunityPattern>;
using AnyCommunity = std::variant<Community, ExtendedCommunity, LargeCommunity>;

// Text of either kind of pattern: two fields are standard, three are large, "rt:" / "ro:" /
// "generic:" / "ext:" extended. "ext:" may stand before any extended form ("ext:rt:65000:1") and
// before the two words of "generic:". A pattern writes "*" or "low-high" in place of a number;
// extended ones in the last field, or "rt:*" for every route target.
[[nodiscard]] std::optional<AnyCommunityPattern> parse_community_pattern(std::string_view text);
[[nodiscard]] std::optional<AnyCommunity> parse_any_community(std::string_view text);

struct CommunitySetSource {
  std::string name;
  std::vector<AnyCommunityPattern> any_of;
};

struct AsSetSource {
  std::string name;
  std::vector<std::pair<Asn, Asn>> ranges;  // closed
};

// Every condition that is present must hold; a term without conditions always matches.
struct MatchSource {
  std::vector<std::string> prefix_sets;              // in any of
  std::vector<PrefixRange> prefixes;                 // in any of (together with prefix_sets)
  std::vector<std::string> community_sets;           // has one of any of these sets
  std::vector<AnyCommunityPattern> communities;      // has any (together with community_sets)
  std::vector<AnyCommunityPattern> all_communities;  // has every one
  std::vector<AnyCommunityPattern> no_communities;   // has none
  std::optional<std::pair<std::uint32_t, std::uint32_t>> as_path_length;  // closed range
  std::optional<std::string> as_path_regex;  // over to_string(); "_" as in Cisco / FRR
  std::vector<std::string> origin_as_sets;   // origin AS in any of
  std::vector<std::pair<Asn, Asn>> origin_as;
  std::vector<std::string> neighbour_as_sets;
  std::vector<std::pair<Asn, Asn>> neighbour_as;
  std::vector<std::string> as_path_contains_sets;
  std::vector<std::pair<Asn, Asn>> as_path_contains;
  std::optional<Origin> origin;
  std::vector<Prefix> next_hops;  // next hop inside any of
  std::optional<Family> family;
  std::vector<std::string> peers;  // name or address
  std::vector<std::string> groups;
  std::vector<Prefix> peer_addresses;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> local_pref;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> med;
  std::vector<std::string> metros;       // the place of the path's users is one of (names)
  std::vector<std::string> countries;    // that place is one of these, or lies in one
  std::vector<std::string> regions;      // likewise
  std::vector<std::string> egress_pops;  // the path's egress PoP is one of (names)
  std::vector<OriginState> rpki;         // the state of origin validation is one of
  std::optional<bool> own;               // this router originates the route, or learned it
};

struct SetNumber {  // med: { set | add | subtract }
  // EgressCost: the cost of the route in microseconds (EgressInfo), divided by `value`, which is
  // not 0. Without a cost the action has no effect.
  enum class Op : std::uint8_t { Set, Add, Subtract, EgressCost } op = Op::Set;
  std::uint32_t value = 0;
  friend bool operator==(const SetNumber&, const SetNumber&) = default;
};

// Applied in the order of the members. Add and Subtract stop at the ends of the 32-bit range. An
// absent LOCAL_PREF counts as 100 and an absent MED as 0, also in conditions (as in the decision
// process). An IPv4 address never becomes the next hop of an IPv6 prefix: such an action has no
// effect on the prefix.
struct ActionSource {
  std::optional<SetNumber> local_pref;
  std::optional<SetNumber> med;
  bool clear_med = false;
  std::optional<SetNumber> aigp;  // RFC 7311; Set or EgressCost
  std::optional<Origin> origin;
  std::optional<IpAddress> next_hop;
  bool next_hop_self = false;  // of an export policy
  struct Prepend {
    std::optional<Asn> asn;
    std::uint32_t times = 1;  // 1..255
    friend bool operator==(const Prepend&, const Prepend&) = default;
  };  // asn unset: our own
  std::optional<Prepend> prepend;
  std::vector<AnyCommunityPattern> remove_communities;
  std::vector<std::string> remove_community_sets;
  bool clear_communities = false;             // all three kinds
  std::vector<AnyCommunity> add_communities;  // "replace" is clear or remove, then add
};

struct TermSource {
  std::string name;  // "" prints as its position, "#3"
  MatchSource match;
  ActionSource actions;
  enum class Then : std::uint8_t { Continue, Accept, Reject } then = Then::Continue;
  std::string reject_reason;  // of Reject only: a word of the operator's choice, shown in tables
                              // and metrics
};

struct PolicySource {
  std::string name;
  std::vector<TermSource> terms;
};

struct Sources {
  std::vector<PrefixSetSource> prefix_sets;
  std::vector<CommunitySetSource> community_sets;
  std::vector<AsSetSource> as_sets;
  std::vector<PolicySource> policies;
  // Names that match.metros and match.egress_pops may use; index = MetroId / PopId.
  std::vector<std::string> metros;
  std::vector<std::string> pops;
  // Countries and regions that match.countries and match.regions may use.
  struct Area {
    PlaceKind kind = PlaceKind::Country;
    std::string name;
    std::vector<MetroId> places;  // itself, and all places in it (policy/places.h)
  };
  std::vector<Area> areas;
};

// ---- Evaluation

// The neighbor that a policy is evaluated for: the sender on import, the receiver on export. A
// route that this router originates has no sender: its facts are empty but for our AS number.
struct PeerFacts {
  std::string name;
  std::string group;
  IpAddress address;
  std::string zoned_address;  // "fe80::1%eth0" of a link-local neighbor; empty for others
  Asn asn = 0;
  Asn local_asn = 0;
  IpAddress local_address;     // written by next_hop_self
  IpAddress local_address_v6;  // the same for IPv6 prefixes on a session over IPv4
  friend bool operator==(const PeerFacts&, const PeerFacts&) = default;
};

struct Route {
  const Prefix& prefix;
  const PathAttributes& attributes;
  EgressInfo egress;
  Family family = unicast(prefix.address().version());
  bool own = false;  // this router originates the route
};

// The answers to a chain's questions about a route, found before the evaluation (Chain::ask()). The
// verdict on an attribute set is equal for all prefixes of a family with equal answers.
struct Answers {
  static constexpr std::size_t kMost = 64;
  std::uint64_t yes = 0;  // a bit for each question about the prefix, by number
  OriginState origin = OriginState::NotValidated;
  // The place of the prefix by a geofeed (Geofeed::find()). Set by the caller if geofeeds count.
  std::optional<MetroId> place;
  // The measured round trip from the exit of the path to the prefix (EgressCosts::measured_to());
  // set by the caller, where there are measurements.
  EgressCost measured = kUnknownCost;
  // Of the guard of registered prefixes (RegistrationTable::judge()); set by the caller, where
  // there are registrations.
  GuardVerdict guard;
  friend bool operator==(const Answers&, const Answers&) = default;
  // 0 for the answers of a chain without questions.
  [[nodiscard]] std::uint64_t hash() const {
    constexpr auto kNone = static_cast<std::uint64_t>(OriginState::NotValidated);
    const std::uint64_t of_guard = static_cast<std::uint64_t>(guard.suspicion) |
                                   static_cast<std::uint64_t>(guard.action) << 4U |
                                   static_cast<std::uint64_t>(guard.order) << 6U |
                                   std::uint64_t{guard.pin} << 8U |
                                   std::uint64_t{guard.by_fallback} << 24U;
    const std::uint64_t state = (static_cast<std::uint64_t>(origin) ^ kNone) |
                                (place ? *place + std::uint64_t{1} : 0) << 8U |
                                (std::uint64_t{measured} ^ kUnknownCost) << 32U;
    const std::uint64_t all = state ^ (of_guard == 0 ? 0 : mix_bits(of_guard));
    return (yes | all) == 0 ? 0 : mix_bits(yes) + all;
  }
};

// The facts of a route that Chain::ask() reads. No attribute of the route counts but its origin and
// the state that it brings: of the path as received on import, of the path in the table on export.
struct Asked {
  const Prefix& prefix;
  // Null: no route is validated. Given also where the caller alone reads the state.
  const VrpTable* vrps = nullptr;
  std::optional<Asn> origin;  // validated_origin()
  // Counts where there is no table (RFC 8097 section 2).
  OriginState brought = OriginState::NotValidated;
};

struct Verdict {
  bool accept = false;
  // Policy or PolicyDefault when not accepted; the caller turns Policy into the Reason of
  // reject_reason.
  Reason reason = Reason::None;
  // The policy and term that decided; valid as long as the program exists. Empty policy: none
  // decided.
  std::string_view policy;
  std::string_view term;
  std::string_view reject_reason;
};

class Program;  // one compiled policy

struct CompileError {
  // Empty: the error is in a list of Sources; then `field` names the list ("prefix_sets") and
  // `term` is the index into it. Field "terms" with a policy: the policy as a whole.
  std::string policy;
  std::size_t term = 0;  // index into PolicySource::terms
  std::string field;     // the member of MatchSource / ActionSource, as the schema spells it
  std::string message;   // "unknown prefix set 'bogon'; did you mean 'bogons'?"
};

// All policies of a configuration. No program is null.
class PolicySet {
 public:
  [[nodiscard]] std::shared_ptr<const Program> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  // Whether the programs are equal in effect, as far as their sources show. A reload evaluates
  // again only routes under programs that are not.
  [[nodiscard]] static bool same(const Program& a, const Program& b);

  // Replaces programs by the same programs of `running`, so that a reload keeps one copy of an
  // unchanged program, and same() compares the two by address.
  void share_with(const PolicySet& running);
  // ConfigThread keeps replaced programs until they are unused. leave_out() drops the programs that
  // `other` has, too.
  void leave_out(const PolicySet& other);
  // Drops the programs that no other object holds.
  void drop_unused();
  [[nodiscard]] bool empty() const { return programs_.empty(); }

 private:
  friend Result<PolicySet, std::vector<CompileError>> compile(const Sources& sources);
  std::vector<std::shared_ptr<const Program>> programs_;  // sorted by name
};

[[nodiscard]] Result<PolicySet, std::vector<CompileError>> compile(const Sources& sources);

// The programs of one peer and direction, in order. Copies share the programs.
class Chain {
 public:
  Chain() = default;
  explicit Chain(std::vector<std::shared_ptr<const Program>> programs);

  [[nodiscard]] bool empty() const { return programs_.empty(); }
  // Whether the verdict can differ between prefixes of one attribute set and family. Conditions on
  // prefixes, prefix sets and the state of origin validation read the prefix; a condition on the
  // family does not.
  [[nodiscard]] bool reads_prefix() const { return questions_ > 0 || reads_rpki_; }
  // Whether some condition reads the state of origin validation.
  [[nodiscard]] bool reads_rpki() const { return reads_rpki_; }
  // Whether some action writes the egress cost of the route into an attribute.
  [[nodiscard]] bool reads_cost() const { return reads_cost_; }
  // Whether some term sets the next hop.
  [[nodiscard]] bool sets_next_hop() const { return sets_next_hop_; }
  // Whether a caller may remember the verdict for (attribute set, family, answers). False where the
  // chain has more questions than Answers holds.
  [[nodiscard]] bool has_all_answers() const { return questions_ <= Answers::kMost; }
  // The questions are numbered in the order of the terms.
  [[nodiscard]] Answers ask(const Asked& asked) const {
    const bool has_state = asked.vrps != nullptr || asked.brought != OriginState::NotValidated;
    return has_state || reads_prefix() ? ask_all(asked) : Answers{};
  }
  // Whether the outcome can differ between peers: conditions on the name, group or address of the
  // peer, and next_hop_self, read the peer. A prepend of our own AS does not count, because it
  // reads local_asn alone: a caller shares an outcome only between peers with equal local_asn.
  [[nodiscard]] bool reads_peer() const;

  // The words that terms of the chain have as reasons of a reject, perhaps with repeats. The words
  // are valid as long as the chain exists.
  [[nodiscard]] std::vector<std::string_view> reject_reasons() const;

  // Applies the actions of matching terms to `attributes` (which starts as a copy of
  // route.attributes); later terms and programs see the changes. On reject its content is
  // unspecified. answers: ask() of the route; without them the route is not validated.
  [[nodiscard]] Verdict evaluate(const Route& route, const Answers& answers, const PeerFacts& peer,
                                 PathAttributes& attributes) const;
  [[nodiscard]] Verdict evaluate(const Route& route, const PeerFacts& peer,
                                 PathAttributes& attributes) const {
    return evaluate(route, ask({route.prefix, nullptr, std::nullopt}), peer, attributes);
  }

  // Equal in effect: PolicySet::same() for each program.
  friend bool operator==(const Chain& a, const Chain& b);

  // For policy/change.h.
  [[nodiscard]] const std::vector<std::shared_ptr<const Program>>& programs() const {
    return programs_;
  }

 private:
  [[nodiscard]] Answers ask_all(const Asked& asked) const;

  std::vector<std::shared_ptr<const Program>> programs_;
  std::size_t questions_ = 0;
  bool reads_rpki_ = false;
  bool reads_cost_ = false;
  bool sets_next_hop_ = false;
};

}  // namespace tern::policy
