// show egress and show places with more places than one message has: the answers come in slices,
// and a reload that changes the places ends them.
#include "policy/egress.h"

#include "bgpd/api/answer.h"
#include "bgpd/api/route_view.h"
#include "bgpd/session/costs.h"
#include "bgpd/session/settings_plan.h"
#include "tests/unit/api/running_server.h"
#include "tests/unit/policy/egress_network.h"

namespace tern::api {
namespace {

constexpr int kMetros = 3000;

std::shared_ptr<const policy::Egress> network(int metros) {
  policy::EgressSource source;
  source.pop = "ams";
  source.pops = {{"ams", "", 1, {52.3, 4.8}, "nl"}, {"lhr", "", 2, {51.5, -0.5}}};
  for (int i = 1; i <= metros; ++i) {
    source.metros.push_back({"m" + std::to_string(i),
                             std::string(50, 'x'),
                             static_cast<std::uint32_t>(i),
                             {1, 2},
                             "nl"});
  }
  source.countries = {{"nl", "Netherlands", 528}};
  source.community_asn = 64999;
  source.location_function = 10;
  source.egress_function = 11;
  return std::make_shared<const policy::Egress>(policy::Egress::build(source).value());
}

class EgressAnswers : public RunningServer {
 protected:
  // The neighbors' users are in the last metro; the second neighbor sees the network from lhr.
  void take(const std::shared_ptr<const policy::Egress>& egress) {
    on_loop([&] {
      session::SpeakerSettings settings = speaker_->settings();
      settings.egress = egress;
      for (session::PeerSettings& peer : settings.peers) {
        peer.import.egress = peer.exported.egress = egress;
        peer.import.location_default = static_cast<MetroId>(egress->metro_count() - 1);
      }
      settings.peers[1].exported.vantage = 1;
      settings.peers[2].exported.vantage = 0;  // as this PoP sees the network
      EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
    });
  }
  void begin() {
    serve();
    start_neighbours(false);
    take(network(kMetros));
    announce(1, "10.1.0.0/16", {100});
    ASSERT_TRUE(settles([&] {
      return look([&] { return speaker_->shards().egress_prefixes(kMetros - 1, 0); }) == 1;
    }));
  }
  std::vector<proto::Response> answers(const char* text) {
    ApiClient client(socket_);
    EXPECT_TRUE(client.ask(request(text)));
    return client.hear_all();
  }
};

TEST_F(EgressAnswers, ShowPlacesComesInSlices) {
  begin();
  const auto parts = answers("places {}");
  EXPECT_GE(parts.size(), 3U);
  proto::Places all;
  for (const proto::Response& part : parts) {
    EXPECT_LE(part.places().places_size(), 4096 / 3 + 1);
    all.MergeFrom(part.places());
  }
  ASSERT_EQ(all.places_size(), kMetros + 3);
  EXPECT_EQ(all.places(kMetros - 1).prefixes(), 1U);
  EXPECT_EQ(all.places(kMetros - 1).within(), "nl");
  EXPECT_EQ(all.places(kMetros).kind(), "pop");
  EXPECT_EQ(all.places(kMetros + 2).name(), "nl");
  ASSERT_EQ(all.neighbors_size(), 1);
  EXPECT_EQ(all.neighbors(0).by_default(), 1U);
}

TEST_F(EgressAnswers, ShowPlacesGoesThroughMoreNeighborsThanASliceHas) {
  begin();
  on_loop([&] {
    session::SpeakerSettings settings = speaker_->settings();
    session::PeerSettings peer = settings.peers[0];
    for (std::uint32_t number = kNeighbours + 1; number < 250; ++number) {
      peer.address = session::SocketNeighbour::address(number);
      peer.name = peer.address.to_string();
      settings.peers.push_back(peer);
    }
    EXPECT_TRUE(speaker_->apply(session::plan(speaker_->running(), std::move(settings))).ok());
  });
  const auto parts = answers("places {}");
  proto::Places all;
  for (const proto::Response& part : parts) all.MergeFrom(part.places());
  EXPECT_EQ(all.places_size(), kMetros + 3);
  EXPECT_EQ(all.neighbors_size(), 1);
}

TEST_F(EgressAnswers, ShowEgressComesInSlices) {
  begin();
  const auto parts = answers("egress {}");
  EXPECT_GE(parts.size(), 4U);
  proto::EgressTable all;
  for (const proto::Response& part : parts) all.MergeFrom(part.egress());
  EXPECT_EQ(all.own_pop(), "ams");
  ASSERT_EQ(all.pops_size(), 2);
  ASSERT_EQ(all.rows_size(), kMetros);
  EXPECT_EQ(all.rows(kMetros - 1).cells(0).prefixes(), 1U);
  // Of this PoP the exit of the metro with prefixes, and of the vantage the nearest of each.
  ASSERT_EQ(all.exits_size(), 1 + kMetros);
  EXPECT_EQ(all.exits(0).vantage(), "ams");
  EXPECT_EQ(all.exits(0).metro(), "m" + std::to_string(kMetros));
  EXPECT_EQ(all.exits(0).prefixes(), 1U);
  EXPECT_EQ(all.exits(1).vantage(), "lhr");
  EXPECT_EQ(all.exits(1).metro(), "m1");
  EXPECT_FALSE(all.exits(1).has_prefixes());
}

TEST_F(EgressAnswers, ExplainNamesTheMeasuredPrefix) {
  begin();
  announce(1, "10.2.0.0/16", {100});
  ASSERT_TRUE(settles([this] { return received(1) == 2; }));
  on_loop([&] {
    const auto rtts = std::make_shared<const policy::PrefixRtts>(
        std::vector<policy::PrefixRtts::Measured>{{*Prefix::parse("10.0.0.0/15"), 0, 4200}});
    speaker_->costs().take_prefixes({rtts, {}}, nullptr, {}, speaker_->running()->egress);
  });
  const auto first = [&](const char* text) { return answers(text)[0].explanation().candidates(0); };
  ASSERT_TRUE(settles(
      [&] { return first("explain { prefix: '10.1.0.0/16' }").route().egress_cost_us() == 4200; }));
  EXPECT_EQ(first("explain { prefix: '10.1.0.0/16' }").cost_source(), "measured for 10.0.0.0/15");
  EXPECT_EQ(first("explain { prefix: '10.2.0.0/16' }").cost_source(), "estimated");
  EXPECT_EQ(answers("rtts {}")[0].rtts().prefixes(), 1U);
}

// A path shows no tags if the tags of its neighbor are not read.
TEST(ShowLocation, TagsOfAnIbgpNeighborDoNotCount) {
  const policy::Egress egress = policy::egress_of(policy::network());
  Neighbor from;
  from.kind = PeerKind::Ebgp;
  from.location.egress = std::make_shared<const policy::Egress>(egress);
  from.location.dictionary = egress.dictionary("isp-a");
  const auto tags = [&] {
    proto::Explanation::Candidate shown;
    const auto path = policy::with_communities({"65001:120"});
    show_location(Prefix::parse("10.1.0.0/16").value(), from, path, shown);
    return shown.tags_size();
  };
  EXPECT_EQ(tags(), 1);
  from.kind = PeerKind::Ibgp;
  EXPECT_EQ(tags(), 0);
}

TEST_F(EgressAnswers, AReloadThatChangesThePlacesEndsThem) {
  begin();
  ApiClient client(socket_);
  ASSERT_TRUE(client.ask(request("egress {}")));
  const auto first = client.hear();
  ASSERT_TRUE(first && !first->last());
  take(network(kMetros));  // the same places
  const auto second = client.hear();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->error(), "");
  take(network(10));
  std::vector<proto::Response> rest = client.hear_all();
  ASSERT_FALSE(rest.empty());
  // A message that was made before the reload may have been on its way.
  const std::string& error = rest.back().error();
  EXPECT_TRUE(error.empty() || error == kOtherPlaces) << error;
}

}  // namespace
}  // namespace tern::api
