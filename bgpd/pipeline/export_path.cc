#include "bgpd/pipeline/export_path.h"

#include <algorithm>
#include <array>

#include "bgpd/pipeline/own_path.h"
#include "bgpd/wire/attribute_set.h"
#include "policy/origin_state_community.h"

namespace tern::pipeline {
namespace {

bool is_own(const rib::PeerRank& source) { return source.kind == PeerKind::Own; }

Withheld session_rules(const PathAttributes& attributes, PeerSlot source_slot,
                       const rib::PeerRank& source, const SessionFacts& facts,
                       const ExportRules& rules) {
  if (source_slot == facts.slot) return Withheld::SplitHorizon;
  const bool reflected = is_ibgp(source.kind) && is_ibgp(facts.kind);
  if (reflected && source.kind != PeerKind::RouteReflectorClient &&
      facts.kind != PeerKind::RouteReflectorClient) {
    return Withheld::Reflection;
  }
  if (rules.interpret_communities && !attributes.communities.empty()) {
    if (carries(attributes, kNoAdvertise)) return Withheld::NoAdvertise;
    const bool no_export =
        carries(attributes, kNoExport) || carries(attributes, kNoExportSubconfed);
    if (no_export && !is_ibgp(facts.kind)) return Withheld::NoExport;
  }
  if (attributes.only_to_customer && facts.role) {
    const Role ours = *facts.role;
    if (ours == Role::Customer || ours == Role::Peer || ours == Role::RouteServerClient) {
      return Withheld::OnlyToCustomer;
    }
  }
  return Withheld::No;
}

// Before policy: removes attributes that do not cross this kind of session unless policy sets them.
void leave_behind(const rib::PeerRank& source, const SessionFacts& facts, PathAttributes& out) {
  if (is_ibgp(facts.kind)) return;
  out.originator_id.reset();
  out.cluster_list.clear();
  policy::remove_origin_states(out.extended_communities);  // RFC 8097 section 2
  if (facts.kind == PeerKind::RouteServerClient) return;
  // RFC 4271 section 5.1.4: a received MED is not passed on to other neighboring ASes.
  if (!is_own(source)) out.med.reset();
  std::erase_if(out.extended_communities,
                [](ExtendedCommunity community) { return !community.transitive(); });
}

// The neighbor's own AS stays; without it, the neighbor could not detect its loop.
bool is_dropped(Asn asn, const SessionFacts& facts) {
  return is_private_asn(asn) && asn != facts.peer_asn;
}

template <typename Which>
void drop_asns(AsPath& path, Which&& which) {
  std::vector<AsSegment> kept;
  for (AsSegment segment : path.segments()) {
    std::erase_if(segment.asns, which);
    if (!segment.asns.empty()) kept.push_back(std::move(segment));
  }
  path = AsPath(std::move(kept));
}

// RFC 5065 section 4.1: path segments of a confederation stay among its members. An iBGP peer may
// be a member, though we are not.
void drop_confederation_segments(AsPath& path) {
  if (!path.has_confederation_segment()) return;
  std::vector<AsSegment> kept = path.segments();
  std::erase_if(kept, [](const AsSegment& segment) {
    return segment.type == AsSegment::Type::ConfedSequence ||
           segment.type == AsSegment::Type::ConfedSet;
  });
  path = AsPath(std::move(kept));
}

bool understands(const IpAddress& next_hop, Family family, const SessionFacts& facts) {
  if (next_hop.is_unspecified()) return false;
  return next_hop.version() == row(family).version || facts.extended_next_hop.contains(family);
}

// Our own address in a form that the neighbor can use; none where we have no such address.
bool set_own_next_hop(Family family, const SessionFacts& facts, PathAttributes& out) {
  const std::array<const IpAddress*, 3> own{
      &facts.local_address,
      row(family).version == IpVersion::V4 ? &facts.local_address_v4 : &facts.local_address_v6,
      &facts.local_address_v6};
  for (const IpAddress* address : own) {
    if (!understands(*address, family, facts)) continue;
    out.next_hop = NextHop{*address, std::nullopt};
    // RFC 2545 section 3: the link-local address beside the global one on a shared link.
    if (address->is_v6() && facts.link && !address->is_link_local()) {
      out.next_hop.link_local = facts.local_link_local;
    }
    return true;
  }
  return false;
}

// RFC 4271 section 5.1.3, RFC 2545 section 3, RFC 7947 section 2.2.1. The next hop of a route that
// this router originates is this router, whatever the kind of session.
bool set_next_hop(Family family, const rib::PeerRank& source, const SessionFacts& facts,
                  const ExportRules& rules, const NextHop& in_table, PathAttributes& out) {
  if (out.next_hop != in_table) {  // set by policy; "self" finds our address of the right family
    return understands(out.next_hop.global, family, facts) ||
           (out.next_hop.global == facts.local_address && set_own_next_hop(family, facts, out));
  }
  if (rules.next_hop_self || is_own(source)) return set_own_next_hop(family, facts, out);
  const IpAddress& address = out.next_hop.global;
  if (facts.kind == PeerKind::RouteServerClient) return understands(address, family, facts);
  if (is_ibgp(facts.kind)) {
    out.next_hop.link_local.reset();  // means nothing off its link
    if (address.is_link_local()) return set_own_next_hop(family, facts, out);
    return understands(address, family, facts);
  }
  // Third party: a router on the link that we share with the neighbor, but not the neighbor itself.
  const bool third_party = facts.link && facts.link->contains(address) &&
                           address != facts.peer_address && understands(address, family, facts);
  return third_party || set_own_next_hop(family, facts, out);
}

// After policy: the prepends that clients of a route server asked for. Towards another client the
// AS that is prepended is the one that sent the path, if the path has an AS (RFC 7947 section
// 2.2.2). A route that this router originates is sent by our own AS.
void obey_control(const AsPath& in_table, const rib::PeerRank& source, const SessionFacts& facts,
                  const ExportRules& rules, std::uint8_t prepend, PathAttributes& out) {
  if (!rules.control) return;
  rules.control->scrub(out);
  if (prepend == 0 || is_ibgp(facts.kind)) return;
  const bool of_client = facts.kind == PeerKind::RouteServerClient && !is_own(source);
  const std::optional<Asn> asn = of_client ? in_table.neighbour() : facts.local_asn;
  const bool hidden = asn && of_client && rules.remove_private_asns && is_dropped(*asn, facts);
  if (asn && !hidden) out.as_path.prepend(*asn, prepend);
}

// After policy: the state of the route's origin for iBGP neighbors (RFC 8097). A state that the
// route brought stays where the daemon has none.
void write_origin_state(policy::OriginState state, const SessionFacts& facts,
                        const ExportRules& rules, PathAttributes& out) {
  if (!is_ibgp(facts.kind) || !rules.send_rpki_community) return;
  if (state == policy::OriginState::NotValidated) return;
  policy::set_origin_state(state, out.extended_communities);
}

// After policy: the attributes that the kind of session writes.
void write_session_attributes(const rib::AttributeSet& set, const rib::PeerRank& source,
                              const SessionFacts& facts, const ExportRules& rules,
                              PathAttributes& out) {
  if (rules.send_location) {
    EgressInfo place = set.egress;
    if (!rules.between_pops) place.added = 0;  // what an exit adds is for our PoPs alone
    rules.egress->carry(place, out);
  } else if (rules.egress->enabled()) {
    rules.egress->scrub(out);
  }
  // RFC 7311 section 3.3: a policy cannot send AIGP over a session where it is disabled.
  if (!rules.aigp) out.aigp.reset();
  if (!rules.send_communities) {
    out.communities.clear();
    out.extended_communities.clear();
    out.ipv6_extended_communities.clear();
    out.large_communities.clear();
  }
  if (is_ibgp(facts.kind)) {
    if (!out.local_pref) out.local_pref = set.key.local_pref;
    // The prepends of a network are for other ASes: inside our AS they would be a loop.
    if (is_own(source)) drop_asns(out.as_path, [&](Asn asn) { return asn == facts.local_asn; });
    if (is_ibgp(source.kind)) {  // RFC 4456 section 8
      if (!out.originator_id) out.originator_id = IpAddress::v4(source.router_id);
      out.cluster_list.insert(out.cluster_list.begin(), facts.cluster_id);
    }
    return;
  }
  out.local_pref.reset();  // RFC 4271 section 5.1.5; policy could still read it
  drop_confederation_segments(out.as_path);
  if (rules.remove_private_asns) {
    drop_asns(out.as_path, [&](Asn asn) { return is_dropped(asn, facts); });
  }
  // A route server is transparent for the routes of its clients (RFC 7947 section 2.2.2). Its own
  // routes have its AS number, because an eBGP path is never empty (RFC 4271 section 5.1.2).
  if (facts.kind == PeerKind::Ebgp || is_own(source)) out.as_path.prepend(facts.local_asn);
  // RFC 9234 section 5, egress rule 1.
  if (facts.role && !out.only_to_customer) {
    const Role ours = *facts.role;
    if (ours == Role::Provider || ours == Role::Peer || ours == Role::RouteServer) {
      out.only_to_customer = facts.local_asn;
    }
  }
}

// At the very end: neither policy nor the settings of the neighbor take the mark away.
void write_drain(const SessionFacts& facts, const ExportRules& rules, PathAttributes& out) {
  if (!rules.drained) return;
  if (is_ibgp(facts.kind)) {
    out.local_pref = 0;
  } else if (!carries(out, kGracefulShutdown)) {
    out.communities.insert(std::ranges::upper_bound(out.communities, kGracefulShutdown),
                           kGracefulShutdown);
  }
}

// A path behind policy.
struct Passed {
  Family family;
  const rib::AttributeSet& set;
  const rib::PeerRank& source;
  policy::OriginState origin;
  std::uint8_t control_prepend;
};

// Writes the attributes that follow policy. Returns NextHop where the neighbor could understand no
// next hop.
Withheld complete(const Passed& path, const SessionFacts& facts, const ExportRules& rules,
                  PathAttributes& out) {
  const PathAttributes& in_table = path.set.attributes;
  if (!set_next_hop(path.family, path.source, facts, rules, in_table.next_hop, out)) {
    return Withheld::NextHop;
  }
  // RFC 7311 section 3.4: a router in the place of the next hop adds its way there. AIGP that
  // policy set is sent as it is.
  const bool moved = out.next_hop.global != in_table.next_hop.global;
  if (moved && out.aigp && out.aigp == in_table.aigp) {
    out.aigp = rib::accumulated_aigp(*out.aigp, path.set.key.interior_cost);
  }
  write_session_attributes(path.set, path.source, facts, rules, out);
  write_origin_state(path.origin, facts, rules, out);
  obey_control(in_table.as_path, path.source, facts, rules, path.control_prepend, out);
  write_drain(facts, rules, out);
  return Withheld::No;
}

}  // namespace

bool same_but_peer(const ExportRules& a, const ExportRules& b) {
  const SharedExportRules& one = a;
  const SharedExportRules& other = b;
  return one == other && a.peer.local_asn == b.peer.local_asn;
}

std::string_view to_string(Withheld withheld) {
  constexpr std::array<std::string_view, 12> kNames{
      "told",      "split-horizon",    "reflection",        "no-advertise",
      "no-export", "only-to-customer", "route-filter",      "no-policy",
      "policy",    "next-hop",         "control-community", "too-large"};
  return kNames[static_cast<std::size_t>(withheld)];
}

ExportVerdict export_path(const Nlri& nlri, const policy::Answers& answers,
                          const rib::AttributeSet& set, PeerSlot source_slot,
                          const rib::PeerRank& source, const SessionFacts& facts,
                          const ExportRules& rules, PathAttributes& out,
                          std::uint8_t control_prepend) {
  ExportVerdict verdict;
  verdict.withheld = session_rules(set.attributes, source_slot, source, facts, rules);
  if (verdict.withheld != Withheld::No) return verdict;
  if (rules.filter != nullptr && !rules.filter->passes(set.attributes)) {
    verdict.withheld = Withheld::RouteFilter;
    return verdict;
  }
  out = set.attributes;
  leave_behind(source, facts, out);
  if (rules.policies.empty()) {
    if (!is_ibgp(facts.kind)) {
      verdict.withheld = Withheld::NoPolicy;  // RFC 8212 section 2
      return verdict;
    }
  } else {
    const policy::Route route{nlri.prefix, set.attributes, set.egress, nlri.family, is_own(source)};
    verdict.policy = rules.policies.evaluate(route, answers, rules.peer, out);
    if (!verdict.policy.accept) {
      verdict.withheld = Withheld::Policy;
      return verdict;
    }
  }
  verdict.withheld =
      complete({nlri.family, set, source, answers.origin, control_prepend}, facts, rules, out);
  return verdict;
}

ExportVerdict export_default_route(Family family, const SessionFacts& facts,
                                   const ExportRules& rules, PathAttributes& out) {
  ExportVerdict verdict;
  const Nlri nlri = default_route(family);
  const rib::PeerRank source = own_rank();
  rib::AttributeSet set;
  set.attributes = own_attributes(family);
  out = set.attributes;
  const policy::Chain& policies = *rules.default_route;
  const policy::Answers answers =
      policies.ask({nlri.prefix, rules.vrps.get(), std::optional(facts.local_asn)});
  if (!policies.empty()) {
    const policy::Route route{nlri.prefix, set.attributes, set.egress, family, true};
    verdict.policy = policies.evaluate(route, answers, rules.peer, out);
    if (!verdict.policy.accept) {
      verdict.withheld = Withheld::Policy;
      return verdict;
    }
  }
  verdict.withheld = complete({family, set, source, answers.origin, 0}, facts, rules, out);
  return verdict;
}

bool fits(std::span<const std::byte> octets, Family family, const SessionFacts& facts) {
  return wire::fits(octets, family, facts.encoding(family));
}

bool encode_for(Family family, const SessionFacts& facts, const PathAttributes& formed,
                std::vector<std::byte>& octets) {
  octets.clear();
  return wire::encode_set(formed, octets) && fits(octets, family, facts);
}

ExportVerdict export_to_peer(const Nlri& nlri, const rib::AttributeSet& set, PeerSlot source_slot,
                             const rib::PeerRank& source, const SessionFacts& facts,
                             const ExportRules& rules, PathAttributes& out) {
  policy::ControlCommunities::Decision decision;
  if (rules.control != nullptr) {
    policy::ControlCommunities::Plan plan;
    rules.control->plan(set.attributes, plan);
    decision = plan.decide(facts.peer_asn);
  }
  const policy::Asked asked{nlri.prefix, rules.vrps.get(),
                            policy::validated_origin(set.attributes.as_path, facts.local_asn)};
  ExportVerdict verdict = export_path(nlri, rules.policies.ask(asked), set, source_slot, source,
                                      facts, rules, out, decision.prepend);
  if (verdict.withheld != Withheld::No) return verdict;
  std::vector<std::byte> octets;
  if (!decision.announce) {
    verdict.withheld = Withheld::Control;
  } else if (!encode_for(nlri.family, facts, out, octets)) {
    verdict.withheld = Withheld::TooLarge;
  }
  return verdict;
}

}  // namespace tern::pipeline
