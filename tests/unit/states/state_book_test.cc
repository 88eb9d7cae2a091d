// Changes of states: the hold time, the events, and the history.
#include "bgpd/states/state_book.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "found.h"
#include "tests/unit/states/start.h"

namespace tern::states {
namespace {

using events::Kind;
using events::Report;

class StateBookTest : public testing::Test {
 protected:
  StateBookTest() {
    const auto changed =
        book_.take_table(table_of({registered_prefix(kFirst), registered_prefix("10.0.0.0/8")}));
    EXPECT_EQ(changed.size(), 2U);
    at_ = static_cast<std::size_t>(book_.table()->lower_bound(prefix_of(kFirst)));
  }
  // True: the states wait.
  bool take(Findings findings) {
    return book_.take(at_, std::move(findings), peers_, now_).has_value();
  }
  std::string headline() const {
    const auto shown = book_.find(prefix_of(kFirst));
    return shown ? std::string(to_string(shown->now.front().state)) : "unknown";
  }
  // "begin origin-hijack, once announced", and forgets them.
  std::string events() {
    std::string text;
    for (const Report& one : std::exchange(reports_, {})) {
      const char* const what = one.what == Report::What::Begin ? "begin "
                               : one.what == Report::What::End ? "end "
                                                               : "once ";
      text += (text.empty() ? "" : ", ") + std::string(what) + std::string(to_string(one.kind));
    }
    return text;
  }

  std::vector<Report> reports_;
  StateBook book_{[this](Report one) { reports_.push_back(std::move(one)); }};
  PeerTable peers_ = three_peers();
  std::size_t at_ = 0;
  std::uint32_t now_ = kStart;
};

TEST_F(StateBookTest, TheFirstStatesAreNoNews) {
  EXPECT_EQ(headline(), "unknown");
  EXPECT_FALSE(take(healthy()));
  EXPECT_EQ(headline(), "healthy");
  EXPECT_EQ(events(), "");
  EXPECT_EQ(book_.counts()[static_cast<std::size_t>(State::Healthy)], 1U);
  EXPECT_TRUE(book_.find(prefix_of(kFirst))->history.empty());
}

TEST_F(StateBookTest, AChangeCountsWhenItHasLasted) {
  (void)take(healthy());
  now_ += 10;
  EXPECT_TRUE(take(absent()));
  EXPECT_EQ(headline(), "healthy");
  now_ += book_.hold() - 1;
  EXPECT_TRUE(take(absent()));
  now_ += 1;
  EXPECT_FALSE(take(absent()));
  EXPECT_EQ(headline(), "not-received");
  EXPECT_EQ(events(), "once withdrawn, once state-changed");
  const auto shown = book_.find(prefix_of(kFirst));
  EXPECT_EQ(shown->now.front().since, now_);
  EXPECT_EQ(shown->now.front().evidence, "from AS 1299, 174");
  ASSERT_EQ(shown->history.size(), 1U);
  EXPECT_EQ(shown->history[0].at, now_);
}

TEST_F(StateBookTest, AFlapIsNoChange) {
  (void)take(healthy());
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(take(absent()));
    now_ += book_.hold() - 1;
    EXPECT_FALSE(take(healthy()));
    now_ += 1;
  }
  EXPECT_EQ(events(), "");
  EXPECT_EQ(headline(), "healthy");
}

TEST_F(StateBookTest, AHijackCountsAtOnceAndEnds) {
  (void)take(healthy());
  EXPECT_FALSE(take(hijacked()));
  EXPECT_EQ(headline(), "hijacked");
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(reports_[1].evidence.at("as path"), "666");
  EXPECT_EQ(reports_[1].evidence.at("verdict"), "rejected: quarantined");
  EXPECT_EQ(reports_[1].subject.neighbor, "other");
  EXPECT_EQ(events(), "once state-changed, begin origin-hijack");
  EXPECT_TRUE(take(healthy()));
  now_ += book_.hold();
  EXPECT_FALSE(take(healthy()));
  EXPECT_EQ(events(), "once state-changed, end origin-hijack");
}

TEST_F(StateBookTest, ALeakCountsAtOnceAndIsAnEvent) {
  (void)take(healthy());
  EXPECT_FALSE(take(leaked()));
  EXPECT_EQ(headline(), "leaked");
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(reports_[1].summary,
            "203.0.113.0/24 is leaked through neighbor other: ONLY_TO_CUSTOMER of AS 666 (RFC "
            "9234)");
  EXPECT_EQ(reports_[1].evidence.at("leak"), "ONLY_TO_CUSTOMER of AS 666 (RFC 9234)");
  EXPECT_EQ(reports_[1].evidence.at("verdict"), "rejected: route-leak");
  EXPECT_EQ(events(), "once state-changed, begin route-leak");
  EXPECT_TRUE(take(healthy()));
  now_ += book_.hold();
  EXPECT_FALSE(take(healthy()));
  EXPECT_EQ(events(), "once state-changed, end route-leak");
}

// The headline stays, so no event of a change says it.
TEST_F(StateBookTest, TheLastResortIsAnEventAsLongAsItIsInUse) {
  (void)take(hijacked());
  (void)events();
  Findings last = hijacked();
  last.states = {};
  last.states.add(State::Hijacked);
  last.states.add(State::LastResort);
  last.evidence.push_back({State::LastResort, "by other, path 666"});
  EXPECT_TRUE(take(last));
  now_ += book_.hold();
  EXPECT_FALSE(take(last));
  const auto begun = std::ranges::find(reports_, "203.0.113.0/24 last-resort", &Report::key);
  ASSERT_NE(begun, reports_.end());
  EXPECT_EQ(begun->what, Report::What::Begin);
  EXPECT_EQ(begun->severity, events::Severity::Critical);
  EXPECT_EQ(begun->summary,
            "203.0.113.0/24 has no route with nothing against it: its last resort is in use, by "
            "other, path 666");
  reports_.clear();
  EXPECT_TRUE(take(healthy()));
  now_ += book_.hold();
  EXPECT_FALSE(take(healthy()));
  const auto ended = std::ranges::find(reports_, "203.0.113.0/24 last-resort", &Report::key);
  ASSERT_NE(ended, reports_.end());
  EXPECT_EQ(ended->what, Report::What::End);
}

TEST_F(StateBookTest, EachStateThatHoldsCounts) {
  const auto count = [&](State state) { return book_.counts()[static_cast<std::size_t>(state)]; };
  (void)take(hijacked());
  EXPECT_EQ(count(State::Hijacked), 1U);
  EXPECT_EQ(count(State::ActiveOnPrimary), 1U) << "not the headline alone";
  (void)take(healthy());
  now_ += book_.hold();
  (void)take(healthy());
  EXPECT_EQ(count(State::Hijacked), 0U);
  EXPECT_EQ(count(State::Healthy), 1U);
  EXPECT_EQ(count(State::ActiveOnPrimary), 1U);
  (void)book_.take_table(table_of({registered_prefix(kFirst)}));
  EXPECT_EQ(count(State::ActiveOnPrimary), 1U);
}

TEST_F(StateBookTest, WithoutAHoldTimeEachChangeCounts) {
  book_.set_hold(0);
  (void)take(healthy());
  EXPECT_FALSE(take(absent()));
  EXPECT_EQ(headline(), "not-received");
}

TEST_F(StateBookTest, TheLostSessionIsTheCauseOfAWithdrawal) {
  (void)take(healthy());
  EXPECT_TRUE(take(absent()));
  now_ += book_.hold();
  EXPECT_FALSE(take(absent()));
  ASSERT_FALSE(reports_.empty());
  EXPECT_EQ(reports_[0].kind, Kind::Withdrawn);
  EXPECT_EQ(reports_[0].cause, "session-down 192.0.2.1");
}

TEST_F(StateBookTest, LostRedundancyIsAnEventUntilItIsBack) {
  (void)take(healthy());
  Findings single = healthy();
  single.states.add(State::SingleHomed);
  (void)take(single);
  now_ += book_.hold();
  EXPECT_FALSE(take(single));
  EXPECT_EQ(events(), "") << "no more is configured";
  EXPECT_EQ(book_.find(prefix_of(kFirst))->now.back().evidence,
            "no second connection or PoP is configured");

  single.evidence = {{State::SingleHomed, "one connection: edge-2 is drained"}};
  single.lost = LostRedundancy{"edge-2", "neighbor-drained 192.0.2.2", true};
  EXPECT_FALSE(take(single));
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(reports_[0].severity, events::Severity::Info);
  EXPECT_EQ(reports_[0].cause, "neighbor-drained 192.0.2.2");
  EXPECT_EQ(reports_[0].subject.neighbor, "edge-2");
  EXPECT_EQ(reports_[0].summary,
            "203.0.113.0/24 has lost its redundancy: one connection: edge-2 is drained");
  EXPECT_EQ(events(), "begin redundancy-lost");

  (void)take(healthy());
  now_ += book_.hold();
  EXPECT_FALSE(take(healthy()));
  EXPECT_EQ(events(), "end redundancy-lost");
}

TEST_F(StateBookTest, PrimaryAndBackup) {
  (void)take(healthy());
  Findings backup = healthy();
  backup.states = {};
  backup.states.add(State::ActiveOnBackup);
  backup.states.add(State::Healthy);
  (void)take(backup);
  now_ += book_.hold();
  (void)take(backup);
  EXPECT_EQ(events(), "once active-on-backup, once state-changed");
  EXPECT_EQ(headline(), "active-on-backup");
}

TEST_F(StateBookTest, HistoryIsBounded) {
  (void)take(healthy());
  for (int i = 0; i < 100; ++i) {
    const Findings next = i % 2 == 0 ? absent() : healthy();
    (void)take(next);
    now_ += book_.hold();
    (void)take(next);
  }
  const auto shown = book_.find(prefix_of(kFirst));
  EXPECT_EQ(shown->history.size(), StateBook::kHistory);
  EXPECT_EQ(shown->changes, 100U);
  EXPECT_EQ(shown->history.back().at, now_);
}

TEST_F(StateBookTest, AnotherTableKeepsWhatItKnows) {
  (void)take(hijacked());
  (void)events();
  policy::Registration same = registered_prefix(kFirst);
  same.line = 77;
  const auto changed = book_.take_table(table_of({same, registered_prefix("192.0.2.0/24")}));
  EXPECT_EQ(changed.size(), 1U) << "only the new prefix is examined";
  EXPECT_EQ(headline(), "hijacked");
  EXPECT_EQ(book_.counts()[static_cast<std::size_t>(State::Hijacked)], 1U);
  EXPECT_EQ(events(), "");

  const policy::Registrations both{same, registered_prefix("192.0.2.0/24")};
  EXPECT_EQ(book_.take_table(table_of(both, policy::Fallback::Any)).size(), 2U)
      << "a fallback makes other paths usable";
  const auto source = std::make_shared<const policy::Registrations>(both);
  EXPECT_EQ(book_
                .take_table(std::make_shared<const policy::RegistrationTable>(
                    std::vector{source}, policy::kQuarantineAll, policy::Fallback::Any))
                .size(),
            2U)
      << "without transit-free ASes a path can leak no more";
  same.origins = {kStranger};
  EXPECT_EQ(book_.take_table(table_of({same})).size(), 1U) << "its routes count otherwise";
  EXPECT_EQ(book_.take_table(nullptr).size(), 0U);
  EXPECT_EQ(events(), "end origin-hijack");
  EXPECT_EQ(headline(), "unknown");
  EXPECT_EQ(book_.counts()[static_cast<std::size_t>(State::Hijacked)], 0U);
}

}  // namespace
}  // namespace tern::states
