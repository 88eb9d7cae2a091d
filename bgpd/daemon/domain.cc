#include "bgpd/daemon/domain.h"

#include <spdlog/spdlog.h>

#include "bgpd/daemon/events.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/reload_report.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/speaker.h"
#include "conf/scalars.h"

namespace tern::daemon {

Domain::Domain(ConfigThread& thread, const std::shared_ptr<const conf::Config>& config,
               const ServiceManager& service_manager, Claims& claims, ProcessPart part)
    : name_(config->domain),
      claims_(claims),
      part_(std::move(part)),
      router_(thread, loop_, events_, facts_, *config),
      reloader_(thread, loop_, router_.speaker(), service_manager, config, facts_,
                [this](const Reading& reading, std::function<void()> done) {
                  return take(reading, std::move(done));
                }),
      api_(loop_, backend()),
      snapshots_(
          loop_, [this] { return begin_snapshot(); },
          [this](std::function<void()> look) { router_.speaker().look(std::move(look)); }) {
  facts_.version = std::string(version());
  facts_.revision = std::string(revision());
  facts_.start_time_seconds = facts_.last_reload_seconds = session::unix_seconds();
  facts_.domain = name_;
  facts_.config_file = config->path;
  facts_.stale_files = stale_files(*config);
}

Domain::~Domain() {
  // The exporter's thread may be waiting for a snapshot that the loop will not take any more.
  snapshots_.set_waits(false);
  claims_.release(name_);
}

std::optional<std::string> Domain::start() {
  const conf::Config& config = reloader_.config();
  if (auto failure = claims_.claim(name_, written_by(config))) return failure;
  if (auto failure = open_api(config.file.api())) return failure;
  events_.apply(compose_events(config));
  if (auto failure = router_.start(reloader_.shared_config())) return "router.listen: " + *failure;
  log_warnings(config.warnings);
  for (const auto& stale : config.stale) spdlog::error("configuration: {}", stale.text);
  reloader_.keep_last_good();
  spdlog::info("{} neighbours, control socket {}", config.file.peers_size(),
               config.file.api().socket());
  return std::nullopt;
}

void Domain::end(std::function<void()> done) {
  reloader_.stop();
  router_.freeze();
  router_.speaker().shutdown("", std::move(done));
}

// ---- The control API

api::Backend Domain::backend() {
  api::Backend backend = router_.backend();
  backend.facts = [this] { return facts_; };
  backend.reload = [this](const auto& asked, auto done) {
    reloader_.reload(asked, std::move(done));
  };
  backend.events = &events_;
  backend.read_history = [this](std::int64_t before, auto filter, auto done) {
    return read_history(before, std::move(filter), std::move(done));
  };
  backend.domains = part_.domains;
  return backend;
}

bool Domain::read_history(std::int64_t before, events::HistoryFilter filter,
                          api::Backend::HistoryRead done) {
  return events_.read_history(
      before, std::move(filter), [this, done = std::move(done)](events::HistoryPage page) {
        loop_.post([done, page = std::move(page)]() mutable { done(std::move(page)); });
      });
}

std::optional<std::string> Domain::open_api(const conf::proto::Api& file) {
  if (auto failure = open_socket(api::Access::Full, file.socket(), file.mode())) {
    return "api.socket: " + *failure;
  }
  if (file.read_only_socket().empty()) return std::nullopt;
  auto failure = open_socket(api::Access::ReadOnly, file.read_only_socket(), file.read_only_mode());
  return failure ? std::optional("api.read_only_socket: " + *failure) : std::nullopt;
}

std::optional<std::string> Domain::open_socket(api::Access access, const std::string& path,
                                               const std::string& mode) {
  if (auto failure = have_directory_of(path)) return failure;
  return api_.listen(access, path, *conf::parse_mode(mode));
}

std::optional<std::string> Domain::set_api_modes(const conf::proto::Api& file) {
  auto failure = api_.set_mode(api::Access::Full, *conf::parse_mode(file.mode()));
  if (failure) return failure;
  return api_.set_mode(api::Access::ReadOnly, *conf::parse_mode(file.read_only_mode()));
}

// ---- Reload

// Takes over first the parts that can fail; the router, which cannot be half changed, comes last.
std::optional<std::string> Domain::take(const Reading& reading, std::function<void()> done) {
  const conf::Config& next = *reading.next;
  if (auto failure = take_parts(next)) {
    undo_parts();
    return failure;
  }
  if (part_.take) {
    if (auto failure = part_.take(next, config())) {
      undo_parts();
      return failure;
    }
  }
  if (auto failure = router_.take(reading, config(), std::move(done))) {
    if (part_.undo) part_.undo(config());
    undo_parts();
    return "router.listen: " + *failure;
  }
  events_.apply(compose_events(next));
  if (part_.taken) part_.taken(next);
  return std::nullopt;
}

std::optional<std::string> Domain::take_parts(const conf::Config& next) {
  if (auto failure = claims_.claim(name_, written_by(next))) return failure;
  return set_api_modes(next.file.api());
}

void Domain::undo_parts() {
  (void)claims_.claim(name_, written_by(config()));
  (void)set_api_modes(config().file.api());
}

// ---- Metrics

// Begins a copy of the numbers, which the loop takes slice by slice.
SnapshotSource::Slice Domain::begin_snapshot() {
  return [this,
          taker = SnapshotTaker(router_.speaker(), facts_)](exporter::Snapshot& numbers) mutable {
    if (!taker.next(numbers)) return false;
    numbers.domain = name_;
    router_.sample(numbers);
    sample_events(events_.counts(), events_.history(), numbers);
    sample_webhooks(events_.webhooks(), numbers);
    return true;
  };
}

}  // namespace tern::daemon
