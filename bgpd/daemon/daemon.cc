#include "bgpd/daemon/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <functional>
#include <utility>

#include "bgpd/api/server.h"
#include "bgpd/daemon/baseline.h"
#include "bgpd/daemon/circuits.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/core_dumps.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/event_watch.h"
#include "bgpd/daemon/events.h"
#include "bgpd/daemon/geofeeds.h"
#include "bgpd/daemon/kept_drains.h"
#include "bgpd/daemon/kept_filters.h"
#include "bgpd/daemon/kept_guard.h"
#include "bgpd/daemon/kept_latency.h"
#include "bgpd/daemon/kept_routes.h"
#include "bgpd/daemon/kernel.h"
#include "bgpd/daemon/latency.h"
#include "bgpd/daemon/logging.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/next_hops.h"
#include "bgpd/daemon/probes.h"
#include "bgpd/daemon/registrations.h"
#include "bgpd/daemon/reload_report.h"
#include "bgpd/daemon/reloader.h"
#include "bgpd/daemon/rpki.h"
#include "bgpd/daemon/rtt_watch.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/session/timer.h"
#include "bgpd/states/circuit_watch.h"
#include "bgpd/states/state_watch.h"
#include "conf/scalars.h"
#include "exporter/http_server.h"
#include "rib/types/result.h"

namespace tern::daemon {

class Daemon::Impl {
 public:
  Impl(ConfigThread& thread, const std::shared_ptr<const conf::Config>& config)
      : thread_(thread),
        speaker_(loop_, compose_threads(*config)),
        kept_routes_(thread, loop_, speaker_, config->path),
        reloader_(thread, loop_, speaker_, service_manager_, config, facts_,
                  [this](const Reading& reading, std::function<void()> done) {
                    return take(reading, std::move(done));
                  }),
        drains_(thread, loop_, speaker_, config->path),
        guard_(thread, loop_, speaker_, config->path),
        filters_(thread, loop_, speaker_, config->path),
        kept_latency_(thread, loop_, latency_, config->path),
        rtts_(thread, loop_, speaker_, facts_),
        api_(loop_,
             api::Backend{
                 speaker_, [this] { return facts_; },
                 [this](const auto& asked, auto done) { reloader_.reload(asked, std::move(done)); },
                 [this] { return rpki_.status(); }, [this] { return geofeeds_.status(); },
                 [this] { return probes_.status(); }, [this] { return kernel_.status(); },
                 &next_hops_, [this] { return registrations_.status(); }, registration_access(),
                 &events_, &state_watch_.book(),
                 [this](std::int64_t before, auto filter, auto done) {
                   return read_history(before, std::move(filter), std::move(done));
                 },
                 &circuits_.book(), &state_watch_.ingress(),
                 [this](auto reports) { return state_watch_.take_ingress(std::move(reports)); },
                 &latency_, &baseline_}),
        signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
        watchdog_(loop_.context(), [this] { feed_watchdog(); }),
        snapshots_(
            loop_, [this] { return begin_snapshot(); },
            [this](std::function<void()> look) { speaker_.look(std::move(look)); }),
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
    rpki_.apply(compose_rpki(config));
    geofeeds_.apply(compose_geofeeds(config));
    events_.apply(compose_events(config));
    registrations_.begin(config);
    registrations_.wait_until_taken();
    kept_routes_.restore();
    drains_.read();
    apply_next_hops(config, next_hops_);
    const auto applied =
        speaker_.apply(thread_.call([&config] { return session::plan(nullptr, compose(config)); }));
    if (!applied.ok()) return refuse("router.listen: " + applied.error());
    drains_.restore();
    guard_.restore();
    filters_.restore();
    rtts_.apply(reloader_.shared_config());
    probes_.apply(compose_probes(config));
    kernel_.apply(compose_kernel(config));
    event_watch_.start();
    state_watch_.apply(compose_state_hold(config));
    state_watch_.set_ingress_percent(compose_ingress_percent(config));
    circuits_.apply(compose_circuits(config));
    latency_.apply(compose_latency(config));
    kept_latency_.restore();
    baseline_.apply(compose_baseline(config));
    event_watch_.set_withdrawals(compose_withdrawals(config));
    log_warnings(config.warnings);
    for (const auto& stale : config.stale) spdlog::error("configuration: {}", stale.text);
    reloader_.keep_last_good();
    spdlog::info("{} neighbours, control socket {}", file.peers_size(), file.api().socket());
    return true;
  }

  api::RegistrationAccess registration_access() {
    return {[this](auto write, auto done) {
              return registrations_.write(std::move(write), std::move(done));
            },
            [this](const auto& owner, auto done) {
              return registrations_.export_stored(owner, std::move(done));
            },
            [this](const auto& prefix, std::size_t most, auto done) {
              return registrations_.read_log(prefix, most, std::move(done));
            }};
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
      event_watch_.freeze();
      state_watch_.freeze();
      circuits_.freeze();
      latency_.freeze();
      baseline_.freeze();
      next_hops_.freeze();
      kernel_.freeze();
      speaker_.shutdown("", [this] { loop_.stop(); });
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

  // Takes over first the parts that can fail; the speaker, which cannot be half changed, comes
  // last.
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
      apply_next_hops(*reading.next, next_hops_);
      const auto applied = speaker_.apply(reading.plan, [this, done = std::move(done)] {
        kernel_.look_at_peers();
        filters_.warn_of_unlisted();
        if (done) done();
      });
      if (applied.ok()) {
        rpki_.apply(compose_rpki(*reading.next));
        rtts_.apply(reading.next);
        geofeeds_.apply(compose_geofeeds(*reading.next));
        registrations_.apply(*reading.next);
        events_.apply(compose_events(*reading.next));
        state_watch_.apply(compose_state_hold(*reading.next));
        state_watch_.set_ingress_percent(compose_ingress_percent(*reading.next));
        circuits_.apply(compose_circuits(*reading.next));
        latency_.apply(compose_latency(*reading.next));
        baseline_.apply(compose_baseline(*reading.next));
        event_watch_.set_withdrawals(compose_withdrawals(*reading.next));
        probes_.apply(compose_probes(*reading.next));
        kernel_.apply(compose_kernel(*reading.next));
        allow_core_dumps(file.router().core_dumps());
        return std::nullopt;
      }
      failure = "router.listen: " + applied.error();
      apply_next_hops(reloader_.config(), next_hops_);
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

  // ---- Events

  void add_source_levels(EventLevels& levels) const {
    add_rpki_levels(rpki_.status(), levels);
    add_geofeed_levels(geofeeds_.status(), levels);
    add_registration_levels(registrations_.status(), levels);
    add_configuration_levels(facts_, levels);
  }

  // ---- Metrics

  // Begins a copy of the numbers, which the loop takes slice by slice.
  SnapshotSource::Slice begin_snapshot() {
    return [this, taker = SnapshotTaker(speaker_, facts_)](exporter::Snapshot& numbers) mutable {
      numbers.log_lines_dropped = logging_.dropped();
      if (!taker.next(numbers)) return false;
      numbers.rpki = sample_rpki(rpki_.status());
      sample_geofeeds(geofeeds_.status(), numbers);
      sample_registrations(registrations_.status(), state_watch_.book().counts(), numbers);
      sample_circuits(circuits_.book(), numbers);
      sample_ingress(state_watch_.ingress().counts(), numbers);
      sample_probes(probes_.status(), numbers);
      sample_events(events_.counts(), events_.history(), numbers);
      sample_webhooks(events_.webhooks(), numbers);
      sample_latency(latency_, numbers);
      sample_baseline(baseline_.counts(), numbers);
      numbers.kernel = sample_kernel(kernel_.status());
      numbers.next_hops = sample_next_hops(next_hops_);
      return true;
    };
  }

  Logging logging_;  // first: whatever ends after it may not log
  ConfigThread& thread_;
  session::Loop loop_;
  events::EventStage events_{[] { return have_directory(state_directory()); }};
  session::Speaker speaker_;
  states::StateWatch state_watch_{loop_, speaker_, events_};
  states::CircuitWatch circuits_{loop_, speaker_};
  latency::LatencyWatch latency_{loop_, speaker_, events_};
  baseline::BaselineWatch baseline_{loop_, speaker_, events_,
                                    [] { return have_directory(state_directory()); }};
  kernel::NextHopWatch next_hops_{loop_, speaker_, [this] { kernel_.look_again(); }};
  const ServiceManager service_manager_;
  api::DaemonFacts facts_;
  KeptRoutes kept_routes_;
  Reloader reloader_;
  KeptDrains drains_;
  KeptGuard guard_;
  KeptFilters filters_;
  KeptLatency kept_latency_;
  RttWatch rtts_;
  api::Server api_;
  boost::asio::signal_set signals_;
  session::Timer watchdog_;
  SnapshotSource snapshots_;
  Rpki rpki_{loop_, speaker_};
  Geofeeds geofeeds_{loop_, speaker_};
  Registrations registrations_{loop_, speaker_};
  Probes probes_{loop_, speaker_, latency_};
  Kernel kernel_{loop_, speaker_, next_hops_.next_hops()};
  EventWatch event_watch_{loop_, speaker_, events_,
                          [this](EventLevels& levels) { add_source_levels(levels); },
                          &circuits_.book()};
  exporter::HttpServer http_;  // last: its thread ends before anything it asks
};

Daemon::Daemon(ConfigThread& thread, std::shared_ptr<const conf::Config> config)
    : impl_(std::make_unique<Impl>(thread, config)) {}
Daemon::~Daemon() = default;
int Daemon::run() { return impl_->run(); }

}  // namespace tern::daemon
