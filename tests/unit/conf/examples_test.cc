// What is shown to users loads: conf/examples and the examples of the documentation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>

#include "tests/unit/conf/support.h"

namespace tern::conf {
namespace {

const std::filesystem::path kConf = std::filesystem::path(TERN_SOURCE_DIR) / "conf";

TEST(Examples, AllLoad) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kConf / "examples")) {
    if (entry.path().extension() != ".yml") continue;
    ++count;
    const auto result = load_file(entry.path().string());
    EXPECT_EQ(test::errors_of(result), "");
    EXPECT_EQ(test::warnings_of(result), "");
  }
  EXPECT_GE(count, 3);
}

TEST(Examples, Minimal) {
  const auto result = load_file((kConf / "examples" / "minimal.yml").string());
  ASSERT_TRUE(result) << test::errors_of(result);
  const Config& config = **result;
  EXPECT_EQ(config.file.router().asn(), "65000");
  EXPECT_EQ(config.file.router().id(), "10.0.0.1");
  ASSERT_EQ(config.file.router().listen_size(), 1);
  EXPECT_EQ(config.file.router().listen(0), "10.0.0.1:179");
  EXPECT_EQ(config.file.api().socket(), "/run/tern/ternd.sock");
  ASSERT_EQ(config.file.peers_size(), 2);
  for (const proto::Peer& peer : config.file.peers()) {
    EXPECT_EQ(peer.group(), "clients");
    EXPECT_TRUE(peer.route_server_client());
    EXPECT_TRUE(peer.passive());
    EXPECT_EQ(peer.families_size(), 2);
    EXPECT_EQ(peer.hold_time(), 180U);
    ASSERT_EQ(peer.import_size(), 1);
    EXPECT_EQ(peer.import(0), "pass");
    ASSERT_EQ(peer.export__size(), 1);
  }
  EXPECT_NE(config.policies.find("pass"), nullptr);
  EXPECT_FALSE(config.egress.enabled());
}

TEST(Examples, PopHasItsEgress) {
  const auto result = load_file((kConf / "examples" / "pop.yml").string());
  ASSERT_TRUE(result) << test::errors_of(result);
  const policy::Egress& egress = (*result)->egress;
  ASSERT_TRUE(egress.enabled());
  EXPECT_EQ(egress.pop(egress.own_pop()).name, "ams");
  EXPECT_EQ(egress.pop_count(), 3U);
  EXPECT_EQ(egress.metro_count(), 4U);
  EXPECT_TRUE(egress.dictionary("north"));
  // In the order of names: ams, iad, lhr; amsterdam, berlin, dublin, new-york.
  EXPECT_EQ(egress.costs()->cost(0, 1), 11800U);  // from the configuration
  EXPECT_FALSE(egress.costs()->measured(0, 3));
  // From the file of round trips.
  EXPECT_FALSE(egress.costs()->measured(0, 0));
  const policy::RttSource amsterdam{"ams", "amsterdam", 1400};
  EXPECT_EQ(std::ranges::count((*result)->rtt_file.rtts, amsterdam), 1);
}

// The fenced YAML of the introduction: whole files as they are, parts below a router.
TEST(Examples, OfTheDocumentation) {
  const std::string text = test::read(kConf / "introduction.md");
  const std::string fence = "```yaml\n";
  std::size_t count = 0;
  std::size_t at = 0;
  for (std::size_t any = 0; (any = text.find("```yaml", any)) != std::string::npos; ++any) {
    EXPECT_EQ(text.compare(any, fence.size(), fence), 0) << text.substr(any, 100);
  }
  while ((at = text.find(fence, at)) != std::string::npos) {
    at += fence.size();
    std::string yaml = text.substr(at, text.find("```", at) - at);
    if (yaml.rfind("router:", 0) != 0 && yaml.find("\nrouter:") == std::string::npos) {
      yaml = "router: { asn: 64500, id: 192.0.2.1 }\n" + yaml;
    }
    const auto result = load_text(yaml, (kConf / "introduction.md").string());
    EXPECT_EQ(test::errors_of(result) + test::warnings_of(result), "") << yaml;
    ++count;
  }
  EXPECT_GE(count, 5U);
}

}  // namespace
}  // namespace tern::conf
