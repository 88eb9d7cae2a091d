// The routes that this router originates, in listings, explanations and streams: `own` stands where
// the name of a neighbor would.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/api/running_server.h"
#include "tests/unit/pipeline/exchange_lan.h"

namespace tern::api {
namespace {

constexpr char kOurs[] = "10.0.0.0/24";

class ApiOwnRoutes : public RunningServer {
 protected:
  // kOurs, and 192.0.2.0/24, which its policy rejects.
  void originate() {
    on_loop([&] {
      session::SpeakerSettings settings = *speaker_->running();
      policy::TermSource never;
      never.then = policy::TermSource::Then::Reject;
      never.reject_reason = "closed";
      settings.networks = {{*Prefix::parse(kOurs), std::make_shared<const policy::Chain>()},
                           {*Prefix::parse("192.0.2.0/24"),
                            std::make_shared<const policy::Chain>(pipeline::chain({never}))}};
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
    });
    ASSERT_TRUE(settles([this] { return received(kOwnSlot) == 2; }));
  }
};

TEST_F(ApiOwnRoutes, AreListedUnderOwn) {
  serve();
  start_neighbours(false);
  originate();
  const auto received = routes("table: RECEIVED neighbor: 'own'");
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].prefix(), kOurs);
  EXPECT_EQ(received[0].neighbor_name(), "own");
  EXPECT_EQ(received[0].as_path(), "");
  EXPECT_EQ(received[0].next_hop(), "0.0.0.0");
  EXPECT_TRUE(received[0].best());
  const auto rejected = routes("table: REJECTED neighbor: 'own'");
  ASSERT_EQ(rejected.size(), 1U);
  EXPECT_EQ(rejected[0].prefix(), "192.0.2.0/24");
  EXPECT_EQ(rejected[0].reason(), "closed");
  const auto best = routes("table: BEST");
  ASSERT_EQ(best.size(), 1U);
  EXPECT_EQ(best[0].neighbor_name(), "own");
  ASSERT_TRUE(settles([this] { return neighbour(1).advertised().size() == 1; }));
  const auto told = routes("table: ADVERTISED neighbor: 'member-1'");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].neighbor_name(), "own");
  EXPECT_EQ(told[0].as_path(), std::to_string(kOurAsn));
  EXPECT_EQ(error_of(socket_, request("routes { table: ADVERTISED neighbor: 'own' }")),
            "own is this router, which is advertised nothing");
  EXPECT_EQ(error_of(socket_, request("monitor { view: ADVERTISED neighbor: 'own' }")),
            "own is this router, which is advertised nothing");
}

TEST_F(ApiOwnRoutes, AreExplained) {
  serve();
  start_neighbours(false);
  originate();
  announce(2, kOurs, {200});
  ASSERT_TRUE(settles([this] { return received(2) == 1; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("explain { prefix: '10.0.0.0/24' neighbor: 'member-1' }")));
  const auto answer = client.hear();
  ASSERT_TRUE(answer);
  const proto::Explanation& explanation = answer->explanation();
  ASSERT_EQ(explanation.candidates_size(), 2);
  EXPECT_EQ(explanation.candidates(0).route().neighbor_name(), "own");
  EXPECT_EQ(explanation.candidates(1).lost_at(), "own network");
  EXPECT_EQ(
      explanation.winner(),
      "best is our own network: decided against member-2 by own network, own against learned");
  ASSERT_EQ(explanation.steps_size(), 1);
  EXPECT_EQ(explanation.steps(0).number(), 1U);
  ASSERT_GE(explanation.exported_size(), 1);
  EXPECT_EQ(explanation.exported(0),
            "our own network: told to member-1 with next hop 127.0.0.1, AS path 64999, "
            "policy test term #1");
}

TEST_F(ApiOwnRoutes, AreOriginatedAndWithdrawnByCommand) {
  serve();
  start_neighbours(false);
  originate();
  const auto does = [this](const char* text) { return error_of(socket_, request(text)); };
  EXPECT_EQ(does("originate { prefix: '203.0.113.0/24' communities: '64500:7' med: 5 "
                 "for_seconds: 60 keep: true }"),
            "");
  EXPECT_EQ(does("originate { prefix: '10.0.0.0/24' }"),
            "10.0.0.0/24 is one of `networks` of the configuration, which counts");
  EXPECT_EQ(does("originate { prefix: '203.0.113.1/24' }"),
            "'203.0.113.1/24' is not a prefix without host bits, as 203.0.113.0/24");
  EXPECT_EQ(does("originate { prefix: '203.0.113.0/24' communities: 'none' }"),
            "'none' is no community");
  EXPECT_EQ(does("originate { prefix: '203.0.113.0/24' for_seconds: 99999999999 }"),
            "the time is too long");
  std::string many = "originate { prefix: '203.0.113.0/24'";
  for (int i = 0; i <= session::InjectedRoute::kMostCommunities; ++i) {
    many += " communities: '64500:" + std::to_string(i) + "'";
  }
  EXPECT_EQ(does((many + " }").c_str()), "a route has at most 128 communities");
  EXPECT_EQ(does("withdraw { prefix: '198.51.100.0/24' }"), "198.51.100.0/24 was not originated");
  EXPECT_NE(error_of(read_only_socket_, request("withdraw { prefix: '203.0.113.0/24' }")), "");
  ASSERT_TRUE(settles([this] { return neighbour(1).advertised().size() == 2; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("originated {}")));
  const auto answer = client.hear();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->originated().routes_size(), 3);
  const proto::Originated::Route& network = answer->originated().routes(0);
  EXPECT_EQ(network.prefix(), kOurs);
  EXPECT_EQ(network.source(), "configured");
  EXPECT_EQ(network.state(), "originated");
  EXPECT_EQ(network.held_by(), kNeighbours);
  EXPECT_EQ(answer->originated().routes(1).state(), "rejected");
  EXPECT_EQ(answer->originated().routes(1).reason(), "closed");
  const proto::Originated::Route& injected = answer->originated().routes(2);
  EXPECT_EQ(injected.source(), "injected");
  EXPECT_TRUE(injected.kept());
  EXPECT_EQ(injected.med(), 5U);
  EXPECT_EQ(injected.communities(0), "64500:7");
  EXPECT_GT(injected.expires_seconds(), injected.since_seconds());
  EXPECT_EQ(does("withdraw { prefix: '203.0.113.0/24' }"), "");
  EXPECT_TRUE(settles([this] { return neighbour(1).advertised().size() == 1; }));
}

TEST_F(ApiOwnRoutes, DependOnConditions) {
  serve();
  start_neighbours(false);
  on_loop([&] {
    session::SpeakerSettings settings = *speaker_->running();
    session::Requirement drained;
    drained.drained = true;
    settings.conditions = {{"leaving", false, {drained}, {}}};
    settings.networks = {
        {*Prefix::parse(kOurs), std::make_shared<const policy::Chain>(), "leaving"}};
    for (session::PeerSettings& peer : settings.peers) {
      if (peer.name != "member-1") continue;
      peer.exported.default_route = std::make_shared<const policy::Chain>();
      peer.default_route_when = "leaving";
    }
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
  });
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("conditions {}")));
  auto answer = client.hear();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->conditions().conditions_size(), 1);
  EXPECT_EQ(answer->conditions().conditions(0).state(), "fails");
  EXPECT_EQ(answer->conditions().conditions(0).why(), "the PoP is not drained");
  ASSERT_TRUE(client.ask(request("originated {}")));
  answer = client.hear();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->originated().routes(0).state(), "withheld");
  EXPECT_EQ(answer->originated().routes(0).reason(), "leaving");
  EXPECT_EQ(error_of(socket_, request("explain { prefix: '10.0.0.0/24' }")),
            "no path to 10.0.0.0/24; our own network is withheld: the condition leaving does not "
            "hold");
  const auto explained = [&] {
    EXPECT_TRUE(client.ask(request("explain { prefix: '0.0.0.0/0' neighbor: 'member-1' }")));
    const auto heard = client.hear();
    return heard && heard->explanation().exported_size() > 0 ? heard->explanation().exported(0)
                                                             : std::string();
  };
  EXPECT_EQ(explained(),
            "our default route (default_originate): withheld from member-1: the condition leaving "
            "does not hold");
  on_loop([&] { (void)speaker_->drain_pop({}); });
  ASSERT_TRUE(settles([this] { return neighbour(1).advertised().size() == 2; }));
  EXPECT_EQ(explained(),
            "our default route (default_originate): told to member-1 with next hop 127.0.0.1, AS "
            "path 64999");
  const auto told = routes("table: ADVERTISED neighbor: 'member-1' prefix: '0.0.0.0/0'");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].neighbor_name(), "own");
}

TEST_F(ApiOwnRoutes, OfAggregatesAreNamedSo) {
  serve();
  start_neighbours(false);
  on_loop([&] {
    session::SpeakerSettings settings = *speaker_->running();
    settings.networks = {{*Prefix::parse(kOurs),
                          std::make_shared<const policy::Chain>(),
                          "",
                          {},
                          std::make_shared<const session::AggregateSettings>()}};
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
  });
  const std::string inactive =
      "no path to 10.0.0.0/24; our aggregate is withheld: no route contributes";
  ASSERT_TRUE(settles(
      [&] { return error_of(socket_, request("explain { prefix: '10.0.0.0/24' }")) == inactive; }));
  EXPECT_EQ(error_of(socket_, request("originate { prefix: '10.0.0.0/24' }")),
            "10.0.0.0/24 is one of `aggregates` of the configuration, which counts");
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("originated {}")));
  auto answer = client.hear();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->originated().routes(0).source(), "aggregate");
  EXPECT_EQ(answer->originated().routes(0).state(), "inactive");
  announce(2, "10.0.0.128/25", {});
  ASSERT_TRUE(settles([this] { return received(kOwnSlot) == 1; }));
  ASSERT_TRUE(client.ask(request("explain { prefix: '10.0.0.0/24' }")));
  answer = client.hear();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->explanation().winner(), "best is our aggregate: it is the only accepted path");
}

}  // namespace
}  // namespace tern::api
