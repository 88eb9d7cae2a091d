// A start with bad files beside a good configuration.
#include "conf/last_good.h"

#include <gtest/gtest.h>

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
  void keep(const std::string& text) const {
    EXPECT_FALSE(last_good.keep_round_trips(folder.path("rtt.csv"), text));
  }

  const Folder folder;
  const LastGood last_good{folder.path(""), folder.path("t.yml")};
};

TEST(LastGood, IsReadAsItWasKept) {
  const Start start;
  EXPECT_FALSE(start.last_good.round_trips().ok());
  start.keep("ams,berlin,1\n");
  start.keep("ams,berlin,10\n");
  const auto kept = start.last_good.round_trips();
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->text,
            "# last good content of " + start.folder.path("rtt.csv") + "\nams,berlin,10\n");
  EXPECT_EQ(kept->date.size(), std::string("2026-03-01 10:07 UTC").size());
  // Another configuration has its own.
  EXPECT_FALSE(LastGood(start.folder.path(""), "/other.yml").round_trips().ok());
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
  const std::string& said = (*stale)->stale.front();
  EXPECT_EQ(said.rfind(csv + ":1:1: expected milliseconds from 0.001 to 10000, found ''", 0), 0U);
  EXPECT_NE(said.find("its last good content, of 20"), std::string::npos) << said;
  EXPECT_EQ((*stale)->rtt_file.text, "") << "what is bad is not kept";
  EXPECT_EQ((*stale)->egress, (*good)->egress);
  EXPECT_EQ(test::errors_of(start.reload()),
            csv + ":1:1: expected milliseconds from 0.001 to 10000, found ''\n");
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
  EXPECT_EQ((*stale)->egress.cost(0, 0), 10000U);
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
  EXPECT_EQ((*first)->stale,
            std::vector<std::string>{"groups.g.md5_password_file: cannot read a key from '" +
                                     start.folder.path("key") +
                                     "': No such file or directory; no session without it"});
  const std::string& key = (*first)->file.peers(0).md5_password();
  EXPECT_GE(key.size(), 30U);
  EXPECT_LE(key.size(), 80U);
  EXPECT_NE(key, (*second)->file.peers(0).md5_password());
  EXPECT_EQ((*first)->file.peers(1).md5_password(), "");
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
