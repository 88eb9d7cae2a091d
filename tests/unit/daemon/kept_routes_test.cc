// The file of routes that are kept over restarts.
#include "bgpd/daemon/kept_routes.h"

#include <gtest/gtest.h>

#include <string>

namespace tern::daemon {
namespace {

TEST(KeptRoutes, AreReadAsTheyWereWritten) {
  session::InjectedRoute plain;
  plain.prefix = *Prefix::parse("203.0.113.0/24");
  plain.since = 1790000000;
  session::InjectedRoute full;
  full.prefix = *Prefix::parse("2001:db8::/32");
  full.since = 1790000001;
  full.expires = 1790003600;
  full.attributes.med = 0;
  full.attributes.local_pref = 250;
  full.metro = "new-york";
  for (const char* text :
       {"64500:7", "no-export", "rt:64500:1", "64500:1:2", "generic:0x4300:0x1"}) {
    ASSERT_TRUE(session::add_community(text, full.attributes)) << text;
  }
  const std::string text = text_of({plain, full});
  std::vector<session::InjectedRoute> routes;
  EXPECT_EQ(read_routes(text, routes), BadLines{});
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].prefix, plain.prefix);
  EXPECT_EQ(routes[0].expires, 0U);
  EXPECT_TRUE(routes[0].kept);
  EXPECT_EQ(routes[1].attributes, full.attributes);
  EXPECT_EQ(routes[1].metro, "new-york");
  EXPECT_EQ(routes[1].since, 1790000001U);
  EXPECT_EQ(routes[1].expires, 1790003600U);
  EXPECT_EQ(text_of(routes), text);
}

TEST(KeptRoutes, ALineThatIsNoneDoesNotTakeTheOthersAlong) {
  std::vector<session::InjectedRoute> routes;
  const BadLines bad = read_routes(
      "# comment\n203.0.113.0/24 since 1\n\n203.0.113.1/24 since 1\n198.51.100.0/24 since x\n"
      "198.51.100.0/24 med\n198.51.100.0/24 community none\n198.51.100.0/24 weight 5\n\xff\n"
      "2001:db8::/32",
      routes);
  EXPECT_EQ(routes.size(), 2U);
  EXPECT_EQ(bad, (BadLines{4, 6}));
}

TEST(KeptRoutes, HaveABound) {
  std::string text;
  for (std::size_t i = 0; i < session::InjectedRoutes::kMost + 100; ++i) text += "10.0.0.0/8\n";
  std::vector<session::InjectedRoute> routes;
  EXPECT_EQ(read_routes(text, routes), (BadLines{session::InjectedRoutes::kMost + 1, 100}));
  EXPECT_EQ(routes.size(), session::InjectedRoutes::kMost);
  EXPECT_EQ(read_routes(std::string(100'000, '\n') + std::string(100'000, 'x'), routes),
            (BadLines{100'001, 1}));
}

}  // namespace
}  // namespace tern::daemon
