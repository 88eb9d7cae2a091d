// The own routes of a whole Speaker: what a neighbor is advertised of them at the start, and what a
// reload, other VRPs and the commands of an operator change.
#include "bgpd/session/own_routes.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/pipeline/attribute_sets.h"
#include "policy/vrp_table.h"
#include "rib/base/fault_point.h"
#include "tests/unit/pipeline/exchange_lan.h"
#include "tests/unit/session/neighbour.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::session {
namespace {

using Policies = std::shared_ptr<const policy::Chain>;

// More than two slices.
constexpr std::uint32_t kMany = 2 * OwnRoutes::kSlice + 300;

Prefix nth(std::uint32_t n) { return Prefix::v4(0xC0000000U + (n << 8U), 24); }

Policies of(policy::Chain chain) { return std::make_shared<const policy::Chain>(std::move(chain)); }

Policies prepending(std::uint32_t times) {
  policy::ActionSource actions;
  actions.prepend = policy::ActionSource::Prepend{std::nullopt, times};
  return of(pipeline::accept_with(actions));
}

Policies if_valid() {
  policy::TermSource valid;
  valid.match.rpki = {policy::OriginState::Valid};
  valid.then = policy::TermSource::Then::Accept;
  return of(pipeline::chain({valid}));
}

class OwnRoutesOf : public testing::TestWithParam<SpeakerThreads> {
 protected:
  // Networks [from, to) with these policies, and neighbors 1 and 2.
  SpeakerSettings settings(std::uint32_t from, std::uint32_t to, const Policies& policies) {
    SpeakerSettings settings = running.settings();
    settings.peers = {running.listed(1), running.listed(2)};
    for (std::uint32_t n = from; n < to; ++n) settings.networks.push_back({nth(n), policies});
    return settings;
  }
  bool holds(std::size_t count, const std::string& path) {
    return first.hears_until([&] {
      if (first.advertised().size() != count) return false;
      for (const auto& [prefix, its] : first.advertised()) {
        if (its != path) return false;
      }
      return true;
    });
  }

  const Policies plain = of({});
  RunningSpeaker running{GetParam()};
  SocketNeighbour first{1, running.port()};
  SocketNeighbour second{2, running.port()};
};

TEST_P(OwnRoutesOf, AreAdvertisedFromTheStart) {
  running.apply(settings(0, kMany, plain));
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(holds(kMany, "64999"));
  EXPECT_EQ(running.look(
                [&] { return running.speaker().shards().counts(kOwnSlot).families[0].accepted; }),
            kMany);
}

TEST_P(OwnRoutesOf, AReloadTouchesTheDifferences) {
  running.apply(settings(0, kMany, plain));
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(holds(kMany, "64999"));
  std::uint64_t before = first.announcements();
  // Equal policies in another object are no change; one network comes and one goes.
  running.apply(settings(1, kMany + 1, of({})));
  ASSERT_TRUE(first.hears_until([&] { return first.advertised().contains(nth(kMany)); }));
  EXPECT_FALSE(first.advertised().contains(nth(0)));
  EXPECT_EQ(first.advertised().size(), kMany);
  EXPECT_EQ(first.announcements(), before + 1);
  running.apply(settings(1, kMany + 1, prepending(2)));
  EXPECT_TRUE(holds(kMany, "64999 64999 64999"));
  before = first.announcements();
  running.apply(settings(5, 6, prepending(2)));
  EXPECT_TRUE(holds(1, "64999 64999 64999"));
  EXPECT_EQ(first.announcements(), before);
  running.apply(settings(0, 0, plain));
  EXPECT_TRUE(holds(0, ""));
  first.close();  // the memory of what it was advertised
  EXPECT_TRUE(running.settles([&] {
    return !running.speaker().shards().has_paths(kOwnSlot) &&
           running.speaker().shards().attributes().size() == 0;
  }));
}

// The last of several reloads counts, whether the slices of the others were done or not.
TEST_P(OwnRoutesOf, ReloadsMayComeFasterThanSlices) {
  running.apply(settings(0, kMany, plain));
  running.apply(settings(kMany / 2, 2 * kMany, plain));
  running.apply(settings(kMany, kMany + kMany / 2, prepending(1)));
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(holds(kMany / 2, "64999 64999"));
}

// `done` of a reload comes when the last network is up to date.
TEST_P(OwnRoutesOf, AReloadIsDoneWithTheLastSlice) {
  running.apply(settings(0, 0, plain));
  const auto done = std::make_shared<bool>(false);
  const auto plan_of = [this](SpeakerSettings to) {
    return plan(running.speaker().running(), std::move(to));
  };
  EXPECT_FALSE(running.ask([&] {
    EXPECT_TRUE(
        running.speaker().apply(plan_of(settings(0, kMany, plain)), [done] { *done = true; }).ok());
    return *done;
  }));
  EXPECT_TRUE(running.settles([&] { return *done; }));
}

TEST_P(OwnRoutesOf, ANeighborDoesNotWinThePrefix) {
  running.apply(settings(0, 1, plain));
  ASSERT_TRUE(first.connect() && second.connect());
  ASSERT_TRUE(holds(1, "64999"));
  SpeakerSettings clash = settings(0, 1, plain);
  clash.networks.push_back({Prefix::v4(0x0A000000U, 24), plain});
  std::ranges::sort(clash.networks, std::less{}, &OwnNetwork::prefix);
  running.apply(clash);
  std::vector<std::byte> messages;
  append_announcements(2, 0, 1, 0, messages);  // 10.0.0.0/24
  ASSERT_TRUE(second.send(messages));
  ASSERT_TRUE(running.settles(
      [&] { return running.speaker().shards().table(Family::Ipv4Unicast).paths == 3; }));
  EXPECT_TRUE(holds(2, "64999"));
  // Without the network the learned route takes its place.
  running.apply(settings(0, 1, plain));
  EXPECT_TRUE(first.hears_until([&] {
    const auto found = first.advertised().find(Prefix::v4(0x0A000000U, 24));
    return found != first.advertised().end() && found->second != "64999";
  }));
}

TEST_P(OwnRoutesOf, FollowTheVrpsThatTheirPoliciesRead) {
  running.apply(settings(0, kMany, if_valid()));
  ASSERT_TRUE(first.connect());
  const auto set = [this](policy::VrpTable::Ptr table) {
    running.ask([&] {
      running.speaker().set_vrps(std::move(table), policy::PrefixChange::all_prefixes());
      return true;
    });
  };
  EXPECT_TRUE(holds(0, ""));
  set(policy::VrpTable::build({{nth(7), 24, RunningSpeaker::kAsn}, {nth(8), 24, 65001}}));
  EXPECT_TRUE(holds(1, "64999"));
  EXPECT_TRUE(first.advertised().contains(nth(7)));
  set(nullptr);
  EXPECT_TRUE(holds(0, ""));
}

// Like Reevaluation, which visits only the routes in the ranges.
TEST_P(OwnRoutesOf, AreJudgedAgainWhereVrpsChanged) {
  running.apply(settings(0, kMany, if_valid()));
  ASSERT_TRUE(first.connect());
  running.ask([&] {
    running.speaker().set_vrps(policy::VrpTable::build({{nth(7), 24, RunningSpeaker::kAsn},
                                                        {nth(8), 24, RunningSpeaker::kAsn}}),
                               {{nth(7), 24, 24}});
    return true;
  });
  EXPECT_TRUE(holds(1, "64999"));
  EXPECT_TRUE(first.advertised().contains(nth(7)));
}

// ---- Places

// Our PoP is "ams"; "paris" is that far from it.
std::shared_ptr<const policy::Egress> paris_at(std::uint32_t microseconds) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52, 5}}};
  source.metros = {{"paris", "", 10, {49, 2}}};
  source.rtts = {{"ams", "paris", microseconds}};
  source.community_asn = RunningSpeaker::kAsn;
  source.location_function = 1;
  source.egress_function = 2;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

class Placed : public OwnRoutesOf {
 protected:
  // Two networks whose policy sets the MED to the cost, the first of them in Paris.
  SpeakerSettings placed(std::uint32_t microseconds) {
    policy::ActionSource actions;
    actions.med = policy::SetNumber{policy::SetNumber::Op::EgressCost, 1000};
    SpeakerSettings placed = settings(0, 2, of(pipeline::accept_with(actions)));
    placed.egress = paris_at(microseconds);
    placed.networks[0].place = placed.egress->place_of("paris");
    return placed;
  }
  std::optional<std::uint32_t> med_on_loop(std::uint32_t n) {
    const rib::Shards& shards = running.speaker().shards();
    const auto found = shards.find(unicast(nth(n)));
    if (!found) return std::nullopt;
    const rib::Path& best = *shards.destination(*found).best();
    return pipeline::read(shards.attributes()[best.effective()]).attributes.med;
  }
  std::optional<std::uint32_t> med(std::uint32_t n) {
    return running.look([&] { return med_on_loop(n); });
  }
  bool med_settles(std::uint32_t n, std::uint32_t value) {
    return running.settles([&] { return med_on_loop(n) == value; });
  }
};

TEST_P(Placed, FollowTheCostsOfAReload) {
  running.apply(placed(8250));
  ASSERT_TRUE(med_settles(0, 8));
  EXPECT_EQ(med(1), std::nullopt);
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(holds(2, "64999"));
  const auto plan_to = [&](std::uint32_t microseconds) {
    return running.ask(
        [&] { return plan(running.speaker().running(), placed(microseconds))->networks; });
  };
  EXPECT_EQ(plan_to(8250), std::vector<Prefix>());
  EXPECT_EQ(plan_to(9000), std::vector{nth(0)});
  running.apply(placed(9000));
  EXPECT_TRUE(med_settles(0, 9));
  EXPECT_EQ(running.look([&] {
    const rib::Shards& shards = running.speaker().shards();
    return shards.egress_prefixes(0, 0);
  }),
            0U);
}

TEST_P(Placed, AnInjectedRouteMayHaveAMetro) {
  running.apply(placed(8250));
  InjectedRoute route;
  route.prefix = nth(7);
  route.metro = "rome";
  EXPECT_EQ(running.ask([&] { return running.speaker().originate(route); }),
            "the configuration has no metro rome, or no egress.pop");
  route.metro = "paris";
  EXPECT_FALSE(running.ask([&] { return running.speaker().originate(route); }));
  const auto cost_settles = [&](EgressCost cost) {
    return running.settles([&] {
      const rib::Shards& shards = running.speaker().shards();
      const auto found = shards.find(unicast(nth(7)));
      return found &&
             shards.attributes()[shards.destination(*found).best()->effective()].egress() ==
                 EgressInfo{0, 0, cost};
    });
  };
  EXPECT_TRUE(cost_settles(8250));
  running.apply(placed(9000));
  EXPECT_TRUE(cost_settles(9000));
}

// As kept routes of an earlier process, which come before the configuration.
TEST_P(Placed, AnInjectedRouteMayComeBeforeItsMetro) {
  InjectedRoute route;
  route.prefix = nth(7);
  route.metro = "paris";
  EXPECT_FALSE(running.ask([&] { return running.speaker().originate(route); }));
  running.apply(placed(8250));
  EXPECT_TRUE(running.settles([&] {
    const rib::Shards& shards = running.speaker().shards();
    const auto found = shards.find(unicast(nth(7)));
    return found && shards.attributes()[shards.destination(*found).best()->effective()].egress() ==
                        EgressInfo{0, 0, 8250};
  }));
}

INSTANTIATE_TEST_SUITE_P(Threads, Placed,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 4, {}}));

#ifdef TERN_FAULT_POINTS

// Networks whose attributes find no memory are announced when there is some.
TEST_P(OwnRoutesOf, AreTriedAgainWithoutMemory) {
  running.apply(settings(0, 0, plain));
  ASSERT_TRUE(first.connect());
  {
    const fault::Armed armed(fault::Point::Allocation, 1);
    running.apply(settings(0, 3, prepending(1)));
    ASSERT_TRUE(running.settles([&] { return armed.count() >= 1; }));
  }
  EXPECT_TRUE(holds(3, "64999 64999"));
}

#endif

// ---- Routes that an operator injects

class Injected : public OwnRoutesOf {
 protected:
  std::string inject(const Prefix& prefix, std::uint32_t expires = 0, bool kept = false) {
    InjectedRoute route;
    route.prefix = prefix;
    route.attributes.med = 5;
    route.expires = expires;
    route.kept = kept;
    return running.ask([&] { return running.speaker().originate(route).value_or(""); });
  }
  std::string withdraw(const Prefix& prefix) {
    return running.ask([&] { return running.speaker().withdraw(prefix).value_or(""); });
  }
};

TEST_P(Injected, AreAdvertisedUntilTheyAreWithdrawn) {
  running.apply(settings(0, 1, plain));
  ASSERT_TRUE(first.connect());
  ASSERT_TRUE(holds(1, "64999"));
  EXPECT_EQ(inject(nth(7)), "");
  EXPECT_TRUE(holds(2, "64999"));
  EXPECT_EQ(inject(nth(0)), "192.0.0.0/24 is one of `networks` of the configuration, which counts");
  EXPECT_EQ(inject(*Prefix::parse("127.0.0.0/24")),
            "no routing table has 127.0.0.0/24: it is in 127.0.0.0/8, loopback (RFC 1122)");
  EXPECT_EQ(withdraw(nth(0)),
            "192.0.0.0/24 is one of `networks` of the configuration: a reload without it withdraws "
            "it");
  EXPECT_EQ(withdraw(nth(9)), "192.0.9.0/24 was not originated");
  EXPECT_EQ(withdraw(nth(7)), "");
  EXPECT_TRUE(holds(1, "64999"));
}

TEST_P(Injected, Expire) {
  running.apply(settings(0, 1, plain));
  ASSERT_TRUE(first.connect());
  EXPECT_EQ(inject(nth(7), unix_seconds() + 1), "");
  EXPECT_EQ(inject(nth(8), unix_seconds() + 3600), "");
  EXPECT_TRUE(first.hears_until([&] { return first.advertised().contains(nth(7)); }));
  EXPECT_TRUE(first.hears_until([&] { return !first.advertised().contains(nth(7)); }));
  EXPECT_TRUE(holds(2, "64999"));
}

// A reload leaves them alone, unless the configuration has the prefix now.
TEST_P(Injected, EndWhereANetworkTakesTheirPlace) {
  running.apply(settings(0, 1, plain));
  ASSERT_TRUE(first.connect());
  int kept_changes = 0;
  running.ask([&] {
    running.speaker().on_kept_changed([&] { ++kept_changes; });
    return true;
  });
  EXPECT_EQ(inject(nth(7), 0, true), "");
  EXPECT_EQ(inject(nth(8)), "");
  EXPECT_TRUE(holds(3, "64999"));
  EXPECT_EQ(running.ask([&] { return kept_changes; }), 1);
  running.apply(settings(7, 8, prepending(1)));
  EXPECT_TRUE(first.hears_until([&] {
    const auto found = first.advertised().find(nth(7));
    return first.advertised().size() == 2 && found != first.advertised().end() &&
           found->second == "64999 64999";
  }));
  EXPECT_EQ(running.ask([&] { return kept_changes; }), 2);
  EXPECT_EQ(running.ask([&] { return running.speaker().injected().size(); }), 1U);
  running.apply(settings(0, 0, plain));
  EXPECT_TRUE(holds(1, "64999"));
}

TEST_P(Injected, HaveABound) {
  running.apply(settings(0, 0, plain));
  running.ask([&] {
    InjectedRoute route;
    for (std::uint32_t n = 0; n < InjectedRoutes::kMost; ++n) {
      route.prefix = nth(n);
      EXPECT_FALSE(running.speaker().originate(route));
    }
    EXPECT_FALSE(running.speaker().originate(route));  // known
    route.prefix = nth(InjectedRoutes::kMost);
    EXPECT_EQ(running.speaker().originate(route), "there are 10000 originated routes already");
    return true;
  });
  ASSERT_TRUE(first.connect());
  EXPECT_TRUE(holds(InjectedRoutes::kMost, "64999"));
}

INSTANTIATE_TEST_SUITE_P(Threads, Injected,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 4, {}}));

INSTANTIATE_TEST_SUITE_P(Threads, OwnRoutesOf,
                         testing::Values(SpeakerThreads{0, 0, 1, {}}, SpeakerThreads{1, 2, 4, {}}));

}  // namespace
}  // namespace tern::session
