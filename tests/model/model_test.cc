// Random histories run through the real pipeline and through the naive RIB; whenever everything is
// settled, every client must hold exactly what the naive RIB says. A history that fails is reduced
// to the operations that matter and printed as code.
//
// TERN_MODEL_STEPS: operations in all (default 2000000). TERN_MODEL_SEED: the first seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/model/world.h"

namespace tern::model {
namespace {

using Kind = Operation::Kind;
using History = std::vector<Operation>;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

History random_history(std::uint64_t seed, std::size_t length) {
  std::mt19937_64 random(seed);
  std::vector<std::pair<Kind, unsigned>> often{
      {Kind::Up, 6},        {Kind::Down, 2},    {Kind::Announce, 40},    {Kind::Withdraw, 12},
      {Kind::Malformed, 2}, {Kind::Garbage, 1}, {Kind::ImportPolicy, 2}, {Kind::ExportPolicy, 2},
      {Kind::Refresh, 2},   {Kind::Spread, 10}, {Kind::Read, 16},        {Kind::Work, 6},
      {Kind::Settle, 4}};
  std::vector<unsigned> weights;
  for (const auto& [kind, weight] : often) weights.push_back(weight);
  std::discrete_distribution<std::size_t> pick(weights.begin(), weights.end());
  History history;
  // Most histories have most sessions up.
  const std::size_t count = clients().size();
  for (PeerSlot slot = 1; slot <= count; ++slot) {
    if (random() % 4 != 0) history.push_back({Kind::Up, slot, 0, 0});
  }
  while (history.size() < length) {
    Operation operation;
    operation.kind = often[pick(random)].first;
    operation.slot = static_cast<PeerSlot>(1 + random() % count);
    operation.a = static_cast<std::uint32_t>(random());
    operation.b = static_cast<std::uint32_t>(random());
    history.push_back(operation);
  }
  return history;
}

std::optional<std::string> run(const History& history) {
  World world;
  for (const Operation& operation : history) {
    if (auto wrong = world.apply(operation)) return wrong;
  }
  if (auto wrong = world.apply({Kind::Settle, 1, 0, 0})) return wrong;
  return world.end();
}

// Leaves out pieces, large ones first, as long as the rest still fails.
History reduced(History history) {
  for (std::size_t piece = history.size() / 2; piece > 0;) {
    bool shorter = false;
    for (std::size_t start = 0; start < history.size();) {
      History without = history;
      const std::size_t end = std::min(start + piece, history.size());
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(start),
                    without.begin() + static_cast<std::ptrdiff_t>(end));
      if (run(without)) {
        history = std::move(without);
        shorter = true;
      } else {
        start += piece;
      }
    }
    if (piece > 1 || !shorter) piece /= 2;
  }
  return history;
}

std::string as_code(const History& history) {
  std::string code;
  for (const Operation& operation : history) code += "      " + to_string(operation) + ",\n";
  return code;
}

TEST(Model, EveryClientHoldsWhatTheNaiveRibSays) {
  constexpr std::size_t kLength = 300;
  const std::uint64_t steps = from_environment("TERN_MODEL_STEPS", 2'000'000);
  const std::uint64_t first = from_environment("TERN_MODEL_SEED", 1);
  for (std::uint64_t seed = first; (seed - first) * kLength < steps; ++seed) {
    const History history = random_history(seed, kLength);
    if (!run(history)) continue;
    const History least = reduced(history);
    FAIL() << "TERN_MODEL_SEED=" << seed << " TERN_MODEL_STEPS=1, reduced to " << least.size()
           << " operations:\n"
           << as_code(least) << *run(least);
  }
}

// The histories must not be trivial: clients hold routes when they are compared.
TEST(Model, HistoriesAreAboutSomething) {
  std::uint64_t compared = 0;
  constexpr std::uint64_t kHistories = 20;
  for (std::uint64_t seed = 1; seed <= kHistories; ++seed) {
    World world;
    for (const Operation& operation : random_history(seed, 300)) (void)world.apply(operation);
    compared += world.compared();
  }
  EXPECT_GT(compared, kHistories * 200);
}

}  // namespace
}  // namespace tern::model
