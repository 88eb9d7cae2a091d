// Time passes in a fleet, the fleet comes to rest, and the oracle judges.
#include <algorithm>
#include <utility>

#include "tests/sim/fleet/fleet.h"
#include "tests/sim/fleet/rules.h"

namespace tern::sim::fleet {
namespace {

using namespace std::chrono_literals;

constexpr Time kHold = std::chrono::seconds(kHoldTime);
// From the last operation until all sessions stand that can. A cut is noticed within a hold time
// (30 s). A session comes back within the longest wait after an error (16 s), and for a neighbor
// that does not answer the time of a connection attempt (20 s) and of the next one (20 s) in front.
constexpr Time kPatience = 90s;
// From then on until all routes are where they belong, in a small fleet and in a large one. A piece
// of work begins within 5 ms, and an octet takes 20 ms to the neighbor.
constexpr Time kConvergence = 3s;
constexpr Time kLargeConvergence = 30s;
constexpr std::uint32_t kUnixStart = 1'800'000'000;

std::string path_text(const std::vector<Asn>& path) {
  return path.empty() ? "none" : to_string(Announced{path, std::nullopt});
}

}  // namespace

// ---- Time passes

std::optional<std::string> Fleet::pass(Time time) {
  const Time step = is_small() ? 100ms : 1s;
  const Time end = network_.now() + time;
  while (network_.now() < end) {
    network_.run_until(std::min(end, network_.now() + step));
    if (auto wrong = look()) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Fleet::look() {
  if (watch_.wrong()) return watch_.wrong();
  if (!cuts_.empty()) disturbed_ = network_.now();
  for (const Router& each : routers_) {
    if (!each.speaker) continue;
    if (auto wrong = each.speaker->wrong()) return wrong;
  }
  return look_at_sessions();
}

// A hold timer may expire only where messages could not arrive.
std::optional<std::string> Fleet::look_at_sessions() {
  std::uint64_t expired = 0;
  for_each_pair([&](Host a, Host b) {
    for (Link* const link : {end_of(a, b), end_of(b, a)}) {
      if (link != nullptr) expired += link->expired();
    }
    if (!story_) return;
    Link* const link = end_of(a, b);
    const bool up = link != nullptr && link->established();
    if (up == up_.contains({a, b})) return;
    if (up) {
      up_.insert({a, b});
    } else {
      up_.erase({a, b});
    }
    tell(plan_.name_of(a) + " and " + plan_.name_of(b) + (up ? ": up" : ": down"));
  });
  const bool more = expired > std::exchange(expired_, expired);
  if (more && network_.now() > disturbed_ + 3 * kHold) {
    return "a hold timer expired, and nothing was wrong";
  }
  return std::nullopt;
}

// ---- Rest

std::optional<std::string> Fleet::waits_for(Host a, Host b) {
  Link* const one = end_of(a, b);
  Link* const other = end_of(b, a);
  const std::string who = plan_.name_of(a) + " and " + plan_.name_of(b);
  if (!reaches(a, b)) {
    const bool up =
        (one != nullptr && one->established()) || (other != nullptr && other->established());
    return up ? std::optional(who + " to notice that they are apart") : std::nullopt;
  }
  if (!one->established() || !other->established()) return who + " to come up";
  if (!one->socket().joined_with(other->socket())) return who + ": another connection";
  if (one->waiting() != 0 || other->waiting() != 0) return who + ": octets that wait";
  if (!quiet_.contains({a, b})) {
    if (!one->socket().quiet() || !other->socket().quiet()) return who + ": octets on their way";
    if (!one->writable() || !other->writable()) return who + ": a full socket";
    quiet_.insert({a, b});
  }
  if (b < plan_.routers()) return std::nullopt;
  const PartnerNode::Session& partner = members_[b - plan_.routers()].node->session(a);
  if (!partner.sent_all() || !partner.has_all()) return who + ": routes that wait";
  return std::nullopt;
}

// In a large fleet some KEEPALIVE is always on its way, so not all pairs are quiet at once.
std::optional<std::string> Fleet::waits_for() {
  if (std::exchange(activity_, watch_.activity()) != watch_.activity()) quiet_.clear();
  if (orders_on_their_way_ != 0) return "orders on their way";
  for (const Router& each : routers_) {
    if (!each.speaker || each.speaker->calm()) continue;
    quiet_.clear();
    return "the work of " + plan_.name_of(each.speaker->self());
  }
  std::optional<std::string> waits;
  for_each_pair([&](Host a, Host b) {
    if (!waits) waits = waits_for(a, b);
  });
  return waits;
}

// Whether the sessions that can be there are there, and no other ones.
bool Fleet::sessions_stand() {
  bool stand = true;
  for_each_pair([&](Host a, Host b) {
    Link* const one = end_of(a, b);
    Link* const other = end_of(b, a);
    if (reaches(a, b)) {
      stand &=
          one->established() && other->established() && one->socket().joined_with(other->socket());
    } else {
      stand &=
          (one == nullptr || !one->established()) && (other == nullptr || !other->established());
    }
  });
  return stand;
}

std::optional<std::string> Fleet::settle() {
  const Time begin = network_.now();
  Time stands = begin;  // the sessions, and the orders are at the routers
  quiet_.clear();
  for (auto waits = waits_for(); waits; waits = waits_for()) {
    if (orders_on_their_way_ != 0 || !sessions_stand()) stands = network_.now();
    if (stands > begin + kPatience) return "the sessions do not come up, as " + *waits;
    if (network_.now() > stands + (is_small() ? kConvergence : kLargeConvergence)) {
      return "the routes do not come to rest, and wait for " + *waits;
    }
    if (auto wrong = pass(is_small() ? 100ms : 1s)) return wrong;
  }
  const auto longest = [](std::uint64_t& of, Time time) {
    of = std::max(of, static_cast<std::uint64_t>(time / 1ms));
  };
  longest(seen_.longest_settling, network_.now() - begin);
  longest(seen_.longest_convergence, network_.now() - stands);
  ++seen_.settled;
  const bool whole = cuts_.empty() && std::ranges::all_of(routers_, [](const Router& each) {
                       return each.speaker != nullptr;
                     });
  seen_.damaged += whole ? 0 : 1;
  return compare();
}

// ---- The oracle judges

Oracle Fleet::oracle() {
  Oracle oracle(plan_, orders_);
  for_each_pair([&](Host a, Host b) {
    if (!reaches(a, b)) return;
    if (b < plan_.routers()) return oracle.connect(a, b);
    const Partner partner = b - plan_.routers();
    for (const auto& [prefix, route] : members_[partner].node->session(a).sent()) {
      oracle.add({partner, a}, prefix, route);
      seen_.hijacked += use_of(plan_, prefix, route.path) == Use::Never ? 1 : 0;
    }
  });
  return oracle;
}

std::optional<std::string> Fleet::compare() {
  Oracle oracle = this->oracle();
  if (auto wrong = oracle.solve()) return wrong;
  if (auto wrong = compare_choices(oracle)) return wrong;
  if (auto wrong = compare_told(oracle)) return wrong;
  const auto now =
      kUnixStart + static_cast<std::uint32_t>(
                       std::chrono::duration_cast<std::chrono::seconds>(network_.now()).count());
  for (Pop pop = 0; pop < plan_.size.pops; ++pop) {
    if (!runs(pop)) continue;
    routers_[pop].observer->look(now);
    if (auto wrong = routers_[pop].observer->compare(oracle)) return wrong;
  }
  seen_.updates += watch_.updates();
  seen_.guarded += watch_.guarded();
  return std::nullopt;
}

std::optional<std::string> Fleet::compare_choices(const Oracle& oracle) {
  for (Pop pop = 0; pop < plan_.size.pops; ++pop) {
    if (!runs(pop)) continue;
    const Speaker& speaker = *routers_[pop].speaker;
    std::uint64_t with_route = 0;
    for (const Prefix& prefix : oracle.prefixes()) {
      const std::string where = plan_.name_of(pop) + ", " + prefix.to_string() + ": ";
      const Choice* const expected = oracle.choice(pop, prefix);
      const auto best = speaker.best(prefix);
      if (expected == nullptr) {
        if (best) return where + "there should be no route, and is " + path_text(best->path);
        continue;
      }
      ++with_route;
      const std::string should = "leaves at " + plan_.name_of(expected->exit) + " by " +
                                 plan_.name_of(plan_.host_of(expected->partner)) + ", path " +
                                 to_string(expected->route) + " for the oracle";
      if (!best) return where + "there is no route, and the prefix " + should;
      if (best->path != expected->route.path) {
        return where + "the path is " + path_text(best->path) + ", and the prefix " + should;
      }
      if (auto wrong = follow(pop, prefix, *expected)) return where + *wrong + "; " + should;
      ++seen_.choices;
      seen_.away += expected->exit != pop ? 1 : 0;
      seen_.drained += orders_.is_drained({expected->partner, expected->exit}) ? 1 : 0;
      seen_.emergencies += use_of(plan_, prefix, expected->route.path) != Use::Normal ? 1 : 0;
      const auto registration = plan_.registration(prefix);
      seen_.pinned += registration && oracle.is_ordered(*registration) ? 1 : 0;
    }
    if (speaker.prefixes() != with_route) {
      return plan_.name_of(pop) + " has routes for " + std::to_string(speaker.prefixes()) +
             " prefixes instead of " + std::to_string(with_route);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Fleet::follow(Pop from, const Prefix& prefix,
                                         const Choice& expected) const {
  std::string way = plan_.name_of(from);
  Pop at = from;
  for (std::size_t hops = 0; hops <= plan_.size.pops; ++hops) {
    const auto best = routers_[at].speaker->best(prefix);
    if (!best) return "a packet finds no route on its way " + way;
    if (best->from >= plan_.routers()) {
      way += ", " + plan_.name_of(best->from);
      const bool right = at == expected.exit && best->from == plan_.host_of(expected.partner);
      return right ? std::nullopt : std::optional("a packet goes " + way);
    }
    const Host next = best->next_hop.v4_value() - address_of(0).v4_value();
    if (next >= plan_.size.pops || !runs(next)) {
      return "a packet goes " + way + " and then to " + best->next_hop.to_string() +
             ", which is no PoP that runs";
    }
    at = next;
    way += ", " + plan_.name_of(at);
  }
  return "a packet goes in circles: " + way;
}

// A PoP tells each partner what it chose, but for the partner's own routes.
std::optional<std::string> Fleet::compare_told(const Oracle& oracle) {
  for (Partner partner = 0; partner < plan_.size.partners; ++partner) {
    const Host host = plan_.host_of(partner);
    for (const Pop pop : plan_.partners[partner].pops) {
      if (!reaches(pop, host)) continue;
      const PartnerNode::Session& session = members_[partner].node->session(pop);
      if (routers_[pop].speaker->paths(host) != session.sent().size()) {
        return plan_.name_of(pop) + " does not hold what " + plan_.name_of(host) + " sent";
      }
      std::map<Prefix, std::vector<Asn>> expected;
      for (const Prefix& prefix : oracle.prefixes()) {
        const Choice* const choice = oracle.choice(pop, prefix);
        if (choice == nullptr || (choice->exit == pop && choice->partner == partner)) continue;
        expected[prefix] = choice->route.path;
      }
      seen_.told += expected.size();
      if (session.told() == expected) continue;
      const std::string who = plan_.name_of(pop) + " told " + plan_.name_of(host) + " ";
      for (const auto& [prefix, path] : session.told()) {
        const auto found = expected.find(prefix);
        if (found != expected.end() && found->second == path) continue;
        return who + prefix.to_string() + " by " + path_text(path) + ", which it does not use";
      }
      return who + std::to_string(session.told().size()) + " routes instead of " +
             std::to_string(expected.size());
    }
  }
  return std::nullopt;
}

std::optional<std::string> Fleet::end() {
  for (Member& each : members_) each.node.reset();
  for (Router& each : routers_) each.observer.reset();
  for (const Router& each : routers_) {
    if (each.speaker) each.speaker->disable();
  }
  const auto calm = [this] {
    return std::ranges::all_of(routers_, [](const Router& each) {
      return each.speaker == nullptr || each.speaker->calm();
    });
  };
  const Time end = network_.now() + kPatience;
  while (!calm()) {
    if (network_.now() > end) return "the end does not come to rest";
    network_.run_until(network_.now() + 100ms);
  }
  for (const Router& each : routers_) {
    if (!each.speaker) continue;
    if (auto wrong = each.speaker->left()) return wrong;
  }
  return std::nullopt;
}

}  // namespace tern::sim::fleet
