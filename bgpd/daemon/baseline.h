// The baseline in the daemon: its settings, its samples, and the event of a massive withdrawal.
#pragma once

#include <optional>

#include "bgpd/baseline/baseline_watch.h"
#include "bgpd/baseline/withdrawals.h"
#include "bgpd/daemon/event_levels.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

// The section `baseline`, with defaults. Nothing: there is none, and nothing is learnt.
[[nodiscard]] std::optional<baseline::WatchSettings> compose_baseline(const conf::Config& config);
[[nodiscard]] std::optional<baseline::WithdrawalRules> compose_withdrawals(
    const conf::Config& config);

// Without a baseline, there is no sample.
void sample_baseline(const baseline::WatchCounts& counts, exporter::Snapshot& snapshot);
// In a visit of all shards, for each neighbor, once a look.
void add_withdrawal_level(const session::Speaker& speaker, const session::Peer& peer,
                          std::uint32_t now, baseline::Withdrawals& withdrawals,
                          EventLevels& levels);

}  // namespace tern::daemon
