// Captures of BGP sessions: pcap and pcapng files, TCP streams put together again. As much of the
// formats as the captures of the conformance test need; damaged packets are left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/wire/bytes.h"

namespace tern::wire {

// One direction of a TCP connection of port 179. A capture that misses octets yields several runs.
struct Stream {
  std::string source;  // "192.0.2.1:179"
  std::string destination;
  std::vector<Buffer> runs;
};

// Nothing when the file is neither pcap nor pcapng.
[[nodiscard]] std::optional<std::vector<Stream>> read_capture(const std::filesystem::path& file);

}  // namespace tern::wire
