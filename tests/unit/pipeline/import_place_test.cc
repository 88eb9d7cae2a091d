// Where a path's users are and where it leaves: tags of partners, communities between PoPs.
#include <gtest/gtest.h>

#include "bgpd/pipeline/attribute_sets.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

constexpr MetroId kParis = 0, kRome = 1;
constexpr PopId kOurPop = 0, kLondon = 1;
constexpr LargeCommunity kCarriedRome{kOurAsn, 1, 11};
constexpr LargeCommunity kCarriedLhr{kOurAsn, 2, 2};

class ImportPlace : public testing::Test {
 protected:
  Session partner() {
    Session session = ebgp(65001, 1);
    session.import.egress = two_pops();
    session.import.dictionary = session.import.egress->dictionary("partner");
    session.export_.egress = session.import.egress;
    return session;
  }
  Session pop(std::uint32_t number) {
    Session session = ibgp(number);
    session.import.egress = two_pops();
    session.import.between_pops = true;
    session.export_.egress = session.import.egress;
    session.export_.between_pops = true;
    return session;
  }
  rib::AttributeSet best() {
    const auto destination = tern.rib.find(unicast(prefix("203.0.113.0/24")));
    return read(tern.rib.attributes()[destination->best()->effective()]);
  }
  Speaker tern;
};

TEST_F(ImportPlace, APartnersTagIsItsDictionarys) {
  Neighbour& a = tern.add(partner());
  route("203.0.113.0/24").community(Community::of(65001, 11)).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kRome, kOurPop, 20000}));
  EXPECT_EQ(best().key.egress_cost, 20000U);
}

TEST_F(ImportPlace, WithoutATagTheCostIsUnknown) {
  Neighbour& a = tern.add(partner());
  route("203.0.113.0/24").community(Community::of(65001, 99)).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kNoPlace, kOurPop, kUnknownCost}));
  EXPECT_EQ(tern.rib.counts(1).families[0].without_location, 1U);
}

TEST_F(ImportPlace, WithoutADictionaryThePopAloneIsKnown) {
  Session session = partner();
  session.import.dictionary.reset();
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").community(Community::of(65001, 11)).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kNoPlace, kOurPop, kUnknownCost}));
}

TEST_F(ImportPlace, BetweenPopsPlacesComeAsCommunities) {
  Neighbour& a = tern.add(pop(1));
  route("203.0.113.0/24").large({kOurAsn, 1, 10}).large(kCarriedLhr).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kParis, kLondon, 7000}));
  EXPECT_EQ(best().attributes.large_communities.size(), 2U);  // other routers read them too
}

TEST_F(ImportPlace, AStrangersPlacesAreScrubbed) {
  Neighbour& a = tern.add(partner());
  route("203.0.113.0/24").large(kCarriedRome).large(kCarriedLhr).large({65001, 5, 5}).via(a);
  EXPECT_EQ(best().egress.pop, kOurPop);
  EXPECT_EQ(best().egress.metro, kNoPlace);
  EXPECT_EQ(best().attributes.large_communities, (std::vector<LargeCommunity>{{65001, 5, 5}}));
}

TEST_F(ImportPlace, PlacesTravelToPopsAndNotToPartners) {
  Neighbour& a = tern.add(partner());
  Session other = partner();
  other.facts = ebgp(65002, 2).facts;
  Neighbour& b = tern.add(other);
  Neighbour& c = tern.add(pop(3));
  route("203.0.113.0/24").community(Community::of(65001, 11)).via(a);
  b.listen();
  c.listen();
  EXPECT_TRUE(b.holds("203.0.113.0/24")->large_communities.empty());
  EXPECT_EQ(c.holds("203.0.113.0/24")->large_communities,
            (std::vector<LargeCommunity>{kCarriedRome, {kOurAsn, 2, 1}}));
}

TEST_F(ImportPlace, TheNearerEdgeWins) {
  Neighbour& here = tern.add(partner());
  Neighbour& london = tern.add(pop(3));
  route("203.0.113.0/24").as_path({65001}).community(Community::of(65001, 10)).via(here);
  route("203.0.113.0/24")
      .as_path({65001, 65001})
      .large({kOurAsn, 1, 10})
      .large(kCarriedLhr)
      .via(london);
  EXPECT_EQ(best().egress.pop, kLondon);  // 7 ms before 8, whatever the path length
  EXPECT_EQ(tern.rib.find(unicast(prefix("203.0.113.0/24")))->step, rib::Step::EgressCost);
}

}  // namespace
}  // namespace tern::pipeline
