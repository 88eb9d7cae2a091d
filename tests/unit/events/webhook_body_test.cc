// The body of a request to a webhook, and its signature.
#include "bgpd/events/webhook_body.h"

#include <gtest/gtest.h>

namespace tern::events {
namespace {

TEST(WebhookBody, HasTheStreamAndTheEventsInOrder) {
  WebhookStream stream;
  stream.sender = {"192.0.2.1", 65000, "ams"};
  stream.webhook = "noc";
  stream.stream = "00ff";
  const std::vector<WebhookQueue::Item> items{{7, change_text("{\"id\":1}\n", "began")},
                                              {9, change_text("{\"id\":1}", "ended")}};
  EXPECT_EQ(webhook_body(stream, 3, items),
            "{\"version\":1,\"router\":{\"id\":\"192.0.2.1\",\"asn\":65000,\"pop\":\"ams\"},"
            "\"webhook\":\"noc\",\"stream\":\"00ff\",\"dropped\":3,\"events\":["
            "{\"sequence\":7,\"change\":\"began\",\"event\":{\"id\":1}},"
            "{\"sequence\":9,\"change\":\"ended\",\"event\":{\"id\":1}}]}\n");
  stream.sender.pop.clear();
  EXPECT_EQ(webhook_body(stream, 0, {}).find("pop"), std::string::npos);
}

// By Python: hmac.new(key, b'1800000000.{"a":1}\n', hashlib.sha256).hexdigest()
TEST(WebhookBody, IsSignedWithItsTime) {
  const std::string key = "0123456789abcdef";
  EXPECT_EQ(webhook_signature(key, 1'800'000'000, "{\"a\":1}\n"),
            "v1=a01bf0180afe0cd3f435ff92f0bf8468387f395dccd09a129d198d1f3bc4ab2c");
  EXPECT_NE(webhook_signature(key, 1'800'000'001, "{\"a\":1}\n"),
            webhook_signature(key, 1'800'000'000, "{\"a\":1}\n"));
  EXPECT_NE(webhook_signature(key + "0", 1'800'000'000, "{\"a\":1}\n"),
            webhook_signature(key, 1'800'000'000, "{\"a\":1}\n"));
}

}  // namespace
}  // namespace tern::events
