#include "bgpd/daemon/daemon.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <utility>

#include "bgpd/daemon/claims.h"
#include "bgpd/daemon/core_dumps.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/domain.h"
#include "bgpd/daemon/domains.h"
#include "bgpd/daemon/logging.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/timer.h"
#include "exporter/http_server.h"
#include "rib/types/result.h"

namespace tern::daemon {

class Daemon::Impl {
 public:
  Impl(ConfigThread& thread, const std::shared_ptr<const conf::Config>& config)
      : first_(thread, config, service_manager_, claims_, process_part()),
        domains_(first_.loop(), claims_),
        signals_(first_.loop().context(), SIGTERM, SIGINT, SIGHUP),
        watchdog_(first_.loop().context(), [this] { feed_watchdog(); }),
        http_([this] { return collect(); }) {}

  // The exporter's thread may be waiting for a snapshot that no loop will take any more.
  ~Impl() { set_waits(false); }

  int run() {
    if (!start()) return 1;
    wait_for_signal();
    // On the loop, so that systemd hears it of a loop that runs.
    first_.loop().post([this] {
      service_manager_.notify("READY=1");
      feed_watchdog();
    });
    first_.run();
    spdlog::info("ended");
    return 0;
  }

 private:
  bool start() {
    const conf::Config& config = first_.config();
    const conf::proto::Configuration& file = config.file;
    if (auto failure = set_up_logging(file.log())) return refuse(*failure);
    allow_core_dumps(file.router().core_dumps());
    spdlog::info("ternd {} ({}), AS {}, router id {}", version(), revision(), file.router().asn(),
                 file.router().id());
    const auto listening = listen_for_http(file.metrics());
    if (!listening.ok()) return refuse("metrics.listen: " + listening.error());
    if (auto failure = first_.start()) return refuse(*failure);
    if (auto failure = domains_.start(config)) return refuse(*failure);
    return true;
  }

  ProcessPart process_part() {
    ProcessPart part;
    part.take = [this](const auto& next, const auto& running) { return take(next, running); };
    part.undo = [this](const auto& running) { undo(running); };
    part.taken = [this](const auto& next) { taken(next); };
    part.domains = [this] { return domains_.rows(); };
    return part;
  }

  // The exporter's thread opens and closes listeners. The exporter's thread may also be waiting for
  // a copy of the numbers, which only the threads of the domains can take.
  Result<bool, std::string> listen_for_http(const conf::proto::Metrics& metrics) {
    set_waits(false);
    auto listening = http_.listen({metrics.listen().begin(), metrics.listen().end()});
    set_waits(true);
    return listening;
  }

  void set_waits(bool waits) {
    first_.set_waits(waits);
    domains_.set_waits(waits);
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

  // ---- Signals

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        spdlog::info("signal SIGHUP: reload");
        first_.hang_up();
        domains_.hang_up();
        wait_for_signal();
        return;
      }
      spdlog::info("signal {}: ending every session", signal);
      end();
      // A second signal does not wait for good manners.
      signals_.async_wait([this](const boost::system::error_code& again, int) {
        if (again) return;
        domains_.stop();
        first_.loop().stop();
      });
    });
  }

  void end() {
    service_manager_.notify("STOPPING=1");
    const auto one_has_ended = [this] {
      if (--ending_ == 0) first_.loop().stop();
    };
    ending_ = 2;
    domains_.end(one_has_ended);
    first_.end(one_has_ended);
  }

  // Only a loop that comes round says that it lives, and only while those of all domains do.
  void feed_watchdog() {
    const auto every = service_manager_.sign_of_life_every();
    if (!every) return;
    if (!domains_.one_hangs()) service_manager_.notify("WATCHDOG=1");
    watchdog_.start(*every);
  }

  // ---- Reload

  // Where the listeners stay, the loop does not wait for the exporter's thread, which may be
  // writing a page.
  static bool same_listeners(const conf::Config& a, const conf::Config& b) {
    return std::ranges::equal(a.file.metrics().listen(), b.file.metrics().listen());
  }

  std::optional<std::string> take(const conf::Config& next, const conf::Config& running) {
    if (!same_listeners(next, running)) {
      const auto listening = listen_for_http(next.file.metrics());
      if (!listening.ok()) return "metrics.listen: " + listening.error();
      listeners_changed_ = true;
    }
    if (auto failure = set_up_logging(next.file.log())) {
      undo(running);
      return failure;
    }
    return std::nullopt;
  }

  void undo(const conf::Config& running) {
    if (std::exchange(listeners_changed_, false)) (void)listen_for_http(running.file.metrics());
    (void)logging_.set_up(running.file.log());
  }

  void taken(const conf::Config& next) {
    listeners_changed_ = false;
    allow_core_dumps(next.file.router().core_dumps());
    domains_.take(next);
  }

  // ---- Metrics

  exporter::Snapshot collect() {
    exporter::Snapshot numbers = first_.collect();
    numbers.log_lines_dropped = logging_.dropped();
    domains_.collect(numbers);
    return numbers;
  }

  Logging logging_;  // first: whatever ends after it may not log
  const ServiceManager service_manager_;
  Claims claims_;
  Domain first_;
  Domains domains_;
  int ending_ = 0;                  // the first domain, and the further ones, that end() waits for
  bool listeners_changed_ = false;  // by take(), which undo() may have to take back
  boost::asio::signal_set signals_;
  session::Timer watchdog_;
  exporter::HttpServer http_;  // last: its thread ends before anything it asks
};

Daemon::Daemon(ConfigThread& thread, std::shared_ptr<const conf::Config> config)
    : impl_(std::make_unique<Impl>(thread, config)) {}
Daemon::~Daemon() = default;
int Daemon::run() { return impl_->run(); }

}  // namespace tern::daemon
