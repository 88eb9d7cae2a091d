#include "bgpd/pipeline/export_group.h"

#include <algorithm>
#include <map>

#include "bgpd/pipeline/attribute_sets.h"
#include "rib/types/hash.h"

namespace tern::pipeline {
namespace {

// Compares the fields of the session that set_next_hop() reads, for every kind of session: the next
// hop of a route that this router originates is always our address.
bool same_next_hops(const SessionFacts& a, const SessionFacts& b) {
  const OwnAddresses& one = a;
  const OwnAddresses& other = b;
  return one == other && (a.kind != PeerKind::Ebgp || !a.link || a.peer_address == b.peer_address);
}

// Compares the field of the session that remove_private_asns reads: the AS of the neighbor, which
// stays in the path.
bool same_private_asns(const SessionFacts& a, const SessionFacts& b, const ExportRules& rules) {
  return !rules.remove_private_asns || a.peer_asn == b.peer_asn ||
         (!is_private_asn(a.peer_asn) && !is_private_asn(b.peer_asn));
}

}  // namespace

ExportGroup::ExportGroup(rib::Rib& rib, SessionFacts facts, ExportRules rules)
    : rib_(rib), facts_(std::move(facts)), rules_(std::move(rules)) {}

ExportGroup::~ExportGroup() {
  for (Memo& memo : memo_) forget(memo);
  forget(fresh_);
  rib_.attributes().release(default_route_);
  for (const rib::AudienceRef ref : everyone_) rib_.audiences().release(ref);
}

bool ExportGroup::serves(const SessionFacts& facts, const ExportRules& rules) const {
  const ExportFacts& members = facts_;
  const ExportFacts& wanted = facts;
  return members == wanted && same_but_peer(rules_, rules) &&
         same_private_asns(facts_, facts, rules) &&
         (!rules_.reads_peer() || rules_.peer == rules.peer) && same_next_hops(facts_, facts);
}

// ---- Members

void ExportGroup::insert(const SessionFacts& facts) {
  for (const Family family : kFamilies) {
    if (facts.families.contains(family)) members_[index(family)].insert(facts.slot);
    rib_.audiences().release(std::exchange(everyone_[index(family)], rib::AudienceRef::Nobody));
  }
  const std::pair member{facts.peer_asn, facts.slot};
  asns_.insert(std::upper_bound(asns_.begin(), asns_.end(), member), member);
  ++version_;
}

void ExportGroup::erase(PeerSlot slot) {
  for (const Family family : kFamilies) {
    members_[index(family)].erase(slot);
    rib_.audiences().release(std::exchange(everyone_[index(family)], rib::AudienceRef::Nobody));
  }
  std::erase_if(asns_, [&](const auto& member) { return member.second == slot; });
  ++version_;
}

rib::AudienceRef ExportGroup::everyone(Family family) {
  rib::AudienceRef& ref = everyone_[index(family)];
  if (ref == rib::AudienceRef::Nobody) ref = rib_.audiences().intern(members(family));
  return ref;
}

// ---- Variants

void ExportGroup::forget(Memo& memo) {
  rib_.attributes().release(std::exchange(memo.set, rib::AttrRef::None));
  for (const Variant& variant : memo.variants) {
    rib_.attributes().release(variant.set);
    rib_.audiences().release(variant.to);
  }
  memo.variants.clear();
}

// Reflection alone writes a fact of the source into a route (RFC 4456 section 8).
ExportGroup::SourceKey ExportGroup::source_key(const rib::PeerRank& source) const {
  const bool reflected = is_ibgp(source.kind) && is_ibgp(facts_.kind);
  return (std::uint64_t{reflected ? source.router_id : 0} << 8U) |
         static_cast<std::uint64_t>(source.kind);
}

policy::Answers ExportGroup::ask(const Prefix& prefix, rib::AttrRef set) const {
  std::optional<Asn> origin;
  if (rules_.vrps != nullptr) {
    origin = validated_origin(rib_.attributes()[set], facts_.local_asn);
  }
  return rules_.policies.ask({prefix, rules_.vrps.get(), origin});
}

std::size_t ExportGroup::hash_of(rib::AttrRef set, const policy::Answers& answers) {
  const auto number = static_cast<std::uint32_t>(set);
  return static_cast<std::size_t>(mix_bits(number ^ answers.hash()));
}

// Starts small, because a group may be one neighbor that gets few routes. The memo doubles when two
// sets meet in a place.
ExportGroup::Memo& ExportGroup::memo_of(rib::AttrRef set, const policy::Answers& answers) {
  const std::size_t hash = hash_of(set, answers);
  if (memo_.empty()) memo_.resize(kFirstMemos);
  const Memo& present = memo_[hash % memo_.size()];
  const bool meets =
      present.set != rib::AttrRef::None && (present.set != set || present.answers != answers);
  if (meets && memo_.size() < kMostMemos) grow_memo();
  return memo_[hash % memo_.size()];
}

// Entries of different places never meet in the larger memo.
void ExportGroup::grow_memo() {
  std::vector<Memo> before(2 * memo_.size());
  before.swap(memo_);
  for (Memo& memo : before) {
    if (memo.set == rib::AttrRef::None) continue;
    memo_[hash_of(memo.set, memo.answers) % memo_.size()] = std::move(memo);
  }
}

std::span<const ExportGroup::Variant> ExportGroup::variants(const Nlri& nlri,
                                                            const rib::Path& path) {
  const rib::AttrRef set = path.effective();
  const Asked asked{nlri, path, ask(nlri.prefix, set)};
  if (!rules_.policies.has_all_answers()) {
    forget(fresh_);
    evaluate(asked, fresh_.variants);
    return fresh_.variants;
  }
  const SourceKey source = source_key(rib_.peer(path.peer()));
  Memo& memo = memo_of(set, asked.answers);
  const bool known = memo.set == set && memo.complete && memo.source == source &&
                     memo.answers == asked.answers && memo.family == nlri.family &&
                     (rules_.control == nullptr || memo.version == version_);
  if (!known) {
    forget(memo);
    evaluate(asked, memo.variants);
    rib_.attributes().retain(set);
    memo.set = set;
    memo.answers = asked.answers;
    memo.family = nlri.family;
    memo.source = source;
    memo.version = version_;
    memo.complete = !found_no_memory_;
  }
  return memo.variants;
}

void ExportGroup::evaluate(const Asked& asked, std::vector<Variant>& out) {
  found_no_memory_ = false;
  read(rib_.attributes()[asked.path.effective()], stored_);
  if (rules_.control != nullptr) {
    rules_.control->plan(stored_.attributes, plan_);
    if (!plan_.trivial()) return evaluate_plan(asked, out);
  }
  if (const rib::AttrRef set = form(asked, 0); set != rib::AttrRef::None) {
    out.push_back({set, rib::AudienceRef::Nobody});
  }
}

// Makes a variant for each number of prepends that some client gets.
void ExportGroup::evaluate_plan(const Asked& asked, std::vector<Variant>& out) {
  const rib::ClientSet& all = members(asked.nlri.family);
  std::map<std::uint8_t, rib::ClientSet> by_prepend;
  rib::ClientSet others = all;
  for (const auto& peer : plan_.peers) {
    const auto first =
        std::lower_bound(asns_.begin(), asns_.end(), std::pair{peer.asn, PeerSlot{0}});
    for (auto member = first; member != asns_.end() && member->first == peer.asn; ++member) {
      if (!all.contains(member->second)) continue;
      others.erase(member->second);
      if (peer.announce) by_prepend[peer.prepend].insert(member->second);
    }
  }
  if (plan_.announce) by_prepend[plan_.prepend] |= others;
  for (const auto& [prepend, to] : by_prepend) {
    if (to.empty()) continue;
    const rib::AttrRef set = form(asked, prepend);
    if (set != rib::AttrRef::None) out.push_back({set, rib_.audiences().intern(to)});
  }
}

rib::AttrRef ExportGroup::form(const Asked& asked, std::uint8_t control_prepend) {
  const Family family = asked.nlri.family;
  const ExportVerdict verdict =
      export_path(asked.nlri, asked.answers, stored_, kNoPeerSlot, rib_.peer(asked.path.peer()),
                  facts_, rules_, formed_, control_prepend);
  if (verdict.withheld != Withheld::No) return rib::AttrRef::None;
  rib::AttrTable& table = rib_.attributes();
  // Unchanged: most of the routes that a route server advertises.
  if (stored_.egress == EgressInfo{} && stored_.key.interior_cost == 0 &&
      stored_.key.pin == kNoPin && formed_ == stored_.attributes) {
    const rib::AttrRef same = asked.path.effective();
    if (!fits(table[same].octets(), family, facts_)) return rib::AttrRef::None;
    table.retain(same);
    return same;
  }
  return intern_formed(family);
}

rib::AttrRef ExportGroup::intern_formed(Family family) {
  if (!encode_for(family, facts_, formed_, octets_)) return rib::AttrRef::None;
  const rib::AttrRef set =
      rib_.attributes().intern(octets_, EgressInfo{}, rib::decision_key(formed_, EgressInfo{}));
  found_no_memory_ |= set == rib::AttrRef::None;
  return set;
}

// The set is made again for each call, because one destination has it, which changes seldom.
rib::AttrRef ExportGroup::default_route(Family family) {
  if (rules_.default_route == nullptr) return rib::AttrRef::None;
  rib_.attributes().release(std::exchange(default_route_, rib::AttrRef::None));
  const ExportVerdict verdict = export_default_route(family, facts_, rules_, formed_);
  if (verdict.withheld == Withheld::No) default_route_ = intern_formed(family);
  return default_route_;
}

}  // namespace tern::pipeline
