#include "exporter/rpki_families.h"

namespace tern::exporter {
namespace {

using Cache = RpkiSample::Cache;
using File = RpkiSample::File;

void write_table(FamilyWriter& out, const RpkiSample& rpki) {
  out.gauge("tern_rpki_validated", "0: there are no VRPs, and routes are not validated",
            rpki.validated);
  out.gauge("tern_rpki_vrps", "VRPs of the table in force, by IP version", [&] {
    out.add({{"afi", "ipv4"}}, rpki.vrps.v4);
    out.add({{"afi", "ipv6"}}, rpki.vrps.v6);
  });
  out.gauge("tern_rpki_table_bytes", "Memory of the table in force", rpki.table_bytes);
  out.counter("tern_rpki_changes_total", "Times that the table in force changed, came or went",
              rpki.changes);
  out.gauge("tern_rpki_last_change_timestamp_seconds",
            "When the table in force last changed, since the Unix epoch; before the first table, "
            "when the sources were first asked",
            rpki.last_change_timestamp_seconds);
  out.counter("tern_rpki_sudden_drops_total",
              "Changes that took away more than half of the VRPs, and more than 1000",
              rpki.sudden_drops);
  out.gauge("tern_rpki_exceptions",
            "VRPs that local exceptions (RFC 8416) take away, and that they alone have", [&] {
              out.add({{"kind", "filtered"}}, rpki.filtered);
              out.add({{"kind", "added"}}, rpki.added);
            });
}

void write_cache_state(FamilyWriter& out, const RpkiSample& rpki) {
  out.gauge("tern_rpki_cache_up", "1: connected, and its data are complete", [&] {
    for (const Cache& cache : rpki.caches) out.add({{"cache", cache.name}}, cache.up);
  });
  out.gauge("tern_rpki_cache_in_use", "1: the table in force comes from this cache", [&] {
    for (const Cache& cache : rpki.caches) out.add({{"cache", cache.name}}, cache.in_use);
  });
  out.gauge("tern_rpki_cache_vrps", "VRPs that a cache has sent and that count", [&] {
    for (const Cache& cache : rpki.caches) {
      out.add({{"cache", cache.name}, {"afi", "ipv4"}}, cache.vrps.v4);
      out.add({{"cache", cache.name}, {"afi", "ipv6"}}, cache.vrps.v6);
    }
  });
  out.gauge("tern_rpki_cache_serial", "Serial number of the data (RFC 8210 section 2)", [&] {
    for (const Cache& cache : rpki.caches) {
      if (cache.serial) out.add({{"cache", cache.name}}, *cache.serial);
    }
  });
  out.gauge("tern_rpki_cache_last_update_timestamp_seconds",
            "When a cache last sent an End of Data, since the Unix epoch", [&] {
              for (const Cache& cache : rpki.caches) {
                if (!cache.last_update_timestamp_seconds) continue;
                out.add({{"cache", cache.name}}, *cache.last_update_timestamp_seconds);
              }
            });
  out.gauge("tern_rpki_cache_expires_timestamp_seconds",
            "When the data of a cache expire if it sends none, since the Unix epoch", [&] {
              for (const Cache& cache : rpki.caches) {
                if (!cache.expires_timestamp_seconds) continue;
                out.add({{"cache", cache.name}}, *cache.expires_timestamp_seconds);
              }
            });
}

void write_cache_counters(FamilyWriter& out, const RpkiSample& rpki) {
  out.counter("tern_rpki_cache_connects_total", "Connections established with a cache", [&] {
    for (const Cache& cache : rpki.caches) out.add({{"cache", cache.name}}, cache.connects);
  });
  out.counter("tern_rpki_cache_pdus_total", "PDUs of the RPKI-to-Router protocol", [&] {
    for (const Cache& cache : rpki.caches) {
      out.add({{"cache", cache.name}, {"direction", "in"}}, cache.pdus_in);
      out.add({{"cache", cache.name}, {"direction", "out"}}, cache.pdus_out);
    }
  });
  out.counter("tern_rpki_cache_error_reports_total", "Error Reports (RFC 8210 section 5.11)", [&] {
    for (const Cache& cache : rpki.caches) {
      out.add({{"cache", cache.name}, {"direction", "in"}}, cache.error_reports_in);
      out.add({{"cache", cache.name}, {"direction", "out"}}, cache.error_reports_out);
    }
  });
}

void write_files(FamilyWriter& out, const RpkiSample& rpki) {
  out.gauge("tern_rpki_file_good", "0: the file is bad or missing; its last good content counts",
            [&] {
              for (const File& file : rpki.files) out.add({{"file", file.path}}, file.good);
            });
  out.gauge("tern_rpki_file_vrps", "VRPs of the content of a file that counts", [&] {
    for (const File& file : rpki.files) {
      out.add({{"file", file.path}, {"afi", "ipv4"}}, file.vrps.v4);
      out.add({{"file", file.path}, {"afi", "ipv6"}}, file.vrps.v6);
    }
  });
  out.gauge("tern_rpki_file_read_timestamp_seconds",
            "When the content of a file that counts was read, since the Unix epoch", [&] {
              for (const File& file : rpki.files) {
                if (!file.read_timestamp_seconds) continue;
                out.add({{"file", file.path}}, *file.read_timestamp_seconds);
              }
            });
}

}  // namespace

void write_rpki_families(FamilyWriter& out, const RpkiSample& rpki) {
  write_table(out, rpki);
  write_cache_state(out, rpki);
  write_cache_counters(out, rpki);
  write_files(out, rpki);
}

}  // namespace tern::exporter
