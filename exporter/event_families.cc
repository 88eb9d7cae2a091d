#include "exporter/event_families.h"

namespace tern::exporter {

void write_event_families(FamilyWriter& out, const EventSample& sample) {
  out.counter("tern_events_total",
              "Events that began, also again, by kind and severity; absent while 0", [&] {
                for (const EventSample::Begun& one : sample.begun) {
                  out.add({{"kind", one.kind}, {"severity", one.severity}}, one.count);
                }
              });
  out.gauge("tern_events_open", "Events that have not ended, by kind", [&] {
    for (const auto& [kind, count] : sample.open) out.add({{"kind", kind}}, count);
  });
  out.gauge("tern_events_kept", "Events in memory", sample.kept);
  out.counter("tern_event_reports_folded_total", "Reports that became members of an event for many",
              sample.folded);
  out.counter("tern_event_reports_dropped_total",
              "Reports that were dropped because too many waited", sample.dropped);
  out.counter("tern_events_forgotten_total", "Open events that were forgotten for want of room",
              sample.forgotten);
  out.counter("tern_event_file_errors_total", "Lines that the file of events did not take",
              sample.file_errors);
  if (!sample.history) return;
  out.gauge("tern_event_history_up", "1: the last attempt to write the history of events succeeded",
            sample.history->up ? 1 : 0);
  out.gauge("tern_event_history_events", "Events in the history, as of the last minute",
            sample.history->events);
  out.counter("tern_event_history_lost_total",
              "Events that the history has not got, because too many waited", sample.history->lost);
}

void write_webhook_families(FamilyWriter& out, const std::vector<WebhookSample>& webhooks) {
  if (webhooks.empty()) return;
  const auto each = [&](auto&& add) {
    for (const WebhookSample& one : webhooks) add(one);
  };
  out.gauge("tern_webhook_up", "1: the last request to the webhook succeeded, or there was none",
            [&] {
              each([&](const auto& one) { out.add({{"webhook", one.name}}, one.up ? 1 : 0); });
            });
  out.gauge("tern_webhook_events_waiting", "Events that wait for the webhook", [&] {
    each([&](const auto& one) { out.add({{"webhook", one.name}}, one.waiting); });
  });
  out.counter("tern_webhook_events_delivered_total", "Events that the webhook has taken", [&] {
    each([&](const auto& one) { out.add({{"webhook", one.name}}, one.delivered); });
  });
  out.counter("tern_webhook_events_dropped_total",
              "Events that the webhook never gets: too many waited, or it refused them", [&] {
                each([&](const auto& one) {
                  out.add({{"webhook", one.name}, {"reason", "queue-full"}}, one.dropped);
                  out.add({{"webhook", one.name}, {"reason", "refused"}}, one.refused);
                });
              });
  out.counter("tern_webhook_requests_total", "Requests to the webhook, by their result", [&] {
    each([&](const auto& one) {
      out.add({{"webhook", one.name}, {"result", "success"}}, one.requests - one.failures);
      out.add({{"webhook", one.name}, {"result", "failure"}}, one.failures);
    });
  });
  out.gauge("tern_webhook_last_success_timestamp_seconds",
            "When the webhook last took events, in Unix time; 0: never", [&] {
              each([&](const auto& one) { out.add({{"webhook", one.name}}, one.last_success); });
            });
}

}  // namespace tern::exporter
