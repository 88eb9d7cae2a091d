#include "rib/attr_index.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "rib/rcu.h"

namespace tern::rib {
namespace {

constexpr std::uint32_t kMany = 5000;

// References by number, with hashes that spread over the index in their order.
class Index {
 public:
  static std::uint32_t hash(std::uint32_t ref) { return ref * (0xFFFFFFFFU / (2 * kMany)); }

  std::uint32_t find(std::uint32_t ref) {
    const rcu::Section section;
    AttrIndex::Place place = index.begin(hash(ref));
    return index.find(place, [ref](std::uint32_t found) { return found == ref; });
  }
  void add(std::uint32_t ref) {
    const rcu::Section section;
    index.make_room();
    AttrIndex::Place place = index.begin(hash(ref));
    ASSERT_EQ(index.find(place, [ref](std::uint32_t found) { return found == ref; }), 0U);
    ASSERT_TRUE(index.add(place, ref, tally));
  }
  bool remove(std::uint32_t ref) {
    const rcu::Section section;
    return index.remove(hash(ref), ref, tally);
  }
  ~Index() {
    if (index.is_waiting()) rcu::wait_for_deferred();
  }

  AttrIndex index;
  AttrIndex::Tally tally;
};

TEST(AttrIndex, FindsWhatWasAdded) {
  Index index;
  for (std::uint32_t ref = 1; ref <= kMany; ++ref) index.add(ref);
  for (std::uint32_t ref = 1; ref <= kMany; ++ref) EXPECT_EQ(index.find(ref), ref);
  EXPECT_EQ(index.find(kMany + 1), 0U);
  EXPECT_LE(index.index.bytes(), std::size_t{kMany} * 40);  // two arrays at the worst
}

TEST(AttrIndex, WhatIsBeingMovedIsRemovedAfterwards) {
  Index index;
  std::uint32_t ref = 0;
  std::uint64_t generation = 0;
  // Up to a migration of many chunks, of which one is over.
  std::size_t before = 0;
  do {
    before = index.index.bytes();
    index.add(++ref);
    ASSERT_LT(ref, kMany);
  } while (ref < 1000 || index.index.bytes() == before);
  generation = index.index.generation();
  EXPECT_FALSE(index.remove(1));       // in the first chunk
  EXPECT_TRUE(index.remove(ref));      // in the next array only
  EXPECT_TRUE(index.remove(ref - 1));  // in the last chunk: nobody came there yet
  EXPECT_EQ(index.find(ref), 0U);
  EXPECT_EQ(index.find(ref - 1), 0U);
  EXPECT_EQ(index.find(1), 1U);
  EXPECT_EQ(index.find(2), 2U);

  {
    const rcu::Section section;
    index.index.finish();
  }
  EXPECT_EQ(index.index.generation(), generation + 1);
  EXPECT_TRUE(index.remove(1));
  EXPECT_EQ(index.find(1), 0U);
  EXPECT_EQ(index.find(ref - 1), 0U);
  for (std::uint32_t left = 2; left < ref - 1; ++left) EXPECT_EQ(index.find(left), left);
}

}  // namespace
}  // namespace tern::rib
