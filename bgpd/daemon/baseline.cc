#include "bgpd/daemon/baseline.h"

#include <string>
#include <utility>

#include "bgpd/daemon/directories.h"
#include "bgpd/session/peer.h"
#include "conf/state_file.h"

namespace tern::daemon {

std::optional<baseline::WatchSettings> compose_baseline(const conf::Config& config) {
  if (!config.file.has_baseline()) return std::nullopt;
  const conf::proto::Baseline& file = config.file.baseline();
  baseline::WatchSettings settings;
  baseline::Rules& rules = settings.rules;
  if (file.has_learn_for()) rules.learn_for = file.learn_for();
  if (file.has_forget_after()) rules.forget_after = file.forget_after();
  if (file.has_most_prefixes()) rules.most_prefixes = file.most_prefixes();
  if (file.has_longer_by()) rules.longer_by = file.longer_by();
  if (file.has_flaps()) rules.flaps = file.flaps();
  if (file.has_flap_window()) rules.flap_window = file.flap_window();
  settings.path = conf::state_file(state_directory(), config.path, "baseline", "bin");
  return settings;
}

std::optional<baseline::WithdrawalRules> compose_withdrawals(const conf::Config& config) {
  if (!config.file.has_baseline()) return std::nullopt;
  const conf::proto::Baseline& file = config.file.baseline();
  baseline::WithdrawalRules rules;
  if (file.has_withdrawn_percent()) rules.percent = file.withdrawn_percent();
  if (file.has_withdrawn_window()) rules.window = file.withdrawn_window();
  if (file.has_withdrawn_routes()) rules.routes = file.withdrawn_routes();
  return rules;
}

void sample_baseline(const baseline::WatchCounts& counts, exporter::Snapshot& snapshot) {
  if (counts.phase == baseline::Phase::Off) return;
  exporter::BaselineSample& sample = snapshot.baseline.emplace();
  sample.learnt = counts.learnt;
  sample.ripe = counts.ripe;
  sample.most = counts.most;
  sample.left_out = counts.left_out;
  sample.displaced = counts.displaced;
  sample.open = counts.open;
  sample.unreported = counts.unreported;
  sample.octets = counts.octets;
  sample.file_failures = counts.failures;
  sample.learning = counts.phase == baseline::Phase::Learning;
}

void add_withdrawal_level(const session::Speaker& speaker, const session::Peer& peer,
                          std::uint32_t now, baseline::Withdrawals& withdrawals,
                          EventLevels& levels) {
  if (!withdrawals.is_on() || !peer.established()) return;
  baseline::Withdrawals::Routes routes;
  for (const auto& family : speaker.shards().counts(peer.slot()).families) {
    routes.received += family.received;
    routes.accepted += family.accepted;
  }
  const auto loss = withdrawals.look(peer.slot(), peer.session(), routes, now);
  if (!loss) return;
  events::Report report = about(peer, events::Kind::MassWithdrawal, events::Report::What::Begin);
  report.summary = "neighbor " + peer.settings().name + " withdrew " + std::to_string(loss->lost) +
                   " of " + std::to_string(loss->before) + " routes, and its session stays";
  report.evidence = {{"routes before", std::to_string(loss->before)},
                     {"routes lost", std::to_string(loss->lost)}};
  std::string key = events::event_key(report.kind, report.key);
  levels.emplace(std::move(key), std::move(report));
}

}  // namespace tern::daemon
