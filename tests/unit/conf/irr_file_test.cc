// Files of route objects: RPSL and CSV, with what is wrong in them.
#include "conf/irr_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/types/folder.h"

namespace tern::conf {
namespace {

using Texts = std::vector<std::string>;

// The format by the name, as of a file.
Result<IrrFile, std::string> read_irr(std::string_view text, const std::string& name,
                                      const IrrLimits& limits = {}) {
  IrrReader reader(name, name.ends_with(".csv") ? IrrFormat::Csv : IrrFormat::Rpsl, limits);
  (void)reader.feed(text);
  return reader.finish();
}

Texts texts_of(const Result<IrrFile, std::string>& file) {
  if (!file) return {"error: " + file.error()};
  Texts texts;
  for (const policy::RouteObject& one : file->objects) texts.push_back(one.to_string());
  return texts;
}

// The objects, and then the messages.
Texts all_of(std::string_view text, const char* name = "radb.db", const IrrLimits& limits = {}) {
  const auto file = read_irr(text, name, limits);
  Texts all = texts_of(file);
  if (file) all.insert(all.end(), file->messages.begin(), file->messages.end());
  return all;
}

constexpr char kDatabase[] =
    "% This is a database.\n"
    "#\n"
    "\n"
    "mntner:     MAINT-TEST\n"
    "origin:     nonsense\n"
    "\n"
    "route:      192.0.2.0/24\n"
    "descr:      a network\n"
    "            in two lines\n"
    "+           or three\n"
    "origin:     AS64496   # ours\n"
    "mnt-by:     MAINT-TEST\n"
    "source:     TEST\n"
    "\n"
    "\n"
    "ROUTE6:\t2001:db8::/32\n"
    "% a remark inside\n"
    "Origin: as1.0\r\n"
    "\r\n"
    "route: 198.51.100.0/24\n"
    "origin: 64497";

TEST(IrrFile, ReadsObjectsOfADatabase) {
  EXPECT_EQ(all_of(kDatabase),
            (Texts{"192.0.2.0/24 AS64496", "2001:db8::/32 AS65536", "198.51.100.0/24 AS64497"}));
}

TEST(IrrFile, ReadsItInPiecesOfAnySize) {
  const std::string_view text = kDatabase;
  for (std::size_t size = 1; size < text.size(); ++size) {
    IrrReader reader("radb.db", IrrFormat::Rpsl);
    for (std::size_t at = 0; at < text.size(); at += size) {
      ASSERT_TRUE(reader.feed(text.substr(at, size)));
    }
    ASSERT_EQ(texts_of(reader.finish()).size(), 3U) << size;
  }
}

// Each object with a fault is left out with the place of the fault, and the others count.
TEST(IrrFile, WrongObjectsAreLeftOut) {
  const char* const good = "\n\nroute: 192.0.2.0/24\norigin: AS1\n";
  const auto message = [&](const std::string& object) {
    const auto file = read_irr(object + good, "radb.db");
    EXPECT_EQ(texts_of(file), Texts{"192.0.2.0/24 AS1"}) << object;
    if (!file || file->left_out != 1) return std::string("?");
    return file->messages.at(0);
  };
  EXPECT_EQ(message("route:  192.0.2.1/24\norigin: AS1"),
            "radb.db:1:9: expected a prefix of IPv4, found '192.0.2.1/24'");
  EXPECT_EQ(message("route: 2001:db8::/32\norigin: AS1"),
            "radb.db:1:8: expected a prefix of IPv4, found '2001:db8::/32'");
  EXPECT_EQ(message("route6: 192.0.2.0/24\norigin: AS1"),
            "radb.db:1:9: expected a prefix of IPv6, found '192.0.2.0/24'");
  EXPECT_EQ(message("mntner: X\nhello\n\nroute: 10.0.0.0/8\norigin: x"),
            "radb.db:5:9: expected an AS number, found 'x'");
  EXPECT_EQ(message("route:\norigin: AS1"), "radb.db:1:7: expected a prefix of IPv4, found ''");
  EXPECT_EQ(message("route: 10.0.0.0/8\ndescr: x\norigin:\tASX"),
            "radb.db:3:9: expected an AS number, found 'ASX'");
  EXPECT_EQ(message("route: 10.0.0.0/8\norigin: AS0"),
            "radb.db:2:9: expected an AS number, found 'AS0'");
  EXPECT_EQ(message("route: 10.0.0.0/8\norigin: AS1 AS2"),
            "radb.db:2:9: expected an AS number, found 'AS1 AS2'");
  EXPECT_EQ(message("route: 10.0.0.0/8\norigin: AS1\norigin: AS2"),
            "radb.db:3:9: an object has one origin");
  EXPECT_EQ(message("\nroute: 10.0.0.0/8\ndescr: x"), "radb.db:2:1: the object has no origin");
  EXPECT_EQ(message("route: 10.0.0.0/8\nroute: 11.0.0.0/8\norigin: AS1"),
            "radb.db:2:1: an object has one prefix; a blank line ends an object");
  EXPECT_EQ(message("route: 10.0.0.0/8\norigin: AS1\n  AS2"),
            "radb.db:3:1: expected an origin in one line");
  EXPECT_EQ(message("route:\n  10.0.0.0/8\norigin: AS1"),
            "radb.db:1:7: expected a prefix of IPv4, found ''");
  EXPECT_EQ(message("route: 10.0.0.0/8\n+ 11.0.0.0/8\norigin: AS1"),
            "radb.db:2:1: expected a prefix in one line");
  EXPECT_EQ(message("route: 10.0.0.0/8\nhello\norigin: AS1"),
            "radb.db:2:1: expected an attribute, as `route: 192.0.2.0/24`");
  EXPECT_EQ(message("  10.0.0.0/8\norigin: AS1"),
            "radb.db:1:1: expected an attribute, as `route: 192.0.2.0/24`");
  EXPECT_EQ(message("\xEF\xBB\xBFroute: x\norigin: AS1"),
            "radb.db:1:11: expected a prefix of IPv4, found 'x'");
}

TEST(IrrFile, ReadsLinesOfCsv) {
  EXPECT_EQ(all_of("prefix,origin,max_length\n"
                   "# ours\n"
                   "\n"
                   "192.0.2.0/24,AS64496\n"
                   " 2001:db8::/32 , 64496 , 48 # until spring\r\n"
                   "198.51.100.0/24,as1.0,",
                   "irr.csv"),
            (Texts{"192.0.2.0/24 AS64496", "2001:db8::/32-48 AS64496", "198.51.100.0/24 AS65536"}));
}

TEST(IrrFile, WrongLinesOfCsvAreLeftOut) {
  const auto message = [&](const std::string& line) {
    const auto file = read_irr("192.0.2.0/24,1\n" + line, "irr.csv");
    EXPECT_EQ(texts_of(file), Texts{"192.0.2.0/24 AS1"}) << line;
    if (!file || file->left_out != 1) return std::string("?");
    return file->messages.at(0);
  };
  EXPECT_EQ(message("10.0.0.0/8"), "irr.csv:2:1: expected `prefix,origin[,max_length]`");
  EXPECT_EQ(message("10.0.0.0/8,1,8,x"), "irr.csv:2:1: expected `prefix,origin[,max_length]`");
  EXPECT_EQ(message(" 10.0.0.1/8,1"), "irr.csv:2:2: expected a prefix, found '10.0.0.1/8'");
  EXPECT_EQ(message("10.0.0.0/8, AS0"), "irr.csv:2:13: expected an AS number, found 'AS0'");
  EXPECT_EQ(message("10.0.0.0/8,"), "irr.csv:2:12: expected an AS number, found ''");
  EXPECT_EQ(message("10.0.0.0/8,1,7"), "irr.csv:2:14: expected a length from 8 to 32, found '7'");
  EXPECT_EQ(message("10.0.0.0/8,1,33"), "irr.csv:2:14: expected a length from 8 to 32, found '33'");
  EXPECT_EQ(message("prefix,origin"), "irr.csv:2:1: expected a prefix, found 'prefix'");
}

TEST(IrrFile, AFileWithoutAGoodObjectIsBad) {
  EXPECT_EQ(all_of(""), Texts{"error: radb.db: no route object"});
  EXPECT_EQ(all_of("% nothing\n\nmntner: X\n"), Texts{"error: radb.db: no route object"});
  EXPECT_EQ(all_of("<html>\n<body>\n"),
            Texts{"error: no route object is good, the first: radb.db:1:1: expected an attribute, "
                  "as `route: 192.0.2.0/24`"});
  EXPECT_EQ(all_of("\x1F\x8B\x08\x00 octets\n"),
            Texts{"error: radb.db: the file is compressed; unpack it"});
  EXPECT_EQ(all_of("\x1F\x8B", "irr.csv"),
            Texts{"error: irr.csv: the file is compressed; unpack it"});
}

// ---- Bounds

TEST(IrrFile, TheNumberOfObjectsIsBounded) {
  IrrLimits limits;
  limits.max_objects = 2;
  const std::string two = "10.0.0.0/8,1\n11.0.0.0/8,1\n";
  EXPECT_EQ(all_of(two, "irr.csv", limits).size(), 2U);
  EXPECT_EQ(all_of(two + "12.0.0.0/8,1\n", "irr.csv", limits),
            Texts{"error: irr.csv:3: more than 2 route objects"});
  const std::string object = "route: 10.0.0.0/8\norigin: AS1\n";
  EXPECT_EQ(all_of(object + "\n" + object + "\n" + object, "radb.db", limits),
            Texts{"error: radb.db:8: more than 2 route objects"});
  IrrReader reader("irr.csv", IrrFormat::Csv, limits);
  EXPECT_FALSE(reader.feed(two + two));
  EXPECT_FALSE(reader.feed("x"));
}

// A long line of an attribute that nobody reads is no fault.
TEST(IrrFile, LinesAreBounded) {
  const std::string blanks(IrrLimits{}.max_line, ' ');
  const std::string long_text = "descr: " + blanks + "x\n";
  EXPECT_EQ(all_of("route: 10.0.0.0/8\n" + long_text + "origin: AS1\n"), Texts{"10.0.0.0/8 AS1"});
  EXPECT_EQ(all_of("route: 10.0.0.0/8\norigin: AS1" + blanks + "\n"),
            Texts{"error: no route object is good, the first: radb.db:2:1: the line is longer than "
                  "1024 octets"});
  EXPECT_EQ(all_of("10.0.0.0/8,1" + blanks, "irr.csv"),
            Texts{"error: no route object is good, the first: irr.csv:1:1: the line is longer than "
                  "1024 octets"});
}

TEST(IrrFile, ObjectsAreBounded) {
  IrrLimits limits;
  limits.max_object = 60;
  const std::string descr = "descr: twenty octets\n";
  const std::string begin = "route: 10.0.0.0/8\n";
  EXPECT_EQ(all_of(begin + descr + "origin: AS1\n", "radb.db", limits), Texts{"10.0.0.0/8 AS1"});
  EXPECT_EQ(all_of(begin + descr + descr + descr + "origin: AS1\n\n" + begin + "origin: AS2\n",
                   "radb.db", limits),
            (Texts{"10.0.0.0/8 AS2", "radb.db:4:1: the object is longer than 60 octets"}));
}

TEST(IrrFile, MessagesAreBounded) {
  std::string text = "192.0.2.0/24,1\n";
  for (int i = 0; i < 30; ++i) text += "x,1\n";
  const auto file = read_irr(text, "irr.csv");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->left_out, 30U);
  EXPECT_EQ(file->messages.size(), IrrLimits{}.max_messages);
}

TEST(IrrFile, OctetsAreBounded) {
  const Folder folder;
  const std::string path = folder.write("irr.csv", "192.0.2.0/24,1\n");
  IrrLimits limits;
  limits.max_octets = 15;
  EXPECT_EQ(texts_of(read_irr_file(path, limits)), Texts{"192.0.2.0/24 AS1"});
  limits.max_octets = 14;
  EXPECT_EQ(texts_of(read_irr_file(path, limits)),
            Texts{"error: " + path + ": is larger than 14 bytes"});
  EXPECT_EQ(texts_of(read_irr_file(folder.path("none.csv"))),
            Texts{"error: " + folder.path("none.csv") + ": No such file or directory"});
}

}  // namespace
}  // namespace tern::conf
