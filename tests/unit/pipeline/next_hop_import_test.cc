// Received routes and their next hops: the questions of a Judge, the paths in the table, and the
// UPDATEs to a client.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "bgpd/pipeline/next_hop_revision.h"
#include "bgpd/pipeline/next_hops.h"
#include "tests/unit/pipeline/fake_kernel.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

const std::string kPrefix = "203.0.113.0/24";

// The parameter: true: stored routes are revised; false: stored routes are judged anew. The result
// is the same.
class NextHopImport : public testing::TestWithParam<bool> {
 protected:
  Session resolving(Session session) {
    session.import.resolve_next_hop = true;
    session.import.next_hops = next_hops;
    return session;
  }
  // The kernel's routes changed. Does the work of the session layer.
  void look_again(Neighbour& neighbour) {
    now += std::chrono::hours(1);
    NextHops::Addresses changes;
    for (const NextHops::Shown& each : next_hops->list({}, NextHops::kMost)) {
      if (next_hops->look_again(each.address, now)) changes.push_back(each.address);
    }
    ASSERT_FALSE(changes.empty());
    neighbour.import.set_rules(neighbour.import.rules());
    const rib::DestId id = *tern.rib.find_id(unicast(prefix(kPrefix)));
    if (!GetParam() || !revise(neighbour, id, HostAddresses(changes))) {
      (void)neighbour.import.reevaluate(tern.rib, id);
    }
    (void)neighbour.import.end_reevaluation();
  }
  // False: the caller judges the routes.
  bool revise(const Neighbour& neighbour, rib::DestId id, const HostAddresses& changes) {
    ChangedNextHops changed{changes, next_hops, {}, {}};
    changed.resolving.insert(neighbour.slot());
    if (neighbour.import.rules().policies.sets_next_hop()) {
      changed.setting.insert(neighbour.slot());
    }
    Revisions revisions;
    std::vector<std::size_t> judge;
    rib::ClientSet starved;
    revision.forget();
    revision.look(tern.rib, id, changed, revisions, judge, starved);
    EXPECT_TRUE(starved.empty());
    (void)revisions.apply(tern.rib, id);
    return judge.empty();
  }
  rib::Destination destination() { return *tern.rib.find(unicast(prefix(kPrefix))); }
  Reason reason() { return destination().paths.front().reason(); }
  InteriorCost cost() {
    return tern.shards.attributes()[destination().best()->effective()].interior_cost();
  }

  FakeKernel kernel;
  std::shared_ptr<NextHops> next_hops = std::make_shared<NextHops>(kernel);
  NextHopRevision revision;
  NextHops::Time now{0};
  Speaker tern;
};

TEST_P(NextHopImport, AnUnresolvedNextHopRejectsTheRoute) {
  Neighbour& a = tern.add(resolving(ebgp(65001, 1)));
  Neighbour& client = tern.add(ebgp(65002, 2));
  route(kPrefix).via(a);
  EXPECT_EQ(reason(), Reason::NextHopUnresolved);
  EXPECT_TRUE(client.listen().empty());
  EXPECT_EQ(a.import.counters().rejected[static_cast<std::size_t>(Reason::NextHopUnresolved)], 1U);
  kernel.set_metric(v4_of(1), 20);
  look_again(a);
  EXPECT_EQ(reason(), Reason::None);
  EXPECT_EQ(client.listen(), Heard{"announce " + kPrefix});
  kernel.routes.clear();
  look_again(a);
  EXPECT_EQ(client.listen(), Heard{"withdraw " + kPrefix});
}

TEST_P(NextHopImport, TheNearerNextHopWins) {
  const std::string exits[] = {"192.0.2.101", "192.0.2.102"};
  kernel.set_metric(address(exits[0]), 20);
  kernel.set_metric(address(exits[1]), 10);
  Neighbour& first = tern.add(resolving(ibgp(1)));
  Neighbour& second = tern.add(resolving(ibgp(2)));
  route(kPrefix).as_path({65009}).next_hop(exits[0]).via(first);
  route(kPrefix).as_path({65009}).next_hop(exits[1]).via(second);
  EXPECT_EQ(destination().best()->peer(), second.slot());
  EXPECT_EQ(destination().step, rib::Step::InteriorCost);
  EXPECT_EQ(cost(), 10U);
  kernel.set_metric(address(exits[1]), 30);
  look_again(second);
  EXPECT_EQ(destination().best()->peer(), first.slot());
}

// The metric is no attribute, so a change of the metric causes no UPDATE.
TEST_P(NextHopImport, AMetricIsNotAdvertised) {
  kernel.set_metric(v4_of(1), 20);
  Neighbour& a = tern.add(resolving(ebgp(65001, 1)));
  Neighbour& client = tern.add(ebgp(65002, 2));
  Neighbour& internal = tern.add(ibgp(3));
  route(kPrefix).via(a);
  EXPECT_EQ(client.listen().size(), 1U);
  EXPECT_EQ(internal.listen().size(), 1U);
  kernel.set_metric(v4_of(1), 30);
  look_again(a);
  EXPECT_EQ(cost(), 30U);
  EXPECT_TRUE(client.listen().empty());
  EXPECT_TRUE(internal.listen().empty());
  for (Neighbour* const each : {&client, &internal, &a}) tern.remove(*each);
  EXPECT_EQ(tern.shards.attributes().size(), 0U);
}

// RFC 7311 section 3.4: but it is part of the AIGP that a router in the next hop's place sends.
TEST_P(NextHopImport, AMetricIsAddedToAigp) {
  kernel.set_metric(v4_of(1), 20);
  Session self = ibgp(3);
  self.export_.next_hop_self = self.export_.aigp = true;
  Session source = resolving(ebgp(65001, 1));
  source.facts.receive.aigp = true;
  Neighbour& a = tern.add(source);
  Neighbour& internal = tern.add(self);
  RouteBuilder built = route(kPrefix);
  built.attributes().aigp = 7;
  built.via(a);
  ASSERT_EQ(internal.listen().size(), 1U);
  EXPECT_EQ(internal.holds(kPrefix)->aigp, 27U);
  kernel.set_metric(v4_of(1), 30);
  look_again(a);
  ASSERT_EQ(internal.listen().size(), 1U);
  EXPECT_EQ(internal.holds(kPrefix)->aigp, 37U);
}

TEST_P(NextHopImport, AConnectedNextHopCostsNothing) {
  kernel.routes[v4_of(1)].state = NextHopState::Connected;
  Neighbour& a = tern.add(resolving(ebgp(65001, 1)));
  route(kPrefix).via(a);
  EXPECT_EQ(cost(), 0U);
  EXPECT_EQ(destination().best()->effective(), destination().received(0));
}

TEST_P(NextHopImport, ANextHopOfAPolicyCounts) {
  policy::ActionSource actions;
  actions.next_hop = address("192.0.2.66");
  Session session = resolving(ebgp(65001, 1));
  session.import.policies = accept_with(actions);
  Neighbour& a = tern.add(session);
  kernel.set_metric(v4_of(1), 20);
  route(kPrefix).via(a);
  EXPECT_EQ(reason(), Reason::NextHopUnresolved);
  kernel.set_metric(address("192.0.2.66"), 5);
  look_again(a);
  EXPECT_EQ(cost(), 5U);
}

TEST_P(NextHopImport, LinkLocalAndForeignSessionsAreNotAsked) {
  Neighbour& a = tern.add(resolving(ebgp(65001, 1)));
  Neighbour& b = tern.add(ebgp(65002, 2));
  route("2001:db8:1::/48").next_hop("fe80::1").via(a);
  route("2001:db8:2::/48").via(b);
  EXPECT_EQ(kernel.asked, 0);
  EXPECT_NE(tern.rib.find(unicast(prefix("2001:db8:1::/48")))->best(), nullptr);
}

// A judge remembers a bounded number of answers.
TEST_P(NextHopImport, AJudgeAsksOnceForANextHop) {
  Neighbour& a = tern.add(resolving(ebgp(65001, 1)));
  route(kPrefix).via(a);
  next_hops->begin_forgetting();
  route("198.51.100.0/24").via(a);
  const auto none = [](const IpAddress&) { return false; };
  EXPECT_EQ(next_hops->forget({}, NextHops::kMost, none).count, 1U);  // no judge asked
  next_hops->begin_forgetting();
  for (std::uint32_t n = 0; n < 4096; ++n) {
    route("198.51.100.0/24").next_hop(IpAddress::v4(0x0B000000U + n).to_string()).via(a);
  }
  route("198.51.100.0/24").via(a);
  EXPECT_TRUE(next_hops->show(v4_of(1)));  // asked again
}

INSTANTIATE_TEST_SUITE_P(Routes, NextHopImport, testing::Bool(), [](const auto& mode) {
  return mode.param ? std::string("Revised") : std::string("Judged");
});

}  // namespace
}  // namespace tern::pipeline
