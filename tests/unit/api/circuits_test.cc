// `show circuits`.
#include <gtest/gtest.h>

#include "running_server.h"

namespace tern::api {
namespace {

constexpr std::uint32_t kSeen = 1'800'000'000;

states::CircuitSession session_of(const std::string& name, const std::string& circuit,
                                  std::uint32_t router) {
  states::CircuitSession session;
  session.name = name;
  session.address = "192.0.2." + std::to_string(router);
  session.circuit = circuit;
  session.asn = 64501;
  session.families = {Family::Ipv4Unicast};
  session.router = router;
  session.established = true;
  return session;
}

class ApiCircuits : public RunningServer {
 protected:
  std::vector<proto::Circuit> list(const std::string& wanted) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("circuits { " + wanted + " }")));
    std::vector<proto::Circuit> all;
    for (const auto& response : client.hear_all()) {
      error_ = response.error();
      for (const auto& one : response.circuits().circuits()) all.push_back(one);
    }
    return all;
  }
  void see(PeerSlot slot, const states::CircuitSession& session) {
    on_loop([&] { circuits_.see(slot, session, kSeen); });
  }
  void settle(std::uint32_t now) {
    on_loop([&] {
      while (circuits_.settle(now, 64)) {
      }
    });
  }
  std::string error_;
};

TEST_F(ApiCircuits, HaveTheirSessionsAndTheirState) {
  serve();
  EXPECT_TRUE(list("").empty());
  EXPECT_EQ(error_, "");
  see(1, session_of("edge-1", "north", 1));
  states::CircuitSession second = session_of("edge-2", "north", 2);
  second.established = false;
  see(2, second);
  see(3, session_of("edge-3", "", 3));
  settle(kSeen + states::CircuitBook::kFirstTime);
  const auto all = list("");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].circuit(), "AS 64501");
  EXPECT_FALSE(all[0].configured());
  EXPECT_EQ(all[0].state(), "single-homed");
  const proto::Circuit& north = all[1];
  EXPECT_EQ(north.circuit(), "north");
  EXPECT_TRUE(north.configured());
  EXPECT_EQ(north.partner_as(), 64501U);
  EXPECT_EQ(north.state(), "pair-degraded");
  EXPECT_EQ(north.since_seconds(), kSeen + states::CircuitBook::kFirstTime);
  EXPECT_FALSE(north.maintenance());
  EXPECT_EQ(north.in_service(), 1U);
  EXPECT_EQ(north.connections(), 2U);
  EXPECT_EQ(north.evidence(), "1 of 2 connections in service: edge-2 is down");
  ASSERT_EQ(north.sessions_size(), 2);
  EXPECT_EQ(north.sessions(1).state(), "down");
  EXPECT_EQ(north.sessions(1).router_id(), "0.0.0.2");
  EXPECT_EQ(north.sessions(1).families(0), "ipv4-unicast");
}

TEST_F(ApiCircuits, AreFoundByNameAndState) {
  serve();
  see(1, session_of("edge-1", "north", 1));
  see(2, session_of("edge-2", "", 2));
  settle(kSeen + states::CircuitBook::kFirstTime);
  EXPECT_EQ(list("circuit: 'north'").size(), 1U);
  EXPECT_EQ(list("circuit: 'AS 64501'").size(), 1U);
  EXPECT_TRUE(list("circuit: 'nort'").empty());
  EXPECT_EQ(list("state: 'single-homed'").size(), 2U);
  EXPECT_TRUE(list("state: 'down'").empty());
  (void)list("state: 'bad'");
  EXPECT_EQ(error_,
            "'bad' is no state of a circuit: unknown, redundant, single-homed, pair-degraded, "
            "down");
}

TEST_F(ApiCircuits, ManyComeInSeveralMessages) {
  constexpr PeerSlot kMany = 300;
  serve();
  for (PeerSlot i = 0; i < kMany; ++i) {
    see(i, session_of("edge", "c" + std::to_string(i), i + 1U));
  }
  EXPECT_EQ(list("").size(), kMany);
}

TEST_F(ApiCircuits, OfManySessionsTheFirstAreListed) {
  serve();
  for (PeerSlot i = 0; i < 70; ++i) see(i, session_of("edge", "north", i + 1U));
  const auto all = list("");
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].sessions_size(), 64);
  EXPECT_EQ(all[0].sessions_left_out(), 6U);
}

}  // namespace
}  // namespace tern::api
