// From the section `rpki` to the settings of its thread.
#include "bgpd/daemon/rpki.h"

#include <gtest/gtest.h>

namespace tern::daemon {
namespace {

vrps::RpkiSettings settings_of(const std::string& rpki) {
  const auto loaded =
      conf::load_text("router: { asn: 64512, id: 10.0.0.1 }\n" + rpki, "/etc/tern/t.yml");
  EXPECT_TRUE(loaded.ok());
  return loaded.ok() ? compose_rpki(**loaded) : vrps::RpkiSettings{};
}

TEST(ComposeRpki, NoSectionHasNoSources) { EXPECT_TRUE(settings_of("").empty()); }

TEST(ComposeRpki, Defaults) {
  const auto settings =
      settings_of("rpki: { caches: [ { address: 192.0.2.1 }, { address: \"2001:DB8::1\" } ] }\n");
  ASSERT_EQ(settings.caches.size(), 2U);
  vrps::CacheSettings expected;
  expected.name = "192.0.2.1:323";
  expected.address = *IpAddress::parse("192.0.2.1");
  EXPECT_EQ(settings.caches[0], expected);
  EXPECT_EQ(settings.caches[1].name, "[2001:db8::1]:323");
  EXPECT_FALSE(settings.empty());
}

TEST(ComposeRpki, EveryField) {
  const auto settings = settings_of(
      "rpki:\n"
      "  caches:\n"
      "    - { address: 192.0.2.1, port: 3323, name: near, preference: 7, local_address: "
      "192.0.2.2,\n"
      "        md5_password: key, min_version: 1, max_version: 1, refresh_interval: 10,\n"
      "        retry_interval: 20, expire_interval: 30 }\n"
      "  files: [vrps.json, /var/lib/vrps.json]\n"
      "  slurm: [local/s.json]\n");
  vrps::CacheSettings expected;
  expected.name = "near";
  expected.address = *IpAddress::parse("192.0.2.1");
  expected.port = 3323;
  expected.preference = 7;
  expected.local_address = IpAddress::parse("192.0.2.2");
  expected.md5_password = "key";
  expected.rtr.min_version = expected.rtr.max_version = 1;
  expected.rtr.max_refresh = rpki::Seconds(10);
  expected.rtr.max_retry = rpki::Seconds(20);
  expected.rtr.max_expire = rpki::Seconds(30);
  EXPECT_EQ(settings.caches, std::vector{expected});
  EXPECT_EQ(settings.files,
            (std::vector<std::string>{"/etc/tern/vrps.json", "/var/lib/vrps.json"}));
  EXPECT_EQ(settings.slurm, std::vector<std::string>{"/etc/tern/local/s.json"});
}

}  // namespace
}  // namespace tern::daemon
