// rtt set, rtt clear and show rtts for prefixes: in batches, whole or not at all.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/costs.h"
#include "bgpd/session/settings_plan.h"
#include "policy/egress.h"
#include "policy/live_prefix_rtts.h"
#include "policy/prefix_rtts.h"
#include "tests/unit/api/running_server.h"

namespace tern::api {
namespace {

class RttAnswers : public RunningServer {
 protected:
  static std::shared_ptr<const policy::Egress> network() {
    policy::EgressSource source;
    source.pop = "ams";
    source.pops = {{"ams", "", 1, {52.3, 4.8}}, {"lhr", "", 2, {51.5, -0.5}}};
    source.metros = {{"paris", "", 10, {48.9, 2.4}}};
    source.community_asn = kOurAsn;
    source.location_function = 10;
    source.egress_function = 11;
    return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
  }
  void SetUp() override {
    serve();
    start_neighbours(false);
    on_loop([&] {
      session::SpeakerSettings settings = speaker_->settings();
      settings.egress = network();
      for (session::PeerSettings& peer : settings.peers) {
        peer.import.egress = peer.exported.egress = settings.egress;
      }
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
    });
  }
  // Once a second the speaker does so.
  void look() {
    on_loop([&] { speaker_->costs().look(session::steady_nanoseconds()); });
  }
  std::vector<proto::Response> answers(const proto::Request& request) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request));
    return client.hear_all();
  }
  proto::Rtts rtts(const char* text) {
    proto::Rtts all;
    for (const proto::Response& part : answers(request(text))) all.MergeFrom(part.rtts());
    return all;
  }
  std::string error(const proto::Request& request) { return answers(request)[0].error(); }
  std::string error(const char* text) { return error(request(text)); }
  // Of this many prefixes from ams, the first of them 10.0.0.0/24.
  static proto::Request set(int prefixes, std::uint32_t from = 0) {
    proto::Request request;
    auto& action = *request.mutable_rtt_action();
    action.set_action(proto::RttActionRequest::SET);
    action.set_pop("ams");
    for (int i = 0; i < prefixes; ++i) {
      auto& one = *action.add_prefixes();
      const std::uint32_t number = from + static_cast<std::uint32_t>(i);
      one.set_prefix(Prefix::v4(0x0A000000U + (number << 8U), 24).to_string());
      one.set_microseconds(4000);
    }
    return request;
  }
  std::size_t measured() {
    return on_loop(
        [&] { return speaker_->costs().live_prefixes(policy::CostSource::Operator).size(); });
  }
};

TEST_F(RttAnswers, SetPrefixesAreShownWithAgeAndSource) {
  proto::Rtts done = rtts(
      "rtt_action { action: SET pop: 'ams' for_seconds: 600 "
      "prefixes { prefix: '10.0.0.0/8' microseconds: 4200 } "
      "prefixes { prefix: '2001:db8::/32' microseconds: 9500 } }");
  ASSERT_EQ(done.rtts_size(), 2);
  EXPECT_EQ(done.rtts(0).to(), "10.0.0.0/8");
  look();
  EXPECT_EQ(error("rtt_action { action: SET pop: 'lhr' to: 'paris' microseconds: 20000 }"), "");
  const proto::Rtts all = rtts("rtts {}");
  ASSERT_EQ(all.rtts_size(), 3);
  EXPECT_EQ(all.rtts(0).to(), "paris") << "places come first";
  const proto::Rtts::Rtt& first = all.rtts(1);
  EXPECT_EQ(first.pop(), "ams");
  EXPECT_TRUE(first.to_prefix());
  EXPECT_EQ(first.source(), "api");
  EXPECT_EQ(first.latest_us(), 4200U);
  EXPECT_LE(first.age_seconds(), 60U);
  EXPECT_GE(first.expires_in_seconds(), 500U);
  EXPECT_EQ(first.state(), "used");
  EXPECT_EQ(first.used_us(), 4200U);
  EXPECT_EQ(first.used_source(), "api");
  EXPECT_EQ(rtts("rtts { pop: 'lhr' }").rtts_size(), 1);
  EXPECT_EQ(rtts("rtts { pop: 'ams' }").rtts_size(), 2);
  done = rtts("rtt_action { action: CLEAR pop: 'ams' prefixes { prefix: '10.0.0.0/8' } }");
  EXPECT_EQ(done.cleared(), 1U);
  EXPECT_EQ(rtts("rtt_action { action: CLEAR_ALL }").cleared(), 2U);
  EXPECT_EQ(measured(), 0U);
}

TEST_F(RttAnswers, ARequestWithAnErrorChangesNothing) {
  ASSERT_EQ(error("rtt_action { action: SET pop: 'ams' prefixes { prefix: '10.0.0.0/8' "
                  "microseconds: 4200 } }"),
            "");
  const auto refused = [&](const std::string& action, const std::string& rest) {
    return error(("rtt_action { action: " + action + " " + rest + " }").c_str());
  };
  const std::string good = "prefixes { prefix: '11.0.0.0/8' microseconds: 1 } ";
  EXPECT_EQ(refused("SET", "pop: 'ams' " + good + "prefixes { prefix: '10.0.0.1/8' }"),
            "prefix 2, '10.0.0.1/8': expected a prefix without host bits, as 203.0.113.0/24");
  EXPECT_EQ(refused("SET", "pop: 'ams' " + good + good),
            "prefix 2, '11.0.0.0/8': named a second time");
  EXPECT_EQ(refused("SET", "pop: 'ams' " + good + "prefixes { prefix: '12.0.0.0/8' }"),
            "prefix 2, '12.0.0.0/8': a round trip is from 0.001 to 10000 ms");
  EXPECT_EQ(refused("SET", "pop: 'ams' to: 'paris' " + good),
            "either a place or prefixes, not both");
  EXPECT_EQ(refused("SET", "pop: 'amx' " + good), "there is no PoP 'amx'");
  EXPECT_EQ(refused("CLEAR", "pop: 'ams' prefixes { prefix: '10.0.0.0/8' } " + good),
            "there is no measurement of 'rtt set' from 'ams' to 11.0.0.0/8; none is cleared");
  EXPECT_EQ(error("rtts { prefix: '10.0.0.0/99' }"),
            "'10.0.0.0/99' is not a prefix without host bits, as 203.0.113.0/24");
  EXPECT_EQ(measured(), 1U);
}

TEST_F(RttAnswers, ARequestHasAtMostAThousandPrefixes) {
  EXPECT_EQ(error(set(1001)), "1001 prefixes; a request has at most 1000");
  EXPECT_EQ(measured(), 0U);
  EXPECT_EQ(error(set(1000)), "");
  EXPECT_EQ(measured(), 1000U);
}

// A listing of more than one message, and the bound of all measurements.
TEST_F(RttAnswers, AllPrefixesTogetherAreBounded) {
  constexpr int kMost = policy::LivePrefixRtts::kMost;
  for (int done = 0; done < kMost; done += 1000) {
    ASSERT_EQ(error(set(1000, static_cast<std::uint32_t>(done))), "");
  }
  EXPECT_EQ(error(set(1, kMost)),
            "there are 10000 measurements to prefixes, and with these there would be more than "
            "10000; none is taken");
  proto::Rtts all;
  const auto parts = answers(request("rtts {}"));
  for (const proto::Response& part : parts) {
    EXPECT_LE(part.rtts().rtts_size(), 1000);
    all.MergeFrom(part.rtts());
  }
  EXPECT_GE(parts.size(), 10U);
  ASSERT_EQ(all.rtts_size(), kMost);
  EXPECT_EQ(all.rtts(kMost - 1).to(), "10.39.15.0/24");
}

TEST_F(RttAnswers, ShowWhatCountsForAPrefix) {
  on_loop([&] {
    const auto of_file =
        std::make_shared<const policy::PrefixRtts>(std::vector<policy::PrefixRtts::Measured>{
            {*Prefix::parse("10.0.0.0/8"), 0, 1000}, {*Prefix::parse("10.0.0.0/8"), 1, 2000}});
    speaker_->costs().take_prefixes({of_file, std::chrono::hours(1)}, nullptr, {},
                                    speaker_->running()->egress);
  });
  ASSERT_EQ(error("rtt_action { action: SET pop: 'ams' prefixes { prefix: '10.0.0.0/16' "
                  "microseconds: 4200 } }"),
            "");
  look();
  proto::Rtts found = rtts("rtts { prefix: '10.0.1.0/24' }");
  ASSERT_EQ(found.rtts_size(), 2);
  EXPECT_EQ(found.rtts(0).to(), "10.0.0.0/16");
  EXPECT_EQ(found.rtts(0).source(), "api");
  EXPECT_EQ(found.rtts(0).used_us(), 4200U);
  EXPECT_EQ(found.rtts(1).pop(), "lhr");
  EXPECT_EQ(found.rtts(1).to(), "10.0.0.0/8");
  EXPECT_EQ(found.rtts(1).source(), "file");
  EXPECT_EQ(found.rtts(1).latest_us(), 2000U);
  EXPECT_GE(found.rtts(1).age_seconds(), 3600U);
  found = rtts("rtts { prefix: '10.1.0.0/16' pop: 'ams' }");
  ASSERT_EQ(found.rtts_size(), 1);
  EXPECT_EQ(found.rtts(0).source(), "file");
  EXPECT_EQ(rtts("rtts { prefix: '11.0.0.0/8' }").rtts_size(), 0);
}

}  // namespace
}  // namespace tern::api
