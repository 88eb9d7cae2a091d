// Samples of events.
#include "bgpd/daemon/events.h"
#include "bgpd/daemon/metrics.h"

namespace tern::daemon {

void sample_events(const events::StageCounts& counts, const events::HistoryStatus& history,
                   exporter::Snapshot& snapshot) {
  exporter::EventSample& sample = snapshot.events.emplace();
  for (std::size_t i = 0; i < events::kKinds; ++i) {
    const std::string kind(to_string(static_cast<events::Kind>(i)));
    sample.open.emplace_back(kind, counts.events.open[i]);
    for (std::size_t k = 0; k < events::kSeverities; ++k) {
      const std::uint64_t count = counts.events.total[i][k];
      const std::string severity(to_string(static_cast<events::Severity>(k)));
      if (count != 0) sample.begun.push_back({kind, severity, count});
    }
  }
  sample.kept = counts.kept;
  sample.folded = counts.events.folded;
  sample.forgotten = counts.events.forgotten;
  sample.dropped = counts.dropped;
  sample.file_errors = counts.file_errors;
  if (!history.is_on) return;
  sample.history = exporter::EventSample::History{history.good, history.rows, history.lost};
}

void sample_webhooks(const std::vector<events::WebhookStatus>& webhooks,
                     exporter::Snapshot& snapshot) {
  for (const events::WebhookStatus& status : webhooks) {
    exporter::WebhookSample& sample = snapshot.webhooks.emplace_back();
    sample.name = status.name;
    sample.up = status.state == events::WebhookStatus::State::Ok;
    sample.waiting = status.waiting;
    sample.delivered = status.counts.delivered;
    sample.dropped = status.counts.dropped;
    sample.refused = status.counts.refused;
    sample.requests = status.counts.requests;
    sample.failures = status.counts.failures;
    sample.last_success = status.last_success;
  }
}

}  // namespace tern::daemon
