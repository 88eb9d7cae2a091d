// `monitor routes`: what changes, as it changes, to clients that read and to such that do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiMonitor : public RunningServer {
 protected:
  // Events as they come: "announce 10.0.0.0/8 100 from member-1", "withdraw 10.0.0.0/8",
  // "end-of-snapshot". Up to `last`, which is there unless the server said nothing for ten seconds.
  static std::vector<std::string> hear_up_to(ApiClient& client, const std::string& last) {
    std::vector<std::string> lines;
    while (std::ranges::find(lines, last) == lines.end()) {
      const auto response = client.hear();
      if (!response) {
        ADD_FAILURE() << "not heard: " << last;
        return lines;
      }
      if (!response->error().empty()) lines.push_back("error: " + response->error());
      for (const proto::RouteEvent& event : response->route_events().events()) {
        lines.push_back(words_of(event));
      }
    }
    return lines;
  }
  static std::string words_of(const proto::RouteEvent& event) {
    EXPECT_GT(event.time_milliseconds(), 1'600'000'000'000U);
    std::string line = event.event();
    if (!event.has_route()) return line;
    line += " " + event.route().prefix();
    if (event.all_paths()) line += " all";
    if (!event.route().as_path().empty()) line += " " + event.route().as_path();
    if (!event.route().neighbor_name().empty()) line += " from " + event.route().neighbor_name();
    if (event.event() == "announce" && !event.route().accepted()) {
      line += " " + event.route().reason();
    }
    return line;
  }
  void withdraw(std::uint32_t number, std::uint32_t first, std::uint32_t last) {
    std::vector<std::byte> octets;
    session::append_withdrawals(first, last, octets);
    ASSERT_TRUE(neighbour(number).send(octets));
  }
  // A stream with a snapshot.
  ApiClient& begin(ApiClient& client, const std::string& what) {
    EXPECT_TRUE(client.ask(request("monitor { " + what + " snapshot: true }")));
    return client;
  }
};

using Lines = std::vector<std::string>;

TEST_F(ApiMonitor, BestPathsOnBothSockets) {
  serve();
  start_neighbours(false);
  announce(1, "10.1.0.0/16", {100});
  ASSERT_TRUE(settles([&] { return received(1) == 1; }));
  ApiClient full(socket_);
  ApiClient read_only(read_only_socket_);
  for (ApiClient* client : {&full, &read_only}) {
    EXPECT_EQ(hear_up_to(begin(*client, ""), "end-of-snapshot"),
              (Lines{"announce 10.1.0.0/16 65001 100 from member-1", "end-of-snapshot"}));
  }
  announce(2, "10.1.0.0/16", {100, 101});  // longer: no other best
  announce(2, "10.2.0.0/16", {100});
  for (ApiClient* client : {&full, &read_only}) {
    EXPECT_EQ(hear_up_to(*client, "announce 10.2.0.0/16 65002 100 from member-2"),
              (Lines{"announce 10.2.0.0/16 65002 100 from member-2"}));
  }
  neighbour(1).close();
  for (ApiClient* client : {&full, &read_only}) {
    EXPECT_EQ(hear_up_to(*client, "announce 10.1.0.0/16 65002 100 101 from member-2"),
              (Lines{"announce 10.1.0.0/16 65002 100 101 from member-2"}));
  }
  neighbour(2).close();
  for (ApiClient* client : {&full, &read_only}) {
    Lines gone;
    while (gone.size() < 2) {
      const auto response = client->hear();
      ASSERT_TRUE(response);
      for (const auto& event : response->route_events().events()) gone.push_back(words_of(event));
    }
    std::ranges::sort(gone);
    EXPECT_EQ(gone, (Lines{"withdraw 10.1.0.0/16", "withdraw 10.2.0.0/16"}));
  }
}

TEST_F(ApiMonitor, OfOneFamily) {
  serve();
  start_neighbours(false, {Family::Ipv4Unicast, Family::Ipv4Multicast});
  announce(1, "10.1.0.0/16", {100});
  announce(1, "10.1.0.0/16", {101}, Family::Ipv4Multicast);
  ASSERT_TRUE(settles([&] { return received(1, Family::Ipv4Multicast) == 1; }));
  ApiClient client(socket_);
  EXPECT_EQ(hear_up_to(begin(client, "family: 'ipv4-multicast'"), "end-of-snapshot"),
            (Lines{"announce 10.1.0.0/16 65001 101 from member-1", "end-of-snapshot"}));
}

TEST_F(ApiMonitor, WithoutASnapshotOnlyWhatComesNow) {
  serve();
  start_neighbours(false);
  announce(1, "10.1.0.0/16", {100});
  ASSERT_TRUE(settles([&] { return received(1) == 1; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("monitor {}")));
  ASSERT_TRUE(settles([&] { return look([&] { return speaker_->shards()[0].subscribed(); }); }));
  announce(1, "10.3.0.0/16", {100});
  const std::string line = "announce 10.3.0.0/16 65001 100 from member-1";
  EXPECT_EQ(hear_up_to(client, line), Lines{line});
}

TEST_F(ApiMonitor, WhatANeighborSendsWithTheVerdict) {
  serve();
  start_neighbours(false);
  ApiClient one(socket_);
  ApiClient some(socket_);
  (void)hear_up_to(begin(one, "view: RECEIVED neighbor: 'member-1'"), "end-of-snapshot");
  (void)hear_up_to(begin(some, "view: RECEIVED prefix: '10.1.0.0/16' longer: true"),
                   "end-of-snapshot");
  announce(1, "10.1.2.0/24", {kOurAsn});  // a loop
  announce(2, "10.1.0.0/16", {100});
  announce(1, "10.2.0.0/16", {100});
  EXPECT_EQ(hear_up_to(one, "announce 10.2.0.0/16 65001 100 from member-1"),
            (Lines{"announce 10.1.2.0/24 65001 64999 from member-1 as-loop",
                   "announce 10.2.0.0/16 65001 100 from member-1"}));
  Lines heard = hear_up_to(some, "announce 10.1.0.0/16 65002 100 from member-2");
  while (heard.size() < 2) {
    for (const std::string& line :
         hear_up_to(some, "announce 10.1.2.0/24 65001 64999 from member-1 as-loop")) {
      heard.push_back(line);
    }
  }
  EXPECT_EQ(heard.size(), 2U);
  neighbour(1).close();
  Lines gone = hear_up_to(one, "withdraw 10.2.0.0/16 from member-1");
  EXPECT_TRUE(std::ranges::find(gone, "withdraw 10.1.2.0/24 from member-1") != gone.end() ||
              hear_up_to(one, "withdraw 10.1.2.0/24 from member-1").size() == 1);
}

TEST_F(ApiMonitor, WhatANeighborIsAdvertised) {
  serve();
  start_neighbours(true);
  announce(1, "10.1.0.0/16", {100});
  ASSERT_TRUE(settles([&] { return neighbour(3).advertised().size() == 1; }));
  ApiClient client(socket_);
  EXPECT_EQ(hear_up_to(begin(client, "view: ADVERTISED neighbor: 'member-3'"), "end-of-snapshot"),
            (Lines{"announce 10.1.0.0/16 65001 100 from member-1", "end-of-snapshot"}));
  announce(3, "10.3.0.0/16", {100});  // its own
  announce(2, "10.2.0.0/16", {100});
  EXPECT_EQ(hear_up_to(client, "announce 10.2.0.0/16 65002 100 from member-2"),
            (Lines{"announce 10.2.0.0/16 65002 100 from member-2"}));
  neighbour(1).close();
  EXPECT_EQ(hear_up_to(client, "withdraw 10.1.0.0/16"), Lines{"withdraw 10.1.0.0/16"});
}

// A session that ends takes away all that the neighbor was advertised, and the next one begins with
// the table.
TEST_F(ApiMonitor, SessionsOfTheNeighborThatIsAdvertised) {
  serve();
  start_neighbours(true);
  announce(1, "10.1.0.0/16", {100});
  ASSERT_TRUE(settles([&] { return neighbour(3).advertised().size() == 1; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("monitor { view: ADVERTISED neighbor: 'member-3' }")));
  announce(1, "10.2.0.0/16", {100});
  const std::string two = "announce 10.2.0.0/16 65001 100 from member-1";
  EXPECT_EQ(hear_up_to(client, two), Lines{two});
  neighbour(3).close();
  EXPECT_EQ(hear_up_to(client, "session-ended"), Lines{"session-ended"});
  ASSERT_TRUE(neighbour(3).connect());
  Lines again = hear_up_to(client, "end-of-snapshot");
  std::ranges::sort(again);
  EXPECT_EQ(again, (Lines{"announce 10.1.0.0/16 65001 100 from member-1", two, "end-of-snapshot"}));
}

// Many changes of many prefixes, most of which the client does not take. At the end the client has
// heard of the table that there is.
TEST_F(ApiMonitor, ASlowClientFallsBehindAndIsResynchronised) {
  constexpr std::uint32_t kRoutes = 4000;
  serve();
  start_neighbours(false);
  ApiClient client(socket_);
  (void)hear_up_to(begin(client, ""), "end-of-snapshot");
  std::vector<std::byte> octets;
  for (std::uint32_t flavour = 0; flavour < 20; ++flavour) {
    octets.clear();
    session::append_announcements(1, 0, kRoutes, flavour, octets);
    ASSERT_TRUE(neighbour(1).send(octets));
  }
  withdraw(1, 0, 10);
  ASSERT_TRUE(settles([&] { return received(1) == kRoutes - 10; }));
  std::map<std::string, std::string> held;
  bool behind = false;
  bool fell_behind = false;
  const auto expected = [&] {
    std::map<std::string, std::string> table;
    for (const proto::Route& route : routes("table: BEST")) table[route.prefix()] = route.as_path();
    return table;
  }();
  std::size_t events = 0;
  while (held != expected || behind) {
    const auto response = client.hear();
    ASSERT_TRUE(response);
    ASSERT_EQ(response->error(), "");
    EXPECT_LE(response->route_events().events_size(), 256);
    for (const proto::RouteEvent& event : response->route_events().events()) {
      ++events;
      if (event.event() == "fell-behind") behind = fell_behind = true;
      if (event.event() == "resynchronized") behind = false;
      if (event.event() == "announce") held[event.route().prefix()] = event.route().as_path();
      if (event.event() == "withdraw") held.erase(event.route().prefix());
    }
  }
  EXPECT_TRUE(fell_behind);
  EXPECT_LT(events, 20U * kRoutes);
}

TEST_F(ApiMonitor, SaysWhatItCannot) {
  serve();
  start_neighbours(false);
  const auto why = [&](const std::string& what) {
    return error_of(socket_, request("monitor { " + what + " }"));
  };
  EXPECT_EQ(why("view: RECEIVED neighbor: 'nobody'"), "no neighbor 'nobody'");
  EXPECT_EQ(why("family: 'ipv5'").find("unknown family 'ipv5', expected "), 0U);
  EXPECT_EQ(why("view: ADVERTISED"), "what is advertised is one neighbor's: say which");
  EXPECT_EQ(why("neighbor: 'member-1'"), "best paths are the table's: name no neighbor");
  EXPECT_EQ(why("prefix: '10.0.0.1'"),
            "'10.0.0.1' is not a prefix without host bits, as 203.0.113.0/24");
  EXPECT_EQ(why("prefix: 'a\\nb'"), "'a?b' is not a prefix without host bits, as 203.0.113.0/24");
}

TEST_F(ApiMonitor, StreamsHaveTheirPlacesAndLeaveNothing) {
  serve();
  start_neighbours(false);
  const auto noted = [&] { return look([&] { return speaker_->shards()[0].subscribed(); }); };
  EXPECT_FALSE(noted());
  std::vector<std::unique_ptr<ApiClient>> streams;
  for (int i = 0; i < 4; ++i) {
    streams.push_back(std::make_unique<ApiClient>(read_only_socket_));
    (void)hear_up_to(begin(*streams.back(), ""), "end-of-snapshot");
  }
  const std::string refused = error_of(read_only_socket_, request("monitor {}"));
  EXPECT_NE(refused.find("streams of routes under way"), std::string::npos) << refused;
  EXPECT_TRUE(noted());
  streams.clear();
  EXPECT_TRUE(settles([&] { return !noted(); }));
}

TEST_F(ApiMonitor, EndsWithTheServerAndWithTheNeighbor) {
  serve();
  start_neighbours(false);
  ApiClient client(socket_);
  ApiClient other(socket_);
  (void)hear_up_to(begin(client, "view: RECEIVED neighbor: 'member-3'"), "end-of-snapshot");
  (void)hear_up_to(begin(other, ""), "end-of-snapshot");
  on_loop([&] {
    session::SpeakerSettings settings = speaker_->settings();
    settings.peers.pop_back();
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
  });
  EXPECT_EQ(hear_up_to(client, "error: the neighbor has left"),
            Lines{"error: the neighbor has left"});
  stop_serving();
  EXPECT_TRUE(other.closed_by_server());
}

}  // namespace
}  // namespace tern::api
