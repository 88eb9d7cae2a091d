// Leaks that an AS_PATH shows by ASes that buy transit from nobody, and those that
// ONLY_TO_CUSTOMER marks.
#include "policy/leaks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

namespace tern::policy {
namespace {

// 174, 1299, 2914 and 3320 are transit-free, 64999 is a network of the middle.
const TransitFree& transit_free() {
  static const TransitFree big({3320, 174, 2914, 1299});
  return big;
}

std::string leak_in(std::string_view path, std::optional<Role> ours = std::nullopt,
                    Asn server = kAsZero) {
  return to_string(find_leak(AsPath::parse(path).value(), transit_free(), ours, server));
}

TEST(TransitFree, HasItsAsesAndNoOthers) {
  EXPECT_TRUE(TransitFree().empty());
  EXPECT_FALSE(TransitFree().contains(174));
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<Asn> asns;
    for (int i = 0; i < 20; ++i) asns.push_back(random() % 512);
    const TransitFree listed(asns);
    for (Asn asn = 0; asn < 512; ++asn) {
      const bool is_one = std::ranges::find(asns, asn) != asns.end();
      ASSERT_EQ(listed.contains(asn), is_one) << asn;
      ASSERT_FALSE(listed.contains(asn + 512)) << asn;
    }
  }
  EXPECT_EQ(TransitFree({174, 1299}), TransitFree({1299, 174}));
  EXPECT_NE(TransitFree({174, 1299}), TransitFree({174}));
}

TEST(Leaks, APathGoesUpAndDownOnce) {
  for (const char* path :
       {"", "64999", "64999 65010", "174 65010", "64999 174 65010", "174 1299 65010",
        "64999 174 1299 65010", "64999 174 174 1299 1299 1299 65010", "174", "65010 174"}) {
    EXPECT_EQ(leak_in(path), "") << path;
  }
}

// RFC 7908 type 1: from one provider to another. Type 3 and 4 look the same where one of the two is
// a peer.
TEST(Leaks, AnAsBetweenTwoTransitFreeOnes) {
  EXPECT_EQ(leak_in("174 64999 1299 65010"),
            "AS 64999 between AS 174 and AS 1299, which are transit-free");
  EXPECT_EQ(leak_in("65001 174 64999 64999 64998 1299 65010"),
            "AS 64998 between AS 174 and AS 1299, which are transit-free");
  EXPECT_EQ(leak_in("174 64999 1299"),
            "AS 64999 between AS 174 and AS 1299, which are transit-free");
}

// RFC 7908 type 2: from a peer to another peer.
TEST(Leaks, ThreeTransitFreeOnesInARow) {
  EXPECT_EQ(leak_in("174 1299 2914 65010"),
            "AS 1299 between AS 174 and AS 2914, which are transit-free");
  EXPECT_EQ(leak_in("174 1299 64999 2914 65010"),
            "AS 64999 between AS 174 and AS 2914, which are transit-free");
}

TEST(Leaks, ATransitFreeAsInThePathOfACustomerOrPeer) {
  constexpr char kEvidence[] =
      "AS 174, which is transit-free, behind AS 64999, which is no provider of ours";
  for (const Role ours : {Role::Provider, Role::Peer, Role::RouteServer, Role::RouteServerClient}) {
    EXPECT_EQ(leak_in("64999 174 65010", ours), kEvidence) << to_string(ours);
    EXPECT_EQ(leak_in("64999 64999 65002 174 1299 65010", ours), kEvidence) << to_string(ours);
    EXPECT_EQ(leak_in("64999 65010", ours), "") << to_string(ours);
    EXPECT_EQ(leak_in("174 174 65010", ours), "") << "a route of the neighbor's customer";
  }
  EXPECT_EQ(leak_in("64999 174 65010", Role::Customer), "") << "a provider passes on all routes";
  EXPECT_EQ(leak_in("64999 174 65010"), "") << "a neighbor without a role";
  EXPECT_EQ(leak_in("1299 174 65010", Role::Peer),
            "AS 174, which is transit-free, behind AS 1299, which is no provider of ours");
}

// A route server that writes its AS into the path passes on the routes of its clients.
TEST(Leaks, TheAsOfARouteServerDoesNotCount) {
  EXPECT_EQ(leak_in("65100 174 65010", Role::RouteServerClient, 65100), "");
  EXPECT_EQ(leak_in("174 65010", Role::RouteServerClient, 65100), "");
  EXPECT_EQ(leak_in("65100 64999 174 65010", Role::RouteServerClient, 65100),
            "AS 174, which is transit-free, behind AS 64999, which is no provider of ours");
}

// The ASes of an AS_SET have no order, and those behind it none with regard to it.
TEST(Leaks, NothingIsFoundInAnAsSetAndBehindIt) {
  EXPECT_EQ(leak_in("174 {64999 1299}"), "");
  EXPECT_EQ(leak_in("174 {64999} 1299"), "");
  EXPECT_EQ(leak_in("64999 {174}", Role::Peer), "");
  EXPECT_EQ(leak_in("(65001 1299 65002) 174 65010"), "") << "members of a confederation";
}

TEST(Leaks, WithoutTransitFreeAsesNoPathIsLeaked) {
  EXPECT_FALSE(find_leak(AsPath::parse("174 64999 1299").value(), {}, Role::Peer));
}

// RFC 9234 section 5, ingress rules 1 and 2.
TEST(Leaks, OnlyToCustomerMarksThem) {
  EXPECT_TRUE(is_marked_leak(65009, Role::Provider, 65001));
  EXPECT_TRUE(is_marked_leak(65001, Role::RouteServer, 65001));
  EXPECT_TRUE(is_marked_leak(65009, Role::Peer, 65001));
  EXPECT_FALSE(is_marked_leak(65001, Role::Peer, 65001));
  EXPECT_FALSE(is_marked_leak(65009, Role::Customer, 65001));
  EXPECT_FALSE(is_marked_leak(65009, Role::RouteServerClient, 65001));
  EXPECT_FALSE(is_marked_leak(std::nullopt, Role::Provider, 65001));
  EXPECT_EQ(to_string(Leak{Leak::Sign::OnlyToCustomer, 65009}),
            "ONLY_TO_CUSTOMER of AS 65009 (RFC 9234)");
}

// ---- Against the rule in words

// Behind a transit-free AS the rule is known: an AS passes the route on to customers alone, but for
// a customer's route, which goes to everybody.
bool naive_is_leaked(const std::vector<Asn>& path) {
  for (std::size_t near = 0; near < path.size(); ++near) {
    for (std::size_t far = near + 2; far < path.size(); ++far) {
      if (transit_free().contains(path[near]) && transit_free().contains(path[far])) return true;
    }
  }
  return false;
}

TEST(Leaks, AgreeWithEveryPairOfAses) {
  std::mt19937 random(11);
  constexpr Asn kAses[] = {174, 1299, 2914, 64999, 64998, 65010};
  int leaked = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Asn> path(random() % 7);
    for (Asn& asn : path) asn = kAses[random() % std::size(kAses)];
    path.erase(std::unique(path.begin(), path.end()), path.end());
    std::vector<Asn> prepended;
    for (const Asn asn : path) prepended.insert(prepended.end(), 1 + random() % 3, asn);
    const Leak leak = find_leak(AsPath::sequence(prepended), transit_free(), std::nullopt);
    ASSERT_EQ(static_cast<bool>(leak), naive_is_leaked(path)) << AsPath::sequence(path).to_string();
    leaked += leak ? 1 : 0;
  }
  EXPECT_GT(leaked, 1000);
}

}  // namespace
}  // namespace tern::policy
