#include "policy/registrations.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "policy/usual_paths.h"
#include "policy/vrp_table.h"

namespace tern::policy {
namespace {

bool has_asn(const std::vector<Asn>& asns, std::optional<Asn> asn) {
  return asn && std::ranges::find(asns, *asn) != asns.end();
}

GuardActions actions_of(const Registration& registration, const GuardActions& others) {
  GuardActions actions{};
  for (std::size_t i = 0; i < kSuspicionCount; ++i) {
    actions[i] = registration.guard[i].value_or(others[i]);
  }
  return actions;
}

// The facts on which the verdicts about routes depend. The order of the origins does not count, but
// is cheaper to compare than to ignore.
auto guarded_facts(const RegistrationTable::Entry& entry) {
  const Registration& of = *entry.registration;
  return std::tie(entry.actions, entry.fallback, of.guard, of.max_length, of.path, of.origins,
                  of.partners, of.primary_pop, of.backup_pops);
}

// The place in the order of partners; 0 where none is named, so that all neighbor ASes are alike.
std::size_t partner_of(const Registration& of, Asn partner) {
  if (of.partners.empty()) return 0;
  const auto found = std::ranges::find(of.partners, partner);
  if (found == of.partners.end()) return kOtherPartner;
  return static_cast<std::size_t>(found - of.partners.begin());
}

// The place in the order of PoPs, likewise.
std::size_t pop_of(const Registration& of, std::string_view pop) {
  if (of.primary_pop.empty() || of.primary_pop == pop) return 0;
  const auto found = std::ranges::find(of.backup_pops, pop);
  if (found == of.backup_pops.end()) return kOtherPop;
  return static_cast<std::size_t>(found - of.backup_pops.begin()) + 1;
}

PinRank rank_of(const Registration& of, const GuardedPath& path) {
  if (of.partners.empty() && of.primary_pop.empty()) return kNoPin;
  return pin_rank(partner_of(of, path.partner), pop_of(of, path.pop));
}

// Whether the registration itself has some of the suspicions quarantined: no fallback uses such a
// path.
bool forbids(const Registration& of, const Suspicions& found) {
  for (std::size_t i = 0; i < kSuspicionCount; ++i) {
    if (found.has(static_cast<Suspicion>(i)) && of.guard[i] == GuardAction::Quarantine) return true;
  }
  return false;
}

// Whether the path is of a neighbor AS that is no partner, and nothing else has it quarantined.
bool has_other_partner_alone(const Suspicions& found, const GuardActions& actions) {
  for (std::size_t i = 0; i < kSuspicionCount; ++i) {
    const auto suspicion = static_cast<Suspicion>(i);
    if (suspicion != Suspicion::UnregisteredPartner && found.has(suspicion) &&
        actions[i] == GuardAction::Quarantine) {
      return false;
    }
  }
  return true;
}

// The file of every registration of the database.
const std::shared_ptr<const std::string>& stored_file() {
  static const auto file = std::make_shared<const std::string>("stored");
  return file;
}

}  // namespace

void Registration::set_stored() {
  file = stored_file();
  line = column = 0;
}

bool Registration::stored() const { return file == stored_file(); }

std::string Registration::place() const {
  if (stored()) return *file;
  return (file ? *file : std::string()) + ":" + std::to_string(line) + ":" + std::to_string(column);
}

std::string Registration::where() const {
  return stored() ? ", which is stored" : " of " + place();
}

std::string RegistrationOverlap::to_string() const {
  return left_out->place() + ": " + left_out->prefix.to_string() + " overlaps " +
         kept->prefix.to_string() + kept->where();
}

std::vector<RegistrationOverlap> remove_overlaps(std::vector<const Registration*>& all) {
  struct Ordered {
    const Registration* registration = nullptr;
    std::size_t number = 0;  // in the order of the caller
  };
  std::vector<Ordered> sorted;
  sorted.reserve(all.size());
  for (const Registration* one : all) sorted.push_back({one, sorted.size()});
  std::ranges::stable_sort(sorted, std::less{},
                           [](const Ordered& one) { return one.registration->prefix; });
  std::vector<RegistrationOverlap> overlaps;
  std::vector<Ordered> kept;  // none covers another one, so only the last one can cover the next
  kept.reserve(all.size());
  for (const Ordered& next : sorted) {
    if (kept.empty() || !kept.back().registration->prefix.covers(next.registration->prefix)) {
      kept.push_back(next);
      continue;
    }
    Ordered& last = kept.back();
    const bool next_goes = next.number > last.number;
    overlaps.push_back(
        {(next_goes ? next : last).registration, (next_goes ? last : next).registration});
    if (!next_goes) last = next;
  }
  all.clear();
  for (const Ordered& one : kept) all.push_back(one.registration);
  return overlaps;
}

RegistrationTable::RegistrationTable(std::vector<std::shared_ptr<const Registrations>> sources,
                                     const GuardActions& actions, Fallback fallback,
                                     TransitFree transit_free)
    : sources_(std::move(sources)), transit_free_(std::move(transit_free)) {
  std::vector<const Registration*> all;
  for (const auto& source : sources_) {
    for (const Registration& one : *source) all.push_back(&one);
  }
  left_out_ = remove_overlaps(all);
  std::vector<Entry> entries;
  entries.reserve(all.size());
  std::set<Asn> partners;
  for (const Registration* one : all) {
    entries.push_back(
        {one->prefix, one->fallback.value_or(fallback), actions_of(*one, actions), one});
    reads_rpki_ |= acts_on(entries.back().actions, Suspicion::RpkiInvalid);
    reads_usual_ |= policy::reads_usual(entries.back().actions);
    partners.insert(one->partners.begin(), one->partners.end());
  }
  partners_.assign(partners.begin(), partners.end());
  entries_ = CoveringTable<Entry>(std::move(entries));
}

Suspicions RegistrationTable::suspicions(const Entry& entry, const Prefix& prefix,
                                         const GuardedPath& path, const GuardTables& tables) {
  const Registration& of = *entry.registration;
  Suspicions found;
  const auto note = [&](bool holds, Suspicion suspicion) {
    if (holds && acts_on(entry.actions, suspicion)) found.add(suspicion);
  };
  const bool more_specific = prefix.length() > of.prefix.length();
  const bool other_origin = !has_asn(of.origins, path.origin);
  note(other_origin && !more_specific, Suspicion::OtherOrigin);
  note(more_specific && (other_origin || prefix.length() > of.max_length), Suspicion::MoreSpecific);
  note(!of.partners.empty() && !has_asn(of.partners, path.partner), Suspicion::UnregisteredPartner);
  if (tables.vrps != nullptr && acts_on(entry.actions, Suspicion::RpkiInvalid)) {
    note(tables.vrps->validate(prefix, path.origin) == OriginState::Invalid,
         Suspicion::RpkiInvalid);
  }
  note(static_cast<bool>(path.leak), Suspicion::Leak);
  note(of.path.max_length != 0 && path.length > of.path.max_length, Suspicion::PathLength);
  note(!of.path.allow_private_as && path.private_as, Suspicion::PrivateAs);
  note(path.bogon_as, Suspicion::BogonAs);
  note(!of.path.allow_prepend && path.prepend, Suspicion::Prepend);
  note(of.path.direct && !path.direct, Suspicion::NotDirect);
  if (tables.usual == nullptr || !path.facts || !policy::reads_usual(entry.actions)) return found;
  const UsualPath* const usual = tables.usual->find(prefix);
  note(usual != nullptr && is_new_upstream(*usual, *path.facts), Suspicion::NewUpstream);
  note(usual != nullptr && is_far_longer(*usual, *path.facts), Suspicion::LongPath);
  return found;
}

GuardVerdict RegistrationTable::judge(const Prefix& prefix, const GuardedPath& path,
                                      const GuardTables& tables) const {
  const Entry* const entry = find(prefix);
  if (entry == nullptr) return {};
  return verdict(*entry, prefix, path, suspicions(*entry, prefix, path, tables));
}

PinRank RegistrationTable::rank(const Prefix& prefix, const GuardedPath& path) const {
  const Entry* const entry = find(prefix);
  return entry == nullptr ? kNoPin : rank_of(*entry->registration, path);
}

GuardVerdict RegistrationTable::verdict(const Entry& entry, const Prefix& prefix,
                                        const GuardedPath& path, const Suspicions& found) {
  const Registration& of = *entry.registration;
  GuardVerdict verdict = strictest(found, entry.actions);
  if (verdict.action != GuardAction::Quarantine) {
    verdict.pin = rank_of(of, path);
    return verdict;
  }
  // A more specific prefix would take the traffic from a path of a partner for the whole prefix.
  if (entry.fallback == Fallback::None || prefix != of.prefix || forbids(of, found)) return verdict;
  const bool valid = has_other_partner_alone(found, entry.actions);
  if (!valid && entry.fallback != Fallback::Any) return verdict;
  verdict.action = GuardAction::Warn;
  verdict.by_fallback = true;
  verdict.pin = valid ? rank_of(of, path) : last_resort(rank_of(of, path));
  return verdict;
}

std::vector<PrefixRange> RegistrationTable::difference(const RegistrationTable& a,
                                                       const RegistrationTable& b) {
  const bool other_leaks = a.transit_free_ != b.transit_free_;
  const auto differs = [&](const Prefix&, const Entry* of_a, const Entry* of_b) {
    if (other_leaks || of_a == nullptr || of_b == nullptr) return true;
    return guarded_facts(*of_a) != guarded_facts(*of_b);
  };
  return CoveringTable<Entry>::difference(a.entries_, b.entries_, differs);
}

}  // namespace tern::policy
