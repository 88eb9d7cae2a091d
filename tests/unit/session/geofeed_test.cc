// Geofeeds that change after routes came in: the routes that changed entries cover are judged
// again, and no other route.
#include "policy/geofeed.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using policy::Geofeed;

constexpr std::uint32_t kAnnounced = 1000;
constexpr MetroId kParisPlace = 0, kRomePlace = 1;

std::shared_ptr<const policy::Egress> one_pop(std::vector<policy::MetroSource> more = {}) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.9}}};
  source.metros = {{"paris", "", 10, {48.9, 2.4}}, {"rome", "", 11, {41.9, 12.5}}};
  source.metros.insert(source.metros.begin(), more.begin(), more.end());
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

class Geofeeds : public testing::TestWithParam<std::uint32_t> {
 protected:
  SpeakerSettings settings(const std::shared_ptr<const policy::Egress>& with) {
    SpeakerSettings settings = running.settings();
    settings.egress = with;
    for (const std::uint32_t number : {1U, 2U}) {
      PeerSettings& peer = settings.peers.emplace_back(running.listed(number));
      peer.import.egress = peer.exported.egress = with;
    }
    return settings;
  }
  void set(std::vector<Geofeed::Entry> entries) {
    auto next = std::make_shared<const Geofeed>(std::move(entries), places);
    auto changed = Geofeed::difference(*feed, *next);
    feed = next;
    running.ask([&] {
      running.speaker().set_geofeed(std::move(next), std::move(changed));
      return true;
    });
  }
  bool are_in(MetroId metro, std::uint64_t count) {
    return running.settles(
        [&] { return running.speaker().shards().egress_prefixes(metro, 0) == count; });
  }
  // So many routes in all are evaluated again in the end: a part of a round counts them behind its
  // last slice, when their changes may have been heard.
  bool evaluates(std::uint64_t routes) {
    return running.settles([&] { return running.speaker().times().reevaluated.imports == routes; });
  }

  const std::shared_ptr<const policy::Egress> egress = one_pop();
  const std::shared_ptr<const policy::Places> places = egress->shared_places();
  std::shared_ptr<const Geofeed> feed = std::make_shared<const Geofeed>();
  RunningSpeaker running{SpeakerThreads{0, 0, GetParam(), {}}};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

TEST_P(Geofeeds, AChangeTouchesTheRoutesThatItCovers) {
  running.apply(settings(egress));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(first.announce(0, kAnnounced));
  ASSERT_TRUE(are_in(kNoPlace, kAnnounced));
  set({{Prefix::v4(0x0A000000U, 20), kRomePlace}});
  ASSERT_TRUE(are_in(kRomePlace, 16));
  EXPECT_TRUE(evaluates(16U));
  set({{Prefix::v4(0x0A000000U, 20), kRomePlace}, {prefix_of(7), kParisPlace}});
  ASSERT_TRUE(are_in(kParisPlace, 1));
  ASSERT_TRUE(are_in(kRomePlace, 15));
  EXPECT_TRUE(evaluates(17U));
  // New routes meet the table that is there.
  ASSERT_TRUE(second.announce(0, 2));
  ASSERT_TRUE(are_in(kRomePlace, 15));
  set({});
  ASSERT_TRUE(are_in(kNoPlace, kAnnounced));
}

// The table of earlier places counts by their names until the thread has made another.
TEST_P(Geofeeds, AReloadThatAddsAPlaceKeepsThoseOfRoutes) {
  running.apply(settings(egress));
  ASSERT_TRUE(first.connect());
  set({{Prefix::v4(0x0A000000U, 20), kRomePlace}});
  ASSERT_TRUE(first.announce(0, kAnnounced));
  ASSERT_TRUE(are_in(kRomePlace, 16));
  const auto more = one_pop({{"berlin", "", 9, {52.5, 13.4}}});
  running.apply(settings(more));
  ASSERT_TRUE(are_in(kRomePlace + 1, 16));
  ASSERT_TRUE(are_in(kRomePlace, 0));
  // A table that was on its way meets other places, too.
  set({{Prefix::v4(0x0A000000U, 21), kParisPlace}});
  ASSERT_TRUE(are_in(kParisPlace + 1, 8));
  ASSERT_TRUE(are_in(kRomePlace + 1, 0));
}

INSTANTIATE_TEST_SUITE_P(Threads, Geofeeds, testing::Values(1U, 2U));

}  // namespace
}  // namespace tern::session
