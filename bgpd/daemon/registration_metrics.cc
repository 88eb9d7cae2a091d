// Samples of registered prefixes and of their guard.
#include "bgpd/daemon/metrics.h"
#include "bgpd/session/counters.h"
#include "policy/guard.h"

namespace tern::daemon {

void sample_registrations(const registrations::RegistrationStatus& status,
                          std::uint64_t quarantined_routes, exporter::Snapshot& snapshot) {
  const registrations::StoredStatus& stored = status.stored;
  const bool has_store = stored.there || !stored.aside.empty();
  if (status.files.empty() && status.registrations == 0 && !has_store) return;
  exporter::RegistrationSample& sample = snapshot.registrations.emplace();
  sample.registrations = status.registrations;
  sample.quarantined_routes = quarantined_routes;
  if (has_store) {
    sample.stored = exporter::RegistrationSample::Stored{stored.good(), stored.registrations,
                                                         stored.writes, stored.errors};
  }
  for (const auto& file : status.files) {
    std::optional<double> read;
    if (file.read) read = static_cast<double>(*file.read);
    const bool good = file.state == vrps::FileState::Good;
    sample.files.push_back({file.path, good, file.registrations, file.errors, read});
  }
}

void sample_guard(const session::PeerCounters& counters, exporter::PeerSample& sample) {
  for (std::size_t i = 0; i < policy::kSuspicionCount; ++i) {
    const std::string kind(to_string(static_cast<policy::Suspicion>(i)));
    const auto add = [&](policy::GuardAction action, std::uint64_t count) {
      if (count != 0) sample.guard.push_back({kind, std::string(to_string(action)), count});
    };
    add(policy::GuardAction::Quarantine, counters.quarantined[i]);
    add(policy::GuardAction::Warn, counters.warned[i]);
  }
}

}  // namespace tern::daemon
