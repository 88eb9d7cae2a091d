// Control communities of a route server (policy/control_communities.h): who is told what.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

constexpr auto kRs = static_cast<std::uint16_t>(kOurAsn);

// Four clients of one class, AS 65001 to 65004; the first two send.
class AdvertiserControl : public testing::Test {
 protected:
  AdvertiserControl() {
    for (std::uint32_t n = 1; n <= 4; ++n) {
      Session session = route_server_client(65000 + n, n);
      session.export_.control = control;
      clients.push_back(&tern.add(session));
    }
    EXPECT_EQ(tern.advertiser.group_count(), 1U);
  }
  // The AS path that each holds; "" where it holds nothing.
  std::vector<std::string> paths() {
    std::vector<std::string> found;
    tern.settle();
    for (Neighbour* client : clients) {
      (void)client->read();
      EXPECT_FALSE(client->misunderstood);
      const auto held = client->holds(kWhere);
      found.push_back(held ? held->as_path.to_string() : "");
      EXPECT_TRUE(!held || held->communities.empty());  // they are for us
    }
    return found;
  }
  using Paths = std::vector<std::string>;

  const std::shared_ptr<const policy::ControlCommunities> control =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  Speaker tern;
  std::vector<Neighbour*> clients;
};

TEST_F(AdvertiserControl, WithoutThemEverybodyIsTold) {
  route(kWhere).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "65001", "65001"}));
}

TEST_F(AdvertiserControl, NotToOne) {
  route(kWhere).community(Community::of(0, 65003)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "", "65001"}));
  route(kWhere).community(Community::of(0, 65004)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "65001", ""}));
  route(kWhere).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "65001", "65001"}));
}

TEST_F(AdvertiserControl, ToNobody) {
  route(kWhere).via(*clients[0]);
  (void)paths();
  route(kWhere).community(Community::of(0, kRs)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "", "", ""}));
}

TEST_F(AdvertiserControl, ToSomeAlone) {
  route(kWhere)
      .community(Community::of(0, kRs))
      .community(Community::of(kRs, 65002))
      .community(Community::of(kRs, 65009))
      .via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "", ""}));
}

TEST_F(AdvertiserControl, PrependsSplitTheClass) {
  route(kWhere)
      .community(Community::of(65501, 65002))
      .community(Community::of(65503, 65003))
      .via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001 65001", "65001 65001 65001 65001", "65001"}));
  EXPECT_EQ(tern.rib.find(unicast(prefix(kWhere)))->advertised.size(), 3U);
}

// Those who may not have the best path get the next (RFC 7947 section 2.3.2).
TEST_F(AdvertiserControl, WhoIsLeftOutGetsTheNextBest) {
  route(kWhere).as_path({65002, 65009}).via(*clients[1]);
  route(kWhere).community(Community::of(0, 65003)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"65002 65009", "65001", "65002 65009", "65001"}));
  EXPECT_EQ(tern.rib.find(unicast(prefix(kWhere)))->advertised.size(), 2U);
}

TEST_F(AdvertiserControl, WithoutMitigationItGetsNothing) {
  for (Neighbour* client : clients) {
    ExportRules rules = client->rules();
    rules.path_hiding_mitigation = false;
    client->set_rules(rules);
  }
  route(kWhere).as_path({65002, 65009}).via(*clients[1]);
  route(kWhere).community(Community::of(0, 65003)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "", "65001"}));
}

// What is remembered of a set depends on who is there.
TEST_F(AdvertiserControl, ANewMemberIsNamedToo) {
  route(kWhere).community(Community::of(0, 65005)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "65001", "65001"}));
  Session session = route_server_client(65005, 5);
  session.export_.control = control;
  clients.push_back(&tern.add(session));
  session = route_server_client(65006, 6);
  session.export_.control = control;
  clients.push_back(&tern.add(session));
  EXPECT_EQ(tern.advertiser.group_count(), 1U);
  EXPECT_EQ(paths(), (Paths{"", "65001", "65001", "65001", "", "65001"}));
}

// Several sessions of one AS are named together.
TEST_F(AdvertiserControl, AllSessionsOfAnAsAreMeant) {
  Session session = route_server_client(65003, 7);
  session.export_.control = control;
  clients.push_back(&tern.add(session));
  route(kWhere).community(Community::of(0, 65003)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "", "65001", ""}));
}

TEST_F(AdvertiserControl, AClassThatDoesNotInterpretThemPassesThemOn) {
  Neighbour& plain = tern.add(route_server_client(65008, 8));
  route(kWhere).community(Community::of(0, 65003)).via(*clients[0]);
  EXPECT_EQ(paths(), (Paths{"", "65001", "", "65001"}));
  (void)plain.read();
  EXPECT_EQ(plain.holds(kWhere)->communities, std::vector{Community::of(0, 65003)});
}

}  // namespace
}  // namespace tern::pipeline
