// A domain claims the routing tables of the kernel and the files that its configuration has the
// domain write. Two domains of one process must not write the same.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "conf/config.h"

namespace tern::daemon {

// "kernel table 254", "file /var/log/tern/events.json": what the configuration has the domain
// write, for people. Sockets are not in it: the system refuses a second one.
[[nodiscard]] std::set<std::string> written_by(const conf::Config& config);

// Any thread.
class Claims {
 public:
  // Replaces what the domain has claimed. Where another domain has one of these, returns the reason
  // why not, and changes nothing.
  [[nodiscard]] std::optional<std::string> claim(const std::string& domain,
                                                 std::set<std::string> things);
  void release(const std::string& domain) { (void)claim(domain, {}); }

 private:
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> claimed_;  // by domain
};

}  // namespace tern::daemon
