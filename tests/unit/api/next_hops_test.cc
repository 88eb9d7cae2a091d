// show nexthops, and the next hop of a candidate in explain.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiNextHops : public RunningServer {
 protected:
  // Resolves the next hops of the first two neighbors, 198.51.100.1 and 198.51.100.2.
  void resolve() {
    on_loop([&] {
      pipeline::NextHopSettings next_hops;
      next_hops.enabled = true;
      pipeline::StaticNextHop entry;
      entry.prefix = *Prefix::parse("198.51.100.1/32");
      entry.metric = 7;
      next_hops.statics.push_back(entry);
      entry.prefix = *Prefix::parse("198.51.100.0/24");
      entry.unreachable = true;
      next_hops.statics.push_back(entry);
      next_hops_->apply(next_hops, 0);
      session::SpeakerSettings settings = *speaker_->running();
      settings.peers[0].import.resolve_next_hop = true;
      settings.peers[1].import.resolve_next_hop = true;
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), settings)).ok());
    });
  }
  std::vector<proto::NextHop> listed(const std::string& request_text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("next_hops { " + request_text + " }")));
    std::vector<proto::NextHop> all;
    for (const proto::Response& response : client.hear_all()) {
      for (const proto::NextHop& one : response.next_hops().next_hops()) all.push_back(one);
    }
    return all;
  }
};

TEST_F(ApiNextHops, AreListedWithTheirRoutes) {
  serve();
  start_neighbours(false);
  resolve();
  announce(1, "10.1.0.0/16", {100});
  announce(1, "10.2.0.0/16", {100});
  announce(2, "10.1.0.0/16", {200});
  ASSERT_TRUE(settles([this] { return received(1) == 2 && received(2) == 1; }));
  const auto all = listed("");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].address(), "198.51.100.1");
  EXPECT_TRUE(all[0].resolved());
  EXPECT_EQ(all[0].state(), "static");
  EXPECT_EQ(all[0].metric(), 7U);
  EXPECT_EQ(all[0].prefix(), "198.51.100.1/32");
  EXPECT_EQ(all[0].routes(), 2U);
  EXPECT_EQ(all[1].state(), "unreachable");
  EXPECT_EQ(all[1].routes(), 1U);
  ASSERT_EQ(listed("unresolved: true").size(), 1U);
  EXPECT_EQ(listed("address: '198.51.100.1'").front().metric(), 7U);
  EXPECT_TRUE(listed("address: '192.0.2.1'").empty());
  EXPECT_TRUE(listed("address: '198.51.100.1' unresolved: true").empty());
  EXPECT_EQ(listed("address: '198.51.100.2' unresolved: true").size(), 1U);
  EXPECT_EQ(error_of(socket_, request("next_hops { address: 'here' }")), "'here' is no address");
}

TEST_F(ApiNextHops, AreExplained) {
  serve();
  start_neighbours(false);
  resolve();
  announce(1, "10.1.0.0/16", {100});
  announce(2, "10.1.0.0/16", {200});
  announce(3, "10.1.0.0/16", {300});
  ASSERT_TRUE(settles([this] { return received(1) + received(2) + received(3) == 3; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("explain { prefix: '10.1.0.0/16' }")));
  const auto answer = client.hear();
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->explanation().candidates_size(), 3);
  // The third neighbor's next hop is not looked up, so its interior cost is 0.
  EXPECT_EQ(answer->explanation().winner(),
            "best is via member-3: decided against member-1 by interior cost, 0 against 7");
  EXPECT_FALSE(answer->explanation().candidates(0).has_next_hop());
  EXPECT_EQ(answer->explanation().candidates(1).next_hop().state(), "static");
  const auto& rejected = answer->explanation().candidates(2);
  EXPECT_EQ(rejected.route().reason(), "next-hop-unresolved");
  EXPECT_EQ(rejected.next_hop().state(), "unreachable");
}

TEST_F(ApiNextHops, AreRefusedWithoutTheSection) {
  serve();
  start_neighbours(false);
  EXPECT_EQ(error_of(socket_, request("next_hops {}")),
            "next hops are not resolved: the configuration has no section next_hops");
}

}  // namespace
}  // namespace tern::api
