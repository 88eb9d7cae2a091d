// The file of `ternctl latency import`: what it may have, and where each fault is.
#include "bgpd/ctl/latency_file.h"

#include <gtest/gtest.h>

namespace tern::ctl {
namespace {

// "203.0.113.0/24@2:21400,22000;"
std::string lines_of(std::string_view text) {
  const auto read = read_latency_file(text, "f.csv");
  if (!read) return "faults";
  std::string shown;
  for (const LatencyLine& line : *read) {
    shown += line.of + "@" + std::to_string(line.line) + ":";
    for (const EgressCost one : line.microseconds) shown += std::to_string(one) + ",";
    shown.back() = ';';
  }
  return shown;
}

std::vector<std::string> faults_of(std::string_view text) {
  const auto read = read_latency_file(text, "f.csv");
  return read ? std::vector<std::string>{} : read.error();
}

using Faults = std::vector<std::string>;

TEST(LatencyFile, ReadsPrefixesAddressesAndMetros) {
  EXPECT_EQ(lines_of(""), "");
  EXPECT_EQ(lines_of("203.0.113.0/24,21.4,22"), "203.0.113.0/24@1:21400,22000;");
  EXPECT_EQ(lines_of("of,milliseconds\r\n2001:db8::1,8.5\r\nNew York,70\r\n"),
            "2001:db8::1@2:8500;New York@3:70000;");
  EXPECT_EQ(lines_of("\xEF\xBB\xBF# by the agents\n\n  paris , 9.25 \n"), "paris@3:9250;");
  EXPECT_EQ(lines_of("paris,0.001,10000"), "paris@1:1,10000000;");
}

TEST(LatencyFile, FaultsHaveTheirPlace) {
  EXPECT_EQ(faults_of("paris,9\nlisbon\n,4\nrome,1,x\n"),
            (Faults{"f.csv:2:7: expected ',' and milliseconds behind 'lisbon'",
                    "f.csv:3:1: expected a prefix, an address or a metro",
                    "f.csv:4:8: expected milliseconds from 0.001 to 10000, not 'x'"}));
  EXPECT_EQ(faults_of("\xEF\xBB\xBFparis, x"),
            Faults{"f.csv:1:11: expected milliseconds from 0.001 to 10000, not 'x'"});
  EXPECT_EQ(faults_of("paris,"),
            Faults{"f.csv:1:7: expected milliseconds from 0.001 to 10000, not ''"});
  for (const char* bad :
       {"0", "0.0004", "10000.1", "-1", "1e3", "nan", "inf", "0x10", "9 9", "+1"}) {
    EXPECT_EQ(faults_of("paris," + std::string(bad)),
              Faults{"f.csv:1:7: expected milliseconds from 0.001 to 10000, not '" +
                     std::string(bad) + "'"});
  }
  EXPECT_EQ(faults_of(std::string(kMostNameOctets + 1, 'a') + ",1"),
            Faults{"f.csv:1:1: the name is too long"});
  EXPECT_EQ(faults_of("paris,\x1b[2J"),
            Faults{"f.csv:1:7: expected milliseconds from 0.001 to 10000, not '?[2J'"});
}

TEST(LatencyFile, FaultsAreBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "paris\n";
  EXPECT_EQ(faults_of(text).size(), kMostLatencyFaults + 1);
  EXPECT_EQ(faults_of(text).back(), "f.csv: the lines behind line 20 were not read");
}

TEST(LatencyFile, LinesAreBounded) {
  std::string text;
  for (std::size_t i = 0; i < kMostLatencyLines; ++i) text += "a,1\n";
  EXPECT_EQ(faults_of(text), Faults{});
  EXPECT_EQ(faults_of(text + "a,1\na,1\n"),
            Faults{"f.csv:1000001:1: a file has at most 1000000 lines of round trips"});
}

}  // namespace
}  // namespace tern::ctl
