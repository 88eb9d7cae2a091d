// `show neighbors`: what is said of sessions that are down.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiNeighbors : public RunningServer {
 protected:
  proto::Neighbor shown(std::uint32_t number) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(
        request("neighbors { neighbor: 'member-" + std::to_string(number) + "' detail: true }")));
    const auto answer = client.hear();
    if (!answer || answer->neighbors().neighbors_size() != 1) {
      ADD_FAILURE() << "no neighbor " << number;
      return {};
    }
    return answer->neighbors().neighbors(0);
  }
  std::uint64_t advertised(std::uint32_t number) { return shown(number).families(0).advertised(); }
};

TEST_F(ApiNeighbors, NothingIsAdvertisedToOneThatIsDown) {
  serve();
  start_neighbours(false);
  announce(1, "203.0.113.0/24", {100});
  ASSERT_TRUE(settles([&] { return advertised(2) == 1; }));
  EXPECT_EQ(advertised(1), 0U);
  on_loop([&] { (void)speaker_->command("member-2", session::NeighborAction::Disable, ""); });
  EXPECT_EQ(advertised(2), 0U);
  EXPECT_FALSE(shown(2).admin_up());
  EXPECT_EQ(advertised(3), 1U);
}

TEST_F(ApiNeighbors, ALimitShutdownSaysSo) {
  serve();
  start_neighbours(false);
  for (const char* prefix : {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"}) {
    announce(1, prefix, {100});
  }
  ASSERT_TRUE(settles([&] { return received(1) == 3; }));
  EXPECT_FALSE(shown(1).has_limit_shutdown());
  on_loop([&] {
    session::SpeakerSettings settings = speaker_->settings();
    settings.peers.front().import.prefix_limit = {2, 0};
    settings.peers.front().import.limit_action = pipeline::LimitAction::Shutdown;
    settings.peers.front().prefix_limit_restart = std::chrono::hours(1);
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
  });
  const proto::Neighbor down = shown(1);
  EXPECT_TRUE(down.admin_up());
  EXPECT_EQ(down.state(), "Idle");
  ASSERT_TRUE(down.has_limit_shutdown());
  EXPECT_EQ(down.limit_shutdown().family(), "ipv4-unicast");
  EXPECT_EQ(down.limit_shutdown().limit(), 2U);
  EXPECT_EQ(down.limit_shutdown().count(), 3U);
  EXPECT_GT(down.limit_shutdown().returns_at_seconds(), down.since_seconds());
  EXPECT_NE(down.last_error().find("3 ipv4-unicast routes, 2 allowed; returns in"),
            std::string::npos)
      << down.last_error();
}

}  // namespace
}  // namespace tern::api
