// Reading holds a configuration that was read anew, with everything that a reload needs of the
// configuration before the reload changes anything. On ConfigThread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bgpd/session/settings_plan.h"
#include "conf/config.h"

namespace tern::api::proto {
class ReloadResult;
}

namespace tern::daemon {

// The configuration and the neighbors of the speaker, when the loop asked for the reading.
struct Running {
  std::shared_ptr<const conf::Config> config;
  std::shared_ptr<const session::SpeakerSettings> settings;
  std::vector<IpAddress> dynamic_neighbors;
};

struct Reading {
  std::shared_ptr<const conf::Config> next;  // null: the file is bad, and `result` has the errors
  std::shared_ptr<const session::SettingsPlan> plan;
  // Changes, warnings and the number of neighbors that go, or errors: of any length. Never null.
  std::shared_ptr<api::proto::ReloadResult> result;
  std::string doubt;  // why the file may be incomplete or unintended; "": no reason is known
};
// Reads, checks, compares and compiles the configuration anew. Changes nothing that runs.
[[nodiscard]] Reading read_configuration(const Running& running);

// Cuts the result to 4 MiB, so that one response has room for the result: a file may have an error,
// or a change, in every line.
void shorten(api::proto::ReloadResult& result);

}  // namespace tern::daemon
