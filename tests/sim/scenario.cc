#include "tests/sim/scenario.h"

#include <algorithm>
#include <utility>

#include "tests/sim/dice.h"
#include "tests/sim/world.h"

namespace tern::sim {
namespace {

using Kind = Operation::Kind;

constexpr std::array<std::pair<Kind, unsigned>, static_cast<std::size_t>(Kind::kCount)> kOften{
    {{Kind::Announce, 30},     {Kind::Withdraw, 10},  {Kind::Garbage, 1},
     {Kind::Ask, 3},           {Kind::RouterAsks, 2}, {Kind::Demarcate, 5},
     {Kind::Slow, 3},          {Kind::RouterSlow, 2}, {Kind::Lose, 5},
     {Kind::CutOff, 2},        {Kind::Restart, 3},    {Kind::PowerOff, 1},
     {Kind::RouterRestart, 1}, {Kind::Disable, 1},    {Kind::Enable, 1},
     {Kind::Reset, 2},         {Kind::StepClock, 1},  {Kind::PartialWrites, 2},
     {Kind::Policy, 1},        {Kind::Vrps, 4},       {Kind::Drain, 2},
     {Kind::DefaultRoute, 2},  {Kind::NextHop, 5},    {Kind::Interface, 1},
     {Kind::Resolution, 1},    {Kind::Originate, 5},  {Kind::Aggregate, 3},
     {Kind::DrainPop, 1},      {Kind::Costs, 3},      {Kind::Degrade, 3},
     {Kind::Wait, 20},         {Kind::Settle, 1},     {Kind::Register, 2}}};

Kind pick(Dice& dice) {
  unsigned all = 0;
  for (const auto& each : kOften) all += each.second;
  auto at = static_cast<unsigned>(dice(all));
  for (const auto& [kind, weight] : kOften) {
    if (at < weight) return kind;
    at -= weight;
  }
  return Kind::Wait;
}

}  // namespace

Scenario random_scenario(std::uint64_t seed) {
  constexpr std::size_t kLength = 60;
  constexpr std::array<std::uint64_t, 4> kLags{400, 1500, 4096, std::uint64_t{16} << 20U};
  // The network begins with the seed itself. Multiples of the step of Dice would give neighboring
  // seeds the same numbers, one draw apart.
  Dice dice(Dice(seed).next());
  Scenario scenario;
  scenario.seed = seed;
  scenario.members = 2 + dice(5);
  scenario.shards = 1 + dice(3);
  scenario.most_lag = kLags[dice(kLags.size())];
  // In most runs received routes resolve next hops.
  const auto resolution = static_cast<std::uint32_t>(dice.next() >> 33U);
  scenario.operations.push_back({Kind::Resolution, 1, resolution, 0});
  // In most runs prefixes are registered.
  const auto registrations = static_cast<std::uint32_t>(dice.next() >> 33U);
  scenario.operations.push_back({Kind::Register, 1, registrations, 0});
  // Most runs begin with Established sessions.
  if (!dice.one_in(4)) scenario.operations.push_back({Kind::Settle, 1, 0, 0});
  while (scenario.operations.size() < kLength) {
    Operation operation;
    operation.kind = pick(dice);
    operation.slot = static_cast<PeerSlot>(1 + dice(scenario.members));
    operation.a = static_cast<std::uint32_t>(dice.next() >> 33U);
    operation.b = static_cast<std::uint32_t>(dice.next() >> 33U);
    scenario.operations.push_back(operation);
  }
  scenario.operations.push_back({Kind::Settle, 1, 0, 0});
  return scenario;
}

std::optional<std::string> run(const Scenario& scenario, const Story& story, Seen* seen) {
  Seen ignored;
  World world(scenario, story, seen != nullptr ? *seen : ignored);
  for (const Operation& operation : scenario.operations) {
    if (auto wrong = world.apply(operation)) return wrong;
  }
  return world.end();
}

}  // namespace tern::sim
