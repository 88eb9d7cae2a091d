#include "bgpd/daemon/kept_guard.h"

#include <gtest/gtest.h>

#include <memory>

namespace tern::daemon {
namespace {

using policy::GuardOrder;
using policy::GuardOrderKind;
using policy::GuardOrderTable;

GuardOrder kept_order(GuardOrderKind kind, const char* prefix, policy::OrderedFrom from) {
  return {kind, *Prefix::parse(prefix),    std::move(from), 1790000000,
          0,    "alice (uid 1000, pid 7)", "ticket 71"};
}

std::vector<std::shared_ptr<const GuardOrder>> shared(const std::vector<GuardOrder>& orders) {
  std::vector<std::shared_ptr<const GuardOrder>> all;
  for (const GuardOrder& order : orders) all.push_back(std::make_shared<const GuardOrder>(order));
  return all;
}

TEST(KeptGuard, IsReadAsItWasWritten) {
  std::vector<GuardOrder> orders{
      kept_order(GuardOrderKind::Release, "203.0.113.0/24", {}),
      kept_order(GuardOrderKind::Block, "203.0.113.0/24", {{}, 64501}),
      kept_order(GuardOrderKind::Release, "2001:db8::/32", {"fe80::1%eth0", {}}),
      kept_order(GuardOrderKind::Block, "0.0.0.0/0", {"192.0.2.1", {}})};
  orders[0].expires = 1790003600;
  orders[1].because.clear();
  orders[2].owner.clear();
  std::vector<GuardOrder> read;
  EXPECT_EQ(read_orders(guard_text(shared(orders)), read), BadLines{});
  EXPECT_EQ(read, orders);
}

TEST(KeptGuard, BadLinesAreLeftOut) {
  std::vector<GuardOrder> read;
  const BadLines bad = read_orders(
      "# comment\n"
      "release\t203.0.113.0/24\t-\t5\t0\t-\t-\n"
      "permit\t203.0.113.0/24\t-\t5\t0\t-\t-\n"
      "block\t203.0.113.1/24\t-\t5\t0\t-\t-\n"
      "block\t203.0.113.0/24\t-\tx\t0\t-\t-\n"
      "block\t203.0.113.0/24\t-\t5\n"
      "block\t198.51.100.0/24\t64501\t5\t9\tbob\twith\ttabs\n",
      read);
  EXPECT_EQ(bad, (BadLines{3, 4}));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].from.asn, 64501U);
  EXPECT_EQ(read[1].because, "with\ttabs");
}

TEST(KeptGuard, NoMoreAreReadThanThereMayBe) {
  std::string text;
  for (std::size_t i = 0; i <= GuardOrderTable::kMost; ++i) {
    const auto prefix = Prefix::v4(static_cast<std::uint32_t>(0x0A000000U + (i << 8U)), 24);
    text += "block\t" + prefix.to_string() + "\t-\t5\t0\t-\t-\n";
  }
  std::vector<GuardOrder> read;
  EXPECT_EQ(read_orders(text, read), (BadLines{GuardOrderTable::kMost + 1, 1}));
  EXPECT_EQ(read.size(), GuardOrderTable::kMost);
}

}  // namespace
}  // namespace tern::daemon
