// The sessions whose addresses registrations may have to own, out of a configuration.
#include "bgpd/daemon/registrations.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bgpd/daemon/irr.h"
#include "tests/unit/conf/support.h"

namespace tern::daemon {
namespace {

constexpr char kSessions[] =
    "router: { asn: 65000, id: 10.0.0.1 }\n"
    "groups:\n"
    "  customers: { asn: 64501 }\n"
    "  guests: {}\n"
    "peers:\n"
    "  - { name: edge-2, address: 198.51.100.2, asn: 64502 }\n"
    "  - { name: edge-1, address: \"2001:db8::1\", asn: 64501 }\n"
    "  - { address: 198.51.100.3, asn: 64502 }\n"
    "dynamic_peers:\n"
    "  - { prefix: 203.0.113.0/25, group: guests, asns: [64510-64519, \"64502\"] }\n"
    "  - { prefix: 203.0.113.128/26, group: customers }\n"
    "  - { prefix: 203.0.113.192/26, group: guests }\n";

std::vector<std::string> texts_of(const std::vector<registrations::PartnerSession>& sessions) {
  std::vector<std::string> texts;
  for (const auto& one : sessions) {
    texts.push_back(std::to_string(one.first_as) + "-" + std::to_string(one.last_as) + " " +
                    one.address.to_string() + " " + one.name);
  }
  return texts;
}

TEST(ComposeRegistrations, SessionsHaveTheirPartner) {
  const auto sessions = compose_sessions(*conf::test::must_load(kSessions));
  EXPECT_EQ(texts_of(sessions->of_one_as),
            (std::vector<std::string>{"64501-64501 2001:db8::1/128 edge-1",
                                      "64501-64501 203.0.113.128/26 dynamic_peers 203.0.113.128/26",
                                      "64502-64502 198.51.100.2/32 edge-2",
                                      "64502-64502 198.51.100.3/32 198.51.100.3",
                                      "64502-64502 203.0.113.0/25 dynamic_peers 203.0.113.0/25"}));
  EXPECT_EQ(texts_of(sessions->of_several),
            std::vector<std::string>{"64510-64519 203.0.113.0/25 dynamic_peers 203.0.113.0/25"});
}

TEST(ComposeRegistrations, SessionsAreAskedForByASetting) {
  using registrations::Requirement;
  const auto settings = [](const std::string& section) {
    return compose_registrations(*conf::test::must_load(kSessions + section));
  };
  const auto without = settings("registrations: { require: none }\n");
  EXPECT_EQ(without.requirements.origins, Requirement::None);
  EXPECT_FALSE(without.requirements.owned_sessions);
  EXPECT_TRUE(without.requirements.sessions->of_one_as.empty());
  const auto with = settings(
      "registrations: { require: roa-or-irr-valid, session_address: owned, allow_reserved: true,"
      " irr: [a.csv] }\n");
  EXPECT_EQ(with.requirements.origins, Requirement::RoaOrIrrValid);
  EXPECT_TRUE(with.requirements.owned_sessions && with.requirements.reserved_addresses);
  EXPECT_EQ(with.requirements.sessions->of_one_as.size(), 5U);
  EXPECT_EQ(settings("registrations: { require: irr-valid, irr: [a.csv] }\n").requirements.origins,
            Requirement::IrrValid);
  EXPECT_EQ(settings("").requirements.origins, Requirement::NotInvalid);
}

// Registrations in force are compared when the sources of the configuration have data.
TEST(ComposeRegistrations, EvidenceThatIsConfiguredIsWaitedFor) {
  const auto requirements = [](const std::string& section) {
    return compose_registrations(*conf::test::must_load(kSessions + section)).requirements;
  };
  EXPECT_FALSE(requirements("").awaits_vrps);
  EXPECT_FALSE(requirements("").awaits_objects);
  EXPECT_TRUE(requirements("rpki: { caches: [ { address: 192.0.2.1 } ] }\n").awaits_vrps);
  EXPECT_TRUE(requirements("rpki: { files: [vrps.json] }\n").awaits_vrps);
  EXPECT_TRUE(requirements("registrations: { require: irr-valid, irr: [a.csv] }\n").awaits_objects);
}

TEST(ComposeIrr, HasPathsAndABound) {
  const auto config = conf::test::must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "registrations: { require: irr-valid, irr: [a.csv, /b.db], irr_objects: 7 }\n");
  const auto settings = compose_irr(*config);
  ASSERT_EQ(settings.paths.size(), 2U);
  EXPECT_EQ(settings.paths[1], "/b.db");
  conf::Config elsewhere = *config;
  elsewhere.path = "/etc/tern/tern.yml";
  EXPECT_EQ(compose_irr(elsewhere).paths[0], "/etc/tern/a.csv");
  EXPECT_EQ(settings.most_objects, 7U);
}

}  // namespace
}  // namespace tern::daemon
