// intern_new, intern_known, announce_new, find_prefix, add_prefix_longest, announce_replace,
// announce_beside, order_paths, import_table: what a route costs. The last number behind a name is
// that of prefixes (of sets for intern_new): a thousand stay in the inner caches, a hundred
// thousand do not.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/wire/framer.h"
#include "rib/decision.h"
#include "rib/shards.h"
#include "tests/bench/routes.h"
#include "tests/unit/pipeline/receive.h"

namespace tern::bench {
namespace {

constexpr std::size_t kFew = 1000;
constexpr std::size_t kMany = 100'000;

void intern_new(benchmark::State& state) {
  const auto sets = attribute_sets(static_cast<std::size_t>(state.range(0)), 65001);
  std::size_t octets = 0;
  for (auto _ : state) {
    state.PauseTiming();
    rib::AttrTable table;
    std::vector<rib::AttrHandle> held;
    held.reserve(sets.size());
    state.ResumeTiming();
    for (const auto& set : sets) held.emplace_back(table, pipeline::intern(table, set, {}));
    state.PauseTiming();
    octets = table.bytes();
    held.clear();
    state.ResumeTiming();
  }
  show_time_per(state, "per_set", sets.size());
  state.counters["octets_per_set"] = static_cast<double>(octets) / static_cast<double>(sets.size());
}
BENCHMARK(intern_new)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMicrosecond);

void intern_known(benchmark::State& state) {
  rib::AttrTable table;
  const auto sets = attribute_sets(kFewSets, 65001);
  std::vector<rib::AttrHandle> held;
  for (const auto& set : sets) held.emplace_back(table, pipeline::intern(table, set, {}));
  std::size_t i = 0;
  for (auto _ : state) table.release(pipeline::intern(table, sets[i++ % sets.size()], {}));
}
BENCHMARK(intern_known);

// The same prefixes from `peers` neighbours.
struct Table {
  Table(std::uint32_t peers, std::size_t prefix_count)
      : nlri(prefixes(prefix_count)), sets(prefix_count / kPrefixesPerSet) {
    for (std::uint32_t peer = 0; peer < peers; ++peer) {
      rib.set_peer(peer, {PeerKind::Ebgp, peer + 1, IpAddress::v4(0x0A000001U + peer)});
      for (const auto& set : attribute_sets(sets, 65001 + peer)) {
        refs.emplace_back(attributes, pipeline::intern(attributes, set, {}));
      }
    }
  }
  void announce(std::uint32_t peer, std::size_t shift = 0) {
    for (std::size_t i = 0; i < sets; ++i) {
      const rib::AttrRef ref = refs[peer * sets + (i + shift) % sets].ref();
      update.clear();
      for (std::size_t k = i * kPrefixesPerSet; k < (i + 1) * kPrefixesPerSet; ++k) {
        update.push_back({nlri[k], {ref, ref, Reason::None, 0}});
      }
      rib.announce(peer, update, 1);
    }
    rib.take_changes(nlri.size(), changes);
    benchmark::DoNotOptimize(changes.data());
  }
  [[nodiscard]] double octets_per_prefix() const {
    const rib::RibMemory memory = rib.memory();
    return static_cast<double>(memory.records + memory.blocks + memory.index + memory.ordered) /
           static_cast<double>(nlri.size());
  }
  rib::AttrTable attributes;
  rib::Rib rib{attributes};
  std::vector<Nlri> nlri;
  std::size_t sets;  // of each neighbour
  std::vector<rib::AttrHandle> refs;
  std::vector<rib::DestId> changes;
  std::vector<rib::Rib::Announcement> update;
};

void announce_new(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    state.PauseTiming();
    auto table = std::make_unique<Table>(1, count);
    state.ResumeTiming();
    table->announce(0);
    state.PauseTiming();
    table.reset();
    state.ResumeTiming();
  }
  show_time_per(state, "per_prefix", count);
}
BENCHMARK(announce_new)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMicrosecond);

// A look-up of a prefix that is known, in an order that is not that of the additions.
void find_prefix(benchmark::State& state) {
  const auto nlri = prefixes(static_cast<std::size_t>(state.range(0)));
  rib::DestinationTable table;
  std::vector<std::size_t> hashes;
  for (const Nlri& one : nlri) {
    hashes.push_back(rib::DestinationTable::hash(one));
    (void)table.add(one, hashes.back());
  }
  constexpr std::size_t kStride = 7919;  // a prime
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + kStride) % nlri.size();
    benchmark::DoNotOptimize(table.find(nlri[i], hashes[i]));
  }
  state.counters["octets_per_prefix"] =
      static_cast<double>(table.index_bytes()) / static_cast<double>(nlri.size());
}
BENCHMARK(find_prefix)->Arg(kFew)->Arg(kMany)->Arg(10 * kMany);

// The longest addition of a prefix, in processor time of the thread.
void add_prefix_longest(benchmark::State& state) {
  const auto nlri = prefixes(static_cast<std::size_t>(state.range(0)));
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
  };
  double longest = 0;
  for (auto _ : state) {
    rib::DestinationTable table;
    for (const Nlri& one : nlri) {
      const double before = now();
      (void)table.add(one, rib::DestinationTable::hash(one));
      longest = std::max(longest, now() - before);
    }
  }
  state.counters["longest_us"] = longest;
}
BENCHMARK(add_prefix_longest)->Arg(10 * kMany)->Iterations(1)->Unit(benchmark::kMillisecond);

// The first number is that of the neighbours, and so of the paths.
void announce_replace(benchmark::State& state) {
  const auto peers = static_cast<std::uint32_t>(state.range(0));
  Table table(peers, static_cast<std::size_t>(state.range(1)));
  for (std::uint32_t peer = 0; peer < peers; ++peer) table.announce(peer);
  std::size_t shift = 0;
  for (auto _ : state) table.announce(0, ++shift);
  show_time_per(state, "per_prefix", table.nlri.size());
  state.counters["octets_per_prefix"] = table.octets_per_prefix();
}
BENCHMARK(announce_replace)
    ->ArgsProduct({{1, 2, 10}, {kFew, kMany}})
    ->Unit(benchmark::kMicrosecond);

// The same while another thread might be reading.
void announce_beside(benchmark::State& state) {
  const auto peers = static_cast<std::uint32_t>(state.range(0));
  Table table(peers, static_cast<std::size_t>(state.range(1)));
  for (std::uint32_t peer = 0; peer < peers; ++peer) table.announce(peer);
  table.rib.share();
  std::size_t shift = 0;
  for (auto _ : state) table.announce(0, ++shift);
  table.rib.unshare();
  show_time_per(state, "per_prefix", table.nlri.size());
}
BENCHMARK(announce_beside)->ArgsProduct({{1, 2, 10}, {kFew, kMany}})->Unit(benchmark::kMicrosecond);

void order_paths(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  rib::AttrTable table;
  std::vector<rib::AttrHandle> held;
  std::vector<rib::PeerRank> peers(count);
  std::vector<rib::Candidate> candidates;
  for (std::size_t i = 0; i < count; ++i) {
    const auto neighbour = static_cast<Asn>(65001 + i);
    held.emplace_back(table, pipeline::intern(table, attribute_sets(1, neighbour).front(), {}));
    peers[i] = {PeerKind::Ebgp, neighbour, IpAddress::v4(neighbour)};
    candidates.push_back({table[held.back().ref()].key(), &peers[i], 0, 0});
  }
  for (auto _ : state) {
    auto paths = candidates;
    rib::order(paths, {});
    benchmark::DoNotOptimize(paths.data());
  }
}
BENCHMARK(order_paths)->Arg(2)->Arg(10)->Arg(50);

// Bytes to RIB, the whole way: decode, checks, interning, decision.
void import_table(benchmark::State& state) {
  const auto nlri = prefixes(static_cast<std::size_t>(state.range(0)));
  const auto sets = attribute_sets(nlri.size() / kPrefixesPerSet, 65001);
  std::vector<std::vector<std::byte>> messages(sets.size());
  for (std::size_t i = 0; i < sets.size(); ++i) {
    wire::encode_announcements(
        sets[i], std::span(nlri).subspan(i * kPrefixesPerSet, kPrefixesPerSet), {}, messages[i]);
  }
  pipeline::SessionFacts facts;
  facts.slot = 0;
  facts.kind = PeerKind::Ibgp;  // accepts without a policy
  facts.families = FamilySet{Family::Ipv4Unicast};
  pipeline::ImportRules rules;
  rules.egress = std::make_shared<const policy::Egress>();
  for (auto _ : state) {
    state.PauseTiming();
    auto shards = std::make_unique<rib::Shards>();
    shards->set_peer(0, {});
    pipeline::AdjRibsIn adj_ribs_in;
    auto import = std::make_unique<pipeline::Import>(*shards, adj_ribs_in, facts, rules);
    state.ResumeTiming();
    for (const auto& message : messages) {
      benchmark::DoNotOptimize(
          pipeline::receive(*import, wire::Bytes(message).subspan(wire::kHeaderSize), 1));
    }
    state.PauseTiming();
    import.reset();
    shards.reset();
    state.ResumeTiming();
  }
  show_time_per(state, "per_prefix", nlri.size());
}
BENCHMARK(import_table)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tern::bench
