// What a neighbour is told of a change.
#include "bgpd/pipeline/export.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

const std::string kWhere = "203.0.113.0/24";

// "Do not tell this to AS n" as 65000:n, the way route servers do it.
policy::Chain unless_tagged(std::uint16_t n) {
  policy::TermSource reject;
  reject.match.communities = {*policy::parse_community_pattern("65000:" + std::to_string(n))};
  reject.then = policy::TermSource::Then::Reject;
  policy::TermSource rest;
  rest.then = policy::TermSource::Then::Accept;
  return chain({reject, rest});
}

Session with_add_path(Session session, std::uint32_t most) {
  session.facts.add_path_send = {Family::Ipv4Unicast};
  session.export_.add_path_send = most;
  return session;
}

TEST(Export, AnnouncesReplacesWithdraws) {
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
  EXPECT_EQ(b.export_.counters().announced[0], 2U);
  EXPECT_EQ(b.export_.counters().withdrawn[0], 1U);
  EXPECT_EQ(b.export_.counters().updates, 3U);
  EXPECT_FALSE(b.misunderstood);
}

TEST(Export, WhatLooksTheSameThereIsNotToldAgain) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).med(10).via(a);
  (void)b.listen();
  route(kWhere).med(20).via(a);  // MED does not cross
  EXPECT_TRUE(b.listen().empty());
}

TEST(Export, ABestPathOfTheNeighbourItselfIsAWithdrawal) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).as_path({65001, 65009}).via(a);
  (void)b.listen();
  route(kWhere).via(b);  // shorter: now the best
  EXPECT_EQ(b.listen(), Heard{"withdraw " + kWhere});
  EXPECT_EQ(a.listen(), Heard{"announce " + kWhere});
}

TEST(Export, ASlowNeighbourHearsThePresentStateOnce) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (std::uint32_t n = 1; n <= 50; ++n) {
    route(kWhere).as_path(std::vector<Asn>(n, 65001)).via(a);
    tern.spread();
  }
  route("198.51.100.0/24").via(a);
  tern.spread();
  a.withdraw("198.51.100.0/24");
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});  // and nothing of the other
  EXPECT_EQ(b.holds(kWhere)->as_path.length(), 51U);
}

TEST(Export, PrefixesOfOneSetShareAMessage) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int n = 0; n < 100; ++n) route("10." + std::to_string(n) + ".0.0/16").via(a);
  EXPECT_EQ(b.listen().size(), 100U);
  EXPECT_EQ(b.export_.counters().updates, 1U);
  tern.remove(a);
  EXPECT_EQ(b.listen().size(), 100U);
  EXPECT_EQ(b.export_.counters().updates, 2U);
}

TEST(Export, ALimitIsMetAndTheRestFollows) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int n = 0; n < 100; ++n) route("10." + std::to_string(n) + ".0.0/16").via(a);
  EXPECT_EQ(b.listen(kAnyAmount, 30).size(), 30U);
  EXPECT_TRUE(b.filled.more);
  EXPECT_TRUE(b.listen(0, kAnyAmount).empty());  // no room at all
  EXPECT_TRUE(b.filled.more);
  EXPECT_EQ(b.listen(1, kAnyAmount).size(), 70U);  // about the limit: one slice
  EXPECT_FALSE(b.filled.more);
  EXPECT_TRUE(b.export_.idle());
  EXPECT_EQ(b.table().size(), 100U);
}

TEST(Export, ANeighbourThatNeverCatchesUpMissesNothing) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  for (int round = 0; round < 3000; ++round) {
    route("10." + std::to_string(round % 7) + ".0.0/16")
        .as_path(std::vector<Asn>(1 + static_cast<std::size_t>(round) % 5, 65001))
        .via(a);
    if (round % 3 != 0) (void)b.listen(kAnyAmount, 1);
  }
  (void)b.listen();
  for (int n = 0; n < 7; ++n) {
    const std::string where = "10." + std::to_string(n) + ".0.0/16";
    const rib::Destination& destination = *tern.rib.find(prefix(where));
    const auto& in_table = tern.rib.attributes()[destination.best()->effective].attributes;
    EXPECT_EQ(b.holds(where)->as_path.length(), in_table.as_path.length() + 1);
  }
}

TEST(Export, TellsHowOldTheOldestServedUpdateIs) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route("10.1.0.0/16").via(a);
  tern.spread(111);
  route("10.2.0.0/16").via(a);
  tern.spread(222);
  (void)b.listen(kAnyAmount, 1);
  EXPECT_EQ(b.filled.oldest_read, 0U);  // not all of them are served
  (void)b.listen();
  EXPECT_EQ(b.filled.oldest_read, 111U);
  (void)b.listen();
  EXPECT_EQ(b.filled.oldest_read, 0U);
  // A mark without a time does not hide one that has it.
  route("10.3.0.0/16").via(a);
  tern.spread(0);
  route("10.4.0.0/16").via(a);
  tern.spread(333);
  (void)b.listen();
  EXPECT_EQ(b.filled.oldest_read, 333U);
}

TEST(Export, FamiliesThatWereNotNegotiatedAreSilent) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv6Unicast};
  Neighbour& b = tern.add(session);
  route(kWhere).via(a);
  route("2001:db8:1::/48").via(a);
  EXPECT_EQ(b.listen(), Heard{"announce 2001:db8:1::/48"});
}

// ---- A route server (RFC 7947 section 2.3)

TEST(Export, AClientGetsTheBestOfWhatItMayHave) {
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

// ---- Add-Path (RFC 7911)

TEST(Export, AddPathSendsTheBestFew) {
  Speaker tern;
  std::vector<Neighbour*> sources;
  for (std::uint32_t n = 1; n <= 4; ++n) sources.push_back(&tern.add(ebgp(65000 + n, n)));
  Neighbour& c = tern.add(with_add_path(ibgp(9), 2));
  for (std::uint32_t n = 4; n >= 1; --n) {
    route(kWhere).as_path(std::vector<Asn>(n, 65000 + n)).via(*sources[n - 1]);
  }
  (void)c.listen();
  const auto lengths = [&] {
    std::vector<std::uint32_t> found;
    for (const auto& [nlri, attributes] : c.table()) found.push_back(attributes.as_path.length());
    std::sort(found.begin(), found.end());
    return found;
  };
  EXPECT_EQ(lengths(), (std::vector<std::uint32_t>{1, 2}));
  EXPECT_FALSE(c.misunderstood);
  for (const auto& [nlri, attributes] : c.table()) EXPECT_NE(nlri.path_id, 0U);
  sources[0]->withdraw(kWhere);
  EXPECT_EQ(c.listen().size(), 2U);  // one goes, the next comes
  EXPECT_EQ(lengths(), (std::vector<std::uint32_t>{2, 3}));
  for (Neighbour* source : sources) source->withdraw(kWhere);
  (void)c.listen();
  EXPECT_TRUE(c.table().empty());
}

TEST(Export, AddPathIsPerFamily) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& c = tern.add(with_add_path(ebgp(65009, 9), 4));
  route("2001:db8:1::/48").via(a);
  route(kWhere).via(a);
  EXPECT_EQ(c.listen(), (Heard{"announce " + kWhere + " id 1", "announce 2001:db8:1::/48"}));
}

// ---- Messages

TEST(Export, OldSpeakersGetTwoOctetPaths) {
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
TEST(Export, WhatFitsNoMessageIsWithdrawn) {
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
  EXPECT_EQ(b.export_.counters().too_large, 1U);
  EXPECT_EQ(b.export_.adj_rib_out().size(Family::Ipv4Unicast), 0U);
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere});
  EXPECT_GT(c.longest_message, 6000U);
  EXPECT_LE(b.longest_message, 4096U);
  route(kWhere).via(a);  // small again
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
}

// ---- What is remembered

TEST(Export, ANewIdentifierOfTheSourceShowsInOriginatorId) {
  Speaker tern;
  Neighbour& c = tern.add(reflector_client(5));
  Neighbour* a = &tern.add(ibgp(1));
  route(kWhere).as_path({65009}).via(*a);
  (void)c.listen();
  ASSERT_EQ(c.holds(kWhere)->originator_id, address("10.0.0.1"));
  tern.remove(*a);  // comes back as another router with the same routes
  Session other = ibgp(1);
  other.facts.peer_identifier = 0x0A000063;
  a = &tern.add(other);
  route(kWhere).as_path({65009}).via(*a);
  (void)c.listen();
  EXPECT_EQ(c.holds(kWhere)->originator_id, address("10.0.0.99"));
}

TEST(Export, TheFamiliesOfOneSetAreJudgedApart) {
  Speaker tern;
  Session speaks_both = route_server_client(65001, 1);
  speaks_both.facts.receive.extended_next_hop = {Family::Ipv4Unicast};  // RFC 8950
  Neighbour& a = tern.add(speaks_both);
  Neighbour& b = tern.add(route_server_client(65002, 2));  // cannot reach IPv4 that way
  route(kWhere).next_hop("2001:db8::1").via(a);
  route("2001:db8:1::/48").next_hop("2001:db8::1").via(a);
  EXPECT_EQ(b.listen(), Heard{"announce 2001:db8:1::/48"});
}

TEST(Export, EveryCountIsGivenBack) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  Neighbour& c = tern.add(with_add_path(ibgp(3), 4));
  for (int n = 0; n < 20; ++n) {
    route("10." + std::to_string(n) + ".0.0/16").med(static_cast<std::uint32_t>(n)).via(a);
    route("10." + std::to_string(n) + ".0.0/16").via(b);
  }
  (void)b.listen();
  (void)c.listen();
  std::unique_ptr<rib::AdjRibOut> left = c.export_.release();
  EXPECT_EQ(left->size(Family::Ipv4Unicast), 40U);
  EXPECT_FALSE(left->clear(5));
  left.reset();
  tern.remove(a);
  tern.remove(b);
  EXPECT_EQ(tern.rib.attributes().size(), 0U);
  EXPECT_EQ(tern.rib.attributes().bytes(), 0U);
  for (rib::DestId id = 0; id < tern.rib.end(); ++id) {
    EXPECT_FALSE(tern.rib.destination(id).in_use);
  }
}

TEST(Export, WithoutReleaseNothingIsKeptEither) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  {
    Neighbour b(tern.rib, ebgp(65002, 2));
    route(kWhere).via(a);
    b.export_.walk_initial();
    ASSERT_EQ(b.listen().size(), 3U);
  }
  tern.remove(a);
  EXPECT_EQ(tern.rib.attributes().size(), 0U);
}

TEST(Export, WantedIsWhatWillBeHeld) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).via(a);
  const rib::DestId id = *tern.rib.find_id(prefix(kWhere));
  std::vector<rib::Advertised> wanted;
  b.export_.wanted(id, wanted);
  ASSERT_EQ(wanted.size(), 1U);
  EXPECT_EQ(tern.rib.attributes()[wanted[0].attributes].attributes.as_path.to_string(),
            "65000 65001");
  a.export_.wanted(id, wanted);
  EXPECT_TRUE(wanted.empty());
}

}  // namespace
}  // namespace tern::pipeline
