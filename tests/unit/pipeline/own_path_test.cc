// The paths that this router originates: judged by their policies alone, and advertised to each
// kind of session as ours.
#include "bgpd/pipeline/own_path.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/vrp_table.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

const std::string kOurs = "203.0.113.0/24";
const std::string kOurs6 = "2001:db8:1::/48";

class OwnPath : public testing::Test {
 protected:
  OwnPath() { tern.shards.set_peer(kOwnSlot, {PeerKind::Own, 0, {}, 0}); }

  void originate(const std::string& text, const policy::Chain& policies = {},
                 std::shared_ptr<const policy::VrpTable> vrps = nullptr,
                 const EgressInfo& place = {}) {
    ImportRules rules;
    rules.policies = policies;
    rules.peer.local_asn = kOurAsn;
    rules.egress = two_pops();
    rules.vrps = std::move(vrps);
    Judge judge(tern.shards, own_facts(kOurAsn),
                std::make_shared<const ImportRules>(std::move(rules)));
    JudgedRoutes routes(tern.shards.size());
    const std::vector<Nlri> one{unicast(prefix(text))};
    judge.originate(one, own_attributes(one.front().family), place, routes);
    EXPECT_FALSE(judge.take_no_memory());
    Import::store_in_shard(tern.rib, kOwnSlot, routes.shards.front(), 1000);
  }
  void withdraw(const std::string& text) { tern.rib.withdraw(kOwnSlot, unicast(prefix(text))); }
  [[nodiscard]] const rib::Path& path(const std::string& text) const {
    return *tern.rib.find(kOwnSlot, unicast(prefix(text)));
  }

  Speaker tern;
};

// ---- What each kind of session gets

TEST_F(OwnPath, TowardsEbgpHasOurAsAndOurAddress) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  originate(kOurs);
  originate(kOurs6);
  EXPECT_EQ(a.listen(), (Heard{"announce 203.0.113.0/24", "announce 2001:db8:1::/48"}));
  const PathAttributes got = *a.holds(kOurs);
  EXPECT_EQ(got.as_path.to_string(), "65000");
  EXPECT_EQ(got.origin, Origin::Igp);
  EXPECT_EQ(got.next_hop.global, address("192.0.2.254"));
  EXPECT_FALSE(got.med);
  EXPECT_EQ(a.holds(kOurs6)->next_hop.global, address("2001:db8::fe"));
  withdraw(kOurs);
  EXPECT_EQ(a.listen(), Heard{"withdraw 203.0.113.0/24"});
}

// RFC 7947 is about the routes of clients: our own has our AS and our address also there.
TEST_F(OwnPath, TowardsAClientOfTheRouteServerIsOurs) {
  Neighbour& a = tern.add(route_server_client(65001, 1));
  originate(kOurs);
  (void)a.listen();
  EXPECT_EQ(a.holds(kOurs)->as_path.to_string(), "65000");
  EXPECT_EQ(a.holds(kOurs)->next_hop.global, address("192.0.2.254"));
}

TEST_F(OwnPath, TowardsIbgpHasAnEmptyPathAndADegreeOfPreference) {
  Neighbour& a = tern.add(ibgp(1));
  Neighbour& b = tern.add(reflector_client(2));
  originate(kOurs);
  for (Neighbour* one : {&a, &b}) {
    (void)one->listen();
    const PathAttributes got = *one->holds(kOurs);
    EXPECT_TRUE(got.as_path.empty());
    EXPECT_EQ(got.local_pref, 100U);
    EXPECT_EQ(got.next_hop.global, address("192.0.2.254"));
    EXPECT_FALSE(got.originator_id);
    EXPECT_TRUE(got.cluster_list.empty());
  }
}

// Two clients of a route server that reach us at different addresses are no group for this.
TEST_F(OwnPath, EachClientGetsTheAddressItKnowsUsBy) {
  Session elsewhere = route_server_client(65002, 2);
  elsewhere.facts.local_address = elsewhere.facts.local_address_v4 = address("198.51.100.254");
  Neighbour& a = tern.add(route_server_client(65001, 1));
  Neighbour& b = tern.add(elsewhere);
  originate(kOurs);
  (void)a.listen();
  (void)b.listen();
  EXPECT_EQ(a.holds(kOurs)->next_hop.global, address("192.0.2.254"));
  EXPECT_EQ(b.holds(kOurs)->next_hop.global, address("198.51.100.254"));
}

// RFC 8950: an IPv4 prefix over a session that has IPv6 alone.
TEST_F(OwnPath, AnIpv4PrefixMayHaveAnIpv6NextHop) {
  Session v6 = ebgp(65001, 1);
  v6.facts.local_address = v6.facts.local_address_v6;
  v6.facts.local_address_v4 = {};
  v6.facts.extended_next_hop = {Family::Ipv4Unicast};
  Neighbour& a = tern.add(v6);
  v6 = ebgp(65002, 2);
  v6.facts.local_address = v6.facts.local_address_v6;
  v6.facts.local_address_v4 = {};
  Neighbour& cannot = tern.add(v6);
  originate(kOurs);
  (void)a.listen();
  EXPECT_EQ(a.holds(kOurs)->next_hop.global, address("2001:db8::fe"));
  EXPECT_EQ(cannot.listen(), Heard{});
}

TEST_F(OwnPath, NeedsAnExportPolicyLikeEveryRoute) {
  Session closed = ebgp(65001, 1);
  closed.export_.policies = {};
  Neighbour& a = tern.add(closed);
  originate(kOurs);
  EXPECT_EQ(a.listen(), Heard{});  // RFC 8212
}

// ---- Policies

TEST_F(OwnPath, PoliciesWriteItsAttributes) {
  policy::ActionSource actions;
  actions.med = policy::SetNumber{policy::SetNumber::Op::Set, 30};
  actions.local_pref = policy::SetNumber{policy::SetNumber::Op::Set, 250};
  actions.prepend = policy::ActionSource::Prepend{std::nullopt, 2};
  actions.add_communities = {Community::of(65000, 7)};
  originate(kOurs, accept_with(actions));
  Neighbour& external = tern.add(ebgp(65001, 1));
  Neighbour& internal = tern.add(ibgp(2));
  (void)external.listen();
  (void)internal.listen();
  // The MED is our own, so it goes to neighboring ASes.
  EXPECT_EQ(external.holds(kOurs)->med, 30U);
  EXPECT_EQ(external.holds(kOurs)->as_path.to_string(), "65000 65000 65000");
  EXPECT_EQ(external.holds(kOurs)->communities, std::vector{Community::of(65000, 7)});
  EXPECT_FALSE(external.holds(kOurs)->local_pref);
  EXPECT_EQ(internal.holds(kOurs)->local_pref, 250U);
  EXPECT_TRUE(internal.holds(kOurs)->as_path.empty());  // our AS would be a loop there
}

TEST_F(OwnPath, PoliciesMayRejectIt) {
  policy::TermSource of_others;
  of_others.match.own = false;
  of_others.then = policy::TermSource::Then::Accept;
  originate(kOurs, chain({of_others}));
  EXPECT_EQ(path(kOurs).reason(), Reason::PolicyDefault);
  policy::TermSource of_ours = of_others;
  of_ours.match.own = true;
  originate(kOurs, chain({of_ours}));
  EXPECT_TRUE(path(kOurs).accepted());
  policy::TermSource of_a_neighbor = of_others;
  of_a_neighbor.match = {};
  of_a_neighbor.match.groups = {"transit"};
  originate(kOurs, chain({of_a_neighbor}));
  EXPECT_EQ(path(kOurs).reason(), Reason::PolicyDefault);
}

// RFC 6811: an empty path ends in our own AS.
TEST_F(OwnPath, IsValidatedAsOurs) {
  policy::TermSource valid;
  valid.match.rpki = {policy::OriginState::Valid};
  valid.then = policy::TermSource::Then::Accept;
  originate(kOurs, chain({valid}), policy::VrpTable::build({{prefix(kOurs), 24, kOurAsn}}));
  EXPECT_TRUE(path(kOurs).accepted());
  originate(kOurs, chain({valid}), policy::VrpTable::build({{prefix(kOurs), 24, 65009}}));
  EXPECT_FALSE(path(kOurs).accepted());
}

TEST_F(OwnPath, ExportPoliciesTellItFromLearnedRoutes) {
  policy::TermSource ours;
  ours.match.own = true;
  ours.actions.add_communities = {Community::of(65000, 1)};
  ours.then = policy::TermSource::Then::Accept;
  Session only_ours = ebgp(65001, 1);
  only_ours.export_.policies = chain({ours});
  Neighbour& customer = tern.add(only_ours);
  Neighbour& transit = tern.add(ebgp(65002, 2));
  Neighbour& peer = tern.add(ebgp(65003, 3));
  originate(kOurs);
  route("198.51.100.0/24").via(transit);
  EXPECT_EQ(customer.listen(), Heard{"announce 203.0.113.0/24"});
  EXPECT_EQ(customer.holds(kOurs)->communities, std::vector{Community::of(65000, 1)});
  EXPECT_EQ(peer.listen(), (Heard{"announce 203.0.113.0/24", "announce 198.51.100.0/24"}));
}

// ---- Learned routes of the prefix

TEST_F(OwnPath, ANeighborThatAnnouncesThePrefixDoesNotWin) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(ebgp(65002, 2));
  originate(kOurs);
  (void)a.listen();
  (void)b.listen();
  route(kOurs).local_pref(1000).via(a);
  EXPECT_EQ(a.listen(), Heard{});
  EXPECT_EQ(b.listen(), Heard{});
  EXPECT_EQ(tern.rib.find(unicast(prefix(kOurs)))->step, rib::Step::Own);
  withdraw(kOurs);
  EXPECT_EQ(a.listen(), Heard{"withdraw 203.0.113.0/24"});
  (void)b.listen();
  EXPECT_EQ(b.holds(kOurs)->as_path.to_string(), "65000 65001");
}

TEST_F(OwnPath, HasNoPlace) {
  originate(kOurs);
  EXPECT_EQ(tern.rib.attributes()[path(kOurs).effective()].egress(), EgressInfo{});
  EXPECT_EQ(tern.rib.counts(kOwnSlot).families[0].without_location, 0U);
}

// ---- Places

policy::Chain with_cost(std::uint32_t divisor) {
  policy::ActionSource actions;
  actions.med = policy::SetNumber{policy::SetNumber::Op::EgressCost, divisor};
  return accept_with(actions);
}

TEST_F(OwnPath, WithAPlaceHasACostForItsPolicies) {
  Neighbour& external = tern.add(ebgp(65001, 1));
  Neighbour& internal = tern.add(ibgp(2));
  originate(kOurs, with_cost(1000), nullptr, {0, 0, 8250});
  originate(kOurs6, with_cost(1));
  (void)external.listen();
  (void)internal.listen();
  EXPECT_EQ(external.holds(kOurs)->med, 8U);
  EXPECT_FALSE(external.holds(kOurs6)->med);  // its cost is not known
  EXPECT_EQ(internal.holds(kOurs)->med, 8U);
}

TEST_F(OwnPath, WithAPlaceTakesItToOtherPops) {
  Session pop = ibgp(1);
  pop.export_.egress = two_pops();
  pop.export_.send_location = true;
  Session partner = ebgp(65002, 2);
  partner.export_.egress = two_pops();
  Neighbour& other = tern.add(pop);
  Neighbour& stranger = tern.add(partner);
  originate(kOurs, {}, nullptr, {0, 0, 100});  // Paris
  (void)other.listen();
  (void)stranger.listen();
  EXPECT_EQ(other.holds(kOurs)->large_communities,
            (std::vector<LargeCommunity>{{kOurAsn, 1, 10}, {kOurAsn, 2, 1}}));
  EXPECT_TRUE(stranger.holds(kOurs)->large_communities.empty());
  EXPECT_EQ(tern.rib.counts(kOwnSlot).families[0].without_location, 0U);
  EXPECT_EQ(tern.rib.egress_prefixes(0, 0), 0U);  // its traffic does not leave
}

TEST_F(OwnPath, ExportPoliciesSeeTheCost) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  ExportRules rules = a.rules();
  rules.policies = with_cost(100);
  a.set_rules(rules);
  originate(kOurs, {}, nullptr, {1, 0, 8250});
  (void)a.listen();
  EXPECT_EQ(a.holds(kOurs)->med, 200U);  // by the costs in force: 20 ms to Rome
}

// RFC 9234 section 5, egress rule 1.
TEST_F(OwnPath, IsMarkedForCustomersOnly) {
  Session peer = ebgp(65001, 1);
  peer.facts.role = Role::Peer;
  Neighbour& a = tern.add(peer);
  originate(kOurs);
  (void)a.listen();
  EXPECT_EQ(a.holds(kOurs)->only_to_customer, kOurAsn);
}

}  // namespace
}  // namespace tern::pipeline
