// Costs that change after routes came in: the paths whose exit and metro they are of move, and no
// other path is evaluated again.
#include "bgpd/session/costs.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/session/moves.h"
#include "bgpd/wire/update.h"
#include "policy/policy.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kTable = 1000;  // prefixes of each metro
constexpr MetroId kParis = 0;

// more: PoPs that stand before the others. paris: from ams.
std::shared_ptr<const policy::Egress> network(const std::vector<policy::PopSource>& more = {},
                                              EgressCost paris = 5000) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.8}}, {"lhr", "", 2, {51.5, -0.5}}};
  source.pops.insert(source.pops.begin(), more.begin(), more.end());
  source.metros = {{"paris", "Paris", 1, {48.9, 2.4}}, {"london", "London", 2, {51.5, -0.1}}};
  source.dictionaries = {{"partner",
                          {{*policy::parse_community_pattern("65001:1"), "paris"},
                           {*policy::parse_community_pattern("65001:2"), "london"}}}};
  source.rtts = {{"ams", "paris", paris},
                 {"lhr", "paris", 9000},
                 {"ams", "london", 5000},
                 {"lhr", "london", 9000},
                 {"ams", "lhr", 6000}};
  source.community_asn = RunningSpeaker::kAsn;
  source.location_function = 10;
  source.egress_function = 11;
  source.added_cost_function = 12;
  auto built = policy::Egress::build(source);
  return std::make_shared<const policy::Egress>(std::move(built).value());
}

// Sets MED to the cost in milliseconds.
policy::Chain med_from_cost() {
  policy::Sources sources;
  policy::TermSource set;
  set.actions.med = policy::SetNumber{policy::SetNumber::Op::EgressCost, 1000};
  set.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"from-cost", {set}});
  return policy::Chain({policy::compile(sources)->find("from-cost")});
}

class CostsOfSpeaker : public testing::TestWithParam<std::uint32_t> {
 protected:
  // The first is a partner here, the second the PoP lhr. The two announce the same prefixes, first
  // those of Paris and then those of London.
  SpeakerSettings settings(PopId vantage) {
    SpeakerSettings settings = running.settings();
    settings.egress = egress;
    settings.costs.rules.dwell = std::chrono::seconds(0);
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      PeerSettings& peer = settings.peers.emplace_back(running.listed(number));
      peer.import.egress = peer.exported.egress = egress;
    }
    settings.peers[0].import.dictionary = egress->dictionary("partner");
    settings.peers[1].kind = PeerKind::Ibgp;
    settings.peers[1].import.between_pops = settings.peers[1].exported.between_pops = true;
    settings.peers[1].exported.send_location = true;
    settings.peers[2].exported.vantage = vantage;
    return settings;
  }
  void begin(PopId vantage = kNoPlace) { begin(settings(vantage)); }
  void begin(SpeakerSettings with) {
    running.apply(std::move(with));
    ASSERT_TRUE(first.connect() && second.connect() && third.connect());
    for (const std::uint32_t metro : {1U, 2U}) {
      const std::uint32_t from = (metro - 1) * kTable;
      ASSERT_TRUE(announce(first, 1, tagged(metro), from));
      PathAttributes attributes;
      attributes.local_pref = 100;
      attributes.large_communities = {{RunningSpeaker::kAsn, 10, metro},
                                      {RunningSpeaker::kAsn, 11, 2}};
      ASSERT_TRUE(announce(second, 2, attributes, from));
    }
    ASSERT_TRUE(running.settles([&] { return paths() == 4 * kTable; }));
  }
  static PathAttributes tagged(std::uint32_t metro) {
    PathAttributes attributes;
    attributes.communities = {Community::of(65001, static_cast<std::uint16_t>(metro))};
    return attributes;
  }
  static bool announce(SocketNeighbour& neighbour, std::uint32_t number, PathAttributes attributes,
                       std::uint32_t from) {
    attributes.next_hop.global = IpAddress::v4(0xC6336400U + number);
    attributes.as_path = AsPath::sequence({SocketNeighbour::asn(number), 100});
    std::vector<Nlri> prefixes;
    for (std::uint32_t i = from; i < from + kTable; ++i) prefixes.push_back(unicast(prefix_of(i)));
    std::vector<std::byte> out;
    (void)wire::encode_announcements(attributes, prefixes, {true, false, wire::kMaxMessage}, out);
    return neighbour.send(out);
  }
  std::uint64_t paths() { return running.speaker().shards().table(Family::Ipv4Unicast).paths; }
  std::uint64_t best(std::uint32_t number) {
    const Peer* const peer = running.speaker().find(address_text(number));
    const rib::PeerCounts counts = running.speaker().shards().counts(peer->slot());
    return counts.families[index(Family::Ipv4Unicast)].best;
  }
  bool best_settles(std::uint64_t of_first, std::uint64_t of_second) {
    return running.settles([&] { return best(1) == of_first && best(2) == of_second; });
  }
  // How many prefixes the third is advertised by way of the neighbor.
  bool third_hears(std::uint32_t number, std::size_t prefixes) {
    const std::string path = std::to_string(SocketNeighbour::asn(number));
    return third.hears_until([&] {
      const auto count = std::ranges::count_if(third.advertised(), [&](const auto& route) {
        return route.second.find(path) != std::string::npos;
      });
      return third.advertised().size() == 2 * kTable && static_cast<std::size_t>(count) == prefixes;
    });
  }
  std::optional<std::string> set(const char* pop, const char* to, EgressCost microseconds) {
    return running.ask([&] {
      return running.speaker().costs().set({pop, to, microseconds}, std::nullopt);
    });
  }
  // So many routes in all are evaluated again in the end: a part of a round counts them behind its
  // last slice, when their changes may have been heard.
  bool evaluates(std::uint64_t routes) {
    return running.settles([&] { return running.speaker().times().reevaluated.imports == routes; });
  }

  std::shared_ptr<const policy::Egress> egress = network();
  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(CostsOfSpeaker, AChangeMovesThePrefixesOfItsMetro) {
  begin();
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  ASSERT_TRUE(third_hears(1, 2 * kTable));
  EXPECT_EQ(set("ams", "paris", 20000), std::nullopt);
  ASSERT_TRUE(best_settles(kTable, kTable));
  EXPECT_TRUE(third_hears(2, kTable));
  EXPECT_TRUE(evaluates(kTable));
  // The moves are counted with their cause, and remembered.
  ASSERT_TRUE(running.settles([&] {
    const Moves::Last* const last = running.speaker().moves().last(kParis);
    return last != nullptr && last->prefixes == kTable && last->move.cause == rib::MoveCause::Rtt;
  }));
  // Later routes meet the cost.
  PathAttributes attributes = tagged(1);
  attributes.med = 1;
  ASSERT_TRUE(announce(first, 1, attributes, 0));
  EXPECT_EQ(set("ams", "london", 20000), std::nullopt);
  ASSERT_TRUE(best_settles(0, 2 * kTable));
  EXPECT_EQ(running.ask([&] { return running.speaker().costs().clear_all(); }), 2U);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  EXPECT_TRUE(third_hears(1, 2 * kTable));
}

// With the same exits under other numbers nothing has moved; what moves has the names of now.
TEST_P(CostsOfSpeaker, AReloadThatNumbersPopsAnewCountsRealMovesAlone) {
  begin();
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  const auto moves = [&] { return running.speaker().shards().move_counts(); };
  const auto before = running.look(moves);
  const auto leave_at = [&](PopId pop, std::uint64_t paris, std::uint64_t reloads) {
    return running.settles([&] {
      const rib::Shards& shards = running.speaker().shards();
      return shards.egress_prefixes(kParis, pop) == paris && !running.speaker().busy() &&
             moves()[static_cast<std::size_t>(rib::MoveCause::Reload)] == reloads;
    });
  };
  egress = network({{"ala", "", 3, {43.3, 76.9}}});
  running.apply(settings(kNoPlace));
  ASSERT_TRUE(leave_at(1, kTable, 0));
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  egress = network({{"ala", "", 3, {43.3, 76.9}}, {"alc", "", 4, {38.3, -0.5}}}, 20000);
  running.apply(settings(kNoPlace));
  ASSERT_TRUE(leave_at(3, kTable, kTable));
  ASSERT_TRUE(best_settles(kTable, kTable));
  ASSERT_TRUE(running.settles([&] {
    const Moves::Last* const last = running.speaker().moves().last(kParis);
    return last != nullptr && last->move == rib::EgressMove{kParis, 2, 3, rib::MoveCause::Reload};
  }));
  // Later moves are noted as they come.
  EXPECT_EQ(set("ams", "london", 20000), std::nullopt);
  ASSERT_TRUE(best_settles(0, 2 * kTable));
  auto after = running.look(moves);
  EXPECT_EQ(after[static_cast<std::size_t>(rib::MoveCause::Rtt)], kTable);
  after[static_cast<std::size_t>(rib::MoveCause::Rtt)] = 0;
  after[static_cast<std::size_t>(rib::MoveCause::Reload)] = 0;
  EXPECT_EQ(after, before);
}

// Later reloads come in the middle of the round of the first reload, and the rest of that round
// uses the rules of the last reload; or later reloads share the next round. The test waits only
// until the paths to Paris have their new exits.
TEST_P(CostsOfSpeaker, ReloadsThatNumberPopsAnewTogetherCountNoMoves) {
  begin();
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  const auto moves = [&] { return running.speaker().shards().move_counts(); };
  const auto before = running.look(moves);
  const auto paris_leaves_at = [&](PopId pop) {
    return running.settles(
        [&] { return running.speaker().shards().egress_prefixes(kParis, pop) == kTable; });
  };
  const policy::PopSource ala{"ala", "", 3, {43.3, 76.9}};
  const policy::PopSource aaa{"aaa", "", 4, {38.3, -0.5}};
  for (int turns = 0; turns < 10; ++turns) {
    egress = network({ala});
    running.apply(settings(kNoPlace));
    for (int i = 0; i < turns; ++i) running.ask([] {});
    egress = network({aaa, ala});
    running.apply(settings(kNoPlace));
    ASSERT_TRUE(paris_leaves_at(2));
    egress = network();
    running.apply(settings(kNoPlace));
    ASSERT_TRUE(paris_leaves_at(0));
    ASSERT_EQ(running.look(moves), before) << turns;
  }
}

TEST_P(CostsOfSpeaker, ABackboneMovesTheClientsOfAVantageAlone) {
  begin(1);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  ASSERT_TRUE(third_hears(2, 2 * kTable));
  EXPECT_EQ(set("lhr", "ams", 3000), std::nullopt);
  EXPECT_TRUE(third_hears(1, 2 * kTable));
  EXPECT_EQ(set("lhr", "london", 2000), std::nullopt);
  EXPECT_TRUE(third_hears(2, kTable));
  ASSERT_TRUE(best_settles(kTable, kTable));
}

TEST_P(CostsOfSpeaker, AnImportPolicyThatReadsTheCostIsAskedAgain) {
  SpeakerSettings with_policy = settings(kNoPlace);
  with_policy.peers[0].import.policies = med_from_cost();
  begin(with_policy);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  // On the loop.
  const auto med = [&](std::uint32_t number) {
    const Nlri nlri = unicast(prefix_of(number));
    const rib::Shards& shards = running.speaker().shards();
    const auto found = shards[shards.index_of(nlri)].find(nlri);
    return pipeline::read(shards.attributes()[found->best()->effective()]).attributes.med;
  };
  ASSERT_TRUE(running.settles([&] { return med(0) == 5U; }));
  EXPECT_EQ(set("ams", "paris", 8000), std::nullopt);
  EXPECT_TRUE(running.settles([&] { return med(0) == 8U && med(kTable - 1) == 8U; }));
  EXPECT_TRUE(running.settles([&] { return med(kTable) == 5U; }));  // users in London
  EXPECT_EQ(best(1), 2 * kTable);
}

// A round that has new rules and new costs judges each path once.
TEST_P(CostsOfSpeaker, NewRulesHaveTheNewCosts) {
  SpeakerSettings with_policy = settings(kNoPlace);
  with_policy.peers[0].import.policies = med_from_cost();
  begin(with_policy);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  running.ask([&] {
    (void)running.speaker().costs().set({"ams", "paris", 8000}, std::nullopt);
    (void)running.speaker().degrade(address_text(1), 3000);
  });
  ASSERT_TRUE(best_settles(kTable, kTable));
  ASSERT_TRUE(running.settles([&] { return !running.speaker().busy(); }));
  EXPECT_TRUE(evaluates(2 * kTable));
}

TEST_P(CostsOfSpeaker, AReloadWithAnotherFileMovesThemByTheRules) {
  begin();
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  SpeakerSettings next = settings(kNoPlace);
  next.costs.rules.dwell = std::chrono::seconds(3600);
  next.costs.file.pairs = egress->pairs_of({{"ams", "paris", 20000}});
  running.apply(next);
  ASSERT_TRUE(best_settles(kTable, kTable));
  // The first new content of the watched file counts, and the next one waits for the dwell, as
  // that of a reload does. A reload may shorten the dwell.
  const auto watched = [&](const std::vector<policy::RttSource>& rtts) {
    return running.ask([&] {
      running.speaker().costs().take_file({egress->pairs_of(rtts), {}}, egress);
      return running.speaker().egress_costs()->cell({0, 1, false}).cost;
    });
  };
  EXPECT_EQ(watched({{"ams", "paris", 20000}, {"ams", "london", 20000}}), 20000U);
  ASSERT_TRUE(best_settles(0, 2 * kTable));
  EXPECT_EQ(watched({{"ams", "paris", 20000}, {"ams", "london", 1000}}), 20000U);
  next.costs.file.pairs.clear();
  running.apply(next);
  EXPECT_EQ(running.ask([&] {
    return running.speaker().egress_costs()->cell({0, 1, false}).cost;
  }),
            20000U);
  next.costs.rules.dwell = std::chrono::seconds(0);
  running.apply(next);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
}

TEST_P(CostsOfSpeaker, AProbeMovesThePrefixesOfItsPlace) {
  SpeakerSettings with_probes = settings(kNoPlace);
  with_probes.costs.probes = {{"paris"}, std::chrono::seconds(3600), {}};
  begin(with_probes);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  const auto probed = [&](const char* to, std::optional<EgressCost> shortest) {
    running.ask([&] { running.speaker().costs().take_probes({{to, shortest, 8, 2}}); });
  };
  probed("london", 20000);  // nobody probes London any more
  probed("paris", 20000);
  ASSERT_TRUE(best_settles(kTable, kTable));
  EXPECT_TRUE(third_hears(2, kTable));
  const auto loss = [&](const char* to) {
    return running.ask([&] { return running.speaker().costs().loss(to).lost; });
  };
  EXPECT_EQ(loss("paris"), 2U);
  EXPECT_EQ(loss("london"), 0U);
  // A reload that probes the place still keeps the measurement, one without it does not.
  running.apply(with_probes);
  EXPECT_EQ(loss("paris"), 2U);
  ASSERT_TRUE(best_settles(kTable, kTable));
  with_probes.costs.probes.places.clear();
  running.apply(with_probes);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  EXPECT_EQ(loss("paris"), 0U);
}

TEST_P(CostsOfSpeaker, ADegradedPopLosesWhatAnotherReachesForLess) {
  begin();
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  const auto degrade = [&](EgressCost added) {
    return running.ask([&] { return running.speaker().degrade_pop(added); }).size();
  };
  EXPECT_EQ(degrade(3000), 2U);
  EXPECT_EQ(set("lhr", "paris", 7000), std::nullopt);
  ASSERT_TRUE(best_settles(kTable, kTable));
  EXPECT_TRUE(third_hears(2, kTable));
  EXPECT_EQ(running.ask([&] { return running.speaker().drain_list(); }).pop_added, 3000U);
  degrade(0);
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  // A single neighbor.
  running.ask([&] { return running.speaker().degrade(address_text(1), 5000); });
  ASSERT_TRUE(best_settles(0, 2 * kTable));
  EXPECT_EQ(running.ask([&] { return running.speaker().drain_list(); }).added,
            (std::map<std::string, EgressCost>{{address_text(1), 5000}}));
  running.ask([&] { return running.speaker().degrade("all", 0); });
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  EXPECT_EQ(running.ask([&] { return running.speaker().drain_list(); }), DrainList{});
}

// Costs change in each turn of the loop, and the neighbors take their rules in two.
TEST_P(CostsOfSpeaker, ChangesWithoutEndReachTheRoutes) {
  SpeakerSettings many = settings(kNoPlace);
  std::vector<std::unique_ptr<SocketNeighbour>> more;
  for (std::uint32_t number = 4; number <= Speaker::kSlice + 8; ++number) {
    PeerSettings& peer = many.peers.emplace_back(running.listed(number));
    peer.import.egress = peer.exported.egress = egress;
    more.push_back(std::make_unique<SocketNeighbour>(number, running.port()));
  }
  begin(many);
  for (const auto& neighbour : more) ASSERT_TRUE(neighbour->connect());
  ASSERT_TRUE(best_settles(2 * kTable, 0));
  const auto evaluated = [&] { return running.speaker().times().reevaluated.imports; };
  const std::uint64_t before = running.ask(evaluated);
  bool ends = false;  // on the loop, like the next two
  EgressCost cost = 5000;
  std::function<void()> change = [&] {
    if (ends) return;
    running.loop().post(change);
    cost = 25'000 - cost;
    running.speaker().costs().take_file({egress->pairs_of({{"ams", "paris", cost}}), {}}, egress);
  };
  running.ask(change);
  EXPECT_TRUE(comes_true([&] { return running.ask(evaluated) > before; }));
  running.ask([&] { ends = true; });
  running.ask([] {});  // behind the last change()
}

INSTANTIATE_TEST_SUITE_P(Shards, CostsOfSpeaker, testing::Values(1U, 3U));

TEST(Costs, SayWhyTheyRefuse) {
  RunningSpeaker running;
  SpeakerSettings settings = running.settings();
  settings.egress = network();
  running.apply(std::move(settings));
  const auto set = [&](const char* pop, const char* to) {
    return running.ask([&] { return running.speaker().costs().set({pop, to, 1000}, {}); });
  };
  EXPECT_EQ(set("amx", "paris"), "there is no PoP 'amx'");
  EXPECT_EQ(set("ams", "rome"), "there is no metro or other PoP 'rome'");
  EXPECT_EQ(set("ams", "ams"), "there is no metro or other PoP 'ams'");
  EXPECT_EQ(set("ams", "paris"), std::nullopt);
  const auto clear = [&](const char* to) {
    return running.ask([&] { return running.speaker().costs().clear("ams", to); });
  };
  EXPECT_EQ(clear("london"), "there is no measurement of 'rtt set' from 'ams' to 'london'");
  EXPECT_EQ(clear("paris"), std::nullopt);
}

}  // namespace
}  // namespace tern::session
