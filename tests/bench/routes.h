// What the microbenchmarks have in common: synthetic routes, made before the clock starts, equal in
// every run, and a policy that lets them pass.
#pragma once

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "policy/policy.h"
#include "rib/types/path_attributes.h"
#include "rib/types/prefix.h"

namespace tern::bench {

// A full feed has 6 to 8 prefixes per attribute set.
inline constexpr std::size_t kPrefixesPerSet = 8;
// So few that what is made of them stays in the innermost caches.
inline constexpr std::size_t kFewSets = 32;

// `count` distinct /24 and /22 of 16.0.0.0/4 onwards.
inline std::vector<Nlri> prefixes(std::size_t count) {
  std::vector<Nlri> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto block = static_cast<std::uint32_t>(0x10000000U + (i << 10U));
    made.push_back(unicast(Prefix(IpAddress::v4(block), i % 3 == 0 ? 22 : 24)));
  }
  return made;
}

// Distinct attribute sets of one size: five ASes, three communities and two large ones.
inline std::vector<PathAttributes> attribute_sets(std::size_t count, Asn neighbour) {
  std::mt19937 random(neighbour);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  std::vector<PathAttributes> made;
  made.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    PathAttributes attributes;
    attributes.origin = Origin::Igp;
    std::vector<Asn> path{neighbour};
    while (path.size() < 5) path.push_back(1000 + below(60000));
    attributes.as_path = AsPath::sequence(path);
    attributes.next_hop.global = IpAddress::v4(0x0A000001U + neighbour % 250);
    for (std::uint16_t n = 0; n < 3; ++n) {  // ranges apart, so that none comes twice
      const auto value = static_cast<std::uint16_t>(1000 * n + below(1000));
      attributes.communities.push_back(Community::of(static_cast<std::uint16_t>(neighbour), value));
    }
    for (std::uint32_t n = 0; n < 2; ++n) {
      attributes.large_communities.push_back({neighbour, n, below(100000)});
    }
    attributes.normalise();
    made.push_back(std::move(attributes));
  }
  return made;
}

// Of one term that accepts everything.
inline policy::Chain accept_all() {
  policy::Sources sources;
  policy::TermSource term;
  term.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"all", {term}});
  return policy::Chain({policy::compile(sources)->find("all")});
}

// Shows the time of one of the `count` things that each iteration does.
inline void show_time_per(benchmark::State& state, const char* what, std::size_t count) {
  using benchmark::Counter;
  state.counters[what] =
      Counter(static_cast<double>(count), Counter::kIsIterationInvariantRate | Counter::kInvert);
}

}  // namespace tern::bench
