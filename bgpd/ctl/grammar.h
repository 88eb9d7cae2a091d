// From words to a request: the parser over the table of syntax.h.
#pragma once

#include <string>
#include <vector>

#include "bgpd/api/control.pb.h"
#include "bgpd/ctl/syntax.h"

namespace tern::ctl {

struct Command {
  CommandId id = CommandId::Help;
  api::proto::Request request;  // not for Completion and Help
  // One thing was asked for by name: an empty answer is a failure.
  bool one_thing = false;
  std::string file;  // RegistrationImport, IngressImport, LatencyImport: the path of the file
  std::vector<std::string> rest;  // Completion: the shell; Help: the command it is about
};

// The words of a command line behind the global options. Throws UsageError.
[[nodiscard]] Command parse_command(const std::vector<std::string>& words);

// A prefix or an address, checked here so that a slip is a usage error with a hint; throws
// UsageError. Returned as it was written.
[[nodiscard]] std::string checked_prefix(const std::string& text);

}  // namespace tern::ctl
