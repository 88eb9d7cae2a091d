#include "bgpd/baseline/keeper.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "bgpd/baseline/learner.h"
#include "learning.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/types/folder.h"

namespace tern::baseline {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

class KeeperTest : public testing::Test {
 protected:
  struct Found {
    std::vector<Record> records;
    std::optional<KeptClock> clock;
    KeeperStatus status;
  };
  // Reads the file, as another run does.
  Found read() {
    Found found;
    Keeper keeper(nullptr);
    std::promise<std::optional<KeptClock>> done;
    keeper.read(
        path_,
        [&](const std::vector<Record>& records) {
          found.records.insert(found.records.end(), records.begin(), records.end());
          keeper.block_taken();
        },
        [&](std::optional<KeptClock> clock) { done.set_value(clock); });
    found.clock = done.get_future().get();
    found.status = keeper.status();
    return found;
  }
  void write(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }

  // Learns `prefixes` of them on seven days of a second each, and has the file written.
  void run(std::uint32_t prefixes) {
    Keeper keeper(nullptr);
    std::promise<void> done;
    keeper.read(
        path_, [](const auto&) {}, [&](auto) { done.set_value(); });
    done.get_future().wait();
    Learner learner([](events::Report) {}, [](auto, auto) {}, keeper);
    Rules rules;
    rules.learn_for = 7;
    rules.forget_after = 70;
    learner.apply(rules);
    std::uint64_t steady = kSecond;
    for (int day = 0; day < 8; ++day, steady += kSecond) {
      for (std::uint32_t i = 0; i < prefixes; ++i) {
        learner.take(whole(numbered(i), {route({100, 200, 300})}), {}, steady);
      }
    }
    const std::uint32_t before = keeper.status().kept;
    EXPECT_TRUE(comes_true([&] {
      learner.tick(steady, true, nullptr);
      return keeper.status().kept != before;
    })) << keeper.status().error;
    day_ = learner.day();
  }

  const Folder folder_;
  std::string path_ = folder_.path("baseline.bin");
  std::uint64_t day_ = 0;
};

TEST_F(KeeperTest, WhatWasLearntOutlastsTheRun) {
  run(3000);
  const Found found = read();
  ASSERT_TRUE(found.clock);
  EXPECT_EQ(found.clock->day_seconds, 1U);
  EXPECT_EQ(found.clock->milliseconds / 1000, day_);
  ASSERT_EQ(found.records.size(), 3000U);
  for (const Record& record : found.records) ASSERT_TRUE(record.ripe());
  EXPECT_FALSE(std::filesystem::exists(path_ + ".new"));
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(KeeperTest, WithoutAFileNothingIsWrong) {
  const Found found = read();
  EXPECT_FALSE(found.clock);
  EXPECT_EQ(found.status.failures, 0U);
}

TEST_F(KeeperTest, ADamagedFileIsMovedAsideAndNothingOfItCounts) {
  run(3000);
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-200, std::ios::end);
  file << "damage";
  file.close();
  const Found found = read();
  EXPECT_FALSE(found.clock);
  EXPECT_EQ(found.records.size(), 2 * kBlock) << "the good blocks in front";
  EXPECT_EQ(found.status.failures, 1U);
  EXPECT_NE(found.status.error.find("learning begins anew"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(std::filesystem::exists(path_ + ".bad"));
  Keeper keeper(nullptr);
  Learner learner([](events::Report) {}, [](auto, auto) {}, keeper);
  learner.restore(found.records);
  learner.restored(found.clock);
  EXPECT_EQ(learner.counts().learnt, 0U);
  for (const Record& record : found.records) ASSERT_TRUE(learner.look(record.prefix).empty());
}

TEST_F(KeeperTest, OctetsBehindTheEndAreDamage) {
  run(3000);
  std::ofstream(path_, std::ios::binary | std::ios::app) << "x";
  const Found found = read();
  EXPECT_FALSE(found.clock);
  EXPECT_NE(found.status.error.find("octets behind the end"), std::string::npos);
}

TEST_F(KeeperTest, FilesThatAreNoneAreMovedAside) {
  for (const char* const content :
       {"", "TERN", "something else that is long enough to be a head"}) {
    write(content);
    EXPECT_FALSE(read().clock) << content;
    EXPECT_FALSE(std::filesystem::exists(path_)) << content;
  }
}

// Too many open files, for example: the file may be good, and is not replaced.
TEST_F(KeeperTest, AFileThatCannotBeReadIsKeptAsideBeforeAnotherOneReplacesIt) {
  run(3000);
  Keeper keeper(nullptr);
  std::promise<void> done;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit none = limit;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  keeper.read(
      path_, [](const auto&) {}, [&](auto) { done.set_value(); });
  done.get_future().wait();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(keeper.status().failures, 1U);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".bad"));
  std::string octets;
  add_head(octets);
  add_end({1, 1}, 0, octets);
  keeper.begin_file();
  keeper.add(octets);
  keeper.end_file();
  ASSERT_TRUE(comes_true([&] { return keeper.status().kept != 0; }));
  EXPECT_TRUE(read().clock) << "the new one";
  path_ += ".bad";
  EXPECT_EQ(read().records.size(), 3000U);
}

TEST_F(KeeperTest, APartOfAFileCountsForNothing) {
  Keeper keeper(nullptr);
  Learner learner([](events::Report) {}, [](auto, auto) {}, keeper);
  Record record;
  record.prefix = prefix("198.51.100.0/24");
  record.asns[0] = 300;
  record.days[0] = 7;
  learner.restore({record});
  EXPECT_EQ(learner.look(record.prefix).size(), 1U);
  learner.restored(std::nullopt);
  EXPECT_EQ(learner.look(record.prefix).size(), 0U);
}

TEST_F(KeeperTest, AFolderInPlaceOfTheFileStaysAndIsAnError) {
  std::filesystem::create_directory(path_);
  const Found found = read();
  EXPECT_FALSE(found.clock);
  EXPECT_EQ(found.status.failures, 1U);
  EXPECT_TRUE(std::filesystem::is_directory(path_));
}

TEST_F(KeeperTest, AFolderThatCannotBeMadeIsAnErrorAndTheQueueHasABound) {
  Keeper keeper([] { return std::optional<std::string>("no such folder"); });
  std::promise<void> done;
  keeper.read(
      path_, [](const auto&) {}, [&](auto) { done.set_value(); });
  done.get_future().wait();
  keeper.begin_file();
  keeper.add("piece");
  keeper.end_file();
  EXPECT_TRUE(comes_true([&] { return keeper.status().failures == 1; }));
  EXPECT_NE(keeper.status().error.find("no such folder"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeeperTest, PiecesOfAThreadThatHangsHaveABound) {
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  {
    Keeper keeper([ended] {
      ended.wait();
      return std::optional<std::string>("the disk hung");
    });
    std::promise<void> done;
    keeper.read(
        path_, [](const auto&) {}, [&](auto) { done.set_value(); });
    done.get_future().wait();
    keeper.begin_file();
    const std::string piece(1U << 20U, 'x');
    std::size_t taken = 0;
    for (; keeper.has_room(); ++taken) keeper.add(piece);
    EXPECT_EQ(taken, Keeper::kMostWaiting >> 20U);
    end.set_value();
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

// The clock goes on where it was; a day is not counted twice.
TEST_F(KeeperTest, ARestartOnTheSameDayIsNoFurtherDay) {
  LearnClock clock;
  clock.set(86'400'000 * 5 + 1000);
  EXPECT_EQ(clock.day(86'400), 5U);
  clock.advance(kSecond * 100);
  clock.advance(kSecond * 101);
  EXPECT_EQ(clock.milliseconds(), 86'400'000U * 5 + 2000);
}

TEST_F(KeeperTest, AClockThatJumpsCountsTenSecondsAtMost) {
  LearnClock clock;
  clock.advance(kSecond);
  clock.advance(kSecond * 1'000'000);
  EXPECT_EQ(clock.milliseconds(), 10'000U);
  clock.advance(kSecond);
  EXPECT_EQ(clock.milliseconds(), 10'000U) << "and does not go back";
}

}  // namespace
}  // namespace tern::baseline
