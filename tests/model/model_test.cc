// Random histories run through the real pipeline and through the naive RIB. Whenever all work is
// done, every client must hold exactly the routes that the naive RIB computes for it. A history
// that fails is reduced to the operations that matter and printed, in words and as code.
//
// TERN_MODEL_STEPS: operations in all (default 1500000). TERN_MODEL_SEED: the first seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/model/world.h"

namespace tern::model {
namespace {

using Kind = Operation::Kind;

struct History {
  std::size_t shards = 1;
  std::uint64_t most_lag = 0;
  std::vector<Operation> operations;
};

History random_history(std::uint64_t seed, std::size_t length) {
  std::mt19937_64 random(seed);
  constexpr std::array<std::pair<Kind, unsigned>, 37> kOften{
      {{Kind::Up, 8},        {Kind::Down, 2},         {Kind::Return, 3},
       {Kind::Announce, 60}, {Kind::Withdraw, 12},    {Kind::Malformed, 2},
       {Kind::Garbage, 1},   {Kind::ImportPolicy, 3}, {Kind::ExportPolicy, 2},
       {Kind::Vantage, 2},   {Kind::Network, 1},      {Kind::Decision, 1},
       {Kind::Refresh, 3},   {Kind::Demarcate, 8},    {Kind::Distribute, 14},
       {Kind::Walk, 10},     {Kind::Read, 20},        {Kind::Keepalive, 2},
       {Kind::Sleep, 3},     {Kind::Work, 6},         {Kind::ReadInBulk, 6},
       {Kind::Store, 3},     {Kind::Part, 17},        {Kind::Share, 6},
       {Kind::Subscribe, 6}, {Kind::ImportSet, 5},    {Kind::ExportSet, 5},
       {Kind::Drain, 1},     {Kind::Originate, 3},    {Kind::DefaultRoute, 2},
       {Kind::Summary, 1},   {Kind::NextHop, 4},      {Kind::Settle, 3},
       {Kind::Link, 1},      {Kind::Resolution, 1},   {Kind::Cover, 5},
       {Kind::Register, 1}}};
  std::vector<unsigned> weights;
  for (const auto& [kind, weight] : kOften) weights.push_back(weight);
  std::discrete_distribution<std::size_t> pick(weights.begin(), weights.end());
  constexpr std::array<std::uint64_t, 4> kLags{400, 1500, 4096, std::uint64_t{16} << 20U};
  constexpr std::size_t kMostShards = 3;
  History history;
  history.shards = 1 + seed % kMostShards;
  history.most_lag = kLags[random() % kLags.size()];
  // Most histories have most sessions up.
  const std::size_t count = clients().size();
  for (PeerSlot slot = 1; slot <= count; ++slot) {
    if (random() % 4 != 0) history.operations.push_back({Kind::Up, slot, 0, 0});
  }
  if (random() % 3 == 0) {
    history.operations.push_back({Kind::Register, 1, static_cast<std::uint32_t>(random()), 0});
  }
  // In most histories received routes resolve next hops.
  history.operations.push_back({Kind::Resolution, 1, static_cast<std::uint32_t>(random()), 0});
  while (history.operations.size() < length) {
    Operation operation;
    operation.kind = kOften[pick(random)].first;
    const bool same = random() % 4 == 0 && !history.operations.empty();
    operation.slot =
        same ? history.operations.back().slot : static_cast<PeerSlot>(1 + random() % count);
    operation.a = static_cast<std::uint32_t>(random());
    operation.b = static_cast<std::uint32_t>(random());
    history.operations.push_back(operation);
  }
  return history;
}

std::optional<std::string> run(const History& history, World::Seen* seen = nullptr) {
  World world(history.shards, history.most_lag);
  for (const Operation& operation : history.operations) {
    if (auto wrong = world.apply(operation)) return wrong;
  }
  if (auto wrong = world.apply({Kind::Settle, 1, 0, 0})) return wrong;
  if (seen != nullptr) {
    seen->compared += world.seen().compared;
    seen->laggards += world.seen().laggards;
    seen->joins += world.seen().joins;
    seen->elsewhere += world.seen().elsewhere;
    seen->outdated += world.seen().outdated;
    seen->returns += world.seen().returns;
    seen->touched += world.seen().touched;
    seen->detours += world.seen().detours;
    seen->parts += world.seen().parts;
    seen->refused += world.seen().refused;
    seen->busy += world.seen().busy;
    seen->tables += world.seen().tables;
    seen->mirrors += world.seen().mirrors;
    seen->looks += world.seen().looks;
    seen->outlived += world.seen().outlived;
    seen->lasting += world.seen().lasting;
    seen->stale += world.seen().stale;
    seen->blocked += world.seen().blocked;
    seen->own += world.seen().own;
    seen->interior += world.seen().interior;
    seen->pinned += world.seen().pinned;
    seen->last_resorts += world.seen().last_resorts;
    seen->covered += world.seen().covered;
    seen->restless += world.seen().restless;
    seen->unblocked += world.seen().unblocked;
  }
  return world.end();
}

std::string in_words(const History& history) {
  std::string text = "      shards " + std::to_string(history.shards) + ", lag " +
                     std::to_string(history.most_lag) + "\n";
  World world(history.shards, history.most_lag);
  for (const Operation& operation : history.operations) {
    text += "      " + to_string(operation) + ",  // " + world.words(operation) + "\n";
    if (world.apply(operation)) break;
  }
  return text;
}

constexpr std::size_t kLength = 300;

TEST(Model, EveryClientHoldsWhatTheNaiveRibSays) {
  const std::uint64_t steps = from_environment("TERN_MODEL_STEPS", 1'500'000);
  const std::uint64_t first = from_environment("TERN_MODEL_SEED", 1);
  std::uint64_t seed = first;
  for (; (seed - first) * kLength < steps; ++seed) {
    const History history = random_history(seed, kLength);
    if (!run(history)) continue;
    const History least = reduced(history, [](const History& rest) { return run(rest); });
    FAIL() << "TERN_MODEL_SEED=" << seed << " TERN_MODEL_STEPS=1, reduced to "
           << least.operations.size() << " operations:\n"
           << in_words(least) << *run(least);
  }
  std::printf("seeds %llu to %llu, %zu operations each\n", static_cast<unsigned long long>(first),
              static_cast<unsigned long long>(seed - 1), kLength);
}

// The histories must not be trivial: clients hold routes when they are compared, some are slow, and
// some come while others are served. Rules change while routes are being judged, a slot comes back
// as another router over its old paths, and not only egress costs decide. The shards work at
// different times, and the content of a table at its end is known.
TEST(Model, HistoriesAreAboutSomething) {
  World::Seen seen;
  constexpr std::uint64_t kHistories = 100;
  for (std::uint64_t seed = 1; seed <= kHistories; ++seed) {
    (void)run(random_history(seed, kLength + kLength / 3), &seen);
  }
  EXPECT_GT(seen.compared, kHistories * 200);
  EXPECT_GT(seen.laggards, kHistories * 2);
  EXPECT_GT(seen.joins, kHistories * 2);
  EXPECT_GT(seen.elsewhere, kHistories / 4);
  EXPECT_GT(seen.outdated, kHistories / 8);
  EXPECT_GT(seen.touched, kHistories / 2);
  EXPECT_GT(seen.returns, kHistories / 8);
  EXPECT_GT(seen.detours, kHistories * 2);
  EXPECT_GT(seen.parts, kHistories * 8);
  EXPECT_GT(seen.refused, kHistories / 4);
  EXPECT_GT(seen.busy, kHistories);
  EXPECT_GT(seen.tables, kHistories);
  EXPECT_GT(seen.mirrors, kHistories * 4);
  EXPECT_GT(seen.looks, kHistories * 50);
  EXPECT_GT(seen.outlived, kHistories * 5);
  EXPECT_GT(seen.lasting, kHistories * 5);
  EXPECT_GT(seen.stale, kHistories / 16);
  EXPECT_GT(seen.blocked, kHistories);
  EXPECT_GT(seen.own, kHistories / 2);
  EXPECT_GT(seen.interior, kHistories / 32);
  EXPECT_GT(seen.pinned, kHistories / 2);
  EXPECT_GT(seen.last_resorts, kHistories / 4);
  EXPECT_GT(seen.covered, kHistories);
  // Few, because next hops that make each other come and go hide what else is wrong.
  EXPECT_LT(seen.restless, kHistories / 5);
}

}  // namespace
}  // namespace tern::model
