// The view of events, letter by letter.
#include <gtest/gtest.h>

#include <algorithm>

#include "samples.h"

namespace tern::ctl {
namespace {

// 1,799,999,001 is 07:43:21 UTC on 2027-01-15.
constexpr char kEvents[] = R"(
    events {
      events { id: 5 kind: "origin-hijack" severity: "critical" state: "open"
               start_seconds: 1799999001 last_seconds: 1799999061 count: 1
               summary: "203.0.113.0/24 is announced by AS 64666" members: 1200
               evidence { key: "origin" value: "64666" } evidence { key: "as path" value: "1 2" }
               examples: "203.0.113.0/25" examples: "203.0.113.128/25" }
      events { id: 4 kind: "session-down" severity: "warning" state: "ended"
               start_seconds: 1799999001 end_seconds: 1799999031 last_seconds: 1799999031
               count: 3 summary: "neighbor edge-1 has no session" }
      events { id: 6 kind: "session-up" severity: "info" state: "ended"
               start_seconds: 1799999031 end_seconds: 1799999031 last_seconds: 1799999031
               count: 1 summary: "neighbor edge-1 has a session" }
    } last: true)";

TEST(EventsView, ALineForEach) {
  EXPECT_EQ(rendered({"events"}, {response(kEvents)}),
            "2027-01-15 07:44:21 UTC critical origin-hijack        "
            "203.0.113.0/24 is announced by AS 64666 (1,200 more, open 16m 39s)\n"
            "2027-01-15 07:43:51 UTC warning  session-down         "
            "neighbor edge-1 has no session (3 times, ended after 30s)\n"
            "2027-01-15 07:43:51 UTC info     session-up           "
            "neighbor edge-1 has a session\n");
}

TEST(EventsView, WithTheirEvidence) {
  const std::string text = rendered({"events", "detail"}, {response(kEvents)});
  EXPECT_NE(text.find("    event 5, began 2027-01-15 07:43:21 UTC\n"
                      "    as path: 1 2\n"
                      "    origin: 64666\n"
                      "    among them: 203.0.113.0/25, 203.0.113.128/25\n"),
            std::string::npos)
      << text;
}

TEST(EventsView, ALineOfJsonForEach) {
  const std::string text = rendered_json({"events"}, {response(kEvents)});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.front(), '{');
}

TEST(EventsView, SaysThatItFellBehind) {
  EXPECT_EQ(rendered({"events", "--follow"}, {response("events { fell_behind: true }")}),
            "= fell behind: some events were forgotten unread\n");
  EXPECT_EQ(rendered_json({"events", "--follow"}, {response("events { fell_behind: true }")}),
            "{\"fell_behind\":true}\n");
}

TEST(WebhooksView, ALineForEach) {
  EXPECT_EQ("\n" + rendered({"show", "webhooks"}, {response(R"(webhooks {
    webhooks { name: "noc" receiver: "https://hooks.example.net" state: "ok" delivered: 1200
               requests: 60 last_success_seconds: 1799999995 }
    webhooks { name: "siem" receiver: "http://192.0.2.1" state: "retrying" waiting: 10000
               dropped: 5 refused: 1 last_failure_seconds: 1799999990
               next_attempt_seconds: 1800000042 last_error: "answered 503" } } last: true)")}),
            R"(
Webhook  Receiver                   State            Waiting  Delivered  Dropped  Success  Failure  Last error
noc      https://hooks.example.net  ok                     0      1,200        0       5s
siem     http://192.0.2.1           retrying in 42s   10,000          0        6    never      10s  answered 503
)");
  EXPECT_EQ(rendered({"show", "webhooks"}, {response("webhooks { } last: true")}),
            "No webhooks are configured (events.webhooks).\n");
}

}  // namespace
}  // namespace tern::ctl
