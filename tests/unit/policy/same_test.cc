// same(): what a reload may leave alone.

#include <gtest/gtest.h>

#include <functional>

#include "policy_builders.h"

namespace tern::policy {
namespace {

Sources base() {
  TermSource term;
  term.name = "take";
  term.match.prefix_sets = {"own"};
  term.match.community_sets = {"regions"};
  term.match.origin_as_sets = {"content"};
  term.match.as_path_regex = "_65010$";
  term.match.metros = {"paris"};
  term.actions.remove_community_sets = {"regions"};
  term.actions.local_pref = SetNumber{SetNumber::Op::Set, 200};
  term.then = TermSource::Then::Accept;
  Sources sources;
  sources.policies = {{"test", {term}}};
  sources.prefix_sets = {{"own", {exactly("203.0.113.0/24"), exactly("192.0.2.0/24")}}};
  sources.community_sets = {{"regions", {pattern("65000:*")}}};
  sources.as_sets = {{"content", {{65010, 65020}}}};
  sources.metros = {"berlin", "paris"};
  return sources;
}

bool same_as_base(const Sources& sources) { return chain_of(base()) == chain_of(sources); }

TEST(Same, ARepeatedCompileIsNoChange) {
  EXPECT_TRUE(same_as_base(base()));
  const auto set = compile(base());
  ASSERT_TRUE(set.ok());
  EXPECT_TRUE(PolicySet::same(*set->find("test"), *set->find("test")));
}

TEST(Same, TheContentOfSetsCountsNotTheirOrder) {
  Sources sources = base();
  std::swap(sources.prefix_sets[0].entries[0], sources.prefix_sets[0].entries[1]);
  sources.prefix_sets.push_back({"unused", {exactly("10.0.0.0/8")}});
  sources.as_sets[0].ranges = {{65015, 65020}, {65010, 65014}};
  EXPECT_TRUE(same_as_base(sources));
}

TEST(Same, AnyChangeOfEffectIsSeen) {
  const std::function<void(Sources&)> changes[] = {
      [](Sources& s) { s.prefix_sets[0].entries[0].le = 25; },
      [](Sources& s) { s.community_sets[0].any_of = {pattern("65000:1")}; },
      [](Sources& s) {
        s.as_sets[0].ranges = {{65010, 65021}};
      },
      [](Sources& s) { s.policies[0].terms[0].match.as_path_regex = "_65011$"; },
      [](Sources& s) { s.policies[0].terms[0].match.family = Family::Ipv4Unicast; },
      [](Sources& s) { s.policies[0].terms[0].actions.local_pref->value = 201; },
      [](Sources& s) { s.policies[0].terms[0].actions.clear_communities = true; },
      [](Sources& s) { s.policies[0].terms[0].then = TermSource::Then::Continue; },
      [](Sources& s) { s.policies[0].terms[0].name = "other"; },  // verdicts tell it
      [](Sources& s) { s.policies[0].name = "other"; },
      [](Sources& s) { s.policies[0].terms.push_back(accepting({}).terms[0]); },
      // The number means another place now, or the place another number.
      [](Sources& s) { std::swap(s.metros[0], s.metros[1]); },
      [](Sources& s) {
        s.metros[1] = "rome";
        s.policies[0].terms[0].match.metros = {"rome"};
      },
  };
  for (std::size_t i = 0; i < std::size(changes); ++i) {
    Sources sources = base();
    changes[i](sources);
    EXPECT_FALSE(same_as_base(sources)) << "change " << i;
  }
}

TEST(Same, ChainsCompareProgramByProgram) {
  const auto set = compile(base());
  ASSERT_TRUE(set.ok());
  const auto program = set->find("test");
  EXPECT_EQ(Chain(), Chain());
  EXPECT_NE(Chain(), Chain({program}));
  EXPECT_NE(Chain({program}), Chain({program, program}));
  EXPECT_EQ(Chain({program, program}), Chain({program, program}));
}

}  // namespace
}  // namespace tern::policy
