// Reloader takes requests for reloads, has ConfigThread read the configuration, and decides whether
// the daemon takes the configuration over. Loop thread only.
//
// ConfigThread reads one configuration at a time, and requests that come meanwhile wait. Requests
// of the same kind wait as one, and get the same result. So four requests wait at most: a check, a
// reload, a confirmed reload, and a signal.
//
// No client waits for the result of a reload by SIGHUP. Such a reload waits until its files have
// not changed for a second: a program that writes the files in place is not between two writes
// then.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/daemon/config_thread.h"
#include "bgpd/daemon/reading.h"
#include "bgpd/daemon/service_manager.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/last_good.h"
#include "conf/settling.h"

namespace tern::session {
class Timer;
}

namespace tern::daemon {

[[nodiscard]] std::vector<api::DaemonFacts::StaleFile> stale_files(const conf::Config& config);

class Reloader {
 public:
  // The daemon takes over the reading, and calls `done` when the speaker has applied the plan.
  // After an error the daemon has changed nothing, and does not call `done`.
  using Take =
      std::function<std::optional<std::string>(const Reading& reading, std::function<void()> done)>;

  // `config` is the running configuration. The arguments must outlive the Reloader, which stops the
  // thread.
  Reloader(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
           const ServiceManager& service_manager, std::shared_ptr<const conf::Config> config,
           api::DaemonFacts& facts, Take take);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Calls `done` once, with a result that fits into one response, unless stop() comes first.
  void reload(const api::proto::ReloadRequest& request, api::Backend::Reloaded done);
  void hang_up();  // SIGHUP
  // After this the Reloader takes no configuration over, and answers no request.
  void stop();

  // The running configuration.
  [[nodiscard]] const conf::Config& config() const { return *config_; }
  [[nodiscard]] const std::shared_ptr<const conf::Config>& shared_config() const { return config_; }
  // Keeps the round trips that the running configuration names, for a start with a bad file.
  void keep_last_good();

 private:
  using Steady = std::chrono::steady_clock;
  struct Request {
    bool check_only = false;
    bool confirmed = false;
    std::vector<api::Backend::Reloaded> answers;
  };

  // The loop and ConfigThread hand a reading to each other, and ConfigThread frees the reading.
  using Mine = std::shared_ptr<Reading>;
  using Work = std::function<void(Reading& reading)>;

  void start_next();
  void idle();
  void look_at_files();
  void looked(std::chrono::nanoseconds quiet);
  void begin_reading();
  void read(Mine reading);
  void answer_request(Mine reading);
  void answer_signal(Mine reading);
  void take(Mine reading);
  void taken();
  void refuse(const std::string& error, Mine reading);
  void refused(Mine reading);
  void wait_for_quiet(std::chrono::seconds needed, const std::string& what);
  // Has ConfigThread do the rest of the work, and then answers the request.
  void finish(Mine reading, Work work);
  void ended(const std::shared_ptr<api::proto::ReloadResult>& result);
  void on_loop(std::function<void()> work);
  // On ConfigThread. before: the configuration whose files were kept; may be null.
  void keep_last_good(const conf::Config& config, const conf::Config* before);

  ConfigThread& thread_;
  session::Loop& loop_;
  session::Speaker& speaker_;
  const ServiceManager& service_manager_;
  std::shared_ptr<const conf::Config> config_;
  api::DaemonFacts& facts_;
  const Take take_;

  std::deque<Request> waiting_;
  std::optional<Request> current_;  // the request under way; none while busy_: a signal
  bool busy_ = false;
  bool signal_waits_ = false;
  bool stopped_ = false;
  const std::unique_ptr<session::Timer> settle_;  // runs while a reload by SIGHUP waits
  Steady::time_point signal_until_;
  std::chrono::nanoseconds quiet_{0};  // for which the files had not changed, for the signal
  Mine taking_;                        // while the speaker applies the plan of the reading
  double longest_ = 0;                 // turn that the reload under way took of the loop, seconds

  // ConfigThread only.
  const conf::LastGood last_good_;
  conf::Settling settling_;
  // The text of the configuration's round trips is on the disk; by LastGood::Content.
  std::array<bool, 2> is_kept_{};
};

}  // namespace tern::daemon
