// Latency of registered prefixes, metros and neighbors.
//
// latency_round_trip: a round trip of one of 4096 prefixes with a day of round trips behind them,
// in random order. latency_step: one of these compared with what is usual; latency_hour: the same
// at the end of an hour. latency_percentiles: the three windows of one, as a listing has them.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "bgpd/latency/latency_book.h"

namespace tern {
namespace {

using latency::LatencyBook;
using latency::Subject;

constexpr std::uint32_t kSubjects = 4096;
constexpr std::uint32_t kHour = 3600;
constexpr std::uint32_t kFirstSecond = 490'000 * kHour;
constexpr std::uint32_t kEvery = 300;  // seconds between two round trips of a prefix

Subject subject_of(std::uint32_t i) {
  return {.kind = Subject::Kind::Prefix, .prefix = Prefix::v4(0x14000000U + (i << 8U), 24)};
}

// 20 to 28 ms, and one of a hundred up to 100 ms.
EgressCost round_trip_of(std::uint32_t& random) {
  random = random * 1664525U + 1013904223U;
  const std::uint32_t spread = (random >> 8U) % 100 == 0 ? 80'000 : 8'000;
  return 20'000 + (random >> 12U) % spread;
}

void step_all(LatencyBook& book, std::uint32_t now) {
  std::optional<Subject> behind;
  for (;;) {
    const auto all = [](const Subject& /*subject*/) { return true; };
    const LatencyBook::Step step = book.step(behind, all, now);
    if (step.subject == nullptr) return;
    behind = *step.subject;
  }
}

// A day of round trips.
struct Filled {
  LatencyBook book;
  std::vector<Subject> subjects;
  std::uint32_t now = kFirstSecond;
  std::uint32_t random = 1;

  Filled() {
    for (std::uint32_t i = 0; i < kSubjects; ++i) subjects.push_back(subject_of(i));
    for (; now < kFirstSecond + 24 * kHour; now += kEvery) {
      for (const Subject& subject : subjects) {
        (void)book.add(subject, round_trip_of(random), now);
      }
      if (now % kHour == 0) step_all(book, now);
    }
  }
};

void latency_round_trip(benchmark::State& state) {
  Filled filled;
  std::uint32_t next = 0;
  for (auto _ : state) {
    next = (next + 1811) % kSubjects;
    benchmark::DoNotOptimize(
        filled.book.add(filled.subjects[next], round_trip_of(filled.random), filled.now));
  }
  std::size_t octets = 0;
  for (const auto& [subject, track] : filled.book.tracks()) octets += track.octets();
  state.counters["octets"] = static_cast<double>(octets) / kSubjects;
}
BENCHMARK(latency_round_trip);

// A step of each subject is one iteration of so many.
void latency_step(benchmark::State& state) {
  Filled filled;
  for (auto _ : state) step_all(filled.book, filled.now);
  state.SetItemsProcessed(state.iterations() * kSubjects);
}
BENCHMARK(latency_step)->Unit(benchmark::kMillisecond);

void latency_hour(benchmark::State& state) {
  Filled filled;
  for (auto _ : state) {
    filled.now += kHour;
    step_all(filled.book, filled.now);
  }
  state.SetItemsProcessed(state.iterations() * kSubjects);
}
BENCHMARK(latency_hour)->Unit(benchmark::kMillisecond)->Iterations(24);

void latency_percentiles(benchmark::State& state) {
  Filled filled;
  const latency::Track& track = *filled.book.find(filled.subjects[7]);
  for (auto _ : state) {
    for (const auto window :
         {latency::Window::FiveMinutes, latency::Window::Hour, latency::Window::Day}) {
      benchmark::DoNotOptimize(track.percentiles(window, filled.now).p95);
    }
  }
}
BENCHMARK(latency_percentiles);

}  // namespace
}  // namespace tern
