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
    session.export_.send_location = session.export_.between_pops = true;
    return session;
  }
  static std::shared_ptr<const policy::Geofeed> feed(std::vector<policy::Geofeed::Entry> entries) {
    return std::make_shared<const policy::Geofeed>(std::move(entries),
                                                   std::make_shared<const policy::Places>());
  }
  rib::AttributeSet best(const char* text = "203.0.113.0/24") {
    const auto destination = tern.rib.find(unicast(prefix(text)));
    return read(tern.rib.attributes()[destination->best()->effective()]);
  }
  MetroId place(const char* text) { return best(text).egress.metro; }
  // Judges the stored routes again.
  void set_rules(Neighbour& neighbour, const Session& session) {
    neighbour.import.set_rules(session.import);
    for (rib::DestId id = 0; id < tern.rib.end(); ++id) neighbour.import.reevaluate(tern.rib, id);
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

TEST_F(ImportPlace, WithoutATagTheDefaultCounts) {
  Session session = partner();
  session.import.location_default = kParis;
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").community(Community::of(65001, 99)).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kParis, kOurPop, 8000}));
  route("203.0.113.0/24").community(Community::of(65001, 11)).via(a);
  EXPECT_EQ(best().egress, (EgressInfo{kRome, kOurPop, 20000}));
  const ImportCounters& counters = a.import.counters();
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Default)], 1U);
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Tag)], 1U);
  EXPECT_EQ(counters.contradictory_tags, 0U);
}

TEST_F(ImportPlace, AGeofeedStandsBetweenTagAndDefault) {
  Session session = partner();
  session.import.location_default = kParis;
  session.import.geofeed = feed({{prefix("203.0.0.0/16"), kRome}});
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(best().egress.metro, kRome);
  route("203.0.113.0/24").community(Community::of(65001, 10)).via(a);
  EXPECT_EQ(best().egress.metro, kParis);  // the tag
  route("203.1.0.0/16").via(a);
  EXPECT_EQ(place("203.1.0.0/16"), kParis);
  const ImportCounters& counters = a.import.counters();
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Geofeed)], 1U);
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Tag)], 1U);
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Default)], 1U);
}

// Users at a place that the configuration does not have are not where the default is.
TEST_F(ImportPlace, AnEntryOfAnotherPlaceHidesTheDefault) {
  Session session = partner();
  session.import.location_default = kParis;
  session.import.geofeed =
      feed({{prefix("203.0.0.0/16"), kRome}, {prefix("203.0.113.0/24"), kNoPlace}});
  Neighbour& a = tern.add(session);
  route("203.0.113.0/24").via(a);
  EXPECT_EQ(best().egress.metro, kNoPlace);
  const ImportCounters& counters = a.import.counters();
  EXPECT_EQ(counters.located[static_cast<std::size_t>(LocationSource::Unknown)], 1U);
  route("203.0.113.0/24").community(Community::of(65001, 10)).via(a);
  EXPECT_EQ(best().egress.metro, kParis);  // the tag
}

// Prefixes with one attribute set have places of their own.
TEST_F(ImportPlace, AGeofeedPlacesEachPrefix) {
  Session session = partner();
  session.import.geofeed = feed({{prefix("10.0.0.0/8"), kRome}, {prefix("11.0.0.0/8"), kParis}});
  Neighbour& a = tern.add(session);
  for (const char* text : {"10.1.0.0/16", "11.1.0.0/16", "10.2.0.0/16", "12.0.0.0/8"}) {
    route(text).via(a);
  }
  EXPECT_EQ(place("10.1.0.0/16"), kRome);
  EXPECT_EQ(place("11.1.0.0/16"), kParis);
  EXPECT_EQ(place("10.2.0.0/16"), kRome);
  EXPECT_EQ(place("12.0.0.0/8"), kNoPlace);
}

// Stored routes meet a geofeed that comes later, where their attributes have no tag.
TEST_F(ImportPlace, AGeofeedPlacesStoredRoutesWithoutATag) {
  Session session = partner();
  Neighbour& a = tern.add(session);
  for (const char* text : {"10.1.0.0/16", "10.2.0.0/16", "12.0.0.0/8"}) route(text).via(a);
  for (const char* text : {"10.3.0.0/16", "10.4.0.0/16"}) {
    route(text).community(Community::of(65001, 10)).via(a);
  }
  EXPECT_EQ(place("10.2.0.0/16"), kNoPlace);
  session.import.geofeed = feed({{prefix("10.0.0.0/8"), kRome}});
  set_rules(a, session);
  EXPECT_EQ(place("10.1.0.0/16"), kRome);
  EXPECT_EQ(place("10.2.0.0/16"), kRome);
  EXPECT_EQ(place("12.0.0.0/8"), kNoPlace);
  EXPECT_EQ(place("10.3.0.0/16"), kParis);
  EXPECT_EQ(place("10.4.0.0/16"), kParis);
  // Without a dictionary no community is a tag.
  session.import.dictionary = std::nullopt;
  set_rules(a, session);
  EXPECT_EQ(place("10.1.0.0/16"), kRome);
  EXPECT_EQ(place("10.4.0.0/16"), kRome);
}

TEST_F(ImportPlace, ContradictoryTagsAreCounted) {
  Neighbour& a = tern.add(partner());
  route("203.0.113.0/24")
      .community(Community::of(65001, 11))
      .community(Community::of(65001, 10))
      .via(a);
  EXPECT_EQ(best().egress.metro, kParis);  // its tag stands first in the dictionary
  EXPECT_EQ(a.import.counters().contradictory_tags, 1U);
}

TEST_F(ImportPlace, ANeighborThatMayReadPlacesGetsThem) {
  Neighbour& a = tern.add(partner());
  Session other = partner();
  other.facts = ebgp(65002, 2).facts;
  other.export_.send_location = true;
  Neighbour& b = tern.add(other);
  route("203.0.113.0/24").community(Community::of(65001, 11)).large({kOurAsn, 1, 10}).via(a);
  b.listen();
  EXPECT_EQ(b.holds("203.0.113.0/24")->large_communities,
            (std::vector<LargeCommunity>{kCarriedRome, {kOurAsn, 2, 1}}));
}

// Only our PoPs learn the added cost of a degraded exit.
TEST_F(ImportPlace, ADegradationIsToldToPopsAlone) {
  policy::EgressSource source = two_pops_source();
  source.added_cost_function = 3;
  const auto egress = std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
  const auto with_added = [&](Session session) {
    session.import.egress = session.export_.egress = egress;
    return session;
  };
  Session first = with_added(partner());
  first.import.added_cost = 700;
  Session reader = with_added(partner());
  reader.facts = ebgp(65002, 2).facts;
  reader.export_.send_location = true;
  Neighbour& a = tern.add(first);
  Neighbour& b = tern.add(reader);
  Neighbour& c = tern.add(with_added(pop(3)));
  route("203.0.113.0/24").community(Community::of(65001, 11)).via(a);
  b.listen();
  c.listen();
  EXPECT_EQ(b.holds("203.0.113.0/24")->large_communities,
            (std::vector<LargeCommunity>{kCarriedRome, {kOurAsn, 2, 1}}));
  EXPECT_EQ(c.holds("203.0.113.0/24")->large_communities,
            (std::vector<LargeCommunity>{kCarriedRome, {kOurAsn, 2, 1}, {kOurAsn, 3, 700}}));
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
