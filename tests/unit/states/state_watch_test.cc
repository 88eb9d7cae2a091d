// StateWatch beside a whole Speaker, when tern-event is held up.
#include "bgpd/states/state_watch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bgpd/session/costs.h"
#include "registered.h"
#include "tests/unit/policy/egress_network.h"
#include "tests/unit/session/kept_prefixes.h"

namespace tern::states {
namespace {

constexpr char kRegistered[] = "10.0.0.0/8";  // covers all prefixes of SocketNeighbour::announce()

class StateWatchTest : public testing::Test {
 protected:
  StateWatchTest() {
    session::SpeakerSettings settings = running_.settings();
    settings.most_kept_prefixes = 1000;
    settings.peers.push_back(running_.listed(1));
    running_.apply(std::move(settings));
    running_.ask([&] {
      running_.speaker().set_registrations(table_of({registered_prefix(kRegistered)}), {});
      watch_ = std::make_unique<StateWatch>(running_.loop(), running_.speaker(), stage_);
      watch_->apply(1);
    });
  }
  ~StateWatchTest() override {
    running_.ask([&] { watch_.reset(); });
  }
  // Called while the loop has all shards.
  [[nodiscard]] bool subscribed() { return running_.speaker().shards()[0].subscribed(); }
  [[nodiscard]] bool has(State state) const {
    const auto shown = watch_->book().find(prefix_of(kRegistered));
    return shown &&
           std::ranges::find(shown->now, state, &ShownStates::Now::state) != shown->now.end();
  }

  events::EventStage stage_;
  session::RunningSpeaker running_;
  session::SocketNeighbour first_{1, running_.port()};
  std::unique_ptr<StateWatch> watch_;
};

// The journal keeps prefixes that are gone until the subscription is let go.
TEST_F(StateWatchTest, LetsPrefixesGoWhileTernEventIsHeldUp) {
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(first_.end_table());
  ASSERT_TRUE(running_.settles([&] { return subscribed() && has(State::NotReceived); }));
  std::promise<void> busy, end;
  stage_.post([&, ended = end.get_future().share()] {
    busy.set_value();
    ended.wait();
  });
  busy.get_future().get();
  EXPECT_TRUE(session::cycles_until(running_, first_, [&] { return !subscribed(); }));
  end.set_value();
  ASSERT_TRUE(first_.announce(0, 8));
  EXPECT_TRUE(running_.settles([&] { return subscribed() && has(State::Hijacked); }))
      << "a new subscription has all registrations examined";
}

// Reports come first, and then the cost of a PoP that no route of the prefix leaves at.
TEST_F(StateWatchTest, OtherCostsHaveReportsComparedAgain) {
  policy::EgressSource source;
  source.pops = {{"ams", "", 1, {52, 4}}, {"iad", "", 2, {39, -77}}};
  source.pop = "ams";
  source.community_asn = 65000;
  source.location_function = 10;
  source.egress_function = 11;
  const auto egress = std::make_shared<const policy::Egress>(policy::egress_of(source));
  const Prefix prefix = session::prefix_of(0);
  policy::Registration one = registered_prefix(prefix.to_string());
  one.partners = {session::SocketNeighbour::asn(1)};
  one.origins = {200};
  session::SpeakerSettings settings = running_.settings();
  settings.egress = egress;
  settings.peers.push_back(running_.listed(1));
  settings.peers.back().import.egress = settings.peers.back().exported.egress = egress;
  running_.apply(std::move(settings));
  const auto measure = [&](const char* pop, EgressCost cost) {
    return running_.ask([&] {
      return running_.speaker().costs().set_prefixes(pop, {{prefix, cost}}, std::nullopt);
    });
  };
  const auto is_suboptimal = [&] {
    const auto shown = watch_->book().find(prefix);
    return shown && std::ranges::find(shown->now, State::SuboptimalIngress,
                                      &ShownStates::Now::state) != shown->now.end();
  };
  running_.ask([&] { running_.speaker().set_registrations(table_of({one}), {}); });
  ASSERT_EQ(measure("ams", 5000), std::nullopt);
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(first_.announce(0, 8));
  ASSERT_TRUE(first_.end_table());
  ASSERT_TRUE(running_.ask([&] { return watch_->take_ingress({{prefix, "iad", 90'000'000}}); }));
  ASSERT_TRUE(running_.settles([&] {
    const auto shown = watch_->book().find(prefix);
    return shown && watch_->ingress().counts().entries == 1;
  }));
  ASSERT_TRUE(running_.looks_again(3));
  EXPECT_FALSE(is_suboptimal());
  ASSERT_EQ(measure("iad", 50'000), std::nullopt);
  EXPECT_TRUE(running_.settles(is_suboptimal));
}

// With `warn` no route changes.
TEST_F(StateWatchTest, OtherUsualPathsHaveThePrefixExaminedAgain) {
  const Prefix prefix = session::prefix_of(0);
  policy::Registration one = registered_prefix(prefix.to_string());
  one.partners.clear();
  one.origins = {200};
  one.guard[static_cast<std::size_t>(policy::Suspicion::NewUpstream)] = policy::GuardAction::Warn;
  const auto set_upstream = [&](Asn upstream) {
    policy::UsualPath usual;
    usual.prefix = prefix;
    usual.origins = {200};
    usual.origin_count = 1;
    usual.upstreams = {upstream};
    usual.upstream_count = 1;
    auto paths = std::make_shared<const policy::UsualPaths>(std::vector{usual});
    running_.ask([&] {
      running_.speaker().set_usual_paths(std::move(paths),
                                         {{prefix, prefix.length(), prefix.length()}});
    });
  };
  const auto is_not_correct = [&] {
    const auto shown = watch_->book().find(prefix);
    return shown && std::ranges::find(shown->now, State::PathNotCorrect,
                                      &ShownStates::Now::state) != shown->now.end();
  };
  running_.ask([&] { running_.speaker().set_registrations(table_of({one}), {}); });
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(first_.announce(0, 8));
  ASSERT_TRUE(first_.end_table());
  ASSERT_TRUE(running_.settles([&] { return watch_->book().find(prefix).has_value(); }));
  EXPECT_FALSE(is_not_correct());
  set_upstream(666);
  EXPECT_TRUE(running_.settles(is_not_correct));
  set_upstream(100);  // of append_announcements()
  EXPECT_TRUE(running_.settles([&] { return !is_not_correct(); }));
}

TEST_F(StateWatchTest, ReportsOfIngressWaitInABoundedNumber) {
  std::promise<void> busy, end;
  stage_.post([&, ended = end.get_future().share()] {
    busy.set_value();
    ended.wait();
  });
  busy.get_future().get();
  const std::vector<IngressReport> batch(1000, {prefix_of(kRegistered), "ams", 1});
  std::size_t taken = 0;
  running_.ask([&] {
    while (taken < 100 && watch_->take_ingress(batch)) ++taken;
  });
  EXPECT_EQ(taken, 16U);
  EXPECT_TRUE(running_.ask([&] { return watch_->take_ingress({}); })) << "and no report is no task";
  end.set_value();
  EXPECT_TRUE(running_.settles([&] { return watch_->ingress().counts().taken == taken * 1000; }));
  EXPECT_TRUE(running_.ask([&] { return watch_->take_ingress(batch); })) << "there is room again";
}

}  // namespace
}  // namespace tern::states
