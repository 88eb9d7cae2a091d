// The guard of registered prefixes in front of policy: suspicious routes are kept and never used.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/registrations.h"
#include "policy/vrp_table.h"
#include "tests/unit/pipeline/speaker.h"

namespace tern::pipeline {
namespace {

using policy::GuardAction;
using policy::GuardActions;
using policy::RegistrationTable;
using policy::Suspicion;

constexpr Asn kCustomerAs = 65010;
const std::string kGuarded = "203.0.113.0/24";  // registered, for AS 65010
const std::string kInside = "203.0.113.128/25";
const std::string kUnguarded = "198.51.100.0/24";

policy::Registration guarded_prefix() {
  policy::Registration one;
  one.prefix = prefix(kGuarded);
  one.max_length = one.prefix.length();
  one.customer = kCustomerAs;
  one.origins = {kCustomerAs};
  return one;
}

std::shared_ptr<const RegistrationTable> registered(
    std::vector<policy::Registration> all = {guarded_prefix()},
    const GuardActions& actions = policy::kQuarantineAll) {
  const auto source = std::make_shared<const policy::Registrations>(std::move(all));
  return std::make_shared<const RegistrationTable>(
      std::vector{source}, actions, policy::Fallback::None, policy::TransitFree({174, 1299}));
}

GuardActions all_of(GuardAction action) {
  GuardActions actions{};
  actions.fill(action);
  return actions;
}

class GuardTest : public testing::Test {
 protected:
  static Session guarded(Session session, std::shared_ptr<const RegistrationTable> table) {
    session.import.registrations = std::move(table);
    return session;
  }
  const rib::Path* path(const std::string& text) {
    const auto found = tern.rib.find(unicast(prefix(text)));
    if (!found || found->paths.empty()) return nullptr;
    destination_ = *found;
    return &destination_.paths[0];
  }
  Reason reason(const std::string& text) {
    const rib::Path* const found = path(text);
    return found == nullptr ? Reason::kCount : found->reason();
  }
  std::string detail(const std::string& text) {
    return std::string(tern.shards.details()[path(text)->detail()]);
  }
  static std::uint64_t quarantined(const Neighbour& neighbor, Suspicion suspicion) {
    return neighbor.import.counters().quarantined[static_cast<std::size_t>(suspicion)];
  }
  static std::uint64_t warned(const Neighbour& neighbor, Suspicion suspicion) {
    return neighbor.import.counters().warned[static_cast<std::size_t>(suspicion)];
  }

  Speaker tern;

 private:
  rib::Destination destination_;
};

TEST_F(GuardTest, AHijackIsKeptAndTheOthersKeepTheValidRoute) {
  Neighbour& valid = tern.add(guarded(ebgp(65001, 1), registered()));
  Neighbour& hijacker = tern.add(guarded(ebgp(65002, 2), registered()));
  Neighbour& client = tern.add(ebgp(65003, 3));
  route(kGuarded).as_path({65001, kCustomerAs}).via(valid);
  EXPECT_EQ(client.listen(), Heard{"announce " + kGuarded});
  route(kGuarded).as_path({65002}).via(hijacker);
  route(kInside).as_path({65002, 65666}).via(hijacker);
  EXPECT_EQ(client.listen(), Heard{});
  EXPECT_EQ(reason(kInside), Reason::Quarantined);
  EXPECT_EQ(detail(kInside), "more-specific");
  const auto both = tern.rib.find(unicast(prefix(kGuarded)));
  ASSERT_EQ(both->paths.size(), 2U);
  EXPECT_EQ(both->paths[0].reason(), Reason::None);
  EXPECT_EQ(both->paths[1].reason(), Reason::Quarantined);
  EXPECT_EQ(quarantined(hijacker, Suspicion::OtherOrigin), 1U);
  EXPECT_EQ(quarantined(hijacker, Suspicion::MoreSpecific), 1U);
  EXPECT_EQ(hijacker.import.counters().rejected[static_cast<std::size_t>(Reason::Quarantined)], 2U);
  // Without the valid route the client has none, because no route is better than the wrong one.
  valid.withdraw(kGuarded);
  EXPECT_EQ(client.listen(), Heard{"withdraw " + kGuarded});
}

// The prefixes of an UPDATE share a set, and get different answers.
TEST_F(GuardTest, PrefixesOfOneUpdateAreJudgedOneByOne) {
  Neighbour& a = tern.add(guarded(ebgp(65001, 1), registered()));
  a.announce(route(kGuarded).as_path({65001, 65666}).of(a.import.facts()),
             {unicast(prefix(kUnguarded)), unicast(prefix(kGuarded)), unicast(prefix(kInside)),
              unicast(prefix("192.0.2.0/24"))});
  EXPECT_EQ(reason(kUnguarded), Reason::None);
  EXPECT_EQ(detail(kGuarded), "other-origin");
  EXPECT_EQ(detail(kInside), "more-specific");
  EXPECT_EQ(reason("192.0.2.0/24"), Reason::None);
}

TEST_F(GuardTest, AWarningUsesAndCountsTheRoute) {
  Neighbour& a =
      tern.add(guarded(ebgp(65001, 1), registered({guarded_prefix()}, all_of(GuardAction::Warn))));
  route(kGuarded).as_path({65001, 65666}).via(a);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  EXPECT_EQ(warned(a, Suspicion::OtherOrigin), 1U);
  EXPECT_EQ(quarantined(a, Suspicion::OtherOrigin), 0U);
}

TEST_F(GuardTest, ARouteThatPolicyRejectsIsNotWarnedOf) {
  Session session = ebgp(65001, 1);
  policy::TermSource reject;
  reject.then = policy::TermSource::Then::Reject;
  session.import.policies = chain({reject});
  Neighbour& a =
      tern.add(guarded(session, registered({guarded_prefix()}, all_of(GuardAction::Warn))));
  route(kGuarded).as_path({65001, 65666}).via(a);
  EXPECT_EQ(reason(kGuarded), Reason::Policy);
  EXPECT_EQ(warned(a, Suspicion::OtherOrigin), 0U);
}

TEST_F(GuardTest, IgnoredKindsChangeNothing) {
  Neighbour& a = tern.add(
      guarded(ebgp(65001, 1), registered({guarded_prefix()}, all_of(GuardAction::Ignore))));
  route(kGuarded).as_path({65001, 65666}).via(a);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  EXPECT_EQ(a.import.counters().warned, GuardCounts{});
}

TEST_F(GuardTest, APartnerIsTheNeighborAsOfTheNetwork) {
  policy::Registration one = guarded_prefix();
  one.partners = {65001};
  Neighbour& partner = tern.add(guarded(ebgp(65001, 1), registered({one})));
  Neighbour& other = tern.add(guarded(ebgp(65002, 2), registered({one})));
  Neighbour& ours = tern.add(guarded(ibgp(3), registered({one})));
  route(kGuarded).as_path({65002, 65001, kCustomerAs}).via(other);
  EXPECT_EQ(detail(kGuarded), "unregistered-partner");
  other.withdraw(kGuarded);
  route(kGuarded).as_path({65001, kCustomerAs}).via(partner);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  partner.withdraw(kGuarded);
  route(kGuarded).as_path({65001, kCustomerAs}).via(ours);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65002, kCustomerAs}).via(ours);
  EXPECT_EQ(detail(kGuarded), "unregistered-partner");
  route(kGuarded).via(ours);  // of our own network, without an AS_PATH
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

// A route server puts no AS of its own into the path. The other routers of our network see the same
// partner.
TEST_F(GuardTest, BehindARouteServerThePartnerIsTheFirstAs) {
  policy::Registration one = guarded_prefix();
  one.partners = {65001};
  one.path.direct = true;
  Session transparent = guarded(ebgp(65100, 1), registered({one}));
  transparent.import.enforce_first_as = false;
  Neighbour& server = tern.add(transparent);
  route(kGuarded).as_path({65001, kCustomerAs}).via(server);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65002, kCustomerAs}).via(server);
  EXPECT_EQ(detail(kGuarded), "unregistered-partner");
  server.withdraw(kGuarded);
  Neighbour& ours = tern.add(guarded(ibgp(3), registered({one})));
  route(kGuarded).as_path({65001, kCustomerAs}).via(ours);
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

TEST_F(GuardTest, ThePathBetweenPopsIsJudgedBehindTheAsOfThePop) {
  policy::Registration one = guarded_prefix();
  one.partners = {65001};
  one.path.direct = true;
  one.path.max_length = 2;
  Session between = guarded(ebgp(65100, 1), registered({one}));
  between.import.between_pops = true;
  Neighbour& pop = tern.add(between);
  route(kGuarded).as_path({65100, 65001, kCustomerAs}).via(pop);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65100, 65002, kCustomerAs}).via(pop);
  EXPECT_EQ(detail(kGuarded), "unregistered-partner");
  route(kGuarded).as_path({65100}).via(pop);  // the PoP originates the route
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

// ---- Leaks

TEST_F(GuardTest, ALeakThatThePathShowsIsQuarantined) {
  Neighbour& a = tern.add(guarded(ebgp(65001, 1), registered()));
  a.announce(route(kGuarded).as_path({65001, 174, 65020, 1299, kCustomerAs}).of(a.import.facts()),
             {unicast(prefix(kGuarded)), unicast(prefix(kUnguarded))});
  EXPECT_EQ(detail(kGuarded), "leak");
  EXPECT_EQ(quarantined(a, Suspicion::Leak), 1U);
  EXPECT_EQ(reason(kUnguarded), Reason::None) << "nobody registered the prefix";
  route(kGuarded).as_path({65001, 174, 1299, kCustomerAs}).via(a);
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

TEST_F(GuardTest, ByItsRoleACustomerHasNoTransitFreeAsBehind) {
  Session session = guarded(ebgp(65001, 1), registered());
  session.facts.role = Role::Provider;
  Neighbour& customer = tern.add(session);
  route(kGuarded).as_path({65001, 174, kCustomerAs}).via(customer);
  EXPECT_EQ(detail(kGuarded), "leak");
  customer.withdraw(kGuarded);
  Session of_provider = guarded(ebgp(65002, 2), registered());
  of_provider.facts.role = Role::Customer;
  route(kGuarded).as_path({65002, 174, kCustomerAs}).via(tern.add(of_provider));
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

// The other router looked at the role of its neighbor.
TEST_F(GuardTest, ARouterOfOursMayHaveATransitFreeAsBehind) {
  Session ours = guarded(ibgp(3), registered());
  ours.facts.role = Role::Peer;
  Neighbour& router = tern.add(ours);
  route(kGuarded).as_path({65001, 174, kCustomerAs}).via(router);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65001, 174, 65020, 1299, kCustomerAs}).via(router);
  EXPECT_EQ(detail(kGuarded), "leak") << "which every router sees";
  router.withdraw(kGuarded);
  Session between = guarded(ebgp(65100, 1), registered());
  between.facts.role = Role::Peer;
  between.import.between_pops = true;
  route(kGuarded).as_path({65100, 65001, 174, kCustomerAs}).via(tern.add(between));
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

TEST_F(GuardTest, TheAsOfARouteServerIsNoNeighborThatLeaks) {
  Session session = guarded(ebgp(65100, 1), registered());
  session.facts.role = Role::RouteServerClient;
  Neighbour& server = tern.add(session);
  route(kGuarded).as_path({65100, 174, kCustomerAs}).via(server);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65100, 65001, 174, kCustomerAs}).via(server);
  EXPECT_EQ(detail(kGuarded), "leak");
}

// RFC 9234: such a route is ineligible, whatever the guard says; the guard knows the leak.
TEST_F(GuardTest, OnlyToCustomerRejectsBeforeTheGuard) {
  for (const GuardAction action :
       {GuardAction::Ignore, GuardAction::Warn, GuardAction::Quarantine}) {
    Speaker other;
    Session session = guarded(ebgp(65001, 1), registered({guarded_prefix()}, all_of(action)));
    session.facts.role = Role::Provider;
    Neighbour& customer = other.add(session);
    route(kGuarded).as_path({65001, kCustomerAs}).only_to_customer(65001).via(customer);
    const auto found = other.rib.find(unicast(prefix(kGuarded)));
    EXPECT_EQ(found->paths[0].reason(), Reason::RouteLeak) << to_string(action);
    EXPECT_EQ(customer.import.counters().warned, GuardCounts{});
    EXPECT_EQ(customer.import.counters().quarantined, GuardCounts{});
    PathAttributes received;
    received.as_path = AsPath::parse("65001 65010").value();
    received.only_to_customer = 65001;
    const auto path = guarded_path(received, session.facts, session.import);
    EXPECT_EQ(path->leak, (policy::Leak{policy::Leak::Sign::OnlyToCustomer, 65001}));
  }
}

// The check of the first AS may be off, as with a route server.
TEST_F(GuardTest, AnEmptyPathOfAnotherAsHasNoOrigin) {
  Session session = guarded(ebgp(65001, 1), registered());
  session.import.enforce_first_as = false;
  Neighbour& a = tern.add(session);
  route(kGuarded).as_path({}).via(a);
  EXPECT_EQ(detail(kGuarded), "other-origin");
}

// Policies see no state of the origin that only the guard reads.
TEST_F(GuardTest, InvalidOriginsCountForRegisteredPrefixesOnly) {
  Session session = guarded(ebgp(65001, 1), registered());
  session.import.guard_vrps =
      policy::VrpTable::build({{prefix(kGuarded), 24, 65001}, {prefix(kUnguarded), 24, 65001}});
  Neighbour& a = tern.add(session);
  a.announce(route(kGuarded).as_path({65001, kCustomerAs}).of(a.import.facts()),
             {unicast(prefix(kGuarded)), unicast(prefix(kUnguarded))});
  EXPECT_EQ(detail(kGuarded), "rpki-invalid");
  EXPECT_EQ(reason(kUnguarded), Reason::None);
}

// A hijack with an invalid origin is evidence of the guard, although the route would be rejected
// anyway.
TEST_F(GuardTest, ComesBeforeTheRejectionOfInvalidOrigins) {
  Session session = guarded(ebgp(65001, 1), registered());
  session.import.reject_rpki_invalid = true;
  session.import.vrps = policy::VrpTable::build({{prefix(kGuarded), 24, kCustomerAs}});
  Neighbour& a = tern.add(session);
  route(kGuarded).as_path({65001, 65666}).via(a);
  EXPECT_EQ(detail(kGuarded), "other-origin");
  EXPECT_EQ(quarantined(a, Suspicion::OtherOrigin), 1U);
}

// ---- What the baseline learnt

std::shared_ptr<const policy::UsualPaths> learnt(std::vector<Asn> upstreams, std::uint8_t longest) {
  policy::UsualPath usual;
  usual.prefix = prefix(kGuarded);
  usual.origins = {kCustomerAs};
  usual.origin_count = 1;
  for (const Asn asn : upstreams) usual.upstreams[usual.upstream_count++] = asn;
  usual.longest = longest;
  usual.longer_by = 1;
  return std::make_shared<const policy::UsualPaths>(std::vector{usual});
}

TEST_F(GuardTest, ANewUpstreamNeverDisplacesTheLearntOne) {
  Session first = guarded(ebgp(65001, 1), registered());
  Session second = guarded(ebgp(65002, 2), registered());
  first.import.guard_usual = second.import.guard_usual = learnt({65001}, 2);
  Neighbour& usual = tern.add(first);
  Neighbour& other = tern.add(second);
  Neighbour& client = tern.add(ebgp(65003, 3));
  route(kGuarded).as_path({65001, kCustomerAs}).via(usual);
  EXPECT_EQ(client.listen(), Heard{"announce " + kGuarded});
  route(kGuarded).as_path({65002, kCustomerAs}).via(other);
  EXPECT_EQ(client.listen(), Heard{});
  EXPECT_EQ(quarantined(other, Suspicion::NewUpstream), 1U);
  usual.withdraw(kGuarded);
  EXPECT_EQ(client.listen(), Heard{"withdraw " + kGuarded});
  EXPECT_EQ(detail(kGuarded), "new-upstream");
  route(kGuarded).as_path({65002, 65020, 65001, kCustomerAs}).via(other);
  EXPECT_EQ(detail(kGuarded), "long-path");
  EXPECT_EQ(quarantined(other, Suspicion::LongPath), 1U);
}

// The baseline learns the path as a neighbor sends it, with the AS of the PoP in front.
TEST_F(GuardTest, BetweenPopsTheWholePathIsCompared) {
  Session between = guarded(ebgp(65100, 1), registered());
  between.import.between_pops = true;
  between.import.guard_usual = learnt({65100}, 2);
  Neighbour& pop = tern.add(between);
  route(kGuarded).as_path({65100, kCustomerAs}).via(pop);
  EXPECT_EQ(reason(kGuarded), Reason::None);
  route(kGuarded).as_path({65100, 65001, kCustomerAs}).via(pop);
  EXPECT_EQ(detail(kGuarded), "new-upstream");
}

TEST_F(GuardTest, RoutesAreJudgedByWhatIsLearntLater) {
  Session session = guarded(ebgp(65001, 1), registered());
  Neighbour& a = tern.add(session);
  a.announce(route(kGuarded).as_path({65001, kCustomerAs}).of(a.import.facts()),
             {unicast(prefix(kGuarded)), unicast(prefix(kUnguarded))});
  const auto learn = [&](std::shared_ptr<const policy::UsualPaths> usual) {
    session.import.guard_usual = std::move(usual);
    a.import.set_rules(session.import);
    for (const std::string& text : {kGuarded, kUnguarded}) {
      a.import.reevaluate(tern.rib, tern.shards.find(unicast(prefix(text)))->id);
    }
    EXPECT_EQ(reason(kUnguarded), Reason::None);
  };
  learn(learnt({174}, 2));
  EXPECT_EQ(detail(kGuarded), "new-upstream");
  learn(learnt({174, 65001}, 2));
  EXPECT_EQ(reason(kGuarded), Reason::None);
  learn(learnt({}, 2));
  EXPECT_EQ(reason(kGuarded), Reason::None) << "no upstream is usual";
  learn(nullptr);
  EXPECT_EQ(reason(kGuarded), Reason::None);
}

// ---- Registrations that change after the route came in

TEST_F(GuardTest, RoutesAreJudgedByLaterRegistrations) {
  const Session session = ebgp(65001, 1);
  Neighbour& a = tern.add(session);
  a.announce(route(kGuarded).as_path({65001, 65666}).of(a.import.facts()),
             {unicast(prefix(kGuarded)), unicast(prefix(kInside)), unicast(prefix(kUnguarded))});
  EXPECT_EQ(reason(kGuarded), Reason::None);
  const auto judge_all = [&](std::shared_ptr<const RegistrationTable> table) {
    ImportRules rules = session.import;
    rules.registrations = std::move(table);
    a.import.set_rules(rules);
    for (const std::string& text : {kGuarded, kInside, kUnguarded}) {
      a.import.reevaluate(tern.rib, tern.shards.find(unicast(prefix(text)))->id);
    }
  };
  judge_all(registered());
  EXPECT_EQ(detail(kGuarded), "other-origin");
  EXPECT_EQ(detail(kInside), "more-specific");
  EXPECT_EQ(reason(kUnguarded), Reason::None);
  policy::Registration other = guarded_prefix();
  other.origins = {65666};
  judge_all(registered({other}));
  EXPECT_EQ(reason(kGuarded), Reason::None);
  EXPECT_EQ(detail(kInside), "more-specific");  // longer than allowed
  judge_all(nullptr);
  EXPECT_EQ(reason(kInside), Reason::None);
}

}  // namespace
}  // namespace tern::pipeline
