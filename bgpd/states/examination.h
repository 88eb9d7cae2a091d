// Examines the routes for one registered prefix: which states hold, why, and what is suspicious.
//
// Pure. Used by one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bgpd/pipeline/judge.h"
#include "bgpd/states/ingress_book.h"
#include "bgpd/states/peer_table.h"
#include "bgpd/states/state.h"
#include "policy/egress.h"
#include "policy/egress_costs.h"
#include "policy/registrations.h"
#include "policy/usual_paths.h"
#include "policy/vrp_table.h"
#include "rib/types/ip_address.h"
#include "rib/types/path_attributes.h"
#include "rib/types/peer.h"
#include "rib/types/reason.h"

namespace tern::states {

// The share of the octets that makes SuboptimalIngress, where the configuration names none.
inline constexpr std::uint32_t kIngressPercent = 20;
// Fewer octets make no SuboptimalIngress.
inline constexpr std::uint64_t kLeastIngressOctets = 1'000'000;
// A PoP that costs so much more than the nearest one is near, too. Microseconds.
inline constexpr EgressCost kIngressMargin = 1000;

// The data that an examination reads beside the routes.
struct Inputs {
  const PeerTable* peers = nullptr;              // never null
  std::shared_ptr<const policy::VrpTable> vrps;  // null: origins are not validated
  std::shared_ptr<const policy::Egress> egress;  // never null
  const IngressBook* ingress = nullptr;          // null: there are no reports, like the next one
  std::shared_ptr<const policy::EgressCosts> costs = nullptr;
  std::uint32_t ingress_percent = kIngressPercent;
  // Of the entry; null: no leaks are found.
  std::shared_ptr<const policy::RegistrationTable> registrations = {};
  std::shared_ptr<const policy::UsualPaths> usual = {};  // null: nothing was learnt
};

struct SeenPath {
  PeerSlot slot = kNoPeerSlot;
  bool accepted = false;
  bool best = false;
  Reason reason = Reason::None;  // of a path that is not accepted
  EgressInfo place;              // of an accepted path, like the next one
  PinRank pin = kNoPin;          // by which the path was chosen
};

// A suspicion that becomes an event: the first route that has it, and how many have it.
struct Suspect {
  Prefix prefix;
  PeerSlot slot = kNoPeerSlot;
  std::optional<Asn> origin;  // nothing: an AS_SET
  Asn partner = 0;
  policy::Suspicion suspicion{};
  bool accepted = false;
  Reason reason = Reason::None;  // of a route that is not accepted
  std::string as_path;
  std::size_t routes = 0;
  std::string leak = {};  // the evidence of a Suspicion::Leak
};
// The kinds of events that suspicions become, in the order of events::Kind.
inline constexpr std::array kSuspectKinds{
    events::Kind::OriginHijack, events::Kind::MoreSpecificHijack, events::Kind::UnregisteredPartner,
    events::Kind::RpkiInvalid,  events::Kind::RouteLeak,          events::Kind::PathRule};

// Why fewer connections, or PoPs, are in use than are configured.
struct LostRedundancy {
  std::string neighbor;      // the first that is missing; empty: a PoP is missing
  std::string cause;         // event_key() of the event that may be the cause; empty: none
  bool maintenance = false;  // operators took away all that is missing
};

struct Findings {
  StateSet states;
  std::vector<StateEvidence> evidence;
  std::array<std::optional<Suspect>, kSuspectKinds.size()> suspects;
  std::optional<LostRedundancy> lost;  // with the state SingleHomed alone
  bool present = false;                // a route for the prefix itself is accepted
  PeerSlot best_slot = kNoPeerSlot;    // the neighbor of the best path of the prefix itself
};

[[nodiscard]] std::string milliseconds_text(EgressCost cost);  // "20.0 ms"
// The evidence of NotReceived where no neighbor sends the prefix: "from AS 64501, 64502". Made when
// it is shown, because most prefixes without a route have no other evidence.
[[nodiscard]] std::string from_partners_text(const policy::Registration& registration);

class Examination {
 public:
  // entry and the PeerTable outlive the examination. before: the states that hold.
  Examination(const policy::RegistrationTable::Entry& entry, const Inputs& inputs,
              StateSet before = {});

  // A path for the registered prefix or a more specific one. received: its attributes.
  void add(const Prefix& prefix, const SeenPath& path, const PathAttributes& received);
  [[nodiscard]] Findings finish();

 private:
  static constexpr std::size_t kMostNamed = 10;  // neighbors in one text of evidence

  // An accepted path for the prefix itself.
  struct Usable {
    PinRank pin = kNoPin;
    EgressInfo place;
    bool as_registered = false;  // of a partner and an origin of the registration
    bool from_pop = false;       // another router of ours has the session of the partner
    bool leaving = false;        // drained, or with GRACEFUL_SHUTDOWN (RFC 8326)
    PeerSlot slot = kNoPeerSlot;
    IpAddress next_hop;
  };
  // The connections and PoPs of the paths that are as registered, and do not leave.
  struct Ways {
    std::set<std::uint64_t> routers;  // of sessions here, by router_key()
    std::set<IpAddress> others;       // next hops of sessions of our other routers
    std::set<PopId> pops;
    std::set<PopId> left_pops;  // of paths that leave: drained, or by GRACEFUL_SHUTDOWN
    bool any = false;           // there is such a path, or one that leaves
    [[nodiscard]] std::size_t connections() const { return routers.size() + others.size(); }
  };
  // Whether the order of PoPs decides between paths.
  [[nodiscard]] bool by_pops() const;
  // The places of a path in the order of the registration; 0 is the first.
  [[nodiscard]] static bool is_of_partner(PinRank pin);
  [[nodiscard]] std::size_t pop_place(PinRank pin) const;
  [[nodiscard]] std::string name_of(PeerSlot slot) const;
  [[nodiscard]] std::string pop_name(PopId pop) const;
  void look_at_suspicions(const Prefix& prefix, const SeenPath& path,
                          const policy::GuardedPath& guarded, const PathAttributes& received);
  void look_at_tag(const SeenPath& path, const PathAttributes& received);
  void look_at_exit(const SeenPath& path, Asn partner, const Usable& usable,
                    const PathAttributes& received);
  void find_unheard();
  void find_backup();
  void find_choice();
  void find_nearest();
  [[nodiscard]] std::uint64_t router_key(PeerSlot slot) const;
  [[nodiscard]] Ways ways() const;
  void find_redundancy();
  // The cost of the last mile between the PoP and the users of the prefix.
  [[nodiscard]] EgressCost last_mile(PopId pop) const;
  [[nodiscard]] bool is_leaving_path(const SeenPath& path, const PeerFacts& from,
                                     const PathAttributes& received) const;
  [[nodiscard]] bool lost_a_pop(const Ways& ways) const;
  void find_ingress();
  [[nodiscard]] std::string missing_connections(const Ways& ways, LostRedundancy& lost) const;
  void note(State state, std::string text);
  void note_neighbor(State state, std::string text);

  const policy::RegistrationTable::Entry& entry_;
  const policy::Registration& of_;
  const Inputs inputs_;
  const StateSet before_;
  // Of the path at hand, for pipeline::guarded_path().
  pipeline::SessionFacts session_;
  pipeline::ImportRules rules_;

  Findings found_;
  std::vector<PeerSlot> senders_;  // of the prefix itself, sorted
  std::vector<Usable> usable_;
  std::size_t quarantined_ = 0;
  struct Best {
    Usable path;
    Asn partner = 0;
    std::string as_path;
  };
  std::optional<Best> best_;
};

}  // namespace tern::states
