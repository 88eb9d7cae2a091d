// What a peer takes from its group.
#include <gtest/gtest.h>

#include "tests/unit/conf/support.h"

namespace tern::conf {
namespace {

const std::string kHead =
    "router: { asn: 65000, id: 10.0.0.1 }\n"
    "policies:\n"
    "  a: { terms: [ { accept: {} } ] }\n"
    "  b: { terms: [ { reject: {} } ] }\n";

proto::Peer merged(const std::string& group, const std::string& peer) {
  const auto config = test::must_load(kHead + "groups:\n  g: { " + group +
                                      " }\npeers:\n  - { address: 10.0.1.1, group: g" +
                                      (peer.empty() ? "" : ", " + peer) + " }\n");
  return config->file.peers(0);
}

TEST(Groups, GiveWhatThePeerDoesNotSay) {
  const auto peer =
      merged("asn: 65001, hold_time: 30, passive: true, role: peer, description: d", "");
  EXPECT_EQ(peer.asn(), "65001");
  EXPECT_EQ(peer.hold_time(), 30U);
  EXPECT_TRUE(peer.passive());
  EXPECT_EQ(peer.role(), proto::PEER);
  EXPECT_EQ(peer.description(), "d");
  EXPECT_FALSE(peer.has_keepalive());
}

TEST(Groups, ThePeersOwnWordWins) {
  const auto peer = merged("asn: 65001, hold_time: 30, passive: true, description: d",
                           "asn: 65002, hold_time: 90, passive: false, description: \"\"");
  EXPECT_EQ(peer.asn(), "65002");
  EXPECT_EQ(peer.hold_time(), 90U);
  EXPECT_TRUE(peer.has_passive());
  EXPECT_FALSE(peer.passive());
  EXPECT_EQ(peer.description(), "");
}

TEST(Groups, AListReplacesTheList) {
  const auto peer = merged("asn: 65001, import: [a, b], export: [a]", "import: [b], export: []");
  ASSERT_EQ(peer.import_size(), 1);
  EXPECT_EQ(peer.import(0), "b");
  EXPECT_EQ(peer.export__size(), 0);
}

TEST(Groups, AFilterOfThePeerReplacesTheList) {
  const std::string group = "asn: 65001, route_filter: { communities: [65000:1, 65000:2] }";
  EXPECT_EQ(merged(group, "").route_filter().communities_size(), 2);
  EXPECT_EQ(merged(group, "route_filter: {}").route_filter().communities_size(), 2);
  const auto other = merged(group, "route_filter: { communities: [65000:3] }");
  ASSERT_EQ(other.route_filter().communities_size(), 1);
  EXPECT_EQ(other.route_filter().communities(0), "65000:3");
  const auto none = merged(group, "route_filter: { communities: [] }");
  EXPECT_TRUE(none.has_route_filter());
  EXPECT_EQ(none.route_filter().communities_size(), 0);
  EXPECT_FALSE(merged(group, "route_filter: { enabled: false }").route_filter().enabled());
}

TEST(Groups, AMapIsMergedFieldByField) {
  const auto peer = merged("asn: 65001, prefix_limits: { ipv4: 100, ipv6: 50, action: warning }",
                           "prefix_limits: { ipv4: 200 }");
  EXPECT_EQ(peer.prefix_limits().ipv4(), 200U);
  EXPECT_EQ(peer.prefix_limits().ipv6(), 50U);
  EXPECT_EQ(peer.prefix_limits().action(), proto::PrefixLimits::WARNING);
}

TEST(Groups, AMapOfTheGroupAloneIsTakenWhole) {
  const auto peer = merged("asn: 65001, add_path: { send: 4, receive: true }", "");
  EXPECT_EQ(peer.add_path().send(), 4U);
  EXPECT_TRUE(peer.add_path().receive());
}

TEST(Groups, AnEmptyMapIsTakenToo) {
  const std::string clients = "asn: 65001, route_server_client: true";
  EXPECT_FALSE(merged(clients, "").has_control_communities());
  EXPECT_TRUE(merged(clients + ", control_communities: {}", "").has_control_communities());
  EXPECT_TRUE(merged(clients, "control_communities: {}").has_control_communities());
  const auto peer = merged(clients + ", control_communities: { asn: 0.64512, standard: false }",
                           "control_communities: { extended: true }");
  EXPECT_EQ(peer.control_communities().asn(), "64512");
  EXPECT_FALSE(peer.control_communities().standard());
  EXPECT_TRUE(peer.control_communities().extended());
  EXPECT_FALSE(peer.control_communities().has_large());
}

TEST(Groups, OneOfTwoThatExcludeEachOtherReplacesTheOther) {
  const auto multihop = merged("asn: 65001, gtsm_hops: 1", "multihop: 3");
  EXPECT_FALSE(multihop.has_gtsm_hops());
  EXPECT_EQ(multihop.multihop(), 3U);
  const auto key = merged("asn: 65001, md5_password_file: " + std::string(TERN_SOURCE_DIR) +
                              "/conf/examples/minimal.yml",
                          "md5_password: mine");
  EXPECT_EQ(key.md5_password(), "mine");
  EXPECT_EQ(key.md5_password_file(), "");
}

TEST(Groups, AreTheSettingsOfDynamicPeers) {
  const auto config = test::must_load(kHead +
                                      "groups: { g: { hold_time: 30, import: [a] } }\n"
                                      "dynamic_peers: [ { prefix: 10.2.0.0/16, group: g } ]\n");
  const auto& range = config->file.dynamic_peers(0);
  EXPECT_EQ(range.limit(), 1000U);
  EXPECT_EQ(config->settings(range).hold_time(), 30U);
  EXPECT_EQ(config->settings(range).import(0), "a");
}

TEST(Groups, AFaultOfAGroupIsNotThatOfItsThousandPeers) {
  std::string text =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "groups: { g: { hold_time: 30, keepalive: 30 } }\npeers:\n";
  for (int i = 1; i <= 200; ++i) {
    text += "  - { address: 10.0.1." + std::to_string(i) + ", asn: 65001, group: g }\n";
  }
  const auto result = load_text(text, "t.yml");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 1U);
}

}  // namespace
}  // namespace tern::conf
