// The baseline of a full table: 1,200,000 prefixes that are ripe, looked up in random order.
//
// baseline_change: a change of a known prefix with its usual origin is learnt and compared.
// baseline_new: a new prefix, which no other covers, is learnt.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "bgpd/baseline/detector.h"

namespace tern {
namespace {

using baseline::Batch;
using baseline::Detector;
using baseline::Now;
using baseline::PathFacts;

constexpr std::uint32_t kPrefixes = 1'200'000;
constexpr std::uint64_t kRipe = 7;  // days

Prefix prefix_of(std::uint32_t i) { return Prefix::v4(0x14000000U + (i << 8U), 24); }

PathFacts path_of(std::uint32_t i) {
  PathFacts facts;
  facts.length = 4;
  facts.origin = 65'000 + i % 1000;
  facts.upstream = 3000 + i % 100;
  return facts;
}

Now on_day(std::uint64_t day) {
  return {day, static_cast<std::uint16_t>(day), static_cast<std::uint32_t>(day * 86'400)};
}

constexpr std::uint32_t kChanges = 256;  // of a batch

// The changes are those of the journal in one read.
struct Learnt {
  Detector detector{[](const events::Report& /*report*/) {}};

  Learnt() {
    baseline::Rules rules;
    rules.most_prefixes = 4 * kPrefixes;
    (void)detector.apply(rules);
    for (std::uint64_t day = 0; day < kRipe; ++day) {
      for (std::uint32_t i = 0; i < kPrefixes; ++i) {
        (void)detector.book().learn(prefix_of(i), path_of(i), 1, on_day(day));
      }
    }
  }
  template <typename Next>
  void change(Next next) {
    Batch batch;
    batch.changes.reserve(kChanges);
    for (std::uint32_t n = 0; n < kChanges; ++n) {
      const std::uint32_t i = next();
      batch.changes.push_back({prefix_of(i), 1, path_of(i), true});
    }
    detector.take(batch, {}, on_day(kRipe));
  }
};

void baseline_change(benchmark::State& state) {
  const auto learnt = std::make_unique<Learnt>();
  std::uint32_t random = 1;
  const auto next = [&random] {
    random = random * 1664525U + 1013904223U;
    return (random >> 4U) % kPrefixes;
  };
  for (auto step : state) learnt->change(next);
  state.SetItemsProcessed(state.iterations() * kChanges);
}

void baseline_new(benchmark::State& state) {
  const auto learnt = std::make_unique<Learnt>();
  std::uint32_t i = kPrefixes;
  for (auto step : state) learnt->change([&i] { return i++; });
  state.SetItemsProcessed(state.iterations() * kChanges);
}

BENCHMARK(baseline_change);
BENCHMARK(baseline_new)->Iterations(2000);

}  // namespace
}  // namespace tern
