// A read of a shard looks at a bounded number of paths.
#include "bgpd/baseline/batch.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/rib/rib_fixture.h"

namespace tern::baseline {
namespace {

class BatchTest : public rib::RibTest {
 protected:
  BatchTest() { rib.subscribe(changes_, false); }
  ~BatchTest() override { rib.unsubscribe(*changes_); }
  // As many paths of one prefix, from one neighbor (RFC 7911).
  void announce_paths(std::uint32_t i, std::uint32_t paths) {
    for (std::uint32_t id = 1; id <= paths; ++id) {
      announce(rib::kLondon, unicast(wide(i), id), rib::path());
    }
  }
  void forget_changes() {
    while (changes_->has_unread()) {
      Batch batch;
      batch.read(rib, *changes_);
    }
  }
  static Prefix wide(std::uint32_t i) { return Prefix::v4(0x0A000000U + (i << 16U), 16); }

  static rib::Journal::Interest received() {
    rib::Journal::Interest interest;
    interest.what = rib::Journal::What::Received;
    return interest;
  }

  std::shared_ptr<rib::Journal::Subscriber> changes_ =
      std::make_shared<rib::Journal::Subscriber>(received());
};

TEST_F(BatchTest, ChangesOfAPrefixWithManyPathsAreFewInARead) {
  announce_paths(1, 500);
  std::size_t all = 0;
  for (int reads = 0; changes_->has_unread(); ++reads) {
    ASSERT_LT(reads, 200);
    Batch batch;
    batch.read(rib, *changes_);
    ASSERT_LE(batch.changes.size(), Batch::kMostPaths / 500 + 1);
    all += batch.changes.size();
  }
  EXPECT_EQ(all, 500U);
}

TEST_F(BatchTest, PrefixesThatWereAskedForTakeHalfOfTheRoom) {
  Batch batch;
  for (std::uint32_t i = 0; i < 16; ++i) {
    announce_paths(i, 200);
    batch.asked.push_back(wide(i));
  }
  forget_changes();
  announce_paths(20, 1);
  batch.read(rib, *changes_);
  EXPECT_EQ(batch.asked_read, 6U);
  EXPECT_EQ(batch.wholes.size(), 6U);
  EXPECT_EQ(batch.wholes.front().prefix, wide(0));
  EXPECT_EQ(batch.changes.size(), 1U);
  EXPECT_FALSE(batch.skipped);
}

TEST_F(BatchTest, AHugePrefixLeavesTheChangesToTheNextRead) {
  announce_paths(1, Batch::kMostPaths + 1);
  forget_changes();
  announce_paths(2, 1);
  Batch batch;
  batch.asked = {wide(1), wide(2)};
  batch.read(rib, *changes_);
  EXPECT_EQ(batch.asked_read, 1U);
  EXPECT_TRUE(batch.skipped);
  EXPECT_TRUE(batch.changes.empty());
  EXPECT_TRUE(changes_->has_unread());
}

}  // namespace
}  // namespace tern::baseline
