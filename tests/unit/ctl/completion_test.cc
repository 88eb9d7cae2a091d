#include "bgpd/ctl/completion.h"

#include <gtest/gtest.h>

namespace tern::ctl {
namespace {

using Words = std::vector<std::string>;

Words offered(const Words& words) {
  const auto neighbors = [] { return Words{"as65001-ams", "as65002-lhr", "edge"}; };
  Words result;
  for (const Candidate& candidate : complete(words, neighbors)) result.push_back(candidate.word);
  return result;
}

TEST(Completion, OffersCommandsAndTheirWords) {
  EXPECT_EQ(offered({"s"}), (Words{"status", "show"}));
  EXPECT_EQ(offered({"show", ""}),
            (Words{"neighbors", "routes", "route", "egress", "places", "rpki", "originated",
                   "conditions", "rtts", "probes", "kernel", "nexthops", "registrations",
                   "webhooks", "circuits", "latency", "baseline", "domains"}));
  EXPECT_EQ(offered({"show", "nexthops", "u"}), (Words{"unresolved"}));
  EXPECT_EQ(offered({"sh", "ro"}), (Words{"routes", "route"}));
  EXPECT_EQ(offered({"show", "routes", "l"}), (Words{"longest", "longer", "location", "limit"}));
  EXPECT_EQ(offered({"show", "routes", "longer", "lo"}), (Words{"longest", "location"}));
  EXPECT_EQ(offered({"show", "routes", "family", ""}),
            (Words{"ipv4", "ipv6", "ipv4-multicast", "ipv6-multicast"}));
  EXPECT_EQ(offered({"events", "se"}), (Words{"severity"}));
  EXPECT_EQ(offered({"events", "neighbor", "e"}), (Words{"edge"}));
  EXPECT_EQ(offered({"show", "registrations", "st"}), (Words{"state"}));
  EXPECT_EQ(offered({"show", "registrations", "u"}), (Words{"unmet"}));
  EXPECT_EQ(offered({"monitor", "routes", "b"}), (Words{"best"}));
  EXPECT_EQ(offered({"completion", ""}), (Words{"bash", "zsh", "fish"}));
  EXPECT_EQ(offered({"--s"}), (Words{"--socket"}));
}

TEST(Completion, OffersNeighborsWhereOneIsExpected) {
  EXPECT_EQ(offered({"show", "neighbors", "as"}), (Words{"as65001-ams", "as65002-lhr"}));
  EXPECT_EQ(offered({"show", "routes", "received", "nei", "as65001"}), (Words{"as65001-ams"}));
  EXPECT_EQ(offered({"explain", "10.0.0.1", "to", "e"}), (Words{"edge"}));
  EXPECT_EQ(offered({"explain", "10.0.0.1", "to", "edge", ""}), (Words{"family"}));
  EXPECT_EQ(offered({"monitor", "routes", "neighbor", "e"}), (Words{"edge"}));
  EXPECT_EQ(offered({"neighbor", "a"}), (Words{"as65001-ams", "as65002-lhr", "all"}));
  EXPECT_EQ(offered({"neighbor", "edge", "re"}), (Words{"reset", "refresh", "restore"}));
  EXPECT_EQ(offered({"neighbor", "edge", "refresh", ""}), (Words{"in", "out"}));
}

TEST(Completion, OffersNothingBehindWhatItDoesNotUnderstand) {
  EXPECT_EQ(offered({"dance", ""}), Words{});
  EXPECT_EQ(offered({"show", "routes", "community", ""}), Words{});
  EXPECT_EQ(offered({"neighbor", "edge", "disable", ""}), Words{});
  EXPECT_EQ(offered({"show", "routes", "a", ""}), Words{});  // all, accepted or advertised
}

TEST(Completion, ScriptsCallTernctl) {
  for (const std::string_view shell : {"bash", "zsh", "fish"}) {
    EXPECT_NE(completion_script(shell).find(" complete -- "), std::string_view::npos) << shell;
  }
  EXPECT_NE(completion_script("bash"), completion_script("fish"));
}

}  // namespace
}  // namespace tern::ctl
