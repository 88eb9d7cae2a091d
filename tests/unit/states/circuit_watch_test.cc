// CircuitWatch beside a whole Speaker: sessions that come, go, are drained and shut down.
#include "bgpd/states/circuit_watch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "registered.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::states {
namespace {

using session::SocketNeighbour;

class CircuitWatchTest : public testing::Test {
 protected:
  CircuitWatchTest() {
    running_.ask(
        [&] { watch_ = std::make_unique<CircuitWatch>(running_.loop(), running_.speaker()); });
  }
  ~CircuitWatchTest() override {
    running_.ask([&] { watch_->freeze(); });
    // A slice may be posted.
    running_.ask([] {});
    running_.ask([&] { watch_.reset(); });
  }
  // Neighbors 1 and 2, with the name of a circuit or without.
  void begin(const std::string& circuit, CircuitSettings settings) {
    session::SpeakerSettings all = running_.settings();
    for (const std::uint32_t number : {1U, 2U}) {
      all.peers.push_back(running_.listed(number));
      all.peers.back().circuit = circuit;
    }
    running_.apply(std::move(all));
    running_.ask([&] { watch_->apply(settings); });
  }
  [[nodiscard]] std::string state(const std::string& key) const {
    const auto found = watch_->book().circuits().find(key);
    return found == watch_->book().circuits().end()
               ? "none"
               : std::string(to_string(found->second.finding.state));
  }
  bool becomes(const std::string& key, const std::string& wanted) {
    return running_.settles([&] { return state(key) == wanted; });
  }
  [[nodiscard]] CircuitFinding finding(const std::string& key) {
    return running_.ask([&] { return watch_->book().circuits().find(key)->second.finding; });
  }

  session::RunningSpeaker running_;
  SocketNeighbour first_{1, running_.port()};
  SocketNeighbour second_{2, running_.port()};
  std::unique_ptr<CircuitWatch> watch_;
};

CircuitSettings of(CircuitSettings::Derive derive) { return {derive, 0}; }

TEST_F(CircuitWatchTest, FollowsTheSessionsOfANamedCircuit) {
  begin("north", of(CircuitSettings::Derive::None));
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(second_.connect());
  ASSERT_TRUE(becomes("north", "redundant"));

  second_.close();
  EXPECT_TRUE(becomes("north", "pair-degraded"));
  EXPECT_FALSE(finding("north").maintenance);
  ASSERT_TRUE(second_.connect());
  ASSERT_TRUE(becomes("north", "redundant"));

  const std::string name =
      running_.ask([&] { return running_.speaker().peers()[1]->settings().name; });
  running_.ask([&] { (void)running_.speaker().drain(name, {}); });
  EXPECT_TRUE(becomes("north", "pair-degraded"));
  EXPECT_TRUE(finding("north").maintenance);
  running_.ask([&] { (void)running_.speaker().undrain(name); });
  EXPECT_TRUE(becomes("north", "redundant"));

  running_.ask(
      [&] { (void)running_.speaker().command(name, session::NeighborAction::Disable, ""); });
  EXPECT_TRUE(becomes("north", "pair-degraded"));
  EXPECT_TRUE(finding("north").maintenance);
  EXPECT_NE(finding("north").evidence.find("shut down"), std::string::npos);
}

TEST_F(CircuitWatchTest, APartnerOfARegistrationIsACircuit) {
  begin("", of(CircuitSettings::Derive::Partners));
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(second_.connect());
  const std::string key = "AS " + std::to_string(SocketNeighbour::asn(1));
  policy::Registration one = registered_prefix("10.0.0.0/8");
  one.partners = {SocketNeighbour::asn(1)};
  running_.ask([&] { running_.speaker().set_registrations(table_of({one}), {}); });
  EXPECT_TRUE(becomes(key, "unknown")) << "its only session may not be all";
  EXPECT_EQ(running_.ask([&] { return watch_->book().circuits().size(); }), 1U)
      << "the other neighbor is no partner";
  running_.ask([&] { running_.speaker().set_registrations(table_of({}), {}); });
  EXPECT_TRUE(becomes(key, "none"));
}

TEST_F(CircuitWatchTest, AllNeighborsOrNone) {
  begin("", of(CircuitSettings::Derive::All));
  ASSERT_TRUE(first_.connect());
  EXPECT_TRUE(running_.settles([&] { return !watch_->book().circuits().empty(); }));
  running_.ask([&] { watch_->apply(of(CircuitSettings::Derive::None)); });
  EXPECT_TRUE(running_.settles([&] { return watch_->book().circuits().empty(); }));
}

TEST_F(CircuitWatchTest, NeighborsAreRenamedAndRemoved) {
  begin("north", of(CircuitSettings::Derive::None));
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(second_.connect());
  ASSERT_TRUE(becomes("north", "redundant"));
  session::SpeakerSettings settings = running_.settings();
  settings.peers.push_back(running_.listed(2));
  settings.peers.back().circuit = "north";
  settings.peers.back().name = "edge-2";
  running_.apply(std::move(settings));
  EXPECT_TRUE(becomes("north", "single-homed")) << "the first neighbor of the circuit is gone";
  EXPECT_TRUE(running_.settles([&] {
    const CircuitBook::Circuit& north = watch_->book().circuits().at("north");
    return north.sessions.size() == 1 &&
           watch_->book().session(*north.sessions.begin())->name == "edge-2";
  }));
}

TEST_F(CircuitWatchTest, AFrozenBookStays) {
  begin("north", of(CircuitSettings::Derive::None));
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(second_.connect());
  ASSERT_TRUE(becomes("north", "redundant"));
  running_.ask([&] { watch_->freeze(); });
  second_.close();
  ASSERT_TRUE(running_.settles([&] { return !running_.speaker().peers()[1]->established(); }));
  ASSERT_TRUE(running_.looks_again(3));
  EXPECT_TRUE(becomes("north", "redundant"));
}

}  // namespace
}  // namespace tern::states
