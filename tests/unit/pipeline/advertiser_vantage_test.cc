// Clients whose traffic enters the network elsewhere are told what is nearest from there.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

constexpr PopId kAms = 0;
constexpr PopId kIad = 1;
constexpr PopId kLhr = 2;

// The daemon in Amsterdam, users in Paris: 8 ms from Amsterdam, 7 from London, 80 from Washington.
policy::EgressSource three_pops() {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "Amsterdam", 1, {52.3, 4.9}},
                 {"iad", "Washington", 3, {38.9, -77.4}},
                 {"lhr", "London", 2, {51.5, -0.4}}};
  source.metros = {{"paris", "Paris", 10, {48.9, 2.4}}};
  source.rtts = {{"ams", "paris", 8000}, {"lhr", "paris", 7000}, {"iad", "paris", 80000},
                 {"ams", "lhr", 6000},   {"ams", "iad", 83000},  {"lhr", "iad", 76000}};
  source.community_asn = kOurAsn;
  source.location_function = 1;
  source.egress_function = 2;
  return source;
}

std::shared_ptr<const policy::Egress> network(const policy::EgressSource& source = three_pops()) {
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

// Three PoPs of ours bring paths to one prefix, one exit each; clients are told the nearest.
class Vantages : public ::testing::Test {
 protected:
  explicit Vantages(rib::DecisionConfig config = {}) : tern(config) {}

  Session pop(std::uint32_t number) const {
    Session made = reflector_client(number);
    made.import.egress = made.export_.egress = egress;
    made.import.between_pops = made.export_.send_location = true;
    return made;
  }
  Session client(std::uint32_t number, PopId vantage = kNoPlace) const {
    Session made = route_server_client(65000 + number, number);
    made.import.egress = made.export_.egress = egress;
    made.export_.vantage = vantage;
    return made;
  }
  // Users in Paris, leaving at the PoP of this code, told by the AS path which it was.
  static RouteBuilder leaving(std::uint32_t pop_code) {
    return route(kWhere)
        .as_path({65100 + pop_code})
        .large({kOurAsn, 1, 10})
        .large({kOurAsn, 2, pop_code});
  }
  // The AS path of what the neighbour holds.
  static std::string advertised(Neighbour& to) {
    (void)to.listen();
    const auto held = to.holds(kWhere);
    return held ? held->as_path.to_string() : "nothing";
  }
  static constexpr const char* kByAms = "65101";
  static constexpr const char* kByLhr = "65102";
  static constexpr const char* kByIad = "65103";

  std::shared_ptr<const policy::Egress> egress = network();
  Speaker tern;
  Neighbour& ams = tern.add(pop(1));
  Neighbour& lhr = tern.add(pop(2));
  Neighbour& iad = tern.add(pop(3));
};

TEST_F(Vantages, EachIsToldTheNearestFromThere) {
  Neighbour& anywhere = tern.add(client(10));
  Neighbour& at_ams = tern.add(client(11, kAms));
  Neighbour& at_lhr = tern.add(client(12, kLhr));
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(1).via(ams);
  leaving(2).via(lhr);
  leaving(3).via(iad);
  EXPECT_EQ(advertised(anywhere), kByLhr);  // 7 against 8 and 80 ms
  EXPECT_EQ(advertised(at_ams), kByAms);    // 8 against 6 + 7 and 83 + 80
  EXPECT_EQ(advertised(at_lhr), kByLhr);    // 7 against 6 + 8 and 76 + 80
  EXPECT_EQ(advertised(at_iad), kByIad);    // 80 against 76 + 7 and 83 + 8
  iad.withdraw(kWhere);
  EXPECT_EQ(advertised(at_iad), kByLhr);
  EXPECT_EQ(anywhere.advertised().announced[0], 1U);  // nobody else heard of that
  lhr.withdraw(kWhere);
  EXPECT_EQ(advertised(at_iad), kByAms);
  EXPECT_EQ(advertised(anywhere), kByAms);
  EXPECT_TRUE(at_ams.listen().empty());
  ams.withdraw(kWhere);
  for (Neighbour* each : {&anywhere, &at_ams, &at_lhr, &at_iad}) {
    EXPECT_EQ(advertised(*each), "nothing");
  }
}

// What is preferred the same is said once: clients of all vantages share a message.
TEST_F(Vantages, OneFormIsOneAudience) {
  Neighbour& anywhere = tern.add(client(10));
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(1).via(ams);
  EXPECT_EQ(advertised(anywhere), kByAms);
  EXPECT_EQ(advertised(at_iad), kByAms);
  const rib::Destination only = *tern.rib.find(unicast(prefix(kWhere)));
  ASSERT_FALSE(only.advertised.empty());
  std::size_t holders = 0;
  for (const rib::Advertised& each : only.advertised) {
    holders += tern.rib.audiences().contains(each.audience, 10) &&
                       tern.rib.audiences().contains(each.audience, 13)
                   ? 1
                   : 0;
  }
  EXPECT_EQ(holders, 1U);
  EXPECT_EQ(tern.advertiser.group_count(), 3U);  // the PoPs, and the clients of each vantage
}

TEST_F(Vantages, OnlyTheEgressStepIsAnother) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(1).local_pref(200).via(ams);  // decides before the egress cost does
  leaving(3).via(iad);
  EXPECT_EQ(advertised(at_iad), kByAms);
}

class VantagesLast : public Vantages {
 protected:
  VantagesLast() : Vantages({false, rib::EgressPosition::AfterAsPath}) {}
};
TEST_F(VantagesLast, TheStepStaysWhereTheConfigurationPutsIt) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(1).via(ams);
  leaving(3).as_path({65103, 65103}).via(iad);
  EXPECT_EQ(advertised(at_iad), kByAms);
  leaving(3).via(iad);
  EXPECT_EQ(advertised(at_iad), kByIad);
}

TEST_F(Vantages, AnUnknownPlaceIsTheFarthest) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  route(kWhere).as_path({65109}).large({kOurAsn, 2, 3}).via(iad);  // no users
  EXPECT_EQ(advertised(at_iad), "65109");
  leaving(1).as_path({65101, 65101}).via(ams);
  EXPECT_EQ(advertised(at_iad), "65101 65101");
}

// RFC 7947 section 2.3.2, from there: the next best that is not its own.
TEST_F(Vantages, ItsOwnPathIsSkipped) {
  Session partner = client(11, kIad);
  partner.import.between_pops = true;
  Neighbour& at_iad = tern.add(partner);
  Neighbour& other = tern.add(client(12, kIad));
  leaving(1).via(ams);
  leaving(3).as_path({65011}).via(at_iad);
  EXPECT_EQ(advertised(at_iad), kByAms);
  EXPECT_EQ(advertised(other), "65011");
}

// A plain neighbour is told the best from there or nothing.
TEST_F(Vantages, APlainNeighbourToo) {
  Session plain = ebgp(65020, 20);
  plain.import.egress = plain.export_.egress = egress;
  plain.import.between_pops = true;
  plain.export_.vantage = kIad;
  Neighbour& at_iad = tern.add(plain);
  leaving(1).via(ams);
  EXPECT_EQ(advertised(at_iad), "65000 65101");
  leaving(3).as_path({65020}).via(at_iad);
  EXPECT_EQ(advertised(at_iad), "nothing");
}

TEST_F(Vantages, AddPathTellsTheFirstOnesFromThere) {
  Session several = client(13, kIad);
  several.facts.add_path_send = {Family::Ipv4Unicast};
  several.export_.add_path_send = 2;
  Neighbour& at_iad = tern.add(several);
  several.facts.slot = 14;
  several.facts.peer_asn = 65014;
  several.facts.peer_address = v4_of(14);
  several.export_.vantage = kNoPlace;
  Neighbour& anywhere = tern.add(several);
  leaving(1).via(ams);
  leaving(2).via(lhr);
  leaving(3).via(iad);
  const auto paths = [](Neighbour& to) {
    (void)to.listen();
    std::set<std::string> all;
    for (const auto& [nlri, attributes] : to.table()) all.insert(attributes.as_path.to_string());
    return all;
  };
  EXPECT_EQ(paths(at_iad), (std::set<std::string>{kByIad, kByLhr}));    // 80, 83, 91 ms
  EXPECT_EQ(paths(anywhere), (std::set<std::string>{kByLhr, kByAms}));  // 7, 8, 80 ms
}

// MED within each neighbouring AS first (rib/decision.h), with the costs from there.
TEST_F(Vantages, MedIsDeterministicThereToo) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  Neighbour& near = tern.add(pop(4));  // leaves nearer for all but the client
  leaving(2).as_path({65102}).via(near);
  leaving(3).as_path({65100}).med(20).via(iad);
  leaving(3).as_path({65100}).med(10).via(lhr);
  leaving(3).as_path({65109}).via(ams);
  EXPECT_EQ(advertised(at_iad), "65109");  // the lowest router id of the two best of their AS
  ams.withdraw(kWhere);
  EXPECT_EQ(advertised(at_iad), "65100");
  EXPECT_EQ(at_iad.holds(kWhere)->med, 10U);
}

// All of one exit: what they cost moves alike, and the order stays.
TEST_F(Vantages, EqualDifferencesKeepTheOrder) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(1).as_path({65101, 65101}).via(ams);
  leaving(1).as_path({65111}).via(lhr);
  leaving(1).as_path({65121, 65121, 65121}).via(iad);
  EXPECT_EQ(advertised(at_iad), "65111");
}

// ---- Reloads

TEST_F(Vantages, AnotherVantageIsToldAnew) {
  Neighbour& roams = tern.add(client(10));
  Neighbour& stays = tern.add(client(11));
  leaving(1).via(ams);
  leaving(2).via(lhr);
  leaving(3).via(iad);
  EXPECT_EQ(advertised(roams), kByLhr);
  EXPECT_EQ(advertised(stays), kByLhr);
  roams.set_rules(client(10, kIad).export_);
  EXPECT_EQ(advertised(roams), kByIad);
  roams.set_rules(client(10, kAms).export_);
  EXPECT_EQ(advertised(roams), kByAms);
  roams.set_rules(client(10).export_);
  EXPECT_EQ(advertised(roams), kByLhr);
  EXPECT_EQ(roams.advertised().announced[0], 4U);
  EXPECT_EQ(roams.advertised().withdrawn[0], 0U);
  EXPECT_EQ(stays.advertised().announced[0], 1U);
}

// The stored order does not change with the backbone in mode last-mile: the rules alone bring it.
TEST_F(Vantages, ANewMeasurementIsToldAnew) {
  Neighbour& at_iad = tern.add(client(13, kIad));
  leaving(2).via(lhr);
  leaving(3).via(iad);
  EXPECT_EQ(advertised(at_iad), kByIad);  // 80 against 76 + 7
  policy::EgressSource better = three_pops();
  better.rtts.back().microseconds = 70000;
  egress = network(better);
  at_iad.set_rules(client(13, kIad).export_);
  EXPECT_EQ(advertised(at_iad), kByLhr);
  // As ternd does it: clients one after another, paths in slices.
  egress = network();
  for (Neighbour* each : {&lhr, &iad}) {
    each->set_rules(pop(each->slot()).export_);
    each->import.set_rules(pop(each->slot()).import);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) each->import.reevaluate(tern.rib, id);
    EXPECT_TRUE(each->import.end_reevaluation());
  }
  at_iad.set_rules(client(13, kIad).export_);
  EXPECT_EQ(advertised(at_iad), kByIad);
}

// In mode total the daemon's own costs hold its own backbone, which is not that of the vantage.
TEST_F(Vantages, ModeTotalIsTheSameFromThere) {
  policy::EgressSource source = three_pops();
  source.mode = policy::CostMode::Total;
  egress = network(source);
  Speaker total;
  Neighbour& a = total.add(pop(1));
  Neighbour& b = total.add(pop(2));
  Neighbour& anywhere = total.add(client(10));
  Neighbour& at_ams = total.add(client(11, kAms));
  Neighbour& at_lhr = total.add(client(12, kLhr));
  leaving(1).via(a);
  leaving(2).via(b);
  EXPECT_EQ(advertised(anywhere), kByAms);
  EXPECT_EQ(advertised(at_ams), kByAms);
  EXPECT_EQ(advertised(at_lhr), kByLhr);
}

}  // namespace
}  // namespace tern::pipeline
