// BaselineWatch beside a whole Speaker with real sessions.
#include "bgpd/baseline/baseline_watch.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bgpd/events/event_stage.h"
#include "bgpd/session/peer.h"
#include "tests/unit/session/kept_prefixes.h"
#include "tests/unit/session/running_speaker.h"
#include "tests/unit/types/folder.h"

namespace tern::baseline {
namespace {

using session::SocketNeighbour;

class BaselineWatchTest : public testing::Test {
 protected:
  BaselineWatchTest() {
    session::SpeakerSettings settings = running_.settings();
    settings.peers.push_back(running_.listed(1));
    settings.peers.push_back(running_.listed(2));
    running_.apply(std::move(settings));
    begin();
  }
  ~BaselineWatchTest() override {
    running_.ask([&] { watch_.reset(); });
  }
  void begin() {
    running_.ask([&] {
      watch_ = std::make_unique<BaselineWatch>(running_.loop(), running_.speaker(), stage_,
                                               [] { return std::nullopt; });
      watch_->apply(settings());
    });
  }
  [[nodiscard]] WatchSettings settings() const {
    WatchSettings settings;
    settings.rules.learn_for = 7;  // a day is a second
    settings.rules.forget_after = 7000;
    settings.path = folder_.path("baseline.bin");
    return settings;
  }
  // The two neighbors have sent their tables; the first one's has so many prefixes.
  [[nodiscard]] bool has_tables(std::uint32_t prefixes) {
    return first_.connect() && second_.connect() && first_.announce(0, prefixes) &&
           first_.end_table() && second_.end_table();
  }
  [[nodiscard]] WatchCounts counts() { return watch_->counts(); }
  [[nodiscard]] std::size_t open(events::Kind kind) const {
    return stage_.counts().events.open[static_cast<std::size_t>(kind)];
  }

  const Folder folder_;
  events::EventStage stage_;
  session::RunningSpeaker running_;
  SocketNeighbour first_{1, running_.port()};
  SocketNeighbour second_{2, running_.port()};
  std::unique_ptr<BaselineWatch> watch_;
};

// Prefixes that never change are seen on each day, are ripe after seven, and another origin is an
// event until it is withdrawn. The file is there for the next run.
TEST_F(BaselineWatchTest, LearnsReportsAndRemembers) {
  ASSERT_TRUE(has_tables(100));
  ASSERT_TRUE(running_.settles([&] { return counts().ripe == 100; }));
  EXPECT_EQ(counts().learnt, 100U);
  EXPECT_EQ(counts().open, 0U);
  ASSERT_TRUE(second_.announce(0, 1, 3));  // of another origin
  ASSERT_TRUE(running_.settles([&] { return open(events::Kind::OriginChanged) == 1; }));
  second_.close();
  ASSERT_TRUE(running_.settles([&] { return open(events::Kind::OriginChanged) == 0; }));
  const std::uint32_t kept = running_.ask([&] { return counts().kept; });
  ASSERT_TRUE(running_.settles([&] { return counts().kept > kept; }));
  running_.ask([&] { watch_.reset(); });
  begin();
  EXPECT_TRUE(running_.settles([&] { return counts().ripe == 100; }));
}

// The guard knows a new upstream when the prefix is ripe, and of a registered prefix alone.
TEST_F(BaselineWatchTest, TheGuardReadsWhatWasLearnt) {
  policy::Registration one;
  one.prefix = session::prefix_of(0);
  one.max_length = 32;
  one.origins = {200};
  one.guard[static_cast<std::size_t>(policy::Suspicion::NewUpstream)] =
      policy::GuardAction::Quarantine;
  const auto source =
      std::make_shared<const policy::Registrations>(policy::Registrations{std::move(one)});
  running_.ask([&] {
    running_.speaker().set_registrations(std::make_shared<const policy::RegistrationTable>(
                                             std::vector{source}, policy::kDefaultActions),
                                         {});
  });
  const auto quarantines = [&](std::uint64_t routes) {
    return running_.settles([&] {
      const session::Peer* const peer = running_.speaker().find(session::address_text(2));
      const auto counts = running_.speaker().shards().counts(peer->slot());
      return counts.rejected[static_cast<std::size_t>(Reason::Quarantined)] == routes &&
             counts.families[0].received == 2;
    });
  };
  ASSERT_TRUE(has_tables(2));
  ASSERT_TRUE(running_.settles(
      [&] { return running_.speaker().usual_paths() != nullptr && counts().ripe == 2; }));
  EXPECT_EQ(running_.ask([&] { return running_.speaker().usual_paths()->size(); }), 1U);
  ASSERT_TRUE(second_.announce(0, 2, 7));  // of the same origin, behind another upstream
  EXPECT_TRUE(quarantines(1));
  EXPECT_EQ(open(events::Kind::PathAnomaly), 0U) << "which is the guard's";
  running_.ask([&] { watch_->apply(std::nullopt); });
  EXPECT_TRUE(quarantines(0)) << "nothing is usual any more";
  EXPECT_EQ(running_.ask([&] { return running_.speaker().usual_paths(); }), nullptr);
}

TEST_F(BaselineWatchTest, ShowsAPrefixAndWhatCoversIt) {
  ASSERT_TRUE(has_tables(1));
  ASSERT_TRUE(running_.settles([&] { return counts().ripe == 1; }));
  const Prefix whole = session::prefix_of(0);
  const Prefix part(whole.address(), static_cast<std::uint8_t>(whole.length() + 1));
  std::promise<std::vector<LearntPrefix>> shown;
  ASSERT_TRUE(running_.ask([&] {
    return watch_->look(part, [&](std::vector<LearntPrefix> learnt) { shown.set_value(learnt); });
  }));
  const std::vector<LearntPrefix> learnt = shown.get_future().get();
  ASSERT_EQ(learnt.size(), 1U);
  EXPECT_TRUE(learnt[0].covering);
  EXPECT_TRUE(learnt[0].ripe);
  ASSERT_EQ(learnt[0].origins.size(), 1U);
  EXPECT_EQ(learnt[0].origins[0].asn, 200U);
  EXPECT_NE(learnt[0].origins[0].first, 0U);
}

TEST_F(BaselineWatchTest, SwitchedOffItForgetsAndSubscribesNothing) {
  ASSERT_TRUE(has_tables(100));
  ASSERT_TRUE(running_.settles([&] { return counts().learnt == 100; }));
  running_.ask([&] { watch_->apply(std::nullopt); });
  EXPECT_TRUE(running_.settles(
      [&] { return counts().learnt == 0 && !running_.speaker().shards()[0].subscribed(); }));
  EXPECT_EQ(running_.ask([&] { return counts().phase; }), Phase::Off);
  running_.ask([&] { watch_->apply(settings()); });
  EXPECT_TRUE(running_.settles([&] { return counts().learnt == 100; }));
}

// Also within the first day, so that the number of the day is the same.
TEST_F(BaselineWatchTest, OtherDaysLearnTheWholeTableAnew) {
  ASSERT_TRUE(has_tables(100));
  const auto learns = [&](std::uint32_t day_seconds) {
    WatchSettings other = settings();
    other.rules.learn_for = 7 * day_seconds;
    other.rules.forget_after = 70 * day_seconds;
    running_.ask([&] { watch_->apply(other); });
    return running_.settles(
        [&, day_seconds] { return counts().day_seconds == day_seconds && counts().learnt == 100; });
  };
  EXPECT_TRUE(learns(10'000));
  EXPECT_TRUE(learns(20'000));
  EXPECT_TRUE(learns(10'000));
}

TEST_F(BaselineWatchTest, SessionsOfTwoNeighborsHaveDifferentNumbers) {
  ASSERT_TRUE(has_tables(1));
  ASSERT_TRUE(running_.settles([&] { return counts().learnt == 1; }));
  running_.ask([&] {
    std::set<std::uint64_t> sessions;
    for (const session::Peer* const peer : running_.speaker().peers()) {
      sessions.insert(peer->session());
    }
    EXPECT_EQ(sessions.size(), 2U) << "a neighbor that takes the slot of another one is told apart";
  });
}

TEST_F(BaselineWatchTest, NeverOnItHasNothing) {
  running_.ask([&] {
    BaselineWatch off(running_.loop(), running_.speaker(), stage_, nullptr);
    off.apply(std::nullopt);
    EXPECT_EQ(off.counts().phase, Phase::Off);
    bool looked = false;
    EXPECT_TRUE(off.look(session::prefix_of(0), [&](const auto& learnt) {
      looked = true;
      EXPECT_TRUE(learnt.empty());
    }));
    EXPECT_TRUE(looked);
  });
}

}  // namespace
}  // namespace tern::baseline
