// Samples of events.
#include "bgpd/daemon/events.h"
#include "bgpd/daemon/metrics.h"

namespace tern::daemon {

void sample_events(const events::StageCounts& counts, exporter::Snapshot& snapshot) {
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
}

}  // namespace tern::daemon
