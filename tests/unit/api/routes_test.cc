// `show routes`: which routes, whose, and in what pieces.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "policy/change.h"
#include "policy/vrp_table.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class ApiRoutes : public RunningServer {
 protected:
  // The prefix of the one route, "" for none.
  std::string one(const std::string& request_text) {
    const auto found = routes(request_text);
    EXPECT_LE(found.size(), 1U) << request_text;
    return found.empty() ? "" : found.front().prefix();
  }
};

// 10.3.7.0/24 is rejected, 10.3.0.0/16 is not, and 10.0.0.0/8 is somebody else's.
TEST_F(ApiRoutes, TheLongestMatchIsThatOfTheRoutesAskedFor) {
  serve();
  start_neighbours(false);
  announce(1, "10.3.7.0/24", {kOurAsn});  // a loop
  announce(1, "10.3.0.0/16", {100});
  announce(2, "10.0.0.0/8", {200});
  ASSERT_TRUE(settles([&] { return received(1) == 2 && received(2) == 1; }));
  const std::string at = "prefix: '10.3.7.9' match: LONGEST ";
  EXPECT_EQ(one(at + "table: REJECTED"), "10.3.7.0/24");
  EXPECT_EQ(one(at + "table: ALL"), "10.3.7.0/24");
  EXPECT_EQ(one(at + "table: RECEIVED neighbor: 'member-1'"), "10.3.7.0/24");
  EXPECT_EQ(one(at + "table: BEST"), "10.3.0.0/16");
  EXPECT_EQ(one(at + "table: ACCEPTED neighbor: 'member-1'"), "10.3.0.0/16");
  EXPECT_EQ(one(at + "table: ACCEPTED neighbor: 'member-2'"), "10.0.0.0/8");
  EXPECT_EQ(one(at + "table: REJECTED neighbor: 'member-2'"), "");
  EXPECT_EQ(one(at + "table: BEST origin_as: 200"), "10.0.0.0/8");
  ASSERT_TRUE(settles([&] { return neighbour(3).advertised().size() == 2; }));
  EXPECT_EQ(one(at + "table: ADVERTISED neighbor: 'member-3'"), "10.3.0.0/16");
  EXPECT_EQ(one(at + "table: ADVERTISED neighbor: 'member-1'"), "10.0.0.0/8");
  EXPECT_EQ(one("prefix: '10.3.7.0/25' match: LONGEST table: ALL"), "10.3.7.0/24");
  EXPECT_EQ(one("prefix: '10.3.7.0/25' match: EXACT table: ALL"), "");
  EXPECT_EQ(one("prefix: '192.0.2.1' match: LONGEST table: ALL"), "");
}

// The walk crosses several lists of the ordered index, and leaves out prefixes that are wider than
// the one asked for.
TEST_F(ApiRoutes, LongerIsWhatThePrefixCoversInOrder) {
  constexpr int kInside = 200;
  serve();
  start_neighbours(false);
  for (int i = kInside; i-- > 0;) announce(1, "10.7." + std::to_string(i) + ".0/24", {100});
  for (const char* other :
       {"10.0.0.0/8", "10.7.0.0/16", "10.6.255.0/24", "10.8.0.0/24", "10.7.3.0/28"}) {
    announce(2, other, {200});
  }
  ASSERT_TRUE(settles([&] { return received(1) == kInside && received(2) == 5; }));
  std::vector<Prefix> found;
  for (const proto::Route& route : routes("prefix: '10.7.0.0/16' match: LONGER table: BEST")) {
    found.push_back(*Prefix::parse(route.prefix()));
  }
  EXPECT_EQ(found.size(), kInside + 2U);
  EXPECT_TRUE(std::ranges::is_sorted(found));
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), *Prefix::parse("10.7.0.0/16"));
  EXPECT_EQ(found.back(), *Prefix::parse("10.7.199.0/24"));
  EXPECT_EQ(routes("prefix: '10.7.3.0/24' match: LONGER table: BEST").size(), 2U);
  EXPECT_EQ(routes("prefix: '0.0.0.0/0' match: LONGER table: BEST").size(), kInside + 5U);
  EXPECT_TRUE(
      routes("prefix: '10.7.0.0/16' match: LONGER table: ALL family: 'ipv6-unicast'").empty());
  const auto all = routes("table: BEST");
  ASSERT_EQ(all.size(), kInside + 5U);
  EXPECT_EQ(all.front().prefix(), "10.0.0.0/8");
  EXPECT_EQ(all.back().prefix(), "10.8.0.0/24");
}

// 10.3.0.0/16 has a route in each family, 10.0.0.0/8 in one of them.
TEST_F(ApiRoutes, APrefixHasRoutesInEachFamily) {
  constexpr Family kMulticast = Family::Ipv4Multicast;
  serve();
  start_neighbours(false, {Family::Ipv4Unicast, kMulticast});
  announce(1, "10.3.0.0/16", {100});
  announce(2, "10.3.0.0/16", {200}, kMulticast);
  announce(2, "10.0.0.0/8", {200}, kMulticast);
  ASSERT_TRUE(settles([&] { return received(1) == 1 && received(2, kMulticast) == 2; }));
  const auto shown = [&](const std::string& request_text) {
    std::vector<std::string> texts;
    for (const proto::Route& route : routes(request_text)) {
      texts.push_back(route.prefix() + " " + route.family() + " " + route.as_path());
    }
    return texts;
  };
  using Texts = std::vector<std::string>;
  const std::string in_unicast = "10.3.0.0/16 ipv4-unicast 65001 100";
  const std::string in_multicast = "10.3.0.0/16 ipv4-multicast 65002 200";
  const std::string cover = "10.0.0.0/8 ipv4-multicast 65002 200";
  const std::string only = " family: 'ipv4-multicast'";
  EXPECT_EQ(shown("table: ALL"), (Texts{in_unicast, cover, in_multicast}));
  EXPECT_EQ(shown("table: ALL" + only), (Texts{cover, in_multicast}));
  EXPECT_EQ(shown("prefix: '10.3.0.0/16'"), (Texts{in_unicast, in_multicast}));
  EXPECT_EQ(shown("prefix: '10.3.0.0/16'" + only), (Texts{in_multicast}));
  EXPECT_EQ(shown("prefix: '10.3.0.0/16' family: 'ipv4-unicast'"), (Texts{in_unicast}));
  EXPECT_EQ(shown("prefix: '10.3.0.0/16' family: 'ipv6-multicast'"), Texts{});
  EXPECT_EQ(shown("prefix: '10.3.7.9' match: LONGEST"), (Texts{in_unicast, in_multicast}));
  EXPECT_EQ(shown("prefix: '10.4.0.1' match: LONGEST"), (Texts{cover}));
  EXPECT_EQ(shown("prefix: '10.0.0.0/8' match: LONGER"), (Texts{in_unicast, cover, in_multicast}));
  EXPECT_EQ(shown("prefix: '10.3.0.0/16' limit: 1"), (Texts{in_unicast}));
}

TEST_F(ApiRoutes, OneFamilyIsExplained) {
  constexpr Family kMulticast = Family::Ipv4Multicast;
  serve();
  start_neighbours(false, {Family::Ipv4Unicast, kMulticast});
  announce(1, "10.3.0.0/16", {100});
  announce(2, "10.3.0.0/16", {200}, kMulticast);
  announce(3, "10.0.0.0/8", {300}, kMulticast);
  ASSERT_TRUE(settles([&] {
    return received(1) == 1 && received(2, kMulticast) == 1 && received(3, kMulticast) == 1;
  }));
  const auto explained = [&](const std::string& request_text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("explain { " + request_text + " }")));
    const auto responses = client.hear_all();
    return responses.empty() ? proto::Response() : responses.front();
  };
  const auto candidates = [&](const std::string& request_text) {
    const proto::Response response = explained(request_text);
    std::string text;
    for (const auto& each : response.explanation().candidates()) {
      const proto::Route& route = each.route();
      text += route.prefix() + " " + route.family() + " " + route.as_path() + "\n";
    }
    return text;
  };
  const std::string only = " family: 'ipv4-multicast'";
  EXPECT_EQ(candidates("prefix: '10.3.0.0/16'"), "10.3.0.0/16 ipv4-unicast 65001 100\n");
  EXPECT_EQ(candidates("prefix: '10.3.0.0/16'" + only), "10.3.0.0/16 ipv4-multicast 65002 200\n");
  EXPECT_EQ(candidates("prefix: '10.4.0.1'" + only), "10.0.0.0/8 ipv4-multicast 65003 300\n");
  EXPECT_EQ(explained("prefix: '10.4.0.1'").error(), "no path to 10.4.0.1");
  EXPECT_EQ(explained("prefix: '10.3.0.0/17'" + only).error(),
            "no path to 10.3.0.0/17 in ipv4-multicast");
  EXPECT_EQ(explained("prefix: '10.3.0.0/16' family: 'ipv6-unicast'").error(),
            "10.3.0.0/16 is no prefix of ipv6-unicast");
  EXPECT_EQ(explained("prefix: '10.3.0.0/16' family: 'vpnv4'").error(),
            "unknown family 'vpnv4', expected " + family_names());
  const auto exported =
      explained("prefix: '10.3.0.0/16' neighbor: 'member-3'" + only).explanation().exported();
  ASSERT_EQ(exported.size(), 1);
  EXPECT_EQ(exported[0],
            "path via member-2: told to member-3 with next hop 198.51.100.2, AS path 65002 200, "
            "policy test term #1");
}

// Routes in states of origin validation, and what shows why.
TEST_F(ApiRoutes, RpkiStatesAreShownAndAskedFor) {
  using policy::Vrp;
  serve();
  start_neighbours(false);
  announce(1, "10.1.0.0/16", {100});
  announce(2, "10.1.0.0/16", {200});
  announce(1, "10.2.0.0/16", {100});
  ASSERT_TRUE(settles([&] { return received(1) == 2 && received(2) == 1; }));
  const auto states = [&](const std::string& request_text) {
    std::string text;
    for (const proto::Route& route : routes(request_text)) {
      text += route.prefix() + " " + route.as_path() + " " + route.rpki() + "\n";
    }
    return text;
  };
  const auto answered = [&](const std::string& request_text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(request_text)));
    const auto responses = client.hear_all();
    return responses.empty() ? proto::Response() : responses.front();
  };
  EXPECT_EQ(states("prefix: '10.2.0.0/16'"), "10.2.0.0/16 65001 100 \n");
  EXPECT_EQ(states("table: ALL rpki: 'not-validated' prefix: '10.2.0.0/16'"),
            "10.2.0.0/16 65001 100 \n");
  EXPECT_EQ(states("table: ALL rpki: 'valid'"), "");
  EXPECT_EQ(answered("rpki { prefix: '10.1.0.0/16' }").error(),
            "there are no VRPs: no route is validated");

  on_loop([&] {
    speaker_->set_vrps(policy::VrpTable::build({Vrp{Prefix::v4(0x0A010000U, 16), 24, 200},
                                                Vrp{Prefix::v4(0x0A000000U, 8), 8, 300}}),
                       policy::PrefixChange::all_prefixes());
    return true;
  });
  EXPECT_EQ(states("table: ALL rpki: 'valid'"), "10.1.0.0/16 65002 200 valid\n");
  EXPECT_EQ(states("table: ALL rpki: 'invalid'"),
            "10.1.0.0/16 65001 100 invalid\n10.2.0.0/16 65001 100 invalid\n");
  EXPECT_EQ(states("table: ALL rpki: 'not-validated'"), "");
  EXPECT_EQ(answered("routes { rpki: 'bad' }").error(),
            "unknown state of origin validation 'bad', expected valid, not-found, invalid or "
            "not-validated");
  const proto::Explanation explanation =
      answered("explain { prefix: '10.1.0.0/16' }").explanation();
  ASSERT_EQ(explanation.candidates_size(), 2);
  EXPECT_EQ(explanation.candidates(0).route().rpki(), "invalid");
  EXPECT_EQ(explanation.candidates(1).route().rpki(), "valid");
  EXPECT_EQ(explanation.vrps_size(), 2);

  const proto::Rpki rpki = answered("rpki { prefix: '10.1.2.0/24' origin_as: 200 }").rpki();
  EXPECT_EQ(rpki.validation().state(), "valid");
  ASSERT_EQ(rpki.validation().vrps_size(), 2);
  EXPECT_EQ(rpki.validation().vrps(0).ShortDebugString(),
            "prefix: \"10.1.0.0/16\" max_length: 24 asn: 200");
}

TEST_F(ApiRoutes, SourcesOfVrpsAreShown) {
  serve();
  const auto sources = [&] {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("rpki {}")));
    const auto responses = client.hear_all();
    return responses.empty() ? proto::Response() : responses.front();
  };
  EXPECT_EQ(sources().error(), "no rpki: the configuration names no cache and no file");
  on_loop([&] {
    vrps::RpkiStatus::Cache cache;
    cache.name = "near";
    cache.address = *IpAddress::parse("192.0.2.1");
    cache.state = rpki::RtrClient::State::Synchronised;
    cache.vrps = {7, 2};
    rpki_.caches.push_back(cache);
    rpki_.files.push_back(
        {"vrps.json", vrps::FileState::Bad, false, {}, 0, 0, 0, "no JSON", {}, {}});
    return true;
  });
  const proto::Rpki::Sources shown = sources().rpki().sources();
  EXPECT_FALSE(shown.validated());
  ASSERT_EQ(shown.caches_size(), 1);
  EXPECT_EQ(shown.caches(0).state(), "synchronised");
  EXPECT_EQ(shown.caches(0).vrps().ipv4(), 7U);
  ASSERT_EQ(shown.files_size(), 1);
  EXPECT_EQ(shown.files(0).error(), "no JSON");
}

TEST_F(ApiRoutes, RoutesOfTheKernelAreShown) {
  serve();
  const auto shown = [&](const char* text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(text)));
    const auto responses = client.hear_all();
    return responses.empty() ? proto::Response() : responses.front();
  };
  EXPECT_EQ(shown("kernel {}").error(),
            "no kernel routes: the configuration has no section kernel");
  on_loop([&] {
    constexpr auto kCovers = fib::Failure::CoversNextHop;
    kernel_.state = kernel::KernelState::Running;
    kernel_.counts.wanted = 3;
    kernel_.counts.failed[static_cast<std::size_t>(kCovers)] = 1;
    kernel_.unanswered = 2;
    kernel_.remembered = 4;
    kernel_.failed = {
        {*Prefix::parse("10.1.0.0/16"),
         kCovers,
         {fib::Target::Kind::Unicast, fib::Failure::None, {{*IpAddress::parse("10.1.0.1"), 0}}}}};
    return true;
  });
  EXPECT_EQ(shown("kernel {}").kernel().ShortDebugString(),
            "state: \"running\" table: 254 metric: 2048 protocol: 179 wanted: 3 failed: 1 "
            "reasons { reason: \"covers-next-hop\" routes: 1 } unanswered: 2 remembered: 4");
  const proto::Kernel with_failed = shown("kernel { failed: true }").kernel();
  ASSERT_EQ(with_failed.failed_routes_size(), 1);
  EXPECT_EQ(with_failed.failed_routes(0).ShortDebugString(),
            "prefix: \"10.1.0.0/16\" reason: \"covers-next-hop\" next_hops: \"10.1.0.1\"");
}

class ApiAdvertised : public ApiRoutes, public testing::WithParamInterface<bool> {};

// With policies that leave routes as they came, and with such that make others of them.
TEST_P(ApiAdvertised, SaysWhoseRouteItIsAndSinceWhen) {
  const auto begin = static_cast<std::uint64_t>(std::time(nullptr));
  serve();
  start_neighbours(GetParam());
  announce(1, "10.1.0.0/16", {100});  // the best for all but itself
  announce(2, "10.1.0.0/16", {101, 102});
  announce(2, "10.2.0.0/16", {100});
  ASSERT_TRUE(settles([&] {
    return neighbour(1).advertised().size() == 2 && neighbour(2).advertised().size() == 1 &&
           neighbour(3).advertised().size() == 2 &&
           neighbour(3).advertised().at(*Prefix::parse("10.1.0.0/16")) == "65001 100";
  }));
  const auto advertised = [&](const std::string& to) {
    std::map<std::string, std::string> sources;
    for (const proto::Route& route : routes("table: ADVERTISED neighbor: '" + to + "'")) {
      sources[route.prefix()] = route.neighbor_name() + " " + route.neighbor();
      EXPECT_GE(route.since_seconds(), begin);
      EXPECT_TRUE(route.accepted());
      EXPECT_EQ(route.path_id(), 0U);
    }
    return sources;
  };
  using Sources = std::map<std::string, std::string>;
  EXPECT_EQ(advertised("member-3"), (Sources{{"10.1.0.0/16", "member-1 127.0.1.1"},
                                             {"10.2.0.0/16", "member-2 127.0.1.2"}}));
  EXPECT_EQ(advertised("member-1"), (Sources{{"10.1.0.0/16", "member-2 127.0.1.2"},
                                             {"10.2.0.0/16", "member-2 127.0.1.2"}}));
  EXPECT_EQ(advertised("member-2"), (Sources{{"10.1.0.0/16", "member-1 127.0.1.1"}}));
}
INSTANTIATE_TEST_SUITE_P(Policies, ApiAdvertised, testing::Bool());

// A path of 900 AS numbers is 10 kB of text: 256 such routes are no message.
TEST_F(ApiRoutes, MessagesAreCutByOctets) {
  constexpr int kRoutes = 200;
  serve();
  start_neighbours(false);
  for (int i = 0; i < kRoutes; ++i) {
    announce(1, "10.0." + std::to_string(i) + ".0/24",
             std::vector<Asn>(900, 4'200'000'000U + static_cast<Asn>(i)));
  }
  ASSERT_TRUE(settles([&] { return received(1) == kRoutes; }));
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("routes { table: ALL }")));
  int found = 0;
  const auto responses = client.hear_all();
  ASSERT_TRUE(!responses.empty() && responses.back().last());
  for (const proto::Response& response : responses) {
    found += response.routes().routes_size();
    EXPECT_LT(response.ByteSizeLong(), std::size_t{512} << 10U);
  }
  EXPECT_EQ(found, kRoutes);
  EXPECT_GT(responses.size(), 4U);
}

}  // namespace
}  // namespace tern::api
