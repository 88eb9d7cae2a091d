// Rules that read the state of origin validation without a policy: reject_rpki_invalid, and the
// state as a community between routers of one AS (RFC 8097).
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "policy/origin_state_community.h"
#include "policy/vrp_table.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

using policy::OriginState;
using policy::VrpTable;

const std::string kValid = "203.0.113.0/24";
const std::string kInvalid = "198.51.100.0/24";
const std::string kNotFound = "192.88.99.0/24";

// By these the prefixes above have the states of their names in routes of AS 65001.
VrpTable::Ptr vrps() {
  return VrpTable::build({{prefix(kValid), 24, 65001}, {prefix(kInvalid), 24, 65009}});
}

// States 3 to 255 mean nothing.
ExtendedCommunity community(std::uint64_t state) { return {0x4300000000000000U | state}; }
ExtendedCommunity community(OriginState state) {
  return community(static_cast<std::uint64_t>(state));
}

policy::Chain rejecting_invalid() {
  policy::TermSource reject;
  reject.match.rpki = {OriginState::Invalid};
  reject.then = policy::TermSource::Then::Reject;
  return chain({reject, accept()});
}

TEST(OriginStateCommunity, TheGreatestCounts) {
  using policy::brought_state;
  EXPECT_EQ(brought_state({}), OriginState::NotValidated);
  const ExtendedCommunity target{0x0002FDE800000001U};
  EXPECT_EQ(brought_state(std::vector{target}), OriginState::NotValidated);
  EXPECT_EQ(brought_state(std::vector{target, community(0)}), OriginState::Valid);
  EXPECT_EQ(brought_state(std::vector{community(0), community(2), community(1)}),
            OriginState::Invalid);
  EXPECT_EQ(brought_state(std::vector{community(1), community(3)}), OriginState::NotValidated);
  // The octets before the last one mean nothing (RFC 8097 section 2).
  EXPECT_EQ(brought_state(std::vector{community(0xABCD02)}), OriginState::Invalid);
}

TEST(OriginStateCommunity, MeaninglessOnesGoWithAllOthers) {
  const ExtendedCommunity target{0x0002FDE800000001U};
  std::vector<ExtendedCommunity> communities{target, community(1), community(3)};
  policy::remove_meaningless_states(communities);
  EXPECT_EQ(communities, std::vector{target});
  communities = {target, community(1), community(2)};
  policy::remove_meaningless_states(communities);
  EXPECT_EQ(communities.size(), 3U);
}

TEST(OriginStateCommunity, OneTakesThePlaceOfOthers) {
  const ExtendedCommunity first{0x0002FDE800000001U};
  const ExtendedCommunity last{0x8006000000000000U};
  std::vector<ExtendedCommunity> communities{first, community(0), community(7), last};
  policy::set_origin_state(OriginState::NotFound, communities);
  EXPECT_EQ(communities, (std::vector{first, community(1), last}));
  policy::remove_origin_states(communities);
  EXPECT_EQ(communities, (std::vector{first, last}));
}

class OriginValidation : public testing::Test {
 protected:
  Reason reason(const std::string& text) {
    const auto destination = tern.rib.find(unicast(prefix(text)));
    return destination && !destination->paths.empty() ? destination->paths[0].reason()
                                                      : Reason::kCount;
  }
  std::vector<ExtendedCommunity> effective(const std::string& text) {
    const auto destination = tern.rib.find(unicast(prefix(text)));
    return read(tern.shards.attributes()[destination->paths[0].effective()])
        .attributes.extended_communities;
  }
  void reevaluate(Neighbour& neighbor, const std::string& text) {
    neighbor.import.reevaluate(tern.rib, tern.shards.find(unicast(prefix(text)))->id);
  }
  // The prefixes of all states in one UPDATE.
  static void announce_all(Neighbour& from) {
    from.announce(route(kValid).as_path({65001}).of(from.import.facts()),
                  {unicast(prefix(kValid)), unicast(prefix(kInvalid)), unicast(prefix(kNotFound))});
  }
  static void announce(Neighbour& from, const std::string& text, ExtendedCommunity brought) {
    RouteBuilder built = route(text).as_path({65001});
    built.attributes().extended_communities = {brought};
    built.via(from);
  }
  // The communities of the prefix at a neighbor.
  static std::vector<ExtendedCommunity> held(const Neighbour& neighbor, const std::string& text) {
    const auto route = neighbor.holds(text);
    return route ? route->extended_communities : std::vector<ExtendedCommunity>{};
  }

  Speaker tern;
};

// ---- reject_rpki_invalid

TEST_F(OriginValidation, InvalidRoutesAreRejectedWithoutAPolicyOfTheirOwn) {
  Session session = ebgp(65001, 1);
  session.import.reject_rpki_invalid = true;
  session.import.vrps = vrps();
  Neighbour& a = tern.add(session);
  announce_all(a);
  EXPECT_EQ(reason(kValid), Reason::None);
  EXPECT_EQ(reason(kInvalid), Reason::RpkiInvalid);
  EXPECT_EQ(reason(kNotFound), Reason::None);
  EXPECT_EQ(a.import.counters().rejected[static_cast<std::size_t>(Reason::RpkiInvalid)], 1U);
}

TEST_F(OriginValidation, RoutesThatAreNotValidatedAreNotRejected) {
  Session session = ebgp(65001, 1);
  session.import.reject_rpki_invalid = true;
  Neighbour& a = tern.add(session);
  announce_all(a);
  EXPECT_EQ(reason(kInvalid), Reason::None);

  // VRPs come and go again.
  ImportRules rules = session.import;
  rules.vrps = vrps();
  a.import.set_rules(rules);
  reevaluate(a, kInvalid);
  EXPECT_EQ(reason(kInvalid), Reason::RpkiInvalid);
  rules.vrps = nullptr;
  a.import.set_rules(rules);
  reevaluate(a, kInvalid);
  EXPECT_EQ(reason(kInvalid), Reason::None);
}

// ---- The state that a route brings

TEST_F(OriginValidation, TheStateOfANeighborCountsWhereThereAreNoVrps) {
  Session session = ibgp(1);
  session.import.policies = rejecting_invalid();
  session.import.receive_rpki_community = true;
  Neighbour& a = tern.add(session);
  announce(a, kValid, community(OriginState::Invalid));
  announce(a, kInvalid, community(OriginState::Valid));
  EXPECT_EQ(reason(kValid), Reason::Policy);
  EXPECT_EQ(reason(kInvalid), Reason::None);

  // VRPs of our own count more, also for routes that are there.
  ImportRules rules = session.import;
  rules.vrps = vrps();
  a.import.set_rules(rules);
  for (const std::string& text : {kValid, kInvalid}) reevaluate(a, text);
  EXPECT_EQ(reason(kValid), Reason::None);
  EXPECT_EQ(reason(kInvalid), Reason::Policy);
  a.import.set_rules(session.import);
  for (const std::string& text : {kValid, kInvalid}) reevaluate(a, text);
  EXPECT_EQ(reason(kValid), Reason::Policy);
  EXPECT_EQ(reason(kInvalid), Reason::None);
}

TEST_F(OriginValidation, TheRejectionReadsTheStateThatARouteBrings) {
  Session session = ibgp(1);
  session.import.reject_rpki_invalid = true;
  session.import.receive_rpki_community = true;
  announce(tern.add(session), kValid, community(OriginState::Invalid));
  EXPECT_EQ(reason(kValid), Reason::RpkiInvalid);
}

TEST_F(OriginValidation, WithoutTheSettingTheStateOfANeighborIsIgnored) {
  Session session = ibgp(1);
  session.import.policies = rejecting_invalid();
  announce(tern.add(session), kValid, community(OriginState::Invalid));
  EXPECT_EQ(reason(kValid), Reason::None);
  EXPECT_EQ(effective(kValid), std::vector{community(OriginState::Invalid)}) << "and passed on";
}

TEST_F(OriginValidation, FromEbgpItIsRemovedUnlessItIsConfigured) {
  Session session = ebgp(65001, 1);
  session.import.policies = rejecting_invalid();
  announce(tern.add(session), kValid, community(OriginState::Invalid));
  EXPECT_EQ(reason(kValid), Reason::None);
  EXPECT_TRUE(effective(kValid).empty());

  Session same_administration = ebgp(65002, 2);
  same_administration.import.policies = rejecting_invalid();
  same_administration.import.receive_rpki_community = true;
  Neighbour& b = tern.add(same_administration);
  RouteBuilder built = route(kInvalid);
  built.attributes().extended_communities = {community(OriginState::Invalid)};
  built.via(b);
  EXPECT_EQ(reason(kInvalid), Reason::Policy);
}

// ---- The state for neighbors

class SendsOriginState : public OriginValidation {
 protected:
  static Session sending(std::uint32_t number, VrpTable::Ptr table) {
    Session session = ibgp(number);
    session.export_.send_rpki_community = true;
    session.export_.vrps = std::move(table);
    return session;
  }
};

// Prefixes of all states have one attribute set.
TEST_F(SendsOriginState, EachPrefixGetsItsState) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(sending(2, vrps()));
  Neighbour& plain = tern.add(ibgp(3));
  announce_all(a);
  b.listen();
  plain.listen();
  EXPECT_EQ(held(b, kValid), std::vector{community(OriginState::Valid)});
  EXPECT_EQ(held(b, kInvalid), std::vector{community(OriginState::Invalid)});
  EXPECT_EQ(held(b, kNotFound), std::vector{community(OriginState::NotFound)});
  EXPECT_TRUE(plain.holds(kValid).has_value());
  EXPECT_TRUE(held(plain, kValid).empty()) << "the setting is off";
}

TEST_F(SendsOriginState, OtherVrpsAreAdvertisedAgain) {
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(sending(2, vrps()));
  announce_all(a);
  b.listen();
  ExportRules rules = b.rules();
  rules.vrps = VrpTable::build({{prefix(kValid), 24, 65009}});
  b.set_rules(rules);
  b.listen();
  EXPECT_EQ(held(b, kValid), std::vector{community(OriginState::Invalid)});
  EXPECT_EQ(held(b, kInvalid), std::vector{community(OriginState::NotFound)});
  rules.vrps = nullptr;
  b.set_rules(rules);
  b.listen();
  EXPECT_TRUE(held(b, kValid).empty());
}

TEST_F(SendsOriginState, OurStateTakesThePlaceOfAnother) {
  Neighbour& a = tern.add(reflector_client(1));
  Neighbour& b = tern.add(sending(2, vrps()));
  Neighbour& without_vrps = tern.add(sending(3, nullptr));
  announce(a, kValid, community(OriginState::Invalid));
  b.listen();
  without_vrps.listen();
  EXPECT_EQ(held(b, kValid), std::vector{community(OriginState::Valid)});
  EXPECT_EQ(held(without_vrps, kValid), std::vector{community(OriginState::Invalid)});
}

TEST_F(SendsOriginState, NeverToEbgp) {
  Neighbour& a = tern.add(ibgp(1));
  Session sends = ebgp(65002, 2);
  sends.export_.send_rpki_community = true;
  sends.export_.vrps = vrps();
  Session client = route_server_client(65003, 3);
  client.export_.send_rpki_community = true;
  client.export_.vrps = vrps();
  Neighbour& b = tern.add(sends);
  Neighbour& c = tern.add(client);
  announce(a, kValid, community(OriginState::Valid));
  b.listen();
  c.listen();
  ASSERT_TRUE(b.holds(kValid) && c.holds(kValid));
  EXPECT_TRUE(held(b, kValid).empty());
  EXPECT_TRUE(held(c, kValid).empty());
}

TEST_F(SendsOriginState, NeighborsThatAgreeGetTheSame) {
  const VrpTable::Ptr table = vrps();
  Neighbour& a = tern.add(ebgp(65001, 1));
  Neighbour& b = tern.add(sending(2, table));
  Neighbour& c = tern.add(sending(3, table));
  announce_all(a);
  b.listen();
  c.listen();
  EXPECT_EQ(held(b, kInvalid), held(c, kInvalid));
  EXPECT_EQ(held(c, kInvalid), std::vector{community(OriginState::Invalid)});
}

}  // namespace
}  // namespace tern::pipeline
