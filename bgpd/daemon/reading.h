// A configuration read anew, with all that a reload needs to know of it: what a reload does before
// anything is changed. On ConfigThread; touches nothing that runs.
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

// What runs, as it was on the loop when the reading was asked for.
struct Running {
  std::shared_ptr<const conf::Config> config;
  std::shared_ptr<const session::SpeakerSettings> settings;
  std::vector<IpAddress> dynamic_neighbors;
};

struct Reading {
  std::shared_ptr<const conf::Config> next;  // null: the file is bad, and `result` has the errors
  std::shared_ptr<const session::SettingsPlan> plan;
  // Changes, warnings and how many neighbors go, or errors: of any length. Never null.
  std::shared_ptr<api::proto::ReloadResult> result;
  std::string doubt;  // why the file may not be whole, or not be meant; "" where nothing says so
};
[[nodiscard]] Reading read_configuration(const Running& running);

// Cuts the answer to what one message has room for: a file may have an error, or a change, in every
// line.
void shorten(api::proto::ReloadResult& result);

}  // namespace tern::daemon
