// Slices of examinations of a table of routes, and rows of slices.
#include "bgpd/states/examiner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "registered.h"
#include "tests/unit/rib/paths.h"
#include "tests/unit/states/start.h"

namespace tern::states {
namespace {

using events::Report;

class ExaminerTest : public testing::Test {
 protected:
  ExaminerTest() {
    for (const PeerSlot slot : {kEdge1, kEdge2, kOther}) {
      shards_.set_peer(slot, rib::ebgp_peer(slot, slot));
      examiner_.set_peer(slot, *three_peers().at(slot));
    }
    for (std::size_t i = 0; i < shards_.size(); ++i) readers_.emplace_back(shards_[i]);
  }
  void register_all(policy::Registrations all) { examiner_.take_table(table_of(std::move(all))); }
  void announce(PeerSlot slot, const Prefix& prefix, std::vector<Asn> as_path, PinRank pin) {
    const rib::AttrHandle set =
        rib::path().as_path(std::move(as_path)).pin(pin).intern(shards_.attributes());
    shards_[shards_.index_of(unicast(prefix))].announce(slot, unicast(prefix),
                                                        {set.ref(), set.ref(), Reason::None, 0}, 1);
  }
  // A row of so many slices at most. True: registrations are left.
  bool examine(std::size_t most_slices) {
    bool more = true;
    shards_.share();
    examiner_.begin({nullptr, nullptr, std::make_shared<const policy::Egress>()}, shards_,
                    readers_);
    for (std::size_t i = 0; more && i < most_slices; ++i) more = examiner_.slice(now_);
    examiner_.end();
    shards_.unshare();
    return more;
  }
  std::string headline(std::string_view prefix) {
    const auto shown = examiner_.book().find(prefix_of(prefix));
    return shown ? std::string(to_string(shown->now.front().state)) : "unknown";
  }

  rib::Shards shards_{2};
  std::vector<rib::TableReader> readers_;
  std::vector<Report> reports_;
  Examiner examiner_{[this](Report one) { reports_.push_back(std::move(one)); }};
  std::uint32_t now_ = kStart;
};

TEST_F(ExaminerTest, TheRankOfAPathDecidesWhatItIs) {
  register_all({registered_prefix("10.0.0.0/8")});
  announce(kEdge2, prefix_of("10.0.0.0/8"), {kSecond, kCustomer}, pin_rank(1, 0));
  EXPECT_FALSE(examine(100));
  EXPECT_EQ(headline("10.0.0.0/8"), "not-received") << "from edge-1";
  announce(kEdge1, prefix_of("10.0.0.0/8"), {kPartner, kCustomer}, pin_rank(0, 0));
  examiner_.note({prefix_of("10.0.0.0/8")});
  EXPECT_FALSE(examine(100));
  now_ += examiner_.book().hold();
  examiner_.tick(now_);
  EXPECT_FALSE(examine(100));
  EXPECT_EQ(headline("10.0.0.0/8"), "healthy");
}

// The hold time counts from the last time when the states were as before.
TEST_F(ExaminerTest, AFlapDoesNotProlongTheHoldTime) {
  const Prefix prefix = prefix_of("10.0.0.0/8");
  const auto examine_at = [&](std::uint32_t now) {
    now_ = now;
    examiner_.tick(now_);
    examiner_.note({prefix});
    EXPECT_FALSE(examine(100));
  };
  const auto withdraw = [&] {
    shards_[shards_.index_of(unicast(prefix))].withdraw(kEdge1, unicast(prefix));
  };
  examiner_.book().set_hold(10);
  register_all({registered_prefix("10.0.0.0/8")});
  announce(kEdge2, prefix, {kSecond, kCustomer}, pin_rank(1, 0));
  EXPECT_FALSE(examine(100));
  announce(kEdge1, prefix, {kPartner, kCustomer}, pin_rank(0, 0));
  examine_at(kStart);
  withdraw();
  examine_at(kStart + 2);
  announce(kEdge1, prefix, {kPartner, kCustomer}, pin_rank(0, 0));
  examine_at(kStart + 4);
  EXPECT_EQ(headline("10.0.0.0/8"), "not-received");
  now_ = kStart + 14;
  examiner_.tick(now_);
  EXPECT_FALSE(examine(100));
  EXPECT_EQ(headline("10.0.0.0/8"), "healthy");
}

// A registration with many routes goes on where the row before ended.
TEST_F(ExaminerTest, ManyRoutesTakeSeveralRows) {
  constexpr std::uint32_t kMany = 4 * Examiner::kSlice;
  register_all({registered_prefix("10.0.0.0/8"), registered_prefix("192.0.2.0/24")});
  for (std::uint32_t i = 0; i < kMany; ++i) {
    announce(kOther, Prefix::v4(0x0A000000U + (i << 8U), 24), {kStranger}, kNoPin);
  }
  std::size_t rows = 1;
  while (examine(1)) ASSERT_LE(++rows, 10U);
  EXPECT_GE(rows, 4U) << "a slice is bounded";
  EXPECT_EQ(headline("10.0.0.0/8"), "hijacked");
  EXPECT_EQ(headline("192.0.2.0/24"), "not-received");
  ASSERT_FALSE(reports_.empty());
  EXPECT_EQ(reports_[0].kind, events::Kind::MoreSpecificHijack);
  EXPECT_EQ(reports_[0].evidence.at("routes"), std::to_string(kMany)) << "each once";
}

TEST_F(ExaminerTest, AChangeBetweenTwoRowsIsNotLost) {
  constexpr std::uint32_t kMany = 2 * Examiner::kSlice;
  register_all({registered_prefix("10.0.0.0/8")});
  for (std::uint32_t i = 0; i < kMany; ++i) {
    announce(kEdge1, Prefix::v4(0x0A800000U + (i << 8U), 24), {kPartner, kCustomer}, kNoPin);
  }
  ASSERT_TRUE(examine(1));
  announce(kEdge1, prefix_of("10.0.0.0/8"), {kPartner, kCustomer}, pin_rank(0, 0));
  examiner_.note({prefix_of("10.0.0.0/8")});
  for (std::size_t rows = 0; examine(1); ++rows) ASSERT_LE(rows, 10U);
  now_ += examiner_.book().hold();
  examiner_.tick(now_);
  for (std::size_t rows = 0; examine(1); ++rows) ASSERT_LE(rows, 10U);
  const auto shown = examiner_.book().find(prefix_of("10.0.0.0/8"));
  ASSERT_TRUE(shown);
  const auto holds =
      std::ranges::find(shown->now, State::ActiveOnPrimary, &ShownStates::Now::state);
  EXPECT_NE(holds, shown->now.end());
}

TEST_F(ExaminerTest, ANewTableEndsTheExaminationThatIsUnderWay) {
  constexpr std::uint32_t kMany = 2 * Examiner::kSlice;
  register_all({registered_prefix("10.0.0.0/8")});
  for (std::uint32_t i = 0; i < kMany; ++i) {
    announce(kOther, Prefix::v4(0x0A000000U + (i << 8U), 24), {kStranger}, kNoPin);
  }
  ASSERT_TRUE(examine(1));
  register_all({registered_prefix("192.0.2.0/24")});
  EXPECT_FALSE(examine(1));
  EXPECT_EQ(headline("192.0.2.0/24"), "not-received");
  EXPECT_TRUE(reports_.empty());
}

TEST_F(ExaminerTest, AShorterHoldTimeHasWhatWaitsExamined) {
  examiner_.book().set_hold(3600);
  register_all({registered_prefix("10.0.0.0/8")});
  EXPECT_FALSE(examine(1));
  announce(kEdge1, prefix_of("10.0.0.0/8"), {kPartner, kCustomer}, pin_rank(0, 0));
  examiner_.note({prefix_of("10.0.0.0/8")});
  EXPECT_FALSE(examine(1));
  now_ += 10;
  examiner_.tick(now_);
  EXPECT_FALSE(examiner_.has_work());
  examiner_.book().set_hold(1);
  examiner_.tick(now_);
  EXPECT_TRUE(examiner_.has_work());
  EXPECT_FALSE(examine(1));
  EXPECT_EQ(reports_.at(0).kind, events::Kind::Announced);
}

}  // namespace
}  // namespace tern::states
