// What can be said of readers and owner in one thread; table_reader_threads_test.cc has many.
#include "rib/table_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "rib/base/rcu.h"
#include "tests/unit/rib/rib_fixture.h"
#include "tests/unit/rib/session_ends.h"
#include "tests/unit/rib/shown.h"

namespace tern::rib {
namespace {

constexpr const char* kFour = "203.0.113.0/24";
constexpr const char* kSix = "2001:db8::/32";

// A Rib that the test shares, and what readers find in it.
class TableReaderTest : public RibTest {
 protected:
  [[nodiscard]] DestId id_of(const char* text) const { return *rib.find_id(unicast(prefix(text))); }
  [[nodiscard]] Shown look(const Destination& found) const {
    return shown(reader, attributes, found);
  }
  [[nodiscard]] Shown look(DestId id) const { return look(reader.destination(id)); }
  // In a section: what readers find is what the owner has.
  void expect_all_equal() const {
    ASSERT_EQ(reader.end(), rib.end());
    for (DestId id = 0; id < rib.end(); ++id) {
      const Destination found = reader.destination(id);
      const Destination owned = rib.destination(id);
      EXPECT_EQ(look(found), shown(rib, id)) << "id " << id;
      EXPECT_EQ(found.in_use, !owned.paths.empty() || !owned.advertised.empty()) << "id " << id;
    }
  }
  void import(PeerSlot peer, const char* text, const PathBuilder& received,
              const PathBuilder& effective, std::uint32_t path_id = 0) {
    const AttrHandle came = received.intern(attributes);
    const AttrHandle made = effective.intern(attributes);
    rib.announce(peer, unicast(prefix(text), path_id), {came.ref(), made.ref(), Reason::None, 0},
                 2000);
  }
  void revise(const char* text, std::size_t path, const PathBuilder* effective) {
    const DestId id = id_of(text);
    const AttrHandle made = effective == nullptr ? AttrHandle() : effective->intern(attributes);
    const Reason reason = effective == nullptr ? Reason::Policy : Reason::None;
    rib.revise(id, path, {rib.destination(id).received(path), made.ref(), reason, 0});
  }
  struct Entry {
    std::uint32_t med;
    std::vector<PeerSlot> clients;
  };
  void tell(const char* text, const std::vector<Entry>& entries,
            const std::vector<std::uint32_t>& ids = {}) {
    std::vector<Advertised> advertised;
    for (const Entry& entry : entries) {
      ClientSet clients;
      for (const PeerSlot client : entry.clients) clients.insert(client);
      const AttrHandle set = path().as_path({1, 2, 3}).med(entry.med).intern(attributes);
      attributes.retain(set.ref());
      advertised.push_back({set.ref(), rib.audiences().intern(clients)});
    }
    rib.set_advertised(id_of(text), advertised, ids);
    for (const Advertised& each : advertised) {
      attributes.release(each.set);
      rib.audiences().release(each.audience);
    }
  }
  // All that a destination can have: rejected paths, path ids, sets as received, told ids.
  void fill(const char* text) {
    announce(kAmsterdam, text, path().med(1).place(0, 0, 3000));
    import(kLondon, text, path().med(2), path().med(3).as_path({65002, 65003, 65004}));
    announce(kBackbone, text, path().med(7), 5);
    announce(kBackbone, text, path().med(8).as_path({65009, 1}).place(0, 1, 1000), 6);
    reject(kAmsterdam, "10.0.0.0/8", path().med(9), Reason::Policy, 4);
    tell(text, {{40, {1, 2, 3}}, {41, {2, 39}}}, {11, 12});
  }
  // More than what waits together for a grace period.
  void churn(const char* text) {
    for (std::uint32_t i = 0; i < 600; ++i) {
      announce(kAmsterdam, text, path().med(1000 + i));
      tell(text, {{2000 + i, {i % 7, 7 + i % 5, 12 + i % 3}}});
    }
  }

  TableReader reader{rib};
};

struct TableChange {
  const char* name;
  std::function<void(const char*)> make;
};

class ChangesTest : public TableReaderTest {
 protected:
  [[nodiscard]] std::vector<TableChange> changes() {
    return {
        {"replace", [this](auto* at) { announce(kAmsterdam, at, path().med(77)); }},
        {"replace by one that is rejected",
         [this](auto* at) { reject(kLondon, at, path().med(2), Reason::Policy); }},
        {"replace by one that policy changes",
         [this](auto* at) { import(kBackbone, at, path().med(7), path().med(70), 5); }},
        {"hear again", [this](auto* at) { hear_again(at); }},
        {"add", [this](auto* at) { announce(kBackbone, at, path().local_pref(900), 9); }},
        {"add a rejected one",
         [this](auto* at) {
           rib.announce(kBackbone, unicast(prefix(at), 8), some(Reason::Policy), 3);
         }},
        {"withdraw", [this](auto* at) { withdraw(kBackbone, at, 5); }},
        {"withdraw all", [this](auto* at) { withdraw_all(at); }},
        {"revise", [this](auto* at) { revise(at, 1, &better_); }},
        {"reject", [this](auto* at) { revise(at, 0, nullptr); }},
        {"rank by config", [this](auto* at) { rank_by_cost(at); }},
        {"rank by peer", [this](auto* at) { rank_peer(at); }},
        {"tell another set",
         [this](auto* at) {
           tell(at, {{50, {1, 2}}, {51, {3}}}, {11, 12});
         }},
        {"tell other ids",
         [this](auto* at) {
           tell(at, {{40, {1, 2, 3}}, {41, {2, 39}}}, {1, 2});
         }},
        {"tell without ids",
         [this](auto* at) {
           tell(at, {{40, {1, 2, 3}}, {41, {2, 39}}});
         }},
        {"tell more",
         [this](auto* at) {
           tell(at, {{1, {4}}, {2, {5}}, {3, {6}}}, {1, 2, 3});
         }},
        {"tell nobody", [this](auto* at) { tell(at, {}); }},
        {"sweep", [this](auto* at) { sweep_away(kBackbone, at); }},
        {"all of it goes", [this](auto* at) { withdraw_all(at), tell(at, {}); }},
        {"churn", [this](auto* at) { churn(at); }},
    };
  }

 private:
  Import some(Reason reason) {
    const AttrRef set = rib.destination(id_of(kFour)).received(0);
    return {set, AttrRef::None, reason, 3};
  }
  void hear_again(const char* at) {
    end_session(rib, kAmsterdam);
    announce(kAmsterdam, at, path().med(1).place(0, 0, 3000));
  }
  void withdraw_all(const char* at) {
    withdraw(kAmsterdam, at);
    withdraw(kLondon, at);
    withdraw(kBackbone, at, 5);
    withdraw(kBackbone, at, 6);
  }
  void rank_by_cost(const char* at) {
    rib.set_config({true, EgressPosition::BeforeLocalPref});
    rib.rank(id_of(at));
  }
  void rank_peer(const char* at) {
    rib.set_peer(kAmsterdam, ibgp_peer(1, 1));
    rib.rank(id_of(at), only(kAmsterdam));
  }
  void sweep_away(PeerSlot peer, const char* at) {
    end_session(rib, peer);
    rib.sweep(id_of(at));
  }

  PathBuilder better_ = path().local_pref(500);
};

// Whatever the owner does meanwhile; and whoever looks then sees what is now.
TEST_F(ChangesTest, WhatIsFoundStaysAsItWas) {
  const std::vector<TableChange> all = changes();
  for (const char* where : {kFour, kSix}) {
    for (const TableChange& change : all) {
      SCOPED_TRACE(std::string(where) + " " + change.name);
      rib.set_config({});
      rib.set_peer(kAmsterdam, ebgp_peer(10, 10));
      fill(kFour);
      fill(kSix);
      rib.share();
      {
        const TableReader::Section section(reader);
        expect_all_equal();
        const Destination found = reader.destination(id_of(where));
        const Shown before = look(found);
        EXPECT_EQ(before.paths.size(), 4U);
        EXPECT_EQ(before.advertised.size(), 2U);
        change.make(where);
        EXPECT_EQ(look(found), before);
        expect_all_equal();
        churn("192.0.2.0/24");  // what was given up would serve for this
        EXPECT_EQ(look(found), before);
        expect_all_equal();
      }
      rib.unshare();
      for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) {
        end_session(rib, peer);
        sweep();
      }
      for (DestId id = 0; id < rib.end(); ++id) rib.set_advertised(id, {}, {});
      take_changes(rib);
      rib.free_idle(kMostChanges);
      expect_empty();
      EXPECT_EQ(rib.audiences().size(), 0U);
    }
  }
}

TEST_F(TableReaderTest, AnEmptyTableMayBeShared) {
  rib.share();
  const TableReader::Section section(reader);
  EXPECT_EQ(reader.end(), 0U);
  fill(kSix);
  ASSERT_EQ(reader.end(), 2U);
  expect_all_equal();
  EXPECT_EQ(reader.destination(id_of(kSix)).prefix, prefix(kSix));
  rib.unshare();
}

// Beyond the chunks of a table, and beyond the list of them.
TEST_F(TableReaderTest, ManyAudiencesAndDestinations) {
  rib.share();
  {
    const TableReader::Section section(reader);
    for (std::uint32_t i = 0; i < 1500; ++i) {
      const std::string text = "10." + std::to_string(i / 256) + "." + std::to_string(i % 256);
      const std::string where = text + ".0/24";
      announce(kAmsterdam, where.c_str(), path());
      tell(where.c_str(), {{1, {i % 40, 40 + i}}});
    }
    expect_all_equal();
  }
  EXPECT_GT(rib.audiences().size(), 1000U);
  rib.unshare();
}

TEST_F(TableReaderTest, NumbersOfAudiencesServeAgain) {
  const auto greatest = [this] {
    std::uint32_t number = 0;
    std::vector<AudienceRef> all;
    for (PeerSlot client = 0; client < 600; ++client) {
      ClientSet clients;
      clients.insert(client);
      all.push_back(rib.audiences().intern(clients));
      number = std::max(number, static_cast<std::uint32_t>(all.back()));
    }
    for (const AudienceRef audience : all) rib.audiences().release(audience);
    return number;
  };
  const std::uint32_t unshared = greatest();
  for (int round = 0; round < 3; ++round) {
    rib.share();
    for (int i = 0; i < 3; ++i) (void)greatest();
    rib.unshare();
    const std::uint32_t shared = greatest();
    EXPECT_LT(shared, 5 * unshared);
    for (int i = 0; i < 5; ++i) EXPECT_LE(greatest(), 5 * unshared);
  }
}

TEST_F(TableReaderTest, SharedTwiceItIsSharedUntilTheSecondUnshare) {
  fill(kFour);
  const DestId id = id_of(kFour);
  rib.share();
  rib.share();
  rib.unshare();
  {
    const TableReader::Section section(reader);
    const Destination found = reader.destination(id);
    const Shown before = look(found);
    churn(kFour);
    EXPECT_EQ(look(found), before);
    expect_all_equal();
  }
  const std::size_t shared = rib.memory().blocks;
  rib.unshare();
  EXPECT_LT(rib.memory().blocks, shared);
}

TEST_F(TableReaderTest, AnIdKeepsItsPrefixUntilItIsFreed) {
  announce(kLondon, kSix, path());
  announce(kLondon, kFour, path());
  const DestId id = id_of(kFour);
  rib.share();
  rib.share();
  withdraw(kLondon, kFour);
  take_changes(rib);
  {
    const TableReader::Section section(reader);
    EXPECT_FALSE(reader.destination(id).in_use);
    EXPECT_TRUE(reader.destination(id).paths.empty());
    announce(kLondon, "192.0.2.0/24", path());
    EXPECT_NE(id_of("192.0.2.0/24"), id);
    EXPECT_FALSE(reader.destination(id).in_use);
    announce(kLondon, kFour, path());
    EXPECT_EQ(reader.destination(id).prefix, prefix(kFour));
  }
  withdraw(kLondon, kFour);
  take_changes(rib);
  rib.unshare();
  rib.free_idle(kMostChanges);
  EXPECT_TRUE(rib.find_id(unicast(prefix(kFour))));  // others read on
  rib.unshare();
  EXPECT_TRUE(rib.find_id(unicast(prefix(kFour))));
  rib.free_idle(kMostChanges);
  EXPECT_FALSE(rib.find_id(unicast(prefix(kFour))));
  rib.share();
  announce(kLondon, "198.51.100.0/24", path());
  EXPECT_EQ(id_of("198.51.100.0/24"), id);
  {
    const TableReader::Section section(reader);
    expect_all_equal();
    EXPECT_EQ(reader.destination(id).prefix, prefix("198.51.100.0/24"));
  }
  rib.unshare();
}

// Beside a reader that does not end what is replaced stays, and goes soon after it.
TEST_F(TableReaderTest, WhatNobodyReadsIsFreedWhileItIsShared) {
  fill(kFour);
  rib.share();
  churn(kFour);
  const std::size_t before = rib.memory().blocks;
  {
    const TableReader::Section section(reader);
    for (int i = 0; i < 10; ++i) churn(kFour);
  }
  const std::size_t kept = rib.memory().blocks;
  EXPECT_GT(kept, before + std::size_t{5} * 600 * sizeof(Path));
  for (int i = 0; i < 3; ++i) {
    rcu::wait_for_deferred();
    churn(kFour);
  }
  EXPECT_LT(rib.memory().blocks, kept / 2);
  rib.unshare();
  tell(kFour, {});
  for (const PeerSlot peer : {kAmsterdam, kLondon, kBackbone}) {
    end_session(rib, peer);
    sweep();
  }
  take_changes(rib);
  rib.free_idle(kMostChanges);
  expect_empty();
}

// With batches that wait for their grace period, also one that began after it was shared no more.
TEST_F(TableReaderTest, ATableMayEndSoonAfter) {
  for (const bool unshares : {true, false}) {
    AttrTable sets;
    Rib ending(sets);
    ending.set_peer(kAmsterdam, ebgp_peer(10, 10));
    ending.share();
    for (std::uint32_t i = 0; i < 1000; ++i) {
      ClientSet clients;
      clients.insert(i % 30);
      const AttrHandle set = path().med(i).intern(sets);
      const AudienceRef audience = ending.audiences().intern(clients);
      const Advertised advertised{set.ref(), audience};
      ending.announce(kAmsterdam, unicast(prefix(kFour)), {set.ref(), set.ref(), Reason::None, 0},
                      1);
      ending.set_advertised(0, std::span(&advertised, 1), {});
      ending.audiences().release(audience);
    }
    if (unshares) ending.unshare();
  }
}

}  // namespace
}  // namespace tern::rib
