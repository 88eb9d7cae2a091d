// PeerWatch beside a whole Speaker: which changes of a neighbor are noticed.
#include "bgpd/states/peer_watch.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "tests/unit/session/running_speaker.h"

namespace tern::states {
namespace {

TEST(PeerWatch, NoticesThatALimitHoldsANeighborNoMore) {
  session::RunningSpeaker running;
  session::SpeakerSettings settings = running.settings();
  settings.peers.push_back(running.listed(1));
  pipeline::ImportRules& rules = settings.peers[0].import;
  rules.prefix_limit[index(Family::Ipv4Unicast)] = 1;
  rules.limit_action = pipeline::LimitAction::Shutdown;
  running.apply(std::move(settings));
  PeerWatch watch(running.speaker());
  std::optional<PeerFacts> facts;
  const auto look = [&] {
    watch.look();
    for (auto& [slot, one] : watch.take_changes()) facts = std::move(one);
    return facts.has_value();
  };
  session::SocketNeighbour neighbour(1, running.port());
  ASSERT_TRUE(neighbour.connect());
  ASSERT_TRUE(neighbour.announce(0, 8));
  ASSERT_TRUE(running.settles([&] { return look() && facts->held_by_limit; }));
  EXPECT_TRUE(facts->shut_down);
  const std::string name = running.ask([&] { return facts->name; });
  running.ask([&] { (void)running.speaker().command(name, session::NeighborAction::Disable, ""); });
  EXPECT_TRUE(running.settles([&] { return look() && !facts->held_by_limit; }));
  EXPECT_TRUE(facts->shut_down) << "by the operator";
}

}  // namespace
}  // namespace tern::states
