#include "bgpd/kernel/route_messages.h"

#include <gtest/gtest.h>
#include <net/if.h>

#include "tests/unit/fib/fake_kernel.h"

namespace tern::kernel {
namespace {

using fib::Change;
using fib::Failure;
using fib::test::address;
using fib::test::hops;
using fib::test::prefix;
using Action = Change::Action;

constexpr Place kPlace{254, 2048, 179};

struct Sent {
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint32_t sequence = 0;
  std::optional<ShownRoute> route;
};

std::vector<Sent> messages_of(const std::vector<std::byte>& octets) {
  std::vector<Sent> all;
  EXPECT_TRUE(session::netlink::for_each_message(octets, [&](const nlmsghdr& header, Octets body) {
    all.push_back(
        {header.nlmsg_type, header.nlmsg_flags, header.nlmsg_seq, parse_route(header, body)});
    return true;
  }));
  return all;
}

TEST(RouteMessages, EachChangeIsWhatItSays) {
  fib::Targets targets;
  const fib::ValueId one = targets.add(hops({{"192.0.2.1", 3}}));
  ChangeMessages messages(kPlace);
  const std::vector<Change> changes{{Action::Add, prefix("10.0.0.0/8"), one},
                                    {Action::Replace, prefix("10.1.0.0/16"), one},
                                    {Action::Renew, prefix("10.2.0.0/16"), one},
                                    {Action::Remove, prefix("10.3.0.0/16"), 0}};
  messages.set(changes, targets, 77);
  const auto sent = messages_of(messages.octets());
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[0].flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  EXPECT_EQ(sent[1].flags, NLM_F_REQUEST | NLM_F_REPLACE);
  EXPECT_EQ(sent[2].type, RTM_DELROUTE);
  EXPECT_EQ(sent[3].flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
  EXPECT_EQ(sent[4].type, RTM_DELROUTE);
  EXPECT_EQ(sent[4].flags, NLM_F_REQUEST | NLM_F_ACK) << "the last one is answered";
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(sent[i].sequence, 77 + i);
  EXPECT_EQ(messages.last(), 81U);
  ASSERT_TRUE(sent[0].route);
  EXPECT_EQ(sent[0].route->prefix, prefix("10.0.0.0/8"));
  EXPECT_EQ(sent[0].route->table, 254U);
  EXPECT_EQ(sent[0].route->metric, 2048U);
  EXPECT_EQ(sent[0].route->protocol, 179);
  EXPECT_EQ(sent[0].route->hops, hops({{"192.0.2.1", 3}}));
  EXPECT_EQ(messages.decides(77), 0U);
  EXPECT_EQ(messages.decides(79), std::nullopt) << "ours may not have been there";
  EXPECT_EQ(messages.decides(80), 2U);
  EXPECT_EQ(messages.decides(81), 3U);
  EXPECT_EQ(messages.decides(82), std::nullopt);
  EXPECT_EQ(messages.decides(76), std::nullopt);
}

TEST(RouteMessages, HopsOfAllKinds) {
  fib::Targets targets;
  fib::Hops blackhole;
  blackhole.blackhole = true;
  const std::vector<std::pair<Prefix, fib::Hops>> routes{
      {prefix("10.0.0.0/8"), hops({{"fe80::1", 3}})},  // RFC 8950
      {prefix("10.1.0.0/16"), hops({{"192.0.2.1", 3}, {"2001:db8::1", 4}, {"192.0.2.2", 3}})},
      {prefix("2001:db8:1::/48"), hops({{"2001:db8::1", 4}, {"fe80::1", 3}})},
      {prefix("10.2.0.0/16"), blackhole},
      {prefix("0.0.0.0/0"), hops({{"192.0.2.1", 3}})},
      {prefix("::/0"), hops({{"fe80::2", 3}})},
  };
  std::vector<Change> changes;
  for (const auto& [of, ways] : routes) changes.push_back({Action::Add, of, targets.add(ways)});
  ChangeMessages messages(kPlace);
  messages.set(changes, targets, 1);
  const auto sent = messages_of(messages.octets());
  ASSERT_EQ(sent.size(), routes.size());
  for (std::size_t i = 0; i < routes.size(); ++i) {
    ASSERT_TRUE(sent[i].route) << i;
    EXPECT_EQ(sent[i].route->prefix, routes[i].first);
    EXPECT_EQ(sent[i].route->hops, routes[i].second) << i;
  }
  EXPECT_EQ(sent[3].route->type, RTN_BLACKHOLE);
}

TEST(RouteMessages, OnlyWholeRoutesAreRead) {
  fib::Targets targets;
  ChangeMessages messages(kPlace);
  const std::vector<Change> changes{{Action::Add, prefix("10.1.0.0/16"),
                                     targets.add(hops({{"192.0.2.1", 3}, {"192.0.2.2", 3}}))}};
  messages.set(changes, targets, 1);
  const auto header = session::netlink::read<nlmsghdr>(messages.octets());
  const Octets body = Octets(messages.octets()).subspan(sizeof(nlmsghdr));
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto cut = parse_route(*header, body.first(length));
    EXPECT_EQ(cut.has_value(), length >= sizeof(rtmsg));
  }
}

// In IPv6, what is removed is exactly what was installed.
TEST(RouteMessages, ARemovalNamesTheHopsOfIpv6) {
  fib::Targets targets;
  const fib::ValueId two = targets.add(hops({{"2001:db8::1", 3}, {"2001:db8::2", 3}}));
  const fib::ValueId v4 = targets.add(hops({{"192.0.2.1", 3}}));
  ChangeMessages messages(kPlace);
  const std::vector<Change> changes{{Action::Remove, prefix("2001:db8:1::/48"), 0, two},
                                    {Action::Renew, prefix("2001:db8:2::/48"), two, two},
                                    {Action::Remove, prefix("10.0.0.0/8"), 0, v4},
                                    {Action::Remove, prefix("2001:db8:3::/48"), 0, 0}};
  messages.set(changes, targets, 1);
  const auto sent = messages_of(messages.octets());
  ASSERT_EQ(sent.size(), 5U);
  EXPECT_EQ(sent[0].route->hops, targets.hops(two));
  EXPECT_EQ(sent[1].type, RTM_DELROUTE);
  EXPECT_EQ(sent[1].route->hops, targets.hops(two));
  EXPECT_EQ(sent[3].route->hops.hops, std::vector<fib::Hop>(1)) << "no gateway";
  EXPECT_EQ(sent[4].route->hops.hops, std::vector<fib::Hop>(1)) << "unknown";
}

TEST(RouteMessages, AnOnlinkGatewayStaysOne) {
  fib::Hops one = hops({{"192.0.2.1", 3}});
  one.hops.front().onlink = true;
  fib::Hops two = hops({{"192.0.2.1", 3}, {"192.0.2.2", 3}});
  two.hops.back().onlink = true;
  fib::Targets targets;
  ChangeMessages messages(kPlace);
  const std::vector<Change> changes{{Action::Add, prefix("10.0.0.0/8"), targets.add(one)},
                                    {Action::Add, prefix("11.0.0.0/8"), targets.add(two)}};
  messages.set(changes, targets, 1);
  const auto sent = messages_of(messages.octets());
  EXPECT_EQ(sent[0].route->hops, one);
  EXPECT_EQ(sent[1].route->hops, two);
  const fib::Resolution found = resolution_of(address("10.1.2.3"), *sent[0].route, {254, 2048, 2});
  EXPECT_EQ(found.hops, one.hops) << "the way to a next hop";
}

ShownRoute shown(const char* of, const fib::Hops& ways, std::uint8_t protocol = 2,
                 std::uint8_t type = RTN_UNICAST) {
  ShownRoute route;
  route.prefix = prefix(of);
  route.hops = ways;
  route.usable = ways.hops;
  route.table = kPlace.table;
  route.protocol = protocol;
  route.type = type;
  return route;
}

TEST(RouteMessages, TheWayToANextHop) {
  const IpAddress next_hop = address("192.0.2.9");
  fib::Hops link;
  link.hops = {{std::nullopt, 3}};
  EXPECT_EQ(resolution_of(next_hop, shown("192.0.2.0/24", link), kPlace),
            (fib::Resolution{Failure::None, {{next_hop, 3}}, 24}));
  EXPECT_EQ(resolution_of(next_hop, shown("192.0.0.0/16", hops({{"10.0.0.1", 4}})), kPlace),
            (fib::Resolution{Failure::None, {{address("10.0.0.1"), 4}}, 16}));
  ShownRoute behind = shown("192.0.0.0/16", hops({{"10.0.0.1", 4}}));
  behind.metric = 4096;
  EXPECT_EQ(resolution_of(next_hop, behind, kPlace).most_length, 15)
      << "our route for the same prefix comes first";
  behind.table = 1000;
  EXPECT_EQ(resolution_of(next_hop, behind, kPlace).most_length, 0)
      << "another table, which comes behind ours perhaps";
  EXPECT_TRUE(resolution_of(next_hop, behind, kPlace).other_table);
  const auto why = [&](const ShownRoute& route) {
    return resolution_of(next_hop, route, kPlace).why;
  };
  EXPECT_EQ(why(shown("0.0.0.0/0", hops({{"10.0.0.1", 4}}))), Failure::DefaultRoute);
  EXPECT_EQ(why(shown("192.0.2.0/24", hops({{"10.0.0.1", 4}}), 179)), Failure::OwnRoute);
  EXPECT_EQ(why(shown("192.0.2.9/32", link, 2, RTN_LOCAL)), Failure::OwnAddress);
  EXPECT_EQ(why(shown("192.0.2.0/24", {}, 2, RTN_UNREACHABLE)), Failure::NoRoute);
  EXPECT_EQ(why(shown("192.0.2.0/24", {})), Failure::NoRoute) << "all hops are dead";
  ShownRoute tunnel = shown("192.0.2.0/24", {});
  tunnel.encapsulates = true;
  EXPECT_EQ(why(tunnel), Failure::Encapsulated);
  tunnel.usable = {{address("10.0.0.1"), 4}};
  EXPECT_EQ(why(tunnel), Failure::None) << "another hop takes no tunnel";
}

TEST(RouteMessages, ALinkLocalNextHopLeadsWhileItsLinkDoes) {
  const fib::NextHop next_hop{address("fe80::1"), 3};
  fib::Hops link;
  link.hops = {{std::nullopt, 3}};
  const ShownRoute up = shown("fe80::/64", link);
  EXPECT_EQ(resolution_on_link(next_hop, up),
            (fib::Resolution{Failure::None, {{next_hop.address, 3}}, 128}));
  ShownRoute down = up;
  down.usable.clear();
  EXPECT_EQ(resolution_on_link(next_hop, down).why, Failure::NoRoute);
  EXPECT_EQ(resolution_on_link(next_hop, std::nullopt).why, Failure::NoRoute);
  link.hops = {{std::nullopt, 4}};
  EXPECT_EQ(resolution_on_link(next_hop, shown("fe80::/64", link)).why, Failure::NoRoute);
  const ShownRoute local = shown("fe80::1/128", link, 2, RTN_LOCAL);
  EXPECT_EQ(resolution_on_link(next_hop, local).why, Failure::OwnAddress);
}

template <typename Body>
Octets body_of(const Body& body) {
  return {reinterpret_cast<const std::byte*>(&body), sizeof body};
}

TEST(RouteMessages, InterfacesThatGoDown) {
  nlmsghdr header{};
  ifinfomsg link{};
  link.ifi_index = 7;
  header.nlmsg_type = RTM_NEWLINK;
  EXPECT_EQ(parse_interface_down(header, body_of(link)), 7U);
  link.ifi_flags = IFF_UP;
  EXPECT_EQ(parse_interface_down(header, body_of(link)), std::nullopt);
  header.nlmsg_type = RTM_DELLINK;
  EXPECT_EQ(parse_interface_down(header, body_of(link)), 7U);
  link.ifi_family = AF_BRIDGE;
  EXPECT_EQ(parse_interface_down(header, body_of(link)), std::nullopt)
      << "the link has left a bridge";
}

TEST(RouteMessages, InterfacesThatLoseAnIpv4Address) {
  nlmsghdr header{};
  ifaddrmsg lost{};
  lost.ifa_family = AF_INET;
  lost.ifa_index = 7;
  header.nlmsg_type = RTM_DELADDR;
  EXPECT_EQ(parse_address_gone(header, body_of(lost)), 7U);
  lost.ifa_family = AF_INET6;
  EXPECT_EQ(parse_address_gone(header, body_of(lost)), std::nullopt);
  lost.ifa_family = AF_INET;
  header.nlmsg_type = RTM_NEWADDR;
  EXPECT_EQ(parse_address_gone(header, body_of(lost)), std::nullopt);
}

}  // namespace
}  // namespace tern::kernel
