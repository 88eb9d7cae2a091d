// Releases and blocks: which of several is about a route.
#include "policy/guard_orders.h"

#include <gtest/gtest.h>

#include "policy_builders.h"

namespace tern::policy {
namespace {

constexpr Asn kOrderedAs = 64501;

std::shared_ptr<const GuardOrder> guard_order(std::string_view of, OrderedFrom from,
                                              GuardOrderKind kind = GuardOrderKind::Release) {
  GuardOrder one;
  one.kind = kind;
  one.prefix = prefix(of);
  one.from = std::move(from);
  return std::make_shared<const GuardOrder>(std::move(one));
}

PeerFacts session_of(const char* text) {
  PeerFacts facts;
  facts.address = *IpAddress::parse(text);
  return facts;
}

TEST(GuardOrders, TheNarrowestOneCounts) {
  const auto all = guard_order("203.0.113.0/24", {});
  const auto of_as = guard_order("203.0.113.0/24", {{}, kOrderedAs});
  const auto of_neighbor = guard_order("203.0.113.0/24", {"192.0.2.1", {}});
  const GuardOrderTable table({all, of_as, of_neighbor});
  const Prefix about = prefix("203.0.113.0/24");
  EXPECT_EQ(table.find(about, session_of("192.0.2.1"), kOrderedAs), of_neighbor.get());
  EXPECT_EQ(table.find(about, session_of("192.0.2.2"), kOrderedAs), of_as.get());
  EXPECT_EQ(table.find(about, session_of("192.0.2.2"), 64502), all.get());
  EXPECT_EQ(table.find(about, session_of("192.0.2.2"), std::nullopt), all.get());
  EXPECT_EQ(GuardOrderTable({of_as}).find(about, session_of("192.0.2.1"), std::nullopt), nullptr);
}

TEST(GuardOrders, AnOrderIsAboutItsPrefixAlone) {
  const GuardOrderTable table({guard_order("10.0.0.0/8", {}), guard_order("203.0.113.0/24", {}),
                               guard_order("2001:db8::/32", {})});
  const PeerFacts session = session_of("192.0.2.1");
  EXPECT_NE(table.find(prefix("203.0.113.0/24"), session, std::nullopt), nullptr);
  EXPECT_NE(table.find(prefix("2001:db8::/32"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("203.0.113.0/25"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("203.0.112.0/23"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("0.0.0.0/0"), session, std::nullopt), nullptr);
}

TEST(GuardOrders, ALinkLocalNeighborHasItsInterface) {
  const auto order = guard_order("203.0.113.0/24", {"fe80::1%eth0", {}});
  const GuardOrderTable table({order});
  PeerFacts session = session_of("fe80::1");
  session.zoned_address = "fe80::1%eth0";
  EXPECT_EQ(table.find(order->prefix, session, std::nullopt), order.get());
  session.zoned_address = "fe80::1%eth1";
  EXPECT_EQ(table.find(order->prefix, session, std::nullopt), nullptr);
}

TEST(GuardOrders, HaveAText) {
  EXPECT_EQ(guard_order("203.0.113.0/24", {})->to_string(), "release of 203.0.113.0/24");
  EXPECT_EQ(guard_order("203.0.113.0/24", {{}, 64501}, GuardOrderKind::Block)->to_string(),
            "block of 203.0.113.0/24 from AS 64501");
  EXPECT_EQ(guard_order("203.0.113.0/24", {"192.0.2.1", {}})->to_string(),
            "release of 203.0.113.0/24 from 192.0.2.1");
}

}  // namespace
}  // namespace tern::policy
