#include "bgpd/pipeline/import.h"

#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/hash.h"

namespace tern::pipeline {
namespace {

// RFC 4271 section 6.3 and common sense: addresses no packet can be sent to.
bool impossible_next_hop(const NextHop& next_hop) {
  const IpAddress& address = next_hop.global;
  constexpr std::uint32_t kClassE = 0xF0000000;
  return address.is_unspecified() || address.is_loopback() || address.is_multicast() ||
         (address.is_v4() && address.v4_value() >= kClassE);
}

bool is_own(const IpAddress& address, const SessionFacts& facts) {
  return address == facts.local_address || address == facts.local_address_v4 ||
         address == facts.local_address_v6 || address == facts.local_link_local;
}

// RFC 9234 section 5, ingress rules 1 and 2. `role` is ours: the peer of a provider is a customer.
bool leaks(const PathAttributes& attributes, Role role, Asn peer_asn) {
  if (!attributes.only_to_customer) return false;
  if (role == Role::Provider || role == Role::RouteServer) return true;
  return role == Role::Peer && *attributes.only_to_customer != peer_asn;
}

std::string detail_text(const policy::Verdict& verdict) {
  if (verdict.policy.empty()) return {};
  std::string text = "policy ";
  text += verdict.policy;
  if (!verdict.term.empty()) {
    text += ", term ";
    text += verdict.term;
  }
  if (!verdict.reject_reason.empty()) {
    text += ": ";
    text += verdict.reject_reason;
  }
  return text;
}

}  // namespace

Reason structural_reason(const PathAttributes& attributes, const SessionFacts& facts,
                         const ImportRules& rules) {
  const AsPath& path = attributes.as_path;
  if (path.count(facts.local_asn) > rules.allow_own_as) return Reason::AsLoop;
  if (is_ibgp(facts.kind)) {
    if (attributes.originator_id &&
        attributes.originator_id->v4_value() == facts.local_identifier) {
      return Reason::OriginatorLoop;
    }
    for (const std::uint32_t cluster : attributes.cluster_list) {
      if (cluster == facts.cluster_id) return Reason::ClusterLoop;
    }
  } else {
    if (rules.enforce_first_as && path.neighbour() != facts.peer_asn) return Reason::FirstAs;
    if (facts.role && leaks(attributes, *facts.role, facts.peer_asn)) return Reason::RouteLeak;
  }
  if (impossible_next_hop(attributes.next_hop)) return Reason::NextHopInvalid;
  if (is_own(attributes.next_hop.global, facts)) return Reason::NextHopSelf;
  if (rules.enforce_next_hop && attributes.next_hop.global != facts.peer_address &&
      attributes.next_hop.link_local != facts.peer_address) {
    return Reason::NextHopNotPeer;
  }
  return Reason::None;
}

Import::Import(rib::Rib& rib, SessionFacts facts, ImportRules rules)
    : rib_(rib), facts_(std::move(facts)), rules_(std::move(rules)) {}

void Import::set_rules(ImportRules rules) {
  flush();
  rules_ = std::move(rules);
  memo_.clear();
  limit_passed_ = {};
}

Received Import::take(wire::Bytes body, std::uint32_t now) {
  Received received;
  received.reset = wire::decode_update(body, facts_.receive, update_);
  for (const wire::AttributeFault& fault : update_.faults) {
    if (fault.treatment == wire::Treatment::AttributeDiscard) ++counters_.attributes_discarded;
    if (received.fault == nullptr || fault.treatment > received.fault->treatment) {
      received.fault = &fault;
    }
  }
  if (received.reset) return received;
  received.end_of_rib = update_.end_of_rib;

  withdraw(Family::Ipv4Unicast, update_.withdrawn);
  if (update_.has_mp_unreach) withdraw(update_.mp_unreach.family, update_.mp_unreach.prefixes);

  if (update_.treatment == wire::Treatment::TreatAsWithdraw) {
    ++counters_.treated_as_withdraw;
    counters_.rejected[static_cast<std::size_t>(received.fault->reason)] +=
        update_.announced.size() + update_.mp_reach.prefixes.size();
    withdraw(Family::Ipv4Unicast, update_.announced);
    if (update_.has_mp_reach) withdraw(update_.mp_reach.family, update_.mp_reach.prefixes);
    return received;
  }
  if (!update_.announced.empty()) {
    received_ = update_.attributes;
    received.reset = announce(Family::Ipv4Unicast, update_.announced, now, received);
  }
  if (!received.reset && update_.has_mp_reach && !update_.mp_reach.prefixes.empty()) {
    received_ = update_.attributes;
    received_.next_hop = update_.mp_reach.next_hop;
    received.reset = announce(update_.mp_reach.family, update_.mp_reach.prefixes, now, received);
  }
  return received;
}

void Import::withdraw(Family family, std::span<const Nlri> prefixes) {
  if (!facts_.families.contains(family) || prefixes.empty()) return;
  flush();
  counters_.withdrawn[index(family)] += prefixes.size();
  rib_.withdraw(facts_.slot, prefixes);
}

std::optional<wire::Notification> Import::announce(Family family, std::span<const Nlri> prefixes,
                                                   std::uint32_t now, Received& received) {
  if (!facts_.families.contains(family)) return std::nullopt;
  counters_.announced[index(family)] += prefixes.size();
  rib::AttrHandle as_received(rib_.attributes(),
                              intern(rib_.attributes(), received_, EgressInfo{}));
  if (as_received.ref() == rib::AttrRef::None) {  // two-octet AS numbers can grow beyond a message
    counters_.rejected[static_cast<std::size_t>(Reason::AttributeError)] += prefixes.size();
    withdraw(family, prefixes);
    return std::nullopt;
  }
  const bool per_prefix = rules_.policies.reads_prefix();
  if (!per_prefix && rules_.prefix_limit[index(family)] == 0) {
    Judged judged = judge(prefixes.front().prefix, received_, as_received.ref());
    if (judged.reason != Reason::None) {
      counters_.rejected[static_cast<std::size_t>(judged.reason)] += prefixes.size();
    }
    hold(prefixes, std::move(as_received), std::move(judged), now);
    return std::nullopt;
  }
  flush();
  Judged judged;
  bool first = true;
  for (const Nlri& nlri : prefixes) {
    if (first || per_prefix) judged = judge(nlri.prefix, received_, as_received.ref());
    first = false;
    rib::Import verdict{as_received.ref(), judged.effective.ref(), judged.reason, judged.detail};
    if (over_limit(nlri, family, received)) {
      if (rules_.limit_action == LimitAction::Shutdown) {
        return wire::Notification{wire::ErrorCode::Cease, wire::cease::kMaxPrefixes, {}};
      }
      if (rules_.limit_action == LimitAction::Block) {
        verdict.effective = rib::AttrRef::None;
        verdict.reason = Reason::PrefixLimit;
        verdict.detail = 0;
      }
    }
    if (verdict.reason != Reason::None) {
      ++counters_.rejected[static_cast<std::size_t>(verdict.reason)];
    }
    rib_.announce(facts_.slot, nlri, verdict, now);
  }
  return std::nullopt;
}

void Import::hold(std::span<const Nlri> prefixes, rib::AttrHandle received, Judged judged,
                  std::uint32_t now) {
  constexpr std::size_t kMost = 256;
  pending_now_ = now;
  const rib::Import verdict{received.ref(), judged.effective.ref(), judged.reason, judged.detail};
  for (const Nlri& nlri : prefixes) pending_.push_back({nlri, verdict});
  pending_sets_.push_back(std::move(received));
  pending_sets_.push_back(std::move(judged.effective));
  if (pending_.size() >= kMost) flush();
}

void Import::flush() {
  if (pending_.empty()) return;
  rib_.announce(facts_.slot, pending_, pending_now_);
  pending_.clear();
  pending_sets_.clear();
}

// Counts before policy: a peer that leaks a table is stopped whatever the filters would have
// dropped.
bool Import::over_limit(const Nlri& nlri, Family family, Received& received) {
  const std::uint64_t limit = rules_.prefix_limit[index(family)];
  if (limit == 0) return false;
  const rib::Path* held = rib_.find(facts_.slot, nlri);
  if (held != nullptr && held->reason() != Reason::PrefixLimit) return false;
  // A blocked path that comes again stands in line like a new one.
  const std::uint64_t others =
      rib_.counts(facts_.slot).families[index(family)].received - (held != nullptr ? 1 : 0);
  if (others < limit) {
    limit_passed_[index(family)] = false;
    return false;
  }
  if (!limit_passed_[index(family)]) {
    limit_passed_[index(family)] = true;
    received.limit_warning = family;
    ++counters_.limit_hits[static_cast<std::size_t>(rules_.limit_action)];
  }
  return true;
}

EgressInfo Import::place(const PathAttributes& attributes) const {
  const policy::Egress& egress = *rules_.egress;
  if (!egress.enabled()) return {};
  if (rules_.between_pops) return egress.from_pop(attributes);
  if (is_ibgp(facts_.kind)) return {};
  if (rules_.dictionary) return egress.from_partner(attributes, *rules_.dictionary);
  return {kNoPlace, egress.own_pop(), kUnknownCost};
}

// What a stranger must not be able to set.
void Import::strip_untrusted(PathAttributes& attributes) const {
  if (!rules_.between_pops && rules_.egress->enabled()) rules_.egress->scrub(attributes);
  // RFC 9234 section 5, ingress rule 3: a route from above or beside is for customers only.
  if (!facts_.role || attributes.only_to_customer) return;
  const Role ours = *facts_.role;
  if (ours == Role::Customer || ours == Role::Peer || ours == Role::RouteServerClient) {
    attributes.only_to_customer = facts_.peer_asn;
  }
}

Import::Judged Import::judge(const Prefix& prefix, const PathAttributes& attributes,
                             rib::AttrRef received) {
  Judged judged;
  judged.reason = structural_reason(attributes, facts_, rules_);
  if (judged.reason != Reason::None) return judged;

  const EgressInfo egress = place(attributes);
  judged_ = attributes;
  strip_untrusted(judged_);
  if (rules_.policies.empty()) {
    // RFC 8212 section 2: without a policy an eBGP route is not used.
    if (!is_ibgp(facts_.kind)) {
      judged.reason = Reason::NoPolicy;
      return judged;
    }
  } else {
    const policy::Verdict verdict =
        rules_.policies.evaluate({prefix, attributes, egress}, rules_.peer, judged_);
    if (!verdict.accept) {
      judged.reason = verdict.reason;
      judged.detail = rib_.intern_detail(detail_text(verdict));
      return judged;
    }
  }
  rib::AttrTable& table = rib_.attributes();
  if (egress == EgressInfo{} && judged_ == attributes) {
    table.retain(received);
    judged.effective = rib::AttrHandle(table, received);
    return judged;
  }
  judged.effective = rib::AttrHandle(table, intern(table, judged_, egress));
  if (judged.effective.ref() == rib::AttrRef::None) judged.reason = Reason::AttributeError;
  return judged;
}

// A new policy is no way around the limit; a higher limit, or fewer routes, is.
bool Import::stays_blocked(const rib::Path& path, Family family) const {
  const std::uint64_t limit = rules_.prefix_limit[index(family)];
  return path.reason() == Reason::PrefixLimit && rules_.limit_action == LimitAction::Block &&
         limit != 0 && rib_.counts(facts_.slot).families[index(family)].received > limit;
}

// Where policy does not read the prefix, the verdict on an attribute set is kept for the routes
// that follow: a table has far fewer sets than routes.
Import::Judged Import::judge_again(const Prefix& prefix, rib::AttrRef received) {
  rib::AttrTable& table = rib_.attributes();
  const auto judge_now = [&] {
    read(table[received], stored_);
    return judge(prefix, stored_.attributes, received);
  };
  if (rules_.policies.reads_prefix()) return judge_now();
  if (memo_.empty()) memo_.resize(kMemoSize);
  Memo& memo =
      memo_[static_cast<std::size_t>(mix_bits(static_cast<std::uint32_t>(received))) % kMemoSize];
  if (memo.received.ref() != received || memo.family != prefix.family()) {
    memo.judged = judge_now();
    table.retain(received);
    memo.received = rib::AttrHandle(table, received);
    memo.family = prefix.family();
  }
  Judged judged;
  judged.reason = memo.judged.reason;
  judged.detail = memo.judged.detail;
  if (memo.judged.effective.ref() != rib::AttrRef::None) {
    table.retain(memo.judged.effective.ref());
    judged.effective = rib::AttrHandle(table, memo.judged.effective.ref());
  }
  return judged;
}

void Import::reevaluate(rib::DestId id) {
  // revise() reorders the paths: find ours again by path id each time.
  ours_.clear();
  const rib::Destination before = rib_.destination(id);
  for (std::size_t i = 0; i < before.paths.size(); ++i) {
    if (before.paths[i].peer() == facts_.slot) ours_.push_back(before.path_id(i));
  }
  for (const std::uint32_t path_id : ours_) {
    const rib::Destination destination = rib_.destination(id);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (path.peer() != facts_.slot || destination.path_id(i) != path_id) continue;
      if (stays_blocked(path, destination.prefix.family())) break;
      const Judged judged = judge_again(destination.prefix, destination.received(i));
      rib_.revise(id, i,
                  {destination.received(i), judged.effective.ref(), judged.reason, judged.detail});
      break;
    }
  }
}

void Import::end_reevaluation() {
  memo_.clear();
  memo_.shrink_to_fit();
}

}  // namespace tern::pipeline
