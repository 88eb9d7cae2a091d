// CSV files of totals of flows.
#include "bgpd/ctl/ingress.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace tern::ctl {
namespace {

std::string fault_of(const std::string& text) {
  std::string fault;
  EXPECT_FALSE(read_ingress("f.csv", text, fault));
  return fault;
}

TEST(Ingress, AFileBecomesTotals) {
  std::string fault;
  const auto batches = read_ingress(
      "f.csv", "prefix,pop,octets\n# night\n\n203.0.113.0/24, ams ,12\r\n2001:db8::1,iad,0", fault);
  ASSERT_TRUE(batches) << fault;
  ASSERT_EQ(batches->size(), 1U);
  const auto& totals = batches->front().request.ingress_report().totals();
  ASSERT_EQ(totals.size(), 2);
  EXPECT_EQ(totals[0].prefix(), "203.0.113.0/24");
  EXPECT_EQ(totals[0].pop(), "ams");
  EXPECT_EQ(totals[0].octets(), 12U);
  EXPECT_EQ(totals[1].prefix(), "2001:db8::1");
  EXPECT_EQ(batches->front().first_line, 4U);
  EXPECT_EQ(batches->front().last_line, 5U);
}

TEST(Ingress, ABatchIsBounded) {
  std::string text;
  for (int i = 0; i < 2500; ++i) text += "203.0.113.0/24,ams,1\n";
  std::string fault;
  const auto batches = read_ingress("f.csv", text, fault);
  ASSERT_TRUE(batches);
  ASSERT_EQ(batches->size(), 3U);
  EXPECT_EQ((*batches)[0].request.ingress_report().totals_size(), 1000);
  EXPECT_EQ((*batches)[2].first_line, 2001U);
  EXPECT_EQ((*batches)[2].last_line, 2500U);
  EXPECT_TRUE(read_ingress("f.csv", "", fault)->empty());
}

TEST(Ingress, AFaultHasItsPlace) {
  EXPECT_EQ(fault_of("203.0.113.0/24,ams\n"), "f.csv:1: expected `prefix,pop,octets`");
  EXPECT_EQ(fault_of("203.0.113.0/24,ams,1,2\n"), "f.csv:1: expected `prefix,pop,octets`");
  EXPECT_EQ(fault_of("\n203.0.113.0,,1\n"), "f.csv:2: expected a PoP, found nothing");
  EXPECT_EQ(fault_of("203.0.113.0/33,ams,1\n"),
            "f.csv:1: expected a prefix or an address, found '203.0.113.0/33'");
  for (const std::string figure : {"-1", "1.5", "", "18446744073709551616"}) {
    EXPECT_EQ(fault_of("203.0.113.0/24,ams," + figure),
              "f.csv:1: expected a number of octets, found '" + figure + "'");
  }
}

TEST(Ingress, TheAnswerIsCounted) {
  EXPECT_EQ(rendered({"ingress", "report", "ams", "203.0.113.0/24", "5"},
                     {response("ingress_report { taken: 1 } last: true")}),
            "1 total taken\n");
  EXPECT_EQ(rendered({"ingress", "report", "ams", "203.0.113.0/24", "5"},
                     {response("ingress_report { unregistered: 2 } last: true")}),
            "0 totals taken, 2 left out: no registration covers the prefix\n");
}

}  // namespace
}  // namespace tern::ctl
