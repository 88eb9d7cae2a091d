// Clients that take nothing for so long that they leave the log, and how they come back to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/pipeline/speaker.h"
#include "tests/unit/types/random_values.h"

namespace tern::pipeline {
namespace {

class AdvertiserLag : public testing::Test {
 protected:
  AdvertiserLag() : a(tern.add(ebgp(65001, 1))), fast(tern.add(ebgp(65002, 2))) {}

  static std::string nth(std::uint32_t n) { return "10." + std::to_string(n) + ".0.0/16"; }
  void announce_ten() {
    for (std::uint32_t n = 0; n < 10; ++n) route(nth(n)).via(a);
  }
  // Nearly fills a message, other octets for each stamp below 2^16. Of all attributes, one that
  // nobody knows takes the least time for its length.
  static RouteBuilder large_route(const std::string& text, unsigned stamp) {
    std::vector<std::byte> value(3600);
    value[0] = static_cast<std::byte>(stamp >> 8U);
    value[1] = static_cast<std::byte>(stamp);
    RouteBuilder made = route(text);
    made.attributes().unknown = {{0xE0, 200, std::move(value)}};
    return made;
  }
  // Says more than a client may lag, of prefixes that no test looks at.
  void flood() {
    const std::uint64_t most = ExportClient::kMostLag;
    const std::uint64_t begin = fast.octets;
    for (unsigned n = 0; fast.octets - begin <= most; ++n) {
      large_route("192.168." + std::to_string(n % 5) + ".0/24", n).via(a);
      tern.spread();
      (void)fast.read();
      (void)a.read();  // passes what is not for it
    }
    for (std::uint32_t n = 0; n < 5; ++n) a.withdraw("192.168." + std::to_string(n) + ".0/24");
    tern.spread();
    (void)fast.read();
    (void)a.read();
  }
  static std::size_t position(const Heard& heard, const std::string& what) {
    return static_cast<std::size_t>(std::find(heard.begin(), heard.end(), what) - heard.begin());
  }
  void expect_present(Neighbour& slow) {
    tern.settle();
    (void)slow.read();
    EXPECT_FALSE(slow.client().lagging());
    EXPECT_FALSE(slow.misunderstood);
    (void)fast.read();
    Neighbour& now = tern.add(ebgp(65077, 77));
    EXPECT_EQ(slow.table(), now.table());
    EXPECT_EQ(fast.table(), now.table());
    tern.remove(now);
  }

  Speaker tern;
  Neighbour& a;
  Neighbour& fast;
};

// To decode what a client missed takes a while, so that they go one by one.
TEST_F(AdvertiserLag, SlowClientsLeaveTheLogOneAfterTheOther) {
  std::vector<Neighbour*> slow;
  for (std::uint32_t n = 3; n < 8; ++n) slow.push_back(&tern.add(ebgp(65000 + n, n)));
  announce_ten();
  flood();
  std::size_t lagging = tern.advertisers.lagging_count();
  EXPECT_LT(lagging, slow.size());
  for (std::uint32_t n = 0; lagging < slow.size(); ++n) {
    route(nth(n % 10)).med(n).via(a);
    tern.spread();
    ASSERT_EQ(tern.advertisers.lagging_count(), ++lagging);
  }
  (void)fast.read();
  (void)a.read();
  EXPECT_LT(tern.advertiser.log_bytes(), std::size_t{1} << 20U);
  for (Neighbour* each : slow) expect_present(*each);
}

TEST_F(AdvertiserLag, HearsThePresentStateAlone) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  (void)slow.read();
  a.withdraw(nth(0));  // of what it holds
  route(nth(1)).as_path({65001, 65001}).via(a);
  route(nth(20)).via(a);  // never heard of, and gone again
  tern.spread();
  a.withdraw(nth(20));
  flood();
  EXPECT_TRUE(slow.client().lagging());
  EXPECT_FALSE(fast.client().lagging());
  EXPECT_LT(tern.advertiser.log_bytes(), std::size_t{1} << 20U);  // the log waits for nobody
  a.withdraw(nth(2));
  route(nth(21)).via(a);
  for (std::uint32_t length = 1; length < 20; ++length) {
    route(nth(3)).as_path(std::vector<Asn>(length, 65001)).via(a);
    tern.spread();
  }
  const Heard heard = slow.read();
  EXPECT_EQ(std::count(heard.begin(), heard.end(), "announce " + nth(3)), 1);
  EXPECT_LT(heard.size(), 20U);
  EXPECT_EQ(slow.holds(nth(3))->as_path.length(), 20U);
  EXPECT_FALSE(slow.holds(nth(0)));
  EXPECT_FALSE(slow.holds(nth(2)));
  EXPECT_TRUE(slow.holds(nth(21)));
  expect_present(slow);
  route(nth(22)).via(a);  // it follows the log again
  EXPECT_EQ(slow.listen(), Heard{"announce " + nth(22)});
}

// The prefix has no path and no client any more, and its number another prefix.
TEST_F(AdvertiserLag, HearsOfWithdrawnPrefixesThatAreGone) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  route("2001:db8:1::/48").via(a);
  tern.spread();
  (void)slow.read();
  for (std::uint32_t n = 0; n < 5; ++n) a.withdraw(nth(n));
  a.withdraw("2001:db8:1::/48");
  tern.spread();  // before it lags: numbers are free, and used again
  for (std::uint32_t n = 10; n < 15; ++n) route(nth(n)).via(a);
  tern.spread();
  flood();
  ASSERT_TRUE(slow.client().lagging());
  for (std::uint32_t n = 5; n < 8; ++n) a.withdraw(nth(n));
  tern.spread();  // while it lags
  for (std::uint32_t n = 30; n < 35; ++n) route(nth(n)).via(a);
  tern.spread();
  expect_present(slow);
  EXPECT_EQ(slow.table().size(), 12U);
  // Nothing is pinned any more.
  tern.remove(slow);
  tern.remove(fast);
  tern.remove(a);
  EXPECT_EQ(tern.rib.attributes().size(), 0U);
  for (rib::DestId id = 0; id < tern.rib.end(); ++id) {
    EXPECT_FALSE(tern.rib.destination(id).in_use);
  }
}

TEST_F(AdvertiserLag, AMessageThatWasBegunIsEnded) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  (void)slow.read(25);
  flood();
  ASSERT_TRUE(slow.client().lagging());
  (void)slow.read(3);
  expect_present(slow);
}

TEST_F(AdvertiserLag, WithAddPath) {
  Session session = ibgp(4);
  session.facts.add_path_send = {Family::Ipv4Unicast};
  session.export_.add_path_send = 0xFFFF;
  Neighbour& slow = tern.add(session);
  Neighbour& b = tern.add(ebgp(65005, 5));
  for (std::uint32_t n = 0; n < 10; ++n) {
    route(nth(n)).via(a);
    route(nth(n)).as_path({65005, 65009}).via(b);
  }
  (void)slow.listen();
  ASSERT_EQ(slow.table().size(), 20U);
  a.withdraw(nth(0));
  b.withdraw(nth(1));
  a.withdraw(nth(2));
  b.withdraw(nth(2));
  tern.spread();
  flood();
  ASSERT_TRUE(slow.client().lagging());
  b.withdraw(nth(3));
  route(nth(4)).as_path({65001, 65001, 65001}).via(a);
  route(nth(11)).via(b);
  tern.settle();
  (void)slow.read();
  EXPECT_FALSE(slow.client().lagging());
  session.facts.slot = 6;
  const Neighbour& now = tern.add(session);
  EXPECT_EQ(slow.table(), now.table());
  EXPECT_EQ(slow.table().size(), 16U);
  EXPECT_FALSE(slow.misunderstood);
}

// It joins, is told a table, reads nothing: End-of-RIB stands behind what the table became.
TEST_F(AdvertiserLag, EndOfRibStaysTheEnd) {
  announce_ten();
  Neighbour& slow = tern.join(ebgp(65003, 3));
  tern.settle();
  flood();
  ASSERT_TRUE(slow.client().lagging());
  route(nth(20)).via(a);
  tern.spread();
  const Heard heard = slow.read();
  ASSERT_GE(heard.size(), 13U);
  EXPECT_EQ(heard[heard.size() - 2], "end-of-rib ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-rib ipv6-unicast");
  expect_present(slow);
}

TEST_F(AdvertiserLag, ARefreshThatWasUnderWayKeepsItsMarks) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  (void)slow.read();
  slow.refresh(Family::Ipv4Unicast, true);
  tern.advertiser.walk(4);
  flood();
  ASSERT_TRUE(slow.client().lagging());
  a.withdraw(nth(3));
  tern.settle();
  const Heard heard = slow.read();
  const std::size_t begin = position(heard, "begin-of-refresh ipv4-unicast");
  const std::size_t end = position(heard, "end-of-refresh ipv4-unicast");
  ASSERT_LT(begin, end);
  ASSERT_LT(end, heard.size());
  for (std::uint32_t n = 0; n < 10; ++n) {
    const std::size_t advertised = position(heard, "announce " + nth(n));
    EXPECT_EQ(begin < advertised && advertised < end, n != 3) << n;
  }
  expect_present(slow);
}

// Its marks close in what it catches up with, however much of that was dirty before.
TEST_F(AdvertiserLag, ARefreshWhileItLagsHasItsMarksToo) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  flood();
  ASSERT_TRUE(slow.client().lagging());
  slow.refresh(Family::Ipv4Unicast, true);
  tern.settle();
  ASSERT_TRUE(slow.client().lagging());
  const Heard heard = slow.listen();
  EXPECT_EQ(heard.front(), "begin-of-refresh ipv4-unicast");
  EXPECT_EQ(heard.back(), "end-of-refresh ipv4-unicast");
  for (std::uint32_t n = 0; n < 10; ++n) {
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "announce " + nth(n)), 1) << n;
  }
  EXPECT_EQ(slow.advertised().refresh_marks, 2U);
  expect_present(slow);
}

// The EoRR of an earlier refresh, sent late, would make the peer drop what the present one has not
// come by yet (RFC 7313 section 4.2).
TEST_F(AdvertiserLag, AnEndOfRefreshEndsNoLaterOne) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  (void)slow.read();
  slow.refresh(Family::Ipv4Unicast, true);
  tern.advertiser.walk(9);
  (void)slow.read();  // all but the end of the first
  tern.advertiser.walk(1);
  slow.refresh(Family::Ipv4Unicast, true);
  tern.advertiser.walk(1);
  flood();
  ASSERT_TRUE(slow.client().lagging());
  (void)slow.read();  // caught up, and the second refresh goes on
  EXPECT_EQ(slow.table().size(), 10U);
  expect_present(slow);
}

TEST_F(AdvertiserLag, NewRulesReachItToo) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  announce_ten();
  tern.spread();
  (void)slow.read();
  flood();
  ASSERT_TRUE(slow.client().lagging());
  ExportRules rules = slow.rules();
  rules.policies = {};  // RFC 8212: nothing goes out
  slow.set_rules(rules);
  (void)slow.listen();
  EXPECT_TRUE(slow.table().empty());
  EXPECT_FALSE(slow.client().lagging());
}

TEST_F(AdvertiserLag, ItMayLeave) {
  Neighbour* slow = &tern.add(ebgp(65003, 3));
  route(nth(0)).via(a);
  tern.spread();
  flood();
  ASSERT_TRUE(slow->client().lagging());
  a.withdraw(nth(0));
  tern.spread();
  tern.remove(*slow);
  EXPECT_FALSE(tern.rib.find_id(unicast(prefix(nth(0)))));  // unpinned
  slow = &tern.add(ebgp(65003, 3));
  route(nth(1)).via(a);
  EXPECT_EQ(slow->listen(), Heard{"announce " + nth(1)});
  EXPECT_EQ(slow->table().size(), 1U);
}

// A client that takes nothing says nothing about how fast the others are.
TEST_F(AdvertiserLag, DoesNotHideCongestion) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  flood();
  ASSERT_TRUE(slow.client().lagging());
  EXPECT_FALSE(tern.advertiser.congested());
  Neighbour& source = tern.add(ebgp(65004, 4));
  tern.remove(a);
  for (unsigned stamp = 0; stamp < 400; ++stamp) {
    large_route(nth(1), stamp).via(source);
    tern.spread();
    (void)source.read();
  }
  EXPECT_GT(fast.client().lag(), std::uint64_t{1} << 20U);
  EXPECT_FALSE(tern.advertiser.congested());  // the source has read all there is
  tern.advertisers.close(source.slot());
  EXPECT_TRUE(tern.advertiser.congested());
  (void)fast.read();
  EXPECT_FALSE(tern.advertiser.congested());
}

// ---- A message that was begun, and something else that must be sent now

TEST_F(AdvertiserLag, AMessageIsEndedBeforeAnother) {
  for (std::uint32_t n = 0; n < 60; ++n) {
    route(nth(n)).as_path(std::vector<Asn>(1 + n % 4, 65001)).via(a);
  }
  tern.spread();
  RandomValues random(19);
  int begun = 0;
  while (fast.has_more()) {
    (void)fast.read(1 + random.below(70));
    if (fast.finish_message() > 0) ++begun;  // a KEEPALIVE would go here
    EXPECT_EQ(fast.finish_message(), 0U);
  }
  EXPECT_GT(begun, 1);
  EXPECT_FALSE(fast.misunderstood);
  EXPECT_EQ(fast.table().size(), 60U);
}

TEST_F(AdvertiserLag, AMessageIsEndedWhileCatchingUp) {
  Neighbour& slow = tern.add(ebgp(65003, 3));
  for (std::uint32_t n = 0; n < 60; ++n) {
    route(nth(n)).as_path(std::vector<Asn>(1 + n % 7, 65001)).via(a);
  }
  tern.spread();
  (void)slow.read(10);
  flood();
  ASSERT_TRUE(slow.client().lagging());
  EXPECT_GT(slow.finish_message(), 0U);  // the one from the log
  RandomValues random(20);
  for (int i = 0; slow.has_more(); ++i) {
    (void)slow.read(1 + random.below(70));
    (void)slow.finish_message();
    if (i < 20) {
      route(nth(random.below(60))).as_path(std::vector<Asn>(1 + random.below(7), 65001)).via(a);
      tern.spread();
    }
  }
  expect_present(slow);
}

// Many more paths than one piece of what is made for a client that catches up: no piece is much
// smaller than the others, so the number of turns grows as what there is to tell.
TEST_F(AdvertiserLag, ManyPathsAreToldInFullPieces) {
  Session session = ibgp(4);
  session.facts.add_path_send = {Family::Ipv4Unicast};
  session.export_.add_path_send = 2;
  Neighbour& slow = tern.add(session);
  flood();
  ASSERT_TRUE(slow.client().lagging());
  constexpr std::uint32_t kPrefixes = 50000;
  std::vector<Nlri> prefixes;
  const PathAttributes attributes = route(nth(1)).of(a.import.facts());
  for (std::uint32_t n = 0; n < kPrefixes; ++n) {
    prefixes.push_back(unicast(Prefix::v4(0x0B000000U + (n << 8U), 24)));
    if (prefixes.size() < 500) continue;
    (void)a.announce(attributes, prefixes);
    prefixes.clear();
  }
  tern.spread();
  std::array<std::span<const std::byte>, 4> runs;
  std::uint64_t octets = 0;
  std::uint64_t turns = 0;
  while (slow.client().lagging()) {
    if (slow.adj_rib_out().collect(runs, 65536) == 0) {
      tern.advertisers.resync(slow.slot());
      continue;
    }
    octets += runs[0].size();
    ++turns;
    (void)slow.adj_rib_out().took(runs[0].size(), [](wire::Bytes) { FAIL() << "it was all"; });
  }
  EXPECT_GT(octets, 7U * kPrefixes);
  EXPECT_LE(turns, octets / 16384 + 2);
}

}  // namespace
}  // namespace tern::pipeline
