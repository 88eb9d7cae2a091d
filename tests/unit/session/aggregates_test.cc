// Aggregates of a whole Speaker: present while a more specific route contributes, with the
// attributes of RFC 4271 section 9.2.2.2, and with their more specific routes suppressed.
#include "bgpd/session/aggregates.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bgpd/pipeline/attribute_sets.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

const Prefix kAggregate = *Prefix::parse("10.0.0.0/16");

class AggregatesOf : public testing::TestWithParam<SpeakerThreads> {
 protected:
  SpeakerSettings settings(AggregateSettings aggregate) {
    SpeakerSettings settings = running.settings();
    settings.peers = {running.listed(1), running.listed(2)};
    settings.networks = {{kAggregate,
                          std::make_shared<const policy::Chain>(),
                          "",
                          {},
                          std::make_shared<const AggregateSettings>(std::move(aggregate))}};
    return settings;
  }
  bool hears(std::size_t routes, bool aggregate) {
    return first.hears_until([&] {
      return first.advertised().size() == routes &&
             first.advertised().contains(kAggregate) == aggregate;
    });
  }
  bool withdraw(std::uint32_t from, std::uint32_t to) {
    std::vector<std::byte> messages;
    append_withdrawals(from, to, messages);
    return second.send(messages);
  }
  PathAttributes in_table() {
    return running.look([&] {
      const rib::Shards& shards = running.speaker().shards();
      const auto found = shards.find(unicast(kAggregate));
      if (!found) return PathAttributes{};
      const rib::Path* const best = shards.destination(*found).best();
      return pipeline::read(shards.attributes()[best->effective()]).attributes;
    });
  }

  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

TEST_P(AggregatesOf, ArePresentWhileARouteContributes) {
  running.apply(settings({}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(256, 300));  // in 10.1.0.0/16
  EXPECT_TRUE(hears(44, false));
  ASSERT_TRUE(second.announce(7, 9));
  EXPECT_TRUE(hears(47, true));
  EXPECT_EQ(first.advertised().at(kAggregate), "64999");
  const PathAttributes attributes = in_table();
  EXPECT_TRUE(attributes.atomic_aggregate);
  ASSERT_TRUE(attributes.aggregator);
  EXPECT_EQ(attributes.aggregator->asn, RunningSpeaker::kAsn);
  ASSERT_TRUE(withdraw(7, 8));
  EXPECT_TRUE(hears(46, true));
  ASSERT_TRUE(withdraw(8, 9));
  EXPECT_TRUE(hears(44, false));
}

TEST_P(AggregatesOf, SuppressTheirMoreSpecificRoutes) {
  running.apply(settings({{}, true}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 300));
  EXPECT_TRUE(hears(1 + 44, true));
  second.close();
  EXPECT_TRUE(hears(0, false));
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(second.announce(0, 10));
  EXPECT_TRUE(hears(1, true));
  running.apply(settings({}));
  EXPECT_TRUE(hears(11, true));
}

// Several slices of a round advertise so many routes, all of them in the shard of the aggregate.
TEST_P(AggregatesOf, LeaveBehindTheirMoreSpecificRoutes) {
  constexpr std::uint32_t kRoutes = 4096;
  const Prefix all = *Prefix::parse("10.0.0.0/12");
  SpeakerSettings with = settings({{}, true});
  with.networks.front().prefix = all;
  running.apply(with);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, kRoutes));
  ASSERT_TRUE(first.hears_until(
      [&] { return first.advertised().size() == 1 && first.advertised().contains(all); }));
  with.networks.clear();
  running.apply(with);
  ASSERT_TRUE(first.hears_until([&] { return !first.advertised().contains(all); }));
  EXPECT_EQ(first.advertised().size(), kRoutes);
}

// The suppression follows the path of this router in the table, not the routes that contribute.
TEST_P(AggregatesOf, ThatTheirPoliciesRejectSuppressNothing) {
  SpeakerSettings rejected = settings({{}, true});
  rejected.networks.front().policies = std::make_shared<const policy::Chain>(
      pipeline::chain({pipeline::on_tag(7, policy::TermSource::Then::Accept)}));
  running.apply(rejected);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 10));
  ASSERT_TRUE(
      running.settles([&] { return running.speaker().contributor(kAggregate).has_value(); }));
  EXPECT_TRUE(hears(10, false));
  running.apply(settings({{}, true}));
  EXPECT_TRUE(hears(1, true));
  running.apply(rejected);
  EXPECT_TRUE(hears(10, false));
}

// A condition that a reload brings leaves aggregate and suppression until the first answer.
TEST_P(AggregatesOf, StayWhileTheirConditionIsNotKnown) {
  SpeakerSettings with = settings({{}, true});
  running.apply(with);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 10));
  ASSERT_TRUE(hears(1, true));
  const std::uint64_t announcements = first.announcements();
  Requirement any_route;
  any_route.kind = Requirement::Kind::Route;
  any_route.route = {*Prefix::parse("10.0.0.0/8"), true, ""};
  with.conditions = {{"new", false, {any_route}, {}}};
  with.networks.front().when = "new";
  running.apply(with);
  ASSERT_TRUE(running.settles(
      [&] { return running.speaker().condition_holds("new") == std::optional(true); }));
  ASSERT_TRUE(second.announce(300, 301));
  EXPECT_TRUE(hears(2, true));
  EXPECT_EQ(first.announcements(), announcements + 1);
}

// The announcements of the tests have no community.
TEST_P(AggregatesOf, MatchDecidesWhatContributes) {
  running.apply(
      settings({pipeline::chain({pipeline::on_tag(7, policy::TermSource::Then::Accept)}), true}));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(0, 10));
  EXPECT_TRUE(hears(10, false));
  running.apply(settings({pipeline::accept_all(), true}));
  EXPECT_TRUE(hears(1, true));
}

TEST_P(AggregatesOf, NetworksContributeAndOtherAggregatesDoNot) {
  SpeakerSettings with = settings({});
  const Prefix inner = *Prefix::parse("10.0.128.0/17");
  with.networks.push_back(with.networks.front());
  with.networks.back().prefix = inner;
  running.apply(with);
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(second.connect());
  ASSERT_TRUE(second.announce(0, 1));
  EXPECT_TRUE(hears(2, true));  // inner has no route
  ASSERT_TRUE(withdraw(0, 1));
  EXPECT_TRUE(hears(0, false));
  with.networks.push_back(
      {*Prefix::parse("10.0.200.0/24"), std::make_shared<const policy::Chain>()});
  running.apply(with);
  EXPECT_TRUE(hears(3, true));
}

INSTANTIATE_TEST_SUITE_P(Threads, AggregatesOf,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 4, {}}));

}  // namespace
}  // namespace tern::session
