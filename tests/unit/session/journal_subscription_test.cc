// Subscribers to the journals of a whole Speaker. Under the thread sanitizer this is the stress of
// journals that threads of the pool write and read while the loop subscribes.
#include "bgpd/session/journal_subscription.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using Owner = JournalSubscription::Owner;

// A copy of the best paths that reads as the loop has time.
class Copy : public std::enable_shared_from_this<Copy> {
 public:
  Copy(Speaker& speaker, std::size_t shards, std::size_t most) : shards_(shards), most_(most) {
    subscription_ = JournalSubscription::make(speaker, {}, true, Owner::Client);
  }
  // On the loop. Reads all that there is, a shard a turn.
  void read() {
    if (reading_ || !subscription_) return;
    for (std::size_t i = 0; i < shards_; ++i) {
      shard_ = (shard_ + 1) % shards_;
      if (!subscription_->has_unread(shard_)) continue;
      reading_ = true;
      subscription_->read(
          shard_,
          [self = shared_from_this()](rib::Rib& rib, rib::Journal::Subscriber& from) {
            self->take(rib, from);
          },
          [self = shared_from_this()] {
            self->reading_ = false;
            self->read();
          });
      return;
    }
  }
  void end() { subscription_.reset(); }
  [[nodiscard]] bool resting() const { return !reading_; }
  [[nodiscard]] const std::set<Prefix>& held() const { return held_; }
  [[nodiscard]] bool fell_behind() const { return fell_behind_; }

 private:
  void take(rib::Rib& rib, rib::Journal::Subscriber& from) {
    std::size_t left = most_;
    const auto read = rib.read(from, [&](const rib::Journal::Change& change) {
      const rib::Destination at = rib.destination(change.id);
      if (at.in_use && at.best() != nullptr) {
        held_.insert(at.prefix);
      } else {
        held_.erase(at.prefix);
      }
      return --left > 0;
    });
    fell_behind_ |= read.fell_behind;
  }

  const std::size_t shards_;
  const std::size_t most_;
  std::unique_ptr<JournalSubscription> subscription_;
  std::size_t shard_ = 0;
  bool reading_ = false;
  // Of the task while it reads:
  std::set<Prefix> held_;
  bool fell_behind_ = false;
};

class JournalSubscriptionTest : public testing::TestWithParam<SpeakerThreads> {
 protected:
  std::shared_ptr<Copy> copy(std::size_t most) {
    return running.ask([&] {
      auto added = std::make_shared<Copy>(running.speaker(), GetParam().shards, most);
      copies.push_back(added);
      return added;
    });
  }
  [[nodiscard]] std::set<Prefix> table() {
    return running.look([&] {
      std::set<Prefix> best;
      for (std::size_t shard = 0; shard < GetParam().shards; ++shard) {
        const rib::Rib& rib = running.speaker().shards()[shard];
        for (rib::DestId id = 0; id < rib.end(); ++id) {
          const rib::Destination at = rib.destination(id);
          if (at.in_use && at.best() != nullptr) best.insert(at.prefix);
        }
      }
      return best;
    });
  }

  std::vector<std::shared_ptr<Copy>> copies;
  RunningSpeaker running{GetParam()};
};

TEST_P(JournalSubscriptionTest, CopiesAreTheTable) {
  constexpr std::uint32_t kRoutes = 3000;
  running.apply({1, 2});
  SocketNeighbour one(1, running.port());
  SocketNeighbour two(2, running.port());
  ASSERT_TRUE(one.connect());
  ASSERT_TRUE(two.connect());
  const auto early = copy(100);
  std::vector<std::byte> octets;
  for (std::uint32_t round = 0; round < 12; ++round) {
    octets.clear();
    append_announcements(1, 0, kRoutes, round, octets);
    append_withdrawals(round * 100, round * 200, octets);
    ASSERT_TRUE(one.send(octets));
    octets.clear();
    append_announcements(2, kRoutes / 2, kRoutes * 2, round, octets);
    ASSERT_TRUE(two.send(octets));
    running.ask([&] {
      if (round % 4 == 1) copies.front()->read();
    });
    if (round % 4 == 2) (void)copy(1000);
    if (round % 4 == 3) running.ask([&] { copies.back()->end(); });
  }
  one.close();
  const auto late = copy(37);
  ASSERT_TRUE(running.settles([&] {
    const rib::Shards& shards = running.speaker().shards();
    return !shards.has_paths(running.speaker().find("127.0.1.1")->slot()) &&
           shards.received(running.speaker().find("127.0.1.2")->slot(), Family::Ipv4Unicast) ==
               kRoutes * 2 - kRoutes / 2;
  }));
  ASSERT_TRUE(running.settles([&] {
    early->read();
    late->read();
    return early->resting() && late->resting();
  }));
  const std::set<Prefix> expected = table();
  EXPECT_EQ(expected.size(), kRoutes * 2 - kRoutes / 2);
  running.look([&] {
    EXPECT_EQ(early->held(), expected);
    EXPECT_EQ(late->held(), expected);
    EXPECT_FALSE(late->fell_behind());
  });
  running.ask([&] {
    for (const auto& each : copies) each->end();
  });
  EXPECT_TRUE(running.settles([&] { return !running.speaker().shards()[0].subscribed(); }));
}

TEST_P(JournalSubscriptionTest, AreBounded) {
  running.apply({1});
  running.ask([&] {
    std::vector<std::unique_ptr<JournalSubscription>> all;
    const auto make = [&](Owner owner) {
      return JournalSubscription::make(running.speaker(), {}, all.size() % 2 == 0, owner);
    };
    constexpr std::size_t kOfDaemon = JournalSubscription::kOfDaemon;
    while (all.size() < rib::Journal::kMostSubscribers) {
      const bool room = all.size() + kOfDaemon < rib::Journal::kMostSubscribers;
      if (!room) {
        EXPECT_EQ(make(Owner::Client), nullptr) << "kernel routes have theirs";
      }
      all.push_back(make(room ? Owner::Client : Owner::Daemon));
      ASSERT_NE(all.back(), nullptr);
    }
    EXPECT_EQ(make(Owner::Daemon), nullptr);
    all[7] = nullptr;
    all[7] = make(Owner::Daemon);
    EXPECT_NE(all[7], nullptr);
  });
}

INSTANTIATE_TEST_SUITE_P(Threads, JournalSubscriptionTest,
                         testing::Values(SpeakerThreads{0, 0, 1}, SpeakerThreads{0, 1, 2},
                                         SpeakerThreads{1, 2, 4}));

}  // namespace
}  // namespace tern::session
