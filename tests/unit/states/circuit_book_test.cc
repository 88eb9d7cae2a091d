// Circuits: which connections are redundant, since when, and why not.
#include "bgpd/states/circuit_book.h"

#include <gtest/gtest.h>

#include "bgpd/states/circuit_judge.h"
#include "tests/unit/states/start.h"

namespace tern::states {
namespace {

constexpr FamilySet kIpv4{Family::Ipv4Unicast};
constexpr FamilySet kIpv6{Family::Ipv6Unicast};

CircuitSession up(const std::string& name, std::uint32_t router, FamilySet families = kIpv4) {
  CircuitSession session;
  session.name = name;
  session.address = "of " + name;
  session.circuit = "north";
  session.asn = 64501;
  session.families = families;
  session.router = router;
  session.established = true;
  return session;
}
CircuitSession down(const std::string& name, std::uint32_t router, FamilySet families = kIpv4) {
  CircuitSession session = up(name, router, families);
  session.established = false;
  return session;
}
CircuitSession drained(const std::string& name, std::uint32_t router) {
  CircuitSession session = up(name, router);
  session.drained = true;
  return session;
}
CircuitSession shut(const std::string& name, std::uint32_t router) {
  CircuitSession session = down(name, router);
  session.shut_down = true;
  return session;
}
CircuitFinding judged(const std::vector<CircuitSession>& sessions) {
  std::vector<const CircuitSession*> all;
  for (const CircuitSession& one : sessions) all.push_back(&one);
  return judge_circuit(all);
}

// ---- judge_circuit()

TEST(CircuitJudge, TwoRoutersInServiceAreRedundant) {
  const CircuitFinding found = judged({up("a", 1), up("b", 2)});
  EXPECT_EQ(found.state, CircuitState::Redundant);
  EXPECT_EQ(found.connections, 2U);
  EXPECT_EQ(found.in_service, 2U);
  EXPECT_EQ(found.evidence, "");
  EXPECT_EQ(found.missing, "");
}

TEST(CircuitJudge, TwoSessionsWithOneRouterAreOneConnection) {
  const CircuitFinding found = judged({up("a", 0x0A000001), up("b", 0x0A000001)});
  EXPECT_EQ(found.state, CircuitState::SingleHomed);
  EXPECT_EQ(found.evidence, "one connection: a and b are one router, 10.0.0.1");
  EXPECT_FALSE(found.maintenance);
}

TEST(CircuitJudge, AConnectionThatIsDownDegradesThePair) {
  const CircuitFinding found = judged({up("a", 1), down("b", 2)});
  EXPECT_EQ(found.state, CircuitState::PairDegraded);
  EXPECT_EQ(found.evidence, "1 of 2 connections in service: b is down");
  EXPECT_EQ(found.missing, "b");
  EXPECT_FALSE(found.maintenance);
  EXPECT_EQ(judged({up("a", 1), down("b", 0)}).state, CircuitState::PairDegraded)
      << "a router that was never there";
  EXPECT_EQ(judged({up("a", 1), up("b", 2), down("c", 3)}).state, CircuitState::Redundant);
}

TEST(CircuitJudge, MaintenanceIsNoFaultAndTakesRedundancyAway) {
  for (const CircuitSession& second : {drained("b", 2), shut("b", 2)}) {
    const CircuitFinding found = judged({up("a", 1), second});
    EXPECT_EQ(found.state, CircuitState::PairDegraded);
    EXPECT_TRUE(found.maintenance);
    EXPECT_EQ(found.evidence,
              "1 of 2 connections in service: b is " + std::string(state_word(second)));
  }
  EXPECT_FALSE(judged({down("a", 1), drained("b", 2)}).maintenance) << "one of them is a fault";
  const CircuitFinding both = judged({drained("a", 1), drained("b", 2)});
  EXPECT_EQ(both.state, CircuitState::PairDegraded) << "the sessions are there";
  EXPECT_TRUE(both.maintenance);
  const CircuitFinding shut_both = judged({shut("a", 1), shut("b", 2)});
  EXPECT_EQ(shut_both.state, CircuitState::Down);
  EXPECT_TRUE(shut_both.maintenance);
}

TEST(CircuitJudge, AFaultIsNamedBeforeMaintenance) {
  EXPECT_EQ(judged({up("a", 1), drained("b", 2), down("c", 3)}).missing, "c");
  EXPECT_EQ(judged({up("a", 1), drained("b", 2), shut("c", 3)}).missing, "b");
}

// BGP Identifiers are unique within an AS alone.
TEST(CircuitJudge, OneIdentifierInTwoAsIsTwoRouters) {
  CircuitSession other = up("b", 1);
  other.asn = 64502;
  EXPECT_EQ(judged({up("a", 1), other}).state, CircuitState::Redundant);
}

TEST(CircuitJudge, AFamilyThatASessionLostIsMissed) {
  constexpr FamilySet kBoth{Family::Ipv4Unicast, Family::Ipv6Unicast};
  CircuitSession second = up("b", 2);
  second.lacking = kIpv6;
  const CircuitFinding found = judged({up("a", 1, kBoth), second});
  EXPECT_EQ(found.state, CircuitState::PairDegraded);
  EXPECT_EQ(found.evidence, "IPv6: 1 of 2 connections in service: b is up without ipv6-unicast");
  EXPECT_EQ(found.missing, "b");
  EXPECT_FALSE(found.maintenance);
  CircuitSession first = up("a", 1);
  first.lacking = kIpv6;
  EXPECT_EQ(judged({first, second}).state, CircuitState::Redundant)
      << "no session of the partner has the family";
  CircuitSession never = down("c", 0, kBoth);
  EXPECT_EQ(judged({first, second, never}).state, CircuitState::Redundant)
      << "a session that was never up does not tell what the partner has";
}

TEST(CircuitJudge, ADrainedSessionThatIsDownIsBoth) {
  CircuitSession second = drained("b", 2);
  second.established = false;
  EXPECT_EQ(judged({up("a", 1), second}).evidence,
            "1 of 2 connections in service: b is drained, down");
}

TEST(CircuitJudge, WithoutASessionTheCircuitIsDown) {
  const CircuitFinding found = judged({down("a", 1), down("b", 2)});
  EXPECT_EQ(found.state, CircuitState::Down);
  EXPECT_EQ(found.evidence, "0 of 2 connections in service: a is down, b is down");
  EXPECT_EQ(judged({down("a", 1)}).state, CircuitState::Down);
}

TEST(CircuitJudge, TheWorstFamilyCounts) {
  const CircuitFinding found =
      judged({up("a4", 1), up("b4", 2), up("a6", 1, kIpv6), down("b6", 2, kIpv6)});
  EXPECT_EQ(found.state, CircuitState::PairDegraded);
  EXPECT_EQ(found.evidence, "IPv6: 1 of 2 connections in service: b6 is down");
  EXPECT_EQ(judged({up("a4", 1), up("b6", 2, kIpv6)}).state, CircuitState::SingleHomed);
}

TEST(CircuitJudge, EvidenceIsBounded) {
  std::vector<CircuitSession> many;
  for (std::uint32_t i = 0; i < 100; ++i) many.push_back(down(std::string(200, 'n'), i + 1));
  EXPECT_LE(judged(many).evidence.size(), 256U);
  many.clear();
  for (std::uint32_t i = 0; i < 10; ++i) many.push_back(down(std::to_string(i), i + 1));
  const std::string text = judged(many).evidence;
  EXPECT_EQ(text.substr(text.size() - 20), "7 is down and 2 more");
}

// ---- CircuitBook

class CircuitBookTest : public testing::Test {
 protected:
  void settle() {
    while (book_.settle(now_, 1)) {
    }
  }
  void see(PeerSlot slot, const CircuitSession& session) { book_.see(slot, session, now_); }
  [[nodiscard]] std::string state(const std::string& key = "north") const {
    const auto found = book_.circuits().find(key);
    return found == book_.circuits().end() ? "none"
                                           : std::string(to_string(found->second.finding.state));
  }
  [[nodiscard]] std::uint64_t count(CircuitState state) const {
    return book_.counts().all[static_cast<std::size_t>(state)];
  }

  CircuitBook book_;
  std::uint32_t now_ = kStart;
};

TEST_F(CircuitBookTest, TheFirstFaultCountsWhenSessionsHadTimeToComeUp) {
  see(1, up("a", 1));
  see(2, down("b", 0));
  settle();
  EXPECT_EQ(state(), "unknown");
  now_ += CircuitBook::kFirstTime - 1;
  settle();
  EXPECT_EQ(state(), "unknown");
  ++now_;
  settle();
  EXPECT_EQ(state(), "pair-degraded");
  EXPECT_EQ(book_.circuits().begin()->second.since, now_);
  EXPECT_EQ(book_.circuits().begin()->second.changes, 0U);
}

TEST_F(CircuitBookTest, RedundancyCountsAtOnceTheFirstTime) {
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  EXPECT_EQ(state(), "redundant");
  EXPECT_EQ(count(CircuitState::Redundant), 1U);
  EXPECT_EQ(count(CircuitState::Unknown), 0U);
}

TEST_F(CircuitBookTest, AChangeCountsWhenItHasLasted) {
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  book_.set_hold(3);
  for (int i = 0; i < 5; ++i) {
    see(2, down("b", 2));
    settle();
    now_ += 2;
    see(2, up("b", 2));
    settle();
  }
  EXPECT_EQ(state(), "redundant") << "a flap is no change";
  EXPECT_EQ(book_.circuits().begin()->second.changes, 0U);
  see(2, down("b", 2));
  settle();
  now_ += 3;
  settle();
  EXPECT_EQ(state(), "pair-degraded");
  EXPECT_EQ(book_.circuits().begin()->second.changes, 1U);
  EXPECT_EQ(count(CircuitState::PairDegraded), 1U);
  EXPECT_EQ(count(CircuitState::Redundant), 0U);
}

// The hold time of a heavier state is its own.
TEST_F(CircuitBookTest, AMomentDownIsNotDownAfterALongDegradation) {
  book_.set_hold(10);
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  see(2, down("b", 2));
  settle();
  now_ += 9;
  see(1, down("a", 1));
  settle();
  EXPECT_EQ(state(), "redundant");
  ++now_;
  settle();
  EXPECT_EQ(state(), "pair-degraded") << "for ten seconds at least";
  now_ += 8;
  settle();
  EXPECT_EQ(state(), "pair-degraded");
  ++now_;
  settle();
  EXPECT_EQ(state(), "down");
  EXPECT_EQ(book_.circuits().begin()->second.changes, 2U);
}

TEST_F(CircuitBookTest, ASessionThatIsNewIsAwaitedBeforeItIsMissed) {
  book_.set_hold(3);
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  now_ += 1000;
  book_.forget(2);
  see(3, down("c", 0));
  settle();
  now_ += 3;
  settle();
  EXPECT_EQ(state(), "single-homed") << "with what is known of the sessions";
  now_ += CircuitBook::kFirstTime - 4;
  settle();
  EXPECT_EQ(state(), "single-homed");
  ++now_;
  settle();
  now_ += 3;
  settle();
  EXPECT_EQ(state(), "pair-degraded");
  book_.forget(1);
  book_.forget(3);
  see(4, down("d", 0));
  settle();
  now_ += CircuitBook::kFirstTime - 1;
  settle();
  EXPECT_EQ(state(), "unknown");
}

TEST_F(CircuitBookTest, AClockThatWasSetBackEndsTheHoldTime) {
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  see(2, down("b", 2));
  settle();
  EXPECT_EQ(state(), "redundant");
  now_ -= 3600;
  settle();
  EXPECT_EQ(state(), "pair-degraded");
}

TEST_F(CircuitBookTest, MaintenanceIsCounted) {
  book_.set_hold(0);
  see(1, up("a", 1));
  see(2, up("b", 2));
  settle();
  see(2, drained("b", 2));
  settle();
  constexpr auto kDegraded = static_cast<std::size_t>(CircuitState::PairDegraded);
  EXPECT_EQ(book_.counts().all[kDegraded], 1U);
  EXPECT_EQ(book_.counts().maintenance[kDegraded], 1U);
  see(2, down("b", 2));
  settle();
  EXPECT_EQ(book_.counts().all[kDegraded], 1U);
  EXPECT_EQ(book_.counts().maintenance[kDegraded], 0U)
      << "within a state, the fault counts at once";
}

TEST_F(CircuitBookTest, SessionsComeMoveAndGo) {
  CircuitSession derived = up("a", 1);
  derived.circuit.clear();
  see(1, derived);
  EXPECT_EQ(state("AS 64501"), "unknown");
  see(1, up("a", 1));
  EXPECT_EQ(state("AS 64501"), "none");
  EXPECT_EQ(state("north"), "unknown");
  see(7, up("b", 2));
  book_.forget(1);
  EXPECT_EQ(book_.circuits().at("north").sessions, std::set<PeerSlot>{7});
  book_.forget(7);
  book_.forget(9);
  settle();
  EXPECT_TRUE(book_.circuits().empty());
  for (const std::uint64_t one : book_.counts().all) EXPECT_EQ(one, 0U);
}

TEST_F(CircuitBookTest, ASliceIsBounded) {
  for (PeerSlot slot = 0; slot < 10; ++slot) {
    CircuitSession session = up("a", slot + 1U);
    session.circuit = "c" + std::to_string(slot);
    see(slot, session);
  }
  now_ += CircuitBook::kFirstTime;
  std::size_t slices = 1;
  while (book_.settle(now_, 3)) ++slices;
  EXPECT_EQ(slices, 4U);
  EXPECT_EQ(count(CircuitState::SingleHomed), 10U);
}

// A circuit by AS can have thousands of sessions.
TEST_F(CircuitBookTest, ASliceIsBoundedBySessions) {
  for (PeerSlot slot = 0; slot < 100; ++slot) {
    CircuitSession session = up("a", slot + 1U);
    session.circuit = slot % 2 == 0 ? "even" : "odd";
    see(slot, session);
  }
  EXPECT_TRUE(book_.settle(now_, 50)) << "the second circuit is left";
  EXPECT_FALSE(book_.settle(now_, 50));
}

}  // namespace
}  // namespace tern::states
