// Samples of registered prefixes and of their guard.
#include "bgpd/daemon/metrics.h"
#include "bgpd/session/counters.h"
#include "policy/guard.h"

namespace tern::daemon {

void sample_registrations(const registrations::RegistrationStatus& status,
                          const std::array<std::uint64_t, states::kStates>& states,
                          exporter::Snapshot& snapshot) {
  const registrations::StoredStatus& stored = status.stored;
  for (const auto& file : status.irr) {
    std::optional<double> read;
    if (file.read) read = static_cast<double>(*file.read);
    const bool good = file.state == vrps::FileState::Good;
    snapshot.irr.push_back({file.path, good, file.objects, file.left_out, read});
  }
  if (status.files.empty() && status.registrations == 0 && !stored.exists()) return;
  exporter::RegistrationSample& sample = snapshot.registrations.emplace();
  sample.registrations = status.registrations;
  sample.unmet = status.unmet;
  sample.quarantined_routes = snapshot.quarantined_routes;
  sample.last_resorts = snapshot.last_resorts;
  for (std::size_t i = 0; i < states::kStates; ++i) {
    sample.states.emplace_back(to_string(static_cast<states::State>(i)), states[i]);
  }
  if (stored.exists()) {
    sample.stored = exporter::RegistrationSample::Stored{
        stored.good(), stored.registrations, stored.writes, stored.errors, stored.in_force()};
  }
  for (const auto& file : status.files) {
    std::optional<double> read;
    if (file.read) read = static_cast<double>(*file.read);
    const bool good = file.state == vrps::FileState::Good;
    sample.files.push_back({file.path, good, file.registrations, file.errors, read});
  }
}

void sample_ingress(const states::IngressBook::Counts& counts, exporter::Snapshot& snapshot) {
  if (counts.taken + counts.refused == 0) return;
  snapshot.ingress = exporter::IngressSample{counts.taken, counts.refused, counts.entries};
}

void sample_guard(const session::PeerCounters& counters, exporter::PeerSample& sample) {
  for (std::size_t i = 0; i < policy::kSuspicionCount; ++i) {
    const std::string kind(to_string(static_cast<policy::Suspicion>(i)));
    const auto add = [&](std::string_view action, std::uint64_t count) {
      if (count != 0) sample.guard.push_back({kind, std::string(action), count});
    };
    add(to_string(policy::GuardAction::Quarantine), counters.quarantined[i]);
    add(to_string(policy::GuardAction::Warn), counters.warned[i]);
    add("fallback", counters.by_fallback[i]);
  }
}

}  // namespace tern::daemon
