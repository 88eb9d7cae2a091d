// Destinations of many parts, and many clients.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

// Every client with a policy of its own: a destination has as many parts as clients.
TEST(Advertiser, FiveHundredClasses) {
  constexpr std::uint32_t kClients = 500;
  constexpr std::uint32_t kWays = 7;
  Speaker tern;
  Neighbour& a = tern.add(ebgp(64901, 901));
  Neighbour& b = tern.add(ebgp(64902, 902));
  std::vector<Neighbour*> clients;
  for (std::uint32_t n = 0; n < kClients; ++n) {
    // Of 65000:k, every seventh is not told.
    const policy::TermSource hidden = on_tag(n % kWays, policy::TermSource::Then::Reject);
    policy::TermSource rest = accept();
    rest.actions.med = policy::SetNumber{policy::SetNumber::Op::Set, n};
    Session session = route_server_client(65001 + n, 1 + n);
    session.export_.policies = chain({hidden, rest});
    clients.push_back(&tern.add(session));
  }
  EXPECT_EQ(tern.advertiser.group_count(), kClients + 2);
  const auto expect = [&](const auto& path_of) {
    tern.settle();
    for (std::uint32_t n = 0; n < kClients; ++n) {
      (void)clients[n]->read();
      EXPECT_FALSE(clients[n]->misunderstood);
      const auto held = clients[n]->holds(kWhere);
      const std::string path = path_of(n);
      ASSERT_EQ(held ? held->as_path.to_string() : "", path) << n;
      if (held) {
        ASSERT_EQ(held->med, n);
      }
    }
  };
  route(kWhere).community(Community::of(65000, 3)).via(a);
  expect([](std::uint32_t n) { return n % kWays == 3 ? "" : "64901"; });
  EXPECT_EQ(tern.rib.find(unicast(prefix(kWhere)))->advertised.size(), kClients - 71 + 1);  // and b
  const std::uint64_t octets = clients[0]->octets;
  route(kWhere).as_path({64902, 64999}).via(b);  // longer: for those that lack the other
  expect([](std::uint32_t n) { return n % kWays == 3 ? "64902 64999" : "64901"; });
  EXPECT_EQ(clients[0]->octets, octets);  // which are told, and nobody else
  route(kWhere).community(Community::of(65000, 5)).via(a);
  expect([](std::uint32_t n) { return n % kWays == 5 ? "64902 64999" : "64901"; });
  b.withdraw(kWhere);
  expect([](std::uint32_t n) { return n % kWays == 5 ? "" : "64901"; });
  a.withdraw(kWhere);
  expect([](std::uint32_t) { return ""; });
  EXPECT_FALSE(tern.rib.find_id(unicast(prefix(kWhere))));
}

// The octets of all clients are written before those of a later change.
TEST(Advertiser, TheMoreClientsTheLessWaitsInTheLog) {
  const auto octets_until_congested = [](std::uint32_t clients) {
    Speaker tern;
    Neighbour& source = tern.add(ebgp(64901, 901));
    for (std::uint32_t n = 0; n < clients; ++n) tern.add(ebgp(65001 + n, 1 + n));
    std::vector<std::byte> value(3600);
    std::uint64_t octets = 0;
    for (unsigned stamp = 0; !tern.advertiser.congested() && octets < 4U << 20U; ++stamp) {
      value[0] = static_cast<std::byte>(stamp >> 8U);
      value[1] = static_cast<std::byte>(stamp);
      RouteBuilder changed = route(kWhere);
      changed.attributes().unknown = {{0xE0, 200, value}};
      changed.via(source);
      tern.spread();
      octets = tern.advertiser.client(1)->lag();
    }
    return octets;
  };
  const auto expect = [](std::uint64_t octets, std::uint64_t bound) {
    constexpr std::uint64_t kMessage = 4096;
    EXPECT_GT(octets, bound);
    EXPECT_LE(octets, bound + kMessage);
  };
  expect(octets_until_congested(2), 1U << 20U);
  expect(octets_until_congested(63), 128U << 10U);
  expect(octets_until_congested(1000), 16U << 10U);
}

}  // namespace
}  // namespace tern::pipeline
