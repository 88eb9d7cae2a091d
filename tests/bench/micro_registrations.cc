// Registered prefixes: reading them, and the guard's verdict.
//
// registration_csv: 100,000 registrations from the text of a CSV file to their table.
// registration_yaml: 20,000 from YAML. guard_registered: a verdict on a route for one of 100,000
// registered prefixes, in random order; guard_other: for a prefix that nobody registered.
// guard_path, guard_leak: the facts of an AS_PATH of five ASes, and its leaks by 16 transit-free
// ASes. guard_difference: the ranges of a table against none.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "conf/registration_file.h"
#include "policy/registrations.h"

namespace tern {
namespace {

using policy::RegistrationTable;

constexpr std::uint32_t kRegistered = 100'000;
constexpr std::uint32_t kFirst = 0x14000000;  // 20.0.0.0

const conf::RegistrationNames& names() {
  static const conf::RegistrationNames kNames{{{"isp-a", 1299}}, {"ams", "fra"}, false};
  return kNames;
}

Prefix number(std::uint32_t first, std::uint32_t i) { return Prefix::v4(first + (i << 8U), 24); }

std::string csv() {
  std::string text =
      "prefix,owner,customer_as,origins,partners,primary_pop,backup_pops,tag,max_length,"
      "path.max_length,notes\n";
  for (std::uint32_t i = 0; i < kRegistered; ++i) {
    text += number(kFirst, i).to_string() + ",tenant-" + std::to_string(i % 5000) +
            ",3333,3333 12654,isp-a 174,ams,fra,8075:8007,25,3,ticket " + std::to_string(i) + "\n";
  }
  return text;
}

std::string yaml() {
  std::string text = "prefixes:\n";
  for (std::uint32_t i = 0; i < kRegistered / 5; ++i) {
    text += "- { prefix: " + number(kFirst, i).to_string() + ", owner: tenant-" +
            std::to_string(i % 5000) +
            ", customer_as: 3333, origins: [3333, 12654], partners: [isp-a, 174], primary_pop: "
            "ams, backup_pops: [fra], max_length: 25, path: { max_length: 3 } }\n";
  }
  return text;
}

std::shared_ptr<const policy::Registrations> read(const std::string& text,
                                                  conf::RegistrationFormat format) {
  return conf::read_registrations(text, format, "bench", names()).value();
}

void load(benchmark::State& state, const std::string& text, conf::RegistrationFormat format) {
  for (auto _ : state) {
    const RegistrationTable table({read(text, format)}, policy::kQuarantineAll);
    benchmark::DoNotOptimize(table.size());
  }
}
void load_csv(benchmark::State& state) { load(state, csv(), conf::RegistrationFormat::Csv); }
void load_yaml(benchmark::State& state) { load(state, yaml(), conf::RegistrationFormat::Yaml); }
BENCHMARK(load_csv)->Name("registration_csv")->Unit(benchmark::kMillisecond);
BENCHMARK(load_yaml)->Name("registration_yaml")->Unit(benchmark::kMillisecond);

const RegistrationTable& registered() {
  static const RegistrationTable kTable({read(csv(), conf::RegistrationFormat::Csv)},
                                        policy::kQuarantineAll);
  return kTable;
}

void judge(benchmark::State& state, std::uint32_t first) {
  const RegistrationTable& table = registered();
  const auto path = *policy::guarded_path(*AsPath::parse("1299 3333"), 1299);
  std::uint32_t next = 0;
  for (auto _ : state) {
    next = (next + 7919) % kRegistered;
    benchmark::DoNotOptimize(table.judge(number(first, next), path, nullptr));
  }
}
void judge_registered(benchmark::State& state) { judge(state, kFirst); }
void judge_other(benchmark::State& state) { judge(state, 0x50000000); }
BENCHMARK(judge_registered)->Name("guard_registered");
BENCHMARK(judge_other)->Name("guard_other");

const AsPath& usual_path() {
  static const AsPath kPath = *AsPath::parse("64999 1299 3356 12654 3333");
  return kPath;
}

void find_facts(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(policy::guarded_path(usual_path(), 64999));
}
BENCHMARK(find_facts)->Name("guard_path");

void find_leak(benchmark::State& state) {
  const policy::TransitFree free({174, 701, 1239, 1299, 2828, 2914, 3257, 3320, 3356, 3491, 5511,
                                  6453, 6461, 6762, 7018, 12956});
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy::find_leak(usual_path(), free, Role::Customer));
  }
}
BENCHMARK(find_leak)->Name("guard_leak");

void difference(benchmark::State& state) {
  const RegistrationTable none;
  for (auto _ : state) {
    benchmark::DoNotOptimize(RegistrationTable::difference(none, registered()).size());
  }
}
BENCHMARK(difference)->Name("guard_difference")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tern
