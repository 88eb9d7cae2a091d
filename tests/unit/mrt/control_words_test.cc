// What the speakers of a dump tell a route server of the lab: drawn, and understood by ours.
#include "tests/lab/replay/control_words.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "policy/control_communities.h"

namespace tern::replay {
namespace {

constexpr Asn kRouteServer = 65000;
constexpr std::uint32_t kSeed = 20080223;

const IpAddress& speaker() {
  static const IpAddress address = IpAddress::parse("10.0.1.1").value();
  return address;
}

ControlWords words(std::uint32_t every = 5, std::uint32_t seed = kSeed) {
  return {{kRouteServer, seed, every}, speaker(), {3549, 852, 16150}};
}

std::vector<Nlri> prefixes(std::uint32_t count) {
  std::vector<Nlri> prefixes;
  for (std::uint32_t i = 0; i < count; ++i) {
    prefixes.push_back(unicast(Prefix::v4(0x0A000000U + (i << 8U), 24)));
  }
  return prefixes;
}

TEST(ControlWords, OneRouteOfSoManyCarriesThem) {
  std::size_t drawn = 0;
  for (const Nlri& nlri : prefixes(10000)) drawn += words().draw(nlri.prefix).has_value() ? 1U : 0U;
  EXPECT_GT(drawn, 1800U);
  EXPECT_LT(drawn, 2200U);
}

TEST(ControlWords, AreAFunctionOfSeedSpeakerAndPrefix) {
  const ControlWords other_speaker({kRouteServer, kSeed, 1}, IpAddress::parse("10.0.1.2").value(),
                                   {3549, 852, 16150});
  ControlWords anew = words(1);
  anew.draw_anew();
  std::size_t differ_by_seed = 0;
  std::size_t differ_by_speaker = 0;
  std::size_t differ_by_draw = 0;
  for (const Nlri& nlri : prefixes(1000)) {
    const auto drawn = words(1).draw(nlri.prefix);
    EXPECT_EQ(words(1).draw(nlri.prefix), drawn);
    differ_by_seed += words(1, kSeed + 1).draw(nlri.prefix) != drawn ? 1U : 0U;
    differ_by_speaker += other_speaker.draw(nlri.prefix) != drawn ? 1U : 0U;
    differ_by_draw += anew.draw(nlri.prefix) != drawn ? 1U : 0U;
  }
  EXPECT_GT(differ_by_seed, 900U);
  EXPECT_GT(differ_by_speaker, 900U);
  EXPECT_GT(differ_by_draw, 900U);
}

TEST(ControlWords, NobodyToNameIsNothingToSay) {
  const ControlWords alone({kRouteServer, kSeed, 1}, speaker(), {});
  EXPECT_FALSE(alone.draw(prefixes(1).front().prefix));
}

TEST(ControlWords, GroupsHoldEveryPrefixOnce) {
  std::size_t held = 0;
  std::size_t with_words = 0;
  for (const auto& [drawn, of_these] : words().group(prefixes(1000))) {
    held += of_these.size();
    if (drawn) with_words += of_these.size();
  }
  EXPECT_EQ(held, 1000U);
  EXPECT_GT(with_words, 100U);
}

// Every decision that ours can make about a client is asked for by somebody, in every kind of
// community, and nothing is left of it when the control communities are removed.
TEST(ControlWords, SayAllThatARouteServerUnderstands) {
  const policy::ControlCommunities ours({kRouteServer, true, true, true});
  std::set<std::string> said;
  bool standard = false;
  bool extended = false;
  bool large = false;
  for (const Nlri& nlri : prefixes(5000)) {
    const auto drawn = words(1).draw(nlri.prefix);
    ASSERT_TRUE(drawn);
    PathAttributes attributes;
    attributes.communities = {Community::of(3549, 2000)};
    words(1).add(*drawn, attributes);
    standard |= attributes.communities.size() > 1;
    extended |= !attributes.extended_communities.empty();
    large |= !attributes.large_communities.empty();
    policy::ControlCommunities::Plan plan;
    ours.plan(attributes, plan);
    EXPECT_FALSE(plan.trivial()) << "words " << *drawn;
    for (const Asn client : {3549U, 852U, 16150U, 12682U}) {
      const auto decision = plan.decide(client);
      said.insert((decision.announce ? "to " : "not to ") + std::to_string(decision.prepend));
    }
    ours.scrub(attributes);
    EXPECT_EQ(attributes.communities, (std::vector<Community>{Community::of(3549, 2000)}));
    EXPECT_TRUE(attributes.extended_communities.empty() && attributes.large_communities.empty());
  }
  EXPECT_EQ(said, (std::set<std::string>{"to 0", "to 1", "to 2", "to 3", "not to 0"}));
  EXPECT_TRUE(standard && extended && large);
}

}  // namespace
}  // namespace tern::replay
