// Random policies on random routes: the same input gives the same output, whatever happened
// between, and the compiled program does what a plain reading of its source does.

#include <gtest/gtest.h>

#include "policy_builders.h"
#include "random_numbers.h"

namespace tern::policy {
namespace {

class RandomPolicies {
 public:
  explicit RandomPolicies(std::uint32_t seed) : random_(seed) {}

  PolicySource policy() {
    PolicySource source;
    source.name = "random";
    for (auto terms = 1 + below(5); terms != 0; --terms) source.terms.push_back(term());
    return source;
  }

  PathAttributes route() {
    PathAttributes attributes;
    std::vector<Asn> asns;
    for (auto left = below(4); left != 0; --left) asns.push_back(65001 + below(3));
    attributes.as_path = AsPath::sequence(asns);
    attributes.origin = static_cast<Origin>(below(3));
    if (chance()) attributes.med = below(4);
    if (chance()) attributes.local_pref = 99 + below(4);
    for (auto left = below(4); left != 0; --left) {
      attributes.communities.push_back(Community::of(65000, static_cast<std::uint16_t>(below(5))));
    }
    attributes.normalise();
    return attributes;
  }

  Prefix destination() {
    return {IpAddress::v4(below(4) << 30U), static_cast<std::uint8_t>(2 + below(3))};
  }

  std::uint32_t below(std::uint32_t bound) { return random_() % bound; }
  bool chance() { return below(2) == 0; }

 private:
  TermSource term() {
    TermSource source;
    source.then = static_cast<TermSource::Then>(below(3));
    MatchSource& match = source.match;
    if (chance()) match.origin_as = {{65001, 65001 + below(3)}};
    if (below(4) == 0) match.as_path_length = std::pair{below(2), 2 + below(2)};
    if (below(4) == 0) match.med = std::pair{0U, below(4)};
    if (below(4) == 0) match.local_pref = std::pair{99U, 99 + below(4)};
    if (below(4) == 0) match.communities = {some_pattern()};
    if (below(4) == 0) match.no_communities = {some_pattern()};
    if (below(4) == 0) match.prefixes = {{Prefix(IpAddress::v4(0), 1), 2, 3}};
    if (source.then == TermSource::Then::Reject) return source;
    ActionSource& actions = source.actions;
    actions.local_pref = SetNumber{static_cast<SetNumber::Op>(below(3)), below(3)};
    if (chance()) actions.med = SetNumber{static_cast<SetNumber::Op>(below(3)), below(3)};
    if (chance()) actions.remove_communities = {some_pattern()};
    if (chance()) actions.add_communities = {Community::of(65000, 3)};
    if (chance()) actions.prepend = ActionSource::Prepend{};
    return source;
  }
  AnyCommunityPattern some_pattern() {
    const std::uint32_t low = below(5);
    return CommunityPattern{{NumberPattern{65000, 65000}, NumberPattern{low, low + below(2)}}};
  }
  RandomNumbers random_;
};

// The reading of a person with the configuration in front of them.
bool has(const AnyCommunityPattern& wanted, const PathAttributes& attributes) {
  const auto& fields = std::get<CommunityPattern>(wanted).fields;
  for (const Community c : attributes.communities) {
    if (fields[0].matches(c.high()) && fields[1].matches(c.low())) return true;
  }
  return false;
}

bool plainly_matches(const MatchSource& match, const Prefix& prefix,
                     const PathAttributes& attributes) {
  const auto in = [](const auto& range, std::uint32_t value) {
    return !range || (value >= range->first && value <= range->second);
  };
  if (!match.origin_as.empty()) {
    const auto origin = attributes.as_path.origin();
    if (!origin || *origin < match.origin_as[0].first || *origin > match.origin_as[0].second) {
      return false;
    }
  }
  if (!match.prefixes.empty()) {
    const PrefixRange& range = match.prefixes[0];
    if (!range.prefix.covers(prefix) || prefix.length() < range.ge || prefix.length() > range.le) {
      return false;
    }
  }
  return in(match.as_path_length, attributes.as_path.length()) &&
         in(match.med, attributes.med.value_or(0)) &&
         in(match.local_pref, attributes.local_pref.value_or(100)) &&
         (match.communities.empty() || has(match.communities[0], attributes)) &&
         (match.no_communities.empty() || !has(match.no_communities[0], attributes));
}

std::uint32_t plainly_changed(const SetNumber& change, std::uint32_t before) {
  if (change.op == SetNumber::Op::Set) return change.value;
  if (change.op == SetNumber::Op::Add) return before + change.value;
  return before < change.value ? 0 : before - change.value;
}

void plainly_apply(const ActionSource& actions, PathAttributes& attributes) {
  if (actions.local_pref) {
    attributes.local_pref =
        plainly_changed(*actions.local_pref, attributes.local_pref.value_or(100));
  }
  if (actions.med) attributes.med = plainly_changed(*actions.med, attributes.med.value_or(0));
  if (actions.prepend) attributes.as_path.prepend(partner().local_asn);
  if (!actions.remove_communities.empty()) {
    std::vector<Community> kept;
    for (const Community c : attributes.communities) {
      PathAttributes alone;
      alone.communities = {c};
      if (!has(actions.remove_communities[0], alone)) kept.push_back(c);
    }
    attributes.communities = kept;
  }
  for (const AnyCommunity& added : actions.add_communities) {
    attributes.communities.push_back(std::get<Community>(added));
  }
  attributes.normalise();
}

Outcome plainly(const PolicySource& policy, const Prefix& prefix, PathAttributes attributes) {
  for (const TermSource& term : policy.terms) {
    if (!plainly_matches(term.match, prefix, attributes)) continue;
    if (term.then == TermSource::Then::Reject) return {{false, Reason::Policy, {}, {}, {}}, {}};
    plainly_apply(term.actions, attributes);
    if (term.then == TermSource::Then::Accept)
      return {{true, Reason::None, {}, {}, {}}, attributes};
  }
  return {{false, Reason::PolicyDefault, {}, {}, {}}, {}};
}

TEST(Purity, SameInputSameOutputAndAsTheSourceReads) {
  RandomPolicies random(8212);
  std::size_t accepted = 0;
  for (int round = 0; round < 400; ++round) {
    const PolicySource policy = random.policy();
    const Chain chain = chain_of(sources_of(policy));
    for (int i = 0; i < 40; ++i) {
      const PathAttributes attributes = random.route();
      const Prefix destination = random.destination();
      const PathAttributes untouched = attributes;
      const Outcome first = evaluate(chain, attributes, destination.to_string());
      evaluate(chain, random.route(), random.destination().to_string());
      const Outcome again = evaluate(chain, attributes, destination.to_string());

      ASSERT_EQ(attributes, untouched);
      ASSERT_EQ(first.verdict.accept, again.verdict.accept);
      ASSERT_EQ(first.verdict.reason, again.verdict.reason);
      ASSERT_EQ(first.verdict.term, again.verdict.term);
      ASSERT_EQ(first.attributes, again.attributes);

      const Outcome expected = plainly(policy, destination, attributes);
      ASSERT_EQ(first.verdict.accept, expected.verdict.accept) << "round " << round;
      ASSERT_EQ(first.verdict.reason, expected.verdict.reason) << "round " << round;
      if (first.verdict.accept) {
        ASSERT_EQ(first.attributes, expected.attributes);
      }
      accepted += first.verdict.accept ? 1U : 0U;
    }
  }
  EXPECT_GT(accepted, 1000U);
}

// Where reads_prefix() is false, the prefix makes no difference within a family.
TEST(Purity, WithoutReadingThePrefixAllPrefixesFareAlike) {
  RandomPolicies random(4271);
  std::size_t blind = 0;
  for (int round = 0; round < 300; ++round) {
    const Chain chain = chain_of(sources_of(random.policy()));
    if (chain.reads_prefix()) continue;
    ++blind;
    const PathAttributes attributes = random.route();
    const Outcome here = evaluate(chain, attributes, random.destination().to_string());
    const Outcome there = evaluate(chain, attributes, "255.255.255.255/32");
    ASSERT_EQ(here.verdict.accept, there.verdict.accept);
    ASSERT_EQ(here.verdict.term, there.verdict.term);
    ASSERT_EQ(here.attributes, there.attributes);
  }
  EXPECT_GT(blind, 20U);
}

// Prefixes with equal answers fare alike: what callers remember.
TEST(Purity, EqualAnswersMakeEqualVerdicts) {
  RandomPolicies random(7301);
  std::size_t alike = 0;
  for (int round = 0; round < 1000; ++round) {
    const Chain chain = chain_of(sources_of(random.policy()));
    ASSERT_TRUE(chain.has_all_answers());
    const PathAttributes attributes = random.route();
    const Prefix one = random.destination();
    for (int i = 0; i < 20; ++i) {
      const Prefix other = random.destination();
      if (one.address().version() != other.address().version() ||
          chain.ask({one, nullptr, {}}) != chain.ask({other, nullptr, {}}))
        continue;
      alike += one != other && chain.reads_prefix() ? 1U : 0U;
      const Outcome here = evaluate(chain, attributes, one.to_string());
      const Outcome there = evaluate(chain, attributes, other.to_string());
      ASSERT_EQ(here.verdict.accept, there.verdict.accept);
      ASSERT_EQ(here.verdict.term, there.verdict.term);
      ASSERT_EQ(here.attributes, there.attributes);
    }
  }
  EXPECT_GT(alike, 1000U);
}

// Questions beyond those that Answers holds are asked when a term comes to them.
TEST(Purity, MoreQuestionsThanAnswersAreStillAnswered) {
  PolicySource policy;
  policy.name = "many";
  for (std::uint32_t i = 0; i < Answers::kMost + 10; ++i) {
    TermSource term;
    const Prefix only = Prefix::v4(i << 8U, 24);
    term.match.prefixes = {{only, 24, 24}};
    term.then = i % 3 == 0 ? TermSource::Then::Accept : TermSource::Then::Reject;
    policy.terms.push_back(term);
  }
  const Chain chain = chain_of(sources_of(policy));
  EXPECT_TRUE(chain.reads_prefix());
  EXPECT_FALSE(chain.has_all_answers());
  for (std::uint32_t i = 0; i < Answers::kMost + 10; ++i) {
    const Outcome outcome = evaluate(chain, path_of("65001"), Prefix::v4(i << 8U, 24).to_string());
    EXPECT_EQ(outcome.verdict.accept, i % 3 == 0) << i;
    EXPECT_EQ(outcome.verdict.term, "#" + std::to_string(i + 1));
  }
}

}  // namespace
}  // namespace tern::policy
