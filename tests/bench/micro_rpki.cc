// Route origin validation with a table of the size that the RPKI had in July 2025: 723,521 VRPs,
// 165,000 of them of IPv6. The table is made up, with lengths and covers as they are published;
// TERN_VRPS names a file of rpki-client to use instead.
//
// vrp_build: from records in random order to a table. vrp_lookup: one validate(), of prefixes that
// are valid, invalid and not found, in random order; octets is the memory of the table.
// vrp_lookup_changed: the same behind four deltas of 1000 records. vrp_delta: a table from 1000
// changes. vrp_difference: the ranges of such a delta; vrp_merge: 40960 changes, which make a new
// base; vrp_compare: the ranges between two tables that share nothing. rtr_load: the answer to a
// Reset Query, from octets to the table. vrp_file: JSON of rpki-client.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "bgpd/rpki/rtr_client.h"
#include "bgpd/rpki/vrp_file.h"
#include "policy/vrp_table.h"

namespace tern::bench {
namespace {

using policy::Vrp;
using policy::VrpDelta;
using policy::VrpTable;

constexpr std::size_t kVrps = 723'521;
constexpr std::size_t kVrps6 = 165'000;
constexpr std::size_t kChanges = 1000;
constexpr std::size_t kQueries = 1U << 16U;

std::uint32_t number(std::mt19937& random) { return static_cast<std::uint32_t>(random()); }

Prefix random_prefix(std::mt19937& random, bool v6) {
  if (!v6) {
    static constexpr std::uint8_t kLengths[] = {24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 16};
    const std::uint32_t address =
        (1U + number(random) % 223U) << 24U | (number(random) & 0xFFFFFFU);
    return Prefix::v4(address, kLengths[random() % std::size(kLengths)]);
  }
  static constexpr std::uint8_t kLengths[] = {32, 32, 48, 48, 48, 48, 48, 44, 40, 36, 29};
  std::array<std::byte, 16> octets{};
  const std::uint32_t high =
      0x20000000U | ((number(random) % 12U) << 24U) | (number(random) & 0x1FFFFFU);
  const std::uint32_t low = number(random);
  for (std::size_t i = 0; i < 4; ++i) {
    octets[i] = static_cast<std::byte>(high >> (24U - 8U * i));
    octets[4 + i] = static_cast<std::byte>(low >> (24U - 8U * i));
  }
  return {IpAddress::from_bytes(octets), kLengths[random() % std::size(kLengths)]};
}

Vrp random_vrp(std::mt19937& random, bool v6) {
  const Prefix prefix = random_prefix(random, v6);
  const std::uint32_t most =
      std::min<std::uint32_t>(v6 ? 48 : 24, prefix.length() + number(random) % 3U);
  const auto max_length = static_cast<std::uint8_t>(std::max<std::uint32_t>(most, prefix.length()));
  return {prefix, max_length, 1U + number(random) % 50000U};
}

std::string file_text() {
  const char* name = std::getenv("TERN_VRPS");
  if (name == nullptr) return {};
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<Vrp>& vrps() {
  static const std::vector<Vrp> all = [] {
    std::mt19937 random(1);
    std::vector<Vrp> list;
    if (const std::string text = file_text(); !text.empty()) {
      list = rpki::read_vrp_file(text, "TERN_VRPS")->vrps;
    } else {
      while (list.size() < kVrps) list.push_back(random_vrp(random, list.size() < kVrps6));
    }
    std::shuffle(list.begin(), list.end(), random);
    return list;
  }();
  return all;
}

const VrpTable::Ptr& table() {
  static const VrpTable::Ptr made = VrpTable::build(vrps());
  return made;
}

VrpDelta delta(std::uint32_t seed, std::size_t changes = kChanges) {
  std::mt19937 random(seed);
  VrpDelta made;
  for (std::size_t i = 0; i < changes / 2; ++i) {
    made.withdrawn.push_back(vrps()[random() % vrps().size()]);
    made.announced.push_back(random_vrp(random, i % 4 == 0));
  }
  return made;
}

struct Query {
  Prefix prefix;
  Asn origin = 0;
};

std::vector<Query> queries() {
  std::mt19937 random(2);
  std::vector<Query> all;
  for (std::size_t i = 0; i < kQueries; ++i) {
    const Vrp& vrp = vrps()[random() % vrps().size()];
    switch (random() % 3U) {
      case 0:
        all.push_back({vrp.prefix, vrp.asn});
        break;
      case 1:
        all.push_back({vrp.prefix, vrp.asn + 1});
        break;
      default:
        all.push_back({random_prefix(random, random() % 4U == 0), vrp.asn});
    }
  }
  return all;
}

void build(benchmark::State& state) {
  static_cast<void>(table());  // reads a file
  for (auto _ : state) benchmark::DoNotOptimize(VrpTable::build(vrps()));
  state.counters["octets"] = static_cast<double>(table()->memory());
  state.counters["vrps"] = static_cast<double>(table()->size());
}
BENCHMARK(build)->Name("vrp_build")->Unit(benchmark::kMillisecond);

void look_up(benchmark::State& state, const VrpTable& in) {
  const auto all = queries();
  std::size_t i = 0;
  for (auto _ : state) {
    const Query& query = all[i++ % kQueries];
    benchmark::DoNotOptimize(in.validate(query.prefix, query.origin));
  }
}
void lookup(benchmark::State& state) { look_up(state, *table()); }
BENCHMARK(lookup)->Name("vrp_lookup");

void lookup_changed(benchmark::State& state) {
  VrpTable::Ptr now = table();
  for (std::uint32_t i = 0; i < 4; ++i) now = now->changed(delta(i));
  look_up(state, *now);
}
BENCHMARK(lookup_changed)->Name("vrp_lookup_changed");

void change(benchmark::State& state) {
  const VrpTable::Ptr before = table()->changed(delta(1));
  const VrpDelta made = delta(2);
  for (auto _ : state) benchmark::DoNotOptimize(before->changed(made));
}
BENCHMARK(change)->Name("vrp_delta")->Unit(benchmark::kMicrosecond);

void difference(benchmark::State& state) {
  const VrpTable::Ptr before = table()->changed(delta(1));
  const VrpTable::Ptr after = before->changed(delta(2));
  for (auto _ : state) benchmark::DoNotOptimize(VrpTable::difference(*before, *after));
}
BENCHMARK(difference)->Name("vrp_difference")->Unit(benchmark::kMicrosecond);

void merge(benchmark::State& state) {
  const VrpDelta made = delta(1, 10 * VrpTable::kMostOverlaid);
  for (auto _ : state) benchmark::DoNotOptimize(table()->changed(made));
}
BENCHMARK(merge)->Name("vrp_merge")->Unit(benchmark::kMillisecond);

void compare(benchmark::State& state) {
  std::vector<Vrp> records;
  table()->changed(delta(1))->for_each([&](const Vrp& vrp) {
    records.push_back(vrp);
    return true;
  });
  const VrpTable::Ptr other = VrpTable::build(std::move(records));
  for (auto _ : state) benchmark::DoNotOptimize(VrpTable::difference(*table(), *other));
}
BENCHMARK(compare)->Name("vrp_compare")->Unit(benchmark::kMillisecond);

struct Quiet : rpki::RtrClient::Rim {
  void open() override {}
  void close() override {}
  void send(rpki::Bytes) override {}
  void wake_at(std::optional<rpki::Time>) override {}
  void on_data(const rpki::CacheData&) override {}
  void on_state(rpki::RtrClient::State, rpki::RtrClient::State) override {}
  void on_error_report(const rpki::ErrorReport&, bool) override {}
  void on_down(std::string_view) override {}
};

void rtr_load(benchmark::State& state) {
  std::vector<std::byte> answer;
  rpki::encode(rpki::CacheResponse{1}, 1, answer);
  std::vector<Vrp> distinct = vrps();
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::mt19937 random(3);
  std::shuffle(distinct.begin(), distinct.end(), random);
  for (const Vrp& vrp : distinct) rpki::encode(rpki::PrefixPdu{true, vrp}, 1, answer);
  rpki::encode(rpki::EndOfData{1, 1, rpki::Intervals{}}, 1, answer);
  for (auto _ : state) {
    Quiet rim;
    rpki::RtrConfig config;
    config.max_version = 1;
    rpki::RtrClient client(rim, config);
    client.start({});
    client.connected({});
    client.receive(answer, {});
    if (!client.data()) state.SkipWithError("not loaded");
  }
}
BENCHMARK(rtr_load)->Unit(benchmark::kMillisecond);

void vrp_file(benchmark::State& state) {
  std::string text = file_text();
  if (text.empty()) {
    text = "{\"roas\": [\n";
    for (const Vrp& vrp : vrps()) {
      if (&vrp != &vrps().front()) text += ",\n";
      text += "\t\t{ \"asn\": " + std::to_string(vrp.asn) + ", \"prefix\": \"" +
              vrp.prefix.to_string() + "\", \"maxLength\": " + std::to_string(vrp.max_length) +
              ", \"ta\": \"apnic\", \"expires\": 1753453058 }";
    }
    text += "\n]}\n";
  }
  for (auto _ : state) benchmark::DoNotOptimize(rpki::read_vrp_file(text, "vrps.json").ok());
  state.counters["octets"] = static_cast<double>(text.size());
}
BENCHMARK(vrp_file)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tern::bench
