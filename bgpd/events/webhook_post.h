// WebhookPost is a request of HTTP/1.1 (RFC 9112) to the receiver of a webhook, over TCP or TLS, on
// a connection for this request alone. Internal to bgpd/events; on the thread of Webhooks.
//
// A redirect is not followed. Of the answer, the header alone is read (webhook_answer.h).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bgpd/events/webhook.h"
#include "bgpd/events/webhook_answer.h"

namespace tern::events {

// The certificates that count as authorities: those of a file (PEM), or of the system where the
// name is empty. Null: `error` says why. Reads files, and does not wait for a device or a pipe.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_trust(const std::string& ca_file,
                                                                    std::string& error);

class WebhookPost {
 public:
  using Done = std::function<void(const WebhookAnswer& answer)>;

  struct Content {
    std::string body;
    std::uint32_t time = 0;  // Unix seconds
    std::string signature;   // empty: none
  };

  // Sends the content, to `host`, `port` and `target` of the settings, within their timeout. done:
  // called once, behind start(). trust: not null for TLS.
  static void start(boost::asio::io_context& context, const WebhookSettings& settings,
                    std::shared_ptr<boost::asio::ssl::context> trust, Content content, Done done);
};

}  // namespace tern::events
