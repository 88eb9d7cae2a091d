#include "rib/base/block_pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "rib/base/huge_memory.h"

namespace tern::rib {
namespace {

using Ref = BlockPool::Ref;
constexpr std::size_t kMiB = std::size_t{1} << 20U;

std::size_t rounded(std::size_t octets) { return (octets + 7) / 8 * 8; }

// A block that knows what it should hold.
struct Block {
  std::size_t octets = 0;
  unsigned char fill = 0;
};

// A pool, and beside it a map of what was handed out.
class CheckedPool {
 public:
  Ref allocate(std::size_t octets) {
    const Ref ref = pool.allocate(octets);
    EXPECT_NE(ref, 0U);
    const auto after = blocks.lower_bound(ref);
    if (after != blocks.end()) {
      EXPECT_LE(end(ref, octets), after->first);
    }
    if (after != blocks.begin()) {
      const auto before = std::prev(after);
      EXPECT_LE(end(before->first, before->second.octets), ref);
    }
    const Block block{octets, ++last_fill_};
    std::memset(pool.at(ref), block.fill, octets);
    blocks.emplace(ref, block);
    used += rounded(octets);
    EXPECT_EQ(pool.bytes_used(), used);
    return ref;
  }
  void free(Ref ref) {
    const Block block = blocks.at(ref);
    const auto* const octets = reinterpret_cast<const unsigned char*>(pool.at(ref));
    EXPECT_TRUE(std::all_of(octets, octets + block.octets,
                            [&](unsigned char octet) { return octet == block.fill; }));
    pool.free(ref, block.octets);
    blocks.erase(ref);
    used -= rounded(block.octets);
    EXPECT_EQ(pool.bytes_used(), used);
  }
  void free_all() {
    while (!blocks.empty()) free(blocks.begin()->first);
  }

  BlockPool pool;
  std::map<Ref, Block> blocks;
  std::size_t used = 0;

 private:
  static Ref end(Ref ref, std::size_t octets) {
    return ref + static_cast<Ref>(rounded(octets) / 8);
  }
  unsigned char last_fill_ = 0;
};

TEST(BlockPool, EverySizeHasItsBlock) {
  CheckedPool checked;
  for (std::size_t octets = 1; octets <= 20'000; octets += octets < 600 ? 1 : 61) {
    checked.allocate(octets);
    checked.allocate(octets);
  }
  for (const std::size_t octets : {kMiB, BlockPool::kLargest - 1, BlockPool::kLargest}) {
    checked.allocate(octets);
  }
  checked.free_all();
  EXPECT_EQ(checked.pool.bytes_used(), 0U);
}

TEST(BlockPool, TakesNothingBeforeItIsUsed) {
  std::vector<std::unique_ptr<BlockPool>> pools;
  for (int i = 0; i < 10'000; ++i) pools.push_back(std::make_unique<BlockPool>());
  EXPECT_EQ(pools.back()->bytes_committed(), 0U);
  pools.back()->free(pools.back()->allocate(24), 24);
  EXPECT_LE(pools.back()->bytes_committed(), 16384U);
}

TEST(BlockPool, SmallBlocksLieClose) {
  BlockPool pool;
  for (const std::size_t octets : {8U, 24U, 104U, 504U}) {
    const std::size_t before = pool.bytes_committed();
    for (int i = 0; i < 100'000; ++i) (void)pool.allocate(octets);
    const std::size_t taken = pool.bytes_committed() - before;
    EXPECT_LE(taken, 100'000 * octets * 102 / 100 + 16384) << octets;
  }
}

TEST(BlockPool, AFreedBlockIsTheNextOne) {
  BlockPool pool;
  const Ref kept = pool.allocate(40);
  const Ref freed = pool.allocate(40);
  pool.free(freed, 40);
  EXPECT_EQ(pool.allocate(33), freed);  // the same class
  EXPECT_NE(kept, freed);
}

// As destinations do when a table is learned from one peer after the other.
TEST(BlockPool, MemoryOfOneClassServesTheNext) {
  constexpr std::size_t kLists = 20'000;
  constexpr std::size_t kPath = 24;
  BlockPool pool;
  std::vector<Ref> lists(kLists);
  for (std::size_t paths = 1; paths <= 40; ++paths) {
    for (Ref& list : lists) {
      const Ref grown = pool.allocate(paths * kPath);
      if (list != 0) pool.free(list, (paths - 1) * kPath);
      list = grown;
    }
    // The lists, an eighth lost in the classes above 512 octets, and the free pages it keeps.
    EXPECT_LE(pool.bytes_committed(), pool.bytes_used() * 130 / 100 + 9 * kMiB) << paths;
  }
  for (const Ref list : lists) pool.free(list, 40 * kPath);
  EXPECT_EQ(pool.bytes_used(), 0U);
  EXPECT_LE(pool.bytes_committed(), 9 * kMiB);
}

TEST(BlockPool, WhatIsWorthMovingEmptiesItsPages) {
  CheckedPool checked;
  BlockPool& pool = checked.pool;
  std::vector<Ref> refs;
  for (int i = 0; i < 20'000; ++i) refs.push_back(checked.allocate(96));
  EXPECT_EQ(std::ranges::count_if(refs, [&](Ref ref) { return pool.worth_moving(ref); }), 0);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (i % 8 != 0) checked.free(std::exchange(refs[i], 0));
  }
  std::erase(refs, 0U);
  EXPECT_GT(pool.bytes_scattered(), 6 * pool.bytes_used());
  for (Ref& ref : refs) {
    if (!pool.worth_moving(ref)) continue;
    const Ref moved = checked.allocate(96);
    checked.free(std::exchange(ref, moved));
  }
  EXPECT_LT(pool.bytes_scattered(), pool.bytes_used() / 2);
  checked.free_all();
  EXPECT_EQ(pool.bytes_scattered(), 0U);
}

// Blocks of an index among lists of the same size that grow: each alone would keep a page.
TEST(BlockPool, FixedBlocksKeepNoPagesFromOthers) {
  BlockPool pool;
  std::vector<Ref> fixed;
  std::vector<Ref> movable;
  for (int i = 0; i < 200'000; ++i) {
    movable.push_back(pool.allocate(128));
    if (i % 100 == 0) fixed.push_back(pool.allocate(128, BlockPool::Kind::Fixed));
  }
  const std::size_t scattered = pool.bytes_scattered();
  EXPECT_LT(scattered, 32'768U);
  for (const Ref ref : movable) pool.free(ref, 128);
  EXPECT_EQ(pool.bytes_scattered(), 0U);
  EXPECT_EQ(pool.bytes_used(), fixed.size() * 128);
  EXPECT_LE(pool.bytes_committed(), 5 * kMiB);  // what it keeps for the next blocks
  for (const Ref ref : fixed) {
    EXPECT_FALSE(pool.worth_moving(ref));
    pool.free(ref, 128);
  }
  EXPECT_EQ(pool.bytes_used(), 0U);
}

TEST(BlockPool, RunsOfPagesFillGaps) {
  BlockPool pool;
  constexpr std::size_t kPage = 16384;
  const Ref a = pool.allocate(3 * kPage);
  const Ref b = pool.allocate(2 * kPage);
  const Ref c = pool.allocate(5 * kPage);
  pool.free(a, 3 * kPage);
  EXPECT_GT(pool.allocate(4 * kPage), c);  // too long for the gap
  EXPECT_EQ(pool.allocate(2 * kPage), a);  // the lowest that fits
  pool.free(b, 2 * kPage);
  EXPECT_EQ(pool.allocate(3 * kPage), a + 2 * kPage / 8);  // the rest of a's and b's together
}

// How many of the octets take memory.
std::size_t resident(const std::byte* from, std::size_t octets) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((octets + page - 1) / page);
  void* const address = const_cast<std::byte*>(from);
  EXPECT_EQ(::mincore(address, pages.size() * page, pages.data()), 0);
  return static_cast<std::size_t>(
             std::count_if(pages.begin(), pages.end(), [](auto in) { return (in & 1U) != 0; })) *
         page;
}

TEST(BlockPool, MemoryGoesBackToTheSystem) {
  BlockPool pool;
  std::vector<Ref> refs;
  for (std::size_t i = 0; i < 64 * kMiB / 128; ++i) {
    refs.push_back(pool.allocate(128));
    std::memset(pool.at(refs.back()), 1, 128);
  }
  const std::byte* const base = pool.at(0);
  EXPECT_GE(pool.bytes_committed(), 64 * kMiB);
  EXPECT_GE(resident(base, 68 * kMiB), 64 * kMiB);
  std::shuffle(refs.begin(), refs.end(), std::mt19937(7));
  for (const Ref ref : refs) pool.free(ref, 128);
  EXPECT_LE(pool.bytes_committed(), 9 * kMiB);
  // The page behind the 64 MiB, there for number 0, brought a huge page with it.
  EXPECT_LE(resident(base, 68 * kMiB), pool.bytes_committed() + kHugePage);
  // And comes again.
  for (std::size_t i = 0; i < 32 * kMiB / 128; ++i) {
    std::memset(pool.at(pool.allocate(128)), 2, 128);
  }
  EXPECT_GE(pool.bytes_committed(), 32 * kMiB);
  EXPECT_GE(resident(base, 68 * kMiB), 32 * kMiB);
}

TEST(BlockPool, RandomHistoriesKeepEveryBlock) {
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    std::mt19937 random(seed);
    CheckedPool checked;
    std::vector<Ref> live;
    const auto size = [&]() -> std::size_t {
      switch (random() % 16) {
        case 0:
          return 1 + random() % 200'000;
        case 1:
          return 1 + random() % 10'000;
        default:
          return 1 + random() % 600;
      }
    };
    for (int step = 0; step < 30'000; ++step) {
      const bool grows = (step / 5000) % 2 == 0;  // phases in which the pool grows and shrinks
      if (live.empty() || random() % 8 < (grows ? 6U : 2U)) {
        live.push_back(checked.allocate(size()));
      } else {
        std::swap(live[random() % live.size()], live.back());
        checked.free(live.back());
        live.pop_back();
      }
    }
    checked.free_all();
    EXPECT_LE(checked.pool.bytes_committed(), 9 * kMiB);
  }
}

// Two pools take spans in turn: what one calls free, the other does not touch, and long runs do not
// reach across what is another's.
TEST(BlockPool, PoolsShareASpace) {
  BlockSpace space(64 * BlockSpace::kSpanOctets);
  BlockPool pools[]{BlockPool(space), BlockPool(space)};
  std::map<Ref, Block> blocks[2];
  const auto check = [&](unsigned i, Ref ref, const Block& block) {
    for (std::size_t k = 0; k < block.octets; k += 512) {
      ASSERT_EQ(pools[i].at(ref)[k], std::byte{block.fill});
    }
  };
  std::mt19937_64 random(20260711);
  for (unsigned round = 0; round < 20'000; ++round) {
    const unsigned i = round % 2;
    if (blocks[i].size() < 40 || random() % 2 == 0) {
      std::size_t octets = 1 + random() % (random() % 50 == 0 ? BlockPool::kLargest : 2000);
      if (pools[i].bytes_used() > 40 * kMiB) octets = 8;
      const Ref ref = pools[i].allocate(octets);
      EXPECT_EQ(pools[i].at(ref), space.base() + std::size_t{ref} * BlockPool::kUnit);
      const Block block{octets, static_cast<unsigned char>(round)};
      std::memset(pools[i].at(ref), block.fill, octets);
      ASSERT_TRUE(blocks[i].emplace(ref, block).second);
    } else {
      auto at = blocks[i].lower_bound(static_cast<Ref>(random() % (1U << 22U)));
      if (at == blocks[i].end()) at = blocks[i].begin();
      check(i, at->first, at->second);
      pools[i].free(at->first, at->second.octets);
      blocks[i].erase(at);
    }
  }
  for (const unsigned i : {0U, 1U}) {
    for (const auto& [ref, block] : blocks[i]) {
      check(i, ref, block);
      pools[i].free(ref, block.octets);
    }
    EXPECT_EQ(pools[i].bytes_used(), 0U);
  }
}

// Whoever prepared a span, and however far that is when another thread takes it.
TEST(BlockPool, ThreadsUseWhatOthersPrepare) {
  constexpr std::size_t kTakers = 3;
  constexpr std::size_t kBlocks = 64;
  BlockSpace space(128 * BlockSpace::kSpanOctets);
  std::atomic<std::size_t> busy{kTakers};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kTakers; ++i) {
    threads.emplace_back([&space, &busy] {
      BlockPool pool(space);
      for (std::size_t block = 0; block < kBlocks; ++block) {
        std::byte* const octets = pool.at(pool.allocate(kMiB));
        EXPECT_TRUE(
            std::all_of(octets, octets + kMiB, [](std::byte b) { return b == std::byte{}; }));
        std::memset(octets, 1, kMiB);
      }
      busy.fetch_sub(1);
    });
  }
  for (std::size_t i = 0; i < 2; ++i) {
    threads.emplace_back([&space, &busy] {
      while (busy.load() > 0) space.prepare();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(BlockPool, AsksForTheNextSpanBeforeItNeedsIt) {
  BlockSpace space(5 * BlockSpace::kSpanOctets);
  BlockPool pool(space);
  const auto fill = [&pool](std::size_t octets) {
    for (; octets > 0; octets -= kMiB / 8) (void)pool.allocate(kMiB / 8);
  };
  fill(7 * kMiB / 4);
  EXPECT_FALSE(pool.asks_for_memory());  // a small pool stays small
  fill(5 * kMiB / 4);
  EXPECT_FALSE(pool.asks_for_memory());
  fill(7 * kMiB / 8);
  EXPECT_TRUE(pool.asks_for_memory());
  pool.prepare();
  EXPECT_FALSE(pool.asks_for_memory());
  fill(kMiB);  // from the third span on
  EXPECT_FALSE(pool.asks_for_memory());
  fill(kMiB);
  EXPECT_TRUE(pool.asks_for_memory());
  // Taken by somebody without preparation: then there is nothing left to ask for.
  fill(kMiB / 2);
  EXPECT_FALSE(pool.asks_for_memory());
  // Nothing can be done about a space that is full.
  fill(7 * kMiB / 2);
  EXPECT_FALSE(pool.asks_for_memory());
}

TEST(BlockPool, AFullSpaceRefusesAndServesAgain) {
  BlockPool pool(2 * BlockSpace::kSpanOctets);
  EXPECT_EQ(pool.octets_left(), 4 * kMiB);
  std::vector<Ref> blocks;
  while (const Ref ref = pool.allocate(5000)) blocks.push_back(ref);
  EXPECT_GT(blocks.size() * 5000, 3 * kMiB);
  EXPECT_EQ(pool.octets_left(), 0U);
  EXPECT_TRUE(pool.nearly_full());
  EXPECT_EQ(pool.allocate(100'000), 0U);
  const std::size_t used = pool.bytes_used();
  EXPECT_EQ(used, blocks.size() * 5000);
  for (const Ref ref : blocks) pool.free(ref, 5000);
  EXPECT_EQ(pool.bytes_used(), 0U);
  EXPECT_FALSE(pool.nearly_full());
  for (std::size_t i = 0; i < blocks.size(); ++i) EXPECT_NE(pool.allocate(5000), 0U);
}

#if defined(__SANITIZE_ADDRESS__)
#define TERN_TEST_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_TEST_POISON 1
#endif
#endif
#ifdef TERN_TEST_POISON
TEST(BlockPoolDeathTest, AddressSanitizerSeesUseAfterFreeAndOverruns) {
  BlockPool pool;
  const Ref small = pool.allocate(64);
  const Ref other = pool.allocate(64);
  const Ref large = pool.allocate(100'000);
  *pool.at(small) = std::byte{1};
  EXPECT_DEATH(*(pool.at(large) + 100'000) = std::byte{1}, "use-after-poison");
  pool.free(small, 64);
  pool.free(large, 100'000);
  EXPECT_DEATH(*(pool.at(small) + 32) = std::byte{1}, "use-after-poison");
  EXPECT_DEATH(*pool.at(large) = std::byte{1}, "use-after-poison");
  *pool.at(other) = std::byte{1};
}
#endif

}  // namespace
}  // namespace tern::rib
