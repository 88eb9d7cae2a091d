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

TEST(GuardOrders, TheNarrowestOneCounts) {
  const auto all = guard_order("203.0.113.0/24", {});
  const auto of_as = guard_order("203.0.113.0/24", {{}, kOrderedAs});
  const auto of_neighbor = guard_order("203.0.113.0/24", {"192.0.2.1", {}});
  const GuardOrderTable table({all, of_as, of_neighbor});
  const Prefix about = prefix("203.0.113.0/24");
  EXPECT_EQ(table.find(about, "192.0.2.1", kOrderedAs), of_neighbor.get());
  EXPECT_EQ(table.find(about, "192.0.2.2", kOrderedAs), of_as.get());
  EXPECT_EQ(table.find(about, "192.0.2.2", 64502), all.get());
  EXPECT_EQ(table.find(about, "192.0.2.2", std::nullopt), all.get());
  EXPECT_EQ(GuardOrderTable({of_as}).find(about, "192.0.2.1", std::nullopt), nullptr);
}

TEST(GuardOrders, AnOrderIsAboutItsPrefixAlone) {
  const GuardOrderTable table({guard_order("10.0.0.0/8", {}), guard_order("203.0.113.0/24", {}),
                               guard_order("2001:db8::/32", {})});
  constexpr std::string_view session = "192.0.2.1";
  EXPECT_NE(table.find(prefix("203.0.113.0/24"), session, std::nullopt), nullptr);
  EXPECT_NE(table.find(prefix("2001:db8::/32"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("203.0.113.0/25"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("203.0.112.0/23"), session, std::nullopt), nullptr);
  EXPECT_EQ(table.find(prefix("0.0.0.0/0"), session, std::nullopt), nullptr);
}

TEST(GuardOrders, ALinkLocalNeighborHasItsInterface) {
  const auto order = guard_order("203.0.113.0/24", {"fe80::1%eth0", {}});
  const GuardOrderTable table({order});
  EXPECT_EQ(table.find(order->prefix, "fe80::1%eth0", std::nullopt), order.get());
  EXPECT_EQ(table.find(order->prefix, "fe80::1%eth1", std::nullopt), nullptr);
}

// As many as there may be, about one prefix and in the order of the table.
TEST(GuardOrders, EachOfManyIsFound) {
  constexpr const char* kPrefix = "203.0.113.0/24";
  const auto text_of = [](std::size_t i) {
    return IpAddress::v4(static_cast<std::uint32_t>(0x0A000000U + i)).to_string();
  };
  std::map<OrderedFrom, std::shared_ptr<const GuardOrder>> sorted;
  for (std::size_t i = 0; sorted.size() < GuardOrderTable::kMost - 1; ++i) {
    OrderedFrom from;
    if (i % 2 == 0) from.asn = static_cast<Asn>(i + 1);
    if (i % 2 == 1) from.neighbor = text_of(i);
    sorted.emplace(from, guard_order(kPrefix, from));
  }
  std::vector<std::shared_ptr<const GuardOrder>> orders{guard_order("10.0.0.0/8", {})};
  for (const auto& [from, order] : sorted) orders.push_back(order);
  const GuardOrderTable table(orders);
  const Prefix about = prefix(kPrefix);
  for (const auto& [from, order] : sorted) {
    const std::string neighbor = from.asn ? "192.0.2.1" : from.neighbor;
    ASSERT_EQ(table.find(about, neighbor, from.asn), order.get()) << from.to_string();
  }
  EXPECT_EQ(table.find(about, "192.0.2.1", Asn{2}), nullptr);
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
