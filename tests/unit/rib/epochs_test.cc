// Epochs beside a plain list of paths that says of each whether it is to stay.
#include "rib/epochs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace tern::rib {
namespace {

enum class Stands : std::uint8_t { Heard, Unheard, Expired };

class EpochsTest : public testing::Test {
 protected:
  struct OnePath {
    Epochs::Tag tag;
    Stands stands;
    bool blocked;
  };

  void announce(bool blocked = false) {
    paths.push_back({epochs.tag(), Stands::Heard, blocked});
    epochs.added(blocked);
  }
  void hear(OnePath& path) {
    epochs.heard(path.tag, path.blocked);
    path.tag = epochs.tag();
    path.stands = Stands::Heard;
  }
  // Where few tags are left, or nothing was heard since the last one, no epoch begins.
  void begin_refresh() {
    const Epochs::Epoch before = epochs.now();
    EXPECT_TRUE(epochs.change(EpochChange::BeginIfFew));
    if (epochs.now() != before) age(Stands::Heard, Stands::Unheard);
  }
  void end_refresh() {
    EXPECT_TRUE(epochs.change(EpochChange::ExpireOlder));
    age(Stands::Unheard, Stands::Expired);
  }
  // Of a session that follows one whose paths are kept.
  void begin() {
    const Epochs::Epoch before = epochs.now();
    if (!epochs.change(EpochChange::Begin)) return sweep();
    if (epochs.now() != before) age(Stands::Heard, Stands::Unheard);
  }
  bool end_session() {
    if (!epochs.change(EpochChange::ExpireAll)) return false;
    age(Stands::Heard, Stands::Expired);
    age(Stands::Unheard, Stands::Expired);
    return true;
  }
  void age(Stands from, Stands to) {
    for (OnePath& path : paths) {
      if (path.stands == from) path.stands = to;
    }
  }
  void sweep(std::size_t most = ~std::size_t{0}) {
    std::erase_if(paths, [&](const OnePath& path) {
      if (!epochs.is_expired(path.tag) || most == 0) return false;
      --most;
      epochs.removed(path.tag, path.blocked);
      return true;
    });
  }
  void check() const {
    std::uint64_t expired = 0;
    std::uint64_t blocked = 0;
    for (const OnePath& path : paths) {
      ASSERT_EQ(epochs.is_expired(path.tag), path.stands == Stands::Expired);
      if (path.stands == Stands::Expired) {
        ++expired;
      } else if (path.blocked) {
        ++blocked;
      }
    }
    ASSERT_EQ(epochs.expired(), expired);
    ASSERT_EQ(epochs.live(), paths.size() - expired);
    ASSERT_EQ(epochs.blocked(), blocked);
  }

  Epochs epochs;
  std::vector<OnePath> paths;
};

// However often the peer begins: a path outlives no session.
TEST_F(EpochsTest, AnyNumberOfBeginningsWrapsIntoNothing) {
  for (int beginnings = 120; beginnings <= 260; ++beginnings) {
    announce();
    for (int i = 0; i < beginnings; ++i) begin_refresh();
    ASSERT_TRUE(end_session());
    check();
    sweep();
    ASSERT_TRUE(paths.empty()) << beginnings;
  }
}

TEST_F(EpochsTest, RefreshesThatAreNotSweptKeepWhatCannotBeTold) {
  announce();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(epochs.change(EpochChange::BeginIfFew));
    announce();
    EXPECT_TRUE(epochs.change(EpochChange::ExpireOlder));
  }
  EXPECT_GT(epochs.expired(), 100U);
  EXPECT_FALSE(epochs.is_expired(paths.back().tag));
  ASSERT_TRUE(epochs.change(EpochChange::ExpireAll));  // tags are left for it
  EXPECT_EQ(epochs.live(), 0U);
  sweep();
  EXPECT_TRUE(paths.empty());
  EXPECT_EQ(epochs.expired(), 0U);
}

TEST_F(EpochsTest, ASessionDoesNotEndWhileNoTagIsFree) {
  int ended = 0;
  for (announce(); end_session(); announce()) ++ended;
  EXPECT_EQ(ended, 255);
  check();
  sweep(1);  // not the oldest alone would do, but all that has expired
  EXPECT_FALSE(end_session());
  sweep();
  EXPECT_TRUE(end_session());
  check();
  EXPECT_EQ(epochs.live(), 0U);
}

TEST_F(EpochsTest, SessionsWithoutPathsTakeNoTag) {
  announce();
  ASSERT_TRUE(end_session());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(end_session());
    begin_refresh();
    end_refresh();
  }
  check();
}

TEST_F(EpochsTest, RandomHistories) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::minstd_rand random(seed);
    epochs = {};
    paths.clear();
    for (int step = 0; step < 600; ++step) {
      const auto dice = random() % 12;
      if (dice < 3) announce(random() % 3 == 0);
      if (dice == 3 && !paths.empty()) hear(paths[random() % paths.size()]);
      if (dice == 4 || dice == 5) begin_refresh();
      if (dice == 6) end_refresh();
      if (dice == 6 && random() % 2 == 0) begin();
      if (dice == 7 && !end_session()) sweep();
      if (dice == 8) sweep(random() % 4);
      if (dice == 9 && random() % 16 == 0) sweep();
      if (dice == 10 && !paths.empty()) {
        OnePath& path = paths[random() % paths.size()];
        epochs.judged(path.tag, path.blocked, !path.blocked);
        path.blocked = !path.blocked;
      }
      if (dice == 11 && !paths.empty()) {
        const auto gone = paths.begin() + static_cast<std::ptrdiff_t>(random() % paths.size());
        epochs.removed(gone->tag, gone->blocked);
        paths.erase(gone);
      }
      check();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tern::rib
