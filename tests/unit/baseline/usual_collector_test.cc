// The guard gets the registered prefixes of the book that are ripe, in passes of slices.
#include "bgpd/baseline/usual_collector.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "learning.h"

namespace tern::baseline {
namespace {

using policy::UsualPaths;

policy::RegistrationTable table_of(const std::vector<Prefix>& prefixes,
                                   policy::GuardAction action = policy::GuardAction::Quarantine) {
  auto all = std::make_shared<policy::Registrations>(prefixes.size());
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    (*all)[i].prefix = prefixes[i];
    (*all)[i].max_length = 32;
    (*all)[i].origins = {300};
    (*all)[i].guard[static_cast<std::size_t>(policy::Suspicion::NewUpstream)] = action;
  }
  return policy::RegistrationTable(
      std::vector<std::shared_ptr<const policy::Registrations>>{std::move(all)},
      policy::kDefaultActions);
}

class UsualCollectorTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kStart = 1'000'000'000'000;  // steady nanoseconds

  void learn(const Prefix& of, const std::vector<Asn>& asns, std::uint64_t first = 0,
             std::uint64_t last = 6) {
    for (std::uint64_t day = first; day <= last; ++day) {
      ASSERT_TRUE(book_.learn(of, path(asns), 1, on_day(day)));
      book_.learn_length(of, path(asns).length, on_day(day));
    }
  }
  void look(std::uint64_t after = 0) { collector_.look(book_, &table_, kStart + after); }

  PrefixBook book_;
  policy::RegistrationTable table_ = table_of({prefix("10.0.0.0/16")});
  std::shared_ptr<const UsualPaths> usual_;  // published last
  std::vector<policy::PrefixRange> changed_;
  int published_ = 0;
  UsualCollector collector_{[this](auto usual, auto changed) {
    usual_ = std::move(usual);
    changed_ = std::move(changed);
    ++published_;
  }};
};

TEST_F(UsualCollectorTest, TakesRipePrefixesThatARegistrationCovers) {
  const Prefix inside = numbered(7);
  learn(inside, {100, 200, 300});
  learn(inside, {100, 300}, 7, 7);
  learn(numbered(8), {100, 300}, 0, 5);          // not ripe
  learn(prefix("198.51.100.0/24"), {100, 300});  // not registered
  learn(prefix("192.0.2.0/24"), {100, 300});     // registered, and both kinds are ignored
  auto all = std::make_shared<policy::Registrations>(2);
  (*all)[0].prefix = prefix("10.0.0.0/16");
  (*all)[0].guard[static_cast<std::size_t>(policy::Suspicion::LongPath)] =
      policy::GuardAction::Warn;
  (*all)[1].prefix = prefix("192.0.2.0/24");
  table_ = policy::RegistrationTable(
      std::vector<std::shared_ptr<const policy::Registrations>>{std::move(all)},
      policy::kDefaultActions);
  look();
  ASSERT_EQ(published_, 1);
  ASSERT_EQ(usual_->size(), 1U);
  const policy::UsualPath* const found = usual_->find(inside);
  ASSERT_NE(found, nullptr);
  EXPECT_TRUE(found->is_usual_origin(300));
  EXPECT_TRUE(found->is_usual_upstream(200));
  EXPECT_FALSE(found->is_usual_upstream(100)) << "seen on one day";
  EXPECT_EQ(found->longest, 3);
  EXPECT_EQ(found->longer_by, 4);
  EXPECT_EQ(changed_, (std::vector<policy::PrefixRange>{{inside, 24, 24}}));
}

TEST_F(UsualCollectorTest, BeforeAnythingIsRipeNothingIsPublished) {
  learn(numbered(7), {100, 300}, 0, 5);
  look();
  EXPECT_EQ(published_, 0);
}

TEST_F(UsualCollectorTest, ChangesOfTenSecondsArePublishedTogether) {
  learn(numbered(1), {100, 300});
  look();
  learn(numbered(2), {100, 300});
  look(1);
  learn(numbered(3), {100, 300});
  look(UsualCollector::kPassEvery - 1);
  EXPECT_EQ(published_, 1);
  look(UsualCollector::kPassEvery);
  ASSERT_EQ(published_, 2);
  EXPECT_EQ(usual_->size(), 3U);
  EXPECT_EQ(changed_.size(), 2U) << "the first prefix is as it was";
  look(2 * UsualCollector::kPassEvery);
  EXPECT_EQ(published_, 2) << "nothing changed";
}

TEST_F(UsualCollectorTest, ALookHasABoundedNumberOfRecords) {
  table_ = table_of({prefix("10.0.0.0/8")});
  const auto all = static_cast<std::uint32_t>(UsualCollector::kLooked + 1);
  for (std::uint32_t i = 0; i < all; ++i) learn(numbered(i), {100, 300});
  look();
  EXPECT_EQ(published_, 0);
  look(1);
  ASSERT_EQ(published_, 1);
  EXPECT_EQ(usual_->size(), all);
}

TEST_F(UsualCollectorTest, IgnoredKindsNeedNothing) {
  learn(numbered(1), {100, 300});
  look();
  ASSERT_NE(usual_, nullptr);
  table_ = table_of({prefix("10.0.0.0/16")}, policy::GuardAction::Ignore);
  look(1);
  EXPECT_EQ(usual_, nullptr);
  EXPECT_EQ(changed_.size(), 1U);
  table_ = table_of({prefix("10.0.0.0/16")}, policy::GuardAction::Warn);
  look(2);
  EXPECT_NE(usual_, nullptr) << "the next pass does not wait";
  collector_.look(book_, nullptr, kStart + 3);
  EXPECT_EQ(usual_, nullptr) << "there are no registrations";
}

TEST_F(UsualCollectorTest, ClearedItHasNothing) {
  learn(numbered(1), {100, 300});
  look();
  collector_.clear();
  EXPECT_EQ(usual_, nullptr);
  EXPECT_EQ(published_, 2);
  collector_.clear();
  EXPECT_EQ(published_, 2);
}

}  // namespace
}  // namespace tern::baseline
