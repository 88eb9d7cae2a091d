// The state single-homed: the connections and PoPs through which a prefix has routes, and those
// that are configured and missing.
#include <algorithm>
#include <string>
#include <utility>

#include "bgpd/states/examination.h"

namespace tern::states {
namespace {

// An operator drained the session, or shut it down.
bool is_in_maintenance(const PeerFacts& facts) {
  return facts.drain != PeerFacts::Drain::None || (facts.shut_down && !facts.held_by_limit);
}

// The event that can be the cause of a missing connection.
std::string cause_of_missing(const PeerFacts& facts) {
  using events::Kind;
  if (facts.drain == PeerFacts::Drain::Pop) {
    return events::event_key(Kind::PopDrained, events::kPopKey);
  }
  Kind kind = Kind::SessionDown;
  if (facts.held_by_limit) kind = Kind::PrefixLimit;
  if (facts.drain == PeerFacts::Drain::Neighbor) kind = Kind::NeighborDrained;
  return events::event_key(kind, facts.address);
}

const char* missing_word(const PeerFacts& facts) {
  if (facts.drain != PeerFacts::Drain::None) return " is drained";
  if (facts.held_by_limit) return " sent too many prefixes";
  return facts.shut_down ? " is shut down" : " has no route in service";
}

}  // namespace

// BGP Identifiers are unique within an AS alone (RFC 6286). A slot whose router is not known is a
// router of its own; there is no AS 0 (RFC 7607).
std::uint64_t Examination::router_key(PeerSlot slot) const {
  const PeerFacts* const facts = inputs_.peers->at(slot);
  if (facts == nullptr || facts->router == 0 || facts->asn == 0) return slot;
  return std::uint64_t{facts->asn} << 32U | facts->router;
}

// A path from another router of ours is a further connection where its next hop is no router that
// has a session here: both routers of a PoP may have a session with the same router of the partner.
Examination::Ways Examination::ways() const {
  Ways ways;
  std::set<IpAddress> here;
  for (const Usable& path : usable_) {
    if (!path.as_registered) continue;
    ways.any = true;
    if (!path.from_pop) here.insert(path.next_hop);
    const bool is_known = path.place.pop < inputs_.egress->pop_count();
    if (path.leaving) {
      if (is_known) ways.left_pops.insert(path.place.pop);
      continue;
    }
    if (!path.from_pop) ways.routers.insert(router_key(path.slot));
    if (is_known) ways.pops.insert(path.place.pop);
  }
  for (const Usable& path : usable_) {
    const bool counts = path.as_registered && path.from_pop && !path.leaving;
    if (counts && !here.contains(path.next_hop)) ways.others.insert(path.next_hop);
  }
  return ways;
}

// Names the sessions of partners, with the family of the prefix, whose routers have no route. A
// fault counts before maintenance: else the fault would be an example of the drain of another one.
std::string Examination::missing_connections(const Ways& ways, LostRedundancy& lost) const {
  const Family family = unicast(of_.prefix.address().version());
  std::string text;
  std::size_t count = 0;
  for (const Asn partner : of_.partners) {
    inputs_.peers->for_each_configured_of(partner, [&](PeerSlot slot, const PeerFacts& one) {
      if (!one.families.contains(family) || ways.routers.contains(router_key(slot))) return;
      const bool is_first_fault = lost.maintenance && !is_in_maintenance(one);
      if (is_first_fault) lost.maintenance = false;
      if (count++ == 0 || is_first_fault) {
        lost.neighbor = one.name;
        lost.cause = cause_of_missing(one);
      }
      if (count <= kMostNamed) text += (text.empty() ? "" : ", ") + one.name + missing_word(one);
    });
  }
  if (count > kMostNamed) text += " and " + std::to_string(count - kMostNamed) + " more";
  return text;
}

// A PoP of the registration has no path at all. A path that leaves stands for a PoP that is
// drained.
bool Examination::lost_a_pop(const Ways& ways) const {
  const auto is_lost = [&](const std::string& name) {
    const auto pop = inputs_.egress->find_pop(name);
    return pop && !ways.pops.contains(*pop) && !ways.left_pops.contains(*pop);
  };
  return is_lost(of_.primary_pop) || std::ranges::any_of(of_.backup_pops, is_lost);
}

// Where no more is configured, the state has no text of its own and is no event.
void Examination::find_redundancy() {
  const Ways found = ways();
  if (!found.any) return;
  const bool one_connection = found.connections() < 2;
  const bool several_pops = inputs_.egress->enabled() && inputs_.egress->pop_count() >= 2;
  const bool one_pop = several_pops && found.pops.size() < 2;
  if (!one_connection && !one_pop) return;
  found_.states.add(State::SingleHomed);
  LostRedundancy lost;
  lost.maintenance = true;
  std::string why = one_connection ? missing_connections(found, lost) : std::string();
  if (!why.empty()) {
    why = (found.connections() == 0 ? "no connection in service: " : "one connection: ") + why;
  }
  if (one_pop && by_pops() && !of_.backup_pops.empty()) {
    if (lost.maintenance && lost_a_pop(found)) lost = {};
    const std::string at = found.pops.empty() ? "no PoP" : pop_name(*found.pops.begin()) + " alone";
    why += (why.empty() ? "" : "; ") + ("routes leave at " + at);
  }
  if (why.empty()) return;
  note(State::SingleHomed, std::move(why));
  found_.lost = std::move(lost);
}

}  // namespace tern::states
