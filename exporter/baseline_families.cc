#include "exporter/baseline_families.h"

namespace tern::exporter {

void write_baseline_families(FamilyWriter& out, const BaselineSample& sample) {
  out.gauge("tern_baseline_learning",
            "1: routes are learnt; 0: the file is read, or neighbors have yet to send their tables",
            sample.learning ? 1 : 0);
  out.gauge("tern_baseline_prefixes", "Prefixes of which something was learnt, by state", [&] {
    out.add({{"state", "ripe"}}, sample.ripe);
    out.add({{"state", "unripe"}}, sample.learnt - sample.ripe);
  });
  out.gauge("tern_baseline_most_prefixes", "Prefixes that are learnt at most", sample.most);
  out.counter("tern_baseline_left_out_prefixes_total",
              "Times that a new prefix was not learnt, because there was no room", sample.left_out);
  out.counter("tern_baseline_displaced_prefixes_total",
              "Unripe prefixes that made room for those of other neighbors", sample.displaced);
  out.gauge("tern_baseline_open_findings", "Findings about unusual routes, at present",
            sample.open);
  out.counter("tern_baseline_unreported_findings_total",
              "Findings that are no event, because there was no room", sample.unreported);
  out.counter("tern_baseline_file_failures_total",
              "Reads and writes of the file of the baseline that failed", sample.file_failures);
  out.gauge("tern_baseline_bytes", "Memory of the baseline", sample.octets);
}

}  // namespace tern::exporter
