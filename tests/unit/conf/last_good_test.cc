// A start with bad files beside a good configuration.
#include "conf/last_good.h"

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <filesystem>

#include "conf/prefix_rtt_file.h"
#include "conf/rtt_file.h"
#include "policy/live_costs.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

const std::string kText =
    "router: { asn: 65000, id: 10.0.0.1 }\n"
    "egress:\n"
    "  pop: ams\n"
    "  pops: { ams: { latitude: 52, longitude: 4, code: 1 } }\n"
    "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n"
    "  rtt_file: rtt.csv\n";

class Start {
 public:
  std::string csv(const std::string& text) const { return folder.write("rtt.csv", text); }
  LoadResult load(const std::string& text = kText) const {
    return load_text(text, folder.path("t.yml"), {&last_good});
  }
  LoadResult reload(const std::string& text = kText) const {
    return load_text(text, folder.path("t.yml"));
  }
  void keep(const std::string& text, std::int64_t time = 1'772'359'620) const {
    EXPECT_FALSE(last_good.keep(LastGood::Content::RoundTrips, folder.path("rtt.csv"), text, time));
  }

  const Folder folder;
  const LastGood last_good{folder.path(""), folder.path("t.yml")};
};

TEST(LastGood, IsReadAsItWasKept) {
  const Start start;
  EXPECT_FALSE(start.last_good.kept(LastGood::Content::RoundTrips).ok());
  start.keep("ams,berlin,1\n");
  start.keep("ams,berlin,10\n");
  const auto kept = start.last_good.kept(LastGood::Content::RoundTrips);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->text,
            "# last good content of " + start.folder.path("rtt.csv") + "\nams,berlin,10\n");
  EXPECT_EQ(kept->date, "2026-03-01 10:07 UTC");
  EXPECT_EQ(kept->time, 1'772'359'620);
  // Another configuration has its own.
  EXPECT_FALSE(
      LastGood(start.folder.path(""), "/other.yml").kept(LastGood::Content::RoundTrips).ok());
}

TEST(LastGood, TakesThePlaceOfABadFileAtAStartOnly) {
  const Start start;
  const std::string csv = start.csv("ams,berlin,10\n");
  const auto good = start.load();
  ASSERT_TRUE(good.ok());
  EXPECT_EQ((*good)->rtt_file.name, csv);
  EXPECT_TRUE((*good)->stale.empty());
  start.csv("ams,berlin,\n");
  EXPECT_FALSE(start.load().ok()) << "there is nothing yet to take instead";
  start.keep((*good)->rtt_file.text);
  const auto stale = start.load();
  ASSERT_TRUE(stale.ok());
  ASSERT_EQ((*stale)->stale.size(), 1U);
  const std::string& said = (*stale)->stale.front().text;
  EXPECT_EQ(said.rfind(csv + ":1:1: expected milliseconds from 0.001 to 10000, found ''", 0), 0U);
  EXPECT_NE(said.find("its last good content, of 20"), std::string::npos) << said;
  EXPECT_EQ((*stale)->rtt_file.text, "") << "what is bad is not kept";
  EXPECT_EQ((*stale)->rtt_file.rtts, (*good)->rtt_file.rtts);
  EXPECT_GT((*stale)->rtt_file.written, 0);
  EXPECT_EQ(test::errors_of(start.reload()),
            csv + ":1:1: expected milliseconds from 0.001 to 10000, found ''\n");
}

// A change of the mode, the owner or a link changes ctime alone. A restored backup has the mtime of
// its content.
TEST(LastGood, MeasurementsAreAsOldAsTheContentOfTheFile) {
  using Clock = std::filesystem::file_time_type::clock;
  const Start start;
  const std::string csv = start.csv("ams,berlin,10\n");
  std::filesystem::last_write_time(csv, Clock::now() - std::chrono::hours(48));
  const auto old = start.reload();
  ASSERT_TRUE(old.ok());
  const std::int64_t now = std::time(nullptr);
  EXPECT_NEAR(static_cast<double>(now - (*old)->rtt_file.written), 48 * 3600, 60);
  std::filesystem::last_write_time(csv, Clock::now() + std::chrono::hours(48));
  const auto early = start.reload();
  ASSERT_TRUE(early.ok());
  EXPECT_NEAR(static_cast<double>((*early)->rtt_file.written), static_cast<double>(now), 60);
}

// A line has two pairs if its second name is the name of a metro and of a PoP.
TEST(RttFile, HasABoundOfPairs) {
  policy::EgressSource places;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "p" + std::to_string(i);
    places.pops.emplace_back().name = name;
    places.metros.emplace_back().name = name;
  }
  const auto read = [&](std::size_t pairs) {
    std::string text;
    for (int from = 0; from < 200; ++from) {
      for (int to = 0; to < 200 && pairs >= 2; ++to) {
        if (from == to) continue;
        text += "p" + std::to_string(from) + ",p" + std::to_string(to) + ",5\n";
        pairs -= 2;
      }
    }
    const Folder folder;
    return read_rtt_file(folder.write("rtt.csv", text), places);
  };
  EXPECT_TRUE(read(policy::LiveCosts::kMostPairs).ok());
  const auto refused = read(policy::LiveCosts::kMostPairs + 4);
  ASSERT_FALSE(refused.ok());
  ASSERT_EQ(refused.error().errors.size(), 1U);
  EXPECT_EQ(refused.error().errors[0].message, "more than 65536 round trips");
  EXPECT_EQ(refused.error().errors[0].line, 32769);
}

// Each file of measurements has a copy of its own.
TEST(LastGood, ContentOfRoundTripsToPrefixesIsKeptBeside) {
  const Start start;
  start.csv("ams,berlin,10\n");
  start.keep("ams,berlin,7\n");
  const std::string text = kText + "  prefix_rtt_file: prefixes.csv\n";
  const std::string csv = start.folder.write("prefixes.csv", "ams,203.0.113.0/24,5\n");
  const auto good = start.load(text);
  ASSERT_TRUE(good.ok());
  const std::vector<policy::PrefixRttSource> rtts{{"ams", *Prefix::parse("203.0.113.0/24"), 5000}};
  EXPECT_EQ((*good)->prefix_rtt_file.name, csv);
  EXPECT_EQ((*good)->prefix_rtt_file.rtts, rtts);
  start.folder.write("prefixes.csv", "ams,203.0.113.0/24,5\nams,203.0.113.0,5\n");
  EXPECT_FALSE(start.load(text).ok());
  EXPECT_FALSE(start.last_good.keep(LastGood::Content::PrefixRoundTrips, csv,
                                    (*good)->prefix_rtt_file.text + "gone,203.0.113.0/24,1\n", 1));
  const auto stale = start.load(text);
  ASSERT_TRUE(stale.ok());
  ASSERT_EQ((*stale)->stale.size(), 1U);
  EXPECT_EQ((*stale)->stale[0].name, csv);
  EXPECT_EQ((*stale)->prefix_rtt_file.rtts, rtts);
  EXPECT_EQ((*stale)->prefix_rtt_file.name, "");
  EXPECT_EQ((*stale)->rtt_file.rtts, (*good)->rtt_file.rtts);
}

TEST(PrefixRttFile, HasABound) {
  policy::EgressSource places;
  for (const char* name : {"ams", "lhr"}) places.pops.emplace_back().name = name;
  const Folder folder;
  std::string text = "# both IP versions\nams,2001:db8::/32,12.5\n";
  for (std::uint32_t i = 1; i < policy::PrefixRtts::kMost; ++i) {
    text += "lhr," + Prefix::v4(i << 12U, 24).to_string() + ",5\n";
  }
  const auto good = read_prefix_rtt_file(folder.write("prefixes.csv", text), places);
  ASSERT_TRUE(good.ok());
  ASSERT_EQ(good->rtts.size(), policy::PrefixRtts::kMost);
  EXPECT_EQ(good->rtts[0],
            (policy::PrefixRttSource{"ams", *Prefix::parse("2001:db8::/32"), 12500}));
  text += "ams,10.0.0.0/8,1\nams,11.0.0.0/8,1\n";
  const auto refused = read_prefix_rtt_file(folder.write("prefixes.csv", text), places);
  ASSERT_FALSE(refused.ok());
  ASSERT_EQ(refused.error().errors.size(), 1U);
  EXPECT_EQ(refused.error().errors[0].message, "more than 100000 round trips");
  EXPECT_EQ(refused.error().errors[0].line, 100'002);
}

TEST(LastGood, TakesThePlaceOfAFileThatIsGone) {
  const Start start;
  start.keep("ams,berlin,10\n");
  EXPECT_TRUE(start.load().ok());
  EXPECT_FALSE(start.reload().ok());
}

TEST(LastGood, LeavesOutPlacesThatAreGone) {
  const Start start;
  start.keep("ams,berlin,10\nams,paris,7\n");
  const auto stale = start.load();
  ASSERT_TRUE(stale.ok());
  EXPECT_EQ((*stale)->rtt_file.rtts, (std::vector<policy::RttSource>{{"ams", "berlin", 10000}}));
}

TEST(LastGood, FaultsOfTheConfigurationAreFaultsOfAStart) {
  const Start start;
  start.keep("ams,berlin,10\n");
  start.csv("ams,berlin,\n");
  EXPECT_FALSE(start.load(kText + "log: { level: loud }\n").ok());
}

TEST(LastGood, AKeyThatCannotBeReadIsNoKeyThatAnybodyKnows) {
  const Start start;
  const std::string text =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "groups: { g: { md5_password_file: key } }\n"
      "peers:\n"
      "  - { address: 10.0.1.1, asn: 65001, group: g }\n"
      "  - { address: 10.0.1.2, asn: 65001 }\n";
  EXPECT_FALSE(start.reload(text).ok());
  const auto first = start.load(text);
  const auto second = start.load(text);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ((*first)->stale.size(), 1U);
  EXPECT_EQ((*first)->stale[0].name, start.folder.path("key"));
  EXPECT_EQ((*first)->stale[0].text, "groups.g.md5_password_file: cannot read a key from '" +
                                         start.folder.path("key") +
                                         "': No such file or directory; no session without it");
  const std::string& key = (*first)->file.peers(0).md5_password();
  EXPECT_GE(key.size(), 30U);
  EXPECT_LE(key.size(), 80U);
  EXPECT_NE(key, (*second)->file.peers(0).md5_password());
  EXPECT_EQ((*first)->file.peers(1).md5_password(), "");
}

TEST(LastGood, AWebhookWithoutItsKeyStopsNoStart) {
  const Start start;
  const std::string text =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "events: { webhooks: [ { name: noc, url: \"https://a/\", secret_file: key } ] }\n";
  EXPECT_FALSE(start.reload(text).ok());
  const auto first = start.load(text);
  ASSERT_TRUE(first.ok());
  ASSERT_EQ((*first)->stale.size(), 1U);
  EXPECT_EQ((*first)->stale[0].text, "events.webhooks[0].secret_file: cannot read a key from '" +
                                         start.folder.path("key") +
                                         "': No such file or directory; nothing is sent");
  EXPECT_EQ((*first)->file.events().webhooks(0).secret(), "");
}

// Neighbors on two links with one address need the same key (network_checks.cc), also where the key
// cannot be read.
TEST(LastGood, AKeyThatCannotBeReadIsTheSameOnAllLinks) {
  const Start start;
  EXPECT_EQ(test::errors_of(start.load(
                "router: { asn: 65000, id: 10.0.0.1 }\n"
                "peers:\n"
                "  - { address: \"fe80::1%eth0\", asn: 65001, md5_password_file: key }\n"
                "  - { address: \"fe80::1%eth1\", asn: 65002, md5_password_file: key }\n")),
            "");
}

TEST(LastGood, AnEmptyFileIsAWarning) {
  const Start start;
  const std::string csv = start.csv("# nothing\n");
  EXPECT_EQ(
      test::warnings_of(start.reload()),
      start.folder.path("t.yml") + ":6:13: warning: egress.rtt_file: '" + csv + "' is empty\n");
}

}  // namespace
}  // namespace tern::conf
