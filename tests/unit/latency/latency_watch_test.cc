// LatencyWatch beside a whole Speaker: where round trips belong, what is refused, and the event of
// a latency that is degraded.
#include "bgpd/latency/latency_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/latency/latency_reports.h"
#include "policy/egress.h"
#include "policy/registrations.h"
#include "tests/unit/latency/clock.h"
#include "tests/unit/session/running_speaker.h"

namespace tern::latency {
namespace {

constexpr char kRegistered[] = "203.0.113.0/24";

std::shared_ptr<const policy::Egress> network() {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.8}}};
  source.metros = {{"paris", "", 10, {48.9, 2.4}}};
  source.community_asn = session::RunningSpeaker::kAsn;
  source.location_function = 10;
  source.egress_function = 11;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

std::shared_ptr<const policy::RegistrationTable> table_of(const char* prefix) {
  policy::Registration one;
  one.prefix = *Prefix::parse(prefix);
  one.max_length = one.prefix.length();
  one.origins = {64500};
  one.file = std::make_shared<const std::string>("a.csv");
  auto all = std::make_shared<policy::Registrations>();
  all->push_back(std::move(one));
  const std::shared_ptr<const policy::Registrations> source = std::move(all);
  return std::make_shared<const policy::RegistrationTable>(std::vector{source},
                                                           policy::kQuarantineAll);
}

class LatencyWatchTest : public testing::Test {
 protected:
  LatencyWatchTest() {
    session::SpeakerSettings settings = running_.settings();
    settings.egress = network();
    session::PeerSettings peer = running_.listed(1);
    peer.import.egress = peer.exported.egress = settings.egress;
    settings.peers.push_back(std::move(peer));
    running_.apply(std::move(settings));
    running_.ask([&] {
      running_.speaker().set_registrations(table_of(kRegistered), {});
      watch_ = std::make_unique<LatencyWatch>(
          running_.loop(), running_.speaker(), stage_,
          Pace{[this] { return now_.load(); }, std::chrono::milliseconds(1)});
      watch_->apply({.subjects = 8, .rules = {.dwell = std::chrono::seconds(0)}});
    });
  }
  ~LatencyWatchTest() override {
    running_.ask([&] { watch_->freeze(); });
    running_.ask([] {});  // parts of a look that were posted before
    running_.ask([] {});
    running_.ask([&] { watch_.reset(); });
  }

  std::optional<Refusal> report(const char* to, EgressCost microseconds) {
    std::optional<Refusal> refused;
    (void)report(to, std::vector{microseconds}, [&](Refusal why) { refused = why; });
    return refused;
  }
  std::size_t report(const char* to, const std::vector<EgressCost>& microseconds,
                     const std::function<void(Refusal)>& refused) {
    return running_.ask([&] { return watch_->report(to, microseconds, refused); });
  }
  void report_often(const char* to, EgressCost microseconds) {
    const auto unexpected = [](Refusal why) { ADD_FAILURE() << to_string(why); };
    EXPECT_EQ(report(to, std::vector(100, microseconds), unexpected), 100U);
  }
  template <typename Fn>
  bool settles(Fn&& condition) {
    return comes_true([&] { return running_.ask(condition); });
  }
  [[nodiscard]] const Track* track(const char* text) const {
    for (const Subject& subject : watch_->subjects_of(text)) {
      if (const Track* const found = watch_->book().find(subject)) return found;
    }
    return nullptr;
  }
  [[nodiscard]] std::uint64_t subjects(Subject::Kind kind) const {
    return watch_->book().counts().subjects[static_cast<std::size_t>(kind)];
  }
  // Three hours of usual round trips, and a fourth one that has begun.
  void learn(const char* to) {
    for (std::size_t hour = 1; hour <= 3; ++hour) {
      report_often(to, 20'000);
      now_ += kHour;
      EXPECT_TRUE(settles([&] { return track(to)->history().size() == hour; }));
    }
    EXPECT_TRUE(running_.ask([&] { return track(to)->baseline().has_value(); }));
  }
  // "open latency-degraded 203.0.113.0/24;"
  [[nodiscard]] std::string events() const {
    std::string text;
    std::uint64_t change = 0;
    for (const auto& event : stage_.read(change, 100, {})) {
      text += std::string(event->open() ? "open " : "ended ") + event->key + ";";
    }
    return text;
  }

  std::atomic<std::uint32_t> now_{kStart};
  events::EventStage stage_;
  session::RunningSpeaker running_;
  session::SocketNeighbour first_{1, running_.port()};
  std::unique_ptr<LatencyWatch> watch_;
};

TEST_F(LatencyWatchTest, RoundTripsBelongToTheRegistrationThatCoversThem) {
  EXPECT_EQ(report(kRegistered, 20'000), std::nullopt);
  EXPECT_EQ(report("203.0.113.7", 20'000), std::nullopt);
  EXPECT_EQ(report("203.0.113.128/25", 20'000), std::nullopt);
  EXPECT_EQ(report("paris", 9'000), std::nullopt);
  running_.ask([&] {
    EXPECT_EQ(watch_->book().tracks().size(), 2U);
    EXPECT_EQ(track(kRegistered)->percentiles(Window::FiveMinutes, now_).count, 3U);
    EXPECT_EQ(track("203.0.113.200"), track(kRegistered));
    EXPECT_EQ(track("paris")->percentiles(Window::Day, now_).count, 1U);
    EXPECT_EQ(watch_->taken(), (std::array<std::uint64_t, kSources>{4, 0, 0}));
  });
}

TEST_F(LatencyWatchTest, RefusesWhatBelongsNowhere) {
  EXPECT_EQ(report("198.51.100.1", 20'000), Refusal::Unknown);
  EXPECT_EQ(report("203.0.112.0/23", 20'000), Refusal::Unknown) << "covers the registration";
  EXPECT_EQ(report("lisbon", 20'000), Refusal::Unknown);
  EXPECT_EQ(report("", 20'000), Refusal::Unknown);
  EXPECT_EQ(report("ams", 20'000), Refusal::Unknown) << "a PoP is no metro";
  EXPECT_EQ(report("paris", 0), Refusal::Value);
  EXPECT_EQ(report("paris", kMostRoundTrip + 1), Refusal::Value);
  running_.ask([&] { watch_->apply({.subjects = 0, .rules = {}}); });
  EXPECT_EQ(report("paris", 20'000), Refusal::Full);
  running_.ask([&] {
    EXPECT_EQ(watch_->refused(), (std::array<std::uint64_t, kRefusals>{2, 5, 1}));
    EXPECT_TRUE(watch_->book().tracks().empty());
  });
}

TEST_F(LatencyWatchTest, OfAReportEachRoundTripIsTakenOrRefused) {
  std::vector<Refusal> refused;
  const auto note = [&](Refusal why) { refused.push_back(why); };
  EXPECT_EQ(report("paris", {0}, note), 0U);
  running_.ask([&] { EXPECT_EQ(track("paris"), nullptr) << "a bad one makes no subject"; });
  EXPECT_EQ(report("paris", {5'000, 0, 6'000, 20'000'000}, note), 2U);
  EXPECT_EQ(report("atlantis", {5'000, 0}, note), 0U);
  EXPECT_EQ(refused, (std::vector<Refusal>{Refusal::Value, Refusal::Value, Refusal::Value,
                                           Refusal::Unknown, Refusal::Value}));
  running_.ask([&] {
    EXPECT_EQ(watch_->taken()[static_cast<std::size_t>(Source::Report)], 2U);
    EXPECT_EQ(watch_->refused(), (std::array<std::uint64_t, kRefusals>{4, 1, 0}));
  });
}

TEST_F(LatencyWatchTest, ASecondHasRoomForSoManyReports) {
  running_.ask([&] {
    EXPECT_EQ(watch_->room(), LatencyWatch::kMostPerSecond);
    const std::vector<EgressCost> most(LatencyWatch::kMostPerSecond, 9'000);
    (void)watch_->report("paris", most, [](Refusal) {});
    EXPECT_EQ(watch_->room(), 0U);
    ++now_;
    EXPECT_EQ(watch_->room(), LatencyWatch::kMostPerSecond);
  });
}

TEST_F(LatencyWatchTest, TakesOurOwnProbes) {
  running_.ask([&] {
    watch_->take_probes({{"paris", 9'000, 1, 0},
                         {kRegistered, 20'000, 1, 0},
                         {"ams", 1'000, 1, 0},
                         {"paris", std::nullopt, 1, 1}});
    EXPECT_EQ(watch_->taken(), (std::array<std::uint64_t, kSources>{0, 2, 0}));
    EXPECT_NE(track("paris"), nullptr);
    EXPECT_NE(track(kRegistered), nullptr);
    watch_->apply({.subjects = 2, .rules = {}});
    running_.speaker().set_registrations(table_of("198.51.100.0/24"), {});
    watch_->take_probes({{"198.51.100.0/24", 9'000, 1, 0}});
    EXPECT_EQ(watch_->refused(), (std::array<std::uint64_t, kRefusals>{0, 0, 1}));
  });
}

TEST_F(LatencyWatchTest, TakesTheRoundTripsOfSessions) {
  ASSERT_TRUE(first_.connect());
  EXPECT_TRUE(settles([&] { return subjects(Subject::Kind::Neighbor) == 1; }));
}

// The kernel smooths these round trips, and keeps the last value of a session without traffic.
TEST_F(LatencyWatchTest, TheLatencyOfANeighborIsNotCompared) {
  ASSERT_TRUE(first_.connect());
  ASSERT_TRUE(settles([&] { return subjects(Subject::Kind::Neighbor) == 1; }));
  running_.ask([&] {
    const Subject neighbor = std::prev(watch_->book().tracks().end())->first;
    ASSERT_EQ(neighbor.kind, Subject::Kind::Neighbor);
    watch_->restore({{neighbor, std::make_shared<const Track::Hours>(), kStart - kHour}});
    EXPECT_EQ(watch_->book().counts().degraded[2], 1U);
  });
  EXPECT_TRUE(settles([&] { return watch_->book().counts().degraded[2] == 0; }));
  EXPECT_EQ(events(), "");
}

TEST_F(LatencyWatchTest, ADegradedLatencyIsAnEventUntilItRecovers) {
  learn(kRegistered);
  EXPECT_EQ(events(), "");
  report_often(kRegistered, 90'000);
  EXPECT_TRUE(comes_true([&] {
    return events() == "open latency-degraded prefix 203.0.113.0/24;";
  })) << events();
  std::uint64_t change = 0;
  const auto event = stage_.read(change, 1, {}).at(0);
  EXPECT_EQ(event->subject.prefix, kRegistered);
  EXPECT_EQ(event->subject.pop, "ams");
  EXPECT_EQ(event->evidence.at("round trips of 5 minutes"), "100");
  EXPECT_NE(event->summary.find("latency of prefix 203.0.113.0/24 is degraded: p95 "),
            std::string::npos)
      << event->summary;
  running_.ask([&] {
    EXPECT_EQ(watch_->book().counts().degraded[0], 1U);
    EXPECT_GT(watch_->octets(), 0U);
  });
  now_ += 6 * 60;
  report_often(kRegistered, 20'000);
  EXPECT_TRUE(comes_true([&] {
    return events() == "ended latency-degraded prefix 203.0.113.0/24;";
  })) << events();
}

TEST_F(LatencyWatchTest, TheEventOfWhatIsGoneEndsAndItsHoursStay) {
  learn("203.0.113.7");
  report_often("203.0.113.7", 90'000);
  EXPECT_TRUE(comes_true([&] { return events().rfind("open ", 0) == 0; }));
  running_.ask([&] { running_.speaker().set_registrations(table_of("198.51.100.0/24"), {}); });
  EXPECT_TRUE(settles([&] { return watch_->book().counts().degraded[0] == 0; }));
  EXPECT_TRUE(comes_true([&] { return events().rfind("ended ", 0) == 0; }));
  running_.ask([&] { running_.speaker().set_registrations(table_of(kRegistered), {}); });
  EXPECT_EQ(report(kRegistered, 20'000), std::nullopt);
  running_.ask([&] { EXPECT_EQ(track(kRegistered)->history().size(), 3U); });
}

TEST_F(LatencyWatchTest, WithoutSubjectsAllIsForgottenAndTheFileStays) {
  std::atomic<int> kept{0};
  learn(kRegistered);
  running_.ask([&] {
    watch_->on_hour([&](const Histories& /*histories*/) { ++kept; });
    watch_->apply({.subjects = 0, .rules = {}});
  });
  now_ += kHour;
  EXPECT_TRUE(settles([&] { return watch_->book().tracks().empty(); }));
  EXPECT_TRUE(settles([&] { return watch_->octets() == 0; })) << "a whole look";
  EXPECT_EQ(kept, 0);
  running_.ask([&] { watch_->on_hour(nullptr); });
}

TEST_F(LatencyWatchTest, ADegradationOutlastsARestart) {
  std::atomic<std::uint32_t> since{0};
  learn(kRegistered);
  running_.ask([&] {
    watch_->on_hour([&](const Histories& histories) { since = histories.at(0).degraded_since; });
  });
  report_often(kRegistered, 90'000);
  ASSERT_TRUE(settles([&] { return track(kRegistered)->degraded(); }));
  EXPECT_EQ(running_.ask([&] { return watch_->lasting()[0]; }), 0U);
  now_ += LatencyWatch::kKeptAgain;
  EXPECT_TRUE(comes_true([&] { return since == kStart + 3 * kHour; })) << since;
  now_ += LatencyWatch::kLasting;
  EXPECT_TRUE(settles([&] { return watch_->lasting()[0] == 1; }));
  running_.ask([&] {
    watch_->on_hour(nullptr);
    const Subject subject = watch_->subjects_of(kRegistered).at(0);
    LatencyWatch again(running_.loop(), running_.speaker(), stage_,
                       Pace{[this] { return now_.load(); }, std::chrono::hours(1)});
    again.apply({});
    again.restore({{subject, track(kRegistered)->shared_history(), since}});
    EXPECT_TRUE(again.book().find(subject)->degraded());
    EXPECT_EQ(again.book().find(subject)->since(), since);
    again.apply({.subjects = 1, .rules = {}});
    const Subject paris{.kind = Subject::Kind::Metro, .name = "paris"};
    EXPECT_EQ(again.restore({{paris, track(kRegistered)->shared_history()}}), 1U) << "no room";
  });
}

TEST(LatencyReports, ARestoredDegradationHasNoPercentiles) {
  Track track(kStart);
  track.restore({}, kStart - kHour, kStart);
  const auto report = degraded_report({.kind = Subject::Kind::Metro, .name = "paris"}, track);
  EXPECT_EQ(report.summary,
            "latency of metro paris is degraded: no round trip since, usually unknown");
  EXPECT_EQ(report.evidence.count("p95"), 0U);
}

TEST_F(LatencyWatchTest, AClockThatJumpsForgetsNothing) {
  learn("paris");
  report_often("paris", 20'000);
  now_ += 10'000 * kHour;
  ASSERT_TRUE(settles([&] { return track("paris")->history().size() == 4; }));
  now_ = kStart + 3 * kHour;
  report_often("paris", 20'000);
  EXPECT_TRUE(settles([&] { return track("paris")->latest().count >= 100; }));
  running_.ask([&] {
    EXPECT_EQ(track("paris")->history().size(), 4U);
    EXPECT_TRUE(track("paris")->baseline());
  });
}

TEST_F(LatencyWatchTest, HoursOutlastARestart) {
  std::atomic<std::size_t> kept{0};
  Histories last;
  running_.ask([&] {
    watch_->on_hour([&](Histories histories) {
      last = std::move(histories);
      ++kept;
    });
  });
  learn("paris");
  ASSERT_TRUE(comes_true([&] { return kept >= 3; }));
  running_.ask([&] {
    watch_->on_hour(nullptr);
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last[0].subject.name, "paris");
    EXPECT_EQ(last[0].hours->size(), 3U);
    LatencyWatch again(running_.loop(), running_.speaker(), stage_,
                       Pace{[this] { return now_.load(); }, std::chrono::hours(1)});
    again.apply({});
    again.restore(last);
    const Track* const track = again.book().find(last[0].subject);
    ASSERT_NE(track, nullptr);
    EXPECT_EQ(track->history().size(), 3U);
    EXPECT_TRUE(track->baseline()) << "what is usual is known at once";
  });
}

}  // namespace
}  // namespace tern::latency
