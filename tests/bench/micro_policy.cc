// policy_typical: a policy as exchange operators write them, over routes of a full feed.
#include <benchmark/benchmark.h>

#include "policy/policy.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

policy::Chain typical() {
  policy::Sources sources;
  policy::PrefixSetSource bogons{"bogons", {}};
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}) {
    bogons.entries.push_back({*Prefix::parse(text), Prefix::parse(text)->length(), 32});
  }
  sources.prefix_sets.push_back(bogons);
  policy::PolicySource source{"typical", {}};
  policy::TermSource refuse;
  refuse.name = "bogons";
  refuse.match.prefix_sets = {"bogons"};
  refuse.then = policy::TermSource::Then::Reject;
  source.terms.push_back(refuse);
  policy::TermSource long_path;
  long_path.name = "long";
  long_path.match.as_path_length = {32, 0xFFFF};
  long_path.then = policy::TermSource::Then::Reject;
  source.terms.push_back(long_path);
  policy::TermSource tag;
  tag.name = "tag";
  tag.match.communities = {*policy::parse_community_pattern("65001:100-199")};
  tag.actions.local_pref = policy::SetNumber{policy::SetNumber::Op::Set, 120};
  source.terms.push_back(tag);
  policy::TermSource accept;
  accept.name = "rest";
  accept.actions.add_communities = {*policy::parse_any_community("65000:1:1")};
  accept.then = policy::TermSource::Then::Accept;
  source.terms.push_back(accept);
  sources.policies.push_back(source);
  const auto compiled = policy::compile(sources);
  return policy::Chain({compiled->find("typical")});
}

void policy_typical(benchmark::State& state) {
  const policy::Chain chain = typical();
  const auto sets = attribute_sets(4096, 65001);
  const auto nlri = prefixes(4096);
  const policy::PeerFacts peer;
  PathAttributes changed;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t k = i++ % sets.size();
    changed = sets[k];
    benchmark::DoNotOptimize(chain.evaluate({nlri[k].prefix, sets[k], {}}, peer, changed));
  }
}
BENCHMARK(policy_typical);

}  // namespace
}  // namespace tern::bench
