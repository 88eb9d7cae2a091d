#include "bgpd/daemon/reloader.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "bgpd/api/control.pb.h"
#include "bgpd/daemon/directories.h"
#include "bgpd/daemon/reload_report.h"
#include "bgpd/session/peer.h"
#include "bgpd/session/timer.h"

namespace tern::daemon {
namespace {

using api::proto::ReloadResult;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr auto kQuiet = seconds(1);
// Where many neighbors go, the file may be incomplete, and the reload waits longer.
constexpr auto kQuietForMany = seconds(10);
constexpr auto kSettlingPatience = seconds(60);  // with files that keep changing

std::string seconds_text(seconds time) { return std::to_string(time.count()) + " s"; }

std::vector<IpAddress> dynamic_neighbors(const session::Speaker& speaker) {
  std::vector<IpAddress> addresses;
  if (speaker.settings().dynamic_ranges.empty()) return addresses;
  for (const session::Peer* peer : speaker.peers()) {
    if (peer->dynamic()) addresses.push_back(peer->settings().address);
  }
  return addresses;
}

}  // namespace

Reloader::Reloader(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
                   const ServiceManager& service_manager,
                   std::shared_ptr<const conf::Config> config, api::DaemonFacts& facts, Take take)
    : thread_(thread),
      loop_(loop),
      speaker_(speaker),
      service_manager_(service_manager),
      config_(std::move(config)),
      facts_(facts),
      take_(std::move(take)),
      settle_(std::make_unique<session::Timer>(loop.context(),
                                               [this] {
                                                 signal_waits_ = true;
                                                 start_next();
                                               })),
      last_good_(state_directory(), config_->path) {}

// Work on the thread uses the Reloader.
Reloader::~Reloader() { thread_.stop(); }

void Reloader::stop() {
  stopped_ = true;
  settle_->stop();
}

// ---- Requests

void Reloader::reload(const api::proto::ReloadRequest& request, api::Backend::Reloaded done) {
  const bool check_only = request.check_only();
  const bool confirmed = request.confirmed() && !check_only;  // a check needs no confirmation
  const auto same = std::ranges::find_if(waiting_, [&](const Request& other) {
    return other.check_only == check_only && other.confirmed == confirmed;
  });
  if (same != waiting_.end()) {
    same->answers.push_back(std::move(done));
  } else {
    waiting_.push_back({check_only, confirmed, {std::move(done)}});
  }
  start_next();
}

void Reloader::hang_up() {
  const bool waits = settle_->running() || signal_waits_ || (busy_ && !current_);
  if (!waits) signal_until_ = Steady::now() + kSettlingPatience;
  signal_waits_ = true;
  start_next();
}

void Reloader::start_next() {
  if (busy_ || stopped_) return;
  if (std::exchange(signal_waits_, false)) {
    busy_ = true;
    look_at_files();
  } else if (!waiting_.empty()) {
    busy_ = true;
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    if (!current_->check_only) service_manager_.reloading();
    begin_reading();
  }
}

void Reloader::idle() {
  busy_ = false;
  start_next();
}

// Runs the work on the loop, in a turn of its own, and measures the turn.
void Reloader::on_loop(std::function<void()> work) {
  loop_.post([this, work = std::move(work)] {
    if (stopped_) return;
    const std::uint64_t begin = session::steady_nanoseconds();
    work();
    const std::uint64_t taken = session::steady_nanoseconds() - begin;
    longest_ = std::max(longest_, static_cast<double>(taken) * 1e-9);
  });
}

// ---- Reading

void Reloader::look_at_files() {
  thread_.post([this, config = config_] {
    const auto quiet =
        settling_.quiet(conf::files_of(*config), std::chrono::system_clock::now(), Steady::now());
    on_loop([this, quiet] { looked(quiet); });
  });
}

void Reloader::looked(nanoseconds quiet) {
  quiet_ = quiet;
  if (quiet < kQuiet) return wait_for_quiet(kQuiet, "a reload waits");
  service_manager_.reloading();
  begin_reading();
}

void Reloader::begin_reading() {
  Running running{config_, speaker_.running(), dynamic_neighbors(speaker_)};
  thread_.post([this, running = std::move(running)] {
    Mine reading = std::make_shared<Reading>(read_configuration(running));
    on_loop([this, reading = std::move(reading)]() mutable { read(std::move(reading)); });
  });
}

void Reloader::read(Mine reading) {
  if (current_) return answer_request(std::move(reading));
  answer_signal(std::move(reading));
}

void Reloader::answer_request(Mine reading) {
  ReloadResult& result = *reading->result;
  const auto only_shorten = [](Reading& read) { shorten(*read.result); };
  if (!reading->next) {
    return current_->check_only ? finish(std::move(reading), only_shorten)
                                : refused(std::move(reading));
  }
  result.set_doubt(reading->doubt);
  if (current_->check_only) {
    result.set_ok(true);
    return finish(std::move(reading), only_shorten);
  }
  if (!reading->doubt.empty() && !current_->confirmed) {
    const std::string what = "this reload " + reading->doubt;
    return refuse(what + "; 'ternctl reload --yes' does it all the same", std::move(reading));
  }
  if (!reading->doubt.empty()) spdlog::warn("reload: {}; confirmed", reading->doubt);
  take(std::move(reading));
}

// Takes the reading over, or waits for files that look complete.
void Reloader::answer_signal(Mine reading) {
  if (!reading->next) return refused(std::move(reading));
  const bool ends = reading->next->file.end();
  if (!ends && config_->file.end()) {
    const std::string what = "this reload " + reading->doubt;
    return refuse(what, std::move(reading));
  }
  if (!reading->doubt.empty() && !ends) {
    if (quiet_ < kQuietForMany) {
      service_manager_.notify("READY=1");
      const std::string what = "a reload that " + reading->doubt + " waits";
      thread_.post([reading = std::move(reading)] {});  // ConfigThread frees the reading
      return wait_for_quiet(kQuietForMany, what);
    }
    spdlog::warn("reload: {}; the file has not changed for {}", reading->doubt,
                 seconds_text(std::chrono::duration_cast<seconds>(quiet_)));
  }
  take(std::move(reading));
}

void Reloader::wait_for_quiet(seconds needed, const std::string& what) {
  if (Steady::now() > signal_until_) {
    const auto nothing = std::make_shared<Reading>();
    nothing->result = std::make_shared<ReloadResult>();
    return refuse("the files of the configuration keep changing, for " +
                      seconds_text(kSettlingPatience) + " now",
                  nothing);
  }
  const std::string note = what + " until the files have not changed for " + seconds_text(needed);
  if (note != facts_.reload_note) spdlog::warn("SIGHUP: {}", note);
  facts_.reload_note = note;
  settle_->start(std::max<nanoseconds>(needed - quiet_, std::chrono::milliseconds(50)));
  idle();
}

std::vector<api::DaemonFacts::StaleFile> stale_files(const conf::Config& config) {
  std::vector<api::DaemonFacts::StaleFile> files;
  for (const auto& stale : config.stale) files.push_back({stale.name, stale.text});
  return files;
}

// ---- Results

void Reloader::take(Mine reading) {
  settle_->stop();  // this reading has the changes that a reload by SIGHUP waited for
  taking_ = std::move(reading);
  if (auto failure = take_(*taking_, [this] { on_loop([this] { taken(); }); })) {
    taking_->result->clear_changes();
    taking_->result->clear_doubt();
    refuse(*failure, std::move(taking_));
  }
}

void Reloader::taken() {
  Mine reading = std::move(taking_);
  facts_.reload_note.clear();
  facts_.stale_files = stale_files(*reading->next);
  facts_.last_reload_ok = true;
  facts_.last_reload_seconds = session::unix_seconds();
  ++facts_.config_generation;
  reading->result->set_ok(true);
  auto old = std::exchange(config_, reading->next);
  finish(std::move(reading), [this, old = std::move(old)](Reading& read) mutable {
    log_changes(*read.result);
    log_warnings(read.next->warnings);
    spdlog::info("reload: {} applied, {} changes", read.next->path, read.result->changes_size());
    // A file on the disk that is the same is not written again.
    keep_last_good(*read.next, old.get());
    policy::PolicySet replaced = old->policies;
    replaced.leave_out(read.next->policies);
    old.reset();
    thread_.keep_until_unused(std::move(replaced));
    shorten(*read.result);
  });
}

void Reloader::refuse(const std::string& error, Mine reading) {
  reading->result->add_errors(error);
  refused(std::move(reading));
}

void Reloader::refused(Mine reading) {
  facts_.last_reload_ok = false;
  facts_.reload_note = "the last reload was refused: " + reading->result->errors(0);
  finish(std::move(reading), [](Reading& read) {
    log_errors(*read.result);
    shorten(*read.result);
  });
}

void Reloader::finish(Mine reading, Work work) {
  thread_.post([this, reading = std::move(reading), work = std::move(work)]() mutable {
    work(*reading);
    work = nullptr;
    auto result = reading->result;
    reading.reset();
    on_loop([this, result = std::move(result)] { ended(result); });
  });
}

void Reloader::ended(const std::shared_ptr<ReloadResult>& result) {
  auto answered = std::exchange(current_, std::nullopt);
  if (!answered || !answered->check_only) service_manager_.notify("READY=1");
  speaker_.record_reload(std::exchange(longest_, 0));
  if (answered) {
    for (const auto& answer : answered->answers) answer(result);
  }
  idle();
}

// ---- Last good files

void Reloader::keep_last_good() {
  thread_.post([this, config = config_] { keep_last_good(*config, nullptr); });
}

void Reloader::keep_last_good(const conf::Config& config, const conf::Config* before) {
  using Content = conf::LastGood::Content;
  const auto keep = [this](Content content, const auto& file, const auto* former) {
    if (file.name.empty()) return;
    bool& is_kept = is_kept_[static_cast<std::size_t>(content)];
    if (is_kept && former != nullptr && file.has_text_of(*former)) return;
    auto failure = have_directory(last_good_.directory());
    if (!failure) {
      const auto fault = last_good_.keep(content, file.name, file.text, file.written);
      if (fault) failure = last_good_.directory() + ": " + fault->message;
    }
    is_kept = !failure;
    if (is_kept) return;
    spdlog::warn("{} is not kept for a start with a bad one: {}", file.name, *failure);
  };
  keep(Content::RoundTrips, config.rtt_file, before ? &before->rtt_file : nullptr);
  keep(Content::PrefixRoundTrips, config.prefix_rtt_file,
       before ? &before->prefix_rtt_file : nullptr);
}

}  // namespace tern::daemon
