#include "rib/base/interning_index.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "rib/base/rcu.h"

namespace tern::rib {
namespace {

constexpr std::uint32_t kMany = 5000;

// References by number, with hashes that spread over the index in their order.
class Index {
 public:
  explicit Index(std::uint32_t many = kMany) : step_(0xFFFFFFFFU / (2 * many)) {}

  std::uint32_t find(std::uint32_t ref) {
    const rcu::Section section;
    InterningIndex::Place place = index.begin(ref * step_);
    return index.find(place, [ref](std::uint32_t found) { return found == ref; });
  }
  void add(std::uint32_t ref) {
    const rcu::Section section;
    index.make_room();
    InterningIndex::Place place = index.begin(ref * step_);
    ASSERT_EQ(index.find(place, [ref](std::uint32_t found) { return found == ref; }), 0U);
    ASSERT_TRUE(index.add(place, ref, tally));
  }
  bool remove(std::uint32_t ref) {
    const rcu::Section section;
    return index.remove(ref * step_, ref, tally);
  }
  // Adds 1, 2 and so on until a migration has begun with at least so many; the last one's number.
  std::uint32_t add_until_migration(std::uint32_t least) {
    std::uint32_t ref = 0;
    std::size_t before = 0;
    do {
      before = index.bytes();
      add(++ref);
    } while (ref < least || index.bytes() <= before);
    return ref;
  }
  void hurry() {
    const rcu::Section section;
    index.hurry();
  }
  ~Index() {
    if (index.is_waiting()) rcu::wait_for_deferred();
  }

  InterningIndex index;
  InterningIndex::Tally tally;

 private:
  std::uint32_t step_;  // between hashes
};

TEST(InterningIndex, FindsWhatWasAdded) {
  Index index;
  for (std::uint32_t ref = 1; ref <= kMany; ++ref) index.add(ref);
  for (std::uint32_t ref = 1; ref <= kMany; ++ref) EXPECT_EQ(index.find(ref), ref);
  EXPECT_EQ(index.find(kMany + 1), 0U);
  EXPECT_LE(index.index.bytes(), std::size_t{kMany} * 40);  // two arrays at the worst
}

TEST(InterningIndex, WhatIsBeingMovedIsRemovedAfterwards) {
  Index index;
  // Up to a migration of many chunks, of which one is over.
  const std::uint32_t ref = index.add_until_migration(1000);
  ASSERT_LT(ref, kMany);
  const std::uint64_t generation = index.index.generation();
  EXPECT_FALSE(index.remove(1));       // in the first chunk
  EXPECT_TRUE(index.remove(ref));      // in the next array only
  EXPECT_TRUE(index.remove(ref - 1));  // in the last chunk: nobody came there yet
  EXPECT_EQ(index.find(ref), 0U);
  EXPECT_EQ(index.find(ref - 1), 0U);
  EXPECT_EQ(index.find(1), 1U);
  EXPECT_EQ(index.find(2), 2U);

  while (index.index.generation() == generation) index.hurry();
  EXPECT_EQ(index.index.generation(), generation + 1);
  EXPECT_TRUE(index.remove(1));
  EXPECT_EQ(index.find(1), 0U);
  EXPECT_EQ(index.find(ref - 1), 0U);
  for (std::uint32_t left = 2; left < ref - 1; ++left) EXPECT_EQ(index.find(left), left);
}

// Who waits for the end of a migration does a piece of it at a time, however much is left.
TEST(InterningIndex, AHurriedMigrationIsDoneInPieces) {
  Index index(4 * kMany);
  const std::uint32_t ref = index.add_until_migration(3 * kMany);
  ASSERT_LT(ref, 8 * kMany);
  const std::uint64_t generation = index.index.generation();
  index.hurry();
  EXPECT_FALSE(index.remove(1));
  EXPECT_TRUE(index.remove(ref / 2));  // nobody came there yet
  std::size_t pieces = 1;
  for (; index.index.generation() == generation; ++pieces) index.hurry();
  EXPECT_GE(pieces, 4U);  // of 80 chunks or more
  index.hurry();          // nothing to do
  EXPECT_EQ(index.index.generation(), generation + 1);
  EXPECT_TRUE(index.remove(1));
  for (std::uint32_t left = 2; left <= ref; ++left) {
    ASSERT_EQ(index.find(left), left == ref / 2 ? 0 : left);
  }
}

}  // namespace
}  // namespace tern::rib
