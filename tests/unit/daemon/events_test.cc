// From the section `events` to the settings of the stage and its webhooks.
#include "bgpd/daemon/events.h"

#include <gtest/gtest.h>

#include "bgpd/daemon/metrics.h"
#include "conf/schema.h"
#include "tests/unit/conf/support.h"
#include "tests/unit/types/folder.h"

namespace tern::daemon {
namespace {

using conf::test::kRouter;
using conf::test::must_load;

TEST(ComposeEvents, TheSchemaHasTheKindsAndSeveritiesOfEvents) {
  const auto kinds = conf::spellings(*conf::proto::Webhook::Kind_descriptor());
  ASSERT_EQ(kinds.size(), events::kKinds);
  for (std::size_t i = 0; i < events::kKinds; ++i) {
    EXPECT_EQ(kinds[i], to_string(static_cast<events::Kind>(i)));
  }
  const auto severities = conf::spellings(*conf::proto::Webhook::Severity_descriptor());
  ASSERT_EQ(severities.size(), events::kSeverities);
  for (std::size_t i = 0; i < events::kSeverities; ++i) {
    EXPECT_EQ(severities[i], to_string(static_cast<events::Severity>(i)));
  }
}

TEST(ComposeEvents, AWebhook) {
  const Folder folder;
  folder.write("key", "0123456789abcdef");
  folder.write("ca", "-----BEGIN CERTIFICATE-----\n");
  const auto config = must_load(kRouter +
                                    "events:\n"
                                    "  webhooks:\n"
                                    "    - { name: all, url: \"http://[2001:db8::1]:8080/x?y=z\", "
                                    "secret: 0123456789abcdef }\n"
                                    "    - name: noc\n"
                                    "      url: https://hooks.example.net\n"
                                    "      secret_file: key\n"
                                    "      ca_file: ca\n"
                                    "      kinds: [origin-hijack, session-down]\n"
                                    "      severity: error\n"
                                    "      timeout: 3\n"
                                    "      batch: 7\n"
                                    "      queue: 70\n"
                                    "      retry_interval: 1\n",
                                folder.path("t.yml"));
  const events::EventSettings settings = compose_events(*config);
  EXPECT_EQ(settings.sender.router_id, "10.0.0.1");
  EXPECT_EQ(settings.sender.asn, 65000U);
  ASSERT_EQ(settings.webhooks.size(), 2U);
  const events::WebhookSettings& all = settings.webhooks[0];
  EXPECT_FALSE(all.tls);
  EXPECT_EQ(all.host, "2001:db8::1");
  EXPECT_EQ(all.port, 8080);
  EXPECT_EQ(all.target, "/x?y=z");
  EXPECT_EQ(all.receiver, "http://[2001:db8::1]:8080");
  EXPECT_EQ(all.secret, "0123456789abcdef");
  EXPECT_TRUE(all.kinds.all());
  EXPECT_EQ(all.least, events::Severity::Info);
  EXPECT_EQ(all.longest_pause, std::chrono::seconds(300));
  const events::WebhookSettings& noc = settings.webhooks[1];
  EXPECT_TRUE(noc.tls);
  EXPECT_EQ(noc.port, 443);
  EXPECT_EQ(noc.target, "/");
  EXPECT_EQ(noc.secret, "0123456789abcdef");
  EXPECT_FALSE(noc.lacks_secret);
  EXPECT_EQ(noc.ca_file, folder.path("ca"));
  EXPECT_EQ(noc.kinds.count(), 2U);
  EXPECT_TRUE(noc.kinds.test(static_cast<std::size_t>(events::Kind::OriginHijack)));
  EXPECT_TRUE(noc.kinds.test(static_cast<std::size_t>(events::Kind::SessionDown)));
  EXPECT_EQ(noc.least, events::Severity::Error);
  EXPECT_EQ(noc.timeout, std::chrono::seconds(3));
  EXPECT_EQ(noc.batch, 7U);
  EXPECT_EQ(noc.queue, 70U);
  EXPECT_EQ(noc.first_pause, std::chrono::seconds(1));
  EXPECT_EQ(noc.longest_pause, std::chrono::seconds(1));
}

TEST(ComposeEvents, AHistory) {
  EXPECT_EQ(compose_events(*must_load(kRouter)).history.path, "");
  const auto standard = compose_events(*must_load(kRouter + "events: { history: {} }\n")).history;
  EXPECT_NE(standard.path.find("/events-"), std::string::npos);
  EXPECT_EQ(standard.longest, std::chrono::hours(24 * 90));
  EXPECT_EQ(standard.rows, 200'000U);
  const auto given =
      compose_events(*must_load(kRouter + "events: { history: { days: 7, rows: 1000 } }\n"))
          .history;
  EXPECT_EQ(given.longest, std::chrono::hours(24 * 7));
  EXPECT_EQ(given.rows, 1000U);
}

TEST(HistoryMetrics, AreThereWhereAHistoryIsKept) {
  exporter::Snapshot snapshot;
  events::HistoryStatus status;
  sample_events({}, status, snapshot);
  EXPECT_FALSE(snapshot.events->history);
  status.is_on = true;
  status.good = false;
  status.rows = 7;
  status.lost = 2;
  sample_events({}, status, snapshot);
  ASSERT_TRUE(snapshot.events->history);
  EXPECT_FALSE(snapshot.events->history->up);
  EXPECT_EQ(snapshot.events->history->events, 7U);
  EXPECT_EQ(snapshot.events->history->lost, 2U);
}

TEST(WebhookMetrics, AreThoseOfTheStatus) {
  events::WebhookStatus status;
  status.name = "noc";
  status.state = events::WebhookStatus::State::Unusable;
  status.waiting = 3;
  status.counts = {10, 2, 1, 4, 9};
  status.last_success = 1'700'000'000;
  exporter::Snapshot snapshot;
  sample_webhooks({status}, snapshot);
  ASSERT_EQ(snapshot.webhooks.size(), 1U);
  const exporter::WebhookSample& sample = snapshot.webhooks[0];
  EXPECT_EQ(sample.name, "noc");
  EXPECT_FALSE(sample.up);
  EXPECT_EQ(sample.waiting, 3U);
  EXPECT_EQ(sample.delivered, 10U);
  EXPECT_EQ(sample.dropped, 2U);
  EXPECT_EQ(sample.refused, 1U);
  EXPECT_EQ(sample.failures, 4U);
  EXPECT_EQ(sample.requests, 9U);
  EXPECT_EQ(sample.last_success, 1'700'000'000U);
}

}  // namespace
}  // namespace tern::daemon
