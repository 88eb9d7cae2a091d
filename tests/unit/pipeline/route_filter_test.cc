// Route filters of clients (ExportRules::filter): which of them is advertised which route.
#include "policy/route_filter.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

std::shared_ptr<const policy::RouteFilter> filter_with(const std::vector<std::string>& texts) {
  policy::FilterCommunities communities;
  for (const std::string& text : texts) {
    communities.push_back(*policy::parse_filter_community(text));
  }
  return std::make_shared<const policy::RouteFilter>(std::move(communities));
}

Session filtered(Session session, const std::vector<std::string>& texts) {
  session.export_.filter = filter_with(texts);
  return session;
}

constexpr Community kRegionOne = Community::of(65000, 100);
constexpr Community kRegionTwo = Community::of(65000, 200);

// The first client sends, without a filter; the others differ in their filters alone.
class AdvertiserFilters : public testing::Test {
 protected:
  // Filters of the clients 2, 3 and so on.
  void begin(const std::vector<std::vector<std::string>>& filters) {
    sender = &tern.add(route_server_client(65001, 1));
    std::uint32_t n = 2;
    for (const auto& filter : filters) {
      clients.push_back(&tern.add(filtered(route_server_client(65000 + n, n), filter)));
      ++n;
    }
  }
  // Whether each holds the prefix: "yes no".
  std::string holders(const std::string& where = kWhere) {
    std::string found;
    tern.settle();
    for (Neighbour* client : clients) {
      (void)client->read();
      EXPECT_FALSE(client->misunderstood);
      found += (found.empty() ? "" : " ") + std::string(client->holds(where) ? "yes" : "no");
    }
    return found;
  }

  Speaker tern;
  Neighbour* sender = nullptr;
  std::vector<Neighbour*> clients;
};

// An attribute set, equal policies, and a result for each filter: results are not mixed.
TEST_F(AdvertiserFilters, EachClientHasItsOwn) {
  begin({{"65000:100"}, {"65000:200"}, {"65000:*"}, {}, {"65000:200", "65000:100"}});
  route(kWhere).community(kRegionOne).via(*sender);
  EXPECT_EQ(holders(), "yes no yes no yes");
  route(kWhere).community(kRegionTwo).via(*sender);
  EXPECT_EQ(holders(), "no yes yes no yes");
  route(kWhere).via(*sender);
  EXPECT_EQ(holders(), "no no no no no");
  // The next prefixes of a set find remembered results.
  for (int n = 0; n < 3; ++n) {
    const std::string where = "10." + std::to_string(n) + ".0.0/16";
    route(where).community(kRegionTwo).via(*sender);
    EXPECT_EQ(holders(where), "no yes yes no yes");
  }
}

TEST_F(AdvertiserFilters, EqualFiltersShareAGroup) {
  begin({{"65000:100", "65000:200"}, {"65000:200", "65000:100"}});
  EXPECT_EQ(tern.advertiser.group_count(), 2U);  // one of the sender
  tern.add(filtered(route_server_client(65009, 9), {"65000:100"}));
  EXPECT_EQ(tern.advertiser.group_count(), 3U);
  tern.add(filtered(route_server_client(65010, 10), {}));
  EXPECT_EQ(tern.advertiser.group_count(), 4U);
  tern.add(route_server_client(65011, 11));
  EXPECT_EQ(tern.advertiser.group_count(), 4U);
}

// The walk of a client leaves a change that came meanwhile to the turn of the others.
TEST_F(AdvertiserFilters, AWalkEvaluatesItsClientAlone) {
  begin({{"65000:100"}, {"65000:100"}});
  route("10.1.0.0/16").community(kRegionOne).via(*sender);
  for (Neighbour* client : clients) (void)client->listen();
  route("10.1.0.0/16").community(kRegionTwo).via(*sender);  // not spread yet
  ExportRules rules = clients[0]->rules();
  rules.filter = filter_with({"65000:200"});
  clients[0]->set_rules(rules);
  tern.advertiser.walk(1000);
  EXPECT_EQ(clients[0]->read(), Heard{"announce 10.1.0.0/16"});
  EXPECT_TRUE(clients[1]->read().empty());
  EXPECT_EQ(clients[1]->listen(), Heard{"withdraw 10.1.0.0/16"});
}

// A client with another filter hears the difference, and the others hear nothing.
TEST_F(AdvertiserFilters, AChangedFilterConcernsItsClient) {
  begin({{"65000:100"}, {"65000:100"}});
  route("10.1.0.0/16").community(kRegionOne).via(*sender);
  route("10.2.0.0/16").community(kRegionTwo).via(*sender);
  EXPECT_EQ(clients[0]->listen(), Heard{"announce 10.1.0.0/16"});
  EXPECT_EQ(clients[1]->listen(), Heard{"announce 10.1.0.0/16"});
  ExportRules rules = clients[0]->rules();
  rules.filter = filter_with({"65000:200"});
  clients[0]->set_rules(rules);
  Heard heard = clients[0]->listen();
  std::ranges::sort(heard);
  EXPECT_EQ(heard, (Heard{"announce 10.2.0.0/16", "withdraw 10.1.0.0/16"}));
  rules.filter = nullptr;
  clients[0]->set_rules(rules);
  EXPECT_EQ(clients[0]->listen(), Heard{"announce 10.1.0.0/16"});
  rules.filter = filter_with({});
  clients[0]->set_rules(rules);
  heard = clients[0]->listen();
  std::ranges::sort(heard);
  EXPECT_EQ(heard, (Heard{"withdraw 10.1.0.0/16", "withdraw 10.2.0.0/16"}));
  EXPECT_TRUE(clients[1]->listen().empty());
}

// RFC 7947 section 2.3.2: the best path that the client may have.
TEST_F(AdvertiserFilters, ALaterPathMayPass) {
  begin({{"65000:200"}, {"65000:300"}});
  Neighbour& second = tern.add(route_server_client(65008, 8));
  route(kWhere).community(kRegionOne).via(*sender);
  route(kWhere).as_path({65008, 65009}).community(kRegionTwo).via(second);
  EXPECT_EQ(holders(), "yes no");
  EXPECT_EQ(clients[0]->holds(kWhere)->as_path.to_string(), "65008 65009");
  EXPECT_EQ(clients[0]->holds(kWhere)->communities, std::vector{kRegionTwo});
}

TEST_F(AdvertiserFilters, WithAddPathTheOtherPathsPass) {
  begin({});
  Session several = filtered(ibgp(3), {"65000:200", "65000:300"});
  several.facts.add_path_send = several.facts.families;
  several.export_.add_path_send = 4;
  Neighbour& client = tern.add(several);
  Neighbour& second = tern.add(route_server_client(65008, 8));
  route(kWhere).community(kRegionOne).via(*sender);
  EXPECT_TRUE(client.listen().empty());
  route(kWhere).as_path({65008, 65009}).community(kRegionTwo).via(second);
  EXPECT_EQ(client.listen().size(), 1U);
  EXPECT_EQ(client.table().size(), 1U);
}

// Communities count as the table has them: an export policy may remove or add some.
TEST_F(AdvertiserFilters, ExportPoliciesComeLater) {
  begin({});
  policy::ActionSource actions;
  actions.clear_communities = true;
  actions.add_communities.push_back(kRegionTwo);
  Session session = filtered(route_server_client(65002, 2), {"65000:100"});
  session.export_.policies = accept_with(actions);
  Neighbour& one = tern.add(session);
  session = filtered(route_server_client(65003, 3), {"65000:200"});
  session.export_.policies = accept_with(actions);
  Neighbour& other = tern.add(session);
  route(kWhere).community(kRegionOne).via(*sender);
  (void)one.listen();
  (void)other.listen();
  ASSERT_TRUE(one.holds(kWhere));
  EXPECT_EQ(one.holds(kWhere)->communities, std::vector{kRegionTwo});
  EXPECT_FALSE(other.holds(kWhere));
}

// A control community counts, although the client never sees it.
TEST_F(AdvertiserFilters, BothTheSenderAndTheReceiverDecide) {
  const auto control =
      std::make_shared<const policy::ControlCommunities>(policy::ControlSource{kOurAsn});
  Session session = route_server_client(65001, 1);
  sender = &tern.add(session);
  for (std::uint32_t n = 2; n <= 4; ++n) {
    session = filtered(route_server_client(65000 + n, n), {n == 4 ? "65000:300" : "65000:100"});
    session.export_.control = control;
    clients.push_back(&tern.add(session));
  }
  route(kWhere).community(kRegionOne).community(Community::of(0, 65003)).via(*sender);
  EXPECT_EQ(holders(), "yes no no");
}

TEST_F(AdvertiserFilters, TheOriginatedDefaultRoutePasses) {
  begin({});
  Session session = filtered(ebgp(65002, 2), {});
  session.export_.default_route = std::make_shared<const policy::Chain>();
  Neighbour& client = tern.add(session);
  route(kWhere).community(kRegionOne).via(*sender);
  (void)client.listen();
  EXPECT_TRUE(client.holds("0.0.0.0/0"));
  EXPECT_FALSE(client.holds(kWhere));
}

TEST(ExportOfFilters, AHeldBackPathHasAReasonOfItsOwn) {
  const Session client = filtered(ebgp(65002, 2), {"65000:200"});
  rib::AttributeSet set;
  set.attributes.as_path = AsPath::sequence({65001});
  set.attributes.next_hop.global = v4_of(1);
  set.attributes.communities = {kRegionOne};
  const rib::PeerRank source{PeerKind::Ebgp, 1, v4_of(1)};
  const auto verdict = [&] {
    PathAttributes out;
    return export_to_peer(unicast(prefix(kWhere)), set, 1, source, client.facts, client.export_,
                          out)
        .withheld;
  };
  EXPECT_EQ(verdict(), Withheld::RouteFilter);
  EXPECT_EQ(to_string(verdict()), "route-filter");
  set.attributes.communities = {kRegionTwo};
  EXPECT_EQ(verdict(), Withheld::No);
  // The rules of the session come first.
  set.attributes.communities = {kRegionOne, kNoAdvertise};
  EXPECT_EQ(verdict(), Withheld::NoAdvertise);
}

}  // namespace
}  // namespace tern::pipeline
