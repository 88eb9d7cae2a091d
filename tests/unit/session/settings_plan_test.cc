// plan() finds the differences of new settings beside the loop. Speaker::apply() applies a plan in
// slices, between which the loop turns.
#include "bgpd/session/settings_plan.h"

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <future>

#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

class SettingsPlanTest : public testing::Test {
 protected:
  // Neighbors 1 to `count` with that description.
  SpeakerSettings many(std::uint32_t count, const std::string& description = "") {
    SpeakerSettings settings = running_.settings();
    for (std::uint32_t number = 1; number <= count; ++number) {
      settings.peers.push_back(running_.listed(number));
      settings.peers.back().description = description;
    }
    return settings;
  }
  std::shared_ptr<const SettingsPlan> plan_of(SpeakerSettings to) {
    return plan(running_.speaker().running(), std::move(to));
  }
  std::size_t described(const std::string& description) {
    std::size_t count = 0;
    for (const Peer* peer : running_.speaker().peers()) {
      count += peer->settings().description == description ? 1 : 0;
    }
    return count;
  }

  RunningSpeaker running_;
};

TEST_F(SettingsPlanTest, ThePlanSaysWhatDiffersForWhom) {
  running_.apply(many(5));
  SpeakerSettings next = many(6);
  next.peers[1].description = "new";
  next.peers[2].fsm.local.hold_time_seconds = 7;
  next.peers[3].import.allow_own_as = 1;
  next.peers[4].exported.next_hop_self = true;
  next.peers[4].transport.md5_password = "key";
  const auto made = plan_of(std::move(next));
  const auto of = [&](std::size_t index) {
    return made->listed.at(made->to->peers[index].whole_address());
  };
  EXPECT_FALSE(of(0).is_new || of(0).change.any);
  EXPECT_TRUE(of(1).change.any);
  EXPECT_FALSE(of(1).change.reset || of(1).change.imports.any() || of(1).change.exports.any());
  EXPECT_TRUE(of(2).change.reset);
  EXPECT_TRUE(of(3).change.imports.everything && !of(3).change.reset);
  EXPECT_FALSE(of(3).change.exports.any());
  EXPECT_TRUE(of(4).change.exports.everything && of(4).change.reset);
  EXPECT_TRUE(of(5).is_new);
  EXPECT_EQ(made->md5_keys.size(), 1U);
  EXPECT_FALSE(made->ranks_anew);
}

TEST_F(SettingsPlanTest, ARangeIsComparedOnceForAllItsNeighbors) {
  SpeakerSettings settings = many(0);
  settings.dynamic_ranges = {running_.range("127.0.1.16/28"), running_.range("127.0.2.0/24")};
  running_.apply(settings);
  settings.dynamic_ranges[0].settings.import.allow_own_as = 1;
  settings.dynamic_ranges.push_back(running_.range("127.0.3.0/24"));
  settings.decision.always_compare_med = !settings.decision.always_compare_med;
  const auto made = plan_of(settings);
  EXPECT_TRUE(made->ranges.at(settings.dynamic_ranges[0].prefix).imports.everything);
  EXPECT_FALSE(made->ranges.at(settings.dynamic_ranges[1].prefix).any);
  EXPECT_EQ(made->ranges.count(settings.dynamic_ranges[2].prefix), 0U);
  EXPECT_TRUE(made->ranks_anew);
}

TEST_F(SettingsPlanTest, TheLoopTurnsBetweenSlicesOfAChange) {
  static constexpr std::uint32_t kNeighbors = 5 * Speaker::kSlice;
  running_.apply(many(kNeighbors));
  EXPECT_EQ(running_.ask([this] { return running_.speaker().peers().size(); }), kNeighbors)
      << "all of them at the start";
  std::promise<void> done;
  std::size_t at_once = 0;
  std::size_t a_turn_later = 0;
  running_.ask([&] {
    const auto changed = plan_of(many(kNeighbors, "new"));
    EXPECT_TRUE(running_.speaker().apply(changed, [&] { done.set_value(); }).ok());
    at_once = described("new");
    running_.loop().post([&] { a_turn_later = described("new"); });
  });
  done.get_future().wait();
  EXPECT_EQ(at_once, Speaker::kSlice);
  EXPECT_LT(a_turn_later, kNeighbors) << "an event does not wait for all of it";
  EXPECT_EQ(running_.ask([this] { return described("new"); }), kNeighbors);
}

TEST_F(SettingsPlanTest, TheNextPlanComesBehindAllOfTheOneBefore) {
  static constexpr std::uint32_t kNeighbors = 3 * Speaker::kSlice;
  running_.apply(many(kNeighbors));
  running_.apply(many(kNeighbors, "new"));
  running_.apply(many(2, "newer"));
  EXPECT_TRUE(running_.settles([this] { return running_.speaker().peers().size() == 2; }));
  EXPECT_EQ(running_.ask([this] { return described("newer"); }), 2U);
}

TEST_F(SettingsPlanTest, WhatWasReplacedIsFreed) {
  running_.apply(many(3));
  std::weak_ptr<const SpeakerSettings> old = running_.speaker().running();
  running_.apply(many(3, "new"));
  EXPECT_TRUE(running_.settles([&] { return old.expired(); }));
}

}  // namespace
}  // namespace tern::session
