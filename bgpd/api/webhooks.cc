// show webhooks: the receivers of events over HTTP, and how they do.
#include "bgpd/api/answer.h"
#include "bgpd/events/event_stage.h"

namespace tern::api {

void show_webhooks(const Backend& backend, proto::Webhooks& shown) {
  if (backend.events == nullptr) return;
  for (const events::WebhookStatus& status : backend.events->webhooks()) {
    proto::Webhooks::Webhook& row = *shown.add_webhooks();
    row.set_name(status.name);
    row.set_receiver(status.receiver);
    row.set_state(to_string(status.state));
    row.set_waiting(status.waiting);
    row.set_delivered(status.counts.delivered);
    row.set_dropped(status.counts.dropped);
    row.set_refused(status.counts.refused);
    row.set_requests(status.counts.requests);
    row.set_failures(status.counts.failures);
    row.set_last_success_seconds(status.last_success);
    row.set_last_failure_seconds(status.last_failure);
    row.set_next_attempt_seconds(status.next_attempt);
    row.set_last_error(status.last_error);
  }
}

}  // namespace tern::api
