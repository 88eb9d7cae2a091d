// The installer and the kernel of this machine, in a network namespace of the test's own.
#include "bgpd/kernel/installer.h"

#include <net/if.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/unit/fib/fake_kernel.h"
#include "tests/unit/kernel/installer_lab.h"

namespace tern::kernel {
namespace {

using fib::Failure;
using fib::test::prefix;
using fib::test::via;
using test::run;
using test::with_installer;
using test::work;
using test::work_for_a_second;
using test::work_until;

std::uint64_t failed(const Installer& installer, Failure why) {
  return installer.table().counts().failed[static_cast<std::size_t>(why)];
}

TEST(Installer, TheKernelHasWhatIsWanted) {
  with_installer(
      "ip route add 10.255.0.0/24 via 192.0.2.1", [](Installer& installer, fib::Table& table) {
        table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
        table.want(prefix("11.0.0.0/8"), via({"10.255.0.9"}));
        table.want(prefix("12.0.0.0/8"), via({"192.0.2.1", "192.0.2.2"}));
        table.want(prefix("13.0.0.0/8"), via({"2001:db8:f::1"}));
        table.want(prefix("2001:db8::/48"), via({"2001:db8:f::1"}));
        table.want(prefix("2001:db8:1::/48"), via({"2001:db8:f::1", "2001:db8:f::2"}));
        table.want(prefix("14.0.0.0/8"), fib::test::blackhole());
        table.want(prefix("2001:db8:2::/48"), fib::test::blackhole());
        table.want(prefix("15.0.0.0/8"), via({"203.0.113.1"}));
        work(installer);
        EXPECT_EQ(table.counts().installed, 8U) << installer.take_error();
        EXPECT_EQ(failed(installer, Failure::NoRoute), 1U);
        const std::string v4 = run("ip route show proto 179");
        EXPECT_NE(v4.find("10.0.0.0/8 via 192.0.2.1 dev out metric 2048"), std::string::npos) << v4;
        EXPECT_NE(v4.find("11.0.0.0/8 via 192.0.2.1 dev out"), std::string::npos) << v4;
        EXPECT_NE(v4.find("nexthop via 192.0.2.2 dev out"), std::string::npos) << v4;
        EXPECT_NE(v4.find("13.0.0.0/8 via inet6 2001:db8:f::1"), std::string::npos) << v4;
        EXPECT_NE(v4.find("blackhole 14.0.0.0/8"), std::string::npos) << v4;

        // Changes all routes. An installer that reads the kernel's routes afterwards has nothing to
        // do.
        for (const char* of : {"10.0.0.0/8", "12.0.0.0/8", "14.0.0.0/8"}) {
          table.want(prefix(of), via({"192.0.2.3"}));
        }
        for (const char* of : {"2001:db8::/48", "2001:db8:1::/48", "2001:db8:2::/48"}) {
          table.want(prefix(of), via({"2001:db8:f::3"}));
        }
        work(installer);
        EXPECT_EQ(table.counts().replaced, 6U) << installer.take_error();
        Installer next(Place{});
        ASSERT_TRUE(next.open());
        (void)next.work();
        EXPECT_EQ(next.table().counts().learnt, 8U);
        next.table().want(prefix("10.0.0.0/8"), via({"192.0.2.3"}));
        next.table().want(prefix("2001:db8:1::/48"), via({"2001:db8:f::3"}));
        work(next);
        EXPECT_EQ(next.table().counts().installed, 2U);
        EXPECT_EQ(next.table().counts().added + next.table().counts().replaced, 0U);
        next.remove_all(std::chrono::seconds(10), true);
        EXPECT_EQ(run("ip route show proto 179; ip -6 route show proto 179"), "");
        EXPECT_NE(run("ip route").find("10.255.0.0/24"), std::string::npos);
      });
}

// A received route for 10.9.0.0/16 leads to 10.9.0.1, with the next hop 192.0.2.7.
TEST(Installer, ANextHopOfBgpLeadsToTheGatewayBehindIt) {
  class Finder final : public pipeline::NextHopFinder {
   public:
    pipeline::NextHopAnswer find(const IpAddress&, PeerSlot) override { return {}; }
    std::optional<IpAddress> behind(const IpAddress& address) override {
      if (!leads || address != *IpAddress::parse("10.9.0.1")) return std::nullopt;
      return *IpAddress::parse("192.0.2.7");
    }
    bool leads = true;
  };
  test::in_namespace([] {
    const auto finder = std::make_shared<Finder>();
    Installer installer(Place{}, finder);
    ASSERT_TRUE(installer.open());
    fib::Table& table = installer.table();
    table.want(prefix("10.9.0.0/16"), via({"192.0.2.7"}));
    table.want(prefix("203.0.113.0/24"), via({"10.9.0.1"}));
    work(installer);
    EXPECT_EQ(table.counts().installed, 2U) << installer.take_error();
    const std::string all = run("ip route show proto 179");
    EXPECT_NE(all.find("203.0.113.0/24 via 192.0.2.7 dev out"), std::string::npos) << all;
    finder->leads = false;
    table.targets().look_again();
    work(installer);
    EXPECT_EQ(table.counts().installed, 1U);
  });
}

TEST(Installer, OthersAreHeard) {
  with_installer([](Installer& installer, fib::Table& table) {
    table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
    table.want(prefix("2001:db8::/48"), via({"2001:db8:f::1"}));
    table.want(prefix("11.0.0.0/8"), via({"10.255.0.9"}));
    work(installer);
    (void)installer.listen();
    EXPECT_EQ(table.counts().restored, 0U) << "our own changes are not heard";
    EXPECT_EQ(failed(installer, Failure::NoRoute), 1U);
    (void)run(
        "ip route add 10.255.0.0/24 via 192.0.2.1; ip route del 10.0.0.0/8 proto 179;"
        "ip -6 route del 2001:db8::/48");
    work(installer);
    EXPECT_EQ(failed(installer, Failure::NoRoute), 0U) << "the next hop has a way";
    EXPECT_EQ(table.counts().restored, 2U);
    installer.every_second();
    work(installer);
    EXPECT_EQ(table.counts().installed, 3U) << installer.take_error();
    (void)run("ip link set out down; ip link set out up");
    work(installer);
    EXPECT_EQ(run("ip route show 11.0.0.0/8"), "");
    (void)run("ip route add 10.255.0.0/24 via 192.0.2.1");
    work(installer);
    EXPECT_NE(run("ip route show 10.0.0.0/8"), "");
    EXPECT_NE(run("ip route show 11.0.0.0/8"), "");
  });
}

TEST(Installer, RoutesOfOthersAreLeftAlone) {
  with_installer(
      "ip route add 10.0.0.0/8 via 192.0.2.9 metric 2048 proto static;"
      "ip -6 route add 2001:db8::/48 via 2001:db8:f::9 metric 2048 proto static",
      [](Installer& installer, fib::Table& table) {
        table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
        table.want(prefix("2001:db8::/48"), via({"2001:db8:f::1"}));
        work(installer);
        EXPECT_EQ(failed(installer, Failure::ForeignRoute), 2U);
        EXPECT_NE(installer.take_error().find("a route of another program"), std::string::npos);
        installer.remove_all(std::chrono::seconds(10), true);
        EXPECT_NE(run("ip route").find("10.0.0.0/8 via 192.0.2.9"), std::string::npos);
        EXPECT_NE(run("ip -6 route").find("2001:db8::/48 via 2001:db8:f::9"), std::string::npos);
      });
}

// The kernel takes IPv6 routes of one prefix and metric for one route of several hops, whoever adds
// them.
TEST(Installer, TheHopsOfOthersStayBesideOurs) {
  with_installer([](Installer& installer, fib::Table& table) {
    table.want(prefix("2001:db8:1::/48"), via({"2001:db8:f::1"}));
    table.want(prefix("2001:db8:2::/48"), via({"2001:db8:f::1", "2001:db8:f::2"}));
    table.want(prefix("2001:db8:3::/48"), via({"2001:db8:f::1"}));
    work(installer);
    for (const char* of : {"1", "2", "3"}) {
      (void)run(std::string("ip -6 route append 2001:db8:") + of +
                "::/48 via 2001:db8:f::9 metric 2048 proto static");
    }
    work(installer);
    table.unwant(prefix("2001:db8:1::/48"));
    table.unwant(prefix("2001:db8:2::/48"));
    table.want(prefix("2001:db8:3::/48"), via({"2001:db8:f::3"}));
    work(installer);
    EXPECT_EQ(failed(installer, Failure::ForeignRoute), 1U);
    const std::string left = run("ip -6 route");
    for (const char* of : {"1", "2", "3"}) {
      EXPECT_NE(left.find(std::string("2001:db8:") + of + "::/48 via 2001:db8:f::9"),
                std::string::npos)
          << left;
    }
    EXPECT_EQ(left.find("2001:db8:f::1"), std::string::npos) << left;
    EXPECT_EQ(left.find("2001:db8:f::2"), std::string::npos) << left;
  });
}

// Another program adds several hops at once. The kernel's notification then names the protocol of
// the first hop, ours. A removal of the other program's route without hops takes our hops along.
TEST(Installer, SeveralHopsOfOthersComeAndGo) {
  with_installer([](Installer& installer, fib::Table& table) {
    const Prefix six = prefix("2001:db8::/48");
    table.want(six, via({"2001:db8:f::1"}));
    work(installer);
    (void)run(
        "ip -6 route append 2001:db8::/48 metric 2048 proto static"
        " nexthop via 2001:db8:f::8 nexthop via 2001:db8:f::9");
    work_for_a_second(installer);
    const auto has = [](const char* hop) {
      return run("ip -6 route").find(hop) != std::string::npos;
    };
    EXPECT_TRUE(has("2001:db8:f::1 ") && has("2001:db8:f::8 ") && has("2001:db8:f::9 "))
        << run("ip -6 route");
    (void)run("ip -6 route del 2001:db8::/48 metric 2048 proto static");
    work_for_a_second(installer);
    EXPECT_TRUE(has("2001:db8:f::1 ")) << run("ip -6 route");
    EXPECT_FALSE(has("2001:db8:f::9 ")) << run("ip -6 route");
    table.unwant(six);
    work(installer);
    EXPECT_EQ(run("ip -6 route show 2001:db8::/48"), "");
  });
}

// The installer reads the notification of a removal when the route is there again.
TEST(Installer, ARouteThatWasRemovedAndAddedIsOurs) {
  with_installer([](Installer& installer, fib::Table& table) {
    const Prefix six = prefix("2001:db8::/48");
    table.want(six, via({"2001:db8:f::1"}));
    work(installer);
    (void)run("ip -6 route flush proto 179");
    table.want(six, via({"2001:db8:f::2"}));
    work(installer, false);
    EXPECT_EQ(table.counts().installed, 1U);
    work_for_a_second(installer);
    EXPECT_EQ(table.counts().installed, 1U) << installer.take_error();
    table.unwant(six);
    work(installer);
    EXPECT_EQ(run("ip -6 route show 2001:db8::/48"), "");
  });
}

// A route of BGP inside the prefix by which its next hop, or that of other routes, is reached.
TEST(Installer, ARouteThatCoversANextHopStaysOutAlone) {
  with_installer("ip route add 10.255.0.0/16 via 192.0.2.1",
                 [](Installer& installer, fib::Table& table) {
                   table.want(prefix("10.255.1.0/24"), via({"192.0.2.7"}));
                   work(installer);
                   EXPECT_EQ(table.counts().installed, 1U);
                   table.want(prefix("20.0.0.0/8"), via({"10.255.1.9"}));
                   table.want(prefix("10.255.1.8/29"), via({"10.255.1.9"}));
                   table.want(prefix("10.0.0.0/8"), via({"10.255.1.9"}));
                   work(installer);
                   EXPECT_EQ(table.counts().installed, 2U);
                   EXPECT_EQ(failed(installer, Failure::CoversNextHop), 2U);
                   const std::string way = run("ip route show 20.0.0.0/8");
                   EXPECT_NE(way.find("via 192.0.2.1"), std::string::npos) << way;
                   // With a host route to the next hop, no route of ours covers it. Without
                   // routes of other programs, only the first route stays.
                   (void)run("ip route add 10.255.1.9 via 192.0.2.3");
                   work_for_a_second(installer);
                   EXPECT_EQ(table.counts().installed, 4U) << run("ip route");
                   (void)run("ip route del 10.255.1.9; ip route del 10.255.0.0/16");
                   work_for_a_second(installer);
                   EXPECT_EQ(failed(installer, Failure::OwnRoute), 3U) << run("ip route");
                   EXPECT_EQ(table.counts().installed, 1U);
                   (void)run("ip route add 10.255.0.0/16 via 192.0.2.1");
                   work(installer);
                   EXPECT_EQ(table.counts().installed, 2U) << run("ip route");
                   EXPECT_EQ(failed(installer, Failure::CoversNextHop), 2U);
                 });
}

TEST(Installer, GatewaysOnTheLinkAndTunnels) {
  with_installer(
      "ip route add 10.255.0.0/24 via 198.51.100.1 dev out onlink;"
      "ip route add 10.254.0.0/24 encap ip id 7 dst 192.0.2.1 dev out",
      [](Installer& installer, fib::Table& table) {
        table.want(prefix("10.0.0.0/8"), via({"10.255.0.9"}));
        table.want(prefix("11.0.0.0/8"), via({"10.254.0.9"}));
        work(installer);
        EXPECT_EQ(table.counts().installed, 1U) << installer.take_error();
        EXPECT_NE(run("ip route show 10.0.0.0/8").find("via 198.51.100.1 dev out"),
                  std::string::npos);
        EXPECT_NE(run("ip route show 10.0.0.0/8").find("onlink"), std::string::npos);
        const bool tunnels = !run("ip route show 10.254.0.0/24").empty();  // CONFIG_LWTUNNEL
        EXPECT_EQ(failed(installer, tunnels ? Failure::Encapsulated : Failure::NoRoute), 1U);
      });
}

TEST(Installer, LinkLocalNextHopsAreBackWithTheirLink) {
  with_installer([](Installer& installer, fib::Table& table) {
    const std::uint32_t out = ::if_nametoindex("out");
    fib::Target target;
    target.next_hops = {{fib::test::address("fe80::1"), out}};
    table.want(prefix("2001:db8::/48"), target);
    work(installer);
    EXPECT_EQ(table.counts().installed, 1U) << installer.take_error();
    (void)run("ip link set out down");
    work(installer);
    EXPECT_EQ(failed(installer, Failure::NoRoute), 1U);
    (void)run("ip link set out up");
    work_until(installer, [&] { return table.counts().installed == 1; });
    EXPECT_NE(run("ip -6 route show 2001:db8::/48"), "");
  });
}

TEST(Installer, OfSeveralLinksThoseThatAreUpStay) {
  with_installer(
      "ip link add two type veth peer name far2; ip link set far2 up; ip link set two up",
      [](Installer& installer, fib::Table& table) {
        fib::Target target;
        target.next_hops = {{fib::test::address("fe80::1"), ::if_nametoindex("out")},
                            {fib::test::address("fe80::2"), ::if_nametoindex("two")}};
        table.want(prefix("2001:db8::/48"), target);
        table.want(prefix("10.0.0.0/8"), target);
        const auto ways = [] { return run("ip route show proto 179; ip -6 route show proto 179"); };
        const auto has = [&](const char* link, unsigned count) {
          const std::string all = ways();
          unsigned found = 0;
          for (std::size_t at = 0; (at = all.find(link, at)) != std::string::npos; ++at) ++found;
          return found == count;
        };
        work_until(installer, [&] { return has("dev out", 2) && has("dev two", 2); });
        (void)run("ip link set out down");
        work(installer);
        EXPECT_TRUE(has("dev out", 0) && has("dev two", 2)) << ways();
        (void)run("ip link set out up");
        work_until(installer, [&] { return has("dev out", 2) && has("dev two", 2); });
        (void)run("ip link set far2 down");  // no carrier
        work_until(installer, [&] { return has("dev out", 2) && has("dev two", 0); });
        (void)run("ip link del two");
        work(installer);
        EXPECT_TRUE(has("dev out", 2)) << ways();
        EXPECT_EQ(table.counts().installed, 2U);
      });
}

// With the last IPv4 address of an interface, the kernel removes IPv4 routes without a
// notification.
TEST(Installer, RoutesAreBackAfterAnAddressThatWent) {
  with_installer([](Installer& installer, fib::Table& table) {
    table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
    table.want(prefix("11.0.0.0/8"), via({"2001:db8:f::1"}));  // RFC 8950
    work(installer);
    EXPECT_EQ(table.counts().installed, 2U) << installer.take_error();
    (void)run(
        "ip address flush dev out scope global; ip address add 192.0.2.254/24 dev out;"
        "ip -6 address add 2001:db8:f::fe/64 dev out nodad");
    EXPECT_EQ(run("ip route show proto 179"), "");
    work_for_a_second(installer);
    EXPECT_NE(run("ip route show 10.0.0.0/8"), "");
    EXPECT_NE(run("ip route show 11.0.0.0/8"), "");
  });
}

// The kernel looks up our table before the main table, which has the route to the next hop.
TEST(Installer, ATableOfOurOwnComesBeforeTheMainOne) {
  with_installer(
      "ip rule add pref 100 lookup 100",
      [](Installer& installer, fib::Table& table) {
        for (const char* of : {"0.0.0.0/0", "20.0.0.0/8", "192.0.0.0/16", "192.1.0.0/16"}) {
          table.want(prefix(of), via({"192.0.2.1"}));
        }
        work(installer);
        EXPECT_EQ(table.counts().installed, 3U) << run("ip route show table 100");
        EXPECT_EQ(failed(installer, Failure::CoversNextHop), 1U);
        (void)run("ip route add 10.9.0.0/16 via 192.0.2.9");
        work_for_a_second(installer);
        EXPECT_EQ(table.counts().installed, 3U) << run("ip route show table 100");
        EXPECT_EQ(table.counts().removed, 0U);
      },
      Place{100, 2048, 179});
}

// KernelThread leaves a former place when the present one is settled.
TEST(Installer, IsSettledWhenTheKernelHasWhatIsWanted) {
  test::in_namespace([] {
    Installer installer(Place{});
    EXPECT_FALSE(installer.settled()) << "there is no socket";
    ASSERT_TRUE(installer.open());
    EXPECT_FALSE(installer.settled()) << "the kernel's routes were not read";
    work(installer);
    EXPECT_TRUE(installer.settled());
    installer.table().want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
    EXPECT_FALSE(installer.settled());
    work(installer);
    EXPECT_TRUE(installer.settled());
  });
}

// A process ended without removing its routes, and the next process has another metric.
TEST(Installer, RoutesOfAnEarlierMetricLeaveBehindTheNewOnes) {
  with_installer(
      "ip route add 10.0.0.0/8 via 192.0.2.1 metric 300 proto 179;"
      "ip -6 route add 2001:db8::/48 via 2001:db8:f::1 metric 300 proto 179",
      [](Installer& installer, fib::Table& table) {
        table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
        work(installer);
        EXPECT_NE(run("ip route show 10.0.0.0/8").find("metric 300"), std::string::npos);
        EXPECT_NE(run("ip route show 10.0.0.0/8").find("metric 2048"), std::string::npos);
        installer.end_refresh();
        work(installer);
        EXPECT_EQ(run("ip route show 10.0.0.0/8").find("metric 300"), std::string::npos);
        EXPECT_NE(run("ip route show 10.0.0.0/8").find("metric 2048"), std::string::npos);
        EXPECT_EQ(run("ip -6 route show 2001:db8::/48"), "");
      });
}

// A kernel that loses notifications is read again.
TEST(Installer, LostNotificationsAreFollowedByASecondLook) {
  with_installer([](Installer& installer, fib::Table& table) {
    table.want(prefix("10.0.0.0/8"), via({"192.0.2.1"}));
    work(installer);
    // More than the buffer of notifications holds, and then the loss of a route of ours.
    (void)run(
        "for a in $(seq 0 79); do for b in $(seq 0 255); do for c in 0 1 2 3; do"
        " echo route add blackhole 20.$a.$b.$((c * 64))/26; done; done; done"
        " | ip -batch - ; ip route del 10.0.0.0/8 proto 179");
    work(installer);
    EXPECT_EQ(installer.resyncs(), 1U);
    EXPECT_NE(run("ip route show 10.0.0.0/8"), "");
  });
}

}  // namespace
}  // namespace tern::kernel
