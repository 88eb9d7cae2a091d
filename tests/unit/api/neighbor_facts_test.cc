// The neighbors that examinations of registered prefixes read, of a server with sessions.
#include <future>

#include "bgpd/session/peer.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/states/peer_watch.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

using session::SocketNeighbour;

class ApiNeighborFacts : public RunningServer {};

TEST_F(ApiNeighborFacts, ManyNeighborsAreLookedAtInSlices) {
  constexpr std::uint32_t kMany = states::PeerWatch::kSlice + 10;
  session::SpeakerSettings settings;
  settings.asn = kOurAsn;
  settings.identifier = 1;
  settings.listen = {{*IpAddress::parse("127.0.0.1"), port_}};
  settings.egress = std::make_shared<const policy::Egress>();
  for (std::uint32_t number = 1; number <= kMany; ++number) {
    session::PeerSettings& peer = settings.peers.emplace_back();
    peer.address = IpAddress::v4(0x7F020000U + number);
    peer.name = "member-" + std::to_string(number);
    peer.fsm.local.asn = kOurAsn;
    peer.fsm.local.identifier = settings.identifier;
    peer.fsm.passive = true;
    peer.import.peer.asn = number;
    peer.import.egress = peer.exported.egress = settings.egress;
  }
  std::promise<void> applied;
  on_loop([&] {
    EXPECT_TRUE(
        speaker_->apply(session::plan(speaker_->running(), settings), [&] { applied.set_value(); })
            .ok());
  });
  applied.get_future().wait();
  on_loop([&] {
    states::PeerWatch watch(*speaker_);
    watch.look();
    std::size_t changes = watch.take_changes().size();
    EXPECT_FALSE(watch.is_complete());
    EXPECT_LE(changes, states::PeerWatch::kSlice);
    watch.look();
    EXPECT_FALSE(watch.is_complete()) << "the changes are not taken yet";
    changes += watch.take_changes().size();
    EXPECT_TRUE(watch.is_complete());
    EXPECT_EQ(changes, kMany);
    watch.look();
    watch.look();
    EXPECT_TRUE(watch.take_changes().empty());
  });
}

// The AS of these neighbors is known by their OPEN alone.
TEST_F(ApiNeighborFacts, AFlapOfASessionChangesNoFacts) {
  start_neighbours(false);
  const auto established = [&](std::uint32_t number) {
    return on_loop(
        [&] { return speaker_->find("member-" + std::to_string(number))->established(); });
  };
  ASSERT_TRUE(settles([&] { return established(1) && established(2) && established(3); }));
  states::PeerWatch watch(*speaker_);
  const auto changes = [&] {
    return on_loop([&] {
      watch.look();
      return watch.take_changes();
    });
  };
  const auto first = changes();
  ASSERT_EQ(first.size(), kNeighbours);
  for (const auto& [slot, facts] : first) {
    ASSERT_TRUE(facts);
    EXPECT_TRUE(facts->is_of_partner());
    EXPECT_GT(facts->asn, 65000U);
  }
  neighbour(2).close();
  ASSERT_TRUE(settles([&] { return !established(2); }));
  EXPECT_TRUE(changes().empty());
  on_loop([&] { (void)speaker_->command("member-2", session::NeighborAction::Disable, ""); });
  const auto disabled = changes();
  ASSERT_EQ(disabled.size(), 1U);
  EXPECT_TRUE(disabled[0].second->shut_down);
  EXPECT_EQ(disabled[0].second->asn, SocketNeighbour::asn(2));
}

}  // namespace
}  // namespace tern::api
