#include "tests/bench/load/goal.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tern::load {
namespace {

std::uint32_t count(const std::vector<std::uint32_t>& slots, const Held& held) {
  return static_cast<std::uint32_t>(std::count_if(
      slots.begin(), slots.end(), [&](std::uint32_t slot) { return held.contains(slot); }));
}

// A route with control communities: who sent it, and what they say.
struct Controlled {
  std::uint32_t sender;
  const Control* control;
};
using ControlledRoutes = std::unordered_map<std::uint32_t, std::vector<Controlled>>;  // by index

ControlledRoutes controlled_routes(const std::vector<Table>& tables,
                                   const std::vector<bool>& announcing) {
  ControlledRoutes found;
  for (std::uint32_t sender = 0; sender < tables.size(); ++sender) {
    const Table& table = tables[sender];
    for (const AttributeSet& set : table.sets) {
      if (!announcing[sender] || set.control == kNone) continue;
      for (std::uint32_t i = set.first; i < set.first + set.count; ++i) {
        found[table.prefixes[i]].push_back({sender, &table.controls[set.control]});
      }
    }
  }
  return found;
}

// How many of the routes are from others and kept from this session.
std::uint32_t denied(const std::vector<Controlled>& routes, std::uint32_t session) {
  return static_cast<std::uint32_t>(
      std::count_if(routes.begin(), routes.end(), [session](const Controlled& route) {
        return route.sender != session && !route.control->permits(session);
      }));
}

}  // namespace

bool Expectation::met(const Held& held) const {
  if (held.size() < prefixes) return false;
  return held.size() == prefixes + echoed(held) && leaked(held) == 0;
}

std::uint32_t Expectation::echoed(const Held& held) const { return count(own, held); }
std::uint32_t Expectation::leaked(const Held& held) const { return count(withheld, held); }

std::vector<Expectation> expect(const Universe& universe, const std::vector<Table>& tables,
                                const std::vector<bool>& announcing, std::uint32_t sessions) {
  std::vector<std::uint32_t> routes(universe.prefixes.size());  // of each prefix
  for (std::uint32_t sender = 0; sender < tables.size(); ++sender) {
    if (!announcing[sender]) continue;
    for (const std::uint32_t index : tables[sender].prefixes) ++routes[index];
  }
  const auto all = static_cast<std::uint32_t>(
      std::count_if(routes.begin(), routes.end(), [](std::uint32_t n) { return n != 0; }));
  const ControlledRoutes controlled = controlled_routes(tables, announcing);

  std::vector<Expectation> expectations(sessions);
  for (std::uint32_t session = 0; session < sessions; ++session) {
    Expectation& expectation = expectations[session];
    std::unordered_map<std::uint32_t, bool> sent;  // by index, of those controlled
    if (session < tables.size() && announcing[session]) {
      for (const std::uint32_t index : tables[session].prefixes) {
        if (controlled.contains(index)) sent[index] = true;
        if (routes[index] == 1) expectation.own.push_back(universe.prefixes[index].slot());
      }
    }
    for (const auto& [index, which] : controlled) {
      const bool own = sent.contains(index);
      if (own && routes[index] == 1) continue;  // counted above
      if (denied(which, session) + (own ? 1U : 0U) == routes[index]) {
        expectation.withheld.push_back(universe.prefixes[index].slot());
      }
    }
    expectation.prefixes =
        all - static_cast<std::uint32_t>(expectation.own.size() + expectation.withheld.size());
  }
  return expectations;
}

bool satisfied(const Goal& goal, const Received& received, const Expectation& expectation,
               bool announces) {
  if (received.foreign != 0) return false;
  const bool holds_all = (goal.receivers_only && announces) || expectation.met(received.held);
  const Held& marked = received.marked;
  switch (goal.kind) {
    case Goal::Kind::Held:
      return holds_all;
    case Goal::Kind::Marked:
      return marked.size() >= expectation.prefixes && expectation.met(marked);
    case Goal::Kind::Unmarked:
      return holds_all && (marked.size() == 0 || marked.size() == expectation.echoed(marked));
  }
  return false;
}

}  // namespace tern::load
