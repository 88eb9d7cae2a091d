// A RouteWatch over a table of one shard, on a loop that the test turns itself.
#include "bgpd/session/route_watch.h"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "bgpd/engine/shard_work.h"
#include "bgpd/session/loop.h"

namespace tern::session {
namespace {

const Prefix kWithin = *Prefix::parse("10.0.0.0/8");

class RouteWatchTest : public testing::Test, protected engine::Engine::Sink {
 protected:
  void advertised() override {}
  void worked() override {}
  void resynced(PeerSlot) override {}

  static Prefix nth(std::uint32_t n) { return Prefix::v4(0x0A000000U + (n << 8U), 24); }
  // Prefixes from nth(0) on, with as many paths each.
  void fill(std::uint32_t prefixes, PeerSlot paths) {
    const std::array<std::byte, 4> octets{};
    const rib::AttrHandle set(shards.attributes(), shards.attributes().intern(octets, {}, {}));
    for (PeerSlot slot = 0; slot < paths; ++slot) {
      shards.set_peer(slot, {PeerKind::Ebgp, slot, {}, 0});
      for (std::uint32_t n = 0; n < prefixes; ++n) {
        shards[0].announce(slot, unicast(nth(n)), {set.ref(), set.ref(), Reason::None, 0}, 1);
      }
    }
  }
  std::unique_ptr<RouteWatch> watch() {
    return std::make_unique<RouteWatch>(loop, engine, kWithin, RouteWatch::Scope::Covered,
                                        [this] { ++answers; });
  }
  // Counts the destinations that it is asked about, and wants one of them, or none.
  std::shared_ptr<const RouteWatch::Filter> filter(std::optional<Prefix> wanted = {}) {
    return std::make_shared<const RouteWatch::Filter>(
        [this, wanted](const rib::Rib& rib, rib::DestId id) {
          ++asked;
          return wanted == rib.prefix(id);
        });
  }
  void finish() {
    loop.context().restart();
    loop.context().poll();
  }

  std::size_t asked = 0;
  int answers = 0;
  Loop loop;
  rib::Shards shards{1};
  pipeline::Advertisers advertisers{shards};
  engine::Engine engine{shards, advertisers, 0,
                        [this](std::function<void()> work) { loop.post(std::move(work)); }, *this};
};

TEST_F(RouteWatchTest, HasOneLookAtATime) {
  fill(3000, 1);
  const auto watched = watch();
  watched->look(filter());
  const std::size_t first = asked;
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, 2 * engine::kSliceDestinations);
  watched->look(filter());
  EXPECT_EQ(asked, first);
  EXPECT_FALSE(watched->present());
  finish();
  EXPECT_EQ(asked, 3000U);
  EXPECT_EQ(watched->present(), false);
  EXPECT_EQ(answers, 1);
}

TEST_F(RouteWatchTest, RestsForTwentyTimesItsWorkAndTenSecondsAtMost) {
  EXPECT_EQ(RouteWatch::rest_after(1'000'000), 20'000'000U);
  EXPECT_EQ(RouteWatch::rest_after(60'000'000'000), 10'000'000'000U);
}

TEST_F(RouteWatchTest, HasSlicesBoundedByPaths) {
  fill(200, 256);
  const auto watched = watch();
  watched->look(filter());
  EXPECT_GE(asked, engine::kSlicePaths / 256);
  EXPECT_LT(asked, 200U);
  finish();
  EXPECT_EQ(asked, 200U);
}

TEST_F(RouteWatchTest, MayGoWhileItLooks) {
  fill(3000, 1);
  auto watched = watch();
  watched->look(filter());
  const std::size_t first = asked;
  watched.reset();
  finish();
  EXPECT_EQ(asked, first);
  EXPECT_EQ(answers, 0);
}

TEST_F(RouteWatchTest, BeginsAnewForAnotherQuestion) {
  fill(3000, 1);
  const auto watched = watch();
  watched->look(filter());
  watched->begin_anew();
  asked = 0;
  watched->look(filter(nth(2999)));
  finish();
  EXPECT_EQ(watched->found(), nth(2999));
  EXPECT_LE(asked, 3000U);
  EXPECT_EQ(answers, 1);
  watched->begin_anew();
  watched->look(filter(nth(7)));
  finish();
  EXPECT_EQ(watched->found(), nth(7));
}

}  // namespace
}  // namespace tern::session
