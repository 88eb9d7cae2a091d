#include "bgpd/daemon/daemon.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <chrono>

#include "bgpd/api/control.pb.h"
#include "bgpd/api/server.h"
#include "bgpd/daemon/compose.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/logging.h"
#include "bgpd/daemon/metrics.h"
#include "bgpd/daemon/reload_report.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/daemon/snapshot_source.h"
#include "bgpd/daemon/version.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "bgpd/session/timer.h"
#include "conf/last_good.h"
#include "conf/scalars.h"
#include "conf/settling.h"
#include "exporter/http_server.h"
#include "rib/types/result.h"

namespace tern::daemon {
namespace {

using api::proto::ReloadRequest;
using api::proto::ReloadResult;
using std::chrono::steady_clock;

// A reload by SIGHUP waits until its files have not changed for so long: whoever writes them in
// place is not between two writes then.
constexpr auto kQuiet = std::chrono::seconds(1);
// The same where many neighbors go, which is what a file looks like that is not whole.
constexpr auto kQuietForMany = std::chrono::seconds(10);
constexpr auto kPatience = std::chrono::seconds(60);  // with files that keep changing

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

// A core dump holds the MD5 keys. With a limit of 1 the kernel writes none and starts no helper for
// one, while with 0 it starts one where core_pattern is a pipe (core(5)). The hard limit stays, so
// that a reload can allow them.
void allow_core_dumps(bool allowed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = allowed ? limit.rlim_max : std::min<rlim_t>(1, limit.rlim_max);
  (void)::setrlimit(RLIMIT_CORE, &limit);
}

}  // namespace

class Daemon::Impl {
 public:
  explicit Impl(std::shared_ptr<const conf::Config> config)
      : config_(std::move(config)),
        speaker_(loop_, compose_threads(*config_)),
        api_(loop_, api::Backend{speaker_, [this] { return facts(); },
                                 [this](const ReloadRequest& request, ReloadResult& result) {
                                   reload(request, result);
                                 }}),
        last_good_(state_directory(), config_->path),
        hang_up_(loop_.context(), [this] { try_hang_up(); }),
        signals_(loop_.context(), SIGTERM, SIGINT, SIGHUP),
        watchdog_(loop_.context(), [this] { feed_watchdog(); }),
        snapshots_(loop_, [this] { return snapshot(); }),
        http_([this] { return snapshots_.collect(); }) {
    facts_.version = std::string(version());
    facts_.revision = std::string(revision());
    facts_.start_time_seconds = facts_.last_reload_seconds = session::unix_seconds();
    facts_.config_file = config_->path;
    facts_.stale_files = config_->stale;
  }

  // The exporter's thread may be waiting for a snapshot that nobody will take any more.
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
    const conf::proto::Configuration& file = config_->file;
    if (auto failure = set_up_logging(file.log())) return refuse(*failure);
    allow_core_dumps(file.router().core_dumps());
    spdlog::info("ternd {} ({}), AS {}, router id {}", version(), revision(), file.router().asn(),
                 file.router().id());
    if (auto failure = open_api(file.api())) return refuse(*failure);
    const auto listening = listen_for_http(file.metrics());
    if (!listening.ok()) return refuse("metrics.listen: " + listening.error());
    const auto applied = speaker_.apply(compose(*config_));
    if (!applied.ok()) return refuse("router.listen: " + applied.error());
    log_warnings(config_->warnings);
    for (const std::string& stale : config_->stale) spdlog::error("configuration: {}", stale);
    keep_last_good();
    spdlog::info("{} neighbours, control socket {}", file.peers_size(), file.api().socket());
    return true;
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

  // The exporter's thread opens and closes listeners. It may be waiting for a copy of the numbers,
  // which only this thread can take.
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

  void keep_last_good() {
    const conf::Config::SideFile& file = config_->rtt_file;
    if (file.name.empty()) return;
    auto failure = have_directory(last_good_.directory());
    if (!failure) {
      const auto fault = last_good_.keep_round_trips(file.name, file.text);
      if (fault) failure = last_good_.directory() + ": " + fault->message;
    }
    is_kept_ = !failure;
    if (!is_kept_) {
      spdlog::warn("{} is not kept for a start with a bad one: {}", file.name, *failure);
    }
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
        hang_up();
        wait_for_signal();
        return;
      }
      spdlog::info("signal {}: ending every session", signal);
      service_manager_.notify("STOPPING=1");
      hang_up_.stop();
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

  void reload(const ReloadRequest& request, ReloadResult& result) {
    const std::uint64_t begin = session::steady_nanoseconds();
    const bool check_only = request.check_only();
    if (!check_only) service_manager_.reloading();
    if (const auto next = read_again(check_only, result)) {
      result.set_doubt(doubt_about(*next, result));
      if (check_only) {
        result.set_ok(true);
      } else if (result.doubt().empty() || request.confirmed()) {
        if (!result.doubt().empty()) spdlog::warn("reload: {}; confirmed", result.doubt());
        take(next, result);
      } else {
        refuse_reload(
            "this reload " + result.doubt() + "; 'ternctl reload --yes' does it all the same",
            result);
      }
    }
    if (!check_only) service_manager_.notify("READY=1");
    record_reload(begin);
  }

  // Whatever came of it: the loop did nothing else since.
  void record_reload(std::uint64_t begin) {
    speaker_.record_reload(static_cast<double>(session::steady_nanoseconds() - begin) * 1e-9);
  }

  // ---- SIGHUP: nobody waits for an answer, and the file may be in the middle of being written

  void hang_up() {
    if (!hang_up_.running()) hang_up_until_ = steady_clock::now() + kPatience;
    try_hang_up();
  }

  void try_hang_up() {
    hang_up_.stop();
    const auto quiet = settling_.quiet(conf::files_of(*config_), std::chrono::system_clock::now(),
                                       steady_clock::now());
    if (quiet < kQuiet) {
      return wait_for_quiet(kQuiet, quiet, "a reload waits");
    }
    const std::uint64_t begin = session::steady_nanoseconds();
    service_manager_.reloading();
    hang_up_now(quiet);
    service_manager_.notify("READY=1");
    record_reload(begin);
  }

  // The whole of a reload, or another wait.
  void hang_up_now(std::chrono::nanoseconds quiet) {
    ReloadResult result;
    const auto next = read_again(false, result);
    if (next == nullptr) return;
    const std::string doubt = doubt_about(*next, result);
    const bool is_whole = next->file.end() || !config_->file.end();
    if (!is_whole) return refuse_reload("this reload " + doubt, result);
    if (!doubt.empty() && !next->file.end()) {
      if (quiet < kQuietForMany) {
        return wait_for_quiet(kQuietForMany, quiet, "a reload that " + doubt + " waits");
      }
      spdlog::warn("reload: {}; the file has not changed for {}", doubt,
                   seconds_text(std::chrono::duration_cast<std::chrono::seconds>(quiet)));
    }
    take(next, result);
  }

  void wait_for_quiet(std::chrono::seconds needed, std::chrono::nanoseconds quiet,
                      const std::string& what) {
    const std::string until = " until the files have not changed for " + seconds_text(needed);
    if (steady_clock::now() > hang_up_until_) {
      ReloadResult unused;
      return refuse_reload(
          "the files of the configuration keep changing, for " + seconds_text(kPatience) + " now",
          unused);
    }
    const std::string note = what + until;
    if (note != facts_.reload_note) spdlog::warn("SIGHUP: {}", note);
    facts_.reload_note = note;
    hang_up_.start(
        std::max<std::chrono::nanoseconds>(needed - quiet, std::chrono::milliseconds(50)));
  }

  // ---- What both do

  // Null, with the errors in the result, for a file that is bad.
  std::shared_ptr<const conf::Config> read_again(bool check_only, ReloadResult& result) {
    const auto loaded = conf::load_file(config_->path);
    if (!loaded.ok()) {
      for (const conf::Error& error : loaded.error()) result.add_errors(error.to_string());
      if (!check_only) log_refusal(result);
      return nullptr;
    }
    const std::shared_ptr<const conf::Config>& next = *loaded;
    report(*config_, *next, result);
    return next;
  }

  // Why the file may not be whole, or not be meant.
  std::string doubt_about(const conf::Config& next, ReloadResult& result) {
    const conf::Removals removed = removals(*config_, next, speaker_);
    result.set_neighbors_removed(static_cast<std::uint32_t>(removed.removed));
    if (config_->file.end() && !next.file.end()) {
      return "reads a file without 'end: true', with which the running configuration ends";
    }
    return removed.many() ? removed.to_string() : std::string();
  }

  void take(const std::shared_ptr<const conf::Config>& next, ReloadResult& result) {
    hang_up_.stop();  // whatever waited is in this one
    if (auto failure = apply(*next)) {
      result.clear_changes();
      result.clear_doubt();
      return refuse_reload(*failure, result);
    }
    // The loop waits for the disk: what is there is not written again.
    const bool is_kept = is_kept_ && next->rtt_file == config_->rtt_file;
    config_ = next;
    if (!is_kept) keep_last_good();
    result.set_ok(true);
    facts_.reload_note.clear();
    facts_.stale_files = next->stale;
    facts_.last_reload_ok = true;
    facts_.last_reload_seconds = session::unix_seconds();
    ++facts_.config_generation;
    log_changes(result);
    log_warnings(next->warnings);
    spdlog::info("reload: {} applied, {} changes", config_->path, result.changes_size());
  }

  // In the order of what can fail; the speaker, which cannot be half changed, comes last.
  std::optional<std::string> apply(const conf::Config& next) {
    const conf::proto::Configuration& file = next.file;
    const auto listening = listen_for_http(file.metrics());
    if (!listening.ok()) return "metrics.listen: " + listening.error();
    auto failure = set_api_modes(file.api());
    if (!failure) failure = set_up_logging(file.log());
    if (!failure) {
      const auto applied = speaker_.apply(compose(next));
      if (applied.ok()) {
        allow_core_dumps(file.router().core_dumps());
        return std::nullopt;
      }
      failure = "router.listen: " + applied.error();
    }
    const conf::proto::Configuration& old = config_->file;
    (void)listen_for_http(old.metrics());
    (void)set_api_modes(old.api());
    (void)logging_.set_up(old.log());
    return failure;
  }

  std::optional<std::string> set_api_modes(const conf::proto::Api& file) {
    auto failure = api_.set_mode(api::Access::Full, *conf::parse_mode(file.mode()));
    if (failure) return failure;
    return api_.set_mode(api::Access::ReadOnly, *conf::parse_mode(file.read_only_mode()));
  }

  void refuse_reload(const std::string& error, ReloadResult& result) {
    result.add_errors(error);
    log_refusal(result);
  }

  void log_refusal(const ReloadResult& result) {
    facts_.last_reload_ok = false;
    facts_.reload_note = "the last reload was refused: " + result.errors(0);
    for (const std::string& error : result.errors()) spdlog::error("reload: {}", error);
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
  const conf::LastGood last_good_;
  bool is_kept_ = false;  // config_->rtt_file
  conf::Settling settling_;
  session::Timer hang_up_;  // runs while a reload by SIGHUP waits
  steady_clock::time_point hang_up_until_;
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
