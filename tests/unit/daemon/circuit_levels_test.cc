// Events of circuits, and the settings of circuits and ingress.
#include <gtest/gtest.h>

#include <string>

#include "bgpd/daemon/circuits.h"
#include "bgpd/daemon/event_levels.h"
#include "bgpd/daemon/registrations.h"
#include "conf/config.h"

namespace tern::daemon {
namespace {

TEST(CircuitLevels, ACircuitHasItsFaultOrItsMaintenance) {
  states::CircuitBook book;
  states::CircuitSession session;
  session.name = "edge-1";
  session.circuit = "north";
  session.asn = 65001;
  session.families = {Family::Ipv4Unicast};
  session.router = 1;
  session.established = true;
  book.see(1, session, 1);
  session.name = "edge-2";
  session.router = 2;
  session.established = false;
  book.see(2, session, 1);
  EXPECT_FALSE(book.settle(1 + states::CircuitBook::kFirstTime, 64));
  EventLevels levels;
  add_circuit_level(book, *book.circuits().begin(), false, levels);
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_EQ(levels.begin()->first, "pair-degraded north");
  const events::Report fault = levels.begin()->second;
  EXPECT_EQ(fault.summary,
            "circuit north is pair-degraded: 1 of 2 connections in service: edge-2 is down");
  EXPECT_EQ(fault.severity, std::nullopt);
  EXPECT_EQ(fault.subject.neighbor, "edge-2");
  EXPECT_EQ(fault.subject.source, "north");
  EXPECT_EQ(fault.evidence.at("by"), "fault");
  EXPECT_EQ(fault.evidence.at("session edge-2"), "down");

  session.established = session.drained = true;
  book.see(2, session, 100);
  EXPECT_FALSE(book.settle(100, 64));
  levels.clear();
  add_circuit_level(book, *book.circuits().begin(), true, levels);
  EXPECT_EQ(levels.begin()->second.severity, events::Severity::Info);
  EXPECT_EQ(levels.begin()->second.evidence.at("by"), "maintenance");
  EXPECT_EQ(levels.begin()->second.cause, "pop-drained pop");

  session.drained = false;
  book.see(2, session, 100);
  EXPECT_FALSE(book.settle(100, 64));
  EXPECT_FALSE(book.settle(200, 64));
  levels.clear();
  add_circuit_level(book, *book.circuits().begin(), false, levels);
  EXPECT_TRUE(levels.empty()) << "a redundant circuit is no event";
}

TEST(CircuitLevels, SettingsOfCircuits) {
  const auto composed = [](const std::string& section) {
    const auto config =
        conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n" + section, "/etc/t.yml");
    EXPECT_TRUE(config.ok());
    return compose_circuits(**config);
  };
  EXPECT_EQ(composed(""), states::CircuitSettings());
  const states::CircuitSettings set = composed("circuits: { derive: none, hold: 10 }\n");
  EXPECT_EQ(set.derive, states::CircuitSettings::Derive::None);
  EXPECT_EQ(set.hold, 10U);
  EXPECT_EQ(composed("circuits: { derive: all }\n").derive, states::CircuitSettings::Derive::All);
}

TEST(CircuitLevels, TheShareOfIngress) {
  const auto composed = [](const std::string& section) {
    const auto config =
        conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n" + section, "/etc/t.yml");
    EXPECT_TRUE(config.ok());
    return compose_ingress_percent(**config);
  };
  EXPECT_EQ(composed(""), states::kIngressPercent);
  EXPECT_EQ(composed("registrations: { ingress_percent: 35 }\n"), 35U);
}

}  // namespace
}  // namespace tern::daemon
