// Reloads: who asked for one, what is read for it on ConfigThread, and whether it is taken. Loop
// thread only.
//
// One configuration is read at a time. Who asks meanwhile waits; who asks for what somebody waits
// for gets the same answer. So there are four things at most that wait: a check, a reload, a
// confirmed one, and a signal.
//
// A reload by SIGHUP, of which nobody waits for the answer, waits until its files have stood still
// for a second: whoever writes them in place is not between two writes then.
#pragma once

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

class Reloader {
 public:
  // Has the daemon become what was read, in the order of what can fail; done: when the speaker has.
  // An error means that nothing was changed, and that done is not called.
  using Take =
      std::function<std::optional<std::string>(const Reading& reading, std::function<void()> done)>;

  // `config` runs. Ends before the loop and what it is given.
  Reloader(session::Loop& loop, session::Speaker& speaker, const ServiceManager& service_manager,
           std::shared_ptr<const conf::Config> config, api::DaemonFacts& facts, Take take);
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  void reload(const api::proto::ReloadRequest& request, api::Backend::Reloaded done);
  void hang_up();  // SIGHUP
  // Nothing is taken any more.
  void stop();

  [[nodiscard]] const conf::Config& config() const { return *config_; }  // that runs
  // Keeps what the good ones of the files said that the configuration names, for a start with bad
  // ones.
  void keep_last_good();

 private:
  using Steady = std::chrono::steady_clock;
  struct Request {
    bool check_only = false;
    bool confirmed = false;
    std::vector<api::Backend::Reloaded> answers;
  };

  // A reading is one thread's at a time, so that the last to hold it is ConfigThread.
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
  void wait_for_quiet(std::chrono::seconds needed, std::chrono::nanoseconds quiet,
                      const std::string& what);
  // Does what is left to do on the thread, and answers.
  void finish(Mine reading, Work work);
  void ended(const std::shared_ptr<api::proto::ReloadResult>& result);
  void on_loop(std::function<void()> work);
  void keep_last_good(const conf::Config& config);  // on the thread

  session::Loop& loop_;
  session::Speaker& speaker_;
  const ServiceManager& service_manager_;
  std::shared_ptr<const conf::Config> config_;
  api::DaemonFacts& facts_;
  const Take take_;

  std::deque<Request> waiting_;
  std::optional<Request> current_;  // whose file is read; none while busy_: a signal's
  bool busy_ = false;
  bool signal_waits_ = false;
  bool stopped_ = false;
  const std::unique_ptr<session::Timer> settle_;  // runs while a reload by SIGHUP waits
  Steady::time_point signal_until_;
  std::chrono::nanoseconds quiet_{0};  // of the files, when they were looked at for the signal
  Mine taking_;                        // while the speaker becomes what it says
  double longest_ = 0;                 // piece of the reload under way on the loop, seconds

  // The thread's.
  const conf::LastGood last_good_;
  conf::Settling settling_;
  bool is_kept_ = false;  // what the round trips of the configuration were

  ConfigThread thread_;  // last: its work uses the others
};

}  // namespace tern::daemon
