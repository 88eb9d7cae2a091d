// The answer of a receiver of webhooks, read from its octets as they come. Internal to bgpd/events.
//
// Of an answer, only the header is read, kMostHeader octets at most: the status says all. A body is
// left unread, whatever its size.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tern::events {

struct WebhookAnswer {
  unsigned status = 0;                  // 0: none
  std::string error;                    // empty: a status of 2xx
  bool refused = false;                 // by the content: 400, 413 or 422
  bool tls_failed = false;              // TLS was not set up, as for a certificate
  std::chrono::seconds retry_after{0};  // 0: the receiver does not ask for a pause

  [[nodiscard]] bool ok() const { return error.empty(); }
};

class WebhookAnswerReader {
 public:
  static constexpr std::size_t kMostHeader = 8192;  // octets
  static constexpr unsigned kMostInterim = 8;       // answers of 1xx in front of the answer

  WebhookAnswerReader();
  ~WebhookAnswerReader();
  WebhookAnswerReader(const WebhookAnswerReader&) = delete;
  WebhookAnswerReader& operator=(const WebhookAnswerReader&) = delete;

  // Takes the next octets; returns the answer when its header is whole, or cannot be one. Not to be
  // called again behind an answer.
  [[nodiscard]] std::optional<WebhookAnswer> take(std::string_view octets);
  // Whether octets of an answer came that is not whole yet.
  [[nodiscard]] bool has_begun() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tern::events
