// Settings and status of webhooks: receivers of events over HTTP. Plain values.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "bgpd/events/event.h"
#include "rib/types/asn.h"

namespace tern::events {

struct WebhookSettings {
  std::string name;
  std::string receiver;  // "https://hooks.example.net", without the path, which often holds a key
  bool tls = true;
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 443;
  std::string target = "/";   // path and query
  std::string secret;         // key of the signature; empty: none
  bool lacks_secret = false;  // the file of the key could not be read: nothing is sent
  std::string ca_file;        // PEM; empty: the certificates of the system
  std::bitset<kKinds> kinds = std::bitset<kKinds>().set();
  Severity least = Severity::Info;
  std::chrono::milliseconds timeout{10'000};  // of a whole request
  std::size_t batch = 50;                     // events of one request
  std::size_t queue = 10'000;                 // events that wait
  std::chrono::milliseconds first_pause{1'000};
  std::chrono::milliseconds longest_pause{300'000};

  [[nodiscard]] bool wants(const Event& event) const {
    return kinds.test(static_cast<std::size_t>(event.kind)) && event.severity >= least;
  }
  friend bool operator==(const WebhookSettings&, const WebhookSettings&) = default;
};

// The router that sends, for the receivers of several.
struct WebhookSender {
  std::string router_id;
  Asn asn = 0;
  std::string pop;  // empty: none
  friend bool operator==(const WebhookSender&, const WebhookSender&) = default;
};

struct WebhookCounts {
  // Since the webhook is known.
  std::uint64_t delivered = 0;  // events
  std::uint64_t dropped = 0;    // events for which there was no room
  std::uint64_t refused = 0;    // events that were dropped because the receiver refused them
  std::uint64_t failures = 0;   // requests that failed, or had another answer than 2xx
  std::uint64_t requests = 0;   // that ended, in any way
};

struct WebhookStatus {
  enum class State : std::uint8_t {
    Ok,        // the last request succeeded, or there was none
    Retrying,  // the last request failed
    Unusable,  // the settings allow no request
  };
  std::string name;
  std::string receiver;
  State state = State::Ok;
  std::size_t waiting = 0;  // events, with those of the request under way
  WebhookCounts counts;
  std::uint32_t last_success = 0;  // Unix seconds, 0: never; like the next two
  std::uint32_t last_failure = 0;
  std::uint32_t next_attempt = 0;  // 0: none is planned, or one is under way
  std::string last_error;          // stays after a success
};
[[nodiscard]] constexpr const char* to_string(WebhookStatus::State state) {
  switch (state) {
    case WebhookStatus::State::Ok:
      return "ok";
    case WebhookStatus::State::Retrying:
      return "retrying";
    case WebhookStatus::State::Unusable:
      return "unusable";
  }
  return "ok";
}

}  // namespace tern::events
