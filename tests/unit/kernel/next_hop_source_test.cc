// NextHopSource and the kernel of this machine, in a network namespace of the test. Needs root.
#include "bgpd/kernel/next_hop_source.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <set>
#include <string>
#include <vector>

#include "tests/unit/base/comes_true.h"
#include "tests/unit/kernel/installer_lab.h"

namespace tern::kernel {
namespace {

using pipeline::NextHopRoute;
using pipeline::NextHopState;
using test::in_namespace;
using test::run;

constexpr std::uint8_t kOwn = 179;

NextHopRoute ask(NextHopSource& source, const std::string& address) {
  const auto found = source.look_up(*IpAddress::parse(address));
  EXPECT_TRUE(found) << address;
  return found.value_or(NextHopRoute{});
}

TEST(NextHopSource, NamesTheRouteOfANextHop) {
  in_namespace([] {
    (void)run(
        "ip route add 10.1.0.0/16 via 192.0.2.1 metric 20;"
        "ip route add 10.1.1.1/32 via 192.0.2.2 metric 30 proto bird;"
        "ip -6 route add 2001:db8:9::/48 via 2001:db8:f::1 metric 7");
    NextHopSource source;
    NextHopRoute found = ask(source, "10.1.2.3");
    EXPECT_EQ(found.state, NextHopState::Kernel);
    EXPECT_EQ(found.metric, 20U);
    EXPECT_EQ(found.prefix, Prefix::parse("10.1.0.0/16"));
    EXPECT_EQ(found.gateway, IpAddress::parse("192.0.2.1"));
    EXPECT_NE(found.interface, 0U);
    EXPECT_EQ(ask(source, "10.1.1.1").metric, 30U);
    EXPECT_EQ(ask(source, "2001:db8:9::1").metric, 7U);
    EXPECT_EQ(ask(source, "2001:db8:f::1").state, NextHopState::Connected);
    found = ask(source, "192.0.2.77");
    EXPECT_EQ(found.state, NextHopState::Connected);
    EXPECT_EQ(found.metric, 0U);
    EXPECT_EQ(ask(source, "192.0.2.254").state, NextHopState::Connected);  // our own address
    EXPECT_EQ(ask(source, "198.51.100.1").state, NextHopState::NoRoute);
    EXPECT_EQ(ask(source, "2001:db8:a::1").state, NextHopState::NoRoute);
    EXPECT_TRUE(source.interface_up("out"));
    EXPECT_FALSE(source.interface_up("none"));
  });
}

TEST(NextHopSource, RefusalsAndLinksWithoutACarrierResolveNothing) {
  in_namespace([] {
    (void)run(
        "ip route add blackhole 10.1.0.0/16; ip route add unreachable 10.2.0.0/16;"
        "ip -6 route add blackhole 2001:db8:9::/48; ip route add 10.3.0.0/16 via 192.0.2.1");
    NextHopSource source;
    EXPECT_EQ(ask(source, "10.1.0.1").state, NextHopState::Unreachable);
    EXPECT_EQ(ask(source, "10.2.0.1").state, NextHopState::Unreachable);
    EXPECT_EQ(ask(source, "2001:db8:9::1").state, NextHopState::Unreachable);
    EXPECT_EQ(ask(source, "10.3.0.1").state, NextHopState::Kernel);
    (void)run("ip link set far down");
    EXPECT_TRUE(comes_true([&] { return !source.interface_up("out"); }));
    EXPECT_EQ(ask(source, "10.3.0.1").state, NextHopState::InterfaceDown);
  });
}

// The answer names the prefix of a default route, and pipeline::NextHops decides whether it counts.
TEST(NextHopSource, RoutesOfOursResolveNothing) {
  in_namespace([] {
    (void)run(
        "ip route add 10.1.0.0/16 via 192.0.2.1 metric 20;"
        "ip route add 10.1.1.0/24 via 192.0.2.2 proto 179;"
        "ip route add 10.2.0.0/16 via 192.0.2.2 proto 179;"
        "ip route add default via 192.0.2.1");
    NextHopSource source;
    EXPECT_EQ(ask(source, "10.2.0.1").state, NextHopState::Kernel);
    source.set_own_protocol(kOwn);
    EXPECT_EQ(ask(source, "10.1.1.1").metric, 20U);  // the route behind ours
    EXPECT_TRUE(ask(source, "10.1.1.1").behind_own);
    EXPECT_FALSE(ask(source, "10.1.2.1").behind_own);
    const NextHopRoute found = ask(source, "10.2.0.1");
    EXPECT_EQ(found.prefix, default_route(IpVersion::V4));
    (void)run("ip route del default via 192.0.2.1");
    EXPECT_EQ(ask(source, "10.2.0.1").state, NextHopState::OwnRoute);
    (void)run("ip route add default via 192.0.2.1 proto 179");
    EXPECT_EQ(ask(source, "198.51.100.1").state, NextHopState::OwnRoute);
  });
}

// Longer routes to neighboring addresses do not lead to the next hop.
TEST(NextHopSource, AShortRouteIsFoundBehindOurs) {
  in_namespace([] {
    (void)run(
        "ip route add 10.0.0.0/8 via 192.0.2.1 metric 50;"
        "ip route add 10.1.0.0/24 via 192.0.2.2 proto 179;"
        "ip route add 10.1.1.0/24 via 192.0.2.1 metric 7;"
        "ip route add 10.1.2.0/23 via 192.0.2.1 metric 8;"
        "ip -6 route add 2001:db8:4::/48 via 2001:db8:f::1 proto 179;"
        "ip -6 route add 2001:db8:5::/48 via 2001:db8:f::1");
    NextHopSource source;
    source.set_own_protocol(kOwn);
    EXPECT_EQ(ask(source, "10.1.0.1").metric, 50U);
    (void)run("ip -6 route add default via 2001:db8:f::1");
    EXPECT_EQ(ask(source, "2001:db8:4::1").state, NextHopState::OwnRoute) << "2001:db8:5:: hides";
  });
}

TEST(NextHopSource, WithoutRoutesOfOursAllProtocolsCount) {
  in_namespace([] {
    (void)run("ip route add 10.1.0.0/16 via 192.0.2.1 metric 20 proto 0");
    NextHopSource source;
    EXPECT_EQ(ask(source, "10.1.0.1").metric, 20U);
  });
}

// The kernel shows a route with a nexthop object with or without the gateway, in both versions.
TEST(NextHopSource, NextHopObjectsThatAreHiddenAreFoundByTheWayOfAPacket) {
  in_namespace([] {
    (void)run(
        "ip nexthop add id 7 via 192.0.2.9 dev out; ip route add 10.1.0.0/16 nhid 7;"
        "ip nexthop add id 8 via 2001:db8:f::1 dev out; ip -6 route add 2001:db8:1::/48 nhid 8");
    for (const char* const mode : {"1", "0"}) {
      (void)run(std::string("echo ") + mode + " > /proc/sys/net/ipv4/nexthop_compat_mode");
      for (const char* const next_hop : {"10.1.0.1", "2001:db8:1::1"}) {
        NextHopSource source;
        NextHopRoute found;
        EXPECT_TRUE(comes_true([&] {  // the link comes up
          found = ask(source, next_hop);
          return found.state == NextHopState::Kernel;
        })) << next_hop;
        EXPECT_TRUE(found.gateway) << next_hop << " in mode " << mode;
        EXPECT_NE(found.interface, 0U) << next_hop << " in mode " << mode;
      }
    }
  });
}

TEST(NextHopSource, TheMonitorHearsOthers) {
  in_namespace([] {
    const session::netlink::Descriptor monitor = open_next_hop_monitor();
    ASSERT_TRUE(monitor.is_open());
    ignore_protocol(monitor.get(), kOwn);
    std::vector<std::byte> octets(session::netlink::kMostOctets);
    // Returns the prefixes of notifications about routes, and the types of other notifications.
    const auto heard = [&] {
      std::set<std::string> all;
      while (true) {
        const ssize_t size = ::recv(monitor.get(), octets.data(), octets.size(), MSG_DONTWAIT);
        if (size <= 0) return all;
        (void)session::netlink::for_each_message(
            Octets(octets).first(static_cast<std::size_t>(size)),
            [&](const nlmsghdr& header, Octets body) {
              const auto route = parse_route(header, body);
              all.insert(route ? route->prefix.to_string() : std::to_string(header.nlmsg_type));
              return true;
            });
      }
    };
    (void)run(
        "ip route add 10.1.0.0/16 via 192.0.2.1 proto 179;"
        "ip route add 10.2.0.0/16 via 192.0.2.1; ip rule add to 10.9.0.0/16 table 100;"
        "ip -6 rule add to 2001:db8:9::/48 table 100;"
        "ip nexthop add id 5 via 192.0.2.1 dev out; ip route add 10.3.0.0/16 nhid 5;"
        "ip nexthop del id 5; ip link set out down");
    const std::set<std::string> all = heard();
    EXPECT_FALSE(all.contains("10.1.0.0/16"));
    EXPECT_TRUE(all.contains("10.2.0.0/16"));
    EXPECT_TRUE(all.contains(std::to_string(RTM_NEWRULE)));
    EXPECT_TRUE(all.contains(std::to_string(RTM_NEWLINK)));
    EXPECT_TRUE(all.contains(std::to_string(RTM_DELNEXTHOP)));
    (void)run("ip link set out up; ip route add 10.4.0.0/16 via 192.0.2.1 proto 179");
    EXPECT_FALSE(heard().contains("10.4.0.0/16"));
    ignore_protocol(monitor.get(), std::nullopt);
    (void)run("ip route add 10.5.0.0/16 via 192.0.2.1 proto 179");
    EXPECT_TRUE(heard().contains("10.5.0.0/16"));
  });
}

}  // namespace
}  // namespace tern::kernel
