#include "bgpd/session/interfaces.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <string>
#include <vector>

namespace tern::session {
namespace {

constexpr unsigned kLoopback = 1;
constexpr unsigned kEthernet = 2;

IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

// "192.0.2.1/24" on an interface.
InterfaceAddress on(unsigned interface, const std::string& text) {
  InterfaceAddress made;
  made.interface = interface;
  const auto slash = text.find('/');
  made.address = ip(text.substr(0, slash));
  made.on_link = Prefix(made.address, static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1))));
  return made;
}

TEST(FindLink, TheSubnetThatHoldsBoth) {
  const std::vector<InterfaceAddress> all{on(kLoopback, "127.0.0.1/8"),
                                          on(kEthernet, "198.51.100.1/24"),
                                          on(kEthernet, "192.0.2.1/24")};
  EXPECT_EQ(find_link(all, ip("192.0.2.1"), ip("192.0.2.9")).subnet, Prefix::parse("192.0.2.0/24"));
  EXPECT_FALSE(find_link(all, ip("192.0.2.1"), ip("203.0.113.9")).subnet);
  EXPECT_FALSE(find_link(all, ip("192.0.2.2"), ip("192.0.2.9")).subnet);  // none of ours
}

// The same address may stand on several interfaces: the one that the neighbor is on counts.
TEST(FindLink, OfSeveralInterfacesTheNeighbours) {
  const std::vector<InterfaceAddress> all{
      on(kLoopback, "192.0.2.1/32"), on(kLoopback, "2001:db8:1::1/128"),
      on(kEthernet, "192.0.2.1/24"), on(kEthernet, "2001:db8:2::1/64")};
  EXPECT_EQ(find_link(all, ip("192.0.2.1"), ip("192.0.2.9")).v6, ip("2001:db8:2::1"));
  EXPECT_EQ(find_link(all, ip("192.0.2.1"), ip("203.0.113.9")).v6, ip("2001:db8:1::1"));
}

TEST(FindLink, LinkLocalAddressesStandOnManyInterfaces) {
  const std::vector<InterfaceAddress> all{
      on(kLoopback, "fe80::1/64"), on(kLoopback, "192.0.2.1/32"), on(kEthernet, "fe80::1/64"),
      on(kEthernet, "192.0.2.2/32")};
  EXPECT_EQ(find_link(all, ip("fe80::1"), ip("fe80::2"), kEthernet).v4, ip("192.0.2.2"));
}

TEST(FindLink, APointToPointLinkReachesThePeer) {
  InterfaceAddress tunnel = on(kEthernet, "10.0.0.1/32");
  tunnel.on_link = *Prefix::parse("10.0.0.2/32");
  const std::vector<InterfaceAddress> all{tunnel};
  EXPECT_EQ(find_link(all, ip("10.0.0.1"), ip("10.0.0.2")).subnet, Prefix::parse("10.0.0.2/32"));
}

// Whatever the order in which the kernel lists them.
TEST(FindLink, TheAddressOfTheOtherVersionLastsAndIsTheLowest) {
  std::vector<InterfaceAddress> all{
      on(kEthernet, "192.0.2.1/24"),      on(kEthernet, "2001:db8::4/64"),
      on(kEthernet, "2001:db8::9/64"),    on(kEthernet, "2001:db8::1/64"),
      on(kEthernet, "2001:db8::2/64"),    on(kEthernet, "2001:db8::3/64"),
      on(kLoopback, "2001:db8:1::1/128"), on(kEthernet, "fe80::7/64"),
      on(kEthernet, "fe80::6/64")};
  all[3].temporary = true;
  all[4].deprecated = true;
  all[5].tentative = true;
  const auto wanted = [&] { return find_link(all, ip("192.0.2.1"), ip("192.0.2.9")); };
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  EXPECT_EQ(wanted().v6, ip("2001:db8::4"));
  std::reverse(all.begin(), all.end());
  EXPECT_EQ(wanted().v6, ip("2001:db8::4"));
  EXPECT_EQ(wanted().link_local, ip("fe80::6"));
  // One that does not last is better than none.
  std::erase_if(all, [](const auto& one) {
    return one.address.is_v6() && !one.temporary && !one.deprecated && !one.tentative;
  });
  EXPECT_EQ(wanted().v6, ip("2001:db8::1"));
}

TEST(FindLink, LoopbackAddressesAreNoNextHops) {
  const std::vector<InterfaceAddress> all{on(kLoopback, "127.0.0.1/8"), on(kLoopback, "::1/128")};
  EXPECT_FALSE(find_link(all, ip("127.0.0.1"), ip("127.0.0.2")).v6);
}

TEST(InterfaceAddresses, TheKernelTellsOfTheLoopback) {
  const auto all = interface_addresses();
  ASSERT_TRUE(all);
  const auto loopback = std::find_if(all->begin(), all->end(), [](const InterfaceAddress& one) {
    return one.address == ip("127.0.0.1");
  });
  ASSERT_NE(loopback, all->end());
  EXPECT_EQ(loopback->on_link, *Prefix::parse("127.0.0.0/8"));
  EXPECT_NE(loopback->interface, 0U);
}

TEST(HostWatch, KnowsTheAddressesFromTheStart) {
  boost::asio::io_context context;
  const HostWatch watch(context, [](const pipeline::HostAddresses&) { ADD_FAILURE(); });
  EXPECT_TRUE(watch.addresses()->contains(ip("127.0.0.1")));
}

TEST(HostWatch, ReadsTheAddressesAgainWhenTheyCouldNotBeRead) {
  boost::asio::io_context context;
  const boost::asio::steady_timer opens_what_the_context_needs(context);
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit none{0, files.rlim_max};
  bool changed = false;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const HostWatch watch(context, [&](const pipeline::HostAddresses&) { changed = true; });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_FALSE(watch.addresses()->contains(ip("127.0.0.1")));
  while (!changed && context.run_one() > 0) {
  }
  EXPECT_TRUE(changed);
  EXPECT_TRUE(watch.addresses()->contains(ip("127.0.0.1")));
}

}  // namespace
}  // namespace tern::session
