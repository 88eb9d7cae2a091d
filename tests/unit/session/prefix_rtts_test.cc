// Measured round trips to prefixes that change after routes came in: the routes that changed
// measurements cover are judged again, and no other route.
#include "policy/prefix_rtts.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "bgpd/session/costs.h"
#include "bgpd/session/loop.h"
#include "bgpd/wire/update.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using policy::PrefixRtts;

// The first is a partner here, the second the PoP lhr. Both announce the same prefixes, whose users
// are in Paris: without measurements all leave at lhr.
class PrefixRttsOfSpeaker : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kTable = 1000;
  static constexpr PopId kAms = 0, kLhr = 1;

  static std::shared_ptr<const policy::Egress> places(std::vector<policy::PopSource> more = {}) {
    policy::EgressSource source;
    source.pop = "ams";
    source.pops = {{"ams", "", 1, {52.3, 4.9}}, {"lhr", "", 2, {51.5, -0.5}}};
    source.pops.insert(source.pops.begin(), more.begin(), more.end());
    source.metros = {{"paris", "", 10, {48.9, 2.4}}};
    source.rtts = {{"ams", "paris", 8000}, {"lhr", "paris", 7000}};
    source.community_asn = RunningSpeaker::kAsn;
    source.location_function = 10;
    source.egress_function = 11;
    return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
  }
  static Prefix covering(std::uint8_t length) { return Prefix::v4(0x0A000000U, length); }

  SpeakerSettings settings() {
    SpeakerSettings settings = running.settings();
    settings.egress = egress;
    settings.costs.rules.dwell = std::chrono::seconds(0);
    settings.costs.prefixes = {rtts, std::chrono::seconds(0)};
    for (const std::uint32_t number : {1U, 2U}) {
      PeerSettings& peer = settings.peers.emplace_back(running.listed(number));
      peer.import.egress = peer.exported.egress = egress;
    }
    settings.peers[0].import.location_default = 0;
    settings.peers[1].kind = PeerKind::Ibgp;
    settings.peers[1].import.between_pops = settings.peers[1].exported.between_pops = true;
    return settings;
  }
  void begin() {
    running.apply(settings());
    ASSERT_TRUE(first.connect() && second.connect());
    ASSERT_TRUE(first.announce(0, kTable));
    PathAttributes attributes;
    attributes.next_hop.global = IpAddress::v4(0xC6336402U);
    attributes.as_path = AsPath::sequence({SocketNeighbour::asn(1)});
    attributes.local_pref = 100;
    attributes.large_communities = {{RunningSpeaker::kAsn, 10, 10}, {RunningSpeaker::kAsn, 11, 2}};
    std::vector<Nlri> prefixes;
    for (std::uint32_t i = 0; i < kTable; ++i) prefixes.push_back(unicast(prefix_of(i)));
    std::vector<std::byte> out;
    (void)wire::encode_announcements(attributes, prefixes, {true, false, wire::kMaxMessage}, out);
    ASSERT_TRUE(second.send(out));
    ASSERT_TRUE(running.settles(
        [&] { return running.speaker().shards().table(Family::Ipv4Unicast).paths == 2 * kTable; }));
  }
  // As the thread does that reads the file.
  void set(std::vector<PrefixRtts::Measured> measured, std::chrono::seconds age = {}) {
    auto next = std::make_shared<const PrefixRtts>(std::move(measured));
    const auto none = std::make_shared<const PrefixRtts>();
    auto changed = PrefixRtts::difference(rtts ? *rtts : *none, *next);
    const auto before = std::exchange(rtts, next);
    running.ask([&] {
      running.speaker().costs().take_prefixes({next, age}, before, std::move(changed), egress);
    });
  }
  // As the control API does; nothing: it was taken.
  std::optional<std::string> set_by_api(std::vector<Costs::PrefixRtt> measured,
                                        std::optional<std::chrono::seconds> lasts = {}) {
    const auto refused =
        running.ask([&] { return running.speaker().costs().set_prefixes("ams", measured, lasts); });
    look();
    return refused;
  }
  std::optional<std::string> clear_by_api(std::vector<Prefix> prefixes) {
    const auto refused =
        running.ask([&] { return running.speaker().costs().clear_prefixes("ams", prefixes); });
    look();
    return refused;
  }
  std::vector<std::uint32_t> digests() {
    return running.ask([&] { return running.speaker().costs().digests(); });
  }
  // Once a second the speaker does so.
  void look() {
    running.ask([&] { running.speaker().costs().look(steady_nanoseconds()); });
  }
  void set_paris(EgressCost microseconds) {
    running.ask([&] {
      (void)running.speaker().costs().set({"ams", "paris", microseconds}, std::nullopt);
    });
    look();
  }
  bool leave_at_ams(std::uint64_t count, PopId ams = kAms) {
    return running.settles([&] {
      const rib::Shards& shards = running.speaker().shards();
      return shards.egress_prefixes(0, ams) == count && !running.speaker().busy() &&
             shards.egress_prefixes(0, static_cast<PopId>(ams + 1)) == kTable - count;
    });
  }
  // So many routes in all are evaluated again in the end: a part of a round counts them behind its
  // last slice, when its changes may have been seen.
  bool evaluates(std::uint64_t routes) {
    return running.settles([&] { return running.speaker().times().reevaluated.imports == routes; });
  }
  std::uint64_t moves(rib::MoveCause cause) {
    return running.look(
        [&] { return running.speaker().shards().move_counts()[static_cast<std::size_t>(cause)]; });
  }

  std::shared_ptr<const policy::Egress> egress = places();
  std::shared_ptr<const PrefixRtts> rtts = std::make_shared<const PrefixRtts>();  // of a file
  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

TEST_P(PrefixRttsOfSpeaker, AChangeTouchesTheRoutesThatItCovers) {
  begin();
  ASSERT_TRUE(leave_at_ams(0));
  set({{covering(20), kAms, 2000}});
  ASSERT_TRUE(leave_at_ams(16));
  EXPECT_TRUE(evaluates(2 * 16U));
  EXPECT_EQ(moves(rib::MoveCause::Rtt), 16U);
  set({{covering(20), kAms, 2000}, {prefix_of(7), kAms, 20000}, {prefix_of(8), kLhr, 1000}});
  ASSERT_TRUE(leave_at_ams(14));
  EXPECT_TRUE(evaluates(2 * 18U));
  // New routes meet the measurements that are there.
  ASSERT_TRUE(first.announce(0, 20));
  ASSERT_TRUE(leave_at_ams(14));
  set({});
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_EQ(moves(rib::MoveCause::Rtt), 16U + 2 + 14);
}

// A pair that moves leaves the routes alone that have measurements of their own.
TEST_P(PrefixRttsOfSpeaker, StayBesideCostsOfPairsThatMove) {
  begin();
  set({{covering(20), kAms, 2000}});
  ASSERT_TRUE(leave_at_ams(16));
  set_paris(6000);
  ASSERT_TRUE(leave_at_ams(kTable));
  set_paris(9000);
  ASSERT_TRUE(leave_at_ams(16));
}

TEST_P(PrefixRttsOfSpeaker, AreThereFromTheStart) {
  rtts = std::make_shared<const PrefixRtts>(
      std::vector<PrefixRtts::Measured>{{covering(20), kAms, 2000}});
  begin();
  ASSERT_TRUE(leave_at_ams(16));
  EXPECT_TRUE(evaluates(0U));
  // A reload without the file.
  rtts = nullptr;
  running.apply(settings());
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_TRUE(evaluates(2 * 16U)) << "only the routes that the file covered";
}

// Sessions share one table of costs, and compare its address first.
TEST_P(PrefixRttsOfSpeaker, ASmallDifferenceLeavesTheCostsInForce) {
  begin();
  set({{covering(20), kAms, 2000}});
  ASSERT_TRUE(leave_at_ams(16));
  const auto in_force = [&] {
    return running.ask([&] { return running.speaker().egress_costs(); });
  };
  const auto before = in_force();
  policy::CostRules rules;
  rules.least_microseconds = 500;
  const PrefixRtts read({{covering(20), kAms, 2300}});
  const auto next = std::make_shared<const PrefixRtts>(read.settled(*rtts, rules));
  running.ask([&] { running.speaker().costs().take_prefixes({next, {}}, rtts, {}, egress); });
  EXPECT_EQ(in_force(), before);
  EXPECT_TRUE(evaluates(2 * 16U));
}

TEST_P(PrefixRttsOfSpeaker, AreRenumberedByAReloadWithOtherPlaces) {
  begin();
  set({{covering(20), kAms, 2000}});
  ASSERT_TRUE(leave_at_ams(16));
  const auto before = egress;
  egress = places({{"aaa", "", 9, {38.3, -0.5}}});
  rtts = std::make_shared<const PrefixRtts>(
      std::vector<PrefixRtts::Measured>{{covering(21), 1, 2000}});
  running.apply(settings());
  ASSERT_TRUE(leave_at_ams(8, 1));
  // Measurements by the numbers of the places before are left out.
  running.ask([&] { running.speaker().costs().take_prefixes({nullptr, {}}, rtts, {}, before); });
  ASSERT_TRUE(leave_at_ams(8, 1));
}

// By the age that the rules allow, which a reload may change.
TEST_P(PrefixRttsOfSpeaker, OldOnesDoNotCount) {
  begin();
  set({{covering(20), kAms, 2000}}, std::chrono::hours(2));
  ASSERT_TRUE(leave_at_ams(16));
  SpeakerSettings next = settings();
  next.costs.rules.max_age = std::chrono::hours(1);
  running.apply(next);
  look();
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_EQ(moves(rib::MoveCause::Distance), 16U);
  set({{covering(20), kAms, 2000}});
  ASSERT_TRUE(leave_at_ams(16));
  set({{covering(21), kAms, 2000}}, std::chrono::hours(2));
  ASSERT_TRUE(leave_at_ams(0));
  next.costs.rules.max_age = std::chrono::hours(3);
  running.apply(next);
  look();
  ASSERT_TRUE(leave_at_ams(8));
}

// Without a file, no route is judged again but those that the measurements cover.
TEST_P(PrefixRttsOfSpeaker, OfTheControlApiTouchTheRoutesThatTheyCover) {
  rtts = nullptr;
  begin();
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_EQ(set_by_api({{covering(20), 2000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(16));
  EXPECT_TRUE(evaluates(2 * 16U));
  EXPECT_EQ(moves(rib::MoveCause::Rtt), 16U);
  EXPECT_EQ(set_by_api({{covering(20), 2100}, {prefix_of(7), 20'000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(15));
  EXPECT_TRUE(evaluates(2 * 17U));
  EXPECT_EQ(clear_by_api({covering(20)}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_TRUE(evaluates(2 * 33U));
  EXPECT_EQ(moves(rib::MoveCause::Distance), 15U);
  EXPECT_EQ(running.ask([&] { return running.speaker().costs().clear_all(); }), 1U);
  look();
  EXPECT_TRUE(evaluates(2 * 34U));
  EXPECT_EQ(running.ask([&] { return running.speaker().egress_costs()->measures_prefixes(); }),
            false);
}

TEST_P(PrefixRttsOfSpeaker, OfTheControlApiCountBeforeTheFile) {
  begin();
  set({{covering(20), kAms, 2000}, {prefix_of(7), kAms, 20'000}});
  ASSERT_TRUE(leave_at_ams(15));
  const auto of_file = digests();
  // The file has a longer prefix.
  EXPECT_EQ(set_by_api({{covering(20), 30'000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_NE(digests(), of_file);
  EXPECT_EQ(set_by_api({{prefix_of(7), 1000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(1));
  // A change of the file below the measurements.
  set({{covering(20), kAms, 3000}, {prefix_of(8), kAms, 1000}});
  ASSERT_TRUE(leave_at_ams(2));
  EXPECT_EQ(clear_by_api({covering(20), prefix_of(7)}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(16));
}

TEST_P(PrefixRttsOfSpeaker, OfProbesCountBehindTheFile) {
  begin();
  SpeakerSettings probing = settings();
  const std::string probed = covering(20).to_string();
  probing.costs.probes = {{}, std::chrono::seconds(3600), {{probed, covering(20)}}};
  running.apply(probing);
  const auto probe = [&](const std::string& to, EgressCost microseconds) {
    running.ask([&] { running.speaker().costs().take_probes({{to, microseconds, 1, 0}}); });
    look();
  };
  probe(prefix_of(7).to_string(), 2000);  // no such target
  probe(probed, 2000);
  ASSERT_TRUE(leave_at_ams(16));
  const auto of_probes = digests();
  EXPECT_NE(clear_by_api({covering(20)}), std::nullopt);
  set({{covering(20), kAms, 30'000}});
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_NE(digests(), of_probes);
  set({});
  ASSERT_TRUE(leave_at_ams(16)) << "the probe counts again";
  // A measurement of the control API does not end that of the probe.
  EXPECT_EQ(set_by_api({{covering(20), 30'000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(0));
  EXPECT_EQ(clear_by_api({covering(20)}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(16));
  probing.costs.prefixes = {rtts, {}};
  probing.costs.probes.prefixes.clear();
  running.apply(probing);
  look();
  ASSERT_TRUE(leave_at_ams(0)) << "the prefix is not probed any more";
}

TEST_P(PrefixRttsOfSpeaker, OfTheControlApiEnd) {
  rtts = nullptr;
  begin();
  EXPECT_EQ(set_by_api({{covering(20), 2000}}, std::chrono::seconds(1)), std::nullopt);
  EXPECT_TRUE(evaluates(2 * 32U)) << "when they came, and when they ended";
  ASSERT_TRUE(leave_at_ams(0));
}

TEST_P(PrefixRttsOfSpeaker, OfTheControlApiAreRefusedWhole) {
  begin();
  EXPECT_EQ(set_by_api({{covering(20), 2000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(16));
  EXPECT_EQ(clear_by_api({covering(20), covering(21)}),
            "there is no measurement of 'rtt set' from 'ams' to 10.0.0.0/21; none is cleared");
  std::vector<Costs::PrefixRtt> many;
  for (std::uint32_t i = 0; i < policy::LivePrefixRtts::kMost; ++i) {
    many.push_back({Prefix::v4(0x14000000U + (i << 8U), 24), 2000});
  }
  EXPECT_EQ(set_by_api(many),
            "there are 1 measurements to prefixes, and with these there would be more than 10000; "
            "none is taken");
  EXPECT_EQ(running.ask([&] {
    return running.speaker().costs().live_prefixes(policy::CostSource::Operator).size();
  }),
            1U);
  EXPECT_EQ(running.ask([&] {
    return running.speaker().costs().set_prefixes("amx", {{covering(20), 1}}, std::nullopt);
  }),
            "there is no PoP 'amx'");
  ASSERT_TRUE(leave_at_ams(16));
}

TEST_P(PrefixRttsOfSpeaker, OfTheControlApiOutlastAReloadWithOtherPlaces) {
  begin();
  EXPECT_EQ(set_by_api({{covering(20), 2000}}), std::nullopt);
  ASSERT_TRUE(leave_at_ams(16));
  egress = places({{"aaa", "", 9, {38.3, -0.5}}});
  running.apply(settings());
  ASSERT_TRUE(leave_at_ams(16, 1));
}

INSTANTIATE_TEST_SUITE_P(Threads, PrefixRttsOfSpeaker, testing::Values(1U, 2U));

}  // namespace
}  // namespace tern::session
