// Hijacks of history, as the neighbors of a route server saw them: prefixes that nobody registered
// are caught at the first UPDATE. The AS paths are those that were published about the incidents.
#include <gtest/gtest.h>

#include "detecting.h"

namespace tern::baseline {
namespace {

// 24 February 2008: AS 17557 (Pakistan Telecom) announced a part of a prefix of AS 36561 (YouTube),
// and AS 3491 (PCCW) passed it on. Reported by RIPE NCC, "YouTube Hijacking: A RIPE NCC RIS case
// study".
TEST(History, YouTube2008) {
  Detecting detecting;
  const Prefix youtube = prefix("208.65.152.0/22");
  const Prefix part = prefix("208.65.153.0/24");
  detecting.learn(youtube, {route({3356, 3549, 36561}, 1), route({3491, 3549, 36561}, 2)});
  EXPECT_EQ(detecting.said(), "");
  ASSERT_TRUE(detecting.change(part, route({3491, 17557}, 2), on_day(7, 67'620)));
  detecting.see(part, {route({3491, 17557}, 2)}, 7);
  EXPECT_EQ(detecting.said(), "begin more-specific 208.65.153.0/24 warning");
  EXPECT_EQ(detecting.last.evidence["as path"], "3491 17557");
  // YouTube answers with the same prefix, and then with two halves of it.
  detecting.see(part, {route({3491, 17557}, 2), route({3356, 3549, 36561}, 1)}, 7);
  EXPECT_EQ(detecting.said(), "begin more-specific 208.65.153.0/24 warning")
      << "the part from AS 17557 is still there";
  EXPECT_FALSE(detecting.change(prefix("208.65.153.0/25"), route({3356, 3549, 36561}, 1),
                                on_day(7, 70'000)));
  // AS 3491 withdraws what came from AS 17557.
  ASSERT_TRUE(detecting.withdraw(part, on_day(7, 75'000)));
  detecting.see(part, {route({3356, 3549, 36561}, 1)}, 7);
  EXPECT_EQ(detecting.said(), "end more-specific 208.65.153.0/24");
}

// 24 April 2018: AS 10297 (eNet) announced parts of prefixes of AS 16509 (Amazon), whose name
// servers are there.
TEST(History, AmazonNameServers2018) {
  Detecting detecting;
  const char* const wide[] = {"205.251.192.0/23", "205.251.194.0/23", "205.251.196.0/23",
                              "205.251.198.0/23"};
  for (const char* const of : wide) {
    detecting.learn(prefix(of), {route({50304, 16509}, 1), route({39351, 174, 16509}, 2)});
  }
  const char* const parts[] = {"205.251.192.0/24", "205.251.193.0/24", "205.251.195.0/24",
                               "205.251.197.0/24", "205.251.199.0/24"};
  for (const char* const of : parts) {
    const Prefix part = prefix(of);
    ASSERT_TRUE(detecting.change(part, route({6939, 10297}, 2), on_day(7, 39'900))) << of;
    detecting.see(part, {route({6939, 10297}, 2)}, 7);
    EXPECT_EQ(detecting.said(), "begin more-specific " + std::string(of) + " warning");
    EXPECT_EQ(detecting.last.evidence["origin"], "10297");
  }
}

// The same origin with other paths: traffic engineering of the owner, of every day.
TEST(History, PartsOfTheOwnerAreNoEvent) {
  Detecting detecting;
  detecting.learn(prefix("205.251.192.0/21"), {route({39351, 174, 16509}, 1)});
  EXPECT_FALSE(
      detecting.change(prefix("205.251.192.0/24"), route({39351, 174, 16509}, 1), on_day(7)));
  EXPECT_EQ(detecting.said(), "");
}

}  // namespace
}  // namespace tern::baseline
