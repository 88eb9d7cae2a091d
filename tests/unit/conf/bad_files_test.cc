// Files with faults and every line said about them: bad_files/*.txt, in each the cases
//   === what is wrong
//   (the YAML)
//   --- errors
//   (the lines)
// or, of a file that is good, its warnings behind "--- warnings".
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

struct Case {
  std::string file;
  std::string name;
  std::string yaml;
  std::string errors;
  bool is_good = false;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& entry : std::filesystem::directory_iterator(TERN_BAD_FILES)) {
    std::istringstream text(test::read(entry.path()));
    std::string line;
    bool in_errors = false;
    while (std::getline(text, line)) {
      if (line.rfind("=== ", 0) == 0) {
        all.push_back({entry.path().stem().string(), line.substr(4), "", "", false});
        in_errors = false;
      } else if (line == "--- errors" || line == "--- warnings") {
        in_errors = true;
        all.back().is_good = line == "--- warnings";
      } else {
        (in_errors ? all.back().errors : all.back().yaml) += line + '\n';
      }
    }
  }
  return all;
}

TEST(BadFiles, EveryErrorIsSaidAtItsPlace) {
  const auto all = cases();
  EXPECT_GE(all.size(), 60U);
  for (const Case& c : all) {
    SCOPED_TRACE(c.file + ": " + c.name);
    EXPECT_NE(c.errors, "");
    const auto result = load_text(c.yaml, "t.yml");
    EXPECT_EQ(result.ok(), c.is_good);
    EXPECT_EQ(c.is_good ? test::warnings_of(result) : test::errors_of(result), c.errors);
  }
}

TEST(BadFiles, AFileThatCannotBeRead) {
  EXPECT_EQ(test::errors_of(load_file("/no/such/file.yml")),
            "/no/such/file.yml: cannot read: No such file or directory\n");
  EXPECT_EQ(test::errors_of(load_file("/")), "/: cannot read: is a directory\n");
}

// Opening it would wait for a writer, for ever.
TEST(BadFiles, OnlyRegularFilesAreRead) {
  const Folder folder;
  const std::string pipe = folder.path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(test::errors_of(load_file(pipe)), pipe + ": cannot read: is no regular file\n");
  EXPECT_EQ(test::errors_of(load_file("/dev/null")),
            "/dev/null: cannot read: is no regular file\n");
  const std::string text =
      "router: { asn: 65000, id: 10.0.0.1 }\n"
      "peers: [ { address: 10.0.1.1, asn: 65001, md5_password_file: pipe } ]\n"
      "egress: { pop: ams, pops: { ams: { latitude: 1, longitude: 1, code: 1 } }, rtt_file: pipe "
      "}\n";
  const std::string file = folder.path("t.yml");
  EXPECT_EQ(test::errors_of(load_text(text, file)),
            file + ":2:62: peers[0].md5_password_file: cannot read a key from '" + pipe +
                "': is no regular file\n" + file + ":3:86: egress.rtt_file: cannot read '" + pipe +
                "': is no regular file\n");
}

TEST(BadFiles, BytesThatAreNoText) {
  const std::string good = "router: { asn: 65000, id: 10.0.0.1 }\n";
  for (const std::string bytes :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(test::errors_of(load_text(good + "# " + bytes, "t.yml")),
              "t.yml:2:3: not UTF-8 text\n");
  }
  EXPECT_EQ(test::errors_of(load_text(std::string("r\0", 2), "t.yml")),
            "t.yml:1:2: not UTF-8 text\n");
}

TEST(BadFiles, AWrongFileDoesNotFlood) {
  std::string text = "router: { asn: 65000, id: 10.0.0.1 }\npeers:\n";
  for (int i = 0; i < 3000; ++i) text += "  - { adress: 10.0.0.1 }\n";
  const auto result = load_text(text, "t.yml");
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().size(), 1001U);
  EXPECT_EQ(result.error().back().to_string(), "t.yml: and 8000 more errors");
}

constexpr char kTwoPops[] =
    "router: { asn: 65000, id: 10.0.0.1 }\n"
    "egress:\n"
    "  pop: ams\n"
    "  pops: { ams: { latitude: 52, longitude: 4, code: 1 },\n"
    "          lhr: { latitude: 51, longitude: 0, code: 2 } }\n";

TEST(BadFiles, RoundTripsInAFileOfTheirOwn) {
  const Folder folder;
  const std::string csv = folder.write("rtt.csv",
                                       "# pop,metro,ms\n"
                                       "ams,berlin,11.8\n"
                                       "ams,berlin\n"
                                       "\n"
                                       "amx , berlin , 5\n"
                                       "ams,berlin,12\n"
                                       "ams,paris,fast\n"
                                       "ams,ams,5\n"
                                       "lhr,berlin,9\n");
  const std::string file = folder.path("t.yml");
  const auto result =
      load_text(std::string(kTwoPops) +
                    "  metros: { berlin: { latitude: 52, longitude: 13, code: 1 } }\n"
                    "  rtts: [ { pop: lhr, to: berlin, milliseconds: 8 } ]\n"
                    "  rtt_file: rtt.csv\n",
                file);
  EXPECT_EQ(test::errors_of(result),
            csv + ":3:1: expected pop,metro-or-pop,milliseconds\n" +  //
                csv + ":5:1: there is no PoP 'amx'; did you mean 'ams'?\n" + csv +
                ":6:1: a second time from 'ams' to 'berlin'\n" + csv +
                ":7:1: expected milliseconds from 0.001 to 10000, found 'fast'\n" + csv +
                ":7:1: there is no metro or PoP 'paris'\n" + csv +
                ":8:1: a PoP has no round trip to itself\n" + csv +
                ":9:1: a second time from 'lhr' to 'berlin'; egress.rtts has it too\n");
}

// A line is a second one only where an earlier line counts.
TEST(BadFiles, ALineWithAnErrorIsNotTheFirstOfTwo) {
  const Folder folder;
  const std::string rtts = folder.write("rtts.csv", "ams,lhr,fast\nams,lhr,7\n");
  const std::string prefixes =
      folder.write("prefixes.csv", "ams,203.0.113.0/24,fast\nams,203.0.113.0/24,7\n");
  const auto result =
      load_text(std::string(kTwoPops) + "  rtt_file: rtts.csv\n  prefix_rtt_file: prefixes.csv\n",
                folder.path("t.yml"));
  const std::string error = ":1:1: expected milliseconds from 0.001 to 10000, found 'fast'\n";
  EXPECT_EQ(test::errors_of(result), prefixes + error + rtts + error);
}

TEST(BadFiles, RoundTripsToPrefixesInAFileOfTheirOwn) {
  const Folder folder;
  const std::string csv = folder.write("prefixes.csv",
                                       "# pop,prefix,ms\n"
                                       "ams,203.0.113.0/24,11.8\n"
                                       "ams,203.0.113.0/24\n"
                                       "\n"
                                       "amx , 2001:db8::/32 , 5\n"
                                       "ams,203.0.113.0/24,12\n"
                                       "ams,203.0.113.1/24,fast\n"
                                       "ams,berlin,9\n"
                                       "lhr,203.0.113.0/24,9\n");
  const auto result =
      load_text(std::string(kTwoPops) + "  prefix_rtt_file: prefixes.csv\n", folder.path("t.yml"));
  EXPECT_EQ(test::errors_of(result),
            csv + ":3:1: expected pop,prefix,milliseconds\n" +  //
                csv + ":5:1: there is no PoP 'amx'; did you mean 'ams'?\n" + csv +
                ":6:1: a second time from 'ams' to 203.0.113.0/24\n" + csv +
                ":7:1: expected milliseconds from 0.001 to 10000, found 'fast'\n" + csv +
                ":7:1: expected a prefix, found '203.0.113.1/24'\n" + csv +
                ":8:1: expected a prefix, found 'berlin'\n");
}

}  // namespace
}  // namespace tern::conf
