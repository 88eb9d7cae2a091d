// What a good file becomes.
#include <gtest/gtest.h>

#include "conf/condition_checks.h"
#include "conf/own_checks.h"
#include "policy/route_filter.h"
#include "rib/types/ip_address.h"
#include "rib/types/peer.h"
#include "tests/unit/conf/support.h"

namespace tern::conf {
namespace {

using test::must_load;

TEST(Load, TheLeastFile) {
  const auto config = must_load("router: { asn: 65000, id: 10.0.0.1 }");
  const proto::Configuration& file = config->file;
  ASSERT_EQ(file.router().listen_size(), 2);
  EXPECT_EQ(file.router().listen(0), "0.0.0.0:179");
  EXPECT_EQ(file.router().listen(1), "[::]:179");
  EXPECT_EQ(file.router().cluster_id(), "10.0.0.1");
  EXPECT_EQ(file.api().socket(), "/run/tern/ternd.sock");
  EXPECT_EQ(file.api().mode(), "0660");
  EXPECT_EQ(file.api().read_only_socket(), "");
  EXPECT_EQ(file.api().read_only_mode(), "0666");
  EXPECT_EQ(file.log().format(), proto::Log::TEXT);
  EXPECT_EQ(file.log().level(), proto::Log::INFO);
  EXPECT_EQ(file.metrics().listen_size(), 0);
  EXPECT_FALSE(file.has_egress());
  EXPECT_EQ(config->path, "t.yml");
}

TEST(Load, AnEmptyListOfListenersIsNone) {
  EXPECT_EQ(
      must_load("router: { asn: 65000, id: 10.0.0.1, listen: [] }")->file.router().listen_size(),
      0);
}

TEST(Load, AFilterHasSoManyCommunities) {
  const auto filter_of = [](std::size_t count) {
    std::string text =
        "router: { asn: 65000, id: 10.0.0.1 }\n"
        "peers: [ { address: 10.0.1.1, asn: 65001, route_filter: { communities: [";
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "65000:" : ", 65000:") + std::to_string(i);
    }
    return text + "] } } ]\n";
  };
  EXPECT_EQ(must_load(filter_of(policy::RouteFilter::kMost))
                ->file.peers(0)
                .route_filter()
                .communities_size(),
            256);
  const LoadResult loaded = load_text(filter_of(policy::RouteFilter::kMost + 1), "t.yml");
  ASSERT_FALSE(loaded.ok());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().path, "peers[0].route_filter.communities[256]");
  EXPECT_EQ(loaded.error().front().message,
            "at most 256 communities may stand here, these are 257");
}

TEST(Load, NeighboursThatTheTablesHaveRoomFor) {
  std::string text = "router: { asn: 65000, id: 10.0.0.1 }\npeers:\n";
  for (std::uint32_t n = 0; n <= kMostNeighbors; ++n) {
    text += "  - { address: " + IpAddress::v4(0x0A000000U + n).to_string() + ", asn: 65001 }\n";
  }
  const LoadResult loaded = load_text(text, "t.yml");
  ASSERT_FALSE(loaded.ok());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().to_string(),
            "t.yml:3:3: peers: 65535 neighbours; 65534 is the most, dynamic ones included");
}

TEST(Load, AsManyNetworksAsThereMayBe) {
  std::string text = "router: { asn: 65000, id: 10.0.0.1 }\nnetworks:\n";
  for (std::uint32_t n = 0; n <= kMostNetworks; ++n) {
    text += "  - { prefix: " + IpAddress::v4(0x0A000000U + n * 4).to_string() + "/30 }\n";
  }
  const LoadResult loaded = load_text(text, "t.yml");
  ASSERT_FALSE(loaded.ok());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().to_string(),
            "t.yml:100003:5: networks[100000]: at most 100000 networks may stand here, these are "
            "100001");
}

TEST(Load, AsManyAggregatesAsThereMayBe) {
  std::string text = "router: { asn: 65000, id: 10.0.0.1 }\naggregates:\n";
  for (std::uint32_t n = 0; n <= kMostAggregates; ++n) {
    text += "  - { prefix: " + IpAddress::v4(0x0A000000U + n * 65536).to_string() + "/16 }\n";
  }
  const LoadResult loaded = load_text(text, "t.yml");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(test::errors_of(loaded),
            "t.yml:67:5: aggregates[64]: at most 64 aggregates may stand here, these are 65\n");
}

TEST(Load, AsManyConditionsAsThereMayBe) {
  std::string text = "router: { asn: 65000, id: 10.0.0.1 }\nconditions:\n";
  for (std::size_t n = 0; n <= kMostConditions; ++n) {
    text += "  c" + std::to_string(n) + ": { all: [{ route: { prefix: " +
            IpAddress::v4(0x0A000000U + static_cast<std::uint32_t>(n) * 4).to_string() +
            "/30 } }] }\n";
  }
  text += "  up: { any: [";
  for (std::size_t n = 0; n < 32; ++n) text += "{ interface: a" + std::to_string(n) + " }, ";
  text += "] }\n  down: { any: [";
  for (std::size_t n = 0; n < 32; ++n) text += "{ interface: b" + std::to_string(n) + " }, ";
  text += "] }\n  more: { any: [{ interface: c }] }\n  many: { any: [";
  for (std::size_t n = 0; n <= kMostRequirements; ++n) text += "{ interface: eth0 }, ";
  const LoadResult loaded = load_text(text + "] }\n", "t.yml");
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(test::errors_of(loaded),
            "t.yml:3:3: conditions: at most 256 conditions may stand here, these are 261\n"
            "t.yml:3:3: conditions: conditions ask for 257 different routes, and may ask for 64\n"
            "t.yml:3:3: conditions: conditions ask for 65 different interfaces, and may ask for "
            "64\n"
            "t.yml:263:689: conditions.many.any[32]: at most 32 may stand here, these are 33\n");
}

TEST(Load, ValuesHaveOneSpelling) {
  const auto config = must_load(
      "router: { asn: 1.0, id: 10.0.0.1, listen: [\"[2001:DB8:0::1]:179\"] }\n"
      "peers:\n"
      "  - { address: \"2001:DB8:0:0::2\", asn: 1.1 }\n"
      "  - { address: \"FE80::1%eth0\", asn: 65001, families: [ipv6-unicast] }\n");
  EXPECT_EQ(config->file.router().asn(), "65536");
  EXPECT_EQ(config->file.router().listen(0), "[2001:db8::1]:179");
  EXPECT_EQ(config->file.peers(0).address(), "2001:db8::2");
  EXPECT_EQ(config->file.peers(0).asn(), "65537");
  EXPECT_EQ(config->file.peers(1).address(), "fe80::1%eth0");
}

TEST(Load, BlockStyleQuotesAndCommentsAreTheSameFile) {
  const auto flow = must_load("router: { asn: 65000, id: 10.0.0.1, listen: [] }");
  const auto block =
      must_load("# ours\nrouter:\n  asn: \"65000\"  # as text\n  id: '10.0.0.1'\n  listen: []\n");
  EXPECT_EQ(flow->file.SerializeAsString(), block->file.SerializeAsString());
  EXPECT_TRUE(diff(*flow, *block).empty());
}

TEST(Load, AnchorsAndAliases) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "policies: { p: { terms: [ { accept: {} } ] } }\n"
      "peers:\n"
      "  - { address: 10.0.1.1, asn: 65001, import: &in [p], add_path: &many { send: 4 } }\n"
      "  - { address: 10.0.1.2, asn: 65002, import: *in, add_path: *many }\n");
  EXPECT_EQ(config->file.peers(1).import(0), "p");
  EXPECT_EQ(config->file.peers(1).add_path().send(), 4U);
}

TEST(Load, EveryMatchAndAction) {
  const auto config = must_load(R"(
router: { asn: 65000, id: 10.0.0.1 }
prefix_sets: { some: { prefixes: [10.0.0.0/8 ge 16 le 24, "2001:db8::/32"] } }
community_sets: { marks: { communities: ["65000:*", "65000:1:*", "rt:65000:*", no-export] } }
as_sets: { friends: { asns: [65001, 1.0-1.5] } }
groups: { clients: { passive: true } }
egress:
  pop: ams
  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }
  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }
policies:
  p:
    terms:
      - name: everything
        match:
          prefix_sets: [some]
          prefixes: [192.0.2.0/24 le 32]
          community_sets: [marks]
          communities: ["65000:1"]
          all_communities: ["65000:2"]
          no_communities: ["65000:3"]
          as_path_length: 1-5
          as_path: ^65001_
          origin_as: [friends, 65010-65020]
          neighbour_as: [65001]
          as_path_contains: [friends]
          origin: igp
          next_hop: [10.0.0.0/8, 192.0.2.1]
          family: ipv4-unicast
          peers: [alpha, 10.0.1.1]
          groups: [clients]
          local_pref: ">=100"
          med: 0
          metros: [berlin]
          egress_pops: [ams]
        set:
          local_pref: "+10"
          med: none
          origin: incomplete
          next_hop: 192.0.2.1
          prepend: {}
          remove_communities: [marks, "65000:9"]
          clear_communities: true
          add_communities: ["65000:100", "65000:1:2", "rt:65000:1"]
        continue: {}
      - { reject: { reason: nobody } }
peers:
  - { name: alpha, address: 10.0.1.1, asn: 65001, import: [p] }
)");
  ASSERT_NE(config->policies.find("p"), nullptr);
  EXPECT_EQ(config->file.policies().at("p").terms(0).set().prepend().times(), 1U);

  const policy::Chain chain({config->policies.find("p")});
  const Prefix prefix = *Prefix::parse("198.51.100.0/24");
  PathAttributes attributes;
  const auto verdict = chain.evaluate({prefix, attributes, {}}, {}, attributes);
  EXPECT_FALSE(verdict.accept);
  EXPECT_EQ(verdict.reject_reason, "nobody");
}

TEST(Load, AThousandPeers) {
  std::string text =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "policies: { pass: { terms: [ { accept: {} } ] } }\n"
      "groups: { clients: { route_server_client: true, import: [pass], export: [pass] } }\n"
      "peers:\n";
  for (int i = 0; i < 1000; ++i) {
    text += "  - { address: 10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250 + 1) +
            ", asn: " + std::to_string(70000 + i) + ", group: clients }\n";
  }
  const auto config = must_load(text);
  ASSERT_EQ(config->file.peers_size(), 1000);
  EXPECT_EQ(config->file.peers(999).asn(), "70999");
  EXPECT_EQ(config->file.peers(999).import(0), "pass");
  EXPECT_TRUE(diff(*config, *must_load(text)).empty());
}

TEST(Load, AnAsnOfTheGroupMayMakeThePeerInternal) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "groups: { mesh: { asn: 65000, route_reflector_client: true } }\n"
      "peers: [ { address: 10.0.1.1, group: mesh } ]\n");
  EXPECT_EQ(config->file.peers(0).asn(), "65000");
  EXPECT_TRUE(config->file.peers(0).route_reflector_client());
}

TEST(Load, AListedPeerInsideARange) {
  const auto config = must_load(
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "groups: { g: { passive: true } }\n"
      "peers: [ { address: 10.2.0.1, asn: 65001 } ]\n"
      "dynamic_peers: [ { prefix: 10.2.0.0/16, group: g }, { prefix: 10.3.0.0/16, group: g } ]\n");
  EXPECT_EQ(config->file.dynamic_peers_size(), 2);
}

}  // namespace
}  // namespace tern::conf
