// The body of a request to a webhook, and its signature. Pure functions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgpd/events/webhook_queue.h"

namespace tern::events {

// The facts that all requests of a webhook have in common.
struct WebhookStream {
  WebhookSender sender;
  std::string webhook;  // name
  // A random number of the webhook and the run of the daemon. Sequence numbers count within it.
  std::string stream;
};

// A change of an event as a part of a body: without its sequence number, which is that of a
// webhook. line: to_line() of the event. change: "began", "again", "ended", "happened".
[[nodiscard]] std::shared_ptr<const std::string> change_text(std::string_view line,
                                                             std::string_view change);
// dropped: events that the receiver never gets, ever.
[[nodiscard]] std::string webhook_body(const WebhookStream& stream, std::uint64_t dropped,
                                       const std::vector<WebhookQueue::Item>& items);
// "v1=" and 64 hexadecimal digits: HMAC-SHA256 (RFC 2104, FIPS 180-4) over "TIME.BODY", where TIME
// is Unix seconds in decimal. An empty result: the library failed.
[[nodiscard]] std::string webhook_signature(std::string_view key, std::uint32_t time,
                                            std::string_view body);

}  // namespace tern::events
