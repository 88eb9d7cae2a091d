// NextHopWatch beside a whole Speaker, in a network namespace of the test. Needs root.
#include "bgpd/kernel/next_hop_watch.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "tests/unit/kernel/installer_lab.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::kernel {
namespace {

using pipeline::NextHops;
using test::in_namespace;
using test::run;

const IpAddress kExit = *IpAddress::parse("198.51.100.1");
// A next hop that received routes alone lead to, by way of kExit or kSecondExit.
const IpAddress kCovered = *IpAddress::parse("10.0.0.9");
const IpAddress kSecondExit = *IpAddress::parse("198.51.100.2");
constexpr std::uint8_t kOwnProtocol = 179;
constexpr PeerSlot kNeighbor = 1;

pipeline::NextHopSettings with_covers() {
  pipeline::NextHopSettings settings;
  settings.enabled = settings.via_bgp = true;
  return settings;
}

class Watched {
 public:
  Watched() {
    running_.ask([this] {
      watch_ =
          std::make_unique<NextHopWatch>(running_.loop(), running_.speaker(), [this] { ++ways_; });
    });
  }
  ~Watched() {
    running_.ask([this] { watch_.reset(); });
  }
  // In one turn of the loop, and a turn more, so that the test overtakes nothing that was posted
  // (on_loop()): the watch of a section that goes is closed in a turn of its own.
  template <typename... Enabled>
  void apply(Enabled... enabled) {
    running_.ask([&] {
      for (const bool each : {enabled...}) {
        pipeline::NextHopSettings settings;
        settings.enabled = each;
        watch_->apply(settings, std::nullopt);
      }
    });
    running_.ask([] {});
  }
  // Received routes resolve, too. Two neighbors are up.
  void apply_with_covers() {
    session::SpeakerSettings all = running_.settings();
    for (const std::uint32_t number : {1U, 2U}) all.peers.push_back(running_.listed(number));
    running_.apply(std::move(all));
    EXPECT_TRUE(first_.connect());
    EXPECT_TRUE(second_.connect());
    running_.ask([&] { watch_->apply(with_covers(), std::nullopt); });
  }
  // The best route to kCovered is of the first neighbor, by way of kExit.
  void resolve_by_route() {
    apply_with_covers();
    EXPECT_FALSE(resolved(kCovered));
    ASSERT_TRUE(first_.announce(0, 1));
    EXPECT_TRUE(becomes(true, kCovered));
    EXPECT_TRUE(leads_behind(kCovered, kExit));
  }
  // A reload without the section, which is refused.
  void refuse_another() {
    running_.ask([&] {
      watch_->apply({}, std::nullopt);
      watch_->apply(with_covers(), std::nullopt);
    });
    running_.ask([] {});
  }
  void freeze() {
    running_.ask([this] { watch_->freeze(); });
  }
  [[nodiscard]] bool leads_behind(const IpAddress& of, const IpAddress& next_hop) {
    return running_.settles([&] { return watch_->next_hops()->behind(of) == next_hop; });
  }
  [[nodiscard]] bool settled() {
    return running_.settles([this] { return watch_->next_hops()->settled(); });
  }
  // How often tern-kernel was to look again.
  [[nodiscard]] int ways() {
    return running_.ask([this] { return ways_; });
  }
  [[nodiscard]] std::uint64_t flaps() {
    return watch_->next_hops()->with([](NextHops& table) { return table.counts().flaps; });
  }
  [[nodiscard]] session::SocketNeighbour& first() { return first_; }
  [[nodiscard]] session::SocketNeighbour& second() { return second_; }
  [[nodiscard]] session::RunningSpeaker& running() { return running_; }
  // A default route resolves, and a route of ours does not.
  void apply_beside_own_routes() {
    running_.ask([&] {
      pipeline::NextHopSettings settings;
      settings.enabled = true;
      settings.via_default = true;
      watch_->apply(settings, kOwnProtocol);
    });
  }
  [[nodiscard]] bool resolved(const IpAddress& of = kExit) {
    return watch_->next_hops()->find(of, kNeighbor).resolved;
  }
  [[nodiscard]] std::uint64_t known() {
    return watch_->next_hops()->with([](NextHops& table) { return table.counts().known(); });
  }
  // A judge asks about so many, one after the other.
  void ask_about(std::uint32_t count) {
    for (std::uint32_t n = 0; n < count; ++n) {
      (void)watch_->next_hops()->find(IpAddress::v4(0x0B000000U + n), kNeighbor);
    }
  }
  // Without a question of a judge.
  [[nodiscard]] bool becomes(bool resolved, const IpAddress& of = kExit) {
    return running_.settles([&] {
      const auto shown = watch_->next_hops()->with([&](NextHops& table) { return table.show(of); });
      return shown && shown->used.resolved() == resolved;
    });
  }
  [[nodiscard]] bool forgets() {
    return running_.settles([this] { return known() == 0; });
  }

 private:
  session::RunningSpeaker running_;
  session::SocketNeighbour first_{1, running_.port()};
  session::SocketNeighbour second_{2, running_.port()};
  int ways_ = 0;  // of the loop
  std::unique_ptr<NextHopWatch> watch_;
};

TEST(SharedNextHops, ThoseOfAnInterfaceComeFirst) {
  in_namespace([] {
    (void)run("ip route add 198.51.100.1/32 via 192.0.2.1; ip route add 198.51.100.2/32 dev lo");
    SharedNextHops next_hops;
    for (const IpAddress& each : {kCovered, kExit, kSecondExit})
      (void)next_hops.find(each, kNeighbor);
    EXPECT_EQ(next_hops.all(), (NextHops::Addresses{kCovered, kExit, kSecondExit}));
    EXPECT_EQ(next_hops.all({::if_nametoindex("lo")}),
              (NextHops::Addresses{kSecondExit, kCovered, kExit}));
  });
}

// Judges keep their answers, so the watch has to keep the next hops of all these answers.
TEST(NextHopWatch, ASectionThatComesBackInTheSameTurnForgetsNothing) {
  in_namespace([] {
    (void)run("ip route add 198.51.100.1/32 via 192.0.2.1");
    Watched watched;
    watched.apply(true);
    EXPECT_TRUE(watched.resolved());
    watched.apply(false, true);
    EXPECT_EQ(watched.known(), 1U);
    (void)run("ip route del 198.51.100.1/32");
    EXPECT_TRUE(watched.becomes(false));
  });
}

TEST(NextHopWatch, ASectionThatComesBackLaterAsksAnew) {
  in_namespace([] {
    Watched watched;
    watched.apply(true);
    EXPECT_FALSE(watched.resolved());
    watched.apply(false);
    watched.apply(true);
    EXPECT_TRUE(watched.forgets());
    (void)run("ip route add 198.51.100.1/32 via 192.0.2.1");
    EXPECT_TRUE(watched.resolved()) << "at once, without a hold time";
  });
}

// A neighbor has half of all next hops, and no route has any of them.
TEST(NextHopWatch, WithoutRoomUnusedNextHopsAreForgotten) {
  in_namespace([] {
    Watched watched;
    watched.apply(true);
    watched.ask_about(NextHops::kMost / 2);
    EXPECT_EQ(watched.known(), NextHops::kMost / 2);
    EXPECT_FALSE(watched.resolved()) << "no room";
    EXPECT_TRUE(watched.forgets());
    EXPECT_FALSE(watched.resolved());
    EXPECT_EQ(watched.known(), 1U);
  });
}

void exit_comes() { (void)run("ip route add 198.51.100.1/32 via 192.0.2.1"); }
void exit_goes() { (void)run("ip route del 198.51.100.1/32"); }

// A best route leads to the next hop, the kernel to the next hop of that route.
TEST(NextHopWatch, AReceivedRouteResolvesWhileItLasts) {
  in_namespace([] {
    exit_comes();
    Watched watched;
    watched.resolve_by_route();
    exit_goes();
    EXPECT_TRUE(watched.becomes(false, kCovered));
    exit_comes();
    EXPECT_TRUE(watched.becomes(true, kCovered));
    std::vector<std::byte> gone;
    session::append_withdrawals(0, 1, gone);
    ASSERT_TRUE(watched.first().send(gone));
    EXPECT_TRUE(watched.becomes(false, kCovered));
  });
}

// The answer about the next hop stays, and the routes in the kernel have another gateway.
TEST(NextHopWatch, TheKernelHearsOfAnotherWay) {
  in_namespace([] {
    exit_comes();
    (void)run("ip route add 198.51.100.2/32 via 192.0.2.1");
    Watched watched;
    watched.apply_with_covers();
    EXPECT_FALSE(watched.resolved(kCovered));
    EXPECT_TRUE(watched.settled());
    ASSERT_TRUE(watched.second().announce(0, 1));
    EXPECT_TRUE(watched.leads_behind(kCovered, kSecondExit));
    const int before = watched.ways();
    ASSERT_TRUE(watched.first().announce(0, 1));
    EXPECT_TRUE(watched.leads_behind(kCovered, kExit));
    EXPECT_GT(watched.ways(), before);
    EXPECT_TRUE(watched.settled());
  });
}

TEST(NextHopWatch, ARefusedReloadKeepsCovers) {
  in_namespace([] {
    exit_comes();
    Watched watched;
    watched.resolve_by_route();
    const int before = watched.ways();
    watched.refuse_another();
    EXPECT_TRUE(watched.running().looks_again());
    EXPECT_TRUE(watched.resolved(kCovered));
    EXPECT_EQ(watched.ways(), before);
    EXPECT_EQ(watched.flaps(), 0U);
  });
}

// The sessions of a daemon that ends take their routes along.
TEST(NextHopWatch, AFrozenOneKeepsCovers) {
  in_namespace([] {
    exit_comes();
    Watched watched;
    watched.resolve_by_route();
    const int before = watched.ways();
    watched.freeze();
    watched.first().close();
    EXPECT_TRUE(watched.running().settles([&] {
      return watched.running().speaker().shards().table(Family::Ipv4Unicast).prefixes == 0;
    }));
    EXPECT_TRUE(watched.running().looks_again());
    EXPECT_TRUE(watched.leads_behind(kCovered, kExit));
    EXPECT_EQ(watched.ways(), before);
  });
}

// The longer route beside the next hop hides the default route while ours is there. The kernel's
// notifications of our own routes are not read.
TEST(NextHopWatch, ARouteOfOursThatGoesIsNoticed) {
  in_namespace([] {
    (void)run(
        "ip route add default via 192.0.2.1; ip route add 198.51.101.0/24 via 192.0.2.1;"
        "ip route add 198.51.100.0/24 via 192.0.2.2 proto 179");
    Watched watched;
    watched.apply_beside_own_routes();
    EXPECT_FALSE(watched.resolved());
    (void)run("ip route del 198.51.100.0/24");
    EXPECT_TRUE(watched.becomes(true));
  });
}

}  // namespace
}  // namespace tern::kernel
