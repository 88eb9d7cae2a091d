// A reload that changes prefix sets alone evaluates the routes again that the difference touches,
// of the neighbors that use the set, and no other route.
#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <vector>

#include "policy/policy.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

// Takes the prefixes of the set, and of the others those that no set has.
policy::Chain taking(const std::vector<policy::PrefixRange>& set) {
  policy::Sources sources;
  sources.prefix_sets.push_back({"set", set});
  policy::TermSource term;
  term.match.prefix_sets = {"set"};
  term.then = policy::TermSource::Then::Accept;
  sources.policies.push_back({"filter", {term}});
  return policy::Chain({policy::compile(sources)->find("filter")});
}

std::vector<policy::PrefixRange> all_of(std::uint32_t count) {
  std::vector<policy::PrefixRange> ranges;
  for (std::uint32_t n = 0; n < count; ++n) ranges.push_back({prefix_of(n), 24, 24});
  return ranges;
}

class ReloadOfSets : public testing::TestWithParam<SpeakerThreads> {
 protected:
  using Change = std::function<void(std::vector<PeerSettings>& peers)>;
  // Neighbors 1 to 3; what each announces passes the set of its own.
  SpeakerSettings settings(const std::vector<policy::PrefixRange>& of_first,
                           const std::vector<policy::PrefixRange>& to_third) {
    SpeakerSettings settings = running.settings();
    for (const std::uint32_t number : {1U, 2U, 3U}) {
      settings.peers.push_back(running.listed(number));
    }
    settings.peers[0].import.policies = taking(of_first);
    settings.peers[1].import.policies = taking(all_of(2 * kTable));
    settings.peers[2].exported.policies = taking(to_third);
    return settings;
  }
  // The last reload has so many routes evaluated again in the end: a part of a round counts them
  // behind its last slice, when their changes may have been heard.
  bool evaluates(std::uint64_t imports, std::uint64_t exports) {
    return running.settles([&] {
      const SpeakerTimes::Evaluated& all = running.speaker().times().last_reload;
      return all.imports == imports && all.exports == exports;
    });
  }
  SpeakerTimes::Evaluated evaluated() {
    return running.ask([this] { return running.speaker().times().last_reload; });
  }
  std::uint64_t accepted() {
    return running.look(
        [this] { return running.speaker().shards().table(Family::Ipv4Unicast).prefixes; });
  }

  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
  SocketNeighbour third{3, running.port()};
};

TEST_P(ReloadOfSets, TouchesTheRoutesOfTheDifferenceAlone) {
  const auto whole = all_of(2 * kTable);
  running.apply(settings(whole, whole));
  ASSERT_TRUE(first.connect() && second.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(kTable / 2, kTable + kTable / 2));
  ASSERT_TRUE(running.settles([this] {
    return running.speaker().shards().table(Family::Ipv4Unicast).paths == 2 * kTable;
  }));
  ASSERT_TRUE(
      third.hears_until([this] { return third.advertised().size() == kTable + kTable / 2; }));
  const std::uint64_t announcements = third.announcements();

  // One prefix less of the first neighbor.
  auto fewer = whole;
  fewer.erase(fewer.begin() + 7);
  running.apply(settings(fewer, whole));
  ASSERT_TRUE(third.hears_until([this] { return !third.advertised().contains(prefix_of(7)); }));
  EXPECT_TRUE(evaluates(1, 0));
  EXPECT_EQ(third.announcements(), announcements);
  EXPECT_EQ(accepted(), kTable + kTable / 2 - 1U);

  // A prefix that the second neighbor announces, too; and that only it announces.
  fewer.erase(fewer.begin() + kTable / 2);
  running.apply(settings(fewer, whole));
  ASSERT_TRUE(evaluates(1, 0));
  ASSERT_TRUE(
      third.hears_until([this] { return third.advertised().size() == kTable + kTable / 2 - 1U; }));
  auto beyond = fewer;
  beyond.pop_back();  // the table has no such prefix
  running.apply(settings(beyond, whole));
  ASSERT_TRUE(running.settles([this] { return running.speaker().ready(); }));
  EXPECT_EQ(evaluated().imports, 0U);

  // What the third neighbor is told, by lengths of a range.
  auto withheld = whole;
  withheld.erase(withheld.begin() + 16, withheld.begin() + 32);
  running.apply(settings(beyond, withheld));
  ASSERT_TRUE(third.hears_until([this] { return !third.advertised().contains(prefix_of(31)); }));
  ASSERT_TRUE(evaluates(0, 16));
  ASSERT_TRUE(
      third.hears_until([this] { return third.advertised().size() == kTable + kTable / 2 - 17U; }));
  EXPECT_EQ(evaluated().imports, 0U);
  withheld.push_back({Prefix::v4(0x0A001000U, 20), 24, 24});
  running.apply(settings(beyond, withheld));
  ASSERT_TRUE(
      third.hears_until([this] { return third.advertised().size() == kTable + kTable / 2 - 1U; }));
  EXPECT_TRUE(evaluates(0, 16));
}

// A change of more than sets: all that the neighbor sent.
TEST_P(ReloadOfSets, OtherRulesTouchAllRoutesOfTheNeighbor) {
  const auto whole = all_of(2 * kTable);
  running.apply(settings(whole, whole));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(second.announce(0, kTable));
  ASSERT_TRUE(running.settles([this] {
    return running.speaker().shards().table(Family::Ipv4Unicast).paths == 2 * kTable;
  }));
  SpeakerSettings changed = settings(whole, whole);
  changed.peers[0].import.allow_own_as = 1;
  running.apply(changed);
  ASSERT_TRUE(
      running.settles([this] { return running.speaker().times().last_reload.imports == kTable; }));
}

// Reloads that come faster than the rounds behind them are done.
TEST_P(ReloadOfSets, ManyInARowLeaveWhatTheLastOneSays) {
  const auto whole = all_of(2 * kTable);
  running.apply(settings(whole, whole));
  ASSERT_TRUE(first.connect() && third.connect());
  ASSERT_TRUE(first.announce(0, kTable));
  ASSERT_TRUE(third.hears_until([this] { return third.advertised().size() == kTable; }));
  for (std::uint32_t i = 0; i < 20; ++i) {
    auto in = whole;
    in.erase(in.begin() + i * 10, in.begin() + i * 10 + 5);
    auto out = whole;
    out.erase(out.begin() + i * 20, out.begin() + i * 20 + 5);
    running.apply(settings(in, out));
  }
  // Neither 190 to 194 of the first neighbor nor, to the third, 380 to 384.
  ASSERT_TRUE(third.hears_until([this] {
    return third.advertised().size() == kTable - 10 &&
           !third.advertised().contains(prefix_of(190)) &&
           !third.advertised().contains(prefix_of(384)) &&
           third.advertised().contains(prefix_of(0));
  })) << third.advertised().size();
  EXPECT_EQ(accepted(), kTable - 5);
}

INSTANTIATE_TEST_SUITE_P(Threads, ReloadOfSets,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{0, 0, 2, {}},
                                         SpeakerThreads{1, 2, 4, {}}));

// A caller on the loop gives no finder, and no sets are compared there.
TEST(SettingsChangeOfSets, IsEverythingWithoutAFinder) {
  PeerSettings before;
  before.import.policies = taking(all_of(10));
  PeerSettings after = before;
  after.import.policies = taking(all_of(11));
  policy::ChangeFinder finder;
  EXPECT_FALSE(change_of(before, after, &finder).imports.everything);
  EXPECT_EQ(change_of(before, after, &finder).imports.programs.size(), 1U);
  EXPECT_TRUE(change_of(before, after, nullptr).imports.everything);
  EXPECT_FALSE(change_of(before, before, nullptr).any);
}

}  // namespace
}  // namespace tern::session
