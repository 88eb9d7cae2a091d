// A client of the control API between two slices of its answer.
#include "bgpd/api/client.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <vector>

#include "bgpd/session/peer.h"
#include "bgpd/wire/notification.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiSlices : public RunningServer {
 protected:
  static constexpr std::uint32_t kRoutes = 3000;  // a slice looks at 1024 (bgpd/api/routes.cc)

  // The speaker ends listings as soon as a prefix that is gone is kept for them. No neighbor but
  // the first is up, so that a prefix that leaves is gone at once.
  void fill_table() {
    start_neighbours(false);
    on_loop([&] {
      for (const char* name : {"member-2", "member-3"}) {
        speaker_->find(name)->disable(wire::cease::kAdministrativeShutdown, {});
      }
      session::SpeakerSettings settings = speaker_->settings();
      settings.most_kept_prefixes = 0;
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
    });
    ASSERT_TRUE(neighbour(1).announce(0, kRoutes));
    ASSERT_TRUE(settles([&] { return received(1) == kRoutes; }));
  }
};

TEST_F(ApiSlices, AListingThatIsLostBetweenTwoSlicesEndsWithTheReason) {
  fill_table();
  Lister lister;
  std::promise<void> release;
  lister.post([&] { release.get_future().wait(); });
  const Backend backend{*speaker_, [] { return DaemonFacts{}; }, nullptr, nullptr};
  Service service{loop_, backend, lister, Access::Full, ServerLimits{}.full, Pace(0)};
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  ApiClient asks(ends[1]);
  auto client = std::make_shared<Client>(ends[0], User{}, service, [](const Client&) {});
  on_loop([&] {
    speaker_->on_revoked([&] { client->drop_lost(); });
    client->start();
  });
  // No route is rejected, so that the slices before the last send nothing.
  ASSERT_TRUE(asks.ask(request("routes { table: REJECTED }")));
  ASSERT_TRUE(settles([&] { return on_loop([&] { return service.listings; }) == 1; }));

  // The lister holds the first slice back. Turns of the loop from here on:
  // 1. The session ends.
  // 2. The lister makes the slice, and posts turn 4.
  // 3. Routes of the session leave, and the speaker posts turn 5.
  // 4. The client posts turn 6.
  // 5. The speaker revokes the share of the listing, and the client drops the answer.
  // 6. The client has no answer to take the second slice from.
  on_loop([&] {
    loop_.post([&] {
      release.set_value();
      std::promise<void> made;
      lister.post([&] { made.set_value(); });
      made.get_future().wait();
    });
    speaker_->find("member-1")->disable(wire::cease::kAdministrativeShutdown, {});
  });
  const auto response = asks.hear();
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->last());
  EXPECT_NE(response->error().find("ask again"), std::string::npos) << response->error();
  on_loop([&] {
    EXPECT_EQ(service.listings, 0U);
    speaker_->on_revoked({});
    client->end();
    client.reset();
  });
}

}  // namespace
}  // namespace tern::api
