// The objects that the advertiser remembers and shares: export groups, attribute sets, audiences,
// octets.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/advertiser.h"
#include "bgpd/pipeline/attribute_sets.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

// ---- What is remembered

TEST(AdvertiserGroups, ANewIdentifierOfTheSourceShowsInOriginatorId) {
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

TEST(AdvertiserGroups, TheFamiliesOfOneSetAreJudgedApart) {
  Speaker tern;
  Session speaks_both = route_server_client(65001, 1);
  speaks_both.facts.receive.extended_next_hop = {Family::Ipv4Unicast};  // RFC 8950
  Neighbour& a = tern.add(speaks_both);
  Neighbour& b = tern.add(route_server_client(65002, 2));  // cannot reach IPv4 that way
  route(kWhere).next_hop("2001:db8::1").via(a);
  route("2001:db8:1::/48").next_hop("2001:db8::1").via(a);
  EXPECT_EQ(b.listen(), Heard{"announce 2001:db8:1::/48"});
}

// The AS of the neighbor stays, so clients with private ASes receive different paths.
TEST(AdvertiserGroups, PrivateAsnsAreRemovedForEachNeighbor) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(100, 1));
  std::vector<Neighbour*> advertised;
  for (const Asn asn : {65013U, 65014U, 200U, 201U}) {
    Session session = route_server_client(asn, static_cast<std::uint32_t>(advertised.size()) + 2);
    session.export_.remove_private_asns = true;
    advertised.push_back(&tern.add(session));
  }
  EXPECT_EQ(tern.advertiser.group_count(), 4U);  // of these, the two of public ASes share one
  route(kWhere).as_path({100, 65013, 65014}).via(a);
  for (Neighbour* one : advertised) (void)one->listen();
  EXPECT_EQ(advertised[0]->holds(kWhere)->as_path.to_string(), "100 65013");
  EXPECT_EQ(advertised[1]->holds(kWhere)->as_path.to_string(), "100 65014");
  EXPECT_EQ(advertised[2]->holds(kWhere)->as_path.to_string(), "100");
  EXPECT_EQ(advertised[3]->holds(kWhere)->as_path.to_string(), "100");
}

TEST(AdvertiserGroups, EveryCountIsGivenBack) {
  Speaker tern;
  Session several = ibgp(3);
  several.facts.add_path_send = several.facts.families;
  several.export_.add_path_send = 4;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  Neighbour& c = tern.add(several);
  for (int n = 0; n < 20; ++n) {
    route("10." + std::to_string(n) + ".0.0/16").med(static_cast<std::uint32_t>(n)).via(a);
    route("10." + std::to_string(n) + ".0.0/16").via(b);
  }
  (void)b.listen();
  EXPECT_EQ(c.listen().size(), 40U);
  EXPECT_EQ(tern.rib.audiences().held().of(c.slot(), Family::Ipv4Unicast), 40U);
  tern.remove(c);
  tern.remove(a);
  tern.remove(b);
  EXPECT_EQ(tern.shards.attributes().size(), 0U);
  EXPECT_EQ(tern.rib.memory().blocks, 0U);
  EXPECT_EQ(tern.advertiser.group_count(), 0U);
  EXPECT_EQ(tern.advertiser.log_bytes(), 0U);
  for (const PeerSlot slot : {1U, 2U, 3U}) {
    EXPECT_EQ(tern.rib.audiences().held().of(slot, Family::Ipv4Unicast), 0U);
  }
  for (rib::DestId id = 0; id < tern.rib.end(); ++id) {
    EXPECT_FALSE(tern.rib.destination(id).in_use);
  }
}

TEST(AdvertiserGroups, NothingIsKeptWhenItGoesFirst) {
  rib::Shards shards;
  rib::Rib& rib = shards[0];
  rib.set_peer(1, {PeerKind::Ebgp, 1, v4_of(1)});
  AdjRibsIn adj_ribs_in;
  Import import(shards, adj_ribs_in, ebgp(65001, 1).facts, ebgp(65001, 1).import);
  {
    Advertiser advertiser(rib);
    Session client = ebgp(65002, 2);
    advertiser.open(client.facts, client.export_,
                    std::make_shared<ExportCursor>(client.facts.slot));
    PathAttributes attributes = route(kWhere).of(import.facts());
    std::vector<std::byte> message;
    const std::vector<Nlri> where{unicast(prefix(kWhere))};
    (void)wire::encode_announcements(attributes, where, {true, false, 4096}, message);
    (void)receive(import, wire::Bytes(message).subspan(wire::kHeaderSize), 1000);
    while (advertiser.walking()) advertiser.walk(kAnyAmount);  // nobody ever reads
    message.clear();
    (void)wire::encode_withdrawals(where, {true, false, 4096}, message);
    (void)receive(import, wire::Bytes(message).subspan(wire::kHeaderSize), 1001);
    (void)advertiser.advertise(kAnyAmount, 0);
  }
  EXPECT_EQ(rib.attributes().size(), 0U);
  EXPECT_EQ(rib.audiences().size(), 0U);
}

TEST(AdvertiserGroups, TheTableHasWhatTheClientHolds) {
  Speaker tern;
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route(kWhere).via(a);
  tern.spread();
  std::vector<AdvertisedPath> advertised;
  list_advertised(tern.rib, *tern.rib.find(unicast(prefix(kWhere))), b.slot(), advertised);
  ASSERT_EQ(advertised.size(), 1U);
  EXPECT_EQ(advertised[0].path_id, 0U);
  (void)b.read();
  EXPECT_EQ(read(tern.shards.attributes()[advertised[0].attributes]).attributes, *b.holds(kWhere));
  list_advertised(tern.rib, *tern.rib.find(unicast(prefix(kWhere))), a.slot(), advertised);
  EXPECT_TRUE(advertised.empty());
}

// ---- Once for all

TEST(AdvertiserGroups, FiftyClientsShareTheOctets) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  std::vector<Neighbour*> clients;
  for (std::uint32_t n = 2; n < 52; ++n) {
    clients.push_back(&tern.add(route_server_client(65000 + n, n)));
  }
  EXPECT_EQ(tern.advertiser.group_count(), 1U);
  for (Neighbour* client : clients) (void)client->read();  // what others were sent
  std::vector<Nlri> prefixes;
  for (std::uint32_t n = 0; n < 100; ++n) {
    prefixes.push_back(unicast(Prefix::v4(0x0B000000U + (n << 16U), 16)));
  }
  PathAttributes attributes = route(kWhere).of(a.import.facts());
  (void)a.announce(attributes, prefixes);
  tern.spread();
  const std::uint64_t appended = clients[0]->client().lag();
  EXPECT_LT(appended, 600U);  // 100 prefixes of three octets and one set
  const std::uint64_t read_by_one = clients[0]->octets;
  for (Neighbour* client : clients) {
    EXPECT_EQ(client->client().lag(), appended);
    EXPECT_EQ(client->read().size(), 100U);
    EXPECT_FALSE(client->misunderstood);
  }
  EXPECT_EQ(clients[0]->octets - read_by_one, appended);  // one copy, which everybody reads
  EXPECT_TRUE(a.read().empty());
  const rib::Destination destination = *tern.rib.find(prefixes[0]);
  ASSERT_EQ(destination.advertised.size(), 1U);
  EXPECT_EQ(tern.rib.audiences()[destination.advertised[0].audience].size(), 50U);
}

TEST(AdvertiserGroups, GroupsAreMadeOfWhatMakesADifference) {
  Speaker tern;
  tern.add(route_server_client(65001, 1));
  tern.add(route_server_client(65002, 2));
  EXPECT_EQ(tern.advertiser.group_count(), 1U);
  Session old = route_server_client(65003, 3);
  old.facts.four_octet_as = false;
  tern.add(old);
  EXPECT_EQ(tern.advertiser.group_count(), 2U);
  Session picky = route_server_client(65004, 4);
  picky.export_.policies = unless_tagged(4);
  Neighbour& d = tern.add(picky);
  EXPECT_EQ(tern.advertiser.group_count(), 3U);
  d.set_rules(route_server_client(65004, 4).export_);
  EXPECT_EQ(tern.advertiser.group_count(), 2U);
  tern.add(ebgp(65005, 5));
  EXPECT_EQ(tern.advertiser.group_count(), 3U);
}

// Variants of different groups, or of different paths, that look the same are one set.
TEST(AdvertiserGroups, EqualVariantsAreOne) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  Session picky = route_server_client(65002, 2);
  picky.export_.policies = unless_tagged(4);
  Neighbour& b = tern.add(picky);
  Session transit = route_server_client(65003, 3);
  transit.import.enforce_first_as = false;  // sends a's route on
  Neighbour& c = tern.add(transit);
  ASSERT_EQ(tern.advertiser.group_count(), 2U);
  route(kWhere).via(a);
  tern.spread();
  rib::Destination destination = *tern.rib.find(unicast(prefix(kWhere)));
  ASSERT_EQ(destination.advertised.size(), 1U);
  EXPECT_EQ(tern.rib.audiences()[destination.advertised[0].audience].size(), 2U);
  // The same route by way of another client: the source of the best gets an equal one.
  route(kWhere).as_path({65001}).next_hop("192.0.2.1").via(c);
  tern.spread();
  destination = *tern.rib.find(unicast(prefix(kWhere)));
  ASSERT_EQ(destination.accepted, 2U);
  ASSERT_EQ(destination.advertised.size(), 1U);
  EXPECT_EQ(tern.rib.audiences()[destination.advertised[0].audience].size(), 3U);
  (void)a.read();
  (void)b.read();
  EXPECT_TRUE(a.holds(kWhere));
  EXPECT_TRUE(b.holds(kWhere));
}

// Only clients whose own route changed get an UPDATE.
TEST(AdvertiserGroups, ADifferenceConcernsSome) {
  Speaker tern;
  Neighbour& a = tern.add(route_server_client(65001, 1));
  Neighbour& b = tern.add(route_server_client(65002, 2));
  Neighbour& c = tern.add(route_server_client(65003, 3));
  route(kWhere).via(a);
  EXPECT_EQ(b.listen(), Heard{"announce " + kWhere});
  EXPECT_EQ(c.listen(), Heard{"announce " + kWhere});
  route(kWhere).as_path({65002, 65009}).via(b);  // second best: news for a alone
  tern.spread();
  EXPECT_EQ(a.read(), Heard{"announce " + kWhere});
  EXPECT_TRUE(b.read().empty());
  EXPECT_TRUE(c.read().empty());
  b.withdraw(kWhere);
  tern.spread();
  EXPECT_EQ(a.read(), Heard{"withdraw " + kWhere});
  EXPECT_TRUE(b.read().empty());
  EXPECT_TRUE(c.read().empty());
  route(kWhere).as_path({65002, 65009}).via(b);
  a.withdraw(kWhere);  // at once: b loses it, c gets another, a gets its first
  tern.spread();
  EXPECT_EQ(a.read(), Heard{"announce " + kWhere});
  EXPECT_EQ(b.read(), Heard{"withdraw " + kWhere});
  EXPECT_EQ(c.read(), Heard{"announce " + kWhere});
}

}  // namespace
}  // namespace tern::pipeline
