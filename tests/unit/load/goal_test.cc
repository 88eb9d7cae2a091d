#include "tests/bench/load/goal.h"

#include <gtest/gtest.h>

namespace tern::load {
namespace {

using Kind = Goal::Kind;

// Six prefixes: sender 0 has 0 to 2, sender 1 has 2 to 4 (2 is of both), nobody has 5. Session 2
// only listens. Prefix 4 is not for session 0.
class GoalTest : public testing::Test {
 protected:
  GoalTest() {
    for (std::uint32_t i = 0; i < 6; ++i) universe_.prefixes.push_back({i << 8U, 16, false});
    tables_.resize(2);
    tables_[0] = table({0, 1, 2});
    tables_[1] = table({2, 3, 4});
    AttributeSet controlled;
    controlled.first = 2;
    controlled.count = 1;
    controlled.control = 0;
    tables_[1].sets = {controlled};
    tables_[1].controls = {{Control::Kind::NotTo, {0}}};
  }

  static Table table(std::vector<std::uint32_t> prefixes) {
    Table made;
    made.prefixes = std::move(prefixes);
    return made;
  }
  [[nodiscard]] std::vector<Expectation> expectations(std::vector<bool> announcing = {true,
                                                                                      true}) const {
    return expect(universe_, tables_, announcing, 3);
  }
  void give(Held& held, std::initializer_list<std::size_t> indices) const {
    for (const std::size_t i : indices) held.insert(universe_.prefixes[i].slot());
  }

  Universe universe_;
  std::vector<Table> tables_;
};

TEST_F(GoalTest, AnExpectationIsWhatOthersAnnounceAndMayBeTold) {
  const auto all = expectations();
  EXPECT_EQ(all[0].prefixes, 2U);  // 2 and 3: its own 0 and 1 nobody else has, 4 is kept from it
  EXPECT_EQ(all[0].own.size(), 2U);
  EXPECT_EQ(all[0].withheld.size(), 1U);
  EXPECT_EQ(all[1].prefixes, 3U);  // 0, 1 and 2
  EXPECT_EQ(all[2].prefixes, 5U);
  EXPECT_EQ(expectations({true, false})[0].prefixes, 0U);
  EXPECT_EQ(expectations({true, false})[1].prefixes, 3U);
}

TEST_F(GoalTest, ControlCommunitiesSayToWhom) {
  const Control not_to{Control::Kind::NotTo, {1, 5}};
  const Control only_to{Control::Kind::OnlyTo, {1, 5}};
  const Control prepend{Control::Kind::Prepend, {1, 5}};
  EXPECT_FALSE(not_to.permits(5));
  EXPECT_TRUE(not_to.permits(2));
  EXPECT_TRUE(only_to.permits(1));
  EXPECT_FALSE(only_to.permits(2));
  EXPECT_TRUE(prepend.permits(1) && prepend.permits(2));
}

TEST_F(GoalTest, HeldMeansAllOfItAndExactlyIt) {
  const Goal goal{Kind::Held, 0, 3, false};
  const auto all = expectations();
  Received received;
  give(received.held, {2});
  EXPECT_FALSE(satisfied(goal, received, all[0], true)) << "one is missing";
  give(received.held, {3});
  EXPECT_TRUE(satisfied(goal, received, all[0], true));
  give(received.held, {0});
  EXPECT_TRUE(satisfied(goal, received, all[0], true)) << "its own came back, which is not minded";
  give(received.held, {4});
  EXPECT_FALSE(satisfied(goal, received, all[0], true)) << "one was not for it";
  EXPECT_EQ(all[0].leaked(received.held), 1U);
}

TEST_F(GoalTest, HeldMeansNothingThatNobodyAnnounced) {
  const Goal goal{Kind::Held, 0, 3, false};
  const auto all = expectations();
  Received received;
  give(received.held, {0, 1, 2});
  EXPECT_TRUE(satisfied(goal, received, all[1], true));
  give(received.held, {5});
  EXPECT_FALSE(satisfied(goal, received, all[1], true)) << "nobody announces it";
  Received foreign;
  give(foreign.held, {0, 1, 2});
  foreign.foreign = 1;
  EXPECT_FALSE(satisfied(goal, foreign, all[1], true)) << "one that cannot be in any table";
}

TEST_F(GoalTest, WhereADaemonHidesPathsOnlyReceiversMustHoldEverything) {
  const Goal goal{Kind::Held, 0, 3, true};
  const Received nothing;
  EXPECT_TRUE(satisfied(goal, nothing, expectations()[0], true));
  EXPECT_FALSE(satisfied(goal, nothing, expectations()[2], false));
}

TEST_F(GoalTest, MarksAreOfAllOrOfNothing) {
  const auto all = expectations();
  const Goal marked{Kind::Marked, 0, 3, false};
  const Goal unmarked{Kind::Unmarked, 0, 3, false};
  Received received;
  give(received.held, {2, 3});
  EXPECT_TRUE(satisfied(unmarked, received, all[0], true));
  give(received.marked, {2});
  EXPECT_FALSE(satisfied(unmarked, received, all[0], true));
  EXPECT_FALSE(satisfied(marked, received, all[0], true));
  give(received.marked, {3});
  EXPECT_TRUE(satisfied(marked, received, all[0], true));
}

}  // namespace
}  // namespace tern::load
