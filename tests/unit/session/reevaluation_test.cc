// Rounds of re-evaluation while sessions, rules and prefix limits change: the table is in the end
// what the last rules make of the last routes, with any number of shards and threads.
#include "bgpd/session/reevaluation.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <vector>

#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

constexpr std::uint32_t kBlockOfOneShard = 4096;  // prefixes in a row that one shard has
constexpr std::uint32_t kThreeBlocks = 3 * kBlockOfOneShard;  // mostly in several shards

class Rounds : public testing::TestWithParam<SpeakerThreads> {
 protected:
  SpeakerSettings settings() {
    SpeakerSettings settings = running.settings();
    for (const std::uint32_t number : {1U, 2U}) settings.peers.push_back(running.listed(number));
    return settings;
  }
  // The first neighbor may have so many prefixes, the others are blocked; 0: all.
  SpeakerSettings limited(std::uint64_t limit, std::uint32_t allow_own_as) {
    SpeakerSettings settings = this->settings();
    pipeline::ImportRules& rules = settings.peers[0].import;
    rules.prefix_limit[index(Family::Ipv4Unicast)] = limit;
    rules.limit_action = pipeline::LimitAction::Block;
    rules.allow_own_as = allow_own_as;
    return settings;
  }
  std::uint64_t accepted() {
    return running.look(
        [this] { return running.speaker().shards().table(Family::Ipv4Unicast).prefixes; });
  }
  [[nodiscard]] bool settles_with(std::uint64_t prefixes) {
    return running.settles([this, prefixes] {
      return running.speaker().shards().table(Family::Ipv4Unicast).prefixes == prefixes;
    });
  }

  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

// A limit counts the paths of all shards, whichever tasks judge them.
TEST_P(Rounds, LimitsThatBlockCountAllShards) {
  running.apply(limited(0, 0));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(first.announce(0, kThreeBlocks));
  ASSERT_TRUE(settles_with(kThreeBlocks));
  std::uint32_t own_as = 0;  // other rules: each reload judges all paths again
  for (const std::uint64_t limit :
       {kThreeBlocks - 1U, 100U, kBlockOfOneShard + 7U, 0U, kThreeBlocks / 2}) {
    running.apply(limited(limit, ++own_as));
    ASSERT_TRUE(settles_with(limit == 0 ? kThreeBlocks : limit)) << limit << ": " << accepted();
  }
  ASSERT_TRUE(
      second.hears_until([this] { return second.advertised().size() == kThreeBlocks / 2; }));
}

// A neighbor whose session ends and begins anew in the middle of rounds, with other rules each
// time.
TEST_P(Rounds, SessionsComeAndGoMeanwhile) {
  running.apply(limited(0, 0));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(second.announce(kThreeBlocks, 2 * kThreeBlocks));
  for (std::uint32_t i = 1; i < 6; ++i) {
    ASSERT_TRUE(first.announce(0, kThreeBlocks, i));
    running.apply(limited(0, i));
    if (i % 2 == 1) {
      first.close();
      running.apply(limited(0, i + 1));
      ASSERT_TRUE(first.connect());
    }
  }
  ASSERT_TRUE(first.announce(0, kThreeBlocks));
  ASSERT_TRUE(settles_with(2 * kThreeBlocks)) << accepted();
  ASSERT_TRUE(second.hears_until([this] { return second.advertised().size() == kThreeBlocks; }));
}

// A round judges by the rules of its beginning; those that come meanwhile hold in the end.
TEST_P(Rounds, RulesThatComeMeanwhileHold) {
  SpeakerSettings open = settings();
  SpeakerSettings closed = settings();
  closed.peers[0].import.policies = {};  // RFC 8212: no policy, no routes
  running.apply(open);
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(first.announce(0, kThreeBlocks));
  for (std::uint32_t i = 0; i < 10; ++i) {
    running.apply(closed);
    running.apply(open);
    ASSERT_TRUE(first.announce(0, kThreeBlocks, i));
    running.apply(closed);
  }
  ASSERT_TRUE(settles_with(0)) << accepted();
  ASSERT_TRUE(second.hears_until([this] { return second.advertised().empty(); }));
  running.apply(open);
  ASSERT_TRUE(settles_with(kThreeBlocks)) << accepted();
}

INSTANTIATE_TEST_SUITE_P(Threads, Rounds,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{0, 0, 3, {}},
                                         SpeakerThreads{1, 2, 4, {}}));

}  // namespace
}  // namespace tern::session
