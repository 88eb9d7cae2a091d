// The command line of tern-load.
#pragma once

#include <cstdint>
#include <string>

#include "tests/bench/load/table.h"

namespace tern::load {

struct Options {
  std::uint32_t target = 0;  // IPv4, host order; of the daemon, or ours with listen
  std::uint16_t port = 179;
  std::uint32_t local = 0;  // of session 0; see session_address()
  std::uint32_t sessions = 1;
  std::uint32_t senders = 1;  // the first sessions have tables
  std::uint32_t prefixes = 0;
  bool same =
      false;  // all senders announce the same prefixes, rather than as many each of their own
  double overlap = 0;  // else this share of them is announced by the next sender too
  double ipv6_share = 0;
  std::uint64_t seed = 1;
  bool best_sender = false;  // session 0 has the shortest AS paths
  bool listen = false;       // wait for sessions and send each the table of session 0
  bool relay = false;        // with listen: or, instead, what the others say
  bool keep = false;         // with relay: also what they said before the session came
  TableSettings tables;
};

// 250 sessions to 256 addresses: 10.1.0.1 to 10.1.0.250, then 10.1.1.1.
[[nodiscard]] inline std::uint32_t session_address(std::uint32_t first, std::uint32_t session) {
  return first + session / 250 * 256 + session % 250;
}

// Throws std::runtime_error with what is wrong.
[[nodiscard]] Options parse_options(int argc, char** argv);

}  // namespace tern::load
