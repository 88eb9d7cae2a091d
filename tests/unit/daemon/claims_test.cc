#include "bgpd/daemon/claims.h"

#include <gtest/gtest.h>

namespace tern::daemon {
namespace {

std::set<std::string> written(const std::string& text) {
  const auto loaded =
      conf::load_text("router: { asn: 65000, id: 10.0.0.1 }\n" + text, "/etc/tern/t.yml");
  if (!loaded.ok()) return {loaded.error().front().to_string()};
  return written_by(**loaded);
}

TEST(Claims, WhatAConfigurationWrites) {
  EXPECT_EQ(written(""), (std::set<std::string>{}));
  EXPECT_EQ(written("kernel: {}"), (std::set<std::string>{"kernel table 254"}));
  EXPECT_EQ(written("kernel: { table: 7 }\nevents: { file: events.json }"),
            (std::set<std::string>{"kernel table 7", "file /etc/tern/events.json"}));
}

TEST(Claims, OneDomainHasAThing) {
  Claims claims;
  EXPECT_EQ(claims.claim("", {"kernel table 254"}), std::nullopt);
  EXPECT_EQ(claims.claim("a", {"kernel table 7", "file /x"}), std::nullopt);
  EXPECT_EQ(claims.claim("b", {"kernel table 254"}),
            "kernel table 254 is written by the first domain already");
  EXPECT_EQ(claims.claim("", {"kernel table 254", "file /x"}),
            "file /x is written by the domain 'a' already");
}

TEST(Claims, ARefusedClaimChangesNothing) {
  Claims claims;
  EXPECT_EQ(claims.claim("a", {"x"}), std::nullopt);
  EXPECT_EQ(claims.claim("b", {"y"}), std::nullopt);
  EXPECT_NE(claims.claim("b", {"x", "z"}), std::nullopt);
  EXPECT_NE(claims.claim("a", {"y"}), std::nullopt) << "y is still that of b";
  EXPECT_EQ(claims.claim("a", {"z"}), std::nullopt) << "z was never claimed";
}

TEST(Claims, WhatADomainGivesUpIsFree) {
  Claims claims;
  EXPECT_EQ(claims.claim("a", {"x"}), std::nullopt);
  claims.release("a");
  EXPECT_EQ(claims.claim("b", {"x"}), std::nullopt);
}

}  // namespace
}  // namespace tern::daemon
