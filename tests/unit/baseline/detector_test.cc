#include "bgpd/baseline/detector.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "detecting.h"
#include "policy/registrations.h"
#include "policy/vrp.h"
#include "policy/vrp_table.h"

namespace tern::baseline {
namespace {

const Prefix kPrefix = prefix("198.51.100.0/24");
const Route kUsual = route({100, 200, 300});

class DetectorTest : public testing::Test {
 protected:
  void learn() { detecting_.learn(kPrefix, {kUsual}); }
  // The present routes of the prefix, on the eighth day.
  std::string now(const std::vector<Route>& routes) {
    detecting_.see(kPrefix, routes, 7);
    return detecting_.said();
  }
  void set_vrps(const std::vector<policy::Vrp>& vrps) {
    detecting_.around.vrps = policy::VrpTable::build(vrps);
  }
  Detecting detecting_;
};

TEST_F(DetectorTest, LearningIsSilent) {
  learn();
  EXPECT_EQ(detecting_.said(), "");
  EXPECT_TRUE(detecting_.detector.book().find(kPrefix)->ripe());
}

TEST_F(DetectorTest, AnotherOriginBeginsAndEnds) {
  learn();
  EXPECT_TRUE(detecting_.change(kPrefix, route({666, 999}, 2), on_day(7)))
      << "at the first UPDATE, all routes are read";
  EXPECT_EQ(now({kUsual, route({666, 999}, 2)}),
            "begin origin-changed 198.51.100.0/24 warning, begin moas 198.51.100.0/24 warning");
  EXPECT_EQ(detecting_.last.subject.neighbor, "stranger");
  EXPECT_EQ(detecting_.last.evidence["as path"], "666 999");
  EXPECT_EQ(detecting_.last.evidence["usual origins"], "AS 300");
  EXPECT_NE(detecting_.last.summary.find("not registered: learnt"), std::string::npos);
  EXPECT_TRUE(detecting_.withdraw(kPrefix, on_day(7))) << "each change of the prefix counts now";
  EXPECT_EQ(now({kUsual}), "end origin-changed 198.51.100.0/24, end moas 198.51.100.0/24");
}

TEST_F(DetectorTest, UsualRoutesAskForNothing) {
  learn();
  EXPECT_FALSE(detecting_.change(kPrefix, kUsual, on_day(7)));
  EXPECT_FALSE(detecting_.withdraw(kPrefix, on_day(7)));
}

TEST_F(DetectorTest, TheStateOfRpkiIsTheSeverity) {
  learn();
  set_vrps({{kPrefix, 24, 300}, {kPrefix, 24, 301}});
  EXPECT_EQ(now({route({100, 301})}), "begin origin-changed 198.51.100.0/24 info");
  EXPECT_EQ(detecting_.last.evidence["rpki"], "valid");
  EXPECT_EQ(now({route({100, 999})}),
            "end origin-changed 198.51.100.0/24, begin origin-changed 198.51.100.0/24 critical")
      << "a worse one is an event that begins";
  EXPECT_EQ(now({route({100, 999}, 1, false)}), "begin origin-changed 198.51.100.0/24 info")
      << "the route is rejected";
  EXPECT_EQ(detecting_.last.evidence["verdict"], "rejected: rpki-invalid");
}

TEST_F(DetectorTest, AnotherOriginIsUsualAfterSevenDays) {
  learn();
  for (std::uint64_t day = 7; day < 13; ++day) detecting_.see(kPrefix, {route({100, 999})}, day);
  (void)detecting_.said();
  detecting_.see(kPrefix, {route({100, 999})}, 13);
  EXPECT_EQ(detecting_.said(), "end origin-changed 198.51.100.0/24");
}

TEST_F(DetectorTest, APartFromAnotherOriginBeginsAndEnds) {
  learn();
  const Prefix part = prefix("198.51.100.0/25");
  EXPECT_TRUE(detecting_.change(part, route({666, 999}, 2), on_day(7)));
  detecting_.see(part, {route({666, 999}, 2)}, 7);
  EXPECT_EQ(detecting_.said(), "begin more-specific 198.51.100.0/25 warning");
  EXPECT_EQ(detecting_.last.evidence["part of"], "198.51.100.0/24");
  EXPECT_EQ(detecting_.last.evidence["usual origins"], "AS 300");
  detecting_.see(part, {}, 7);
  EXPECT_EQ(detecting_.said(), "end more-specific 198.51.100.0/25");
}

TEST_F(DetectorTest, APartFromTheUsualOriginIsNone) {
  learn();
  EXPECT_FALSE(detecting_.change(prefix("198.51.100.0/25"), kUsual, on_day(7)));
}

// Its record is not ripe, and says that the prefix was known before.
TEST_F(DetectorTest, APartThatWasThereBeforeIsNone) {
  const Prefix part = prefix("198.51.100.0/25");
  detecting_.see(part, {route({100, 400})}, 5);
  learn();
  detecting_.see(part, {route({100, 400})}, 7);
  EXPECT_EQ(detecting_.said(), "");
}

TEST_F(DetectorTest, APartIsFoundAlsoWithoutRoomInTheBook) {
  Rules rules;
  rules.most_prefixes = 1;
  detecting_.detector.apply(rules);
  learn();
  const Prefix part = prefix("198.51.100.0/25");
  EXPECT_TRUE(detecting_.change(part, route({666, 999}, 2), on_day(7)));
  EXPECT_EQ(detecting_.detector.book().find(part), nullptr);
  detecting_.see(part, {route({666, 999}, 2)}, 7);
  EXPECT_EQ(detecting_.said(), "begin more-specific 198.51.100.0/25 warning");
}

TEST_F(DetectorTest, ManyRoutesOfAPrefixFindNoRoomOnce) {
  Rules rules;
  rules.most_prefixes = 1;
  detecting_.detector.apply(rules);
  learn();
  detecting_.see(prefix("203.0.113.0/24"), {kUsual, route({101, 300}), route({102, 300})}, 7);
  EXPECT_EQ(detecting_.detector.book().counts().left_out, 1U);
}

TEST_F(DetectorTest, AnotherUpstreamIsAPathAnomaly) {
  learn();
  EXPECT_TRUE(detecting_.change(kPrefix, route({100, 250, 300}), on_day(7)));
  EXPECT_EQ(now({kUsual, route({100, 250, 300})}),
            "begin path-anomaly 198.51.100.0/24 upstream warning");
  EXPECT_NE(detecting_.last.summary.find("AS 250"), std::string::npos);
  EXPECT_EQ(now({kUsual}), "end path-anomaly 198.51.100.0/24 upstream");
  EXPECT_EQ(now({kUsual, route({100, 250, 300}, 1, false)}), "") << "a rejected route is none";
}

TEST_F(DetectorTest, ALongPathIsAnAnomalyWhereNoShorterOneIsThere) {
  learn();
  const Route longer = route({100, 1, 2, 3, 4, 5, 200, 300});
  EXPECT_EQ(now({kUsual, longer}), "");
  EXPECT_EQ(now({longer}), "begin path-anomaly 198.51.100.0/24 length warning");
  EXPECT_EQ(now({route({100, 1, 2, 3, 4, 200, 300})}), "end path-anomaly 198.51.100.0/24 length")
      << "seven are four more than three";
}

std::shared_ptr<const policy::RegistrationTable> registered_with(
    const policy::GuardActions& actions) {
  auto registrations = std::make_shared<policy::Registrations>(1);
  registrations->front().prefix = kPrefix;
  registrations->front().max_length = 24;
  registrations->front().origins = {300};
  return std::make_shared<const policy::RegistrationTable>(
      std::vector<std::shared_ptr<const policy::Registrations>>{registrations}, actions);
}

TEST_F(DetectorTest, OriginsOfRegisteredPrefixesAreTheGuards) {
  learn();
  detecting_.around.registrations = registered_with(policy::kDefaultActions);
  EXPECT_EQ(now({kUsual, route({666, 999}, 2)}), "");
  EXPECT_EQ(now({route({100, 250, 300})}), "begin path-anomaly 198.51.100.0/24 upstream warning");
}

TEST_F(DetectorTest, WhatTheGuardLooksForIsNoFinding) {
  learn();
  policy::GuardActions actions = policy::kDefaultActions;
  actions[static_cast<std::size_t>(policy::Suspicion::NewUpstream)] = policy::GuardAction::Warn;
  detecting_.around.registrations = registered_with(actions);
  const Route unusual = route({100, 1, 2, 3, 4, 5, 6, 250, 300});
  EXPECT_EQ(now({unusual}), "begin path-anomaly 198.51.100.0/24 length warning");
  actions[static_cast<std::size_t>(policy::Suspicion::LongPath)] = policy::GuardAction::Quarantine;
  detecting_.around.registrations = registered_with(actions);
  EXPECT_EQ(now({unusual}), "end path-anomaly 198.51.100.0/24 length");
}

// A route that is quarantined stays unusual, and a route that is released becomes usual.
TEST_F(DetectorTest, AQuarantinedRouteTeachesNothing) {
  learn();
  const auto usual = [&] { return usual_of(*detecting_.detector.book().find(kPrefix), 4); };
  const std::uint8_t longest = usual().longest;
  Route other = route({100, 1, 2, 3, 4, 5, 6, 250, 300}, 2, false);
  other.reason = Reason::Quarantined;
  for (std::uint64_t day = 7; day < 30; ++day) {
    detecting_.see(kPrefix, {kUsual, other}, day);
    (void)detecting_.change(kPrefix, other, on_day(day));
  }
  EXPECT_TRUE(policy::is_new_upstream(usual(), other.path));
  EXPECT_EQ(usual().longest, longest);
  other.accepted = true;
  for (std::uint64_t day = 30; day < 37; ++day) detecting_.see(kPrefix, {other}, day);
  EXPECT_FALSE(policy::is_new_upstream(usual(), other.path));
  EXPECT_FALSE(policy::is_far_longer(usual(), other.path));
}

TEST_F(DetectorTest, AFlappingPrefixBeginsAndEndsWhenItIsStill) {
  Rules rules;
  rules.flaps = 5;
  rules.flap_window = 60;
  detecting_.detector.apply(rules);
  learn();
  for (std::uint32_t second = 0; second < 4; ++second) {
    EXPECT_FALSE(detecting_.change(kPrefix, kUsual, on_day(7, second)));
  }
  EXPECT_TRUE(detecting_.withdraw(kPrefix, on_day(7, 4)));
  detecting_.detector.take(whole(kPrefix, {}), detecting_.around, on_day(7, 4));
  EXPECT_EQ(detecting_.said(), "begin prefix-flapping 198.51.100.0/24 warning");
  detecting_.detector.take(whole(kPrefix, {kUsual}), detecting_.around, on_day(7, 63));
  EXPECT_EQ(detecting_.said(), "");
  detecting_.detector.take(whole(kPrefix, {kUsual}), detecting_.around, on_day(7, 64));
  EXPECT_EQ(detecting_.said(), "end prefix-flapping 198.51.100.0/24");
}

TEST_F(DetectorTest, OpenFindingsAreReadAgain) {
  learn();
  (void)now({kUsual, route({666, 999}, 2)});
  detecting_.detector.tick(on_day(7));
  EXPECT_TRUE(detecting_.asks(kPrefix));
}

TEST_F(DetectorTest, OtherDaysBeginAnewAndEndWhatIsOpen) {
  learn();
  (void)now({route({666, 999}, 2)});
  Rules rules;
  rules.learn_for = 70;
  EXPECT_TRUE(detecting_.detector.apply(rules));
  EXPECT_EQ(detecting_.said(), "end origin-changed 198.51.100.0/24");
  EXPECT_EQ(detecting_.detector.book().counts().learnt, 0U);
}

// A flood of new parts has a bound of its own, and leaves room for the origins of others.
TEST_F(DetectorTest, AFloodOfPartsHidesNoOrigin) {
  learn();
  const Prefix wide = prefix("10.0.0.0/8");
  detecting_.learn(wide, {route({100, 500})});
  const std::uint32_t flood = Detector::kMostOpen + 1000;
  for (std::uint32_t i = 0; i < flood; ++i) {
    const Prefix part = numbered(i);
    ASSERT_EQ(detecting_.change(part, route({666, 999}, 2), on_day(7)), true);
    detecting_.see(part, {route({666, 999}, 2)}, 7);
  }
  EXPECT_EQ(detecting_.detector.open(), Detector::kMostOpen);
  EXPECT_EQ(detecting_.detector.unreported(), 1000U);
  (void)detecting_.said();
  EXPECT_EQ(now({route({666, 999}, 2)}), "begin origin-changed 198.51.100.0/24 warning");
}

TEST_F(DetectorTest, RipePrefixesAreAskedForFirstAndTheQueueHasABound) {
  learn();
  detecting_.learn(prefix("10.0.0.0/8"), {route({100, 500})});
  Batch flood;
  for (std::uint32_t i = 0; i < Detector::kMostAsked + 10; ++i) {
    flood.changes.push_back({numbered(i), 2, path({666, 999}), true});
  }
  flood.changes.push_back({kPrefix, 2, path({666, 999}), true});
  detecting_.detector.take(flood, detecting_.around, on_day(7));
  EXPECT_EQ(detecting_.detector.asks(1), std::vector<Prefix>{kPrefix});
  EXPECT_EQ(detecting_.detector.asks(1'000'000).size(), Detector::kMostAsked);
  EXPECT_EQ(detecting_.detector.unreported(), 10U);
}

// Routes that are rejected are never learnt, and odd for as long as they are there.
TEST_F(DetectorTest, AFloodOfRejectedRoutesHidesNoAcceptedOne) {
  learn();
  const std::uint32_t flood = Detector::kMostRejected + 100;
  const Route rejected = route({666, 999}, 2, false);
  for (std::uint32_t i = 0; i < flood; ++i) {
    detecting_.learn(numbered(i), {kUsual});
    detecting_.see(numbered(i), {kUsual, rejected}, 7);
  }
  EXPECT_EQ(detecting_.detector.open(), Detector::kMostRejected);
  EXPECT_EQ(detecting_.detector.unreported(), 100U);
  (void)detecting_.said();
  EXPECT_EQ(now({route({666, 999}, 2)}), "begin origin-changed 198.51.100.0/24 warning");
  // A finding that is about an accepted route from now on leaves its room to another one.
  detecting_.see(numbered(0), {route({666, 999}, 2), rejected}, 7);
  EXPECT_EQ(detecting_.said(),
            "end origin-changed 10.0.0.0/24, begin origin-changed 10.0.0.0/24 warning");
  detecting_.see(numbered(flood - 1), {kUsual, rejected}, 7);
  EXPECT_EQ(detecting_.said(), "begin origin-changed 10.4.99.0/24 info");
  detecting_.see(numbered(0), {kUsual, rejected}, 7);
  EXPECT_EQ(detecting_.said(), "end origin-changed 10.0.0.0/24") << "the room is used";
  for (std::uint32_t i = 0; i < flood; ++i) detecting_.see(numbered(i), {kUsual}, 7);
  EXPECT_EQ(detecting_.detector.open(), 1U);
}

TEST_F(DetectorTest, PrefixesOfRejectedRoutesAreAskedForLast) {
  learn();
  detecting_.learn(prefix("10.0.0.0/8"), {route({100, 500})});
  Batch flood;
  for (std::uint32_t i = 0; i < Detector::kMostAsked + 10; ++i) {
    flood.changes.push_back({numbered(i), 2, path({666, 999}), false});
  }
  const Prefix part = prefix("10.255.0.0/24");
  flood.changes.push_back({part, 2, path({666, 999}), true});
  flood.changes.push_back({kPrefix, 2, path({666, 999}), true});
  detecting_.detector.take(flood, detecting_.around, on_day(7));
  EXPECT_EQ(detecting_.detector.asks(2), (std::vector<Prefix>{kPrefix, part}));
  EXPECT_EQ(detecting_.detector.unreported(), 10U);
}

// Also where the first accepted route has an origin that RPKI knows.
TEST_F(DetectorTest, TheWorstOfTheRoutesDecides) {
  learn();
  set_vrps({{kPrefix, 24, 300}, {kPrefix, 24, 301}});
  EXPECT_EQ(now({kUsual, route({100, 301}), route({666, 999}, 2)}),
            "begin origin-changed 198.51.100.0/24 critical, begin moas 198.51.100.0/24 critical");
  EXPECT_EQ(detecting_.last.evidence["origin"], "999");
  EXPECT_EQ(detecting_.last.subject.neighbor, "stranger");
  const Prefix part = prefix("198.51.100.0/25");
  set_vrps({{part, 25, 301}});
  detecting_.see(part, {route({100, 301}), route({666, 999}, 2)}, 7);
  EXPECT_EQ(detecting_.said(), "begin more-specific 198.51.100.0/25 critical");
}

// Prefixes that stood still again before they were read hold no room of those that flap.
TEST_F(DetectorTest, FlapsThatAreOverLeaveRoomForOthers) {
  Rules rules;
  rules.flaps = 2;
  rules.flap_window = 60;
  detecting_.detector.apply(rules);
  learn();
  const auto flap = [&](const Prefix& of, std::uint32_t second) {
    Batch batch;
    batch.changes.push_back({of, 1, kUsual.path, true});
    detecting_.detector.take(batch, detecting_.around, on_day(7, second));
    detecting_.detector.take(batch, detecting_.around, on_day(7, second + 1));
  };
  for (std::uint32_t i = 0; i < Detector::kMostAsked; ++i) {
    const Prefix one = numbered(i);
    flap(one, 0);
  }
  for (const Prefix& one : detecting_.detector.asks(1'000'000)) {
    detecting_.detector.take(whole(one, {kUsual}), detecting_.around, on_day(7, 100));
  }
  EXPECT_EQ(detecting_.said(), "");
  flap(kPrefix, 100);
  detecting_.detector.take(whole(kPrefix, {kUsual}), detecting_.around, on_day(7, 102));
  EXPECT_EQ(detecting_.said(), "begin prefix-flapping 198.51.100.0/24 warning");
}

}  // namespace
}  // namespace tern::baseline
