#include "bgpd/pipeline/judge.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "bgpd/pipeline/attribute_sets.h"
#include "policy/origin_state_community.h"
#include "rib/types/add_each.h"

namespace tern::pipeline {
namespace {

// RFC 4271 section 6.3, RFC 2545 section 3: an address to which no packet can be sent.
const SpecialBlock* impossible_next_hop(const IpAddress& address, const ImportRules& rules) {
  return forbids(rules.reject_martians ? Use::NextHop : Use::Host, address);
}

// RFC 2545 section 3: a link-local address alone is useless to a router that does not share the
// link with its owner.
bool is_off_link(const IpAddress& address, const SessionFacts& facts) {
  return address.is_v6() && address.is_link_local() && !facts.link;
}

// RFC 4271 section 6.3 a. A neighbor on this host may nevertheless be the next hop of its routes.
bool is_own(const IpAddress& address, const SessionFacts& facts, const ImportRules& rules) {
  if (address == facts.local_address || address == facts.local_address_v4 ||
      address == facts.local_address_v6 || address == facts.local_link_local) {
    return true;
  }
  return rules.host_addresses && rules.host_addresses->contains(address) &&
         address != facts.peer_address;
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

// Adds to the last run if it is of the same kind.
void add_run(RouteBatch& batch, std::size_t count, bool withdraw) {
  if (batch.runs.empty() || batch.runs.back().withdraw != withdraw) {
    batch.runs.push_back({0, withdraw});
  }
  batch.runs.back().count += static_cast<std::uint32_t>(count);
}

// Calls fn(shard, prefixes) for consecutive prefixes of one shard.
template <typename Fn>
void by_shard(const rib::Shards& shards, std::span<const Nlri> prefixes, Fn&& fn) {
  for (std::size_t i = 0; i < prefixes.size();) {
    const std::size_t shard = shards.index_of(prefixes[i]);
    std::size_t end = shards.size() == 1 ? prefixes.size() : i + 1;
    while (end < prefixes.size() && shards.index_of(prefixes[end]) == shard) ++end;
    fn(shard, prefixes.subspan(i, end - i));
    i = end;
  }
}

}  // namespace

ImportCounters& ImportCounters::operator+=(const ImportCounters& other) {
  add_each(announced, other.announced);
  add_each(withdrawn, other.withdrawn);
  rejected += other.rejected;
  add_each(limit_hits, other.limit_hits);
  add_each(located, other.located);
  add_each(quarantined, other.quarantined);
  add_each(warned, other.warned);
  add_each(by_fallback, other.by_fallback);
  contradictory_tags += other.contradictory_tags;
  attributes_discarded += other.attributes_discarded;
  treated_as_withdraw += other.treated_as_withdraw;
  return *this;
}

void RouteBatch::clear() {
  runs.clear();
  announced.clear();
  withdrawn.clear();
  sets.clear();
  read_time = 0;
}

bool JudgedRoutes::empty() const { return std::ranges::all_of(shards, &RouteBatch::empty); }

std::size_t JudgedRoutes::size() const {
  std::size_t size = 0;
  for (const RouteBatch& batch : shards) size += batch.size();
  return size;
}

void JudgedRoutes::clear() {
  for (RouteBatch& batch : shards) batch.clear();
  counters = {};
  rules.reset();
  read_time = 0;
}

Reason structural_reason(const PathAttributes& attributes, const SessionFacts& facts,
                         const ImportRules& rules) {
  if (facts.kind == PeerKind::Own) return Reason::None;
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
    if (facts.role &&
        policy::is_marked_leak(attributes.only_to_customer, *facts.role, facts.peer_asn)) {
      return Reason::RouteLeak;
    }
  }
  const IpAddress& next_hop = attributes.next_hop.global;
  if (impossible_next_hop(next_hop, rules) != nullptr || is_off_link(next_hop, facts)) {
    return Reason::NextHopInvalid;
  }
  if (is_own(next_hop, facts, rules)) return Reason::NextHopSelf;
  if (rules.enforce_next_hop && attributes.next_hop.global != facts.peer_address &&
      attributes.next_hop.link_local != facts.peer_address) {
    return Reason::NextHopNotPeer;
  }
  return Reason::None;
}

Judge::Judge(rib::Shards& shards, const SessionFacts& facts,
             std::shared_ptr<const ImportRules> rules)
    : shards_(shards), facts_(facts), rules_(std::move(rules)) {}

// ---- UPDATEs

Judgement Judge::take(wire::Bytes body, JudgedRoutes& routes) {
  Judgement judgement;
  no_memory_ = false;
  if (routes.rules != rules_) routes.rules = rules_;
  judgement.reset = wire::decode_update(body, facts_.receive, update_);
  for (const wire::AttributeFault& fault : update_.faults) {
    if (fault.treatment == wire::Treatment::AttributeDiscard) {
      ++routes.counters.attributes_discarded;
    }
    if (judgement.fault == nullptr || fault.treatment > judgement.fault->treatment) {
      judgement.fault = &fault;
    }
  }
  if (judgement.reset) return judgement;
  judgement.end_of_rib = update_.end_of_rib;

  withdraw(kClassicFamily, update_.withdrawn, routes);
  if (update_.has_mp_unreach) {
    withdraw(update_.mp_unreach.family, update_.mp_unreach.prefixes, routes);
  }
  if (update_.treatment == wire::Treatment::TreatAsWithdraw) {
    ++routes.counters.treated_as_withdraw;
    routes.counters.rejected[static_cast<std::size_t>(judgement.fault->reason)] +=
        update_.announced.size() + update_.mp_reach.prefixes.size();
    withdraw(kClassicFamily, update_.announced, routes);
    if (update_.has_mp_reach) withdraw(update_.mp_reach.family, update_.mp_reach.prefixes, routes);
    return judgement;
  }
  if (!update_.announced.empty()) {
    received_ = update_.attributes;
    announce(kClassicFamily, update_.announced, routes);
  }
  if (update_.has_mp_reach && !update_.mp_reach.prefixes.empty()) {
    received_ = update_.attributes;
    received_.next_hop = update_.mp_reach.next_hop;
    announce(update_.mp_reach.family, update_.mp_reach.prefixes, routes);
  }
  if (no_memory_) judgement.reset = out_of_resources();
  return judgement;
}

void Judge::withdraw(Family family, std::span<const Nlri> prefixes, JudgedRoutes& routes) const {
  if (!facts_.families.contains(family) || prefixes.empty()) return;
  routes.counters.withdrawn[index(family)] += prefixes.size();
  by_shard(shards_, prefixes, [&](std::size_t shard, std::span<const Nlri> some) {
    RouteBatch& batch = routes.shards[shard];
    batch.withdrawn.insert(batch.withdrawn.end(), some.begin(), some.end());
    add_run(batch, some.size(), true);
  });
}

void Judge::originate(std::span<const Nlri> prefixes, const PathAttributes& attributes,
                      const EgressInfo& place, JudgedRoutes& routes) {
  if (prefixes.empty()) return;
  received_ = attributes;
  own_place_ = place;
  announce(prefixes.front().family, prefixes, routes);
}

void Judge::announce(Family family, std::span<const Nlri> prefixes, JudgedRoutes& routes) {
  if (!facts_.families.contains(family)) return;
  routes.counters.announced[index(family)] += prefixes.size();
  rib::AttrTable& attributes = shards_.attributes();
  const rib::AttrHandle received(attributes, intern(attributes, received_, {}, &no_memory_));
  if (received.ref() == rib::AttrRef::None) {  // two-octet AS numbers can grow beyond a message
    routes.counters.rejected[static_cast<std::size_t>(Reason::AttributeError)] += prefixes.size();
    return withdraw(family, prefixes, routes);
  }
  std::uint32_t shards = 0;
  const Origin origin = origin_of(received_);
  Question next = question(prefixes.front().prefix, origin);
  while (!prefixes.empty()) {
    // Consecutive prefixes that get the same answers.
    const Question asked = next;
    std::size_t count = 1;
    for (; count < prefixes.size(); ++count) {
      next = question(prefixes[count].prefix, origin);
      if (next != asked || !rules_->policies.has_all_answers()) break;
    }
    // Mostly all prefixes of the UPDATE: then no outcome needs to be remembered.
    const bool all = count == prefixes.size() && outcomes_.empty();
    Verdict only;
    if (all) only = judge(prefixes.front(), asked.answers, received_, received.ref());
    const Verdict& verdict = all ? only : outcome(prefixes.front(), asked, received.ref());
    Judge::count(verdict, count, routes.counters);
    const rib::AttrRef effective = verdict.effective.ref();
    const std::uint32_t some = add(
        prefixes.first(count), {received.ref(), effective, verdict.reason, verdict.detail}, routes);
    if (effective != received.ref() && effective != rib::AttrRef::None) {
      hold(some, effective, routes);
    }
    shards |= some;
    prefixes = prefixes.subspan(count);
  }
  outcomes_.clear();
  hold(shards, received.ref(), routes);
}

void Judge::count(const Verdict& verdict, std::size_t routes, ImportCounters& counters) {
  const auto suspicion = static_cast<std::size_t>(verdict.guard.suspicion);
  if (verdict.reason == Reason::Quarantined) counters.quarantined[suspicion] += routes;
  if (verdict.reason == Reason::None && verdict.guard.action == policy::GuardAction::Warn) {
    (verdict.guard.by_fallback ? counters.by_fallback : counters.warned)[suspicion] += routes;
  }
  if (verdict.reason != Reason::None) {
    counters.rejected[static_cast<std::size_t>(verdict.reason)] += routes;
    return;
  }
  counters.located[static_cast<std::size_t>(verdict.located)] += routes;
  if (verdict.contradictory_tags) counters.contradictory_tags += routes;
}

// The verdict on received_, valid until the next call. Few outcomes are remembered: the prefixes of
// an UPDATE get few different answers.
const Judge::Verdict& Judge::outcome(const Nlri& nlri, const Question& question,
                                     rib::AttrRef received) {
  constexpr std::size_t kMost = 8;
  if (rules_->policies.has_all_answers()) {
    const auto known = std::ranges::find(outcomes_, question, &Outcome::question);
    if (known != outcomes_.end()) return known->verdict;
  }
  if (outcomes_.size() == kMost) outcomes_.clear();
  outcomes_.push_back({question, judge(nlri, question.answers, received_, received)});
  return outcomes_.back().verdict;
}

std::uint32_t Judge::add(std::span<const Nlri> prefixes, const rib::Import& import,
                         JudgedRoutes& routes) const {
  std::uint32_t shards = 0;
  by_shard(shards_, prefixes, [&](std::size_t shard, std::span<const Nlri> some) {
    RouteBatch& batch = routes.shards[shard];
    for (const Nlri& nlri : some) batch.announced.push_back({nlri, import});
    add_run(batch, some.size(), false);
    shards |= std::uint32_t{1} << shard;
  });
  return shards;
}

// Prefixes with different answers mostly share their set nevertheless.
void Judge::hold(std::uint32_t shards, rib::AttrRef set, JudgedRoutes& routes) const {
  for (; shards != 0; shards &= shards - 1) {
    auto& sets = routes.shards[static_cast<std::size_t>(std::countr_zero(shards))].sets;
    if (!sets.empty() && sets.back().ref() == set) continue;
    shards_.attributes().retain(set);
    sets.emplace_back(shards_.attributes(), set);
  }
}

// ---- Verdicts

// The place with its cost at present. The added cost of the exit is also that of a path without a
// place: a later measurement, or one of another PoP, counts with it.
EgressInfo Judge::price(EgressInfo place, EgressCost measured) const {
  if (place.pop == kNoPlace) return place;
  place.added = policy::sum_of_costs(place.added, rules_->added_cost);
  place.cost = rules_->present_costs().cost(place, measured);
  return place;
}

// Removes or replaces the attributes that a neighbor must not set.
void Judge::strip_untrusted(PathAttributes& attributes) const {
  if (!rules_->between_pops && rules_->egress->enabled()) rules_->egress->scrub(attributes);
  // RFC 8097 section 2.
  if (!is_ibgp(facts_.kind) && !rules_->receive_rpki_community) {
    policy::remove_origin_states(attributes.extended_communities);
  } else {
    policy::remove_meaningless_states(attributes.extended_communities);
  }
  // RFC 9234 section 5, ingress rule 3: a route of a provider, a peer or a route server is for
  // customers only.
  if (!facts_.role || attributes.only_to_customer) return;
  const Role ours = *facts_.role;
  if (ours == Role::Customer || ours == Role::Peer || ours == Role::RouteServerClient) {
    attributes.only_to_customer = facts_.peer_asn;
  }
}

// Other paths come first where there are any: the neighbor is drained, or announces that the path
// will go (RFC 8326).
bool Judge::is_leaving(const PathAttributes& received) const {
  if (rules_->drained) return true;
  const bool ebgp = !is_ibgp(facts_.kind) && facts_.kind != PeerKind::Own;
  return rules_->graceful_shutdown && ebgp && carries(received, kGracefulShutdown);
}

Judge::Verdict Judge::judge(const Nlri& nlri, const policy::Answers& answers,
                            const PathAttributes& attributes, rib::AttrRef received) {
  Verdict judged;
  if (const SpecialBlock* const block = martian(nlri.prefix)) {
    judged.reason = Reason::Martian;
    judged.detail = detail_of(block->to_string());
    return judged;
  }
  judged.reason = structural_reason(attributes, facts_, *rules_);
  if (judged.reason == Reason::NextHopInvalid) {
    judged.detail = detail_of(next_hop_text(attributes.next_hop));
  }
  if (judged.reason != Reason::None) return judged;
  judged.guard = answers.guard;
  if (answers.guard.action == policy::GuardAction::Quarantine) {
    const bool blocked = answers.guard.order == policy::GuardOrderKind::Block;
    judged.reason = blocked ? Reason::GuardBlock : Reason::Quarantined;
    if (!blocked) judged.detail = detail_of(std::string(to_string(answers.guard.suspicion)));
    return judged;
  }
  if (rules_->reject_rpki_invalid && answers.origin == policy::OriginState::Invalid) {
    judged.reason = Reason::RpkiInvalid;
    return judged;
  }

  const bool own = facts_.kind == PeerKind::Own;
  const Located located =
      own ? Located{own_place_} : locate(attributes, facts_.kind, *rules_, answers.place);
  const EgressInfo egress = price(located.egress, answers.measured);
  judged.located = located.source;
  judged.contradictory_tags = located.contradictory;
  judged_ = attributes;
  strip_untrusted(judged_);
  if (rules_->policies.empty()) {
    // RFC 8212 section 2: without a policy an eBGP route is not used.
    if (!is_ibgp(facts_.kind) && !own) {
      judged.reason = Reason::NoPolicy;
      return judged;
    }
  } else {
    const policy::Verdict verdict = rules_->policies.evaluate(
        {nlri.prefix, attributes, egress, nlri.family, own}, answers, rules_->peer, judged_);
    if (!verdict.accept) {
      name_rejection(verdict, judged);
      return judged;
    }
  }
  const NextHopAnswer next_hop = find_next_hop(judged_.next_hop.global);
  if (!next_hop.resolved) {
    judged.reason = Reason::NextHopUnresolved;
    return judged;
  }
  if (is_leaving(attributes)) judged_.local_pref = 0;
  rib::AttrTable& table = shards_.attributes();
  const bool same = judged_ == attributes;
  const PinRank pin = answers.guard.pin;
  const SetFacts of_set{egress, next_hop.metric, judged_.local_pref == 0U ? leaving(pin) : pin};
  if (same && of_set == SetFacts{}) {
    table.retain(received);
    judged.effective = rib::AttrHandle(table, received);
    return judged;
  }
  judged.effective = rib::AttrHandle(
      table, same ? intern_with(table, table[received], attributes, of_set, &no_memory_)
                  : intern(table, judged_, of_set, &no_memory_));
  if (judged.effective.ref() == rib::AttrRef::None) judged.reason = Reason::AttributeError;
  return judged;
}

// The answer about the next hop behind policy, which may differ from the next hop as received. A
// link-local address is on the link of the session (structural_reason()), and counts as resolved.
NextHopAnswer Judge::find_next_hop(const IpAddress& address) {
  constexpr NextHopAnswer kResolved{true, 0};
  if (rules_->next_hops == nullptr || facts_.kind == PeerKind::Own) return kResolved;
  if (address.is_v6() && address.is_link_local()) return kResolved;
  if (known_next_hops_.size() >= kMostNextHops) known_next_hops_.clear();
  const auto [known, added] = known_next_hops_.try_emplace(address);
  if (added) known->second = rules_->next_hops->find(address, facts_.slot);
  return known->second;
}

// Names the block, not the address: details are kept for good and have to be few.
std::string Judge::next_hop_text(const NextHop& next_hop) const {
  if (const SpecialBlock* const block = impossible_next_hop(next_hop.global, *rules_)) {
    return "in " + block->to_string();
  }
  return "link-local, and the neighbor is on no link of ours";
}

std::uint16_t Judge::detail_of(const std::string& text) {
  const auto [known, added] = known_details_.try_emplace(text);
  if (added) known->second = shards_.details().intern(known->first);
  return known->second;
}

void Judge::name_rejection(const policy::Verdict& verdict, Verdict& judged) {
  const auto [known, added] = known_rejections_.try_emplace(detail_text(verdict));
  if (added) {
    const bool has_word = !verdict.reject_reason.empty();
    known->second.reason =
        has_word ? shards_.reasons().intern(verdict.reject_reason) : verdict.reason;
    known->second.detail = shards_.details().intern(known->first);
  }
  judged.reason = known->second.reason;
  judged.detail = known->second.detail;
}

}  // namespace tern::pipeline
