// next_hop_lost: two neighbors have the same prefixes, and the next hop of the best paths is lost.
// The time until the table has the other neighbor's paths as the best, without what clients are
// advertised. The benchmark has one shard and one thread.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/next_hop_revision.h"
#include "rib/rib.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

constexpr std::size_t kFew = 1000;
constexpr std::size_t kMany = 500'000;  // a shard of a full table
constexpr std::uint32_t kPeers = 2;

IpAddress next_hop_of_peer(std::uint32_t peer) { return IpAddress::v4(0x0A000001U + peer); }

class AllLost final : public pipeline::NextHopFinder {
 public:
  pipeline::NextHopAnswer find(const IpAddress& /*address*/, PeerSlot /*of*/) override {
    return {};
  }
};

struct NextHopTable {
  explicit NextHopTable(std::size_t count) : nlri(prefixes(count)) {
    for (std::uint32_t peer = 0; peer < kPeers; ++peer) announce(peer);
    rib.take_changes(nlri.size(), changes);
  }
  void announce(std::uint32_t peer) {
    rib.set_peer(peer, {PeerKind::Ebgp, peer + 1, next_hop_of_peer(peer)});
    auto sets = attribute_sets(nlri.size() / kPrefixesPerSet, 65001 + peer);
    std::vector<rib::Rib::Announcement> update;
    for (std::size_t i = 0; i < sets.size(); ++i) {
      sets[i].next_hop.global = next_hop_of_peer(peer);
      const rib::AttrHandle set(attributes, pipeline::intern(attributes, sets[i], {}));
      update.clear();
      for (std::size_t k = i * kPrefixesPerSet; k < (i + 1) * kPrefixesPerSet; ++k) {
        update.push_back({nlri[k], {set.ref(), set.ref(), Reason::None, 0}});
      }
      rib.announce(peer, update, 1);
    }
  }
  rib::AttrTable attributes;
  rib::Rib rib{attributes};
  std::vector<Nlri> nlri;
  std::vector<rib::DestId> changes;
};

// Not inlined: a profiler finds the measured part by its name.
[[gnu::noinline]] void lose(rib::Rib& rib, const pipeline::ChangedNextHops& changed) {
  pipeline::NextHopRevision revision;
  pipeline::Revisions revisions;
  std::vector<std::size_t> judge;
  rib::ClientSet starved;
  for (rib::DestId id = 0; id < rib.end(); ++id) {
    revision.look(rib, id, changed, revisions, judge, starved);
    benchmark::DoNotOptimize(revisions.apply(rib, id));
  }
}

void next_hop_lost(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  pipeline::ChangedNextHops changed;
  changed.addresses = pipeline::HostAddresses({next_hop_of_peer(0)});
  changed.answers = std::make_shared<AllLost>();
  for (PeerSlot peer = 0; peer < kPeers; ++peer) changed.resolving.insert(peer);
  for (auto _ : state) {
    state.PauseTiming();
    auto table = std::make_unique<NextHopTable>(count);
    state.ResumeTiming();
    lose(table->rib, changed);
    state.PauseTiming();
    table.reset();
    state.ResumeTiming();
  }
  show_time_per(state, "per_prefix", count);
}
BENCHMARK(next_hop_lost)->Arg(kFew)->Arg(kMany)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tern::bench
