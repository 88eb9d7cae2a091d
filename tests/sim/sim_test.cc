// Runs whole speakers on a simulated network: see scenario.h.
//
//   sim_test             runs TERN_SIM_SEEDS (2000) seeds from TERN_SIM_SEED (1) on; reduces a seed
//                        that fails to the operations that matter and prints its story
//   sim_test --seed N    replays one seed and prints its story
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/sim/scenario.h"

namespace tern::sim {
namespace {

using model::from_environment;

std::string story_of(const Scenario& scenario) {
  std::string text = "seed " + std::to_string(scenario.seed) + ": " +
                     std::to_string(scenario.members) + " neighbors, " +
                     std::to_string(scenario.shards) + " shards, lag " +
                     std::to_string(scenario.most_lag) + "\n";
  const auto wrong = run(scenario, [&](const std::string& line) { text += "  " + line + "\n"; });
  return text + (wrong ? "wrong: " + *wrong : "nothing is wrong") + "\n";
}

TEST(Sim, EveryNeighborHoldsWhatTheNaiveRibSays) {
  const std::uint64_t first = from_environment("TERN_SIM_SEED", 1);
  const std::uint64_t count = from_environment("TERN_SIM_SEEDS", 2000);
  Seen seen;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Scenario scenario = random_scenario(seed);
    if (!run(scenario, {}, &seen)) continue;
    const Scenario least = model::reduced(scenario, [](const Scenario& rest) { return run(rest); });
    FAIL() << "--seed " << seed << ", reduced to " << least.operations.size() << " operations:\n"
           << story_of(least);
  }
  const auto number = [](std::uint64_t of) { return static_cast<unsigned long long>(of); };
  std::printf(
      "%llu seeds: %llu sessions, %llu hold timers expired, %llu routes compared, "
      "%llu next hops over received routes (%llu restless), %llu aggregates\n",
      number(count), number(seen.sessions), number(seen.expired), number(seen.compared),
      number(seen.covered), number(seen.restless), number(seen.aggregates));
}

TEST(Sim, TheSameSeedIsTheSameRun) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_EQ(story_of(random_scenario(seed)), story_of(random_scenario(seed)));
  }
}

// Runs must not be trivial.
TEST(Sim, RunsAreAboutSomething) {
  constexpr std::uint64_t kRuns = 40;
  Seen seen;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) (void)run(random_scenario(seed), {}, &seen);
  EXPECT_GT(seen.compared, kRuns * 20);
  EXPECT_GT(seen.sessions, kRuns * 5);
  EXPECT_GT(seen.expired, kRuns / 8);
  EXPECT_GT(seen.settled, kRuns);
  EXPECT_GT(seen.conditional, kRuns / 8);
  EXPECT_GT(seen.aggregates, kRuns / 8);
  EXPECT_GT(seen.withheld, kRuns / 4);
  EXPECT_GT(seen.pinned, kRuns / 4);
  EXPECT_GT(seen.last_resorts, kRuns / 8);
  EXPECT_GT(seen.covered, kRuns / 2);
  // Few, because next hops that make each other come and go hide what else is wrong.
  EXPECT_LT(seen.restless, kRuns / 8);
}

}  // namespace
}  // namespace tern::sim

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--seed") == 0) {
    const auto scenario = tern::sim::random_scenario(std::strtoull(argv[2], nullptr, 10));
    std::fputs(tern::sim::story_of(scenario).c_str(), stdout);
    return tern::sim::run(scenario) ? 1 : 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
