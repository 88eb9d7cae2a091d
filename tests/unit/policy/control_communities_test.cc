// What clients ask of a route server, and that nobody else hears it.
#include "policy/control_communities.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policy_builders.h"
#include "random_numbers.h"

namespace tern::policy {
namespace {

using Plan = ControlCommunities::Plan;
using Decision = ControlCommunities::Decision;
using Texts = std::vector<std::string>;

constexpr Asn kRs = 64500;
constexpr Asn kLargeRs = 4200000000U;

const ControlCommunities kAllKinds({kRs, true, true, true});

Plan plan_of(const ControlCommunities& control, const PathAttributes& attributes) {
  Plan plan;
  control.plan(attributes, plan);
  return plan;
}
Plan plan_of(const Texts& communities, const ControlCommunities& control = kAllKinds) {
  return plan_of(control, with_communities(communities));
}

// "all +2, 65001 no, 65002 +0": whom the route goes to, and how often it is prepended.
std::string text_of(const Plan& plan) {
  const auto decision = [](bool announce, std::uint8_t prepend) {
    return announce ? "+" + std::to_string(prepend) : std::string("no");
  };
  std::string text = "all " + decision(plan.announce, plan.prepend);
  for (const Plan::Peer& peer : plan.peers) {
    text += ", " + std::to_string(peer.asn) + ' ' + decision(peer.announce, peer.prepend);
  }
  return text;
}

struct Row {
  Texts communities;
  const char* plan;
};

void expect_plans(const std::vector<Row>& rows, const ControlCommunities& control = kAllKinds) {
  for (const Row& row : rows) {
    std::string said;
    for (const std::string& community : row.communities) said += community + ' ';
    EXPECT_EQ(text_of(plan_of(row.communities, control)), row.plan) << said;
  }
}

TEST(ControlCommunities, NothingSaidIsAnnouncedToAll) {
  const Plan plan = plan_of(Texts{});
  EXPECT_TRUE(plan.trivial());
  EXPECT_EQ(plan.decide(65001), (Decision{true, 0}));
  EXPECT_TRUE(plan_of({"64499:1", "no-export", "64500:2:65001", "64501:0:65001", "ro:0:65001",
                       "rt:192.0.2.1:5", "64500:100:65001", "64500:104:65001", "65500:65001",
                       "65504:65001"})
                  .trivial());
}

TEST(ControlCommunities, EachWordInEachKind) {
  expect_plans({
      {{"64500:0:65001"}, "all +0, 65001 no"},
      {{"0:65001"}, "all +0, 65001 no"},
      {{"rt:0:65001"}, "all +0, 65001 no"},
      {{"64500:0:0"}, "all no"},
      {{"0:64500"}, "all no"},
      {{"rt:0:64500"}, "all no"},
      {{"64500:1:0"}, "all +0"},
      {{"64500:64500"}, "all +0"},
      {{"rt:64500:64500"}, "all +0"},
      {{"64500:101:65001"}, "all +0, 65001 +1"},
      {{"64500:102:65001"}, "all +0, 65001 +2"},
      {{"64500:103:65001"}, "all +0, 65001 +3"},
      {{"65501:65001"}, "all +0, 65001 +1"},
      {{"65502:65001"}, "all +0, 65001 +2"},
      {{"65503:65001"}, "all +0, 65001 +3"},
      {{"rt:65503:65001"}, "all +0, 65001 +3"},
      {{"64500:102:0"}, "all +2"},
      {{"65502:64500"}, "all +2"},
      {{"rt:65502:64500"}, "all +2"},
  });
}

// Members use these spellings at other exchanges; the opposite must not happen to their routes.
TEST(ControlCommunities, OtherSpellingsOfWhatIsForAll) {
  expect_plans({
      {{"64500:0:64500"}, "all no"},
      {{"rt:64500:0"}, "all no"},
      {{"64500:0"}, "all no"},
      {{"64500:0", "64500:65001"}, "all no, 65001 +0"},
      {{"64500:1:64500"}, "all +0"},
      {{"64500:102:64500"}, "all +2"},
      {{"64500:0:64500", "64500:1:65001"}, "all no, 65001 +0"},
  });
  expect_plans({{{"4200000000:0:4200000000"}, "all no"}, {{"59904:0"}, "all +0"}},
               ControlCommunities({kLargeRs, true, true, true}));
}

TEST(ControlCommunities, ToSinglePeersOnlyBesideToNobody) {
  for (const char* to : {"64500:1:65001", "64500:65001", "rt:64500:65001"}) {
    expect_plans({{{to}, "all +0"}});
    for (const char* nobody : {"64500:0:0", "0:64500", "rt:0:64500"}) {
      expect_plans({{{to, nobody}, "all no, 65001 +0"}});
    }
  }
}

TEST(ControlCommunities, Precedence) {
  expect_plans({
      // Not to a peer wins over to the peer, whatever the kinds.
      {{"0:65001", "64500:1:65001"}, "all +0, 65001 no"},
      {{"0:64500", "64500:65001", "64500:0:65001"}, "all no"},
      {{"64500:1:0", "64500:0:65001"}, "all +0, 65001 no"},
      // To nobody wins over to everybody.
      {{"0:64500", "64500:64500"}, "all no"},
      {{"64500:0:0", "64500:1:0", "64500:1:65001"}, "all no, 65001 +0"},
      // The greatest prepend of those that name the peer, else the greatest for everybody.
      {{"65501:65001", "64500:103:65001", "rt:65502:65001"}, "all +0, 65001 +3"},
      {{"65501:64500", "64500:102:0"}, "all +2"},
      {{"65503:64500", "65501:65001"}, "all +3, 65001 +1"},
      {{"65502:64500", "65502:65001"}, "all +2"},
      // A peer that is opened is prepended for as everybody is; one that is not told, for nothing.
      {{"0:64500", "64500:65001", "65502:64500"}, "all no, 65001 +2"},
      {{"0:64500", "64500:65001", "65502:64500", "65501:65001"}, "all no, 65001 +1"},
      {{"0:65001", "65502:65001"}, "all +0, 65001 no"},
      {{"0:64500", "65502:65001", "64500:103:0"}, "all no"},
  });
}

TEST(ControlCommunities, ThePeersAreSortedAndNamedOnce) {
  expect_plans({{{"0:65009", "64500:0:65001", "0:65001", "64500:103:4200000001", "65501:300"},
                 "all +0, 300 +1, 65001 no, 65009 no, 4200000001 +3"}});
}

TEST(ControlCommunities, DecidesForEachPeer) {
  const Plan plan = plan_of({"0:64500", "64500:65001", "64500:1:70000", "64500:102:70000"});
  EXPECT_FALSE(plan.trivial());
  EXPECT_EQ(plan.decide(65001), (Decision{true, 0}));
  EXPECT_EQ(plan.decide(70000), (Decision{true, 2}));
  for (const Asn other : {0U, 65000U, 65002U, 69999U, 70001U, 0xFFFFFFFFU}) {
    EXPECT_EQ(plan.decide(other), (Decision{false, 0}));
  }
}

TEST(ControlCommunities, NobodyIsPeerZero) {
  expect_plans({{{"0:0", "65501:0", "rt:0:0", "rt:65501:0"}, "all +0"}});
}

TEST(ControlCommunities, AKindThatIsOffSaysNothingAndStays) {
  const Texts said{"0:65001", "rt:0:65002", "64500:0:65003"};
  const struct {
    ControlSource source;
    const char* plan;
    Texts left;
  } kTable[] = {
      {{kRs, true, false, false}, "all +0, 65001 no", {said[1], said[2]}},
      {{kRs, false, true, false}, "all +0, 65002 no", {said[0], said[2]}},
      {{kRs, false, false, true}, "all +0, 65003 no", {said[0], said[1]}},
      {{kRs, false, false, false}, "all +0", said},
  };
  for (const auto& row : kTable) {
    const ControlCommunities control(row.source);
    EXPECT_EQ(text_of(plan_of(said, control)), row.plan);
    PathAttributes attributes = with_communities(said);
    control.scrub(attributes);
    EXPECT_EQ(attributes, with_communities(row.left)) << row.plan;
  }
}

// Two octets hold no RS above 65535: neither "to" nor, in standard ones, anything for all.
TEST(ControlCommunities, OfARouteServerWithFourOctets) {
  const ControlCommunities control({kLargeRs, true, true, true});
  expect_plans({{{"4200000000:0:0", "4200000000:1:65001"}, "all no, 65001 +0"},
                {{"4200000000:103:4200000001"}, "all +0, 4200000001 +3"},
                {{"0:65001", "65501:65002"}, "all +0, 65001 no, 65002 +1"},
                {{"rt:0:4200000000", "4200000000:1:65001"}, "all no, 65001 +0"},
                {{"rt:65502:4200000000"}, "all +2"},
                // The low half of RS is another AS.
                {{"0:59904"}, "all +0, 59904 no"},
                {{"59904:65001"}, "all +0"}},
               control);
}

TEST(ControlCommunities, ARouteServerThatIsAPrependNumberHearsTo) {
  const ControlCommunities control({65501, true, true, true});
  expect_plans(
      {{{"65501:65001", "0:65501"}, "all no, 65001 +0"}, {{"65502:65001"}, "all +0, 65001 +2"}},
      control);
}

TEST(ControlCommunities, ScrubTakesThemAllAndNothingElse) {
  const Texts others{"64499:1",       "no-export",  "blackhole",  "64500:2:65001",  "64500:1000:4",
                     "64501:0:65001", "ro:0:65001", "rt:64499:1", "rt:192.0.2.1:5", "65504:64500"};
  const Texts control{"0:65001",     "0:0",           "0:64500",         "64500:65001",
                      "64500:64500", "65501:65001",   "65503:64500",     "rt:0:65001",
                      "rt:64500:5",  "rt:65502:5",    "64500:0:65001",   "64500:1:0",
                      "64500:0:0",   "64500:101:300", "64500:103:65001", "64500:0"};
  PathAttributes attributes = with_communities(others);
  const PathAttributes expected = attributes;
  tagged(attributes, control);
  kAllKinds.scrub(attributes);
  EXPECT_EQ(attributes, expected);
  kAllKinds.scrub(attributes);
  EXPECT_EQ(attributes, expected);
}

// The non-transitive form (RFC 4360 section 2) came from no client.
TEST(ControlCommunities, NonTransitiveRouteTargetsAreNone) {
  PathAttributes attributes = path_of("65001");
  attributes.extended_communities = {{0x4002'0000'0000'0000U | kRs}};
  EXPECT_TRUE(plan_of(kAllKinds, attributes).trivial());
  kAllKinds.scrub(attributes);
  EXPECT_EQ(attributes.extended_communities.size(), 1U);
}

TEST(ControlCommunities, AreEqualByWhatTheyRead) {
  EXPECT_EQ(kAllKinds, ControlCommunities({kRs, true, true, true}));
  EXPECT_NE(kAllKinds, ControlCommunities({kRs + 1, true, true, true}));
  EXPECT_NE(kAllKinds, ControlCommunities({kRs, true, false, true}));
}

// ---- Random communities, against a plain reading of the table in the header.

class RandomWords {
 public:
  explicit RandomWords(std::uint32_t seed) : random_(seed) {}

  PathAttributes route(Asn rs) {
    PathAttributes attributes = path_of("65001");
    for (auto left = random_() % 8; left != 0; --left) add(rs, attributes);
    attributes.normalise();
    return attributes;
  }
  std::uint32_t operator()() { return random_(); }

 private:
  std::uint32_t one_of(const std::vector<std::uint32_t>& values) {
    return values[random_() % values.size()];
  }
  void add(Asn rs, PathAttributes& attributes) {
    const auto high = static_cast<std::uint16_t>(one_of({0, 0, rs, 65501, 65503, 65504}));
    const std::uint32_t low = one_of({0, rs, rs, 1, 2, 3, 70000});
    switch (random_() % 3) {
      case 0:
        attributes.communities.push_back(Community::of(high, static_cast<std::uint16_t>(low)));
        break;
      case 1:
        attributes.extended_communities.push_back(
            {0x0002'0000'0000'0000U | (std::uint64_t{high} << 32U) | low});
        break;
      default:
        attributes.large_communities.push_back({one_of({rs, rs, rs, 1}),
                                                one_of({0, 0, 1, 101, 103, 104}),
                                                one_of({0, 0, rs, 1, 2, 3, 70000})});
        break;
    }
  }
  RandomNumbers random_;
};

// Whether `attributes` carry this word: as large function:peer, as the others high:low.
bool says(const PathAttributes& attributes, Asn rs, std::uint32_t function, std::uint32_t peer,
          std::uint32_t high, std::uint32_t low) {
  const auto has = [](const auto& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (has(attributes.large_communities, LargeCommunity{rs, function, peer})) return true;
  if (high > 0xFFFF) return false;
  if (has(attributes.extended_communities,
          ExtendedCommunity{0x0002'0000'0000'0000U | (std::uint64_t{high} << 32U) | low})) {
    return true;
  }
  return low <= 0xFFFF &&
         has(attributes.communities,
             Community::of(static_cast<std::uint16_t>(high), static_cast<std::uint16_t>(low)));
}

Decision plainly(const PathAttributes& attributes, Asn rs, Asn peer) {
  const auto advertised = [&] {
    if (says(attributes, rs, 0, peer, 0, peer)) return false;
    if (says(attributes, rs, 1, peer, rs, peer)) return true;
    return !says(attributes, rs, 0, 0, 0, rs) && !says(attributes, rs, 0, rs, rs, 0);
  };
  if (!advertised()) return {false, 0};
  for (std::uint8_t n = 3; n != 0; --n) {
    if (says(attributes, rs, 100U + n, peer, 65500U + n, peer)) return {true, n};
  }
  for (std::uint8_t n = 3; n != 0; --n) {
    if (says(attributes, rs, 100U + n, 0, 65500U + n, rs)) return {true, n};
    if (says(attributes, rs, 100U + n, rs, 65500U + n, rs)) return {true, n};
  }
  return {true, 0};
}

TEST(ControlCommunities, DecideAsThePlainReadingDoes) {
  RandomWords random(7947);
  std::size_t withheld = 0, prepended = 0;
  Plan plan;  // refilled, as its users do
  for (int round = 0; round < 20000; ++round) {
    const Asn rs = round % 2 == 0 ? kRs : kLargeRs;
    const ControlCommunities control({rs, true, true, true});
    PathAttributes attributes = random.route(rs);
    control.plan(attributes, plan);
    for (const Asn peer : {1U, 2U, 3U, 4U, 70000U}) {
      const Decision decision = plan.decide(peer);
      ASSERT_EQ(decision, plainly(attributes, rs, peer)) << "round " << round << " AS " << peer;
      withheld += decision.announce ? 0U : 1U;
      prepended += decision.prepend != 0 ? 1U : 0U;
    }
    // Only peers that differ are in the list, in order.
    for (std::size_t i = 0; i < plan.peers.size(); ++i) {
      const Plan::Peer& peer = plan.peers[i];
      ASSERT_TRUE(peer.announce != plan.announce || peer.prepend != plan.prepend);
      ASSERT_TRUE(i == 0 || plan.peers[i - 1].asn < peer.asn);
    }
    // The order of the communities makes no difference.
    std::reverse(attributes.communities.begin(), attributes.communities.end());
    std::reverse(attributes.large_communities.begin(), attributes.large_communities.end());
    ASSERT_EQ(plan_of(control, attributes), plan) << "round " << round;
    control.scrub(attributes);
    ASSERT_TRUE(plan_of(control, attributes).trivial()) << "round " << round;
  }
  EXPECT_GT(withheld, 10000U);
  EXPECT_GT(prepended, 5000U);
}

TEST(ControlSource, SaysWhatCouldBeReadInTwoWays) {
  for (const Asn asn : {65501U, 65502U, 65503U}) {
    EXPECT_TRUE((ControlSource{asn, true, false, true}).ambiguous());
    EXPECT_TRUE((ControlSource{asn, false, true, false}).ambiguous());
    EXPECT_FALSE((ControlSource{asn, false, false, true}).ambiguous());
  }
  EXPECT_FALSE((ControlSource{65500, true, true, true}).ambiguous());
  EXPECT_FALSE((ControlSource{65504, true, true, true}).ambiguous());
  EXPECT_FALSE((ControlSource{65501, false, false, false}).any());
  std::vector<std::uint32_t> functions;
  for (std::uint32_t n = 0; n < 1000; ++n) {
    if (is_control_function(n)) functions.push_back(n);
  }
  EXPECT_EQ(functions, (std::vector<std::uint32_t>{0, 1, 101, 102, 103}));
}

}  // namespace
}  // namespace tern::policy
