// guard list, show, release, block and clear through the API.

#include <string>
#include <vector>

#include "bgpd/session/guard_orders.h"
#include "policy/registrations.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/session/line_count.h"

namespace tern::api {
namespace {

class GuardCommands : public RunningServer {
 protected:
  proto::Response last(const std::string& text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(text)));
    return client.hear_all().back();
  }
  proto::Response act(const std::string& what) { return last("guard_action { " + what + " }"); }
  std::vector<std::string> list(const std::string& prefix = "") {
    std::vector<std::string> found;
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("guard { prefix: '" + prefix + "' }")));
    for (const proto::Response& part : client.hear_all()) {
      for (const proto::GuardOrder& one : part.guard().orders()) {
        found.push_back(one.kind() + " " + one.prefix() + " " + one.from());
      }
    }
    return found;
  }
};

using GuardLines = std::vector<std::string>;

TEST_F(GuardCommands, AnOrderHasItsOwnerItsEndAndItsReason) {
  serve();
  const auto answer =
      act("action: RELEASE prefix: '203.0.113.0/24' from: 'AS64501' for_seconds: 3600 "
          "because: 'ticket 71'");
  EXPECT_EQ(answer.error(), "");
  ASSERT_EQ(answer.guard().orders_size(), 1);
  const proto::GuardOrder& order = answer.guard().orders(0);
  EXPECT_EQ(order.kind(), "release");
  EXPECT_EQ(order.from(), "AS 64501");
  EXPECT_EQ(order.expires_seconds(), order.since_seconds() + 3600);
  EXPECT_NE(order.owner().find("pid"), std::string::npos);
  EXPECT_EQ(order.because(), "ticket 71");
  // A second order about the same routes takes the place of the first.
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.0/24' from: '64501'").error(), "");
  EXPECT_EQ(list(), GuardLines{"block 203.0.113.0/24 AS 64501"});
  EXPECT_EQ(act("action: CLEAR prefix: '203.0.113.0/24'").error(),
            "there is no release or block of 203.0.113.0/24");
  EXPECT_EQ(act("action: CLEAR prefix: '203.0.113.0/24' from: 'as64501'").error(), "");
  EXPECT_TRUE(list().empty());
}

TEST_F(GuardCommands, AListIsOfAPrefixAndItsSurroundings) {
  serve();
  for (const char* const prefix :
       {"203.0.113.0/24", "203.0.113.128/25", "203.0.0.0/16", "10.0.0.0/8"}) {
    EXPECT_EQ(act(std::string("action: BLOCK prefix: '") + prefix + "'").error(), "");
  }
  EXPECT_EQ(list("203.0.113.0/24"), (GuardLines{"block 203.0.0.0/16 ", "block 203.0.113.0/24 ",
                                                "block 203.0.113.128/25 "}));
  EXPECT_EQ(list().size(), 4U);
}

TEST_F(GuardCommands, WhatIsWrongIsRefused) {
  serve();
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.1/24'").error(),
            "'203.0.113.1/24' is not a prefix without host bits, as 203.0.113.0/24");
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.0/24' from: 'nobody'").error(),
            "'nobody' is neither the name or address of a neighbor nor an AS number");
  EXPECT_EQ(act("prefix: '203.0.113.0/24'").error(), "unknown action");
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.0/24' because: '" + std::string(256, 'x') + "'")
                .error(),
            "a reason has at most 255 octets");
  EXPECT_EQ(last("guard { prefix: 'x' }").error(), "'x' is neither a prefix nor an address");
}

// With the command, the user and the reason, as an order that is taken has.
TEST_F(GuardCommands, ARefusedCommandIsALineOfTheLog) {
  serve();
  const session::LineCount unknown(
      "guard block 203.0.113.0/24 from nobody because ticket 71 is refused: 'nobody' is neither ");
  const session::LineCount not_there(
      "guard clear 203.0.113.0/24 is refused: there is no release or block of 203.0.113.0/24");
  const session::LineCount named(", pid ");
  (void)act("action: BLOCK prefix: '203.0.113.0/24' from: 'nobody' because: 'ticket 71'");
  (void)act("action: CLEAR prefix: '203.0.113.0/24'");
  (void)last("guard { prefix: 'x' }");  // changes nothing
  EXPECT_EQ(unknown.lines(), 1);
  EXPECT_EQ(not_there.lines(), 1);
  EXPECT_EQ(named.lines(), 2);
}

TEST_F(GuardCommands, ARefusedCommandIsALineAlsoWhereNobodyWaitsForTheAnswer) {
  serve();
  const session::LineCount refused("guard clear 203.0.113.0/24 is refused");
  ApiClient(socket_).ask(request("guard_action { action: CLEAR prefix: '203.0.113.0/24' }"));
  EXPECT_TRUE(comes_true([&] { return refused.lines() == 1; }));
}

// An order about a neighbor that is gone can be replaced and cleared by its address.
TEST_F(GuardCommands, AnOrderOutlivesItsNeighbor) {
  serve();
  on_loop([&] {
    policy::GuardOrder order;
    order.kind = policy::GuardOrderKind::Block;
    order.prefix = Prefix::v4(0xCB007100U, 24);
    order.from.neighbor = "fe80::1%eth0";
    speaker_->guard_orders().restore({order});
  });
  const std::string from = "from: 'fe80::1%eth0'";
  EXPECT_NE(act("action: RELEASE prefix: '203.0.112.0/24' " + from).error(), "");
  EXPECT_EQ(act("action: RELEASE prefix: '203.0.113.0/24' " + from).error(), "");
  EXPECT_EQ(list(), GuardLines{"release 203.0.113.0/24 fe80::1%eth0"});
  EXPECT_EQ(act("action: CLEAR prefix: '203.0.113.0/24' " + from).error(), "");
  EXPECT_TRUE(list().empty());
}

TEST_F(GuardCommands, TheNumberOfOrdersIsBounded) {
  serve();
  on_loop([&] {
    std::vector<policy::GuardOrder> orders(policy::GuardOrderTable::kMost);
    for (std::uint32_t i = 0; i < orders.size(); ++i) {
      orders[i].kind = policy::GuardOrderKind::Block;
      orders[i].prefix = Prefix::v4(0x0A000000U + (i << 8U), 24);
    }
    speaker_->guard_orders().restore(std::move(orders));
  });
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.0/24'").error(),
            "there are 10000 releases and blocks already; 'ternctl guard clear' ends one");
  EXPECT_EQ(act("action: RELEASE prefix: '10.0.0.0/24'").error(), "");
  EXPECT_EQ(list().size(), policy::GuardOrderTable::kMost);
}

// The routes follow the orders, and the end of an order.
TEST_F(GuardCommands, RoutesAreJudgedByTheOrders) {
  serve();
  start_neighbours(false);
  announce(1, "203.0.113.0/24", {3333});
  announce(2, "203.0.113.0/24", {3333, 174});
  ASSERT_TRUE(settles([&] { return received(1) == 1 && received(2) == 1; }));
  const auto best = [&] {
    const auto all = routes("prefix: '203.0.113.0/24'");
    return all.empty() ? std::string() : all[0].neighbor_name();
  };
  EXPECT_EQ(best(), "member-1");
  EXPECT_EQ(act("action: BLOCK prefix: '203.0.113.0/24' from: 'member-1' for_seconds: 60").error(),
            "");
  ASSERT_TRUE(settles([&] { return best() == "member-2"; }));
  const auto explained = last("explain { prefix: '203.0.113.0/24' }").explanation();
  ASSERT_EQ(explained.orders_size(), 1);
  EXPECT_EQ(explained.orders(0).neighbor(), "member-1");
  EXPECT_EQ(explained.candidates(1).route().reason(), "guard-block");
  on_loop([&] { speaker_->guard_orders().look(session::unix_seconds() + 61); });
  ASSERT_TRUE(settles([&] { return best() == "member-1"; }));
  EXPECT_TRUE(list().empty());
}

// An explanation has room for 256 orders, and says where there are more.
TEST_F(GuardCommands, AnExplanationHasSomeOfManyOrders) {
  serve();
  start_neighbours(false);
  announce(1, "203.0.113.0/24", {3333});
  ASSERT_TRUE(settles([&] { return received(1) == 1; }));
  const auto with = [&](std::uint32_t count) {
    on_loop([&] {
      std::vector<policy::GuardOrder> orders(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        orders[i].kind = policy::GuardOrderKind::Block;
        orders[i].prefix = Prefix::v4(0xCB007100U, 24);
        orders[i].from.asn = i + 1;
      }
      speaker_->guard_orders().restore(std::move(orders));
    });
    return last("explain { prefix: '203.0.113.0/24' }").explanation();
  };
  const auto whole = with(256);
  EXPECT_EQ(whole.orders_size(), 256);
  EXPECT_FALSE(whole.more_orders());
  const auto cut = with(257);
  EXPECT_EQ(cut.orders_size(), 256);
  EXPECT_TRUE(cut.more_orders());
}

}  // namespace
}  // namespace tern::api
