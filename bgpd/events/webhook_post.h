// One request of HTTP/1.1 (RFC 9112) to a webhook, over TCP or TLS, on a connection of its own.
// Internal to bgpd/events; on the thread of Webhooks.
//
// A redirect is not followed. Of the answer, only the header is read, kMostHeader octets at most:
// the status says all. A body is left unread, whatever its size.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bgpd/events/webhook.h"

namespace tern::events {

// The certificates that count as authorities: those of a file (PEM), or of the system where the
// name is empty. Null: `error` says why. Reads files.
[[nodiscard]] std::shared_ptr<boost::asio::ssl::context> make_trust(const std::string& ca_file,
                                                                    std::string& error);

struct WebhookAnswer {
  unsigned status = 0;                  // 0: none
  std::string error;                    // empty: a status of 2xx
  bool refused = false;                 // by the content: 400, 413 or 422
  std::chrono::seconds retry_after{0};  // 0: the receiver does not ask for a pause

  [[nodiscard]] bool ok() const { return error.empty(); }
};

class WebhookPost {
 public:
  static constexpr std::uint32_t kMostHeader = 8192;  // octets of the header of an answer
  using Done = std::function<void(const WebhookAnswer& answer)>;

  struct Content {
    std::string body;
    std::uint32_t time = 0;  // Unix seconds
    std::string signature;   // empty: none
  };

  // Sends. done: called once, later, never from within start(). Reads no settings but for the
  // receiver and the timeout. trust: not null for TLS.
  static void start(boost::asio::io_context& context, const WebhookSettings& settings,
                    std::shared_ptr<boost::asio::ssl::context> trust, Content content, Done done);
};

}  // namespace tern::events
