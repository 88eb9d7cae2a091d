// Events that stand for many: causes, groups, and their members.
#include "bgpd/events/event_log.h"
#include "reported.h"

namespace tern::events {
namespace {

using EventMembersTest = EventLogTest;

TEST_F(EventMembersTest, ACauseTakesInWhatFollowsFromIt) {
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  for (int i = 0; i < 1000; ++i) {
    Report gone = report(What::Once, Kind::Withdrawn, std::to_string(i));
    gone.subject.prefix = "10.0.0." + std::to_string(i % 256) + "/32";
    gone.cause = event_key(Kind::SessionDown, "edge-1");
    take(std::move(gone));
  }
  ++now_;
  tick();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].members, 1000U);
  EXPECT_EQ(all()[0].examples.size(), kMostExamples);
  EXPECT_EQ(total(Kind::Withdrawn), 0U);
  EXPECT_EQ(log_.counts().folded, 1000U);

  take(report(What::End, Kind::SessionDown, "edge-1"));
  Report gone = report(What::Once, Kind::Withdrawn, "later");
  gone.cause = event_key(Kind::SessionDown, "edge-1");
  take(std::move(gone));
  EXPECT_EQ(all().size(), 2U) << "a cause that ended causes nothing";
}

TEST_F(EventMembersTest, ACauseCountsBeforeAnEventThatEnded) {
  Report gone = report(What::Once, Kind::Withdrawn, "10.0.0.0/8");
  gone.cause = event_key(Kind::SessionDown, "edge-1");
  take(gone);
  now_ += 10;
  take(report(What::Begin, Kind::SessionDown, "edge-1"));
  take(gone);
  ++now_;
  tick();
  ASSERT_EQ(all().size(), 2U);
  EXPECT_EQ(all()[0].count, 1U);
  EXPECT_EQ(all()[1].members, 1U);
}

TEST_F(EventMembersTest, AStormOfAGroupIsOneEventBesideTheFirst) {
  for (int i = 0; i < 250; ++i) take(hijack(What::Begin, i));
  ++now_;
  tick();
  ASSERT_EQ(all().size(), EventBursts::kApart + 1U);
  EXPECT_EQ(open(Kind::OriginHijack), EventBursts::kApart + 1U);
  const Event storm = all().back();
  EXPECT_EQ(storm.members, 250U - EventBursts::kApart);
  EXPECT_EQ(storm.examples.front(), "10.0.10.0/24");
  EXPECT_EQ(storm.subject.prefix, "");

  for (int i = 0; i < 249; ++i) take(hijack(What::End, i));
  EXPECT_EQ(open(Kind::OriginHijack), 1U) << "a member is left";
  take(hijack(What::End, 249));
  EXPECT_EQ(open(Kind::OriginHijack), 0U);
}

TEST_F(EventMembersTest, AStormOfEventsWithoutADurationEnds) {
  for (int i = 0; i < 50; ++i) {
    Report up = report(What::Once, Kind::SessionUp, std::to_string(i));
    take(std::move(up));
  }
  ++now_;
  tick();
  EXPECT_EQ(all().back().members, 50U - EventBursts::kApart);
  EXPECT_EQ(open(Kind::SessionUp), 1U);
  now_ += EventBursts::kWindow;
  tick();
  EXPECT_EQ(open(Kind::SessionUp), 0U);
}

TEST_F(EventMembersTest, AMemberThatIsReportedAgainCountsOnce) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 20; ++i) take(hijack(What::Begin, i));
  }
  ++now_;
  tick();
  EXPECT_EQ(all().back().members, 20U - EventBursts::kApart);
}

TEST_F(EventMembersTest, MembersAreBounded) {
  const auto member = [](What what, std::size_t number) {
    Report one = report(what, Kind::Suboptimal, std::to_string(number));
    one.group = "edge";
    return one;
  };
  // The first kApart are events of their own, and the last two find no room.
  constexpr std::size_t kFirst = EventBursts::kApart;
  constexpr std::size_t kEnd = kFirst + EventMembers::kMost + 2;
  for (std::size_t i = 0; i < kEnd; ++i) take(member(What::Begin, i));
  take(member(What::Begin, kEnd - 1));
  ++now_;
  tick();
  EXPECT_EQ(all().back().members, EventMembers::kMost + 3) << "without room, each report counts";
  for (std::size_t i = kFirst; i + 3 < kEnd; ++i) take(member(What::End, i));
  take(member(What::End, kEnd - 1));
  EXPECT_EQ(open(Kind::Suboptimal), kFirst + 1U) << "a member is left";
  take(member(What::End, kEnd - 3));
  EXPECT_EQ(open(Kind::Suboptimal), kFirst) << "the ends of those without room are not waited for";
}

TEST_F(EventMembersTest, MembersOfEventsThatEndedGiveRoom) {
  const auto fill = [this](const std::string& pop, std::size_t count) {
    take(report(What::Begin, Kind::PopDrained, pop));
    for (std::size_t i = 0; i < count; ++i) {
      Report member = report(What::Begin, Kind::Suboptimal, pop + std::to_string(i));
      member.cause = event_key(Kind::PopDrained, pop);
      take(std::move(member));
    }
  };
  fill("a", EventMembers::kMost);
  take(report(What::End, Kind::PopDrained, "a"));
  ++now_;
  fill("b", 5);
  fill("b", 5);
  tick();
  EXPECT_EQ(all().back().members, 5U) << "the members are known again";
}

TEST_F(EventMembersTest, AReportOfOneGroupTooManyIsAMemberAtOnce) {
  for (std::size_t i = 0; i <= EventBursts::kMostGroups; ++i) {
    Report one = hijack(What::Begin, 1);
    one.key = one.group = std::to_string(i);
    take(std::move(one));
  }
  EXPECT_EQ(all().back().key, "origin-hijack group " + std::to_string(EventBursts::kMostGroups));
  EXPECT_TRUE(all().back().group);
}

TEST_F(EventMembersTest, AMemberThatOutlivesItsCauseIsAnEvent) {
  take(report(What::Begin, Kind::NeighborDrained, "edge-1"));
  Report down = report(What::Begin, Kind::SessionDown, "edge-1");
  down.cause = event_key(Kind::NeighborDrained, "edge-1");
  take(down);
  EXPECT_EQ(open(Kind::SessionDown), 0U);
  take(report(What::End, Kind::NeighborDrained, "edge-1"));
  down.cause.clear();
  take(down);
  EXPECT_EQ(open(Kind::SessionDown), 1U) << "the session is still down, and nothing explains it";
}

TEST_F(EventMembersTest, AMemberOfAnEventThatWasForgottenIsAnEvent) {
  for (int i = 0; i < 20; ++i) take(hijack(What::Begin, i));
  for (int i = 0; i < 150; ++i) {
    now_ += EventBursts::kWindow;
    take(report(What::Begin, Kind::SessionDown, "edge-" + std::to_string(i)));
  }
  EXPECT_EQ(open(Kind::OriginHijack), 0U) << "all were forgotten";
  for (int i = 0; i < 20; ++i) take(hijack(What::Begin, i));
  EXPECT_EQ(open(Kind::OriginHijack), EventBursts::kApart + 1U);
}

TEST_F(EventMembersTest, AnEventThatOpensAgainHasNoneOfItsFormerMembers) {
  Report member = report(What::Begin, Kind::Suboptimal, "10.0.0.0/8");
  member.cause = event_key(Kind::PopDrained, "pop");
  for (int i = 0; i < 2; ++i) {
    take(report(What::Begin, Kind::PopDrained, "pop"));
    take(member);
    take(member);
    if (i == 0) take(report(What::End, Kind::PopDrained, "pop"));
  }
  ++now_;
  tick();
  ASSERT_EQ(all().size(), 1U);
  EXPECT_EQ(all()[0].members, 2U);
}

TEST_F(EventMembersTest, ACauseThatIsAMemberTakesInThroughItsEvent) {
  for (int i = 0; i < 20; ++i) {
    take(report(What::Begin, Kind::SessionDown, "edge-" + std::to_string(i)));
  }
  ASSERT_EQ(all().size(), EventBursts::kApart + 1U);
  for (int i = 0; i < 1000; ++i) {
    Report gone = report(What::Once, Kind::Withdrawn, std::to_string(i));
    gone.cause = event_key(Kind::SessionDown, "edge-15");
    take(std::move(gone));
  }
  ++now_;
  tick();
  ASSERT_EQ(all().size(), EventBursts::kApart + 1U) << "a lost line card is one cause";
  EXPECT_EQ(all().back().members, 20U - EventBursts::kApart + 1000U);
}

TEST_F(EventMembersTest, AGroupOfAnEarlierRunEnds) {
  Event group;
  group.id = 7;
  group.kind = Kind::OriginHijack;
  group.key = "origin-hijack group edge";
  group.group = true;  // its line was written when it had no members yet
  group.start = group.last = kStart - 600;
  group.count = 1;
  log_.restore(group, now_);
  EXPECT_EQ(open(Kind::OriginHijack), 0U) << "its members are reported anew";
  EXPECT_EQ(lines_, "ended 1;") << "the next start finds it ended";
  for (int i = 0; i < 12; ++i) take(hijack(What::Begin, i));
  for (int i = 0; i < 12; ++i) take(hijack(What::End, i));
  EXPECT_EQ(open(Kind::OriginHijack), 0U);
}

}  // namespace
}  // namespace tern::events
