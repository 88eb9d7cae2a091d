// distribute_changes: 1000 changed prefixes to the clients of a route server, the sweep and the
// messages; distribute_to_vantages: the same for clients of several vantages; take_changes: what
// the clients then take. edit_filter: the walk after another route filter of one client, beside
// clients with a filter each. pass_entry: a client passes entries of the log that are not for it.
#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertisers.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "policy/route_filter.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

constexpr std::size_t kChanged = 1000;
constexpr std::size_t kSets = 300;

constexpr PopId kPops = 5;

// Users in one metro, as near to every PoP; the backbone tells the exits apart.
std::shared_ptr<const policy::Egress> network() {
  policy::EgressSource source;
  source.pop = "pop0";
  source.metros = {{"metro", "", 1, {1, 1}}};
  for (PopId from = 0; from < kPops; ++from) {
    const std::string name = "pop" + std::to_string(from);
    source.pops.push_back({name, "", from + 1U, {1, 1}});
    source.rtts.push_back({name, "metro", 5000U + from});
    for (PopId to = 0; to < from; ++to) {
      source.rtts.push_back({name, "pop" + std::to_string(to), 10000U * from});
    }
  }
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

// Passes no route of the benchmark but by its second community; no two numbers make equal filters.
std::shared_ptr<const policy::RouteFilter> filter_number(std::size_t number, bool passes_all) {
  policy::FilterCommunities communities{
      *policy::parse_filter_community("65010:" + std::to_string(number))};
  if (passes_all) communities.push_back(*policy::parse_filter_community("*:*"));
  return std::make_shared<const policy::RouteFilter>(std::move(communities));
}

// Clients 0 and 1 announce the same prefixes, which leave at two PoPs; all are told. vantages: so
// many, beside those who have none, share the clients evenly. filters: each has a route filter of
// its own, which passes all routes with a community.
class Exchange {
 public:
  explicit Exchange(PeerSlot clients, PeerSlot vantages = 0, bool filters = false)
      : clients_(clients) {
    pipeline::ExportRules& rules = rules_;
    rules.policies = accept_all();
    rules.egress = network();
    for (PeerSlot slot = 0; slot < clients; ++slot) {
      pipeline::SessionFacts facts;
      facts.slot = slot;
      facts.kind = PeerKind::RouteServerClient;
      facts.local_asn = 65000;
      facts.peer_asn = 65001 + slot;
      facts.peer_address = IpAddress::v4(0x0A000001U + slot);
      facts.families = {Family::Ipv4Unicast};
      shards_.set_peer(slot, {facts.kind, slot + 1, facts.peer_address});
      const PeerSlot vantage = slot % (vantages + 1);
      rules.vantage = vantage == 0 ? kNoPlace : static_cast<PopId>(vantage);
      if (filters) rules.filter = filter_number(slot, true);
      advertisers_.open(facts, rules);
    }
    for (const PeerSlot sender : {0U, 1U}) {
      for (auto& set : attribute_sets(kSets, 65001 + sender)) {
        set.med.reset();
        EgressInfo place{0, static_cast<PopId>(sender), kUnknownCost};
        place.cost = rules.egress->costs()->cost(place.pop, place.metro);
        refs_.emplace_back(shards_.attributes(),
                           pipeline::intern(shards_.attributes(), set, {place}));
      }
      announce(sender, 0);
    }
    while (advertisers_.walking()) advertisers_[0].walk(kChanged);
    say();
    (void)take();
  }

  // Every prefix gets another attribute set.
  void announce(PeerSlot sender, std::size_t shift) {
    for (std::size_t i = 0; i < kChanged; ++i) {
      const std::size_t which = (i / kPrefixesPerSet + shift) % kSets;
      const rib::AttrRef ref = refs_[sender * kSets + which].ref();
      shards_[0].announce(sender, nlri_[i], {ref, ref, Reason::None, 0}, 1);
    }
  }
  void say() {
    while (advertisers_[0].advertise(kChanged, 0)) {
    }
  }
  // Another route filter of the last client, and its walk over the table.
  void edit_filter(bool passes_all) {
    rules_.filter = filter_number(clients_ - 1U, passes_all);
    advertisers_.set_rules(clients_ - 1, rules_, true);
    while (advertisers_.walking()) advertisers_[0].walk(kChanged);
  }
  // Octets.
  std::size_t take() {
    std::array<std::span<const std::byte>, 64> runs;
    std::size_t octets = 0;
    for (PeerSlot slot = 0; slot < clients_; ++slot) {
      pipeline::AdjRibOut& adj_rib_out = *advertisers_.adj_rib_out(slot);
      while (const std::size_t count = adj_rib_out.collect(runs, std::size_t{1} << 20U)) {
        std::size_t taken = 0;
        for (const auto& run : std::span(runs).first(count)) taken += run.size();
        (void)adj_rib_out.took(taken, [](wire::Bytes) {});
        octets += taken;
      }
    }
    return octets;
  }

 private:
  PeerSlot clients_;
  pipeline::ExportRules rules_;  // of the last client
  rib::Shards shards_;
  pipeline::Advertisers advertisers_{shards_};
  std::vector<Nlri> nlri_ = prefixes(kChanged);
  std::vector<rib::AttrHandle> refs_;
};

void advertise(benchmark::State& state, Exchange& exchange) {
  std::size_t shift = 0;
  for (auto _ : state) {
    state.PauseTiming();
    exchange.announce(0, ++shift);
    (void)exchange.take();
    state.ResumeTiming();
    exchange.say();
  }
  show_time_per(state, "per_prefix", kChanged);
}

void distribute_changes(benchmark::State& state) {
  Exchange exchange(static_cast<PeerSlot>(state.range(0)));
  advertise(state, exchange);
}
BENCHMARK(distribute_changes)->Arg(2)->Arg(300)->Arg(1000)->Unit(benchmark::kMicrosecond);

void distribute_to_vantages(benchmark::State& state) {
  Exchange exchange(300, static_cast<PeerSlot>(state.range(0)));
  advertise(state, exchange);
}
BENCHMARK(distribute_to_vantages)->Arg(0)->Arg(1)->Arg(4)->Unit(benchmark::kMicrosecond);

void edit_filter(benchmark::State& state) {
  Exchange exchange(static_cast<PeerSlot>(state.range(0)), 0, true);
  bool passes_all = true;
  for (auto _ : state) {
    exchange.edit_filter(passes_all = !passes_all);
    state.PauseTiming();
    (void)exchange.take();
    state.ResumeTiming();
  }
  show_time_per(state, "per_prefix", kChanged);
}
BENCHMARK(edit_filter)->Arg(2)->Arg(300)->Unit(benchmark::kMicrosecond);

void take_changes(benchmark::State& state) {
  Exchange exchange(static_cast<PeerSlot>(state.range(0)));
  std::size_t shift = 0;
  std::size_t octets = 0;
  for (auto _ : state) {
    state.PauseTiming();
    exchange.announce(0, ++shift);
    exchange.say();
    state.ResumeTiming();
    octets += exchange.take();
  }
  show_time_per(state, "per_client", static_cast<std::size_t>(state.range(0)));
  state.counters["octets_per_prefix"] =
      static_cast<double>(octets) /
      (static_cast<double>(state.iterations()) * static_cast<double>(state.range(0)) * kChanged);
}
BENCHMARK(take_changes)->Arg(300)->Unit(benchmark::kMicrosecond);

// Entries with one audience in a row, as many as the number says, then with another.
void pass_entry(benchmark::State& state) {
  constexpr std::uint32_t kEntries = 1024;  // in one segment
  const auto in_a_row = static_cast<std::uint32_t>(state.range(0));
  rib::AudienceTable audiences;
  rib::ExportLog log(audiences);
  rib::ClientSet everyone;
  for (PeerSlot slot = 1; slot < 300; ++slot) everyone.insert(slot);
  rib::ClientSet others = everyone;
  others.erase(1);
  const std::array<rib::AudienceRef, 2> refs{audiences.intern(everyone), audiences.intern(others)};
  const rib::ExportLog::Cursor begin = log.end();
  const std::array<std::byte, 48> octets{};
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    rib::ExportLog::Entry entry;
    entry.audience = refs[i / in_a_row % 2];
    entry.prefixes = 1;
    log.append(octets, entry);
  }
  std::array<std::span<const std::byte>, 4> runs;
  for (auto _ : state) {
    rib::ExportLog::Cursor cursor = begin;
    benchmark::DoNotOptimize(log.collect(cursor, 0, runs, 65536));
  }
  show_time_per(state, "per_entry", kEntries);
  for (const rib::AudienceRef ref : refs) audiences.release(ref);
}
BENCHMARK(pass_entry)->Arg(1)->Arg(16)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tern::bench
