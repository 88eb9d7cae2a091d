// Webhooks against a receiver on a socket: filter, order, signature, failures of all kinds, reload,
// and the end.
#include "bgpd/events/webhooks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "bgpd/events/event_stage.h"
#include "bgpd/events/webhook_body.h"
#include "bgpd/events/webhook_queue.h"
#include "tests/unit/events/webhook_support.h"

namespace tern::events {
namespace {

using std::chrono::milliseconds;
using Port = HttpReceiver::Port;

TEST(Webhooks, PostsWhatTheFilterWantsInOrderAndSigned) {
  const HttpReceiver receiver(always_ok);
  WebhookSettings settings = posts_to(receiver);
  settings.secret = "0123456789abcdef";
  settings.kinds.reset();
  settings.kinds.set(static_cast<std::size_t>(Kind::SessionDown));
  settings.kinds.set(static_cast<std::size_t>(Kind::SessionUp));
  settings.least = Severity::Warning;
  Webhooks webhooks;
  webhooks.apply({settings}, {"192.0.2.1", 65000, ""});
  EXPECT_TRUE(webhooks.wants(event_of(1)));
  EXPECT_FALSE(webhooks.wants(event_of(1, Kind::SessionUp))) << "info";
  EXPECT_FALSE(webhooks.wants(event_of(1, Kind::OriginHijack))) << "another kind";
  for (std::uint32_t id = 1; id <= 200; ++id) {
    append(webhooks, event_of(2 * id, Kind::OriginHijack));
    append(webhooks, event_of(2 * id + 1));
  }
  ASSERT_TRUE(delivers(webhooks, 200));
  const auto events = got(receiver);
  ASSERT_EQ(events.size(), 200U);
  for (std::uint32_t i = 0; i < 200; ++i) {
    EXPECT_EQ(events[i].sequence, i + 1);
    EXPECT_EQ(events[i].id, 2 * i + 3);
  }
  for (const HttpRequest& request : receiver.requests()) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/tern?key=1");
    EXPECT_EQ(request.fields.at("host"), "127.0.0.1:" + std::to_string(receiver.port()));
    EXPECT_EQ(request.fields.at("content-type"), "application/json");
    const auto time = static_cast<std::uint32_t>(std::stoul(request.fields.at("tern-timestamp")));
    EXPECT_EQ(request.fields.at("tern-signature"),
              webhook_signature(settings.secret, time, request.body));
  }
  EXPECT_EQ(only(webhooks).state, WebhookStatus::State::Ok);
  EXPECT_NE(only(webhooks).last_success, 0U);
  EXPECT_EQ(only(webhooks).counts.failures, 0U);
}

TEST(Webhooks, PostToAnAddressOfIpv6) {
  const HttpReceiver receiver(always_ok, Port::Open, nullptr, "::1");
  WebhookSettings settings = posts_to(receiver);
  settings.host = "::1";
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(delivers(webhooks, 1)) << only(webhooks).last_error;
  EXPECT_EQ(receiver.requests()[0].fields.at("host"), "[::1]:" + std::to_string(receiver.port()));
}

TEST(Webhooks, RetryWhatTheReceiverFailsOn) {
  std::atomic<int> asked = 0;
  const HttpReceiver receiver([&](const HttpRequest&) {
    const int before = asked++;
    return before == 0 ? http_answer(500) : before == 1 ? http_answer(429) : kHttpOk;
  });
  Webhooks webhooks;
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(7));
  ASSERT_TRUE(delivers(webhooks, 1));
  EXPECT_EQ(ids(receiver), (std::vector<std::uint32_t>{7, 7, 7}));
  for (const Got& one : got(receiver)) EXPECT_EQ(one.sequence, 1U) << "the receiver knows it again";
  const WebhookStatus status = only(webhooks);
  EXPECT_EQ(status.last_error, "answered 429") << "stays";
  EXPECT_EQ(status.counts.requests, 3U);
  EXPECT_EQ(status.counts.failures, 2U);
  EXPECT_EQ(status.waiting, 0U);
}

TEST(Webhooks, WaitForAReceiverThatIsDown) {
  HttpReceiver receiver(always_ok, Port::Refuses);
  Webhooks webhooks;
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "refused"));
  EXPECT_EQ(only(webhooks).state, WebhookStatus::State::Retrying);
  append(webhooks, event_of(2));
  EXPECT_EQ(only(webhooks).waiting, 2U);
  receiver.open();
  EXPECT_TRUE(delivers(webhooks, 2));
  EXPECT_EQ(ids(receiver), (std::vector<std::uint32_t>{1, 2}));
}

TEST(Webhooks, AreBoundedWhileTheReceiverIsDown) {
  HttpReceiver receiver(always_ok, Port::Refuses);
  WebhookSettings settings = posts_to(receiver);
  settings.queue = 10;
  settings.batch = 5;
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  for (std::uint32_t id = 1; id <= 100; ++id) append(webhooks, event_of(id));
  EXPECT_LE(only(webhooks).waiting, 15U);
  EXPECT_GE(only(webhooks).counts.dropped, 85U);
  EXPECT_TRUE(fails_with(webhooks, "refused"));
  receiver.open();
  EXPECT_TRUE(comes_true([&] { return only(webhooks).waiting == 0; }));
  const auto events = got(receiver);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back().id, 100U) << "the oldest were dropped";
  EXPECT_EQ(events.back().sequence, 100U) << "and the receiver sees the gap";
  const WebhookStatus status = only(webhooks);
  EXPECT_EQ(status.counts.delivered + status.counts.dropped, 100U);
}

TEST(Webhooks, GiveUpARequestWithoutAnAnswer) {
  std::atomic<bool> answers = false;
  const HttpReceiver receiver(
      [&](const HttpRequest&) { return answers ? kHttpOk : std::string(); });
  WebhookSettings settings = posts_to(receiver);
  settings.timeout = milliseconds(50);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "no answer within 50 ms"));
  answers = true;
  EXPECT_TRUE(delivers(webhooks, 1));
}

TEST(Webhooks, FollowNoRedirect) {
  const HttpReceiver elsewhere(always_ok);
  const HttpReceiver receiver([&](const HttpRequest&) {
    return http_answer(307,
                       "Location: http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/\r\n");
  });
  Webhooks webhooks;
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "answered 307: redirects are not followed"));
  EXPECT_TRUE(comes_true([&] { return only(webhooks).counts.failures >= 2; }));
  EXPECT_TRUE(elsewhere.requests().empty());
  EXPECT_EQ(only(webhooks).waiting, 1U);
}

TEST(Webhooks, ReadNoHugeAnswer) {
  std::atomic<bool> in_header = true;
  const HttpReceiver receiver([&](const HttpRequest&) {
    const std::string huge(std::size_t{4} << 20U, 'x');
    return in_header ? "HTTP/1.1 200 OK\r\nX: " + huge
                     : "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n" + huge;
  });
  Webhooks webhooks;
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(1));
  EXPECT_TRUE(fails_with(webhooks, "longer than 8192 bytes"));
  in_header = false;
  EXPECT_TRUE(delivers(webhooks, 1)) << "the status came, and the body is left unread";
}

TEST(Webhooks, TakeAnAnswerThatIsNoHttpForAFailure) {
  std::atomic<int> asked = 0;
  const HttpReceiver receiver([&](const HttpRequest&) {
    const int before = asked++;
    return before == 0   ? std::string("220 mail.example.net ESMTP\r\n\r\n")
           : before == 1 ? "HTTP/1.1 100 Continue\r\n\r\n" + kHttpOk
                         : kHttpOk;
  });
  Webhooks webhooks;
  webhooks.apply({posts_to(receiver)}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(delivers(webhooks, 1));
  EXPECT_EQ(only(webhooks).counts.failures, 1U) << "an interim answer is none";
  EXPECT_EQ(asked, 2);
}

TEST(Webhooks, ARefusedEventHoldsUpNoOther) {
  const HttpReceiver receiver([](const HttpRequest& request) {
    const bool bad = request.body.find("\"id\":2,") != std::string::npos;
    return bad ? http_answer(422) : kHttpOk;
  });
  WebhookSettings settings = posts_to(receiver);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  for (std::uint32_t id = 1; id <= 3; ++id) append(webhooks, event_of(id));
  ASSERT_TRUE(delivers(webhooks, 2));
  EXPECT_EQ(only(webhooks).counts.refused, 1U);
  EXPECT_EQ(got(receiver).back().id, 3U);
}

TEST(Webhooks, AReloadKeepsWhatWaits) {
  HttpReceiver down(always_ok, Port::Refuses);
  const HttpReceiver up(always_ok);
  const HttpReceiver other(always_ok);
  WebhookSettings settings = posts_to(down);
  settings.first_pause = settings.longest_pause = std::chrono::hours(1);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  append(webhooks, event_of(2));
  EXPECT_TRUE(fails_with(webhooks, "refused"));
  EXPECT_NE(only(webhooks).next_attempt, 0U);
  settings.port = up.port();
  webhooks.apply({posts_to(other, "second"), settings}, {});
  EXPECT_TRUE(comes_true([&] { return webhooks.status()[1].counts.delivered == 2; }))
      << "at once, and not after the pause";
  append(webhooks, event_of(3));
  EXPECT_TRUE(comes_true([&] {
    return webhooks.status()[0].counts.delivered == 1 && webhooks.status()[1].counts.delivered == 3;
  }));
  const auto events = got(up);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].sequence, 3U);
  EXPECT_EQ(events[0].stream, events[2].stream);
  EXPECT_NE(got(other)[0].stream, events[0].stream);
  webhooks.apply({}, {});
  EXPECT_TRUE(webhooks.status().empty());
  EXPECT_FALSE(webhooks.wants(event_of(4)));
}

TEST(Webhooks, SendNothingWithoutTheKeyThatTheyShouldHave) {
  const HttpReceiver receiver(always_ok);
  WebhookSettings settings = posts_to(receiver);
  settings.lacks_secret = true;
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  EXPECT_EQ(only(webhooks).state, WebhookStatus::State::Unusable);
  EXPECT_EQ(only(webhooks).last_error, "the file of the key could not be read");
  EXPECT_EQ(only(webhooks).waiting, 1U);
  settings.lacks_secret = false;
  settings.secret = "0123456789abcdef";
  webhooks.apply({settings}, {});
  EXPECT_TRUE(delivers(webhooks, 1));
  EXPECT_EQ(receiver.requests().size(), 1U) << "signed";
  EXPECT_TRUE(receiver.requests()[0].fields.contains("tern-signature"));
}

TEST(Webhooks, PauseAsLongAsTheReceiverAsks) {
  const HttpReceiver receiver(
      [](const HttpRequest&) { return http_answer(503, "Retry-After: 1800\r\n"); });
  WebhookSettings settings = posts_to(receiver);
  settings.longest_pause = std::chrono::hours(1);
  Webhooks webhooks;
  webhooks.apply({settings}, {});
  append(webhooks, event_of(1));
  ASSERT_TRUE(fails_with(webhooks, "answered 503"));
  const WebhookStatus status = only(webhooks);
  EXPECT_GE(status.next_attempt, status.last_failure + 1799);
}

TEST(Webhooks, OfTheStageGetItsLines) {
  const HttpReceiver receiver(always_ok);
  EventSettings settings;
  settings.webhooks = {posts_to(receiver)};
  settings.sender = {"192.0.2.1", 65000, "ams"};
  EventStage stage;
  stage.apply(settings);
  Report report{.what = Report::What::Begin, .kind = Kind::SessionDown, .key = "edge-1"};
  report.summary = "neighbor edge-1 has no session";
  stage.report(report);
  report.what = Report::What::End;
  stage.report(report);
  EXPECT_TRUE(comes_true([&] {
    const auto all = stage.webhooks();
    return all.size() == 1 && all[0].counts.delivered == 2;
  }));
  std::string changes;
  for (const HttpRequest& request : receiver.requests()) {
    const auto body = nlohmann::json::parse(request.body);
    EXPECT_EQ(body["router"]["pop"], "ams");
    for (const auto& one : body["events"]) {
      changes += one["change"].get<std::string>() + " ";
      EXPECT_EQ(one["event"]["kind"], "session-down");
      EXPECT_EQ(one["event"]["id"], 1);
    }
  }
  EXPECT_EQ(changes, "began ended ");
}

}  // namespace
}  // namespace tern::events
