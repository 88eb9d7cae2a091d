// decode_update, encode_update; encode_set, decode_set, encode_set_update: one UPDATE and the
// octets of its attribute set. Where there is a number behind the name, it is that of prefixes.
#include <benchmark/benchmark.h>

#include "bgpd/wire/attribute_set.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

using Octets = std::vector<std::byte>;

std::vector<Octets> updates() {
  const auto sets = attribute_sets(kFewSets, 65001);
  const auto nlri = prefixes(kFewSets * kPrefixesPerSet);
  std::vector<Octets> made(kFewSets);
  for (std::size_t i = 0; i < kFewSets; ++i) {
    wire::encode_announcements(
        sets[i], std::span(nlri).subspan(i * kPrefixesPerSet, kPrefixesPerSet), {}, made[i]);
  }
  return made;
}

std::vector<Octets> encoded_sets() {
  std::vector<Octets> made(kFewSets);
  const auto sets = attribute_sets(kFewSets, 65001);
  for (std::size_t i = 0; i < kFewSets; ++i) (void)wire::encode_set(sets[i], made[i]);
  return made;
}

void decode_update(benchmark::State& state) {
  const auto messages = updates();
  const wire::UpdateContext context;
  wire::UpdateMessage update;
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& message = messages[i++ % kFewSets];
    benchmark::DoNotOptimize(
        wire::decode_update(wire::Bytes(message).subspan(wire::kHeaderSize), context, update));
  }
}
BENCHMARK(decode_update);

void encode_update(benchmark::State& state) {
  const auto sets = attribute_sets(kFewSets, 65001);
  const auto nlri = prefixes(static_cast<std::size_t>(state.range(0)));
  Octets out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(wire::encode_announcements(sets[i++ % kFewSets], nlri, {}, out));
  }
}
BENCHMARK(encode_update)->Arg(1)->Arg(8);

void encode_set(benchmark::State& state) {
  const auto sets = attribute_sets(kFewSets, 65001);
  Octets out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(wire::encode_set(sets[i++ % kFewSets], out));
  }
}
BENCHMARK(encode_set);

void decode_set(benchmark::State& state) {
  const auto sets = encoded_sets();
  PathAttributes out;
  std::size_t i = 0;
  for (auto _ : state) {
    wire::decode_set(sets[i++ % kFewSets], out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(decode_set);

// As encode_update, from a set's octets as the table keeps them.
void encode_set_update(benchmark::State& state) {
  const auto sets = encoded_sets();
  const auto nlri = prefixes(static_cast<std::size_t>(state.range(0)));
  Octets out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(
        wire::encode_announcements(wire::Bytes(sets[i++ % kFewSets]), nlri, {}, out));
  }
}
BENCHMARK(encode_set_update)->Arg(1)->Arg(8);

}  // namespace
}  // namespace tern::bench
