#include "exporter/registration_families.h"

namespace tern::exporter {

void write_registration_families(FamilyWriter& out, const RegistrationSample& sample,
                                 const std::vector<PeerSample>& peers) {
  out.gauge("tern_registrations", "Registered prefixes that the guard knows", sample.registrations);
  out.gauge(
      "tern_registrations_unmet",
      "Registered prefixes that the guard knows, and that do not meet the requirements of new "
      "ones: registrations.require, registrations.session_address",
      sample.unmet);
  out.gauge("tern_quarantined_routes",
            "Received routes that the guard of registered prefixes keeps out of use",
            sample.quarantined_routes);
  out.gauge("tern_last_resort_routes",
            "Received routes that only fallback any of their registration keeps from quarantine: "
            "used, because their prefix has no other route, or waiting behind other routes",
            [&] {
              out.add({{"state", "used"}}, sample.last_resorts.used);
              out.add({{"state", "waiting"}}, sample.last_resorts.waiting);
            });
  out.gauge("tern_registered_prefixes",
            "Registered prefixes in which the state holds; a prefix can have several states", [&] {
              for (const auto& [state, count] : sample.states) out.add({{"state", state}}, count);
            });
  out.counter(
      "tern_peer_guard_verdicts_total",
      "Announcements for registered prefixes that the guard quarantined, warned of, or let pass "
      "for the fallback of their registration, by the kind of suspicion; absent while 0",
      [&] {
        for (const PeerSample& peer : peers) {
          for (const PeerSample::GuardCount& one : peer.guard) {
            out.add({{"peer", peer.peer}, {"kind", one.kind}, {"action", one.action}}, one.count);
          }
        }
      });
  if (sample.stored) {
    out.gauge("tern_registration_store_good",
              "1: the database of registrations can be written, all of them are in force, and no "
              "damaged database lies beside it",
              sample.stored->good ? 1 : 0);
    out.gauge("tern_registration_store_in_force",
              "0: the database of registrations could not be read since the start, or is damaged, "
              "so that its registrations do not guard",
              sample.stored->in_force ? 1 : 0);
    out.gauge("tern_registrations_stored", "Registrations of the database, in memory",
              sample.stored->registrations);
    out.counter("tern_registration_writes_total", "Changes of registrations in the database",
                sample.stored->writes);
    out.counter("tern_registration_store_errors_total", "Errors of the database of registrations",
                sample.stored->errors);
  }
  if (sample.files.empty()) return;
  out.gauge("tern_registration_file_good",
            "1: the content of the file that was read last is in use as a whole", [&] {
              for (const auto& file : sample.files) {
                out.add({{"file", file.path}}, file.good ? 1 : 0);
              }
            });
  out.gauge("tern_registration_file_registrations", "Registrations of the content in use", [&] {
    for (const auto& file : sample.files) out.add({{"file", file.path}}, file.registrations);
  });
  out.counter("tern_registration_file_errors_total", "Bad contents of the file", [&] {
    for (const auto& file : sample.files) out.add({{"file", file.path}}, file.errors);
  });
  out.gauge("tern_registration_file_read_timestamp_seconds",
            "When the content in use was read, Unix time; absent before", [&] {
              for (const auto& file : sample.files) {
                if (!file.read_timestamp_seconds) continue;
                out.add({{"file", file.path}}, *file.read_timestamp_seconds);
              }
            });
}

void write_irr(FamilyWriter& out, const std::vector<Snapshot::IrrFile>& files) {
  if (files.empty()) return;
  out.gauge("tern_irr_file_good", "1: the content of the file that was read last is in use", [&] {
    for (const auto& file : files) out.add({{"file", file.path}}, file.good ? 1 : 0);
  });
  out.gauge("tern_irr_file_objects", "Route objects of the content in use", [&] {
    for (const auto& file : files) out.add({{"file", file.path}}, file.objects);
  });
  out.gauge("tern_irr_file_left_out_objects", "Route objects of the file that are wrong", [&] {
    for (const auto& file : files) out.add({{"file", file.path}}, file.left_out);
  });
  out.gauge("tern_irr_file_read_timestamp_seconds",
            "When the content in use was read, Unix time; absent before", [&] {
              for (const auto& file : files) {
                if (!file.read_timestamp_seconds) continue;
                out.add({{"file", file.path}}, *file.read_timestamp_seconds);
              }
            });
}

void write_guard_orders(FamilyWriter& out, const Snapshot& snapshot) {
  out.gauge("tern_guard_orders", "Releases and blocks of ternctl guard in force", [&] {
    out.add({{"kind", "release"}}, snapshot.releases);
    out.add({{"kind", "block"}}, snapshot.blocks);
  });
}

}  // namespace tern::exporter
