// The facts of an attribute set that decide the answers for its prefixes: for origin validation,
// geofeeds, measured prefixes and the guard of registered prefixes.
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/judge.h"
#include "policy/origin_state_community.h"

namespace tern::pipeline {
namespace {

// Routers of ours look at what their own neighbors pass on.
// path: as the guard reads it, from the neighbor of our network on.
policy::Leak leak_of(const AsPath& path, const PathAttributes& attributes,
                     const SessionFacts& facts, const ImportRules& rules) {
  std::optional<Role> ours = is_ibgp(facts.kind) ? std::nullopt : facts.role;
  if (ours && policy::is_marked_leak(attributes.only_to_customer, *ours, facts.peer_asn)) {
    return {policy::Leak::Sign::OnlyToCustomer, *attributes.only_to_customer};
  }
  if (rules.between_pops) ours = std::nullopt;
  const Asn server = ours == Role::RouteServerClient ? facts.peer_asn : kAsZero;
  return policy::find_leak(path, rules.registrations->transit_free(), ours, server);
}

}  // namespace

Judge::Origin Judge::origin_of(const PathAttributes& attributes) const {
  Origin origin;
  origin.asks_geofeed = rules_->geofeed != nullptr && !has_tag(attributes, *rules_);
  if (rules_->has_prefix_rtts()) origin.exit = exit_of(attributes, facts_.kind, *rules_);
  // Orders are about prefixes that nobody registered, too, and ask for the partner.
  if (rules_->guard_orders != nullptr) {
    origin.guarded = guarded_path(attributes, facts_, *rules_);
  } else if (rules_->registrations != nullptr) {
    origin.unread = &attributes;
  }
  if (!rules_->reads_rpki()) return origin;
  if (rules_->vrps != nullptr) {
    origin.asn = policy::validated_origin(attributes.as_path, facts_.local_asn);
  } else if (rules_->receive_rpki_community) {
    origin.brought = policy::brought_state(attributes.extended_communities);
  }
  return origin;
}

Judge::Origin Judge::origin_of(const rib::InternedSet& set) const {
  if (decodes_origins()) {
    const rib::AttributeSet decoded = read(set);
    Origin origin = origin_of(decoded.attributes);
    if (std::exchange(origin.unread, nullptr) != nullptr) {
      origin.guarded = guarded_path(decoded.attributes, facts_, *rules_);
    }
    return origin;
  }
  Origin origin;
  origin.asks_geofeed = rules_->geofeed != nullptr;
  if (rules_->has_prefix_rtts() && has_exits(facts_.kind, *rules_)) {
    origin.exit = rules_->egress->own_pop();  // not between PoPs: decodes_origins()
  }
  if (rules_->reads_rpki() && rules_->vrps != nullptr) {
    origin.asn = validated_origin(set, facts_.local_asn);
  }
  return origin;
}

// Most prefixes are not registered: they cost the search in the table alone. The path is read once
// for all others.
policy::GuardVerdict Judge::guard(const Prefix& prefix, const Origin& origin) const {
  if (origin.unread != nullptr) {
    if (rules_->registrations->find(prefix) == nullptr) return {};
    origin.guarded = guarded_path(*std::exchange(origin.unread, nullptr), facts_, *rules_);
  }
  return guard_verdict(prefix, origin.guarded, *rules_);
}

std::optional<policy::GuardedPath> guarded_path(const PathAttributes& attributes,
                                                const SessionFacts& facts,
                                                const ImportRules& rules) {
  if (facts.kind == PeerKind::Own) return std::nullopt;
  const bool behind_us = rules.between_pops && !is_ibgp(facts.kind);
  AsPath behind;
  if (behind_us) {
    behind = attributes.as_path;
    behind.drop_leading(facts.peer_asn);
  }
  const AsPath& path = behind_us ? behind : attributes.as_path;
  std::optional<Asn> partner;
  if (!is_ibgp(facts.kind) && !behind_us) {
    const bool hides_itself = !rules.enforce_first_as && path.neighbour();
    partner = hides_itself ? *path.neighbour() : facts.peer_asn;
  }
  std::optional<policy::GuardedPath> guarded = policy::guarded_path(path, partner);
  // Orders read neither leaks nor exits.
  if (!guarded || rules.registrations == nullptr) return guarded;
  guarded->leak = leak_of(path, attributes, facts, rules);
  if (rules.guard_usual != nullptr) guarded->facts = path_facts(attributes.as_path);
  const PopId exit = exit_of(attributes, facts.kind, rules);
  if (exit != kNoPlace) guarded->pop = rules.egress->pop(exit).name;
  return guarded;
}

policy::GuardVerdict guard_verdict(const Prefix& prefix,
                                   const std::optional<policy::GuardedPath>& path,
                                   const ImportRules& rules) {
  policy::GuardVerdict verdict;
  const policy::RegistrationTable* const registrations = rules.registrations.get();
  if (path && registrations != nullptr) {
    verdict = registrations->judge(prefix, *path, rules.guard_tables());
  }
  if (rules.guard_orders == nullptr) return verdict;
  const policy::GuardOrder* const order = rules.guard_orders->find(
      prefix, rules.order_name, path ? std::optional(path->partner) : std::nullopt);
  if (order == nullptr) return verdict;
  if (order->kind == policy::GuardOrderKind::Block) {
    return {{}, policy::GuardAction::Quarantine, kNoPin, order->kind};
  }
  if (verdict.action == policy::GuardAction::Quarantine || is_last_resort(verdict.pin)) {
    verdict.action = policy::GuardAction::Warn;
    verdict.pin = registrations->rank(prefix, *path);
    verdict.order = order->kind;
    verdict.by_fallback = false;
  }
  return verdict;
}

}  // namespace tern::pipeline
