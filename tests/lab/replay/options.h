// The command line of tern-replay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bgpd/session/settings.h"
#include "rib/types/result.h"
#include "tests/lab/replay/dump_feeds.h"

namespace tern::replay {

struct Options {
  bool help = false;
  IpAddress local;                         // or the first of them
  Asn asn = 0;                             // 0: of the dump's peer
  std::vector<std::uint32_t> identifiers;  // of the first speakers; the others have their own
  std::vector<session::Endpoint> peers;
  std::string routes;              // a file of lines; empty: none
  std::optional<DumpChoice> dump;  // instead of it
  bool sink = false;
  std::string held;  // a folder for what is held; empty: only the counts
  std::uint16_t hold_time_seconds = 90;
  std::string wait_file;
  std::string report;
};

[[nodiscard]] const char* usage();

// The error is a sentence for people.
[[nodiscard]] Result<Options, std::string> parse_options(int argc, char** argv);

}  // namespace tern::replay
