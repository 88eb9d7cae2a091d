// What compile() refuses, all of it at once, and how it says so.

#include <gtest/gtest.h>

#include <algorithm>

#include "policy_builders.h"

namespace tern::policy {
namespace {

std::vector<CompileError> errors_of(const Sources& sources) {
  const auto set = compile(sources);
  return set.ok() ? std::vector<CompileError>{} : set.error();
}

// "test 0 prefix_sets: unknown ...", one line each.
std::string report(const Sources& sources) {
  std::string text;
  for (const CompileError& error : errors_of(sources)) {
    if (!text.empty()) text += '\n';
    text +=
        error.policy + " " + std::to_string(error.term) + " " + error.field + ": " + error.message;
  }
  return text;
}

std::string report(const MatchSource& match) { return report(sources_of(accepting(match))); }
std::string report(const ActionSource& actions) {
  return report(sources_of(accepting({}, actions)));
}

TEST(CompileError, UnknownNamesComeWithASuggestion) {
  MatchSource match;
  match.prefix_sets = {"bogon"};
  match.community_sets = {"region"};
  match.origin_as_sets = {"contend"};
  match.neighbour_as_sets = {"nothing-like-it"};
  match.as_path_contains_sets = {"content"};
  match.metros = {"pariss"};
  match.egress_pops = {"amx"};
  Sources sources = sources_of(accepting(match));
  sources.prefix_sets = {{"bogons", {}}};
  sources.community_sets = {{"regions", {}}};
  sources.as_sets = {{"content", {}}};
  sources.metros = {"paris"};
  sources.pops = {"ams"};
  EXPECT_EQ(report(sources),
            "test 0 metros: unknown metro 'pariss'; did you mean 'paris'?\n"
            "test 0 egress_pops: unknown pop 'amx'; did you mean 'ams'?\n"
            "test 0 origin_as_sets: unknown AS set 'contend'; did you mean 'content'?\n"
            "test 0 neighbour_as_sets: unknown AS set 'nothing-like-it'\n"
            "test 0 prefix_sets: unknown prefix set 'bogon'; did you mean 'bogons'?\n"
            "test 0 community_sets: unknown community set 'region'; did you mean 'regions'?");
}

TEST(CompileError, AllPoliciesAndTermsAreRead) {
  Sources sources;
  MatchSource match;
  match.prefix_sets = {"x1"};
  sources.policies = {accepting(match), accepting({}), accepting(match)};
  sources.policies[0].name = "a";
  sources.policies[1].name = "b";
  sources.policies[2].name = "c";
  sources.policies[2].terms.push_back(sources.policies[2].terms[0]);
  EXPECT_EQ(report(sources),
            "a 0 prefix_sets: unknown prefix set 'x1'\n"
            "c 0 prefix_sets: unknown prefix set 'x1'\n"
            "c 1 prefix_sets: unknown prefix set 'x1'");
}

TEST(CompileError, PrefixRanges) {
  MatchSource match;
  match.prefixes = {ranging("10.0.0.0/8", 7, 8), ranging("10.0.0.0/8", 8, 33),
                    ranging("10.0.0.0/8", 24, 16), ranging("2001:db8::/32", 32, 129),
                    ranging("10.0.0.0/8", 8, 32)};
  EXPECT_EQ(report(match),
            "test 0 prefixes: 10.0.0.0/8: ge 7 is below the prefix length\n"
            "test 0 prefixes: 10.0.0.0/8: le 33 is above 32\n"
            "test 0 prefixes: 10.0.0.0/8: ge 24 is above le 16\n"
            "test 0 prefixes: 2001:db8::/32: le 129 is above 128");
}

TEST(CompileError, SetsNameThemselvesAndTheirPlace) {
  Sources sources;
  sources.prefix_sets = {{"own", {exactly("10.0.0.0/8")}},
                         {"bad", {ranging("10.0.0.0/8", 1, 2)}},
                         {"own", {}},
                         {"", {}}};
  sources.community_sets = {{"c", {CommunityPattern{{NumberPattern{70000, 70000}, {}}}}},
                            {"d", {CommunityPattern{{NumberPattern{9, 8}, {}}}}},
                            {"c", {}}};
  sources.as_sets = {{"a", {{9, 8}}}, {"a", {}}};
  PolicySource policy = accepting({});
  sources.policies = {policy, policy};
  EXPECT_EQ(report(sources),
            " 1 prefix_sets: prefix set 'bad': 10.0.0.0/8: ge 1 is below the prefix length\n"
            " 2 prefix_sets: 'own' is defined twice\n"
            " 3 prefix_sets: a name is missing\n"
            " 0 community_sets: community set 'c': a pattern that no community can match\n"
            " 1 community_sets: community set 'd': a pattern that no community can match\n"
            " 2 community_sets: 'c' is defined twice\n"
            " 0 as_sets: AS set 'a': AS 9 to 8 goes backwards\n"
            " 1 as_sets: 'a' is defined twice\n"
            " 1 policies: 'test' is defined twice");
}

TEST(CompileError, ASetWithAnErrorIsNotUnknown) {
  MatchSource match;
  match.prefix_sets = {"bad"};
  Sources sources = sources_of(accepting(match));
  sources.prefix_sets = {{"bad", {ranging("10.0.0.0/8", 1, 2)}}};
  EXPECT_EQ(errors_of(sources).size(), 1U);
}

TEST(CompileError, ConditionsThatCannotHold) {
  MatchSource match;
  match.as_path_length = std::pair{5U, 4U};
  match.local_pref = std::pair{2U, 1U};
  match.med = std::pair{2U, 1U};
  match.origin_as = {{3, 2}};
  match.peers = {""};
  match.groups = {""};
  match.communities = {LargeCommunityPattern{{NumberPattern{}, NumberPattern{2, 1}, {}}}};
  match.all_communities = {pattern("65000:1"), pattern("65000:2")};
  match.no_communities = {pattern("65000:2")};
  EXPECT_EQ(report(match),
            "test 0 local_pref: 2 to 1 goes backwards\n"
            "test 0 med: 2 to 1 goes backwards\n"
            "test 0 as_path_length: 5 to 4 goes backwards\n"
            "test 0 peers: an empty name\n"
            "test 0 groups: an empty name\n"
            "test 0 origin_as: AS 3 to 2 goes backwards\n"
            "test 0 communities: a pattern that no community can match\n"
            "test 0 no_communities: the same pattern stands in all_communities");
}

TEST(CompileError, PrefixesOfTheOtherFamily) {
  MatchSource match;
  match.family = Family::Ipv6Unicast;
  match.prefixes = {exactly("10.0.0.0/8")};
  EXPECT_EQ(report(match), "test 0 prefixes: none is of the family ipv6-unicast");
  match.prefixes.push_back(exactly("2001:db8::/32"));
  EXPECT_EQ(report(match), "");
}

TEST(CompileError, AsPathRegexWithItsPlace) {
  MatchSource match;
  match.as_path_regex = "_65001(";
  EXPECT_EQ(report(match),
            "test 0 as_path_regex: '_65001(': at character 8: nothing to match here");
}

TEST(CompileError, ActionsThatContradict) {
  ActionSource actions;
  actions.med = SetNumber{};
  actions.clear_med = true;
  actions.next_hop = address("0.0.0.0");
  actions.next_hop_self = true;
  actions.prepend = ActionSource::Prepend{Asn{0}, 0};
  actions.remove_community_sets = {"none"};
  actions.remove_communities = {CommunityPattern{{NumberPattern{70000, 70000}, {}}}};
  EXPECT_EQ(report(actions),
            "test 0 clear_med: the MED is both changed and cleared\n"
            "test 0 next_hop_self: the next hop is given and set to self\n"
            "test 0 next_hop: 0.0.0.0 leads nowhere: it is in 0.0.0.0/32, unspecified address "
            "(RFC 1122)\n"
            "test 0 prepend: 0 times; from 1 to 255\n"
            "test 0 prepend: AS 0 is on no path (RFC 7607)\n"
            "test 0 remove_communities: a pattern that no community can match\n"
            "test 0 remove_community_sets: unknown community set 'none'");
}

TEST(CompileError, TermsThatDoNothing) {
  PolicySource policy = accepting({});
  policy.terms[0].then = TermSource::Then::Continue;
  EXPECT_EQ(report(sources_of(policy)),
            "test 0 then: the term does nothing: it needs an action, accept or reject");
  policy.terms[0].then = TermSource::Then::Reject;
  policy.terms[0].actions.clear_med = true;
  EXPECT_EQ(report(sources_of(policy)),
            "test 0 then: the actions of a rejecting term have no effect");
  policy.terms.clear();
  EXPECT_EQ(report(sources_of(policy)), "test 0 terms: the policy has no terms");
}

TEST(CompileError, RejectReasons) {
  PolicySource policy = accepting({});
  policy.terms[0].reject_reason = "bogon";
  EXPECT_EQ(report(sources_of(policy)), "test 0 reject_reason: only a rejecting term has a reason");
  policy.terms[0].then = TermSource::Then::Reject;
  EXPECT_EQ(report(sources_of(policy)), "");
  policy.terms[0].reject_reason = "too long";
  EXPECT_EQ(report(sources_of(policy)),
            "test 0 reject_reason: 'too long' is not a word of up to 64 letters, digits, '-', '_' "
            "and '.'");
  policy.terms[0].reject_reason = "prefix-limit";
  EXPECT_EQ(report(sources_of(policy)),
            "test 0 reject_reason: 'prefix-limit' is the reason of routes that a prefix limit "
            "blocks: choose another word");
  policy.terms[0].reject_reason = "quarantined";
  EXPECT_EQ(report(sources_of(policy)),
            "test 0 reject_reason: 'quarantined' is the reason of the guard of registered "
            "prefixes: choose another word");
  policy.terms[0].reject_reason = "guard-block";
  EXPECT_EQ(errors_of(sources_of(policy)).size(), 1U);
  policy.terms[0].reject_reason = std::string(65, 'x');
  EXPECT_EQ(errors_of(sources_of(policy)).size(), 1U);
}

TEST(CompileError, TermNamesRepeat) {
  PolicySource policy = accepting({});
  policy.terms[0].name = "all";
  policy.terms.push_back(policy.terms[0]);
  EXPECT_EQ(report(sources_of(policy)), "test 1 name: a second term with the name 'all'");
}

}  // namespace
}  // namespace tern::policy
