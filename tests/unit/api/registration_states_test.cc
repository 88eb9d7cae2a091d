// The states of registered prefixes, from UPDATEs on sockets to listings and events.
#include "bgpd/session/peer.h"
#include "bgpd/session/settings_plan.h"
#include "bgpd/wire/update.h"
#include "policy/registrations.h"
#include "policy/vrp_table.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/policy/egress_network.h"

namespace tern::api {
namespace {

using session::SocketNeighbour;

policy::Registration expected_of(const char* text, Asn partner) {
  policy::Registration one;
  one.prefix = Prefix::parse(text).value();
  one.max_length = one.prefix.length();
  one.customer = 3333;
  one.origins = {3333};
  one.partners = {partner};
  one.file = std::make_shared<const std::string>("a.csv");
  one.line = one.column = 1;
  return one;
}

class RegistrationStates : public RunningServer {
 protected:
  void begin() {
    keep_states();
    serve();
    start_neighbours(false);
    set_registrations({expected_of("193.0.0.0/21", SocketNeighbour::asn(1)),
                       expected_of("198.41.0.0/24", SocketNeighbour::asn(2))});
  }
  void set_registrations(policy::Registrations all) {
    auto source = std::make_shared<const policy::Registrations>(std::move(all));
    on_loop([&] {
      auto table = std::make_shared<const policy::RegistrationTable>(std::vector{std::move(source)},
                                                                     policy::kQuarantineAll);
      const auto before = speaker_->registrations();
      auto changed = policy::RegistrationTable::difference(
          before ? *before : policy::RegistrationTable(), *table);
      speaker_->set_registrations(std::move(table), std::move(changed));
    });
  }
  void end_tables() {
    for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
      ASSERT_TRUE(neighbour(number).end_table());
    }
  }
  std::vector<proto::Registration> list(const std::string& wanted) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request("registrations { " + wanted + " }")));
    std::vector<proto::Registration> all;
    for (const auto& response : client.hear_all()) {
      EXPECT_EQ(response.error(), "");
      for (const auto& one : response.registrations().registrations()) all.push_back(one);
    }
    return all;
  }
  // "hijacked quarantined"; "" before the first examination.
  std::string states_of(const std::string& prefix) {
    std::string text;
    for (const auto& one : list("prefix: '" + prefix + "' detail: true")) {
      for (const auto& state : one.states()) text += (text.empty() ? "" : " ") + state.state();
    }
    return text;
  }
  bool becomes(const std::string& prefix, const std::string& states) {
    return settles([&] { return states_of(prefix) == states; });
  }
  std::size_t open_events(events::Kind kind) {
    return events_.counts().events.open[static_cast<std::size_t>(kind)];
  }
};

TEST_F(RegistrationStates, FollowTheRoutes) {
  begin();
  EXPECT_EQ(states_of("193.0.0.0/21"), "") << "the neighbors have yet to send their tables";
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "not-received"));

  announce(1, "193.0.0.0/21", {3333});
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
  announce(3, "193.0.1.0/24", {666});
  EXPECT_TRUE(becomes("193.0.0.0/21", "hijacked quarantined active-on-primary single-homed"));
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::MoreSpecificHijack) == 1; }));
  EXPECT_EQ(states_of("198.41.0.0/24"), "not-received");

  const auto hijacked = list("state: 'hijacked'");
  ASSERT_EQ(hijacked.size(), 1U);
  EXPECT_EQ(hijacked[0].prefix(), "193.0.0.0/21");
  EXPECT_EQ(hijacked[0].state(), "hijacked");
  EXPECT_EQ(hijacked[0].states_size(), 0) << "without detail";

  neighbour(3).close();
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::MoreSpecificHijack) == 0; }));
  EXPECT_FALSE(list("prefix: '193.0.0.0/21' detail: true")[0].history().empty());
}

TEST_F(RegistrationStates, FollowTheRegistrations) {
  begin();
  announce(1, "193.0.0.0/21", {3333});
  announce(2, "198.41.0.0/24", {3333});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
  EXPECT_TRUE(becomes("198.41.0.0/24", "healthy active-on-primary single-homed"));
  set_registrations({expected_of("193.0.0.0/21", SocketNeighbour::asn(2)),
                     expected_of("198.41.0.0/24", SocketNeighbour::asn(2))});
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::UnregisteredPartner) == 1; }));
  EXPECT_TRUE(becomes("193.0.0.0/21", "not-received quarantined"));
  EXPECT_EQ(states_of("198.41.0.0/24"), "healthy active-on-primary single-homed");
  set_registrations({expected_of("198.41.0.0/24", SocketNeighbour::asn(2))});
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::UnregisteredPartner) == 0; }));
  EXPECT_EQ(states_of("198.41.0.0/24"), "healthy active-on-primary single-homed");
}

// A neighbor that announces all registered prefixes is one cause.
TEST_F(RegistrationStates, AStormOfHijacksIsOneEventBesideTheFirst) {
  constexpr std::uint32_t kMany = 3000;
  begin();
  policy::Registrations all;
  std::vector<Nlri> prefixes;
  for (std::uint32_t i = 0; i < kMany; ++i) {
    all.push_back(expected_of("20.0.0.0/24", SocketNeighbour::asn(1)));
    all.back().prefix = Prefix::v4(0x14000000U + (i << 8U), 24);
    prefixes.push_back({all.back().prefix, Family::Ipv4Unicast});
  }
  set_registrations(std::move(all));
  end_tables();
  ASSERT_TRUE(becomes("20.0.7.0/24", "not-received"));
  PathAttributes attributes;
  attributes.next_hop.global = IpAddress::v4(0xC6336403U);
  attributes.as_path = AsPath::sequence({SocketNeighbour::asn(3), 666});
  std::vector<std::byte> octets;
  (void)wire::encode_announcements(attributes, prefixes, {true, false, wire::kMaxMessage}, octets);
  ASSERT_TRUE(neighbour(3).send(octets));
  EXPECT_TRUE(settles([&] { return states_->book().counts()[0] == kMany; })) << "hijacked";
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::OriginHijack) == 11; }));
  const events::StageCounts counts = events_.counts();
  EXPECT_EQ(counts.dropped, 0U);
  EXPECT_GE(counts.events.folded, kMany - 10);
  neighbour(3).close();
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::OriginHijack) == 0; }));
}

// The session of neighbor 2 comes up again without IPv4.
TEST_F(RegistrationStates, ASessionIsExpectedToSendItsFamiliesAlone) {
  keep_states();
  serve();
  start_neighbours(false, {Family::Ipv4Unicast, Family::Ipv6Unicast});
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.partners.push_back(SocketNeighbour::asn(2));
  set_registrations({one});
  announce(1, "193.0.0.0/21", {3333});
  for (std::uint32_t number = 1; number <= kNeighbours; ++number) {
    ASSERT_TRUE(neighbour(number).end_table());
    ASSERT_TRUE(neighbour(number).end_table(Family::Ipv6Unicast));
  }
  EXPECT_TRUE(
      becomes("193.0.0.0/21", "not-received backup-not-found active-on-primary single-homed"));
  EXPECT_EQ(list("prefix: '193.0.0.0/21' detail: true")[0].states(0).evidence(),
            "from IP 127.0.1.2");
  neighbour(2).close();
  neighbour(2).capabilities().families = {afi_safi(Family::Ipv6Unicast)};
  ASSERT_TRUE(neighbour(2).connect());
  EXPECT_TRUE(becomes("193.0.0.0/21", "backup-not-found active-on-primary single-homed"));
}

TEST_F(RegistrationStates, ANeighborThatIsShutDownIsNotExpected) {
  begin();
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.partners.push_back(SocketNeighbour::asn(2));
  set_registrations({one});
  announce(1, "193.0.0.0/21", {3333});
  end_tables();
  EXPECT_TRUE(
      becomes("193.0.0.0/21", "not-received backup-not-found active-on-primary single-homed"));
  on_loop([&] { (void)speaker_->command("member-2", session::NeighborAction::Disable, ""); });
  EXPECT_TRUE(becomes("193.0.0.0/21", "backup-not-found active-on-primary single-homed"));
  on_loop([&] { (void)speaker_->command("member-2", session::NeighborAction::Enable, ""); });
  EXPECT_TRUE(
      becomes("193.0.0.0/21", "not-received backup-not-found active-on-primary single-homed"));
}

// The action is to warn, so the path of the route does not change.
TEST_F(RegistrationStates, FollowTheVrps) {
  begin();
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.guard[static_cast<std::size_t>(policy::Suspicion::RpkiInvalid)] = policy::GuardAction::Warn;
  set_registrations({one});
  announce(1, "193.0.0.0/21", {3333});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
  const auto set_vrps = [&](Asn origin) {
    on_loop([&] {
      speaker_->set_vrps(policy::VrpTable::build({policy::Vrp{one.prefix, 21, origin}}),
                         {policy::PrefixRange{one.prefix, 21, 32}});
    });
  };
  set_vrps(666);
  EXPECT_TRUE(becomes("193.0.0.0/21", "rpki-invalid active-on-primary single-homed"));
  set_vrps(3333);
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
}

// The registration names another PoP, so the name of the exit is in the evidence alone.
TEST_F(RegistrationStates, FollowTheNamesOfPops) {
  begin();
  const auto call_pop = [&](const std::string& name) {
    policy::EgressSource source = policy::network(name);
    source.pops[0].name = name;
    const auto egress = std::make_shared<const policy::Egress>(policy::egress_of(source));
    on_loop([&] {
      session::SpeakerSettings settings = speaker_->settings();
      settings.egress = egress;
      for (auto& peer : settings.peers) peer.import.egress = peer.exported.egress = egress;
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
    });
  };
  call_pop("ams");
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.primary_pop = "iad";
  set_registrations({one});
  announce(1, "193.0.0.0/21", {3333});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "active-on-backup healthy single-homed"));
  const auto why = [&] {
    return list("prefix: '193.0.0.0/21' detail: true")[0].states(0).evidence();
  };
  EXPECT_EQ(why(), "by member-1 at ams");
  call_pop("fra");
  EXPECT_TRUE(settles([&] { return why() == "by member-1 at fra"; })) << why();
}

TEST_F(RegistrationStates, ALastResortIsAnEventUntilAPartnerIsBack) {
  begin();
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.fallback = policy::Fallback::Any;
  set_registrations({one});
  announce(3, "193.0.0.0/21", {666});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "hijacked last-resort not-received"));
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::StateChanged) == 1; }));
  announce(1, "193.0.0.0/21", {3333});
  EXPECT_TRUE(becomes("193.0.0.0/21", "hijacked active-on-primary single-homed"));
  EXPECT_TRUE(settles([&] { return open_events(events::Kind::StateChanged) == 0; }));
}

TEST_F(RegistrationStates, ANonPartnerInUseIsSaid) {
  begin();
  policy::Registration one = expected_of("193.0.0.0/21", SocketNeighbour::asn(1));
  one.fallback = policy::Fallback::AnyValid;
  set_registrations({one});
  announce(3, "193.0.0.0/21", {3333});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "not-received active-on-fallback"));
  announce(1, "193.0.0.0/21", {3333});
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
}

// The end of the daemon's sessions changes no state.
TEST_F(RegistrationStates, FrozenStatesStay) {
  begin();
  announce(1, "193.0.0.0/21", {3333});
  end_tables();
  EXPECT_TRUE(becomes("193.0.0.0/21", "healthy active-on-primary single-homed"));
  on_loop([&] { states_->freeze(); });
  neighbour(1).close();
  ASSERT_TRUE(
      settles([&] { return on_loop([&] { return !speaker_->find("member-1")->established(); }); }));
  events_.drain();
  EXPECT_EQ(states_of("193.0.0.0/21"), "healthy active-on-primary single-homed");
}

TEST_F(RegistrationStates, WithoutRegistrationsNothingIsSubscribed) {
  keep_states();
  serve();
  start_neighbours(false);
  end_tables();
  announce(1, "193.0.0.0/21", {3333});
  ASSERT_TRUE(settles([&] { return received(1) == 1; }));
  const auto subscribed = [&] { return look([&] { return speaker_->shards()[0].subscribed(); }); };
  EXPECT_FALSE(subscribed());
  set_registrations({expected_of("193.0.0.0/21", SocketNeighbour::asn(1))});
  EXPECT_TRUE(settles(subscribed));
  set_registrations({});
  EXPECT_TRUE(settles([&] { return !subscribed(); }));
}

TEST_F(RegistrationStates, AStateThatIsNoneIsAnError) {
  begin();
  EXPECT_EQ(error_of(socket_, request("registrations { state: 'bad' }"))
                .rfind("'bad' is no state: hijacked, ", 0),
            0U);
}

}  // namespace
}  // namespace tern::api
