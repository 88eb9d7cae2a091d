// From the octets of an UPDATE to judged routes: decode, check, tag with a location, filter. Routes
// that this router originates are judged by policy alone (originate()).
//
// A Judge puts the routes into a RouteBatch for each shard, which Import (pipeline/import.h)
// stores. The tables of attribute sets and of rejection texts are the only shared state that it
// changes, and any thread may use these. So each Judge is used by one thread at a time, and several
// threads may each have a Judge of the same session.
#pragma once

#include <array>
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bgpd/pipeline/host_addresses.h"
#include "bgpd/pipeline/locate.h"
#include "bgpd/pipeline/next_hop_route.h"
#include "bgpd/pipeline/session_facts.h"
#include "bgpd/wire/update.h"
#include "policy/guard.h"
#include "policy/guard_orders.h"
#include "policy/policy.h"
#include "policy/registrations.h"
#include "policy/usual_paths.h"
#include "rib/shards.h"
#include "rib/types/special_space.h"

namespace tern::pipeline {

// The action when a prefix limit is passed.
enum class LimitAction : std::uint8_t { None, Warning, Block, Shutdown };

struct PrefixLimits {
  std::array<std::uint64_t, kFamilyCount> prefix_limit{};  // 0: none
  LimitAction limit_action = LimitAction::None;
  friend bool operator==(const PrefixLimits&, const PrefixLimits&) = default;
};

// The configuration of imports from one peer; a reload replaces the object as a whole. Equal rules
// are equal in effect: when one replaces the other, no route has to be judged again.
struct ImportRules : PrefixLimits, LocationRules {
  policy::Chain policies;
  policy::PeerFacts peer;
  bool enforce_first_as = true;
  bool enforce_next_hop = false;
  bool resolve_next_hop = false;  // a route without a resolved next hop is rejected
  // False in a laboratory: no prefix is a martian, and a next hop may be any address that can be an
  // end of a session (rib/types/special_space.h).
  bool reject_martians = true;
  std::uint32_t allow_own_as = 0;
  // The state of origin validation that a route brings (RFC 8097) counts where there are no VRPs.
  bool receive_rpki_community = false;
  bool reject_rpki_invalid = false;
  // RFC 8326 section 4.1: routes of eBGP neighbors with GRACEFUL_SHUTDOWN get LOCAL_PREF 0.
  bool graceful_shutdown = true;
  // Set by the session layer for a neighbor that is drained (RFC 8326 section 4.2): all routes get
  // LOCAL_PREF 0.
  bool drained = false;
  // Set by the session layer, not by configuration. Null: unknown.
  std::shared_ptr<const HostAddresses> host_addresses;
  // Set by the session layer, for rules with resolve_next_hop. Null: every next hop counts as
  // resolved. The session layer gives a session new rules when answers change.
  std::shared_ptr<NextHopFinder> next_hops;
  // Set by the session layer, for rules that read the state of origin validation. Null: there is no
  // table.
  std::shared_ptr<const policy::VrpTable> vrps;
  // Set by the session layer. Null: there are none, or the routes are our own.
  std::shared_ptr<const policy::RegistrationTable> registrations;
  // Releases and blocks. Set by the session layer. Null: there are none, or the routes are our own.
  std::shared_ptr<const policy::GuardOrderTable> guard_orders;
  // The neighbor as orders name it (policy::OrderedFrom). Set with `guard_orders`.
  std::string order_name;
  // Set by the session layer, for registrations whose guard reads VRPs. `vrps` alone decides what
  // policies know of the state of origins.
  std::shared_ptr<const policy::VrpTable> guard_vrps;
  // Set by the session layer, for registrations whose guard reads usual paths. Null: nothing was
  // learnt.
  std::shared_ptr<const policy::UsualPaths> guard_usual;
  // Set by the session layer: the costs in force. Null: those of `egress`.
  SharedValue<policy::EgressCosts> costs;
  // Set by the session layer for a neighbor that is degraded: microseconds that all its paths cost
  // more.
  EgressCost added_cost = 0;

  [[nodiscard]] const policy::EgressCosts& present_costs() const {
    return costs ? *costs : *egress->costs();
  }
  // Round trips to prefixes are measured.
  [[nodiscard]] bool has_prefix_rtts() const { return present_costs().measures_prefixes(); }
  [[nodiscard]] bool has_guard() const {
    return registrations != nullptr || guard_orders != nullptr;
  }
  [[nodiscard]] policy::GuardTables guard_tables() const {
    return {guard_vrps.get(), guard_usual.get()};
  }
  [[nodiscard]] bool reads_rpki() const { return reject_rpki_invalid || policies.reads_rpki(); }
  friend bool operator==(const ImportRules&, const ImportRules&) = default;
};

using GuardCounts = std::array<std::uint64_t, policy::kSuspicionCount>;

// Counters since the session began. Plain numbers: the owner publishes them.
struct ImportCounters {
  std::array<std::uint64_t, kFamilyCount> announced{};  // NLRI, repeats included
  std::array<std::uint64_t, kFamilyCount> withdrawn{};
  ReasonCounts rejected;                                      // verdicts, not routes at present
  std::uint64_t attributes_discarded = 0;                     // faults, RFC 7606
  std::uint64_t treated_as_withdraw = 0;                      // UPDATEs, RFC 7606
  std::array<std::uint64_t, 4> limit_hits{};                  // by LimitAction
  std::array<std::uint64_t, kLocationSourceCount> located{};  // accepted NLRI
  std::uint64_t contradictory_tags = 0;  // accepted NLRI whose location tags exclude each other
  GuardCounts quarantined{};             // NLRI, by the Suspicion
  GuardCounts warned{};                  // likewise, accepted ones
  GuardCounts by_fallback{};             // likewise, because of a policy::Fallback

  ImportCounters& operator+=(const ImportCounters& other);
  // Announcements without as many withdrawals, of all families.
  [[nodiscard]] std::int64_t net() const {
    std::int64_t sum = 0;
    for (const std::uint64_t count : announced) sum += static_cast<std::int64_t>(count);
    for (const std::uint64_t count : withdrawn) sum -= static_cast<std::int64_t>(count);
    return sum;
  }
};

// Judged routes for one shard, not yet stored: withdrawals and announcements in their order.
struct RouteBatch {
  struct Run {
    std::uint32_t count = 0;
    bool withdraw = false;
  };

  std::vector<Run> runs;  // of `announced` and of `withdrawn`, in turn
  std::vector<rib::Rib::Announcement> announced;
  std::vector<Nlri> withdrawn;
  std::vector<rib::AttrHandle> sets;  // holds the sets that `announced` names
  std::uint64_t read_time = 0;        // of the first UPDATE, steady nanoseconds; 0: unknown

  [[nodiscard]] bool empty() const { return runs.empty(); }
  // Announcements and withdrawals.
  [[nodiscard]] std::size_t size() const { return announced.size() + withdrawn.size(); }
  // Keeps the memory.
  void clear();
};

// The routes of some UPDATEs of a neighbor.
struct JudgedRoutes {
  explicit JudgedRoutes(std::size_t shard_count) : shards(shard_count) {}

  std::vector<RouteBatch> shards;
  ImportCounters counters;                   // of these UPDATEs
  std::shared_ptr<const ImportRules> rules;  // the routes were judged by these; null: no routes
  std::uint64_t read_time = 0;               // of the first UPDATE, steady nanoseconds; 0: unknown

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  // Keeps the memory.
  void clear();
};

// The outcome of an UPDATE for the session, beside its routes.
struct Judgement {
  // The NOTIFICATION that ends the session: the UPDATE was malformed, or the attribute table had no
  // memory for its sets. In the second case its routes are rejected and withdrawn.
  std::optional<wire::Notification> reset;
  std::optional<Family> end_of_rib;
  const wire::AttributeFault* fault = nullptr;  // the strongest; valid until the next take()
};

// The NOTIFICATION for a session when the attribute table has no memory for its sets (RFC 4486).
[[nodiscard]] inline wire::Notification out_of_resources() {
  return {wire::ErrorCode::Cease, wire::cease::kOutOfResources, {}};
}

// The facts of attributes as received that the guard of registered prefixes reads. The partner is
// the neighbor AS of our network, at every PoP the same: the AS of the session, or the first AS of
// the path where the session's AS need not be there (a route server) or is one of our own. Nothing:
// the route is of our own network. Routes of this router are, and those of another router of ours
// without an AS_PATH.
// GuardedPath::pop is valid as long as the rules. Where nothing is registered, it is empty and no
// leak is found.
[[nodiscard]] std::optional<policy::GuardedPath> guarded_path(const PathAttributes& attributes,
                                                              const SessionFacts& facts,
                                                              const ImportRules& rules);
// The verdict of the guard, by the registrations and the orders of the rules. path: guarded_path().
// Of routes of our own network a block of an operator is the only verdict.
[[nodiscard]] policy::GuardVerdict guard_verdict(const Prefix& prefix,
                                                 const std::optional<policy::GuardedPath>& path,
                                                 const ImportRules& rules);

class Judge {
 public:
  // A verdict on one set of attributes.
  struct Verdict {
    rib::AttrHandle effective;
    Reason reason = Reason::None;
    std::uint16_t detail = 0;
    LocationSource located = LocationSource::None;
    bool contradictory_tags = false;
    policy::GuardVerdict guard;
  };

  Judge(rib::Shards& shards, const SessionFacts& facts, std::shared_ptr<const ImportRules> rules);

  [[nodiscard]] const std::shared_ptr<const ImportRules>& rules() const { return rules_; }

  // Marks the rules as replaced: the thread that uses the Judge should release it soon. Any thread.
  void retire() { retired_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool retired() const { return retired_.load(std::memory_order_relaxed); }

  // body: an UPDATE without its header. Its routes are added to `routes`, which must be empty or
  // filled by this Judge.
  [[nodiscard]] Judgement take(wire::Bytes body, JudgedRoutes& routes);

  // Adds routes that this router originates, of one family and with the attributes and the place
  // that policies find. Requires facts of PeerKind::Own.
  void originate(std::span<const Nlri> prefixes, const PathAttributes& attributes,
                 const EgressInfo& place, JudgedRoutes& routes);
  // Adds withdrawals, of one family.
  void withdraw(Family family, std::span<const Nlri> prefixes, JudgedRoutes& routes) const;

  // Whether the attribute table had no memory for a set since the last call, or since take() began.
  [[nodiscard]] bool take_no_memory() { return std::exchange(no_memory_, false); }

  // The facts of an attribute set that decide the answers for its prefixes: those of the state of a
  // route's origin, whether a geofeed may have the place of its users, its exit, and those that the
  // guard of registered prefixes reads. For one thread.
  struct Origin {
    std::optional<Asn> asn;
    policy::OriginState brought = policy::OriginState::NotValidated;
    bool asks_geofeed = false;
    PopId exit = kNoPlace;  // where round trips to prefixes are measured
    // Made of `unread`, where that is not null, for the first registered prefix.
    mutable std::optional<policy::GuardedPath> guarded;
    mutable const PathAttributes* unread = nullptr;
  };

  // received: the set of `attributes`; in the usual case policy changes nothing, and it is the
  // effective set. answers: ask().
  [[nodiscard]] Verdict judge(const Nlri& nlri, const policy::Answers& answers,
                              const PathAttributes& attributes, rib::AttrRef received);
  [[nodiscard]] Verdict judge(const Nlri& nlri, const PathAttributes& attributes,
                              rib::AttrRef received) {
    return judge(nlri, ask(nlri.prefix, origin_of(attributes)), attributes, received);
  }
  // The answers to the rules' policies for a prefix. origin: origin_of() the path as received.
  [[nodiscard]] policy::Answers ask(const Prefix& prefix, const Origin& origin) const {
    policy::Answers answers =
        rules_->policies.ask({prefix, rules_->vrps.get(), origin.asn, origin.brought});
    if (origin.asks_geofeed) answers.place = rules_->geofeed->find(prefix);
    if (origin.exit != kNoPlace) {
      answers.measured = rules_->present_costs().measured_to(prefix, origin.exit);
    }
    if (rules_->has_guard()) answers.guard = guard(prefix, origin);
    return answers;
  }
  // An Origin is valid as long as its attributes, that of a set always.
  // origin_of() returns an empty Origin where the rules read neither the state nor a geofeed,
  // nothing measures round trips to prefixes, and no prefix is registered.
  [[nodiscard]] Origin origin_of(const PathAttributes& attributes) const;
  [[nodiscard]] Origin origin_of(const rib::InternedSet& set) const;
  // Whether origin_of() decodes the set.
  [[nodiscard]] bool decodes_origins() const {
    if (rules_->has_guard()) return true;
    if (rules_->geofeed != nullptr && rules_->dictionary) return true;
    if (rules_->between_pops && rules_->has_prefix_rtts()) return true;
    return rules_->reads_rpki() && rules_->vrps == nullptr && rules_->receive_rpki_community;
  }
  // The block of special-purpose space because of which the prefix is ignored, or null.
  [[nodiscard]] const SpecialBlock* martian(const Prefix& prefix) const {
    return rules_->reject_martians ? forbids(Use::Prefix, prefix) : nullptr;
  }

 private:
  // The properties of a prefix that decide the verdict on a set.
  struct Question {
    const SpecialBlock* martian = nullptr;
    policy::Answers answers;
    friend bool operator==(const Question&, const Question&) = default;
  };
  [[nodiscard]] Question question(const Prefix& prefix, const Origin& origin) const {
    return {martian(prefix), ask(prefix, origin)};
  }
  // A verdict on the set under judgement.
  struct Outcome {
    Question question;
    Verdict verdict;
  };

  [[nodiscard]] policy::GuardVerdict guard(const Prefix& prefix, const Origin& origin) const;
  void announce(Family family, std::span<const Nlri> prefixes, JudgedRoutes& routes);
  [[nodiscard]] const Verdict& outcome(const Nlri& nlri, const Question& question,
                                       rib::AttrRef received);
  // Returns the shards that got routes, a bit each.
  std::uint32_t add(std::span<const Nlri> prefixes, const rib::Import& import,
                    JudgedRoutes& routes) const;
  void hold(std::uint32_t shards, rib::AttrRef set, JudgedRoutes& routes) const;
  static void count(const Verdict& verdict, std::size_t routes, ImportCounters& counters);
  [[nodiscard]] EgressInfo price(EgressInfo place, EgressCost measured) const;
  void strip_untrusted(PathAttributes& attributes) const;
  [[nodiscard]] bool is_leaving(const PathAttributes& received) const;
  [[nodiscard]] NextHopAnswer find_next_hop(const IpAddress& address);
  [[nodiscard]] std::string next_hop_text(const NextHop& next_hop) const;
  [[nodiscard]] std::uint16_t detail_of(const std::string& text);
  void name_rejection(const policy::Verdict& verdict, Verdict& judged);

  rib::Shards& shards_;  // shard of a prefix, and the tables that all threads share
  const SessionFacts facts_;
  const std::shared_ptr<const ImportRules> rules_;
  std::atomic<bool> retired_{false};
  wire::UpdateMessage update_;     // reused between messages
  PathAttributes received_;        // scratch of announce()
  EgressInfo own_place_;           // of originate()
  std::vector<Outcome> outcomes_;  // scratch of announce(), empty in between
  PathAttributes judged_;          // scratch of judge()
  bool no_memory_ = false;  // there was none for a set since take() began or take_no_memory()
  static constexpr std::size_t kMostNextHops = 4096;
  // Answers of rules_->next_hops, which hold as long as the rules.
  boost::unordered_flat_map<IpAddress, NextHopAnswer> known_next_hops_;
  std::unordered_map<std::string, std::uint16_t> known_details_;
  struct Rejection {
    Reason reason = Reason::None;
    std::uint16_t detail = 0;
  };
  std::unordered_map<std::string, Rejection> known_rejections_;  // by the text of the detail
};

// The checks that need no policy and no prefix (RFC 4271 sections 6.3 and 9.1.2, RFC 4456 section
// 8, RFC 7948 section 4.8, RFC 9234 section 5): Reason::None where the path passes all.
[[nodiscard]] Reason structural_reason(const PathAttributes& attributes, const SessionFacts& facts,
                                       const ImportRules& rules);

}  // namespace tern::pipeline
