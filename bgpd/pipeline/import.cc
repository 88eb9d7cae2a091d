#include "bgpd/pipeline/import.h"

#include <utility>

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
  rules_ = std::move(rules);
  limit_passed_ = {};
}

Received Import::receive(wire::Bytes body, std::uint32_t now) {
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
  if (!facts_.families.contains(family)) return;
  counters_.withdrawn[index(family)] += prefixes.size();
  for (const Nlri& nlri : prefixes) rib_.withdraw(facts_.slot, nlri);
}

std::optional<wire::Notification> Import::announce(Family family, std::span<const Nlri> prefixes,
                                                   std::uint32_t now, Received& received) {
  if (!facts_.families.contains(family)) return std::nullopt;
  counters_.announced[index(family)] += prefixes.size();
  const rib::AttrHandle as_received(rib_.attributes(),
                                    rib_.attributes().intern(received_, EgressInfo{}));
  const bool per_prefix = rules_.policies.reads_prefix();
  Judged judged;
  bool first = true;
  for (const Nlri& nlri : prefixes) {
    if (first || per_prefix) judged = judge(nlri.prefix, received_);
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

// Counts before policy: a peer that leaks a table is stopped whatever the filters would have
// dropped.
bool Import::over_limit(const Nlri& nlri, Family family, Received& received) {
  const std::uint64_t limit = rules_.prefix_limit[index(family)];
  if (limit == 0) return false;
  const rib::Path* held = rib_.find(facts_.slot, nlri);
  if (held != nullptr && held->reason != Reason::PrefixLimit) return false;
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

Import::Judged Import::judge(const Prefix& prefix, const PathAttributes& attributes) {
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
  judged.effective = rib::AttrHandle(rib_.attributes(), rib_.attributes().intern(judged_, egress));
  return judged;
}

// A new policy is no way around the limit; a higher limit, or fewer routes, is.
bool Import::stays_blocked(const rib::Path& path, Family family) const {
  const std::uint64_t limit = rules_.prefix_limit[index(family)];
  return path.reason == Reason::PrefixLimit && rules_.limit_action == LimitAction::Block &&
         limit != 0 && rib_.counts(facts_.slot).families[index(family)].received > limit;
}

void Import::reevaluate(rib::DestId id) {
  const std::size_t paths = rib_.destination(id).paths.size();
  // revise() reorders the paths: find ours again by path id each time.
  std::vector<std::uint32_t> ours;
  for (std::size_t i = 0; i < paths; ++i) {
    const rib::Path& path = rib_.destination(id).paths[i];
    if (path.peer == facts_.slot) ours.push_back(path.path_id);
  }
  for (const std::uint32_t path_id : ours) {
    const rib::Destination& destination = rib_.destination(id);
    for (std::size_t i = 0; i < destination.paths.size(); ++i) {
      const rib::Path& path = destination.paths[i];
      if (path.peer != facts_.slot || path.path_id != path_id) continue;
      if (stays_blocked(path, destination.prefix.family())) break;
      const Judged judged = judge(destination.prefix, rib_.attributes()[path.received].attributes);
      rib_.revise(id, i, {path.received, judged.effective.ref(), judged.reason, judged.detail});
      break;
    }
  }
}

}  // namespace tern::pipeline
