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
}

}  // namespace tern::exporter
