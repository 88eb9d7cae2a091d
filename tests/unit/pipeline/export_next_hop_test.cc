// NEXT_HOP towards each kind of neighbour (RFC 4271 section 5.1.3, RFC 2545, RFC 7947, RFC 8950).
#include <gtest/gtest.h>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

const std::string kFour = "203.0.113.0/24";
const std::string kSix = "2001:db8:1::/48";

// What a path with this next hop says towards `target`: nothing where it is withheld for it.
std::optional<NextHop> advertised(const std::string& where, const NextHop& in_table,
                                  const Session& target, const Session& source = ebgp(65001, 1)) {
  rib::AttributeSet set;
  set.attributes = route(where).of(source.facts);
  set.attributes.next_hop = in_table;
  const rib::PeerRank rank{source.facts.kind, source.facts.peer_identifier,
                           source.facts.peer_address};
  PathAttributes out;
  const ExportVerdict verdict =
      export_path(unicast(prefix(where)), target.export_.policies.ask({prefix(where), nullptr, {}}),
                  set, source.facts.slot, rank, target.facts, target.export_, out);
  if (verdict.withheld == Withheld::NextHop) return std::nullopt;
  EXPECT_EQ(verdict.withheld, Withheld::No);
  return out.next_hop;
}

NextHop hop(const std::string& text) { return {address(text), std::nullopt}; }
NextHop hop(const std::string& text, const std::string& link_local) {
  return {address(text), address(link_local)};
}

// Its session runs over IPv6 on the exchange LAN.
Session over_ipv6(Session session) {
  session.facts.peer_address = v6_of(session.facts.slot);
  session.facts.local_address = v6_of(254);
  session.facts.link = prefix("2001:db8::/64");
  return session;
}
Session hops_away(Session session) {
  session.facts.link.reset();
  return session;
}

TEST(NextHopToEbgp, IsOurs) {
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), ebgp(65002, 2)), hop("192.0.2.254"));
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), hops_away(ebgp(65002, 2))), hop("192.0.2.254"));
}

TEST(NextHopToEbgp, OnASharedLinkTheThirdPartyStays) {
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), ebgp(65002, 2)), hop("192.0.2.1"));
  // The neighbour itself is no third party.
  EXPECT_EQ(advertised(kFour, hop("192.0.2.2"), ebgp(65002, 2)), hop("192.0.2.254"));
  Session self = ebgp(65002, 2);
  self.export_.next_hop_self = true;
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), self), hop("192.0.2.254"));
}

TEST(NextHopToEbgp, Ipv6HasItsLinkLocalOnASharedLink) {
  const Session target = over_ipv6(ebgp(65002, 2));
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1"), target), hop("2001:db8::fe", "fe80::fe"));
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1"), hops_away(target)), hop("2001:db8::fe"));
  // A third party with its own link-local address.
  EXPECT_EQ(advertised(kSix, hop("2001:db8::1", "fe80::1"), target), hop("2001:db8::1", "fe80::1"));
}

TEST(NextHopToEbgp, OverALinkLocalSessionItIsTheLinkLocalAlone) {
  Session target = over_ipv6(ebgp(65002, 2));
  target.facts.peer_address = address("fe80::2");
  target.facts.local_address = address("fe80::fe");
  target.facts.link = prefix("fe80::/64");
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1"), target), hop("fe80::fe"));
}

TEST(NextHopToEbgp, TheOtherFamilyUsesItsOwnAddress) {
  // IPv6 routes over an IPv4 session.
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1"), hops_away(ebgp(65002, 2))), hop("2001:db8::fe"));
  // IPv4 routes over an IPv6 session without RFC 8950.
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), over_ipv6(ebgp(65002, 2))), hop("192.0.2.254"));
  Session no_v4 = over_ipv6(ebgp(65002, 2));
  no_v4.facts.local_address_v4 = IpAddress();
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), no_v4), std::nullopt);
  Session no_v6 = ebgp(65002, 2);
  no_v6.facts.local_address_v6 = IpAddress();
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1"), no_v6), std::nullopt);
}

TEST(NextHopToEbgp, Ipv4OverIpv6WhereNegotiated) {
  Session target = over_ipv6(ebgp(65002, 2));
  target.facts.extended_next_hop = {Family::Ipv4Unicast};
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), target), hop("2001:db8::fe", "fe80::fe"));
  EXPECT_EQ(advertised(kFour, hop("2001:db8::1"), target), hop("2001:db8::1"));  // third party
}

TEST(NextHopToARouteServerClient, IsUntouched) {
  const Session target = route_server_client(65002, 2);
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), target), hop("192.0.2.1"));
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), target), hop("198.51.100.9"));
  EXPECT_EQ(advertised(kSix, hop("2001:db8::1", "fe80::1"), target), hop("2001:db8::1", "fe80::1"));
}

TEST(NextHopToARouteServerClient, MustBeUnderstood) {
  Session target = route_server_client(65002, 2);
  EXPECT_EQ(advertised(kFour, hop("2001:db8::1"), target), std::nullopt);
  target.facts.extended_next_hop = {Family::Ipv4Unicast};
  EXPECT_EQ(advertised(kFour, hop("2001:db8::1"), target), hop("2001:db8::1"));
}

TEST(NextHopToIbgp, IsKeptWithoutItsLinkLocal) {
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), ibgp(2)), hop("198.51.100.9"));
  EXPECT_EQ(advertised(kSix, hop("2001:db8:9::1", "fe80::1"), ibgp(2)), hop("2001:db8:9::1"));
  Session self = ibgp(2);
  self.export_.next_hop_self = true;
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), self), hop("192.0.2.254"));
}

TEST(NextHopToIbgp, ALinkLocalOneMeansNothingOffItsLink) {
  EXPECT_EQ(advertised(kSix, hop("fe80::1"), ibgp(2)), hop("2001:db8::fe"));
}

TEST(NextHopByPolicy, Stays) {
  Session target = ebgp(65002, 2);
  policy::ActionSource actions;
  actions.next_hop = address("198.51.100.77");
  target.export_.policies = accept_with(actions);
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), target), hop("198.51.100.77"));
  actions.next_hop = address("2001:db8::77");  // not understood without RFC 8950
  target.export_.policies = accept_with(actions);
  EXPECT_EQ(advertised(kFour, hop("192.0.2.1"), target), std::nullopt);
  policy::ActionSource self;
  self.next_hop_self = true;
  Session internal = ibgp(2);
  internal.export_.policies = accept_with(self);
  EXPECT_EQ(advertised(kFour, hop("198.51.100.9"), internal), hop("192.0.2.254"));
}

}  // namespace
}  // namespace tern::pipeline
