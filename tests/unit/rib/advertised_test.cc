// What clients were told of a destination, and how long its number means the prefix.
#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

#include "rib/rib.h"
#include "tests/unit/rib/paths.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

constexpr PeerSlot kSource = 0;

Prefix parsed(const char* text) { return *Prefix::parse(text); }

class AdvertisedTest : public testing::Test {
 protected:
  AdvertisedTest() { rib.set_peer(kSource, ebgp_peer(10, 10)); }

  DestId announce(const char* text, const PathBuilder& built = path()) {
    const AttrHandle handle = built.intern(rib.attributes());
    rib.announce(kSource, unicast(parsed(text)), {handle.ref(), handle.ref(), Reason::None, 0}, 1);
    return *rib.find_id(unicast(parsed(text)));
  }
  void withdraw(const char* text) { rib.withdraw(kSource, unicast(parsed(text))); }
  // Tells these clients the best path.
  void tell(DestId id, const std::vector<PeerSlot>& clients, std::vector<std::uint32_t> ids = {}) {
    ClientSet set;
    for (const PeerSlot client : clients) set.insert(client);
    const AudienceRef audience = rib.audiences().intern(set);
    const Destination destination = rib.destination(id);
    const Advertised advertised{destination.best()->effective(), audience};
    rib.set_advertised(id, std::span(&advertised, 1), ids);
    rib.audiences().release(audience);
  }
  void untell(DestId id) { rib.set_advertised(id, {}, {}); }
  void take(DestId id) {
    std::vector<DestId> changes;
    rib.take_changes(kMostChanges, changes);
    EXPECT_EQ(changes, std::vector<DestId>{id});
  }
  // The number of another prefix that comes now.
  DestId number_of_next() { return announce("192.0.2.0/24"); }

  AttrTable attributes;
  Rib rib{attributes};
};

TEST_F(AdvertisedTest, CountsTheSetAndTheAudience) {
  const DestId id = announce("203.0.113.0/24");
  const DestId six = announce("2001:db8::/32");
  tell(id, {3, 4});
  tell(six, {4});
  EXPECT_EQ(rib.audiences().held().of(3, Family::Ipv4Unicast), 1U);
  EXPECT_EQ(rib.audiences().held().of(4, Family::Ipv4Unicast), 1U);
  EXPECT_EQ(rib.audiences().held().of(3, Family::Ipv6Unicast), 0U);
  EXPECT_EQ(rib.audiences().held().of(4, Family::Ipv6Unicast), 1U);
  withdraw("203.0.113.0/24");
  withdraw("2001:db8::/32");
  EXPECT_EQ(rib.attributes().size(), 1U);  // clients still have it
  EXPECT_EQ(rib.destination(id).advertised.size(), 1U);
  untell(id);
  untell(six);
  EXPECT_EQ(rib.attributes().size(), 0U);
  EXPECT_EQ(rib.audiences().size(), 0U);
}

TEST_F(AdvertisedTest, KeepsPathIds) {
  const DestId id = announce("203.0.113.0/24");
  tell(id, {1}, {77});
  EXPECT_EQ(rib.destination(id).advertised_id(0), 77U);
  announce("203.0.113.0/24", path().med(3));  // the block is made anew around them
  EXPECT_EQ(rib.destination(id).advertised_id(0), 77U);
  tell(id, {1});
  EXPECT_TRUE(rib.destination(id).advertised_ids.empty());
  EXPECT_EQ(rib.destination(id).advertised_id(0), 0U);
}

TEST_F(AdvertisedTest, ANumberIsUsedAgainOnlyWhenNobodyMeansIt) {
  const DestId id = announce("203.0.113.0/24");
  tell(id, {1});
  take(id);
  withdraw("203.0.113.0/24");
  EXPECT_TRUE(rib.destination(id).in_use);
  take(id);
  rib.free_if_idle(id);
  EXPECT_TRUE(rib.destination(id).in_use);  // a client was told and not yet untold
  EXPECT_NE(number_of_next(), id);
  untell(id);
  EXPECT_FALSE(rib.destination(id).in_use);
  EXPECT_EQ(announce("198.51.100.0/24"), id);
}

TEST_F(AdvertisedTest, AWithdrawnPrefixWaitsForItsChangeToBeTaken) {
  const DestId id = announce("203.0.113.0/24");
  withdraw("203.0.113.0/24");
  EXPECT_TRUE(rib.destination(id).in_use);
  rib.free_if_idle(id);
  EXPECT_TRUE(rib.destination(id).in_use);
  take(id);
  rib.free_if_idle(id);
  EXPECT_FALSE(rib.destination(id).in_use);
  EXPECT_FALSE(rib.find(unicast(parsed("203.0.113.0/24"))));
}

TEST_F(AdvertisedTest, UntoldBeforeTheChangeIsTaken) {
  const DestId id = announce("203.0.113.0/24");
  tell(id, {1});
  take(id);
  withdraw("203.0.113.0/24");
  untell(id);
  EXPECT_TRUE(rib.destination(id).in_use);  // the change is listed by this number
  take(id);
  rib.free_if_idle(id);
  EXPECT_FALSE(rib.destination(id).in_use);
}

TEST_F(AdvertisedTest, PinnedNumbersKeepTheirPrefix) {
  const DestId id = announce("203.0.113.0/24");
  tell(id, {1});
  take(id);
  rib.pin();
  rib.pin();
  withdraw("203.0.113.0/24");
  take(id);
  untell(id);
  EXPECT_EQ(rib.find_id(unicast(parsed("203.0.113.0/24"))), id);
  EXPECT_NE(number_of_next(), id);
  rib.unpin();
  EXPECT_EQ(rib.find_id(unicast(parsed("203.0.113.0/24"))), id);  // somebody else means it yet
  rib.unpin();
  EXPECT_EQ(rib.find_id(unicast(parsed("203.0.113.0/24"))), id);  // freeing it is work for a slice
  rib.free_idle(kMostChanges);
  EXPECT_FALSE(rib.find_id(unicast(parsed("203.0.113.0/24"))));
  EXPECT_FALSE(rib.destination(id).in_use);
}

TEST_F(AdvertisedTest, PinnedNumbersAreFreedInSlices) {
  rib.pin();
  std::vector<DestId> ids;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const std::string text = "10.0." + std::to_string(i) + ".0/24";
    ids.push_back(announce(text.c_str()));
    withdraw(text.c_str());
    take(ids.back());
    rib.free_if_idle(ids.back());
  }
  const auto in_use = [&] {
    return std::ranges::count_if(ids, [&](DestId id) { return rib.destination(id).in_use; });
  };
  rib.free_idle(kMostChanges);  // pinned
  EXPECT_EQ(in_use(), 10);
  rib.unpin();
  rib.free_idle(4);
  EXPECT_EQ(in_use(), 6);
  rib.pin();  // again, in the middle of it
  rib.free_idle(4);
  EXPECT_EQ(in_use(), 6);
  EXPECT_TRUE(rib.find_id(unicast(parsed("10.0.0.0/24"))));
  announce("10.0.0.0/24");  // which takes it from those that go
  take(ids[0]);
  rib.unpin();
  rib.free_idle(kMostChanges);
  EXPECT_EQ(in_use(), 1);
}

TEST_F(AdvertisedTest, APrefixThatComesBackWhilePinnedStays) {
  rib.pin();
  const DestId id = announce("203.0.113.0/24");
  take(id);
  for (int round = 0; round < 3; ++round) {
    withdraw("203.0.113.0/24");
    take(id);
    rib.free_if_idle(id);
    EXPECT_EQ(announce("203.0.113.0/24"), id);
    take(id);
  }
  rib.unpin();
  rib.free_idle(kMostChanges);
  EXPECT_EQ(rib.find_id(unicast(parsed("203.0.113.0/24"))), id);
  withdraw("203.0.113.0/24");
  take(id);
  rib.free_if_idle(id);
  EXPECT_FALSE(rib.destination(id).in_use);
}

TEST_F(AdvertisedTest, ChangesComeInSlicesInTheirOrder) {
  const DestId first = announce("203.0.113.0/24");
  const DestId second = announce("198.51.100.0/24");
  const DestId third = announce("192.0.2.0/24");
  std::vector<DestId> changes;
  rib.take_changes(2, changes);
  EXPECT_EQ(changes, (std::vector<DestId>{first, second}));
  EXPECT_TRUE(rib.has_changes());
  announce("203.0.113.0/24", path().med(1));  // taken before: listed anew
  announce("192.0.2.0/24", path().med(1));    // listed already
  rib.take_changes(kMostChanges, changes);
  EXPECT_EQ(changes, (std::vector<DestId>{third, first}));
  EXPECT_FALSE(rib.has_changes());
}

// ---- Memory: one more octet per route is a megabyte per million routes.

class RibMemoryTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPrefixes = 250000;
  static constexpr std::uint32_t kPerSet = 8;

  // A table of one peer, as exchanges have them: prefixes by the update.
  void fill(Rib& rib, PeerSlot peer) {
    rib.set_peer(peer, ebgp_peer(peer + 1, peer + 1));
    std::vector<Rib::Announcement> some;
    for (std::uint32_t first = 0; first < kPrefixes; first += kPerSet) {
      const AttrHandle handle =
          path().as_path({65000 + peer, 100000 + first}).intern(rib.attributes());
      some.clear();
      for (std::uint32_t i = first; i < first + kPerSet; ++i) {
        some.push_back(
            {unicast(Prefix::v4(i << 8U, 24)), {handle.ref(), handle.ref(), Reason::None, 0}});
      }
      rib.announce(peer, some, 1);
    }
  }
  void tell_all(Rib& rib) {
    ClientSet clients;
    for (PeerSlot slot = 0; slot < 300; ++slot) clients.insert(slot);
    const AudienceRef everyone = rib.audiences().intern(clients);
    for (DestId id = 0; id < rib.end(); ++id) {
      const PeerSlot from = rib.destination(id).best()->peer();
      const AudienceRef others = rib.audiences().without(everyone, from);
      const Advertised advertised{rib.destination(id).best()->effective(), others};
      rib.set_advertised(id, std::span(&advertised, 1), {});
      rib.audiences().release(others);
    }
    rib.audiences().release(everyone);
    take_changes(rib);
  }
  static std::size_t table_bytes(const Rib& rib) {
    const RibMemory memory = rib.memory();
    return memory.records + memory.blocks + memory.index;
  }
};

TEST_F(RibMemoryTest, APrefixTakesSixtyFourOctetsAndAFurtherPathSixteen) {
  AttrTable attributes;
  Rib rib(attributes);
  fill(rib, 0);
  tell_all(rib);
  const double per_prefix = static_cast<double>(table_bytes(rib)) / kPrefixes;
  const double ordered = static_cast<double>(rib.memory().ordered) / kPrefixes;
  fill(rib, 1);  // with it comes the room for what its source is told instead
  const std::size_t two_paths = table_bytes(rib);
  constexpr PeerSlot kFurther = 3;
  for (PeerSlot peer = 2; peer < 2 + kFurther; ++peer) fill(rib, peer);
  take_changes(rib);
  const double per_path = static_cast<double>(table_bytes(rib) - two_paths) / kPrefixes / kFurther;
  const double per_set =
      static_cast<double>(attributes.bytes()) / static_cast<double>(attributes.size());
  std::printf(
      "octets, of %u prefixes: %.1f each with one path told to one audience,\n"
      "%.1f its place in the order of prefixes, %.1f a further path, %.1f an attribute set\n",
      kPrefixes, per_prefix, ordered, per_path, per_set);
  EXPECT_LE(per_prefix, 64.0);
  EXPECT_LE(ordered, 5.0);
  EXPECT_LE(static_cast<double>(two_paths) / kPrefixes - per_prefix, 24.5);
  EXPECT_LE(per_path, 16.5);
}

// A rejected path has its set as received in its sixteen octets.
TEST_F(RibMemoryTest, ARejectedPathTakesNoMoreThanAnAcceptedOne) {
  AttrTable attributes;
  Rib rib(attributes);
  for (const PeerSlot peer : {0U, 1U}) fill(rib, peer);
  tell_all(rib);
  const std::size_t accepted = rib.memory().blocks;
  for (DestId id = 0; id < rib.end(); ++id) {
    const AttrRef received = rib.destination(id).received(0);
    rib.revise(id, 0, {received, AttrRef::None, Reason::NextHopUnresolved, 0});
    EXPECT_EQ(rib.destination(id).received(1), received);
  }
  EXPECT_EQ(rib.memory().blocks, accepted);
}

TEST_F(RibMemoryTest, WhatLeavesIsGivenBack) {
  AttrTable attributes;
  Rib rib(attributes);
  fill(rib, 0);
  fill(rib, 1);
  tell_all(rib);
  for (const PeerSlot peer : {0U, 1U}) {
    end_session(rib, peer);
    for (DestId id = 0; id < rib.end(); ++id) rib.sweep(id);
  }
  for (DestId id = 0; id < rib.end(); ++id) rib.set_advertised(id, {}, {});
  take_changes(rib);
  EXPECT_EQ(rib.memory().blocks, 0U);
  EXPECT_EQ(rib.attributes().size(), 0U);
  EXPECT_EQ(rib.audiences().size(), 0U);
  fill(rib, 0);  // the same numbers serve again
  EXPECT_EQ(rib.end(), kPrefixes);
}

}  // namespace
}  // namespace tern::rib
