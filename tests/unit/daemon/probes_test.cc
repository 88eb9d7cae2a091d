// From egress.probes to the settings of its thread, and to what the speaker keeps.
#include "bgpd/daemon/probes.h"

#include <gtest/gtest.h>

#include "bgpd/daemon/compose.h"
#include "bgpd/session/costs.h"
#include "tests/unit/conf/support.h"

namespace tern::daemon {
namespace {

std::shared_ptr<const conf::Config> load(const std::string& probes, const std::string& rest = "") {
  return conf::test::must_load(conf::test::kRouter +
                               "egress:\n"
                               "  pop: ams\n"
                               "  pops:\n"
                               "    ams: { latitude: 52, longitude: 4, code: 1 }\n"
                               "    lhr: { latitude: 51, longitude: 0, code: 2 }\n"
                               "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n" +
                               probes + rest);
}

TEST(ComposeProbes, AreOffWithoutTargets) {
  EXPECT_TRUE(compose_probes(*load("")).targets.empty());
  EXPECT_TRUE(compose_probe_rules(*load("")).places.empty());
}

TEST(ComposeProbes, DefaultsAndOrder) {
  const auto config = load(
      "  probes: { targets: { b: { address: 192.0.2.1, to: lhr },"
      " a: { address: \"2001:DB8::1\", to: berlin, method: tcp, port: 443 } } }\n");
  const probes::ProbeSettings settings = compose_probes(*config);
  EXPECT_EQ(settings.interval, std::chrono::seconds(10));
  EXPECT_EQ(settings.timeout, std::chrono::milliseconds(2000));
  using probes::Method;
  const std::vector<probes::TargetSettings> expected{
      {"a", "berlin", *IpAddress::parse("2001:db8::1"), Method::Tcp, 443},
      {"b", "lhr", *IpAddress::parse("192.0.2.1"), Method::Icmp, 0}};
  EXPECT_EQ(settings.targets, expected);
  const session::ProbeRules rules = compose_probe_rules(*config);
  EXPECT_EQ(rules.places, (std::set<std::string>{"berlin", "lhr"}));
  EXPECT_EQ(rules.lasts, std::chrono::seconds(50));
}

TEST(ComposeProbes, ATargetMayStandForAPrefix) {
  const auto config = load(
      "  probes: { targets: { a: { address: 192.0.2.1, prefix: \"2001:DB8::/32\" },"
      " b: { address: 192.0.2.2, to: lhr } } }\n");
  EXPECT_EQ(compose_probes(*config).targets[0].to, "2001:db8::/32");
  const session::ProbeRules rules = compose_probe_rules(*config);
  EXPECT_EQ(rules.places, std::set<std::string>{"lhr"});
  const std::map<std::string, Prefix> prefixes{{"2001:db8::/32", *Prefix::parse("2001:db8::/32")}};
  EXPECT_EQ(rules.prefixes, prefixes);
}

TEST(ComposeProbes, TheTimeoutFitsTheInterval) {
  const std::string targets = "targets: { a: { address: 192.0.2.1, to: lhr } } }\n";
  EXPECT_EQ(compose_probes(*load("  probes: { interval: 1, " + targets)).timeout,
            std::chrono::milliseconds(1000));
  EXPECT_EQ(compose_probes(*load("  probes: { timeout_milliseconds: 300, " + targets)).timeout,
            std::chrono::milliseconds(300));
}

TEST(ComposeProbes, ARuleOfHealthReadsLossOrRoundTripOrBoth) {
  const auto config = load("  probes: { targets: { a: { address: 192.0.2.1, to: lhr } } }\n",
                           "health:\n"
                           "  a: { rtt_to: lhr, probe_loss_percent: 50 }\n"
                           "  b: { rtt_to: lhr, probe_loss_percent: 30, above_milliseconds: 20 }\n"
                           "  c: { rtt_to: lhr, above_milliseconds: 20 }\n");
  const auto rules = compose(*config, nullptr).health;
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(rules[0].probed, "lhr");
  EXPECT_EQ(rules[0].loss_percent, 50U);
  EXPECT_TRUE(rules[0].pairs.empty());
  EXPECT_EQ(rules[1].loss_percent, 30U);
  EXPECT_EQ(rules[1].pairs.size(), 1U);
  EXPECT_EQ(rules[2].loss_percent, 0U);
}

}  // namespace
}  // namespace tern::daemon
