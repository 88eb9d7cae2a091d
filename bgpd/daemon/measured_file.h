// Watches a file of measurements that the configuration names: looks at the file once a second, and
// gives new content to the speaker. A file with an error changes nothing and is an error in the
// log, with its line; good content is kept in the state directory for a start with a bad file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bgpd/api/server.h"
#include "bgpd/daemon/config_thread.h"
#include "bgpd/session/log_limiter.h"
#include "bgpd/session/loop.h"
#include "conf/file_watch.h"
#include "conf/last_good.h"
#include "rib/types/result.h"

namespace tern::session {
class Timer;
}

namespace tern::daemon {

// Loop thread only. ConfigThread looks at the file and reads it, one look at a time.
class MeasuredFile {
 public:
  struct Content {
    std::string text;
    std::size_t count = 0;       // of measurements
    std::function<void()> take;  // on the loop: gives them to the speaker
  };
  // A file of one configuration.
  struct Source {
    std::string path;
    std::string configuration;  // path
    // On ConfigThread. An error is one line.
    std::function<Result<Content, std::string>(const conf::FileMark& mark)> read = {};
    // Of the content that the speaker has already. Unset: the file is read.
    std::optional<conf::FileMark> taken = {};
    bool was_bad = false;  // at the start
  };

  // what: "round trips". facts: of the file, a part of `all`.
  MeasuredFile(ConfigThread& thread, session::Loop& loop, api::DaemonFacts& all,
               api::DaemonFacts::RttFile& facts, conf::LastGood::Content kind, std::string what);
  ~MeasuredFile();
  MeasuredFile(const MeasuredFile&) = delete;
  MeasuredFile& operator=(const MeasuredFile&) = delete;

  // Nothing: the configuration names no such file.
  void apply(std::optional<Source> source);

 private:
  // After apply(), ConfigThread alone uses the watch.
  struct Watched {
    Source source;
    conf::FileWatch watch;
    std::uint64_t kept_at = 0;               // steady nanoseconds; 0: not yet
    std::optional<conf::FileMark> not_kept;  // the content that came too soon behind a kept one
    [[nodiscard]] bool keeps_later(const conf::FileMark& mark) const;
  };
  struct Found;

  void look();
  void found(const Watched& watched, Found found);
  static Found read(Watched& watched, const conf::FileMark& mark, conf::LastGood::Content kind);

  ConfigThread& thread_;
  session::Loop& loop_;
  api::DaemonFacts& all_;
  api::DaemonFacts::RttFile& facts_;
  const conf::LastGood::Content kind_;
  const std::string what_;
  std::shared_ptr<Watched> watched_;  // null: there is no file
  const std::unique_ptr<session::Timer> timer_;
  session::LogLimiter lines_{6};  // a minute
  std::size_t count_ = 0;         // of the last measurements
};

}  // namespace tern::daemon
