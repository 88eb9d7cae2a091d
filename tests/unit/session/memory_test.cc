// Tables in spaces so small that one neighbor fills them: that neighbor alone loses its session.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <optional>
#include <vector>

#include "bgpd/wire/update.h"
#include "rib/base/fault_point.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20U;

class Memory : public testing::TestWithParam<SpeakerThreads> {
 protected:
  static SpeakerThreads with(SpeakerThreads threads, rib::TableSpaces spaces) {
    threads.spaces = spaces;
    return threads;
  }
  // The first neighbor advertises eight routes. The second sends until it loses its session; then
  // its routes leave, and the second may return with fewer.
  static void expect_one_loses(RunningSpeaker& running, std::span<const std::byte> flood) {
    running.apply({1, 2});
    SocketNeighbour modest(1, running.port());
    SocketNeighbour greedy(2, running.port());
    ASSERT_TRUE(modest.connect());
    ASSERT_TRUE(modest.announce(0, 8));
    ASSERT_TRUE(greedy.connect());
    (void)greedy.send(flood);
    while (greedy.open()) greedy.listen(5);
    EXPECT_EQ(running.last_error(2), "sent Cease/Out of Resources");
    EXPECT_EQ(running.state(1), "Established");
    ASSERT_TRUE(running.settles(
        [&] { return running.speaker().shards().table(Family::Ipv4Unicast).paths == 8; }));
    ASSERT_TRUE(greedy.connect());
    ASSERT_TRUE(greedy.announce(0, 8, 1));
    EXPECT_TRUE(running.settles(
        [&] { return running.speaker().shards().table(Family::Ipv4Unicast).paths == 16; }));
    modest.listen(1);
    EXPECT_TRUE(modest.open());
  }
};

TEST_P(Memory, ANeighborThatFillsTheSpaceForSetsLosesItsSession) {
  RunningSpeaker running(with(GetParam(), {8 * kMiB, 64 * kMiB}));
  std::vector<std::byte> flood;
  PathAttributes attributes;
  attributes.next_hop.global = IpAddress::v4(0xC0000202U);
  attributes.as_path = AsPath::sequence({SocketNeighbour::asn(2)});
  for (std::uint32_t i = 0; i < 200; ++i) attributes.communities.push_back(Community{i});
  for (std::uint32_t i = 0; i < 12'000; ++i) {  // some 850 octets for each set
    attributes.communities.front() = Community{0x10000U + i};
    const std::vector<Nlri> one{unicast(Prefix::v4(0x0A000000U + (i << 8U), 24))};
    (void)wire::encode_announcements(attributes, one, {true, false, wire::kMaxMessage}, flood);
  }
  expect_one_loses(running, flood);
}

TEST_P(Memory, ANeighborThatFillsTheSpaceForPathsLosesItsSession) {
  RunningSpeaker running(with(GetParam(), {64 * kMiB, 4 * kMiB}));
  std::vector<std::byte> flood;
  append_announcements(2, 0, 500'000, 1, flood);
  expect_one_loses(running, flood);
}

TEST_P(Memory, ASetWithoutMemoryEndsTheSessionThatSentIt) {
  RunningSpeaker running(with(GetParam(), {}));
  std::vector<std::byte> few;
  append_announcements(2, 0, 8, 2, few);
  std::optional<fault::Armed> none;
  none.emplace(fault::Point::Allocation, 1);
  running.apply({2});
  SocketNeighbour neighbor(2, running.port());
  ASSERT_TRUE(neighbor.connect());
  ASSERT_TRUE(neighbor.send(few));
  while (neighbor.open()) neighbor.listen(5);
  EXPECT_EQ(running.last_error(2), "sent Cease/Out of Resources");
  EXPECT_GT(none->count(), 0U);
  none.reset();
  ASSERT_TRUE(neighbor.connect());
  ASSERT_TRUE(neighbor.send(few));
  EXPECT_TRUE(running.settles(
      [&] { return running.speaker().shards().table(Family::Ipv4Unicast).paths == 8; }));
}

INSTANTIATE_TEST_SUITE_P(Threads, Memory,
                         testing::Values(SpeakerThreads{}, SpeakerThreads{1, 1, 2, {}}));

}  // namespace
}  // namespace tern::session
