#include "bgpd/daemon/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/signal_set.hpp>
#include <chrono>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/server.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/logging.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/session/timer.h"
#include "conf/scalars.h"
#include "exporter/http_server.h"

namespace tern::daemon {
namespace {

void show_change(const conf::Change& change, api::proto::ReloadResult::Change& shown) {
  shown.set_subject(change.subject);
  switch (change.kind) {
    case conf::Change::Kind::Added:
      shown.set_kind("added");
      break;
    case conf::Change::Kind::Removed:
      shown.set_kind("removed");
      break;
    case conf::Change::Kind::Changed:
      shown.set_kind("changed");
      break;
  }
  for (const std::string& detail : change.details) shown.add_details(detail);
  shown.set_resets_session(change.resets_session);
  shown.set_needs_restart(change.needs_restart);
}

// The rest of a long list is for `ternd --check`.
void log_warnings(const std::vector<conf::Error>& warnings) {
  constexpr std::size_t kMostLines = 20;
  for (std::size_t i = 0; i < warnings.size() && i < kMostLines; ++i) {
    spdlog::warn("configuration: {}", warnings[i].to_string());
  }
  if (warnings.size() <= kMostLines) return;
  spdlog::warn("configuration: {} more warnings, see ternd --check", warnings.size() - kMostLines);
}

void log_change(const api::proto::ReloadResult::Change& change) {
  std::string line = change.subject() + " " + change.kind();
  for (const std::string& detail : change.details()) line += "; " + detail;
  if (change.resets_session()) line += " (session reset)";
  if (change.needs_restart()) line += " (takes effect after a restart)";
  spdlog::info("reload: {}", line);
}

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(std::shared_ptr<const conf::Config> config)
      : config_(std::move(config)),
        speaker_(loop_, compose_threads(*config_)),
        api_(loop_, api::Backend{speaker_, [this] { return facts(); },
                                 [this](bool check_only, api::proto::ReloadResult& result) {
                                   reload(check_only, result);
                                 }}),
        signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
        watchdog_(loop_.context(), [this] { feed_watchdog(); }),
        snapshots_(loop_, [this] { return snapshot(); }),
        http_([this] { return snapshots_.collect(); }) {
    facts_.version = std::string(version());
    facts_.revision = std::string(revision());
    facts_.start_time_seconds = facts_.last_reload_seconds = session::unix_seconds();
    facts_.config_file = config_->path;
  }

  // The exporter's thread may be waiting for a snapshot that nobody will take any more.
  ~Impl() { snapshots_.stop(); }

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
    const conf::proto::Configuration& file = config_->file;
    if (auto failure = logging_.set_up(file.log())) return refuse(*failure);
    spdlog::info("ternd {} ({}), AS {}, router id {}", version(), revision(), file.router().asn(),
                 file.router().id());
    if (auto failure = open_api(file.api())) return refuse(*failure);
    const auto listening =
        http_.listen({file.metrics().listen().begin(), file.metrics().listen().end()});
    if (!listening.ok()) return refuse("metrics.listen: " + listening.error());
    const auto applied = speaker_.apply(compose(*config_));
    if (!applied.ok()) return refuse("router.listen: " + applied.error());
    log_warnings(config_->warnings);
    spdlog::info("{} neighbours, control socket {}", file.peers_size(), file.api().socket());
    return true;
  }

  std::optional<std::string> open_api(const conf::proto::Api& file) {
    using api::Access;
    if (auto failure = api_.listen(Access::Full, file.socket(), *conf::parse_mode(file.mode()))) {
      return "api.socket: " + *failure;
    }
    const std::string& path = file.read_only_socket();
    if (path.empty()) return std::nullopt;
    const auto failure =
        api_.listen(Access::ReadOnly, path, *conf::parse_mode(file.read_only_mode()));
    return failure ? std::optional("api.read_only_socket: " + *failure) : std::nullopt;
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
        api::proto::ReloadResult result;
        reload(false, result);
        wait_for_signal();
        return;
      }
      spdlog::info("signal {}: ending every session", signal);
      service_manager_.notify("STOPPING=1");
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

  void reload(bool check_only, api::proto::ReloadResult& result) {
    const std::uint64_t begin = session::steady_nanoseconds();
    if (!check_only) service_manager_.reloading();
    read_again(check_only, result);
    if (!check_only) service_manager_.notify("READY=1");
    speaker_.record_reload(static_cast<double>(session::steady_nanoseconds() - begin) * 1e-9);
  }

  void read_again(bool check_only, api::proto::ReloadResult& result) {
    const auto loaded = conf::load_file(config_->path);
    if (!loaded.ok()) {
      std::vector<std::string> errors;
      for (const conf::Error& error : loaded.error()) errors.push_back(error.to_string());
      return reject(errors, check_only, result);
    }
    const std::shared_ptr<const conf::Config>& next = *loaded;
    for (const conf::Change& change : conf::diff(*config_, *next)) {
      show_change(change, *result.add_changes());
    }
    for (const conf::Error& warning : next->warnings) result.add_warnings(warning.to_string());
    result.set_ok(true);
    if (check_only) return;
    if (auto failure = apply(*next)) return reject({*failure}, check_only, result);
    config_ = next;
    facts_.last_reload_ok = true;
    facts_.last_reload_seconds = session::unix_seconds();
    ++facts_.config_generation;
    for (const auto& change : result.changes()) log_change(change);
    log_warnings(next->warnings);
    spdlog::info("reload: {} applied, {} changes", config_->path, result.changes_size());
  }

  // In the order of what can fail; the speaker, which cannot be half changed, comes last.
  std::optional<std::string> apply(const conf::Config& next) {
    const conf::proto::Configuration& file = next.file;
    const auto listening =
        http_.listen({file.metrics().listen().begin(), file.metrics().listen().end()});
    if (!listening.ok()) return "metrics.listen: " + listening.error();
    if (auto failure = set_api_modes(file.api())) return failure;
    if (auto failure = logging_.set_up(file.log())) return failure;
    const auto applied = speaker_.apply(compose(next));
    if (applied.ok()) return std::nullopt;
    const conf::proto::Configuration& old = config_->file;
    (void)http_.listen({old.metrics().listen().begin(), old.metrics().listen().end()});
    (void)logging_.set_up(old.log());
    return "router.listen: " + applied.error();
  }

  std::optional<std::string> set_api_modes(const conf::proto::Api& file) {
    auto failure = api_.set_mode(api::Access::Full, *conf::parse_mode(file.mode()));
    if (failure) return failure;
    return api_.set_mode(api::Access::ReadOnly, *conf::parse_mode(file.read_only_mode()));
  }

  void reject(const std::vector<std::string>& errors, bool check_only,
              api::proto::ReloadResult& result) {
    result.Clear();
    for (const std::string& error : errors) result.add_errors(error);
    if (check_only) return;
    facts_.last_reload_ok = false;
    for (const std::string& error : errors) spdlog::error("reload: {}", error);
    spdlog::error("reload: nothing was changed");
  }

  // ---- What others ask

  [[nodiscard]] api::DaemonFacts facts() const { return facts_; }

  exporter::Snapshot snapshot() {
    exporter::Snapshot numbers = take_snapshot(speaker_, facts_);
    numbers.log_lines_dropped = logging_.dropped();
    return numbers;
  }

  Logging logging_;  // first: whatever ends after it may not log
  std::shared_ptr<const conf::Config> config_;
  session::Loop loop_;
  session::Speaker speaker_;
  api::Server api_;
  boost::asio::signal_set signals_;
  api::DaemonFacts facts_;
  const ServiceManager service_manager_;
  session::Timer watchdog_;
  SnapshotSource snapshots_;
  exporter::HttpServer http_;  // last: its thread ends before anything it asks
};

Daemon::Daemon(std::shared_ptr<const conf::Config> config)
    : impl_(std::make_unique<Impl>(std::move(config))) {}
Daemon::~Daemon() = default;
int Daemon::run() { return impl_->run(); }

}  // namespace tern::daemon
