// Terms and programs in order: who decides, and what the later ones see.

#include <gtest/gtest.h>

#include "policy_builders.h"

namespace tern::policy {
namespace {

using Then = TermSource::Then;

TermSource term(std::string name, MatchSource match, Then then, ActionSource actions = {}) {
  TermSource source;
  source.name = std::move(name);
  source.match = std::move(match);
  source.then = then;
  source.actions = std::move(actions);
  return source;
}

MatchSource from_origin(Asn asn) {
  MatchSource match;
  match.origin_as = {{asn, asn}};
  return match;
}

ActionSource local_pref(std::uint32_t value) {
  ActionSource actions;
  actions.local_pref = SetNumber{SetNumber::Op::Set, value};
  return actions;
}

TEST(Chain, WithoutProgramsEverythingIsRejected) {
  const Chain chain;
  EXPECT_TRUE(chain.empty());
  EXPECT_FALSE(chain.reads_prefix());
  EXPECT_FALSE(chain.reads_peer());
  const Verdict verdict = evaluate(chain, path_of("65001")).verdict;
  EXPECT_FALSE(verdict.accept);
  EXPECT_EQ(verdict.reason, Reason::PolicyDefault);
  EXPECT_TRUE(verdict.policy.empty());
  EXPECT_TRUE(verdict.term.empty());
  EXPECT_TRUE(verdict.reject_reason.empty());
}

TEST(Chain, WhenNoTermDecidesTheRouteIsRejected) {
  const Chain chain = chain_of(sources_of(accepting(from_origin(65010))));
  const Verdict verdict = evaluate(chain, path_of("65001 65011")).verdict;
  EXPECT_FALSE(verdict.accept);
  EXPECT_EQ(verdict.reason, Reason::PolicyDefault);
  EXPECT_TRUE(verdict.policy.empty());
}

TEST(Chain, TheFirstTermThatDecidesDecides) {
  const Chain chain =
      chain_of(sources_of({"import",
                           {term("first", from_origin(65010), Then::Accept, local_pref(200)),
                            term("second", {}, Then::Accept, local_pref(50))}}));
  const Outcome ten = evaluate(chain, path_of("65001 65010"));
  EXPECT_TRUE(ten.verdict.accept);
  EXPECT_EQ(ten.verdict.reason, Reason::None);
  EXPECT_EQ(ten.verdict.policy, "import");
  EXPECT_EQ(ten.verdict.term, "first");
  EXPECT_EQ(ten.attributes.local_pref, 200U);
  const Outcome other = evaluate(chain, path_of("65001 65011"));
  EXPECT_EQ(other.verdict.term, "second");
  EXPECT_EQ(other.attributes.local_pref, 50U);
}

TEST(Chain, ARejectNamesItsReasonAndTerm) {
  PolicySource policy{"import",
                      {term("", from_origin(65010), Then::Reject),
                       term("", from_origin(65011), Then::Reject), term("", {}, Then::Accept)}};
  policy.terms[1].reject_reason = "customer-cone";
  const Chain chain = chain_of(sources_of(policy));
  Verdict verdict = evaluate(chain, path_of("65001 65011")).verdict;
  EXPECT_FALSE(verdict.accept);
  EXPECT_EQ(verdict.reason, Reason::Policy);
  EXPECT_EQ(verdict.policy, "import");
  EXPECT_EQ(verdict.term, "#2");  // by position, where it has no name
  EXPECT_EQ(verdict.reject_reason, "customer-cone");
  verdict = evaluate(chain, path_of("65001 65010")).verdict;
  EXPECT_EQ(verdict.reason, Reason::Policy);
  EXPECT_EQ(verdict.term, "#1");
  EXPECT_TRUE(verdict.reject_reason.empty());
  EXPECT_EQ(evaluate(chain, path_of("65001 65012")).verdict.term, "#3");
  EXPECT_EQ(chain.reject_reasons(), (std::vector<std::string_view>{"customer-cone"}));
}

TEST(Chain, LaterTermsSeeWhatEarlierOnesChanged) {
  ActionSource mark;
  mark.add_communities = {community("65000:1")};
  mark.prepend = ActionSource::Prepend{Asn{65099}, 1};
  MatchSource marked;
  marked.communities = {pattern("65000:1")};
  marked.neighbour_as = {{65099, 65099}};
  const Chain chain = chain_of(sources_of({"import",
                                           {term("mark", from_origin(65010), Then::Continue, mark),
                                            term("take", marked, Then::Accept, local_pref(300))}}));
  const Outcome outcome = evaluate(chain, path_of("65001 65010"));
  EXPECT_TRUE(outcome.verdict.accept);
  EXPECT_EQ(outcome.verdict.term, "take");
  EXPECT_EQ(outcome.attributes.as_path.to_string(), "65099 65001 65010");
  EXPECT_EQ(outcome.attributes.local_pref, 300U);
  EXPECT_FALSE(evaluate(chain, path_of("65001 65011")).verdict.accept);
}

TEST(Chain, ProgramsDecideInTheirOrderAndSeeEachOthersChanges) {
  ActionSource mark;
  mark.med = SetNumber{SetNumber::Op::Set, 42};
  MatchSource of_med;
  of_med.med = std::pair{42U, 42U};
  Sources sources;
  sources.policies = {{"z-marks", {term("", from_origin(65010), Then::Continue, mark)}},
                      {"a-takes", {term("marked", of_med, Then::Accept)}},
                      {"m-closes", {term("rest", {}, Then::Reject)}}};
  const Chain chain = chain_of(sources);
  EXPECT_FALSE(chain.empty());
  Verdict verdict = evaluate(chain, path_of("65001 65010")).verdict;
  EXPECT_TRUE(verdict.accept);
  EXPECT_EQ(verdict.policy, "a-takes");
  verdict = evaluate(chain, path_of("65001 65011")).verdict;
  EXPECT_FALSE(verdict.accept);
  EXPECT_EQ(verdict.policy, "m-closes");
  EXPECT_EQ(verdict.term, "rest");
}

TEST(Chain, OutlivesTheSetItCameFrom) {
  Chain chain;
  {
    const auto set = compile(sources_of(accepting({})));
    ASSERT_TRUE(set.ok());
    chain = Chain({set->find("test")});
  }
  const Outcome outcome = evaluate(chain, path_of("65001"));
  EXPECT_TRUE(outcome.verdict.accept);
  EXPECT_EQ(outcome.verdict.policy, "test");
}

TEST(Chain, ReadsThePrefixOnlyWhereAConditionDoes) {
  MatchSource match;
  match.family = Family::Ipv4Unicast;
  match.next_hops = {prefix("192.0.2.0/24")};
  match.peer_addresses = {prefix("192.0.2.0/24")};
  EXPECT_FALSE(chain_of(sources_of(accepting(match))).reads_prefix());
  match.prefixes = {exactly("203.0.113.0/24")};
  EXPECT_TRUE(chain_of(sources_of(accepting(match))).reads_prefix());

  // In any term of any program of the chain.
  MatchSource by_set;
  by_set.prefix_sets = {"own"};
  Sources sources;
  sources.prefix_sets = {{"own", {exactly("203.0.113.0/24")}}};
  sources.policies = {{"plain", {term("", from_origin(65010), Then::Accept)}},
                      {"late", {term("", {}, Then::Accept), term("", by_set, Then::Reject)}}};
  EXPECT_TRUE(chain_of(sources).reads_prefix());
}

TEST(Chain, ReadsThePeerOnlyWhereAConditionOrActionDoes) {
  const auto reads_peer = [](const MatchSource& match, const ActionSource& actions = {}) {
    return chain_of(sources_of(accepting(match, actions))).reads_peer();
  };
  MatchSource match;
  match.family = Family::Ipv4Unicast;
  match.prefixes = {exactly("203.0.113.0/24")};
  match.next_hops = {prefix("192.0.2.0/24")};
  match.neighbour_as = {{65001, 65001}};
  ActionSource actions = local_pref(200);
  actions.next_hop = address("192.0.2.1");
  actions.prepend = ActionSource::Prepend{};  // our own AS: not of the peer
  EXPECT_FALSE(reads_peer(match, actions));

  MatchSource by_name, by_address, by_group, by_range;
  by_name.peers = {"isp-a"};
  by_address.peers = {"192.0.2.1"};
  by_group.groups = {"partners"};
  by_range.peer_addresses = {prefix("192.0.2.0/24")};
  for (const MatchSource& reading : {by_name, by_address, by_group, by_range}) {
    EXPECT_TRUE(reads_peer(reading));
  }
  ActionSource self;
  self.next_hop_self = true;
  EXPECT_TRUE(reads_peer({}, self));

  // In any term of any program of the chain.
  Sources sources;
  sources.policies = {{"plain", {term("", from_origin(65010), Then::Accept)}},
                      {"late", {term("", {}, Then::Accept), term("", by_group, Then::Reject)}}};
  EXPECT_TRUE(chain_of(sources).reads_peer());
}

TEST(PolicySet, FindsByName) {
  Sources sources;
  for (const char* name : {"transit", "customers", "peers"}) {
    PolicySource policy = accepting({});
    policy.name = name;
    sources.policies.push_back(policy);
  }
  const auto set = compile(sources);
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(set->names(), (std::vector<std::string>{"customers", "peers", "transit"}));
  EXPECT_NE(set->find("peers"), nullptr);
  EXPECT_EQ(set->find("peer"), nullptr);
  EXPECT_EQ(set->find(""), nullptr);
  EXPECT_TRUE(compile({})->names().empty());
}

}  // namespace
}  // namespace tern::policy
