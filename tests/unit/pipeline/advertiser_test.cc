// The messages that neighbors get for a change, one by one.
#include "bgpd/pipeline/advertiser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "bgpd/pipeline/attribute_sets.h"
#include "tests/unit/pipeline/little_memory.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

TEST(Advertiser, AnnouncesReplacesWithdraws) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).via(a);
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
  EXPECT_TRUE(a.listen().empty());  // split horizon
  route(kWhere).as_path({65001, 65001}).via(a);
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
  EXPECT_EQ(b.holds(kWhere)->as_path.to_string(), "65000 65001 65001");
  a.withdraw(kWhere);
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_TRUE(b.listen().empty());
  EXPECT_EQ(b.advertised().announced[0], 2U);
  EXPECT_EQ(b.advertised().withdrawn[0], 1U);
  EXPECT_EQ(b.advertised().updates, 5U);  // two of them End-of-RIB
  EXPECT_FALSE(b.misunderstood);
}

TEST(Advertiser, WhatLooksTheSameThereIsNotAdvertisedAgain) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).med(10).via(a);
  (void)b.listen();
  route(kWhere).med(20).via(a);  // MED does not cross
  EXPECT_TRUE(b.listen().empty());
}

TEST(Advertiser, ABestPathOfTheNeighbourItselfIsAWithdrawal) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).as_path({65001, 65009}).via(a);
  (void)b.listen();
  route(kWhere).via(b);  // shorter: now the best
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_EQ(a.listen(), Heard{"announce " + kWhere});
}

// A later route with the same attributes finds the memory.
TEST_F(LittleMemory, ASetWithoutMemoryIsNotRememberedAsWithheld) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).as_path({65001, 7}).via(a);
  fill(a);
  EXPECT_TRUE(b.listen().empty());
  make_room();
  route("198.51.100.0/24").as_path({65001, 7}).via(a);
  EXPECT_EQ(b.listen(), Heard{"announce 198.51.100.0/24"});
}

TEST(Advertiser, ChangesThatWaitAreAdvertisedOnce) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (std::uint32_t n = 1; n <= 50; ++n) {
    route(kWhere).as_path(std::vector<Asn>(n, 65001)).via(a);
  }
  route("198.51.100.0/24").via(a);
  a.withdraw("198.51.100.0/24");
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});  // and nothing of the other
  EXPECT_EQ(b.holds(kWhere)->as_path.length(), 51U);
}

TEST(Advertiser, PrefixesOfOneSetShareAMessage) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int n = 0; n < 100; ++n) route("10." + std::to_string(n) + ".0.0/16").via(a);
  EXPECT_EQ(b.listen().size(), 100U);
  EXPECT_EQ(b.advertised().updates, 3U);  // two of them End-of-RIB
  tern.remove(a);
  EXPECT_EQ(b.listen().size(), 100U);
  EXPECT_EQ(b.advertised().updates, 4U);
}

TEST(Advertiser, ASocketTakesWhatItCan) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int n = 0; n < 100; ++n) {
    const auto length = static_cast<std::size_t>(n % 3 + 1);
    route("10." + std::to_string(n) + ".0.0/16").as_path(std::vector<Asn>(length, 65001)).via(a);
  }
  tern.spread();
  Heard heard;
  while (b.has_more()) {
    for (std::string& line : b.read(7)) heard.push_back(std::move(line));
  }
  EXPECT_EQ(heard.size(), 100U);
  EXPECT_EQ(b.table().size(), 100U);
  EXPECT_EQ(b.advertised().announced[0], 100U);
  EXPECT_EQ(b.advertised().updates, 5U);  // three, and two End-of-RIB before
  EXPECT_FALSE(b.misunderstood);
}

TEST(Advertiser, ReportsHowOldTheOldestUpdateIs) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route("10.1.0.0/16").via(a);
  tern.spread(111);
  route("10.2.0.0/16").via(a);
  tern.spread(222);
  std::array<std::span<const std::byte>, 4> runs;
  std::size_t kept = 0;
  const auto took = [&](std::size_t octets) {
    return b.adj_rib_out().took(octets, [&kept](wire::Bytes rest) { kept += rest.size(); });
  };
  ASSERT_GT(b.adj_rib_out().collect(runs, 65536), 0U);
  EXPECT_EQ(took(0), 0U);  // nothing has left
  ASSERT_GT(b.adj_rib_out().collect(runs, 65536), 0U);
  EXPECT_EQ(took(30), 111U);
  EXPECT_GT(kept, 0U);
  ASSERT_GT(b.adj_rib_out().collect(runs, 65536), 0U);
  EXPECT_EQ(took(runs[0].size()), 222U);
  EXPECT_FALSE(b.has_more());
  // What is kept to be written next counts as left.
  route("10.1.0.0/16").as_path({65001, 65001}).via(a);
  tern.spread(444);
  route("10.2.0.0/16").as_path({65001, 65001}).via(a);
  tern.spread(555);
  (void)b.read(30);
  EXPECT_EQ(b.oldest_read, 444U);
  (void)b.read();
  EXPECT_EQ(b.oldest_read, 555U);
  (void)b.read();
  EXPECT_EQ(b.oldest_read, 0U);
  // What has no time does not hide what has one.
  route("10.3.0.0/16").via(a);
  tern.spread(0);
  route("10.4.0.0/16").via(a);
  tern.spread(333);
  (void)b.read();
  EXPECT_EQ(b.oldest_read, 333U);
}

TEST(Advertiser, ABudgetIsKept) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int n = 0; n < 100; ++n) route("10." + std::to_string(n) + ".0.0/16").via(a);
  EXPECT_TRUE(tern.advertiser.advertise(30, 0));
  EXPECT_EQ(b.read().size(), 30U);
  EXPECT_TRUE(tern.advertiser.advertise(69, 0));
  EXPECT_FALSE(tern.advertiser.advertise(30, 0));
  EXPECT_EQ(b.read().size(), 70U);
}

// ---- Families

TEST(Advertiser, FamiliesThatWereNotNegotiatedAreSilent) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv6Unicast};
  Neighbour& b = tern.add(session);
  route(kWhere).via(a);
  route("2001:db8:1::/48").via(a);
  EXPECT_EQ(b.listen(), Heard{"announce 2001:db8:1::/48"});
}

// Unicast and multicast routes to one prefix are two destinations.
TEST(Advertiser, OnePrefixInTwoFamilies) {
  constexpr Family kMulticast = Family::Ipv4Multicast;
  Speaker tern;
  const auto with_multicast = [](Session session) {
    session.facts.families.insert(kMulticast);
    session.facts.receive.families.insert(kMulticast);
    return session;
  };
  Neighbour& a = tern.add(with_multicast(ebgp(65001, 1)));
  Neighbour& b = tern.add(with_multicast(ebgp(65002, 2)));
  Neighbour& c = tern.add(ebgp(65003, 3));
  const Nlri unicast_route = unicast(prefix(kWhere));
  const Nlri multicast_route{prefix(kWhere), kMulticast};

  route(kWhere).med(1).via(a);
  route(kWhere).as_path({65001, 65009}).in(kMulticast).via(a);
  EXPECT_EQ(b.listen().size(), 2U);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere}) << "it does not speak multicast";
  ASSERT_TRUE(b.table().contains(unicast_route));
  ASSERT_TRUE(b.table().contains(multicast_route));
  EXPECT_EQ(b.table().at(unicast_route).as_path.to_string(), "65000 65001");
  EXPECT_EQ(b.table().at(multicast_route).as_path.to_string(), "65000 65001 65009");
  EXPECT_EQ(b.table().at(multicast_route).next_hop.global, address("192.0.2.1"))
      << "of the exchange LAN, in MP_REACH_NLRI";
  EXPECT_EQ(b.advertised().announced[index(Family::Ipv4Unicast)], 1U);
  EXPECT_EQ(b.advertised().announced[index(kMulticast)], 1U);

  (void)a.withdraw({unicast_route});
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_FALSE(b.table().contains(unicast_route));
  EXPECT_TRUE(b.table().contains(multicast_route));
  EXPECT_EQ(c.listen(), Heard{"withdraw " + kWhere});
  tern.remove(a);
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_TRUE(b.table().empty());
  EXPECT_TRUE(c.listen().empty());
  EXPECT_FALSE(b.misunderstood || c.misunderstood);
}

// A message is of one family, whatever numbers the sets have.
TEST(Advertiser, FamiliesThatChangeAtOnceShareNoMessage) {
  constexpr std::uint32_t kRoutes = 16;
  Session session = ebgp(65001, 1);
  Session other = ebgp(65002, 2);
  for (Session* each : {&session, &other}) {
    for (const Family family : kFamilies) {
      each->facts.families.insert(family);
      each->facts.receive.families.insert(family);
    }
  }
  Speaker tern;
  Neighbour& a = tern.add(session);
  Neighbour& b = tern.add(other);
  std::size_t routes = 0;
  for (std::uint32_t n = 0; n < kRoutes; ++n) {
    for (const Family family : kFamilies) {
      const std::string where = row(family).version == IpVersion::V4
                                    ? "10." + std::to_string(n) + ".0.0/16"
                                    : "2001:db8:" + std::to_string(n) + "::/48";
      route(where).as_path({65001, 65100 + n}).in(family).via(a);
      ++routes;
    }
  }
  EXPECT_EQ(b.listen().size(), routes);
  EXPECT_EQ(b.table().size(), routes);
  EXPECT_FALSE(b.misunderstood);
}

// ---- A route server (RFC 7947 section 2.3)

TEST(Advertiser, AClientGetsTheBestOfWhatItMayHave) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  Neighbour& b = tern.add(route_server_client(65002, 2));
  Session hidden = route_server_client(65003, 3);
  hidden.export_.policies = unless_tagged(3);
  Neighbour& c = tern.add(hidden);
  hidden = route_server_client(65004, 4);
  hidden.export_.policies = unless_tagged(3);
  hidden.export_.path_hiding_mitigation = false;
  Neighbour& d = tern.add(hidden);
  route(kWhere).as_path({65001}).community(Community::of(65000, 3)).via(a);
  route(kWhere).as_path({65002, 65009}).via(b);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere});
  EXPECT_EQ(c.holds(kWhere)->as_path.to_string(), "65002 65009");
  EXPECT_TRUE(d.listen().empty());  // the best is hidden from it, and it sees nothing else
  (void)a.listen();
  EXPECT_EQ(a.holds(kWhere)->as_path.to_string(), "65002 65009");  // not its own
  (void)b.listen();
  EXPECT_EQ(b.holds(kWhere)->as_path.to_string(), "65001");
}

// ---- Messages

TEST(Advertiser, OldSpeakersGetTwoOctetPaths) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(4200000001U, 1));
  Session old = ebgp(65002, 2);
  old.facts.four_octet_as = false;
  Neighbour& b = tern.add(old);
  route(kWhere).via(a);
  (void)b.listen();
  EXPECT_EQ(b.holds(kWhere)->as_path.to_string(), "65000 4200000001");  // through AS4_PATH
  EXPECT_FALSE(b.misunderstood);
}

// RFC 8654 section 4 and RFC 4271 section 9.2
TEST(Advertiser, WhatFitsNoMessageIsWithdrawn) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  Session wide = ebgp(65003, 3);
  wide.facts.max_message = 65535;
  Neighbour& c = tern.add(wide);
  route(kWhere).via(a);
  (void)b.listen();
  (void)c.listen();
  RouteBuilder large = route(kWhere);
  for (std::uint16_t n = 0; n < 1500; ++n) large.community(Community::of(65001, n));
  large.via(a);
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_EQ(tern.rib.audiences().held().of(b.slot(), Family::Ipv4Unicast), 0U);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere});
  EXPECT_GT(c.longest_message, 6000U);
  EXPECT_LE(b.longest_message, 4096U);
  route(kWhere).via(a);  // small again
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
}

// A next hop that policy writes is ours for a client only where it is our end of its session.
TEST(Advertiser, ANextHopOfPolicyIsReadWithTheSession) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  policy::ActionSource actions;
  actions.next_hop = v6_of(254);
  Session client = route_server_client(65002, 2);
  client.export_.policies = accept_with(actions);
  client.facts.local_address = v6_of(254);
  Neighbour& b = tern.add(client);
  client.facts.slot = 3;
  client.facts.local_address = v6_of(253);
  Neighbour& c = tern.add(client);
  route(kWhere).via(a);
  EXPECT_EQ(c.listen(), Heard{});  // an IPv6 next hop, and none of ours that could stand in
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
  EXPECT_EQ(b.holds(kWhere)->next_hop.global, v4_of(254));
  EXPECT_EQ(tern.advertiser.group_count(), 3U);
}

TEST(Advertiser, WhatWaitsForAClientIsKnown) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  EXPECT_EQ(b.waiting(), 0U);
  for (std::uint32_t n = 0; n < 5; ++n) route("10." + std::to_string(n) + ".0.0/16").med(n).via(a);
  tern.spread();
  const std::uint64_t waiting = b.waiting();
  EXPECT_GT(waiting, 0U);
  const std::uint64_t before = b.octets;
  (void)b.read(30);
  EXPECT_EQ(b.waiting(), waiting - 30);
  (void)b.read();
  EXPECT_EQ(b.octets - before, waiting);
  EXPECT_EQ(b.waiting(), 0U);
}

// ---- Slots

TEST(Advertiser, ASlotIsUsedAgain) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  for (int n = 0; n < 10; ++n) route("10." + std::to_string(n) + ".0.0/16").via(a);
  Neighbour* b = &tern.add(route_server_client(65002, 2));
  EXPECT_EQ(b->table().size(), 10U);
  for (int round = 0; round < 3; ++round) {
    route("10.1.0.0/16").med(static_cast<std::uint32_t>(round)).via(a);
    tern.spread();
    (void)b->read(25);  // leaves in the middle of a message
    tern.remove(*b);
    EXPECT_EQ(tern.advertiser.client(2), nullptr);
    EXPECT_EQ(tern.advertisers.adj_rib_out(2), nullptr);
    a.withdraw("10." + std::to_string(round + 4) + ".0.0/16");
    tern.spread();
    const Session next = round == 1 ? ebgp(65009, 2) : route_server_client(65002, 2);
    b = &tern.join(next);
    const Heard heard = b->listen();
    EXPECT_EQ(b->table().size(), 9U - static_cast<std::size_t>(round));
    EXPECT_EQ(heard.back(), "end-of-rib ipv6-unicast");
    EXPECT_FALSE(b->misunderstood);
    EXPECT_EQ(tern.rib.audiences().held().of(2, Family::Ipv4Unicast), b->table().size());
  }
}

}  // namespace
}  // namespace tern::pipeline
