// The further domains of the process, which the first configuration names. A domain runs on a
// thread of its own, and shares nothing with the others but the process.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bgpd/api/server.h"
#include "bgpd/daemon/claims.h"
#include "bgpd/session/loop.h"
#include "conf/config.h"
#include "exporter/snapshot.h"

namespace tern::daemon {

class DomainThread;

// All members on the thread of `loop`, but for what says otherwise.
class Domains {
 public:
  // loop: of the first domain. The arguments outlive the Domains.
  Domains(session::Loop& loop, Claims& claims);
  // stop(), and waits for the threads.
  ~Domains();
  Domains(const Domains&) = delete;
  Domains& operator=(const Domains&) = delete;

  // Starts the domains of the configuration, one after the other, and waits for each. Returns why
  // one cannot start; then the process should not, either.
  [[nodiscard]] std::optional<std::string> start(const conf::Config& first);
  // Ends domains that `next` does not name with the same file any more, and starts those that are
  // new or do not run. Does not wait.
  void take(const conf::Config& next);
  // Has each domain reload its configuration, as after SIGHUP.
  void hang_up();
  // Has all domains end their sessions, and calls `done` when they have ended. Once.
  void end(std::function<void()> done);
  // Has all domains end at once, without a word to their neighbors.
  void stop();

  // Whether the loop of a domain that runs hangs (SnapshotSource::kHangs).
  [[nodiscard]] bool one_hangs() const;
  [[nodiscard]] std::vector<api::DomainRow> rows() const;
  // The exporter's thread: the numbers of the domains that run, and the state of all.
  void collect(exporter::Snapshot& numbers);
  // Any thread: see SnapshotSource::set_waits().
  void set_waits(bool waits);

 private:
  struct Slot {
    std::shared_ptr<DomainThread> thread;
    std::string next_file;  // of the domain that takes the place of this one, which ends; or empty
  };

  // started: on the thread of the domain; see DomainThread::begin().
  void begin(const std::string& name, const std::string& file,
             std::function<void(std::optional<std::string>)> started);
  void ended(const std::string& name);
  [[nodiscard]] bool have_ended() const;
  // Any thread.
  [[nodiscard]] std::vector<std::shared_ptr<DomainThread>> threads() const;

  session::Loop& loop_;
  Claims& claims_;
  mutable std::mutex mutex_;           // held to change the map, and to read it on other threads
  std::map<std::string, Slot> slots_;  // by name
  std::string socket_;                 // of the first domain's API
  std::function<void()> done_;         // of end()
};

}  // namespace tern::daemon
