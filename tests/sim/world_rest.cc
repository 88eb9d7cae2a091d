// Time passes, all comes to rest, and the routes of all neighbors are compared.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/model/compare_held.h"
#include "tests/sim/sessions.h"
#include "tests/sim/world.h"

namespace tern::sim {
namespace {

using namespace std::chrono_literals;

constexpr Time kLook = 50ms;       // between checks of the promises
constexpr Time kPatience = 20min;  // for all work to end after the last fault
constexpr Time kRestless = 8min;   // until next hops that come and go count as restless
constexpr Time kHold = std::chrono::seconds(kHoldTime);

}  // namespace

// ---- Time passes

std::optional<std::string> World::pass(Time time) {
  const Time end = network_.now() + time;
  while (network_.now() < end) {
    network_.run_until(std::min(end, network_.now() + kLook));
    if (auto wrong = look()) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> World::look() {
  if (router_) {
    if (auto wrong = router_->wrong()) return wrong;
  }
  for (auto& each : parties_) {
    if (auto wrong = look_at(each.second)) return wrong;
  }
  return std::nullopt;
}

// A hold timer may expire only at an end that could not receive from the other end.
std::optional<std::string> World::look_at(Party& party) {
  const PeerSlot slot = party.neighbor.client.slot;
  const std::array<Link*, 2> ends{router_ ? router_->link(slot) : nullptr, party.member.get()};
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (ends[i] == nullptr) continue;
    if (auto wrong = ends[i]->wrong()) return "neighbor " + std::to_string(slot) + ": " + *wrong;
    if (ends[i]->expired() == party.expired[i]) continue;
    party.expired[i] = ends[i]->expired();
    ++seen_.expired;
    tell("neighbor " + std::to_string(slot) + ": a hold timer expired at " +
         (i == 0 ? "the router" : "its end"));
    if (party.disturbed == Time{} || network_.now() > party.disturbed + 3 * kHold) {
      return "neighbor " + std::to_string(slot) + ": a hold timer expired, and nothing was wrong";
    }
  }
  const bool up = ends[0] != nullptr && ends[0]->established();
  if (up != party.up) {
    if (up) ++seen_.sessions;
    tell("neighbor " + std::to_string(slot) +
         (up ? " is up"
             : " is down: " + (ends[0] == nullptr ? std::string("no router")
                                                  : ends[0]->driver().machine().last_down().text)));
    party.up = up;
  }
  return std::nullopt;
}

// ---- Rest

void World::heal() {
  if (!router_) boot_router();
  for (auto& [slot, party] : parties_) {
    network_.cut_off(slot, false);
    if (!party.member) boot(party, 0);
    if (std::exchange(party.disabled, false)) router_->enable(slot);
  }
}

std::optional<std::string> World::waits_for() {
  if (!router_->calm()) return "the router's work";
  if (router_->holds_next_hops()) return "next hops that are held back";
  if (!router_->conditions_rest()) return "conditions and aggregates";
  if (!router_->has_all_covers()) return "a search for routes that resolve next hops";
  for (auto& [slot, party] : parties_) {
    const std::string who = "neighbor " + std::to_string(slot);
    Link& link = *router_->link(slot);
    Member& member = *party.member;
    if (!link.established() || !member.established()) return who + " to come up";
    if (!link.socket().joined_with(member.socket())) return who + ": another connection";
    if (!link.socket().quiet() || !member.socket().quiet()) return who + ": octets on their way";
    if (link.waiting() != 0 || !member.sent_all()) return who + ": octets that wait";
    if (const auto& missing = member.received()->missing()) return who + ": " + *missing;
  }
  return std::nullopt;
}

std::optional<std::string> World::settle() {
  heal();
  const Time end = network_.now() + kPatience;
  for (auto waits = waits_for(); waits; waits = waits_for()) {
    if (network_.now() > end) return "it does not come to rest, and waits for " + *waits;
    if (network_.now() > end - kPatience + kRestless && host_.via_bgp) {
      if (auto wrong = end_resolution()) return wrong;
    }
    if (auto wrong = pass(kLook)) return wrong;
    for (const auto& each : parties_) {
      const model::Listener* const heard =
          each.second.member ? each.second.member->received() : nullptr;
      if (heard != nullptr && heard->misunderstood()) {
        return "neighbor " + std::to_string(each.first) + " was sent " + *heard->misunderstood();
      }
    }
  }
  ++seen_.settled;
  return compare();
}

model::NaiveRib World::naive() const {
  model::NaiveRib naive;
  naive.vrps = vrps_;
  naive.host = host_;
  naive.covers = model::covers_of(router_->next_hops());
  naive.network = costs_;
  naive.registrations = registrations_;
  for (const auto& [slot, party] : parties_) {
    naive.up[slot] = party.neighbor.client;
    naive.policies[slot] = party.neighbor.policies;
    for (const auto& [nlri, attributes] : party.member->sent()) {
      naive.routes[{slot, nlri}] = attributes;
    }
  }
  return naive;
}

// Routes may make each other come and go for ever (RFC 4271 section 9.1.2.1). Then the operator has
// only the host's routes resolve next hops. Own routes may depend on next hops in turn, so only
// runs without own routes are judged.
std::optional<std::string> World::end_resolution() {
  ++seen_.restless;
  const bool alone = own_.networks.empty() && own_.aggregates.empty();
  if (alone && naive().has_resting_covers()) {
    return "routes that resolve next hops do not come to rest, though some would";
  }
  tell("routes that resolve next hops make each other come and go: these end, as next hops");
  host_.via_bgp = false;
  router_->resolution_changed();
  return std::nullopt;
}

std::optional<std::string> World::compare() {
  model::NaiveRib naive = this->naive();
  const std::size_t routes = naive.routes.size();
  if (router_->paths() != routes) {
    return "the router holds " + std::to_string(router_->paths()) + " paths of " +
           std::to_string(routes);
  }
  if (auto wrong = router_->compare_mirrors()) return "the router: " + *wrong;
  add_own_routes(naive);
  if (auto wrong = naive.wrong_cover(naive.ranked())) return "the router: " + *wrong;
  seen_.covered += naive.covers.size();
  for (const auto& [nlri, paths] : naive.ranked()) {
    seen_.pinned += paths.size() > 1 && paths.front().rank != paths.back().rank ? 1 : 0;
    seen_.last_resorts += paths.front().last_resort ? 1 : 0;
  }
  std::map<int, model::NaiveRib::Ranked> ranked;
  for (const auto& [slot, party] : parties_) {
    const int vantage = party.neighbor.client.vantage;
    if (!ranked.contains(vantage)) ranked[vantage] = naive.ranked(vantage);
    const model::Listener& heard = *party.member->received();
    if (auto wrong = compare_held(heard, naive, party.neighbor.client, ranked.at(vantage))) {
      return "neighbor " + std::to_string(slot) + ": " + *wrong;
    }
    seen_.compared += heard.table().size();
  }
  return std::nullopt;
}

std::optional<std::string> World::end() {
  if (!router_) boot_router();
  end_own_routes();
  for (auto& [slot, party] : parties_) {
    ++party.boots;  // cancels the returns on the agenda
    party.member.reset();
    router_->disable(slot);
  }
  const Time end = network_.now() + kPatience;
  while (!router_->calm()) {
    if (network_.now() > end) return "the end does not come to rest";
    if (auto wrong = pass(kLook)) return wrong;
  }
  return router_->left();
}

}  // namespace tern::sim
