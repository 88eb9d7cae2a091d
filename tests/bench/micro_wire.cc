// decode_update, encode_update, encode_set_update: one typical UPDATE of a full feed, eight
// prefixes.
#include <benchmark/benchmark.h>

#include "bgpd/wire/attribute_set.h"
#include "bgpd/wire/framer.h"
#include "bgpd/wire/update.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

constexpr std::size_t kPrefixesPerUpdate = 8;

std::vector<std::vector<std::byte>> updates(std::size_t count) {
  const auto sets = attribute_sets(count, 65001);
  const auto nlri = prefixes(count * kPrefixesPerUpdate);
  std::vector<std::vector<std::byte>> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    wire::encode_announcements(
        sets[i], std::span(nlri).subspan(i * kPrefixesPerUpdate, kPrefixesPerUpdate), {}, made[i]);
  }
  return made;
}

void decode_update(benchmark::State& state) {
  const auto messages = updates(4096);
  const wire::UpdateContext context;
  wire::UpdateMessage update;
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& message = messages[i++ % messages.size()];
    benchmark::DoNotOptimize(
        wire::decode_update(wire::Bytes(message).subspan(wire::kHeaderSize), context, update));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPrefixesPerUpdate));
}
BENCHMARK(decode_update);

void encode_update(benchmark::State& state) {
  const auto sets = attribute_sets(4096, 65001);
  const auto nlri = prefixes(kPrefixesPerUpdate);
  std::vector<std::byte> out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(wire::encode_announcements(sets[i++ % sets.size()], nlri, {}, out));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPrefixesPerUpdate));
}
BENCHMARK(encode_update);

// The same from a set's octets, as the table keeps it.
void encode_set_update(benchmark::State& state) {
  const auto sets = attribute_sets(4096, 65001);
  std::vector<std::vector<std::byte>> octets(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) (void)wire::encode_set(sets[i], octets[i]);
  const auto nlri = prefixes(kPrefixesPerUpdate);
  std::vector<std::byte> out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(
        wire::encode_announcements(wire::Bytes(octets[i++ % octets.size()]), nlri, {}, out));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kPrefixesPerUpdate));
}
BENCHMARK(encode_set_update);

}  // namespace
}  // namespace tern::bench
