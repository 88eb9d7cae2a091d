// Walks over the whole table: a new session, a refresh, new rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

class ExportWalk : public testing::Test {
 protected:
  ExportWalk() : a(tern.add(ebgp(65001, 1))) {}
  static std::string nth(int n) { return "10." + std::to_string(n) + ".0.0/16"; }
  void announce(int first, int last) {
    for (int n = first; n < last; ++n) route(nth(n)).via(a);
    tern.spread();
  }
  static std::size_t position(const Heard& heard, const std::string& what) {
    return static_cast<std::size_t>(std::find(heard.begin(), heard.end(), what) - heard.begin());
  }
  Speaker tern;
  Neighbour& a;
};

TEST_F(ExportWalk, ANewSessionHearsAllAndEndOfRib) {
  announce(0, 10);
  route("2001:db8:1::/48").via(a);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  const Heard heard = b.listen();
  ASSERT_EQ(heard.size(), 13U);
  EXPECT_EQ(heard[11], "end-of-rib ipv4-unicast");
  EXPECT_EQ(heard[12], "end-of-rib ipv6-unicast");
  EXPECT_EQ(b.table().size(), 11U);
  EXPECT_FALSE(b.filled.more);
}

TEST_F(ExportWalk, AnEmptyTableHasAnEndToo) {
  Speaker empty;
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv6Unicast};
  Neighbour& b = empty.add(session);
  b.export_.walk_initial();
  EXPECT_EQ(b.listen(), Heard{"end-of-rib ipv6-unicast"});
}

TEST_F(ExportWalk, GoesInSlicesWithChangesBetween) {
  announce(0, 50);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  EXPECT_EQ(b.listen(kAnyAmount, 20).size(), 20U);
  route(nth(3)).as_path({65001, 65001}).via(a);   // behind the walk
  route(nth(40)).as_path({65001, 65001}).via(a);  // before it
  a.withdraw(nth(4));
  a.withdraw(nth(41));
  announce(50, 60);
  Heard rest;
  do {
    for (std::string& line : b.listen(kAnyAmount, 7)) rest.push_back(std::move(line));
  } while (b.filled.more);
  EXPECT_EQ(b.table().size(), 58U);
  EXPECT_EQ(b.holds(nth(3))->as_path.length(), 3U);
  EXPECT_EQ(b.holds(nth(40))->as_path.length(), 3U);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), "announce " + nth(40)), 1);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), "end-of-rib ipv4-unicast"), 1);
  EXPECT_EQ(rest[rest.size() - 2], "end-of-rib ipv4-unicast");  // after all that was there
}

TEST_F(ExportWalk, ARefreshTellsEverythingAgain) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen();
  b.export_.walk_refresh(Family::Ipv4Unicast, false);
  EXPECT_EQ(b.listen().size(), 5U);  // RFC 2918: no marks
  b.export_.walk_refresh(Family::Ipv6Unicast, false);
  EXPECT_TRUE(b.listen().empty());
}

// RFC 7313 section 4
TEST_F(ExportWalk, AnEnhancedRefreshIsDemarcated) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen();
  b.export_.walk_refresh(Family::Ipv4Unicast, true);
  Heard heard;
  do {
    for (std::string& line : b.listen(kAnyAmount, 2)) heard.push_back(std::move(line));
  } while (b.filled.more);
  ASSERT_EQ(heard.size(), 7U);
  EXPECT_EQ(heard.front(), "begin-of-refresh ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-refresh ipv4-unicast");
  EXPECT_EQ(b.export_.counters().refresh_marks, 2U);
}

TEST_F(ExportWalk, EveryHeldRouteStandsBetweenTheMarks) {
  announce(0, 30);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen();
  b.export_.walk_refresh(Family::Ipv4Unicast, true);
  Heard heard;
  for (int step = 0; step == 0 || b.filled.more; ++step) {
    for (std::string& line : b.listen(kAnyAmount, 3)) heard.push_back(std::move(line));
    if (step < 8) route(nth(step * 4)).as_path({65001, 65001}).via(a);
  }
  const std::size_t begin = position(heard, "begin-of-refresh ipv4-unicast");
  const std::size_t end = position(heard, "end-of-refresh ipv4-unicast");
  ASSERT_LT(end, heard.size());
  for (int n = 0; n < 30; ++n) {
    const auto first = heard.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = heard.begin() + static_cast<std::ptrdiff_t>(end);
    EXPECT_NE(std::find(first, last, "announce " + nth(n)), last) << nth(n);
  }
}

TEST_F(ExportWalk, RefreshOfAFamilyWithoutSessionIsNothing) {
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv4Unicast};
  Neighbour& b = tern.add(session);
  b.export_.walk_refresh(Family::Ipv6Unicast, true);
  EXPECT_TRUE(b.export_.idle());
}

// A peer that asks a thousand times before it reads gets one answer, not a thousand tables.
TEST_F(ExportWalk, RequestsThatWaitAreOne) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen(kAnyAmount, 2);
  for (int n = 0; n < 1000; ++n) {
    b.export_.walk_refresh(Family::Ipv4Unicast, true);
    b.export_.walk_refresh(Family::Ipv6Unicast, true);
  }
  (void)b.listen();
  EXPECT_EQ(b.export_.counters().refresh_marks, 4U);
  EXPECT_EQ(b.export_.counters().announced[0], 10U);
  // One that began is not an answer to a later request.
  b.export_.walk_refresh(Family::Ipv4Unicast, true);
  (void)b.listen(kAnyAmount, 2);
  b.export_.walk_refresh(Family::Ipv4Unicast, true);
  (void)b.listen();
  EXPECT_EQ(b.export_.counters().refresh_marks, 8U);
}

TEST_F(ExportWalk, NewRulesTellTheDifferenceAlone) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen();
  ExportRules rules = b.export_.rules();
  b.export_.set_rules(rules);  // the same in effect
  EXPECT_TRUE(b.listen().empty());

  policy::TermSource reject;
  reject.match.prefixes = {{prefix(nth(2)), 16, 16}};
  reject.then = policy::TermSource::Then::Reject;
  policy::TermSource prepend;
  prepend.match.prefixes = {{prefix(nth(3)), 16, 16}};
  prepend.actions.prepend = policy::ActionSource::Prepend{std::nullopt, 2};
  prepend.then = policy::TermSource::Then::Accept;
  policy::TermSource rest;
  rest.then = policy::TermSource::Then::Accept;
  rules.policies = chain({reject, prepend, rest});
  b.export_.set_rules(rules);
  EXPECT_EQ(b.listen(), (Heard{"withdraw " + nth(2), "announce " + nth(3)}));
  EXPECT_EQ(b.holds(nth(3))->as_path.to_string(), "65000 65000 65000 65001");
}

TEST_F(ExportWalk, RoutesThatGoDuringAWalkAreWithdrawn) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.export_.walk_initial();
  (void)b.listen();
  b.export_.walk_refresh(Family::Ipv4Unicast, true);
  (void)b.listen(kAnyAmount, 1);
  a.withdraw(nth(4));
  const Heard heard = b.listen();
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "withdraw " + nth(4)), 1);
  EXPECT_EQ(b.table().size(), 4U);
}

}  // namespace
}  // namespace tern::pipeline
