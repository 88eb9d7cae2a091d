#include "bgpd/ctl/json.h"

#include <gtest/gtest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "samples.h"

namespace tern::ctl {
namespace {

using Json = nlohmann::ordered_json;

// Scripts depend on these lines: a change here breaks them.
TEST(Json, NamesAndOrderAreThoseOfTheSchema) {
  EXPECT_EQ(rendered_json({"version"}, {response(R"pb(version {
                                                        version: "0.1.0"
                                                        revision: "abc123"
                                                        start_time_seconds: 1799999000
                                                      })pb")}),
            "{\n"
            "  \"version\": \"0.1.0\",\n"
            "  \"revision\": \"abc123\",\n"
            "  \"start_time_seconds\": 1799999000\n"
            "}\n");
}

TEST(Json, FieldsAreAlwaysThere) {
  const Json route = to_json(api::proto::Route::default_instance());
  EXPECT_EQ(route.dump(),
            R"({"prefix":"","path_id":0,"neighbor":"","neighbor_name":"","best":false,)"
            R"("accepted":false,"reason":"","reason_detail":"","next_hop":"",)"
            R"("next_hop_link_local":"","as_path":"","origin":"","med":null,"local_pref":null,)"
            R"("communities":[],"large_communities":[],"extended_communities":[],)"
            R"("atomic_aggregate":false,"aggregator":"","originator_id":"","cluster_list":[],)"
            R"("aigp":null,"only_to_customer":null,"unknown_attributes":[],"since_seconds":0,)"
            R"("metro":"","egress_pop":"","egress_cost_us":null,"family":"","rpki":""})");
  EXPECT_TRUE(to_json(api::proto::Explanation::Candidate::default_instance())["route"].is_null());
}

// An object a line, so that a stream can be read as it comes.
TEST(Json, AStreamIsLines) {
  const std::string text = rendered_json({"monitor", "routes", "received"}, {route_events()});
  std::istringstream lines(text);
  std::vector<Json> events;
  for (std::string line; std::getline(lines, line);) events.push_back(Json::parse(line));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[0]["event"], "announce");
  EXPECT_EQ(events[0]["route"]["prefix"], "203.0.113.0/24");
  EXPECT_EQ(events[1]["event"], "fell-behind");
  EXPECT_TRUE(events[1]["route"].is_null());
  EXPECT_EQ(events[2]["all_paths"], true);
}

TEST(Json, NumbersAreNumbers) {
  api::proto::Route route;
  route.set_med(0);
  route.set_aigp(std::numeric_limits<std::uint64_t>::max());
  const std::string text = json_text(to_json(route), false);
  EXPECT_NE(text.find(R"("med":0,)"), std::string::npos);
  EXPECT_NE(text.find(R"("aigp":18446744073709551615,)"), std::string::npos);
}

TEST(Json, MapsAreSortedObjects) {
  const auto answer = detailed_neighbor();
  const Json neighbor = to_json(answer.neighbors().neighbors(0));
  EXPECT_EQ(neighbor["messages_in"].dump(),
            R"({"keepalive":77,"notification":0,"open":1,"update":1234})");
  EXPECT_EQ(neighbor["rtt_milliseconds"], 0.85);
  EXPECT_EQ(neighbor["families"][0]["prefix_limit"], 5000);
}

TEST(Json, OctetsThatAreNoTextDoNotBreakIt) {
  const std::string text = json_text(Json{{"name", "a\xff\x1b"}}, false);
  EXPECT_EQ(text, "{\"name\":\"a\xef\xbf\xbd\\u001b\"}");
}

TEST(Json, StreamsOneArrayOfOneLineEach) {
  const auto first = best_routes();
  const std::string text = rendered_json({"show", "routes"}, {first, first});
  const Json array = Json::parse(text);
  ASSERT_EQ(array.size(), 4U);
  EXPECT_EQ(array[0]["prefix"], "203.0.113.0/24");
  EXPECT_EQ(array[0]["egress_cost_us"], 1234);
  EXPECT_EQ(array[3]["prefix"], "2001:db8:100::/40");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
  EXPECT_EQ(rendered_json({"show", "routes"}, {response("last: true routes {}")}), "[]\n");
}

TEST(Json, CountIsAnObject) {
  EXPECT_EQ(rendered_json({"show", "routes", "count"}, {response("routes { count: 943201 }")}),
            "{\n  \"count\": 943201\n}\n");
}

TEST(Json, ExplanationsAndEgressAreObjects) {
  const Json explained = Json::parse(rendered_json({"explain", "203.0.113.0/24"}, {explanation()}));
  EXPECT_EQ(explained["candidates"][1]["lost_at"], "egress cost");
  EXPECT_EQ(explained["steps"][2]["decided"], true);
  EXPECT_EQ(explained["vantage"]["paths"][0]["candidate"], 1);
  EXPECT_EQ(explained["vantage"]["paths"][0]["cost_us"], 8912);
  EXPECT_EQ(explained["vantage"]["paths"][1]["cost_us"], nullptr);
  const Json table = Json::parse(rendered_json({"show", "egress"}, {egress()}));
  EXPECT_EQ(table["rows"][1]["cells"][1]["cost_us"], nullptr);
  EXPECT_EQ(table["rows"][0]["cells"][0]["nearest"], true);
}

}  // namespace
}  // namespace tern::ctl
