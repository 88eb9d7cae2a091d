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

}  // namespace
}  // namespace tern::api
