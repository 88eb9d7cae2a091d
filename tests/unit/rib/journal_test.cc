// Changes as subscribers read them: from the ring, behind it, and from the beginning.
#include "rib/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/rib/session_ends.h"

namespace tern::rib {
namespace {

using What = Journal::What;
using Change = Journal::Change;

class JournalTest : public RibTest {
 protected:
  Journal::Subscriber& subscribe(What what, PeerSlot peer = kNoPeerSlot, bool snapshot = false) {
    Journal::Interest interest;
    interest.what = what;
    interest.peer = peer;
    return subscribe(interest, snapshot);
  }
  Journal::Subscriber& subscribe(const Journal::Interest& interest, bool snapshot = false) {
    auto one = std::make_shared<Journal::Subscriber>(interest);
    rib.subscribe(one, snapshot);
    return *subscribers.emplace_back(std::move(one));
  }
  // What is read at once: "203.0.113.0/24 of 1 id 7", with "whole" and "known".
  std::vector<std::string> read(Journal::Subscriber& from, std::size_t most = 1000) {
    std::vector<Change> found;
    last = rib.read(from, [&](const Change& change) {
      found.push_back(change);
      return found.size() < most;
    });
    std::vector<std::string> lines;
    for (const Change& change : found) {
      std::string line = rib.destination(change.id).prefix.to_string();
      if (change.peer != kNoPeerSlot) line += " of " + std::to_string(change.peer);
      if (change.path_id != 0) line += " id " + std::to_string(change.path_id);
      if (change.whole) line += change.known ? " whole, known" : " whole";
      lines.push_back(line);
    }
    return lines;
  }
  static std::string nth(std::uint32_t n) {
    return "10." + std::to_string(n / 256) + "." + std::to_string(n % 256) + ".0/24";
  }
  void tell(const char* text, const std::vector<PeerSlot>& clients) {
    ClientSet set;
    for (const PeerSlot client : clients) set.insert(client);
    const AudienceRef audience = rib.audiences().intern(set);
    const DestId id = *rib.find_id(unicast(prefix(text)));
    const Advertised advertised{rib.destination(id).best()->effective(), audience};
    rib.set_advertised(id, std::span(&advertised, 1), {});
    rib.audiences().release(audience);
  }

  std::vector<std::shared_ptr<Journal::Subscriber>> subscribers;
  Journal::Read last;
};

using Lines = std::vector<std::string>;

TEST_F(JournalTest, TheBestPathIsNotedWhenItIsAnother) {
  Journal::Subscriber& best = subscribe(What::Best);
  EXPECT_FALSE(best.has_unread());
  announce(kAmsterdam, "203.0.113.0/24", path());
  EXPECT_TRUE(best.has_unread());
  EXPECT_EQ(read(best), Lines{"203.0.113.0/24"});
  EXPECT_FALSE(best.has_unread());
  announce(kLondon, "203.0.113.0/24", path().med(7));  // not the best
  reject(kBackbone, "203.0.114.0/24", path(), Reason::Policy);
  EXPECT_EQ(read(best), Lines{});
  withdraw(kAmsterdam, "203.0.113.0/24");
  withdraw(kLondon, "203.0.113.0/24");
  EXPECT_EQ(read(best), Lines{"203.0.113.0/24"});  // once, however often
  rib.unsubscribe(best);
}

TEST_F(JournalTest, ReceivedPathsAreThoseOfTheNeighborAskedFor) {
  Journal::Subscriber& london = subscribe(What::Received, kLondon);
  Journal::Subscriber& all = subscribe(What::Received);
  announce(kAmsterdam, "203.0.113.0/24", path());
  announce(kLondon, "203.0.113.0/24", path(), 5);
  reject(kLondon, "203.0.114.0/24", path(), Reason::Policy);
  EXPECT_EQ(read(london), (Lines{"203.0.113.0/24 of 1 id 5", "203.0.114.0/24 of 1"}));
  EXPECT_EQ(read(all).size(), 3U);
  announce(kLondon, "203.0.113.0/24", path(), 5);  // nothing new
  EXPECT_EQ(read(london), Lines{});
  announce(kLondon, "203.0.113.0/24", path().med(3), 5);
  EXPECT_EQ(read(london), Lines{"203.0.113.0/24 of 1 id 5"});
  end_session(rib, kLondon);
  sweep();
  EXPECT_EQ(read(london), (Lines{"203.0.113.0/24 of 1 id 5", "203.0.114.0/24 of 1"}));
  rib.unsubscribe(london);
  rib.unsubscribe(all);
}

TEST_F(JournalTest, AdvertisedIsWhatTheClientHoldsAndNotWhatOthersDo) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  Journal::Subscriber& client = subscribe(What::Advertised, 9);
  tell("203.0.113.0/24", {8});
  EXPECT_EQ(read(client), Lines{});
  tell("203.0.113.0/24", {8, 9});
  EXPECT_EQ(read(client), Lines{"203.0.113.0/24 of 9"});
  tell("203.0.113.0/24", {9});
  EXPECT_EQ(read(client), Lines{});
  announce(kAmsterdam, "203.0.113.0/24", path().med(5));
  tell("203.0.113.0/24", {9});
  EXPECT_EQ(read(client), Lines{"203.0.113.0/24 of 9"});
  rib.set_advertised(*rib.find_id(unicast(prefix("203.0.113.0/24"))), {}, {});
  EXPECT_EQ(read(client), Lines{"203.0.113.0/24 of 9"});
  rib.unsubscribe(client);
}

TEST_F(JournalTest, APrefixAloneOrWithMoreSpecificOnes) {
  Journal::Interest interest;
  interest.prefix = prefix("10.0.0.0/16");
  Journal::Subscriber& exact = subscribe(interest);
  interest.longer = true;
  Journal::Subscriber& longer = subscribe(interest);
  for (const char* each : {"10.0.0.0/16", "10.0.3.0/24", "10.0.0.0/8", "10.1.0.0/16"}) {
    announce(kAmsterdam, each, path());
  }
  EXPECT_EQ(read(exact), Lines{"10.0.0.0/16"});
  EXPECT_EQ(read(longer), (Lines{"10.0.0.0/16", "10.0.3.0/24"}));
  rib.unsubscribe(exact);
  rib.unsubscribe(longer);
}

TEST_F(JournalTest, OneFamilyOfAPrefix) {
  Journal::Interest interest;
  interest.family = Family::Ipv4Multicast;
  Journal::Subscriber& multicast = subscribe(interest);
  announce(kAmsterdam, "203.0.113.0/24", path());
  EXPECT_EQ(read(multicast), Lines{});
  announce(kAmsterdam, Nlri{prefix("203.0.113.0/24"), Family::Ipv4Multicast}, path());
  EXPECT_EQ(read(multicast), Lines{"203.0.113.0/24"});
  rib.unsubscribe(multicast);
}

// What is gone can still be named, until the subscriber has read it.
TEST_F(JournalTest, IdsKeepTheirPrefixesUntilAllHaveRead) {
  announce(kAmsterdam, "203.0.113.0/24", path());
  take_changes(rib);
  Journal::Subscriber& best = subscribe(What::Best);
  withdraw(kAmsterdam, "203.0.113.0/24");
  take_changes(rib);
  EXPECT_TRUE(rib.pinned());
  announce(kAmsterdam, "192.0.2.0/24", path());  // has another number
  EXPECT_EQ(read(best), (Lines{"203.0.113.0/24", "192.0.2.0/24"}));
  EXPECT_FALSE(rib.pinned());
  rib.free_idle(100);
  EXPECT_FALSE(rib.find_id(unicast(prefix("203.0.113.0/24"))));
  withdraw(kAmsterdam, "192.0.2.0/24");
  rib.unsubscribe(best);  // with something unread
  EXPECT_FALSE(rib.pinned());
  rib.free_idle(100);
  expect_empty();
}

TEST_F(JournalTest, ASnapshotIsEverythingAndThenWhatChanges) {
  for (std::uint32_t n = 0; n < 100; ++n) announce(kAmsterdam, nth(n).c_str(), path());
  Journal::Subscriber& best = subscribe(What::Best, kNoPeerSlot, true);
  Lines seen = read(best, 40);
  EXPECT_EQ(seen.size(), 40U);
  EXPECT_EQ(seen.front(), nth(0) + " whole");
  EXPECT_FALSE(last.caught_up);
  withdraw(kAmsterdam, nth(0).c_str());   // was given
  withdraw(kAmsterdam, nth(99).c_str());  // is to be given
  announce(kAmsterdam, "192.0.2.0/24", path());
  std::multiset<std::string> rest;
  while (!last.caught_up) {
    for (const std::string& line : read(best, 7)) rest.insert(line);
    EXPECT_FALSE(last.fell_behind);
  }
  EXPECT_EQ(rest.size(), 62U);
  EXPECT_EQ(rest.count(nth(0) + " whole, known"), 1U);
  EXPECT_EQ(rest.count(nth(99) + " whole"), 1U);
  EXPECT_EQ(rest.count("192.0.2.0/24 whole, known"), 1U);
  EXPECT_EQ(rest.count(nth(50) + " whole"), 1U);
  announce(kLondon, "192.0.3.0/24", path());
  EXPECT_EQ(read(best), Lines{"192.0.3.0/24"});
  rib.unsubscribe(best);
}

TEST_F(JournalTest, TheSnapshotOfAnEmptyTableHasAnEnd) {
  Journal::Subscriber& best = subscribe(What::Best, kNoPeerSlot, true);
  EXPECT_TRUE(best.has_unread());
  EXPECT_EQ(read(best), Lines{});
  EXPECT_TRUE(last.caught_up);
  EXPECT_FALSE(best.has_unread());
  rib.unsubscribe(best);
}

// More changes than the ring has places: each destination once, in its present state.
TEST_F(JournalTest, WhoReadsTooSlowlyFallsBehindAndCatchesUp) {
  Journal::Subscriber& slow = subscribe(What::Best);
  Journal::Subscriber& fast = subscribe(What::Best);
  constexpr std::uint32_t kPrefixes = 300;
  std::size_t given = 0;
  for (std::uint32_t n = 0; n < 2 * Journal::kRing; ++n) {
    announce(kAmsterdam, nth(n % kPrefixes).c_str(), path().med(n));
    if (n % 100 == 0) given += read(fast).size();
  }
  given += read(fast).size();
  EXPECT_EQ(given, 2 * Journal::kRing);
  EXPECT_FALSE(last.fell_behind);
  std::set<std::string> seen;
  EXPECT_EQ(read(slow, 10).size(), 10U);
  EXPECT_TRUE(last.fell_behind);
  std::size_t rest = 0;
  while (!last.caught_up) {
    for (const std::string& line : read(slow, 10)) {
      seen.insert(line);
      ++rest;
    }
    EXPECT_FALSE(last.fell_behind);
  }
  EXPECT_EQ(rest, kPrefixes - 10);
  EXPECT_EQ(seen.size(), rest);
  EXPECT_EQ(seen.count(nth(200) + " whole, known"), 1U);
  announce(kAmsterdam, nth(3).c_str(), path());
  EXPECT_EQ(read(slow), Lines{nth(3)});
  rib.unsubscribe(slow);
  rib.unsubscribe(fast);
}

// Changes that a subscriber does not want do not make the subscriber fall behind.
TEST_F(JournalTest, WhatOthersWantOverrunsNobody) {
  Journal::Subscriber& london = subscribe(What::Received, kLondon);
  Journal::Subscriber& best = subscribe(What::Best);
  for (std::uint32_t n = 0; n < 3 * Journal::kRing; ++n) {
    announce(kAmsterdam, nth(n % 7).c_str(), path().med(n));
  }
  announce(kLondon, "192.0.2.0/24", path());
  EXPECT_EQ(read(london), Lines{"192.0.2.0/24 of 1"});
  EXPECT_FALSE(last.fell_behind);
  rib.unsubscribe(london);
  rib.unsubscribe(best);
}

TEST_F(JournalTest, APlaceIsUsedAgain) {
  std::vector<Journal::Subscriber*> all;
  for (std::size_t i = 0; i < Journal::kMostSubscribers; ++i) {
    all.push_back(&subscribe(What::Best));
  }
  rib.unsubscribe(*all[7]);
  announce(kAmsterdam, "192.0.2.0/24", path());
  all[7] = &subscribe(What::Best);  // has the place, and nothing of what was before
  EXPECT_FALSE(all[7]->has_unread());
  EXPECT_EQ(read(*all[7]), Lines{});
  EXPECT_EQ(read(*all[8]), Lines{"192.0.2.0/24"});
  for (Journal::Subscriber* each : all) rib.unsubscribe(*each);
}

// Random changes, readers at random paces: a copy made of what a reader is given is the table in
// the end.
TEST_F(JournalTest, WhatIsReadIsTheTable) {
  for (std::uint32_t seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&random](std::uint32_t n) {
      return static_cast<std::uint32_t>(random() % n);
    };
    struct Mirror {
      Journal::Subscriber* subscriber = nullptr;
      std::set<std::string> held;
    };
    std::vector<Mirror> mirrors(3);
    const auto take = [&](Mirror& mirror, std::size_t most) {
      (void)rib.read(*mirror.subscriber, [&](const Change& change) {
        const Destination at = rib.destination(change.id);
        if (!at.in_use) return --most > 0;
        const std::string text = at.prefix.to_string();
        at.best() != nullptr ? (void)mirror.held.insert(text) : (void)mirror.held.erase(text);
        return --most > 0;
      });
    };
    for (Mirror& mirror : mirrors) mirror.subscriber = &subscribe(What::Best, kNoPeerSlot, true);
    for (std::uint32_t step = 0; step < 30'000; ++step) {
      const std::string where = nth(below(500));
      const PeerSlot peer = below(2);
      if (below(2) == 0) {
        announce(peer, where.c_str(), path().med(below(9)));
      } else {
        withdraw(peer, where.c_str());
      }
      if (below(50) == 0) take_changes(rib);
      if (below(50) == 0) rib.free_idle(below(90));
      if (below(10) == 0) take(mirrors[0], 1 + below(50));
      if (below(300) == 0) take(mirrors[1], 1 + below(50));
    }
    for (Mirror& mirror : mirrors) {
      while (mirror.subscriber->has_unread()) take(mirror, 100);
      std::set<std::string> expected;
      for (DestId id = 0; id < rib.end(); ++id) {
        const Destination at = rib.destination(id);
        if (at.in_use && at.best() != nullptr) expected.insert(at.prefix.to_string());
      }
      EXPECT_EQ(mirror.held, expected);
      rib.unsubscribe(*mirror.subscriber);
    }
  }
}

}  // namespace
}  // namespace tern::rib
