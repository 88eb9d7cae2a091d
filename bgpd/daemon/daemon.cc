#include "bgpd/daemon/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <utility>

#include "bgpd/api/server.h"
#include "bgpd/daemon/core_dumps.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/domain.h"
#include "bgpd/daemon/events.h"
#include "bgpd/daemon/logging.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/reload_report.h"
#include "bgpd/daemon/reloader.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/session/timer.h"
#include "conf/scalars.h"
#include "exporter/http_server.h"
#include "rib/types/result.h"

namespace tern::daemon {

class Daemon::Impl {
 public:
  Impl(ConfigThread& thread, const std::shared_ptr<const conf::Config>& config)
      : domain_(thread, loop_, events_, facts_, *config),
        reloader_(thread, loop_, domain_.speaker(), service_manager_, config, facts_,
                  [this](const Reading& reading, std::function<void()> done) {
                    return take(reading, std::move(done));
                  }),
        api_(loop_, backend()),
        signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
        watchdog_(loop_.context(), [this] { feed_watchdog(); }),
        snapshots_(
            loop_, [this] { return begin_snapshot(); },
            [this](std::function<void()> look) { domain_.speaker().look(std::move(look)); }),
        http_([this] { return snapshots_.collect(); }) {
    facts_.version = std::string(version());
    facts_.revision = std::string(revision());
    facts_.start_time_seconds = facts_.last_reload_seconds = session::unix_seconds();
    facts_.config_file = config->path;
    facts_.stale_files = stale_files(*config);
  }

  // The exporter's thread may be waiting for a snapshot that the loop will not take any more.
  ~Impl() { snapshots_.set_waits(false); }

  int run() {
    if (!start()) return 1;
    wait_for_signal();
    // On the loop, so that systemd hears it of a loop that runs.
    loop_.post([this] {
      service_manager_.notify("READY=1");
      feed_watchdog();
    });
    loop_.run();
    spdlog::info("ended");
    return 0;
  }

 private:
  bool start() {
    const conf::Config& config = reloader_.config();
    const conf::proto::Configuration& file = config.file;
    if (auto failure = set_up_logging(file.log())) return refuse(*failure);
    allow_core_dumps(file.router().core_dumps());
    spdlog::info("ternd {} ({}), AS {}, router id {}", version(), revision(), file.router().asn(),
                 file.router().id());
    if (auto failure = open_api(file.api())) return refuse(*failure);
    const auto listening = listen_for_http(file.metrics());
    if (!listening.ok()) return refuse("metrics.listen: " + listening.error());
    events_.apply(compose_events(config));
    if (auto failure = domain_.start(reloader_.shared_config())) {
      return refuse("router.listen: " + *failure);
    }
    log_warnings(config.warnings);
    for (const auto& stale : config.stale) spdlog::error("configuration: {}", stale.text);
    reloader_.keep_last_good();
    spdlog::info("{} neighbours, control socket {}", file.peers_size(), file.api().socket());
    return true;
  }

  api::Backend backend() {
    api::Backend backend = domain_.backend();
    backend.facts = [this] { return facts_; };
    backend.reload = [this](const auto& asked, auto done) {
      reloader_.reload(asked, std::move(done));
    };
    backend.events = &events_;
    backend.read_history = [this](std::int64_t before, auto filter, auto done) {
      return read_history(before, std::move(filter), std::move(done));
    };
    return backend;
  }

  bool read_history(std::int64_t before, events::HistoryFilter filter,
                    api::Backend::HistoryRead done) {
    return events_.read_history(
        before, std::move(filter), [this, done = std::move(done)](events::HistoryPage page) {
          loop_.post([done, page = std::move(page)]() mutable { done(std::move(page)); });
        });
  }

  std::optional<std::string> open_api(const conf::proto::Api& file) {
    if (auto failure = open_socket(api::Access::Full, file.socket(), file.mode())) {
      return "api.socket: " + *failure;
    }
    if (file.read_only_socket().empty()) return std::nullopt;
    auto failure =
        open_socket(api::Access::ReadOnly, file.read_only_socket(), file.read_only_mode());
    return failure ? std::optional("api.read_only_socket: " + *failure) : std::nullopt;
  }

  std::optional<std::string> open_socket(api::Access access, const std::string& path,
                                         const std::string& mode) {
    if (auto failure = have_directory_of(path)) return failure;
    return api_.listen(access, path, *conf::parse_mode(mode));
  }

  // The exporter's thread opens and closes listeners. The exporter's thread may also be waiting for
  // a copy of the numbers, which only this thread can take.
  Result<bool, std::string> listen_for_http(const conf::proto::Metrics& metrics) {
    snapshots_.set_waits(false);
    auto listening = http_.listen({metrics.listen().begin(), metrics.listen().end()});
    snapshots_.set_waits(true);
    return listening;
  }

  std::optional<std::string> set_up_logging(const conf::proto::Log& log) {
    if (!log.file().empty()) {
      if (auto failure = have_directory_of(log.file())) return "log.file: " + *failure;
    }
    return logging_.set_up(log);
  }

  static bool refuse(const std::string& why) {
    spdlog::critical("cannot start: {}", why);
    return false;
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        spdlog::info("signal SIGHUP: reload");
        reloader_.hang_up();
        wait_for_signal();
        return;
      }
      spdlog::info("signal {}: ending every session", signal);
      service_manager_.notify("STOPPING=1");
      reloader_.stop();
      domain_.freeze();
      domain_.speaker().shutdown("", [this] { loop_.stop(); });
      // A second signal does not wait for good manners.
      signals_.async_wait([this](const boost::system::error_code& again, int) {
        if (!again) loop_.stop();
      });
    });
  }

  // Only a loop that comes round says that it lives.
  void feed_watchdog() {
    const auto every = service_manager_.sign_of_life_every();
    if (!every) return;
    service_manager_.notify("WATCHDOG=1");
    watchdog_.start(*every);
  }

  // ---- Reload

  // Takes over first the parts that can fail; the domain, which cannot be half changed, comes last.
  std::optional<std::string> take(const Reading& reading, std::function<void()> done) {
    const conf::proto::Configuration& file = reading.next->file;
    const conf::proto::Configuration& old = reloader_.config().file;
    // Where the listeners stay, the loop does not wait for the exporter's thread, which may be
    // writing a page.
    const bool same_listeners = std::ranges::equal(file.metrics().listen(), old.metrics().listen());
    if (!same_listeners) {
      const auto listening = listen_for_http(file.metrics());
      if (!listening.ok()) return "metrics.listen: " + listening.error();
    }
    auto failure = set_api_modes(file.api());
    if (!failure) failure = set_up_logging(file.log());
    if (!failure) {
      failure = domain_.take(reading, reloader_.config(), std::move(done));
      if (!failure) {
        events_.apply(compose_events(*reading.next));
        allow_core_dumps(file.router().core_dumps());
        return std::nullopt;
      }
      failure = "router.listen: " + *failure;
    }
    if (!same_listeners) (void)listen_for_http(old.metrics());
    (void)set_api_modes(old.api());
    (void)logging_.set_up(old.log());
    return failure;
  }

  std::optional<std::string> set_api_modes(const conf::proto::Api& file) {
    auto failure = api_.set_mode(api::Access::Full, *conf::parse_mode(file.mode()));
    if (failure) return failure;
    return api_.set_mode(api::Access::ReadOnly, *conf::parse_mode(file.read_only_mode()));
  }

  // ---- Metrics

  // Begins a copy of the numbers, which the loop takes slice by slice.
  SnapshotSource::Slice begin_snapshot() {
    return [this,
            taker = SnapshotTaker(domain_.speaker(), facts_)](exporter::Snapshot& numbers) mutable {
      numbers.log_lines_dropped = logging_.dropped();
      if (!taker.next(numbers)) return false;
      domain_.sample(numbers);
      sample_events(events_.counts(), events_.history(), numbers);
      sample_webhooks(events_.webhooks(), numbers);
      return true;
    };
  }

  Logging logging_;  // first: whatever ends after it may not log
  session::Loop loop_;
  events::EventStage events_{[] { return have_directory(state_directory()); }};
  api::DaemonFacts facts_;
  Domain domain_;  // ends when the Reloader has ended the ConfigThread
  const ServiceManager service_manager_;
  Reloader reloader_;
  api::Server api_;
  boost::asio::signal_set signals_;
  session::Timer watchdog_;
  SnapshotSource snapshots_;
  exporter::HttpServer http_;  // last: its thread ends before anything it asks
};

Daemon::Daemon(ConfigThread& thread, std::shared_ptr<const conf::Config> config)
    : impl_(std::make_unique<Impl>(thread, config)) {}
Daemon::~Daemon() = default;
int Daemon::run() { return impl_->run(); }

}  // namespace tern::daemon
