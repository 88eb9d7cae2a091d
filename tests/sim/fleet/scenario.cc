#include "tests/sim/fleet/scenario.h"

#include <array>
#include <utility>

#include "tests/sim/fleet/fleet.h"

namespace tern::sim::fleet {
namespace {

using Kind = Operation::Kind;

struct Weight {
  Kind kind;
  const char* name;
  unsigned often;
};
constexpr std::array kKinds{
    Weight{Kind::Announce, "Announce", 24},
    Weight{Kind::Withdraw, "Withdraw", 8},
    Weight{Kind::Hijack, "Hijack", 6},
    Weight{Kind::Leak, "Leak", 3},
    Weight{Kind::EndHijacks, "EndHijacks", 2},
    Weight{Kind::Lose, "Lose", 3},
    Weight{Kind::Reset, "Reset", 2},
    Weight{Kind::Cut, "Cut", 2},
    Weight{Kind::Partition, "Partition", 1},
    Weight{Kind::Rejoin, "Rejoin", 1},
    Weight{Kind::LosePop, "LosePop", 2},
    Weight{Kind::ReturnPop, "ReturnPop", 3},
    Weight{Kind::LosePartner, "LosePartner", 2},
    Weight{Kind::ReturnPartner, "ReturnPartner", 2},
    Weight{Kind::ShiftRtt, "ShiftRtt", 6},
    Weight{Kind::Drain, "Drain", 2},
    Weight{Kind::DrainPop, "DrainPop", 1},
    Weight{Kind::Degrade, "Degrade", 2},
    Weight{Kind::DegradePop, "DegradePop", 1},
    Weight{Kind::Reorder, "Reorder", 2},
    Weight{Kind::PartialWrites, "PartialWrites", 1},
    Weight{Kind::Wait, "Wait", 16},
    Weight{Kind::Settle, "Settle", 4},
};
static_assert(kKinds.size() == static_cast<std::size_t>(Kind::kCount));

Kind pick_kind(Dice& dice) {
  unsigned all = 0;
  for (const Weight& each : kKinds) all += each.often;
  auto at = static_cast<unsigned>(dice(all));
  for (const Weight& each : kKinds) {
    if (at < each.often) return each.kind;
    at -= each.often;
  }
  return Kind::Wait;
}

Size small_size(Dice& dice) {
  Size size;
  size.pops = 3 + dice(6);
  size.reflectors = dice.one_in(3) ? 1 + dice(2) : 0;
  size.partners = 3 + dice(6);
  size.metros = 2 + dice(4);
  size.prefixes = 4 + dice(6);
  size.registered = 1 + dice(4);
  return size;
}

Size large_size(bool largest, Dice& dice) {
  Size size;
  size.pops = largest ? kMostPops : kFewPops + 1 + dice(kMostPops - kFewPops);
  size.reflectors = dice.one_in(2) ? 2 : 0;
  size.partners = kMostPartners / kMostPops * size.pops;
  size.metros = 20;
  size.prefixes = 150;
  size.registered = 40;
  return size;
}

}  // namespace

std::string to_string(const Operation& operation) {
  return operation.code(kKinds[static_cast<std::size_t>(operation.kind)].name);
}

Scenario random_scenario(std::uint64_t seed) {
  constexpr std::size_t kLength = 40;
  // Multiples of the step of Dice would give neighboring seeds the same numbers, one draw apart.
  Dice dice(Dice(seed).next());
  Scenario scenario;
  scenario.seed = seed;
  const bool large = seed % kLargeOf == 0;
  scenario.size = large ? large_size(seed % kLargestOf == 0, dice) : small_size(dice);
  scenario.slice = large ? 64 : 8;
  // Most runs begin with Established sessions.
  if (!dice.one_in(4)) scenario.operations.push_back({Kind::Settle, 0, 0, 0});
  while (scenario.operations.size() < kLength) {
    Operation operation;
    operation.kind = pick_kind(dice);
    operation.slot = static_cast<PeerSlot>(dice.next() >> 40U);
    operation.a = static_cast<std::uint32_t>(dice.next() >> 33U);
    operation.b = static_cast<std::uint32_t>(dice.next() >> 33U);
    scenario.operations.push_back(operation);
  }
  scenario.operations.push_back({Kind::Settle, 0, 0, 0});
  return scenario;
}

std::optional<std::string> run(const Scenario& scenario, const Story& story, Seen* seen) {
  Seen ignored;
  Fleet fleet(scenario, story, seen != nullptr ? *seen : ignored);
  for (const Operation& operation : scenario.operations) {
    if (auto wrong = fleet.apply(operation)) return wrong;
  }
  return fleet.end();
}

}  // namespace tern::sim::fleet
