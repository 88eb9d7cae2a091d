// The view of circuits, letter by letter.
#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

constexpr char kTwoCircuits[] = R"(circuits {
  circuits { circuit: 'AS 64501' partner_as: 64501 state: 'redundant' since_seconds: 1799996400
             connections: 2 in_service: 2 }
  circuits { circuit: 'north' configured: true partner_as: 64502 state: 'pair-degraded'
             since_seconds: 1799999940 connections: 2 in_service: 1
             evidence: '1 of 2 connections in service: edge-2 is down'
             sessions { neighbor: 'edge-1' address: '192.0.2.1' state: 'up' router_id: '10.0.0.1'
                        families: 'ipv4-unicast' families: 'ipv6-unicast' }
             sessions { neighbor: 'edge-2' address: '192.0.2.2' state: 'down'
                        families: 'ipv4-unicast' } } } last: true)";

TEST(CircuitsView, ARowForEach) {
  EXPECT_EQ("\n" + rendered({"show", "circuits"}, {response(kTwoCircuits)}), R"(
Circuit   AS     State          Since  In service  Why
AS 64501  64501  redundant         1h  2 of 2
north     64502  pair-degraded     1m  1 of 2      1 of 2 connections in service: edge-2 is down
)");
  EXPECT_EQ(rendered({"show", "circuits"}, {response("circuits { } last: true")}),
            "There is no such circuit.\n");
}

TEST(CircuitsView, ASingleOneHasItsSessions) {
  const std::string text = rendered({"show", "circuits", "north"}, {response(kTwoCircuits)});
  EXPECT_NE(text.find(R"(
Neighbor  Address    State  Router ID  Families
edge-1    192.0.2.1  up     10.0.0.1   ipv4-unicast ipv6-unicast
edge-2    192.0.2.2  down   -          ipv4-unicast
)"),
            std::string::npos)
      << text;
}

TEST(CircuitsView, SessionsThatAreLeftOutAreCounted) {
  const std::string text =
      rendered({"show", "circuits", "north"},
               {response("circuits { circuits { circuit: 'north' sessions { neighbor: 'edge-1' } "
                         "sessions_left_out: 6 } } last: true")});
  EXPECT_NE(text.find("\nand 6 more sessions\n"), std::string::npos) << text;
}

TEST(CircuitsView, ProgramsGetAnArray) {
  const std::string json = rendered_json({"show", "circuits"}, {response(kTwoCircuits)});
  EXPECT_EQ(json.substr(0, 2), "[\n");
  EXPECT_NE(json.find("pair-degraded"), std::string::npos) << json;
}

}  // namespace
}  // namespace tern::ctl
