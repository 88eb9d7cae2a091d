#include "tests/sim/fleet/observer.h"

#include <algorithm>
#include <utility>

#include "tests/sim/fleet/rules.h"

namespace tern::sim::fleet {
namespace {

using EventKind = events::Kind;
using states::State;

}  // namespace

Observer::Observer(const Plan& plan, Speaker& speaker) : plan_(plan), speaker_(speaker) {
  for (std::size_t i = 0; i < speaker.shards().size(); ++i) {
    readers_.emplace_back(speaker.shards()[i]);
  }
  for (const Host neighbor : speaker.neighbors()) {
    const bool between_pops = neighbor < plan.routers();
    states::PeerFacts facts;
    facts.address = to_string(session::PeerAddress{address_of(neighbor), ""});
    facts.name = plan.name_of(neighbor);
    facts.kind = between_pops ? PeerKind::Ibgp : PeerKind::Ebgp;
    facts.between_pops = between_pops;
    facts.negotiated = true;
    facts.asn = between_pops ? kOurAsn : plan.partners[neighbor - plan.routers()].asn;
    facts.families.insert(Family::Ipv4Unicast);
    examiner_.set_peer(slot_of(neighbor), std::move(facts));
  }
  examiner_.book().set_hold(0);
}

void Observer::look(std::uint32_t now) {
  now_ = now;
  if (examiner_.book().table() != speaker_.registrations()) {
    examiner_.take_table(speaker_.registrations());
  }
  examiner_.note_all();
  examiner_.tick(now);
  speaker_.shards().share();
  examiner_.begin({nullptr, nullptr, speaker_.egress()}, speaker_.shards(), readers_);
  while (examiner_.slice(now)) {
  }
  examiner_.end();
  speaker_.shards().unshare();
  while (log_.tick(now)) {
  }
}

// Open and about the prefix, by itself or as one of a group.
bool Observer::has_event(EventKind kind, const std::string& prefix) const {
  std::uint64_t change = 0;
  const auto wants = [&](const events::Event& event) {
    return event.open() && event.kind == kind &&
           (event.subject.prefix == prefix ||
            std::ranges::find(event.examples, prefix) != event.examples.end());
  };
  return !log_.read(change, kKeep, wants).empty();
}

// The suspicions about routes that partners announce at the PoP. Routes that are never used reach
// no other PoP.
Against Observer::heard_against(const Oracle& oracle, std::size_t registration) const {
  Against seen;
  for (const auto& [prefix, partner, route] : oracle.heard(speaker_.self(), registration)) {
    const Against found = against(plan_, prefix, route.path);
    seen.origin |= found.origin;
    seen.more_specific |= found.more_specific;
    seen.partner |= found.partner;
  }
  return seen;
}

std::optional<std::string> Observer::compare_events(const Oracle& oracle,
                                                    std::size_t registration) const {
  const Registered& of = plan_.registered[registration];
  const Against seen = heard_against(oracle, registration);
  const std::string text = of.prefix.to_string();
  const auto differs = [&](EventKind kind, bool expected) -> std::optional<std::string> {
    const bool has = has_event(kind, text);
    // A route of an emergency may come from another PoP.
    if (has == expected || (has && of.emergency != Emergency::Nothing)) return std::nullopt;
    return text + ": the event " + std::string(to_string(kind)) +
           (has ? " is open, and there is no such route" : " is missing");
  };
  if (auto wrong = differs(EventKind::OriginHijack, seen.origin)) return wrong;
  if (auto wrong = differs(EventKind::MoreSpecificHijack, seen.more_specific)) return wrong;
  return differs(EventKind::UnregisteredPartner, seen.partner);
}

std::optional<std::string> Observer::compare_states(const Oracle& oracle,
                                                    std::size_t registration) const {
  const Registered& of = plan_.registered[registration];
  const auto shown = examiner_.book().find(of.prefix);
  if (!shown) return of.prefix.to_string() + ": the states are not known";
  const auto differs = [&](State state, bool expected) -> std::optional<std::string> {
    const bool has =
        std::ranges::any_of(shown->now, [state](const auto& each) { return each.state == state; });
    if (has == expected) return std::nullopt;
    return of.prefix.to_string() + ": the state " + std::string(to_string(state)) +
           (has ? " holds, and should not" : " should hold");
  };
  const Choice* const choice = oracle.choice(speaker_.self(), of.prefix);
  const Oracle::Place place =
      choice == nullptr ? Oracle::Place{} : oracle.place(of.prefix, *choice);
  const bool ordered = choice != nullptr && oracle.is_ordered(registration);
  const bool normal = ordered && !place.last_resort && place.partner != Oracle::kUnlisted;
  const bool first = place.partner == 0 && place.pop == 0;
  const Against seen = heard_against(oracle, registration);
  // A route of an emergency may come from another PoP.
  const bool hijacked = seen.origin || seen.more_specific;
  if (hijacked || of.emergency == Emergency::Nothing) {
    if (auto wrong = differs(State::Hijacked, hijacked)) return wrong;
  }
  if (auto wrong = differs(State::LastResort, choice != nullptr && place.last_resort)) return wrong;
  if (auto wrong = differs(State::ActiveOnPrimary, normal && first)) return wrong;
  if (auto wrong = differs(State::ActiveOnBackup, normal && !first)) return wrong;
  return differs(State::ActiveOnFallback, ordered && !place.last_resort && !normal);
}

std::optional<std::string> Observer::compare(const Oracle& oracle) const {
  for (std::size_t i = 0; i < plan_.registered.size(); ++i) {
    const std::string who = plan_.name_of(speaker_.self()) + ": ";
    if (auto wrong = compare_events(oracle, i)) return who + *wrong;
    if (auto wrong = compare_states(oracle, i)) return who + *wrong;
  }
  return std::nullopt;
}

}  // namespace tern::sim::fleet
