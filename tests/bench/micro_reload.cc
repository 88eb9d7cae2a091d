// reload_one_prefix: of 800 members of an exchange, one has another prefix in the set of 20,000
// that its import policy asks for; the programs of all members are compared, and the routes
// evaluated again that the difference touches. reload_whole_member: the same with all routes of the
// member, by a walk of the table, as for any other change of its rules. The table has 125 prefixes
// of each.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/import.h"
#include "bgpd/pipeline/range_walk.h"
#include "policy/change.h"
#include "tests/bench/routes.h"

namespace tern::bench {
namespace {

constexpr PeerSlot kMembers = 800;
constexpr PeerSlot kChanged = 400;
constexpr std::size_t kPrefixesOfMember = 125;
constexpr std::size_t kEntries = 20'000;

policy::Chain filter(const std::string& name, std::vector<policy::PrefixRange> ranges) {
  policy::Sources sources;
  sources.prefix_sets.push_back({"own", std::move(ranges)});
  policy::TermSource term;
  term.match.prefix_sets = {"own"};
  term.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({name, {term}});
  return policy::Chain({policy::compile(sources)->find(name)});
}

class Members {
 public:
  Members() {
    const auto all = prefixes(kMembers * kPrefixesOfMember);
    for (PeerSlot slot = 0; slot < kMembers; ++slot) {
      shards_.set_peer(slot, {PeerKind::RouteServerClient, slot + 1, {}});
      std::vector<policy::PrefixRange> own;
      const auto set = attribute_sets(1, 65001 + slot).front();
      held_.emplace_back(shards_.attributes(), pipeline::intern(shards_.attributes(), set, {}));
      const rib::AttrRef ref = held_.back().ref();
      for (std::size_t i = 0; i < kPrefixesOfMember; ++i) {
        const Nlri& nlri = all[slot * kPrefixesOfMember + i];
        own.push_back({nlri.prefix, nlri.prefix.length(), nlri.prefix.length()});
        shards_[0].announce(slot, nlri, {ref, ref, Reason::None, 0}, 1);
      }
      if (slot == kChanged) {
        while (own.size() < kEntries) {
          own.push_back({Prefix::v4(static_cast<std::uint32_t>(own.size()) << 8U, 24), 24, 24});
        }
        own[7].le = 32;
        other_ = filter(std::to_string(slot), own);
        own[7].ge = own[7].le = own[7].prefix.length();
        own.erase(own.begin() + 7);
      }
      chains_.push_back(filter(std::to_string(slot), std::move(own)));
    }
    pipeline::SessionFacts facts;
    facts.slot = kChanged;
    facts.kind = PeerKind::RouteServerClient;
    facts.peer_asn = 65001 + kChanged;
    facts.families = FamilySet{Family::Ipv4Unicast};
    import_ = std::make_unique<pipeline::Import>(shards_, adj_ribs_in_, facts, rules());
  }

  // Which of the two chains the member has; the differences to those of before.
  policy::ChainChange change() {
    policy::ChangeFinder finder;
    policy::ChainChange found;
    std::swap(chains_[kChanged], other_);
    for (PeerSlot slot = 0; slot < kMembers; ++slot) {
      const policy::Chain& before = slot == kChanged ? other_ : chains_[slot];
      const policy::ChainChange one = finder.between(before, chains_[slot]);
      if (one.any()) found = one;
    }
    import_->set_rules(rules());
    return found;
  }
  std::size_t evaluate(const policy::PrefixChange& program) {
    std::size_t routes = 0;
    pipeline::RangeWalk walk;
    constexpr std::size_t kAll = std::size_t{kMembers} * kPrefixesOfMember;
    pipeline::RangeWalk::Work left{kAll, kAll};
    (void)walk.slice(shards_[0], program.ranges(), left, [&](rib::DestId id) {
      if (!program.touches(shards_[0].prefix(id))) return;
      routes += import_->reevaluate(shards_[0], id);
    });
    return routes;
  }
  std::size_t evaluate_all() {
    std::size_t routes = 0;
    for (rib::DestId id = 0; id < shards_[0].end(); ++id) {
      for (const rib::Path& path : shards_[0].destination(id).paths) {
        if (path.peer() == kChanged) routes += import_->reevaluate(shards_[0], id);
      }
    }
    return routes;
  }
  void end() { (void)import_->end_reevaluation(); }

 private:
  [[nodiscard]] pipeline::ImportRules rules() const {
    pipeline::ImportRules rules;
    rules.policies = chains_[kChanged];
    rules.egress = egress_;
    rules.enforce_first_as = false;
    return rules;
  }

  std::shared_ptr<const policy::Egress> egress_ = std::make_shared<const policy::Egress>();
  rib::Shards shards_;
  pipeline::AdjRibsIn adj_ribs_in_;
  std::vector<rib::AttrHandle> held_;
  std::vector<policy::Chain> chains_;  // by slot
  policy::Chain other_;                // of the member that changes
  std::unique_ptr<pipeline::Import> import_;
};

void reload_one_prefix(benchmark::State& state) {
  Members members;
  std::size_t routes = 0;
  for (auto _ : state) {
    const policy::ChainChange change = members.change();
    for (const auto& program : change.programs) routes += members.evaluate(*program);
    members.end();
  }
  state.counters["routes"] = static_cast<double>(routes) / static_cast<double>(state.iterations());
}
BENCHMARK(reload_one_prefix)->Unit(benchmark::kMicrosecond);

void reload_whole_member(benchmark::State& state) {
  Members members;
  std::size_t routes = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(members.change());
    routes += members.evaluate_all();
    members.end();
  }
  state.counters["routes"] = static_cast<double>(routes) / static_cast<double>(state.iterations());
}
BENCHMARK(reload_whole_member)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tern::bench
