// What keeps a session: whole KEEPALIVEs and UPDATEs in time, wherever they are read, and nothing
// else (RFC 4271 section 6.5).
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

class Heard : public testing::TestWithParam<SpeakerThreads> {};

// One sends an UPDATE an octet at a time and never the whole of it, the other one short UPDATEs and
// no KEEPALIVE: the first is lost after its three seconds, the second is not.
TEST_P(Heard, OctetsHoldNoSessionAndUpdatesDo) {
  RunningSpeaker running(GetParam());
  running.apply({1, 2});
  SocketNeighbour trickles(1, running.port());
  SocketNeighbour updates(2, running.port());
  for (SocketNeighbour* neighbour : {&trickles, &updates}) {
    neighbour->set_hold_time(3);
    ASSERT_TRUE(neighbour->connect());
  }
  std::vector<std::byte> header(16, std::byte{0xFF});
  header.insert(header.end(), {std::byte{0x10}, std::byte{0}, std::byte{2}});  // UPDATE of 4096
  std::vector<std::byte> flood;
  if (GetParam().readers > 0) append_announcements(1, 0, 8000, 0, flood);
  flood.insert(flood.end(), header.begin(), header.end());
  ASSERT_TRUE(trickles.send(flood));
  const std::vector<std::byte> octet(1);
  std::vector<std::byte> update;
  append_announcements(2, 9000, 9001, 0, update);
  Clock::duration longest_gap{};
  auto last = Clock::now();
  for (int i = 0; i < 4000 && trickles.open(); ++i) {
    if (trickles.send(octet)) trickles.listen(10);
    (void)updates.send(update);
    updates.listen(10);
    longest_gap = std::max(longest_gap, Clock::now() - last);
    last = Clock::now();
  }
  EXPECT_FALSE(trickles.open());
  // A machine that held this thread up for as long says nothing about the session.
  if (longest_gap > seconds(2)) GTEST_SKIP() << "too slow to tell";
  EXPECT_EQ(running.state(2), "Established");
  EXPECT_EQ(running.look([&] { return running.speaker().find("127.0.1.2")->status().flaps; }), 0U);
}

INSTANTIATE_TEST_SUITE_P(Threads, Heard,
                         testing::Values(SpeakerThreads{0, 0, 1}, SpeakerThreads{1, 1, 2}),
                         [](const auto& threads) {
                           return "Readers" + std::to_string(threads.param.readers);
                         });

}  // namespace
}  // namespace tern::session
