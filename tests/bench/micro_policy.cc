// policy_terms: a policy of four terms, as exchange operators write them. judge_pass, judge_terms:
// the whole verdict on one UPDATE, its set known already, with a policy that accepts everything and
// with these terms; the second makes another set of it. take_update, take_update_terms: from octets
// to a batch of judged routes by the two policies, the second of which asks whether the prefixes
// are bogons. compare_sets: where two prefix sets differ.
#include <benchmark/benchmark.h>

#include <memory>
#include <utility>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/judge.h"
#include "bgpd/wire/framer.h"
#include "policy/policy.h"
#include "policy/prefix_set.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

policy::Chain terms() {
  policy::Sources sources;
  policy::PrefixSetSource bogons{"bogons", {}};
  for (const char* text : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}) {
    bogons.entries.push_back({*Prefix::parse(text), Prefix::parse(text)->length(), 32});
  }
  sources.prefix_sets.push_back(bogons);
  policy::PolicySource source{"terms", {}};
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
  return policy::Chain({compiled->find("terms")});
}

void policy_terms(benchmark::State& state) {
  const policy::Chain chain = terms();
  const auto sets = attribute_sets(kFewSets, 65001);
  const auto nlri = prefixes(kFewSets);
  const policy::PeerFacts peer;
  PathAttributes changed;
  std::size_t i = 0;
  for (auto _ : state) {
    const std::size_t k = i++ % kFewSets;
    changed = sets[k];
    benchmark::DoNotOptimize(chain.evaluate({nlri[k].prefix, sets[k], {}}, peer, changed));
  }
}
BENCHMARK(policy_terms);

// A client of a route server, judged by `policies`.
struct Court {
  explicit Court(policy::Chain policies) {
    pipeline::SessionFacts facts;
    facts.slot = 0;
    facts.kind = PeerKind::RouteServerClient;
    facts.local_asn = 65000;
    facts.peer_asn = 65001;
    facts.families = {Family::Ipv4Unicast};
    facts.receive.families = facts.families;
    pipeline::ImportRules rules;
    rules.policies = std::move(policies);
    rules.egress = std::make_shared<const policy::Egress>();
    judge = std::make_unique<pipeline::Judge>(
        shards, facts, std::make_shared<const pipeline::ImportRules>(std::move(rules)));
    for (const auto& set : sets) {
      received.emplace_back(shards.attributes(), pipeline::intern(shards.attributes(), set, {}));
    }
  }
  rib::Shards shards;
  std::unique_ptr<pipeline::Judge> judge;
  std::vector<PathAttributes> sets = attribute_sets(kFewSets, 65001);
  std::vector<rib::AttrHandle> received;
  std::vector<Nlri> nlri = prefixes(kFewSets * kPrefixesPerSet);
};

// The sets that policy makes are known too, as they are from the second UPDATE of one on.
void judge(benchmark::State& state, Court& court) {
  std::vector<pipeline::Judge::Verdict> kept;
  const auto verdict = [&](std::size_t k) {
    return court.judge->judge(court.nlri[k * kPrefixesPerSet], court.sets[k],
                              court.received[k].ref());
  };
  for (std::size_t k = 0; k < kFewSets; ++k) kept.push_back(verdict(k));
  std::size_t i = 0;
  for (auto _ : state) {
    const pipeline::Judge::Verdict judged = verdict(i++ % kFewSets);
    benchmark::DoNotOptimize(judged.reason);
  }
}

void judge_pass(benchmark::State& state) {
  Court court(accept_all());
  judge(state, court);
}
BENCHMARK(judge_pass);

void judge_terms(benchmark::State& state) {
  Court court(terms());
  judge(state, court);
}
BENCHMARK(judge_terms);

void take(benchmark::State& state, Court& court) {
  std::vector<std::vector<std::byte>> messages(kFewSets);
  for (std::size_t i = 0; i < kFewSets; ++i) {
    const auto some = std::span(court.nlri).subspan(i * kPrefixesPerSet, kPrefixesPerSet);
    wire::encode_announcements(court.sets[i], some, {}, messages[i]);
  }
  pipeline::JudgedRoutes routes(court.shards.size());
  std::size_t i = 0;
  for (auto _ : state) {
    const wire::Bytes message = messages[i++ % kFewSets];
    benchmark::DoNotOptimize(court.judge->take(message.subspan(wire::kHeaderSize), routes));
    routes.clear();
  }
}

void take_update(benchmark::State& state) {
  Court court(accept_all());
  take(state, court);
}
BENCHMARK(take_update);

void take_update_terms(benchmark::State& state) {
  Court court(terms());
  take(state, court);
}
BENCHMARK(take_update_terms);

// One entry of 20,000 is another.
void compare_sets(benchmark::State& state) {
  std::vector<policy::PrefixRange> ranges;
  for (const Nlri& one : prefixes(20'000)) {
    ranges.push_back({one.prefix, one.prefix.length(), one.prefix.length()});
  }
  const policy::PrefixSet before(ranges);
  ranges[10'000].le = 32;
  const policy::PrefixSet after(ranges);
  for (auto _ : state) {
    benchmark::DoNotOptimize(policy::PrefixSet::difference(before, after));
  }
}
BENCHMARK(compare_sets)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tern::bench
