#include "bgpd/daemon/kept_guard.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "bgpd/session/guard_orders.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/session/speaker.h"
#include "conf/state_file.h"
#include "tests/unit/session/line_count.h"
#include "tests/unit/types/folder.h"

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
  ASSERT_EQ(read.size(), orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    EXPECT_EQ(read[i].kind, orders[i].kind);
    EXPECT_EQ(read[i].prefix, orders[i].prefix);
    EXPECT_EQ(read[i].from, orders[i].from);
    EXPECT_EQ(read[i].since, orders[i].since);
    EXPECT_EQ(read[i].expires, orders[i].expires);
    EXPECT_EQ(read[i].owner, orders[i].owner);
    EXPECT_EQ(read[i].because, orders[i].because);
  }
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

// A start with an order that is over, one about a neighbor that is not configured, and one in
// force.
TEST(KeptGuard, AStartWritesTheOrdersThatAreNotOver) {
  const Folder folder;
  ::setenv("STATE_DIRECTORY", folder.path().c_str(), 1);
  const std::string configuration = "/etc/tern/ternd.yml";
  const std::string path = conf::state_file(folder.path(), configuration, "guard", "txt");
  std::vector<GuardOrder> orders{
      kept_order(GuardOrderKind::Release, "203.0.113.0/24", {}),
      kept_order(GuardOrderKind::Block, "203.0.113.0/24", {{}, 64501}),
      kept_order(GuardOrderKind::Block, "203.0.113.0/24", {"192.0.2.1", {}})};
  orders[0].expires = 1790000001;
  ASSERT_EQ(conf::replace_file(path, guard_text(shared(orders))), std::nullopt);
  const session::LineCount unknown(
      "1 releases and blocks are about neighbors that the configuration does not list, the first "
      "is the block of 203.0.113.0/24 from 192.0.2.1");
  const session::LineCount ended("ended while ternd did not run");
  for (int start = 0; start < 2; ++start) {
    ConfigThread thread;
    session::Loop loop;
    session::Speaker speaker(loop, {});
    session::SpeakerSettings settings;
    settings.egress = std::make_shared<const policy::Egress>();
    ASSERT_TRUE(speaker.apply(session::plan(nullptr, std::move(settings))).ok());
    KeptGuard guard(thread, loop, speaker, configuration);
    guard.restore();
    thread.call([] { return true; });  // runs behind the write
    EXPECT_EQ(speaker.guard_orders().all().size(), 2U);
  }
  ::unsetenv("STATE_DIRECTORY");
  std::vector<GuardOrder> kept;
  EXPECT_EQ(read_orders(conf::read_file(path, 1000).value(), kept), BadLines{});
  EXPECT_EQ(kept.size(), 2U);
  EXPECT_EQ(unknown.lines(), 2);
  EXPECT_EQ(ended.lines(), 1);
}

}  // namespace
}  // namespace tern::daemon
