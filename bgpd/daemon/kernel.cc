#include "bgpd/daemon/kernel.h"

#include <string>

#include "bgpd/daemon/compose_parts.h"

namespace tern::daemon {

std::optional<kernel::KernelSettings> compose_kernel(const conf::Config& config) {
  if (!config.file.has_kernel()) return std::nullopt;
  const conf::proto::Kernel& file = config.file.kernel();
  kernel::KernelSettings settings;
  settings.families = families_of(file.families());
  if (settings.families.empty()) settings.families = {Family::Ipv4Unicast, Family::Ipv6Unicast};
  if (file.has_table()) settings.place.table = file.table();
  if (file.has_metric()) settings.place.metric = file.metric();
  if (file.has_protocol()) {
    settings.place.protocol = static_cast<std::uint8_t>(file.protocol());
  }
  settings.policies = chain(config, file.policies());
  settings.blackholes = chain(config, file.blackhole_policies());
  if (file.has_ecmp()) settings.ecmp = file.ecmp();
  // The journal has no entry if other paths tie with a best path that stays, so a change of the
  // decision process passes all routes again.
  if (settings.ecmp > 1) settings.decision = compose_decision(config);
  settings.keep_on_exit = file.keep_on_exit();
  settings.own_blackhole = file.own() == conf::proto::Kernel::BLACKHOLE;
  return settings;
}

std::optional<exporter::KernelSample> sample_kernel(const kernel::KernelStatus& status) {
  if (status.state == kernel::KernelState::Off) return std::nullopt;
  const fib::Counts& counts = status.counts;
  exporter::KernelSample sample;
  sample.wanted = counts.wanted;
  sample.installed = counts.installed;
  sample.waiting = counts.waiting;
  sample.unwanted = counts.unwanted;
  for (std::size_t i = 1; i < fib::kFailureCount; ++i) {
    const std::string reason(to_string(static_cast<fib::Failure>(i)));
    sample.failed.emplace_back(reason, counts.failed[i]);
    if (i >= fib::kFirstRefusal) sample.refused.emplace_back(reason, counts.refused[i]);
  }
  sample.next_hops = status.next_hops;
  sample.unreachable_next_hops = status.unreachable_next_hops;
  sample.remembered = status.remembered;
  sample.unanswered = status.unanswered;
  sample.added = counts.added;
  sample.replaced = counts.replaced;
  sample.removed = counts.removed;
  sample.restored = counts.restored;
  sample.journal_resyncs = status.journal_resyncs;
  sample.kernel_resyncs = status.kernel_resyncs;
  return sample;
}

void Kernel::apply(const std::optional<kernel::KernelSettings>& settings) {
  if (settings == settings_) return;
  const bool same = settings && settings_ && settings->same_choice(*settings_);
  settings_ = settings;
  if (!settings) {
    feed_.reset();
    return thread_->stop();
  }
  if (!thread_) thread_ = std::make_unique<kernel::KernelThread>(finder_);
  thread_->reconfigure(*settings);
  if (same) return;
  feed_.reset();  // before the next one subscribes
  feed_ = std::make_unique<kernel::Feed>(
      loop_, speaker_, *thread_,
      kernel::FeedSettings{settings->families, settings->ecmp, settings->reads_peer(), start_});
}

kernel::KernelStatus Kernel::status() const {
  return thread_ ? thread_->status() : kernel::KernelStatus{};
}

}  // namespace tern::daemon
