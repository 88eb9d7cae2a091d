// Watches the files of measurements of egress: rtt_file, and prefix_rtt_file.
#pragma once

#include <memory>
#include <optional>

#include "bgpd/api/server.h"
#include "bgpd/daemon/measured_file.h"
#include "bgpd/session/loop.h"
#include "bgpd/session/speaker.h"
#include "conf/config.h"

namespace tern::daemon {

// Loop thread only.
class RttWatch {
 public:
  RttWatch(ConfigThread& thread, session::Loop& loop, session::Speaker& speaker,
           api::DaemonFacts& facts);

  // Of the configuration that the speaker has by now.
  void apply(const std::shared_ptr<const conf::Config>& config);

 private:
  using Config = std::shared_ptr<const conf::Config>;
  [[nodiscard]] std::optional<MeasuredFile::Source> pairs(const Config& config) const;
  [[nodiscard]] std::optional<MeasuredFile::Source> prefixes(const Config& config) const;

  session::Speaker& speaker_;
  MeasuredFile pairs_;
  MeasuredFile prefixes_;
};

}  // namespace tern::daemon
