// Evaluation does not allocate: it runs once per route and attribute set, on the way of every
// UPDATE.

#include <gtest/gtest.h>

#include "allocation_count.h"
#include "egress_network.h"
#include "policy/guard_orders.h"
#include "policy/route_filter.h"

namespace tern::policy {
namespace {

Chain everything(const char* regex) {
  TermSource asks;
  asks.match.prefix_sets = {"own"};
  asks.match.community_sets = {"regions"};
  asks.match.all_communities = {pattern("65000:1"), pattern("65000:7:*")};
  asks.match.no_communities = {pattern("no-export")};
  asks.match.as_path_length = std::pair{1U, 10U};
  asks.match.as_path_regex = regex;
  asks.match.origin_as_sets = {"content"};
  asks.match.as_path_contains_sets = {"content"};
  asks.match.next_hops = {prefix("192.0.2.0/24")};
  asks.match.peers = {"isp-a"};
  asks.match.groups = {"partners"};
  asks.match.metros = {"paris"};
  asks.actions.local_pref = SetNumber{SetNumber::Op::Set, 200};
  asks.actions.med = SetNumber{SetNumber::Op::Add, 5};
  asks.actions.origin = Origin::Igp;
  asks.actions.next_hop_self = true;
  asks.actions.remove_communities = {pattern("65000:100-199")};
  asks.then = TermSource::Then::Accept;
  Sources sources;
  sources.policies = {{"test", {asks}}};
  sources.prefix_sets = {{"own", {ranging("203.0.113.0/24", 24, 32)}}};
  sources.community_sets = {{"regions", {pattern("65000:*")}}};
  sources.as_sets = {{"content", {{65010, 65020}}}};
  sources.metros = {"paris"};
  return chain_of(sources);
}

TEST(Allocation, EvaluationNeedsNone) {
  // The second expression has no table.
  for (const char* regex : {"_6501[0-9]$", "_6.{12}0$|_65010$"}) {
    const Chain chain = everything(regex);
    const PathAttributes attributes =
        with_communities({"65000:1", "65000:150", "65000:7:1", "rt:65000:1"});
    const PeerFacts peer = partner();
    const Prefix destination = prefix("203.0.113.0/25");
    PathAttributes working = attributes;
    const std::size_t before = allocation_count();
    const Verdict verdict =
        chain.evaluate({destination, attributes, {0, kNoPlace, kUnknownCost}}, peer, working);
    const std::size_t after = allocation_count();
    EXPECT_TRUE(verdict.accept);
    EXPECT_EQ(after, before) << regex;
    EXPECT_EQ(working.communities.size(), attributes.communities.size() - 1);
  }
}

TEST(Allocation, ReadingATagNeedsNone) {
  const Egress egress = egress_of(network());
  const PathAttributes attributes = with_communities({"65001:120", "65000:10:102", "65000:20:1"});
  const std::size_t before = allocation_count();
  const EgressInfo partners = egress.leaving_here(egress.read_tags(attributes, 0).place);
  const EgressInfo pops = egress.from_pop(attributes);
  const std::size_t after = allocation_count();
  EXPECT_EQ(after, before);
  EXPECT_EQ(partners.metro, kLondon);
  EXPECT_EQ(pops.metro, kLondon);
}

TEST(Allocation, AFilterNeedsNone) {
  const FilterCommunities communities{*parse_filter_community("65000:7"),
                                      *parse_filter_community("65000:1:*")};
  const RouteFilter filter(communities);
  const PathAttributes attributes = with_communities({"65001:120", "65000:10:102", "65000:1:1"});
  const std::size_t before = allocation_count();
  const bool passes = filter.passes(attributes);
  const std::size_t after = allocation_count();
  EXPECT_TRUE(passes);
  EXPECT_EQ(after, before);
}

// 39 octets of an address are more than a string has room for by itself.
TEST(Allocation, FindingAnOrderNeedsNone) {
  const std::string neighbor = "2001:db8:1234:1234:1234:1234:1234:1234";
  std::vector<std::shared_ptr<const GuardOrder>> orders;
  for (const char* const from : {"2001:db8:1234:1234:1234:1234:1234:1111", neighbor.c_str()}) {
    GuardOrder order;
    order.prefix = prefix("203.0.113.0/24");
    order.from.neighbor = from;
    orders.push_back(std::make_shared<const GuardOrder>(std::move(order)));
  }
  const GuardOrderTable table(orders);
  const std::size_t before = allocation_count();
  const GuardOrder* const found = table.find(orders[1]->prefix, neighbor, 65001);
  const std::size_t after = allocation_count();
  EXPECT_EQ(found, orders[1].get());
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace tern::policy
