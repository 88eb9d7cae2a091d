// Walks over the whole table: a new session, a refresh, new rules.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

class AdvertiserWalk : public testing::Test {
 protected:
  AdvertiserWalk() : a(tern.add(ebgp(65001, 1))) {}
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

TEST_F(AdvertiserWalk, ANewSessionHearsAllAndEndOfRib) {
  announce(0, 10);
  route("2001:db8:1::/48").via(a);
  tern.spread();
  Neighbour& b = tern.join(ebgp(65002, 2));
  const Heard heard = b.listen();
  ASSERT_EQ(heard.size(), 13U);
  EXPECT_EQ(heard[11], "end-of-rib ipv4-unicast");
  EXPECT_EQ(heard[12], "end-of-rib ipv6-unicast");
  EXPECT_EQ(b.table().size(), 11U);
  EXPECT_FALSE(tern.advertiser.walking());
}

TEST_F(AdvertiserWalk, AnEmptyTableHasAnEndToo) {
  Speaker empty;
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv6Unicast};
  EXPECT_EQ(empty.join(session).listen(), Heard{"end-of-rib ipv6-unicast"});
}

TEST_F(AdvertiserWalk, GoesInSlicesWithChangesBetween) {
  announce(0, 50);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(20);
  EXPECT_EQ(b.read().size(), 20U);
  route(nth(3)).as_path({65001, 65001}).via(a);   // behind the walk
  route(nth(40)).as_path({65001, 65001}).via(a);  // before it
  a.withdraw(nth(4));
  a.withdraw(nth(41));
  announce(50, 60);
  Heard rest;
  while (tern.advertiser.walking()) {
    tern.advertiser.walk(7);
    for (std::string& line : b.read()) rest.push_back(std::move(line));
  }
  EXPECT_EQ(b.table().size(), 58U);
  EXPECT_EQ(b.holds(nth(3))->as_path.length(), 3U);
  EXPECT_EQ(b.holds(nth(40))->as_path.length(), 3U);
  EXPECT_EQ(std::count(rest.begin(), rest.end(), "end-of-rib ipv4-unicast"), 1);
  EXPECT_EQ(rest[rest.size() - 2], "end-of-rib ipv4-unicast");  // after all that was there
}

// The walk serves all requests; one that comes in the middle is served until the walk comes round.
TEST_F(AdvertiserWalk, RequestsShareIt) {
  announce(0, 100);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(50);
  Neighbour& c = tern.join(ebgp(65003, 3));
  tern.advertiser.walk(50);
  EXPECT_EQ(b.read().back(), "end-of-rib ipv6-unicast");
  EXPECT_EQ(b.table().size(), 100U);
  EXPECT_EQ(c.read().size(), 50U);  // the second half first
  EXPECT_TRUE(tern.advertiser.walking());
  tern.advertiser.walk(50);
  EXPECT_FALSE(tern.advertiser.walking());
  EXPECT_EQ(c.read().back(), "end-of-rib ipv6-unicast");
  EXPECT_EQ(c.table().size(), 100U);
  EXPECT_EQ(b.advertised().announced[0], 100U);
  EXPECT_EQ(c.advertised().announced[0], 100U);  // each prefix once
}

// The table grows while the walk is under way, and it started in the middle.
TEST_F(AdvertiserWalk, ATableThatGrowsIsWalkedWhole) {
  announce(0, 100);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(50);
  Neighbour& c = tern.join(ebgp(65003, 3));
  tern.advertiser.walk(10);
  announce(100, 120);
  tern.advertiser.walk(30);
  announce(120, 140);
  while (tern.advertiser.walking()) {
    tern.advertiser.walk(15);
    (void)c.read();
  }
  (void)b.read();
  EXPECT_EQ(b.table().size(), 140U);
  EXPECT_EQ(c.table().size(), 140U);
}

// Changes of destinations that the walk has yet to reach for a new session wait for the walk.
TEST_F(AdvertiserWalk, ANewSessionIsToldEachPrefixOnce) {
  announce(0, 60);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(40);
  Neighbour& c = tern.join(ebgp(65003, 3));
  route(nth(50)).as_path({65001, 65001}).via(a);  // before both
  route(nth(20)).as_path({65001, 65001}).via(a);  // behind b, before c
  a.withdraw(nth(55));
  announce(60, 90);  // came after both
  Neighbour& d = tern.join(ebgp(65004, 4));
  route(nth(70)).as_path({65001, 65001}).via(a);  // before d alone
  tern.settle();
  for (Neighbour* each : {&b, &c, &d}) {
    (void)each->read();
    EXPECT_EQ(each->table().size(), 89U);
    EXPECT_EQ(each->holds(nth(20))->as_path.length(), 3U);
    EXPECT_EQ(each->holds(nth(50))->as_path.length(), 3U);
    EXPECT_EQ(each->holds(nth(70))->as_path.length(), 3U);
    EXPECT_EQ(each->advertised().withdrawn[0], 0U);
  }
  EXPECT_EQ(b.advertised().announced[0], 89U + 2U);  // 20 and 70 twice
  EXPECT_EQ(c.advertised().announced[0], 89U + 1U);  // 70 twice
  EXPECT_EQ(d.advertised().announced[0], 89U);
}

// An exchange after a restart: members come up one after the other, each with its table, while the
// walks for the earlier ones are under way.
TEST_F(AdvertiserWalk, AColdStartTellsEachPrefixOnce) {
  constexpr int kMembers = 40;
  constexpr int kEach = 5;
  std::vector<Neighbour*> members;
  for (int m = 0; m < kMembers; ++m) {
    const auto number = static_cast<std::uint32_t>(m) + 2;
    members.push_back(&tern.join(route_server_client(65000 + number, number)));
    for (int n = 0; n < kEach; ++n) route(nth(m * kEach + n)).via(*members.back());
    if (m % 3 == 0) tern.spread();
    if (m % 4 == 1) tern.advertiser.walk(30);
  }
  tern.settle();
  constexpr std::uint64_t kDue = (kMembers - 1) * kEach;
  for (Neighbour* member : members) {
    (void)member->read();
    EXPECT_EQ(member->table().size(), kDue);
    EXPECT_EQ(member->advertised().announced[0], kDue) << member->slot();
  }
}

// A slot's next session holds nothing of the last one.
TEST_F(AdvertiserWalk, WhatTheLastSessionHeldIsNotWithdrawnFromTheNext) {
  announce(0, 10);
  Neighbour& b = tern.add(ebgp(65002, 2));
  EXPECT_EQ(b.table().size(), 10U);
  tern.remove(b);
  Neighbour& again = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(4);
  a.withdraw(nth(2));  // behind the walk
  a.withdraw(nth(8));  // before it
  tern.settle();
  (void)again.read();
  EXPECT_EQ(again.table().size(), 8U);
  EXPECT_EQ(again.advertised().withdrawn[0], 1U);
}

TEST_F(AdvertiserWalk, JoinersAndUpdatesAtRandom) {
  RandomValues random(4724);
  std::vector<Neighbour*> joined;
  int prefixes = 40;
  announce(0, prefixes);
  for (std::uint32_t n = 2; n < 60; ++n) {
    joined.push_back(&tern.join(route_server_client(65000 + n, n)));
    for (std::uint32_t i = random.below(4); i > 0; --i) {
      tern.advertiser.walk(random.below(30));
      if (random.one_in(2)) {
        announce(prefixes, prefixes + 1);
        ++prefixes;
      }
      const std::string where = nth(static_cast<int>(random.below(40)));
      if (random.one_in(2)) {
        a.withdraw(where);
      } else {
        route(where).as_path(std::vector<Asn>(1 + random.below(4), 65001)).via(a);
      }
      if (random.one_in(2)) tern.spread();
    }
  }
  tern.settle();
  EXPECT_FALSE(tern.advertiser.walking());
  Neighbour& last = tern.add(route_server_client(65100, 100));
  for (Neighbour* each : joined) {
    const Heard heard = each->read();
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "end-of-rib ipv4-unicast"), 1);
    EXPECT_EQ(each->table(), last.table()) << each->slot();
  }
}

TEST_F(AdvertiserWalk, ARefreshTellsEverythingAgain) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  Neighbour& c = tern.add(ebgp(65003, 3));
  b.refresh(Family::Ipv4Unicast, false);
  EXPECT_EQ(b.listen().size(), 5U);  // RFC 2918: no marks
  EXPECT_TRUE(c.listen().empty());   // it did not ask
  b.refresh(Family::Ipv6Unicast, false);
  EXPECT_TRUE(b.listen().empty());
}

// RFC 7313 section 4
TEST_F(AdvertiserWalk, AnEnhancedRefreshIsDemarcated) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.refresh(Family::Ipv4Unicast, true);
  while (tern.advertiser.walking()) tern.advertiser.walk(2);
  const Heard heard = b.read();
  ASSERT_EQ(heard.size(), 7U);
  EXPECT_EQ(heard.front(), "begin-of-refresh ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-refresh ipv4-unicast");
  EXPECT_EQ(b.advertised().refresh_marks, 2U);
  EXPECT_EQ(b.table().size(), 5U);
}

TEST_F(AdvertiserWalk, EveryHeldRouteStandsBetweenTheMarks) {
  announce(0, 30);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.refresh(Family::Ipv4Unicast, true);
  for (int step = 0; tern.advertiser.walking(); ++step) {
    tern.advertiser.walk(3);
    if (step < 8) route(nth(step * 4)).as_path({65001, 65001}).via(a);
    tern.spread();
  }
  const Heard heard = b.read();
  const std::size_t begin = position(heard, "begin-of-refresh ipv4-unicast");
  const std::size_t end = position(heard, "end-of-refresh ipv4-unicast");
  ASSERT_LT(end, heard.size());
  for (int n = 0; n < 30; ++n) {
    const auto first = heard.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = heard.begin() + static_cast<std::ptrdiff_t>(end);
    EXPECT_NE(std::find(first, last, "announce " + nth(n)), last) << nth(n);
  }
  EXPECT_EQ(b.table().size(), 30U);
}

TEST_F(AdvertiserWalk, RefreshOfAFamilyWithoutSessionIsNothing) {
  Session session = ebgp(65002, 2);
  session.facts.families = {Family::Ipv4Unicast};
  Neighbour& b = tern.add(session);
  b.refresh(Family::Ipv6Unicast, true);
  EXPECT_FALSE(tern.advertiser.walking());
  EXPECT_TRUE(b.listen().empty());
}

// A peer that asks a thousand times before it reads gets one answer, not a thousand tables.
TEST_F(AdvertiserWalk, RequestsThatWaitAreOne) {
  announce(0, 5);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(2);
  for (int n = 0; n < 1000; ++n) {
    b.refresh(Family::Ipv4Unicast, true);
    b.refresh(Family::Ipv6Unicast, true);
  }
  (void)b.listen();
  EXPECT_EQ(b.advertised().refresh_marks, 4U);
  // Three from the walk in progress, and five; those that both walks passed count once.
  EXPECT_LE(b.advertised().announced[0], 10U);
  // One that began is not an answer to a later request.
  b.refresh(Family::Ipv4Unicast, true);
  tern.advertiser.walk(2);
  b.refresh(Family::Ipv4Unicast, true);
  const Heard heard = b.listen();
  EXPECT_EQ(b.advertised().refresh_marks, 8U);
  // One after the other: a BoRR within another's would take its EoRR for its own.
  Heard marks;
  for (const std::string& line : heard) {
    if (line.find("refresh") != std::string::npos) marks.push_back(line.substr(0, 5));
  }
  EXPECT_EQ(marks, (Heard{"begin", "end-o", "begin", "end-o"}));
}

TEST_F(AdvertiserWalk, NewRulesTellTheDifferenceAlone) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  ExportRules rules = b.rules();
  b.set_rules(rules);  // the same in effect
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
  Neighbour& c = tern.add(ebgp(65003, 3));  // of the class that it leaves
  b.set_rules(rules);
  EXPECT_EQ(b.listen(), (Heard{"withdraw " + nth(2), "announce " + nth(3)}));
  EXPECT_EQ(b.holds(nth(3))->as_path.to_string(), "65000 65000 65000 65001");
  EXPECT_TRUE(c.listen().empty());
  EXPECT_EQ(c.table().size(), 5U);
}

TEST_F(AdvertiserWalk, RoutesThatGoDuringAWalkAreWithdrawn) {
  announce(0, 5);
  Neighbour& b = tern.add(ebgp(65002, 2));
  b.refresh(Family::Ipv4Unicast, true);
  tern.advertiser.walk(1);
  a.withdraw(nth(4));
  const Heard heard = b.listen();
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "withdraw " + nth(4)), 1);
  EXPECT_EQ(b.table().size(), 4U);
}

TEST_F(AdvertiserWalk, WhoLeavesIsNotWaitedFor) {
  announce(0, 10);
  Neighbour& b = tern.join(ebgp(65002, 2));
  tern.advertiser.walk(3);
  tern.remove(b);
  EXPECT_FALSE(tern.advertiser.walking());
  Neighbour& again = tern.join(ebgp(65002, 2));
  EXPECT_EQ(again.listen().size(), 12U);
  EXPECT_EQ(again.table().size(), 10U);
}

}  // namespace
}  // namespace tern::pipeline
