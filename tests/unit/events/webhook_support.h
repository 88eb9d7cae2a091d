// Shared by tests of webhooks: settings, events, and the requests that a receiver got.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bgpd/events/event_line.h"
#include "bgpd/events/webhooks.h"
#include "tests/unit/base/comes_true.h"
#include "tests/unit/events/http_receiver.h"

namespace tern::events {

inline std::string always_ok(const HttpRequest&) { return kHttpOk; }

inline WebhookSettings posts_to(const HttpReceiver& receiver, const std::string& name = "noc") {
  WebhookSettings settings;
  settings.name = name;
  settings.receiver = "http://127.0.0.1";
  settings.tls = false;
  settings.host = "127.0.0.1";
  settings.port = receiver.port();
  settings.target = "/tern?key=1";
  settings.first_pause = std::chrono::milliseconds(2);
  settings.longest_pause = std::chrono::milliseconds(20);
  return settings;
}

inline Event event_of(std::uint32_t id, Kind kind = Kind::SessionDown) {
  Event event;
  event.id = id;
  event.kind = kind;
  event.severity = severity_of(kind);
  event.key = event_key(kind, std::to_string(id));
  event.start = event.last = 1'800'000'000;
  event.count = 1;
  return event;
}

inline void append(Webhooks& webhooks, const Event& event) {
  webhooks.append(event, "began", to_line(event));
}

struct Got {
  std::string stream;
  std::uint64_t sequence = 0;
  std::uint32_t id = 0;
};

// The events of all requests, in their order, also those that came again.
inline std::vector<Got> got(const HttpReceiver& receiver) {
  std::vector<Got> all;
  for (const HttpRequest& request : receiver.requests()) {
    const auto body = nlohmann::json::parse(request.body);
    for (const auto& one : body["events"]) {
      all.push_back({body["stream"], one["sequence"], one["event"]["id"]});
    }
  }
  return all;
}

inline std::vector<std::uint32_t> ids(const HttpReceiver& receiver) {
  std::vector<std::uint32_t> all;
  for (const Got& one : got(receiver)) all.push_back(one.id);
  return all;
}

inline WebhookStatus only(const Webhooks& webhooks) {
  const auto all = webhooks.status();
  return all.size() == 1 ? all[0] : WebhookStatus{};
}

inline bool delivers(const Webhooks& webhooks, std::uint64_t events) {
  return comes_true([&] { return only(webhooks).counts.delivered == events; });
}

inline bool fails_with(const Webhooks& webhooks, const std::string& text) {
  return comes_true([&] { return only(webhooks).last_error.find(text) != std::string::npos; });
}

}  // namespace tern::events
