#include "bgpd/pipeline/judge.h"

#include <utility>

#include "bgpd/pipeline/attribute_sets.h"

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

template <std::size_t N>
void add(std::array<std::uint64_t, N>& to, const std::array<std::uint64_t, N>& from) {
  for (std::size_t i = 0; i < N; ++i) to[i] += from[i];
}

// Adds to the last run where that is of the same kind.
void add_run(RouteBatch& batch, std::size_t count, bool withdraw,
             const std::shared_ptr<const ImportRules>& rules) {
  if (batch.runs.empty()) batch.rules = rules;
  if (batch.runs.empty() || batch.runs.back().withdraw != withdraw) {
    batch.runs.push_back({0, withdraw});
  }
  batch.runs.back().count += static_cast<std::uint32_t>(count);
}

}  // namespace

ImportCounters& ImportCounters::operator+=(const ImportCounters& other) {
  add(announced, other.announced);
  add(withdrawn, other.withdrawn);
  add(rejected, other.rejected);
  add(limit_hits, other.limit_hits);
  attributes_discarded += other.attributes_discarded;
  treated_as_withdraw += other.treated_as_withdraw;
  return *this;
}

void RouteBatch::clear() {
  runs.clear();
  announced.clear();
  withdrawn.clear();
  sets.clear();
  counters = {};
  rules.reset();
}

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

Judge::Judge(rib::AttrTable& attributes, rib::DetailTable& details, const SessionFacts& facts,
             std::shared_ptr<const ImportRules> rules)
    : attributes_(attributes), details_(details), facts_(facts), rules_(std::move(rules)) {}

// ---- UPDATEs

Judgement Judge::take(wire::Bytes body, RouteBatch& batch) {
  Judgement judgement;
  judgement.reset = wire::decode_update(body, facts_.receive, update_);
  for (const wire::AttributeFault& fault : update_.faults) {
    if (fault.treatment == wire::Treatment::AttributeDiscard) {
      ++batch.counters.attributes_discarded;
    }
    if (judgement.fault == nullptr || fault.treatment > judgement.fault->treatment) {
      judgement.fault = &fault;
    }
  }
  if (judgement.reset) return judgement;
  judgement.end_of_rib = update_.end_of_rib;

  withdraw(Family::Ipv4Unicast, update_.withdrawn, batch);
  if (update_.has_mp_unreach) {
    withdraw(update_.mp_unreach.family, update_.mp_unreach.prefixes, batch);
  }
  if (update_.treatment == wire::Treatment::TreatAsWithdraw) {
    ++batch.counters.treated_as_withdraw;
    batch.counters.rejected[static_cast<std::size_t>(judgement.fault->reason)] +=
        update_.announced.size() + update_.mp_reach.prefixes.size();
    withdraw(Family::Ipv4Unicast, update_.announced, batch);
    if (update_.has_mp_reach) withdraw(update_.mp_reach.family, update_.mp_reach.prefixes, batch);
    return judgement;
  }
  if (!update_.announced.empty()) {
    received_ = update_.attributes;
    announce(Family::Ipv4Unicast, update_.announced, batch);
  }
  if (update_.has_mp_reach && !update_.mp_reach.prefixes.empty()) {
    received_ = update_.attributes;
    received_.next_hop = update_.mp_reach.next_hop;
    announce(update_.mp_reach.family, update_.mp_reach.prefixes, batch);
  }
  return judgement;
}

void Judge::withdraw(Family family, std::span<const Nlri> prefixes, RouteBatch& batch) {
  if (!facts_.families.contains(family) || prefixes.empty()) return;
  batch.counters.withdrawn[index(family)] += prefixes.size();
  batch.withdrawn.insert(batch.withdrawn.end(), prefixes.begin(), prefixes.end());
  add_run(batch, prefixes.size(), true, rules_);
}

void Judge::announce(Family family, std::span<const Nlri> prefixes, RouteBatch& batch) {
  if (!facts_.families.contains(family)) return;
  batch.counters.announced[index(family)] += prefixes.size();
  rib::AttrHandle received(attributes_, intern(attributes_, received_, EgressInfo{}));
  if (received.ref() == rib::AttrRef::None) {  // two-octet AS numbers can grow beyond a message
    batch.counters.rejected[static_cast<std::size_t>(Reason::AttributeError)] += prefixes.size();
    return withdraw(family, prefixes, batch);
  }
  const bool per_prefix = rules_->policies.reads_prefix();
  for (std::size_t i = 0; i < prefixes.size();) {
    const std::size_t end = per_prefix ? i + 1 : prefixes.size();
    Verdict verdict = judge(prefixes[i].prefix, received_, received.ref());
    if (verdict.reason != Reason::None) {
      batch.counters.rejected[static_cast<std::size_t>(verdict.reason)] += end - i;
    }
    const rib::Import import{received.ref(), verdict.effective.ref(), verdict.reason,
                             verdict.detail};
    for (; i < end; ++i) batch.announced.push_back({prefixes[i], import});
    // Prefixes that policy told apart mostly share their set all the same.
    if (import.effective != received.ref() &&
        (batch.sets.empty() || batch.sets.back().ref() != import.effective)) {
      batch.sets.push_back(std::move(verdict.effective));
    }
  }
  batch.sets.push_back(std::move(received));
  add_run(batch, prefixes.size(), false, rules_);
}

// ---- Verdicts

EgressInfo Judge::place(const PathAttributes& attributes) const {
  const policy::Egress& egress = *rules_->egress;
  if (!egress.enabled()) return {};
  if (rules_->between_pops) return egress.from_pop(attributes);
  if (is_ibgp(facts_.kind)) return {};
  if (rules_->dictionary) return egress.from_partner(attributes, *rules_->dictionary);
  return {kNoPlace, egress.own_pop(), kUnknownCost};
}

// What a stranger must not be able to set.
void Judge::strip_untrusted(PathAttributes& attributes) const {
  if (!rules_->between_pops && rules_->egress->enabled()) rules_->egress->scrub(attributes);
  // RFC 9234 section 5, ingress rule 3: a route from above or beside is for customers only.
  if (!facts_.role || attributes.only_to_customer) return;
  const Role ours = *facts_.role;
  if (ours == Role::Customer || ours == Role::Peer || ours == Role::RouteServerClient) {
    attributes.only_to_customer = facts_.peer_asn;
  }
}

Judge::Verdict Judge::judge(const Prefix& prefix, const PathAttributes& attributes,
                            rib::AttrRef received) {
  Verdict judged;
  judged.reason = structural_reason(attributes, facts_, *rules_);
  if (judged.reason != Reason::None) return judged;

  const EgressInfo egress = place(attributes);
  judged_ = attributes;
  strip_untrusted(judged_);
  if (rules_->policies.empty()) {
    // RFC 8212 section 2: without a policy an eBGP route is not used.
    if (!is_ibgp(facts_.kind)) {
      judged.reason = Reason::NoPolicy;
      return judged;
    }
  } else {
    const policy::Verdict verdict =
        rules_->policies.evaluate({prefix, attributes, egress}, rules_->peer, judged_);
    if (!verdict.accept) {
      judged.reason = verdict.reason;
      judged.detail = detail_of(verdict);
      return judged;
    }
  }
  if (egress == EgressInfo{} && judged_ == attributes) {
    attributes_.retain(received);
    judged.effective = rib::AttrHandle(attributes_, received);
    return judged;
  }
  judged.effective = rib::AttrHandle(attributes_, intern(attributes_, judged_, egress));
  if (judged.effective.ref() == rib::AttrRef::None) judged.reason = Reason::AttributeError;
  return judged;
}

std::uint16_t Judge::detail_of(const policy::Verdict& verdict) {
  const auto [known, added] = known_details_.try_emplace(detail_text(verdict));
  if (added) known->second = details_.intern(known->first);
  return known->second;
}

}  // namespace tern::pipeline
