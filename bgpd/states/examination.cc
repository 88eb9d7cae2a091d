#include "bgpd/states/examination.h"

#include <algorithm>
#include <bitset>
#include <type_traits>
#include <utility>
#include <variant>

#include "rib/types/one_line.h"

namespace tern::states {
namespace {

using policy::Suspicion;

std::size_t suspect_index(Suspicion suspicion) {
  switch (suspicion) {
    case Suspicion::OtherOrigin:
      return 0;
    case Suspicion::MoreSpecific:
      return 1;
    case Suspicion::UnregisteredPartner:
      return 2;
    case Suspicion::RpkiInvalid:
      return 3;
    case Suspicion::Leak:
      return 4;
    default:
      return 5;
  }
}

bool has_community(const PathAttributes& attributes, const policy::AnyCommunity& wanted) {
  return std::visit(
      [&](const auto& community) {
        using Type = std::decay_t<decltype(community)>;
        if constexpr (std::is_same_v<Type, Community>) {
          return std::ranges::find(attributes.communities, community) !=
                 attributes.communities.end();
        } else if constexpr (std::is_same_v<Type, LargeCommunity>) {
          return std::ranges::find(attributes.large_communities, community) !=
                 attributes.large_communities.end();
        } else {
          return std::ranges::find(attributes.extended_communities, community) !=
                 attributes.extended_communities.end();
        }
      },
      wanted);
}

// Texts of operators are in evidence, so a cut keeps the characters whole.
std::string cut_text(const std::string& text) {
  return std::string(cut_utf8(text, events::kMostText));
}

}  // namespace

std::string milliseconds_text(EgressCost cost) {
  constexpr double kMilliseconds = 1e-3;  // in a microsecond
  std::string text = std::to_string(static_cast<double>(cost) * kMilliseconds);
  return text.substr(0, text.find('.') + 2) + " ms";
}

std::string from_partners_text(const policy::Registration& registration) {
  std::string text;
  for (const Asn partner : registration.partners) {
    text += (text.empty() ? "from AS " : ", ") + std::to_string(partner);
  }
  return text.empty() ? "from any neighbor" : cut_text(text);
}

Examination::Examination(const policy::RegistrationTable::Entry& entry, const Inputs& inputs,
                         StateSet before)
    : entry_(entry), of_(*entry.registration), inputs_(inputs), before_(before) {
  rules_.egress = inputs_.egress;
  rules_.registrations = inputs_.registrations;
  rules_.guard_vrps = inputs_.vrps;
  rules_.guard_usual = inputs_.usual;
}

std::string Examination::name_of(PeerSlot slot) const {
  const PeerFacts* const from = inputs_.peers->at(slot);
  return from == nullptr ? "a neighbor that left" : from->name;
}

std::string Examination::pop_name(PopId pop) const {
  const policy::Egress& egress = *inputs_.egress;
  return pop < egress.pop_count() ? egress.pop(pop).name : "an unknown exit";
}

bool Examination::by_pops() const { return !of_.primary_pop.empty() && inputs_.egress->enabled(); }

bool Examination::is_of_partner(PinRank pin) {
  return !is_last_resort(pin) && partner_of(pin) != kOtherPartner;
}

// Without costs of places no exit has a name, and all paths are at the same place of the order.
std::size_t Examination::pop_place(PinRank pin) const { return by_pops() ? pop_of(pin) : 0; }

// The routes that this network originates itself are not examined.
void Examination::add(const Prefix& prefix, const SeenPath& path, const PathAttributes& received) {
  const PeerFacts* const from = inputs_.peers->at(path.slot);
  if (path.slot == kOwnSlot || from == nullptr) return;
  session_.kind = from->kind;
  session_.peer_asn = from->asn;
  session_.role = from->role;
  rules_.between_pops = from->between_pops;
  rules_.enforce_first_as = from->enforce_first_as;
  const auto guarded = pipeline::guarded_path(received, session_, rules_);
  if (!guarded) return;
  if (!path.accepted && path.reason == Reason::Quarantined) ++quarantined_;
  const bool exact = prefix == of_.prefix;
  if (exact) {
    const auto place = std::ranges::lower_bound(senders_, path.slot);
    if (place == senders_.end() || *place != path.slot) senders_.insert(place, path.slot);
  }
  look_at_suspicions(prefix, path, *guarded, received);
  if (!exact) return;
  const bool of_partner = of_.partners.empty() ||
                          std::ranges::find(of_.partners, guarded->partner) != of_.partners.end();
  const bool of_origin =
      guarded->origin && std::ranges::find(of_.origins, *guarded->origin) != of_.origins.end();
  // The PoP of ours that received the route from the partner looks at the tag.
  const bool from_pop = is_ibgp(from->kind) || from->between_pops;
  if (of_partner && of_origin && !from_pop) look_at_tag(path, received);
  if (!path.accepted) return;
  const Usable usable{path.pin,
                      path.place,
                      of_partner && of_origin,
                      from_pop,
                      is_leaving_path(path, *from, received),
                      path.slot,
                      received.next_hop.global};
  look_at_exit(path, guarded->partner, usable, received);
}

// The rank of a path says so where the registration names partners or PoPs.
bool Examination::is_leaving_path(const SeenPath& path, const PeerFacts& from,
                                  const PathAttributes& received) const {
  if (path.pin != kNoPin) return is_leaving(path.pin);
  if (from.drain != PeerFacts::Drain::None) return true;
  return !is_ibgp(from.kind) && from.graceful_shutdown &&
         has_community(received, kGracefulShutdown);
}

void Examination::look_at_suspicions(const Prefix& prefix, const SeenPath& path,
                                     const policy::GuardedPath& guarded,
                                     const PathAttributes& received) {
  const auto suspicions =
      policy::RegistrationTable::suspicions(entry_, prefix, guarded, rules_.guard_tables());
  const bool elsewhere =
      suspicions.has(Suspicion::OtherOrigin) || suspicions.has(Suspicion::MoreSpecific);
  std::string as_path;
  for (std::size_t i = 0; i < policy::kSuspicionCount; ++i) {
    const auto suspicion = static_cast<Suspicion>(i);
    if (!suspicions.has(suspicion)) continue;
    if (as_path.empty()) as_path = received.as_path.to_string();
    auto& suspect = found_.suspects[suspect_index(suspicion)];
    if (!suspect) {
      suspect = Suspect{prefix,          path.slot, guarded.origin,
                        guarded.partner, suspicion, path.accepted,
                        path.reason,     as_path,   0};
      if (suspicion == Suspicion::Leak) suspect->leak = to_string(guarded.leak);
    }
    ++suspect->routes;
    const std::string by = "by " + name_of(path.slot) + ", path " + as_path;
    if (suspicion == Suspicion::OtherOrigin || suspicion == Suspicion::MoreSpecific) {
      note_neighbor(State::Hijacked, prefix.to_string() + " " + by);
    } else if (suspicion == Suspicion::RpkiInvalid && !elsewhere) {
      note_neighbor(State::RpkiInvalid, prefix.to_string() + " " + by);
    } else if (suspicion == Suspicion::Leak && !elsewhere) {
      note_neighbor(State::Leaked, prefix.to_string() + " " + by);
    } else if (suspicion > Suspicion::Leak && !elsewhere) {
      note_neighbor(State::PathNotCorrect, std::string(to_string(suspicion)) + " " + by);
    }
  }
}

void Examination::look_at_tag(const SeenPath& path, const PathAttributes& received) {
  if (!of_.tag || has_community(received, *of_.tag)) return;
  const std::string tag = std::visit([](const auto& one) { return to_string(one); }, *of_.tag);
  note_neighbor(State::MissingTag, tag + " by " + name_of(path.slot));
}

void Examination::look_at_exit(const SeenPath& path, Asn partner, const Usable& usable,
                               const PathAttributes& received) {
  found_.present = true;
  usable_.push_back(usable);
  if (!path.best) return;
  best_ = Best{usable_.back(), partner, received.as_path.to_string()};
  found_.best_slot = path.slot;
}

void Examination::note(State state, std::string text) {
  found_.states.add(state);
  if (!text.empty()) found_.evidence.push_back({state, cut_text(text)});
}

// Names the first neighbors or routes, and lets the others be.
void Examination::note_neighbor(State state, std::string text) {
  found_.states.add(state);
  const auto known = std::ranges::find(found_.evidence, state, &StateEvidence::state);
  if (known == found_.evidence.end()) return note(state, std::move(text));
  if (known->text.size() + text.size() + 2 > events::kMostText) return;
  if (known->text.find(text) == std::string::npos) known->text += "; " + text;
}

// Without a session of a partner here, a partner may be at another PoP of ours or behind a route
// server: then any route will do. A session for other families is not expected to send the prefix.
void Examination::find_unheard() {
  if (senders_.empty()) return found_.states.add(State::NotReceived);
  const Family family = unicast(of_.prefix.address().version());
  std::string unheard;
  std::size_t count = 0;
  for (const Asn partner : of_.partners) {
    inputs_.peers->for_each_of(partner, [&](PeerSlot slot, const PeerFacts& one) {
      if (!one.families.contains(family) || std::ranges::binary_search(senders_, slot)) return;
      if (++count <= kMostNamed) unheard += (unheard.empty() ? "" : ", ") + one.address;
    });
  }
  if (count == 0) return;
  if (count > kMostNamed) unheard += " and " + std::to_string(count - kMostNamed) + " more";
  note(State::NotReceived, "from IP " + unheard);
}

// Counts PoPs where the registration names backup PoPs, else partners.
void Examination::find_backup() {
  const bool pops = by_pops() && !of_.backup_pops.empty();
  if (!found_.present || (!pops && of_.partners.size() < 2)) return;
  std::bitset<kOtherPartner> places;
  for (const Usable& path : usable_) {
    if (path.pin == kNoPin || !is_of_partner(path.pin)) continue;
    const std::size_t place = pops ? pop_of(path.pin) : partner_of(path.pin);
    if (!pops || place != kOtherPop) places.set(place);
  }
  if (places.count() >= 2) return;
  note(State::BackupNotFound,
       pops ? "no second PoP of the registration has a route" : "no second partner has a route");
}

// The place of the best path in the order of the registration.
void Examination::find_choice() {
  if (!best_ || best_->path.pin == kNoPin) return;
  const PinRank pin = best_->path.pin;
  const std::string by = "by " + name_of(found_.best_slot);
  if (is_last_resort(pin)) return note(State::LastResort, by + ", path " + best_->as_path);
  if (!is_of_partner(pin)) {
    return note(State::ActiveOnFallback, by + ", AS " + std::to_string(best_->partner));
  }
  if (partner_of(pin) == 0 && pop_place(pin) == 0) return note(State::ActiveOnPrimary, "");
  note(State::ActiveOnBackup, by_pops() ? by + " at " + pop_name(best_->path.place.pop) : by);
}

// An exit that the registration prefers less is no better one.
void Examination::find_nearest() {
  if (!best_) return;
  const EgressInfo& chosen = best_->path.place;
  const EgressInfo* nearest = &chosen;
  for (const Usable& path : usable_) {
    if (path.pin == best_->path.pin && path.place.cost < nearest->cost) nearest = &path.place;
  }
  if (nearest == &chosen) return;
  note(State::Suboptimal,
       "leaves at " + pop_name(chosen.pop) +
           (chosen.cost == kUnknownCost ? "" : " for " + milliseconds_text(chosen.cost)) + "; " +
           pop_name(nearest->pop) + " is " + milliseconds_text(nearest->cost));
}

Findings Examination::finish() {
  find_unheard();
  if (quarantined_ != 0) {
    note(State::Quarantined,
         std::to_string(quarantined_) + (quarantined_ == 1 ? " route" : " routes"));
  }
  find_backup();
  find_choice();
  find_nearest();
  find_redundancy();
  find_ingress();
  bool bad = false;
  for (std::size_t i = 0; i < static_cast<std::size_t>(State::ActiveOnBackup); ++i) {
    bad |= found_.states.has(static_cast<State>(i));
  }
  if (found_.present && !bad) found_.states.add(State::Healthy);
  if (found_.states.empty()) note(State::NotReceived, "no route is in use");
  return std::move(found_);
}

}  // namespace tern::states
