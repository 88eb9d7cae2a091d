// latency report and show latency: what is taken, what is refused with its place, and pages.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bgpd/latency/latency_watch.h"
#include "bgpd/session/settings_plan.h"
#include "policy/egress.h"
#include "policy/registrations.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class LatencyAnswers : public RunningServer {
 protected:
  static constexpr int kMetros = 100;

  static std::shared_ptr<const policy::Egress> metros() {
    policy::EgressSource source;
    source.pop = "ams";
    source.pops = {{"ams", "", 1, {52.3, 4.8}}};
    for (std::uint16_t i = 0; i < kMetros; ++i) {
      source.metros.push_back({"metro-" + std::to_string(i), "", i + 1U, {48.9, 2.4}});
    }
    source.community_asn = kOurAsn;
    source.location_function = 10;
    source.egress_function = 11;
    return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
  }
  void begin(std::size_t subjects = 1000, latency::Pace pace = {}) {
    keep_latency({.subjects = subjects, .rules = {}}, std::move(pace));
    serve();
    start_neighbours(false);
    policy::Registration one;
    one.prefix = *Prefix::parse("203.0.113.0/24");
    one.max_length = 24;
    one.origins = {64500};
    one.file = std::make_shared<const std::string>("a.csv");
    auto all = std::make_shared<policy::Registrations>();
    all->push_back(std::move(one));
    const std::shared_ptr<const policy::Registrations> source = std::move(all);
    on_loop([&] {
      session::SpeakerSettings settings = speaker_->settings();
      settings.egress = metros();
      for (session::PeerSettings& peer : settings.peers) {
        peer.import.egress = peer.exported.egress = settings.egress;
      }
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
      speaker_->set_registrations(std::make_shared<const policy::RegistrationTable>(
                                      std::vector{source}, policy::kQuarantineAll),
                                  {});
    });
  }
  proto::Response answer(const proto::Request& request) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request));
    const auto all = client.hear_all();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? proto::Response() : all.front();
  }
  proto::LatencyReportResult report(const std::string& reports) {
    const auto response = answer(request("latency_report { " + reports + " }"));
    EXPECT_EQ(response.error(), "");
    return response.latency_report();
  }
  std::vector<proto::Latency::Subject> list(const std::string& wanted) {
    ApiClient client(read_only_socket_);
    EXPECT_TRUE(client.ask(request("latency { " + wanted + " }")));
    std::vector<proto::Latency::Subject> all;
    for (const auto& response : client.hear_all()) {
      EXPECT_EQ(response.error(), "");
      EXPECT_LE(response.latency().subjects_size(), 64);
      for (const auto& one : response.latency().subjects()) {
        // The round trips of sessions come when they come.
        if (one.kind() != "neighbor") all.push_back(one);
      }
    }
    return all;
  }
};

TEST_F(LatencyAnswers, ReportsCountForTheRegisteredPrefixAndTheMetro) {
  begin();
  const auto result = report(
      "reports { of: '203.0.113.7' microseconds: 20000 microseconds: 21000 }"
      "reports { of: '203.0.113.0/24' microseconds: 22000 }"
      "reports { of: 'metro-7' microseconds: 9000 }");
  EXPECT_EQ(result.taken(), 4U);
  EXPECT_EQ(result.refused(), 0U);
  const auto prefix = list("of: '203.0.113.9'");
  ASSERT_EQ(prefix.size(), 1U);
  EXPECT_EQ(prefix[0].of(), "203.0.113.0/24");
  EXPECT_EQ(prefix[0].kind(), "prefix");
  EXPECT_EQ(prefix[0].state(), "learning");
  ASSERT_EQ(prefix[0].windows_size(), 3);
  for (const auto& window : prefix[0].windows()) {
    EXPECT_EQ(window.count(), 3U) << window.window();
    EXPECT_NEAR(window.p50_us(), 21'000, 21'000 * latency::kRelativeError);
    EXPECT_NEAR(window.p99_us(), 22'000, 22'000 * latency::kRelativeError);
  }
  EXPECT_FALSE(prefix[0].has_usual_p95_us());
  const auto all = list("");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[1].of(), "metro-7");
  EXPECT_TRUE(list("degraded: true").empty());
}

TEST_F(LatencyAnswers, WhatIsRefusedHasItsPlaceAndDoesNotHinderTheRest) {
  begin();
  const auto result = report(
      "reports { of: 'lisbon' microseconds: 20000 }"
      "reports { of: 'metro-7' microseconds: 0 microseconds: 9000 microseconds: 10000001 }"
      "reports { of: '198.51.100.0/24' microseconds: 20000 }");
  EXPECT_EQ(result.taken(), 1U);
  EXPECT_EQ(result.refused(), 4U);
  ASSERT_EQ(result.errors_size(), 4);
  EXPECT_EQ(result.errors(0).report(), 1U);
  EXPECT_EQ(result.errors(0).of(), "lisbon");
  EXPECT_EQ(result.errors(0).text(),
            "expected a metro, or a prefix or an address of a registered prefix");
  EXPECT_EQ(result.errors(1).report(), 2U);
  EXPECT_EQ(result.errors(1).text(), "a round trip is from 0.001 to 10000 ms");
  EXPECT_EQ(result.errors(3).report(), 3U);
  std::string many;
  for (int i = 0; i < 50; ++i) many += "reports { of: 'x' microseconds: 1 }";
  const auto bounded = report(many);
  EXPECT_EQ(bounded.errors_size(), 20);
  EXPECT_EQ(bounded.more_errors(), 30U);
}

TEST_F(LatencyAnswers, AReportWithoutRoundTripsIsAnError) {
  begin();
  const auto result = report("reports { of: 'metro-7' microseconds: 1 } reports { of: 'metro-7' }");
  EXPECT_EQ(result.taken(), 1U);
  EXPECT_EQ(result.refused(), 0U);
  ASSERT_EQ(result.errors_size(), 1);
  EXPECT_EQ(result.errors(0).report(), 2U);
  EXPECT_EQ(result.errors(0).text(), "the report has no round trip");
}

TEST_F(LatencyAnswers, ARequestAndTheBookAreBounded) {
  begin(4);
  proto::Request request;
  auto& one = *request.mutable_latency_report()->add_reports();
  one.set_of("metro-1");
  for (int i = 0; i < 1000; ++i) one.add_microseconds(9000);
  EXPECT_EQ(answer(request).latency_report().taken(), 1000U);
  one.add_microseconds(9000);
  EXPECT_EQ(answer(request).error(), "1001 round trips; a request has at most 1000");
  std::string many;
  for (int i = 0; i < 10; ++i) {
    many += "reports { of: 'metro-" + std::to_string(i) + "' microseconds: 9000 }";
  }
  const auto result = report(many);
  EXPECT_LE(result.taken(), 4U);
  EXPECT_GE(result.taken(), 3U) << "a neighbor may have one of the places";
  EXPECT_EQ(result.errors(0).text(),
            "the latency of 4 prefixes, metros and neighbors is kept (latency.subjects)");
}

TEST_F(LatencyAnswers, MoreThanASecondHasRoomForWaits) {
  const auto now = std::make_shared<std::atomic<std::uint32_t>>(1'700'000'000U);
  begin(1000, {[now] { return now->load(); }, std::chrono::hours(1)});
  on_loop([&] {
    (void)latency_->room();
    const std::vector<EgressCost> most(latency::LatencyWatch::kMostPerSecond, 9000);
    (void)latency_->report("metro-1", most, [](latency::Refusal) {});
    EXPECT_EQ(latency_->room(), 0U);
  });
  ApiClient client(socket_);
  EXPECT_TRUE(client.ask(request("latency_report { reports { of: 'metro-1' microseconds: 1 } }")));
  on_loop([] {});
  ++*now;
  const auto all = client.hear_all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].latency_report().taken(), 1U);
  EXPECT_EQ(on_loop([&] { return latency_->room(); }), latency::LatencyWatch::kMostPerSecond - 1)
      << "the round trip belongs to the second that follows";
}

TEST_F(LatencyAnswers, ListingsComeInPages) {
  begin();
  std::string many;
  for (int i = 0; i < kMetros; ++i) {
    many += "reports { of: 'metro-" + std::to_string(i) + "' microseconds: 9000 }";
  }
  EXPECT_EQ(report(many).taken(), std::uint64_t{kMetros});
  EXPECT_EQ(list("").size(), std::size_t{kMetros});
}

TEST_F(LatencyAnswers, UnknownNamesAndReadOnlyClientsAreRefused) {
  begin();
  EXPECT_EQ(answer(request("latency { of: 'lisbon' }")).error(),
            "'lisbon' is neither of a registered prefix, nor a metro or a neighbor");
  EXPECT_TRUE(list("of: 'metro-3'").empty()) << "known, but without a round trip";
  EXPECT_NE(error_of(read_only_socket_,
                     request("latency_report { reports { of: 'metro-3' microseconds: 1 } }")),
            "");
}

TEST_F(LatencyAnswers, ADaemonWithoutLatencySaysSo) {
  serve();
  EXPECT_EQ(answer(request("latency { }")).error(), "this daemon keeps no latency");
  EXPECT_EQ(answer(request("latency_report { }")).error(), "this daemon keeps no latency");
}

}  // namespace
}  // namespace tern::api
