// Runs fleets of our PoPs on a simulated network: see scenario.h.
//
//   fleet_test             runs TERN_FLEET_SEEDS (1000) seeds from TERN_FLEET_SEED (1) on; reduces
//   a
//                          seed that fails to the operations that matter and prints its story
//   fleet_test --seed N    replays one seed and prints its story
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/sim/fleet/scenario.h"

namespace tern::sim::fleet {
namespace {

using model::from_environment;

std::string story_of(const Scenario& scenario) {
  const Size& size = scenario.size;
  std::string text = "seed " + std::to_string(scenario.seed) + ": " + std::to_string(size.pops) +
                     " PoPs, " + std::to_string(size.reflectors) + " reflectors, " +
                     std::to_string(size.partners) + " partners\n";
  const auto wrong = run(scenario, [&](const std::string& line) { text += "  " + line + "\n"; });
  return text + (wrong ? "wrong: " + *wrong : "nothing is wrong") + "\n";
}

TEST(Fleet, EachPrefixLeavesWhereTheOracleSays) {
  const std::uint64_t first = from_environment("TERN_FLEET_SEED", 1);
  const std::uint64_t count = from_environment("TERN_FLEET_SEEDS", 1000);
  Seen seen;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const Scenario scenario = random_scenario(seed);
    const auto wrong = run(scenario, {}, &seen);
    if (!wrong) continue;
    // A run of many PoPs takes too long to be repeated that often.
    if (scenario.size.pops > kFewPops) FAIL() << "--seed " << seed << ": " << *wrong;
    const Scenario least = model::reduced(scenario, [](const Scenario& rest) { return run(rest); });
    FAIL() << "--seed " << seed << ", reduced to " << least.operations.size() << " operations:\n"
           << story_of(least);
  }
  const auto number = [](std::uint64_t of) { return static_cast<unsigned long long>(of); };
  std::printf(
      "%llu seeds: %llu settlings (%llu of a damaged fleet), %llu exits compared (%llu at another "
      "PoP, %llu by the order of a registration), %llu routes told, %llu hijacks and leaks, "
      "longest settling %llu ms, of these with all sessions %llu ms, up to %llu PoPs and %llu "
      "partners\n",
      number(count), number(seen.settled), number(seen.damaged), number(seen.choices),
      number(seen.away), number(seen.pinned), number(seen.told), number(seen.hijacked),
      number(seen.longest_settling), number(seen.longest_convergence), number(seen.most_pops),
      number(seen.most_partners));
}

TEST(Fleet, TheSameSeedIsTheSameRun) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_EQ(story_of(random_scenario(seed)), story_of(random_scenario(seed)));
  }
}

// Runs must not be trivial.
TEST(Fleet, RunsAreAboutSomething) {
  constexpr std::uint64_t kRuns = 40;
  Seen seen;
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) (void)run(random_scenario(seed), {}, &seen);
  EXPECT_GT(seen.settled, kRuns * 2);
  EXPECT_GT(seen.damaged, kRuns / 2);
  EXPECT_GT(seen.choices, kRuns * 20);
  EXPECT_GT(seen.away, kRuns * 10);
  EXPECT_GT(seen.told, kRuns * 20);
  EXPECT_GT(seen.hijacked, kRuns);
  EXPECT_GT(seen.guarded, kRuns * 10);
  EXPECT_GT(seen.pinned, kRuns * 5);
  EXPECT_GT(seen.emergencies, kRuns / 4);
  EXPECT_GT(seen.drained, kRuns / 4);
}

}  // namespace
}  // namespace tern::sim::fleet

int main(int argc, char** argv) {
  using namespace tern::sim::fleet;
  if (argc == 3 && std::strcmp(argv[1], "--seed") == 0) {
    const Scenario scenario = random_scenario(std::strtoull(argv[2], nullptr, 10));
    std::fputs(story_of(scenario).c_str(), stdout);
    return run(scenario) ? 1 : 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
